using System.Globalization;
using Appliance.Control;
using Appliance.Policy.Report;

namespace Appliance.Commands.FencingTools;

/// <summary>How stonith_admin is to print.</summary>
/// <param name="As"><c>text</c>, <c>xml</c>, <c>html</c> or <c>none</c>.</param>
/// <param name="HtmlTitle"><c>null</c>: the request.</param>
internal sealed record StonithAdminFormat(string As = "text", string? HtmlTitle = null, string? HtmlStylesheet = null, bool HtmlCgi = false);

/// <summary>What stonith_admin prints: Pacemaker 2.1.5's text, its XML (api-version 2.25), or a page with the same.</summary>
internal sealed class StonithAdminOutput
{
    private readonly TextWriter _output, _errors;
    private readonly XmlText? _xml, _page;

    /// <param name="request">The command line, without secrets.</param>
    public StonithAdminOutput(TextWriter output, TextWriter errors, StonithAdminFormat format, string request)
    {
        (_output, _errors) = (format.As == "none" ? TextWriter.Null : output, errors);
        switch (format.As)
        {
            case "xml":
                _xml = new XmlText(output);
                _xml.Open("pacemaker-result", ("api-version", "2.25"), ("request", request));
                break;
            case "html":
                if (format.HtmlCgi) output.Write("Content-Type: text/html\n\n");
                output.Write("<!DOCTYPE html>\n");
                _page = new XmlText(output);
                _page.Open("html", ("lang", "en"));
                _page.Open("head");
                _page.Text("title", format.HtmlTitle ?? request);
                _page.Empty("meta", ("charset", "utf-8"));
                if (format.HtmlStylesheet is { } sheet) _page.Empty("link", ("rel", "stylesheet"), ("href", sheet));
                _page.Close();
                _page.Open("body");
                break;
        }
    }

    public void Note(string line)
    {
        if (_xml is null) Line(line);
    }

    public void Devices(IReadOnlyList<FencingDeviceView> devices) => List("registered fence devices", "device", [.. devices.Select(d => d.Id)], "fence device", "fence devices");

    public void Targets(IReadOnlyList<string> targets) => List("Fence targets", "target", targets, "fence target", "fence targets");

    public void Agents(IReadOnlyList<string> agents) => List("fence devices", "device", agents, "fence device", "fence devices");

    public void Metadata(string text)
    {
        if (_xml is not null) _xml.Data("metadata", text);
        else if (_page is not null) _page.Text("pre", text);
        else _output.Write(text.TrimEnd('\n') + "\n");
    }

    /// <param name="quiet">Only the exit status tells.</param>
    /// <param name="status">What the agent's own check ended with; negative when there is none.</param>
    public void Validation(string agent, IReadOnlyList<string> problems, int status, bool quiet)
    {
        if (_xml is null)
        {
            if (quiet) return;
            Line($"Validation of {agent} {(status == 0 ? "succeeded" : "failed")}");
            foreach (var problem in problems) _errors.Write(problem + "\n");
            return;
        }
        _xml.Open("validate", ("agent", agent), ("valid", status == 0 ? "true" : "false"));
        if (problems.Count == 0) _xml.Empty("command", ("code", Code(status)));
        else
        {
            _xml.Open("command", ("code", Code(status)));
            _xml.Text("output", string.Join('\n', problems), ("source", "stderr"));
            _xml.Close();
        }
        _xml.Close();
    }

    public void LastFenced(string node, long? unixMs)
    {
        if (_xml is null) Line(unixMs is { } at ? $"Node {node} last fenced at: {When(at)}" : $"Node {node} has never been fenced");
        else _xml.Empty("last-fenced", ("target", node), ("when", unixMs is { } when ? When(when) : ""));       // the schema wants it, said or not
    }

    /// <summary>Of --quiet: when, in seconds since 1970.</summary>
    public void Epoch(long seconds)
    {
        if (_xml is null) Line(string.Create(CultureInfo.InvariantCulture, $"{seconds}"));
    }

    public void History(IReadOnlyList<FencingEventView> events, bool latestOnly)
    {
        if (_xml is null)
        {
            var history = events.Select(e => e.ToEvent()).ToList();
            Lines("Fencing history", history.ConvertAll(e => (FencingWords.Kind(e), FencingWords.Record(e, all: !latestOnly, FencingWords.LaterSucceeded(e, history)))));
            if (_page is null) Line(events.Count == 1 ? "1 event found" : string.Create(CultureInfo.InvariantCulture, $"{events.Count} events found"));
            return;
        }
        (string, string?)[] head = [("name", "fencing history"), ("count", Code(events.Count))];
        if (events.Count == 0)
        {
            _xml.Empty("list", head);
            return;
        }
        _xml.Open("list", head);
        foreach (var each in events)
        {
            var attributes = new List<(string, string?)>();
            foreach (var attribute in FencingWords.ToXml(each.ToEvent()).Attributes) attributes.Add((attribute.Name, attribute.Value));
            _xml.Empty("fence_event", [.. attributes]);
        }
        _xml.Close();
    }

    /// <summary>Closes the output; an error goes to standard error, or into the XML.</summary>
    /// <param name="error">With the name of the program where Pacemaker's has it.</param>
    public int End(int status, string? error = null)
    {
        if (_page is not null)
        {
            _page.Close();
            _page.Close();
        }
        if (_xml is null)
        {
            if (error is not null) _errors.Write(error + "\n");
            return status;
        }
        if (error is null) _xml.Empty("status", ("code", Code(status)), ("message", Word(status)));
        else
        {
            _xml.Open("status", ("code", Code(status)), ("message", Word(status)));
            _xml.Open("errors");
            _xml.Text("error", error);
            _xml.Close();
            _xml.Close();
        }
        _xml.Close();
        return status;
    }

    private void List(string name, string item, IReadOnlyList<string> names, string one, string many)
    {
        if (_xml is null)
        {
            var lines = new List<(string, string)>();
            foreach (var each in names) lines.Add((item, each));
            Lines(char.ToUpperInvariant(name[0]) + name[1..], lines);
            if (_page is null) Line(string.Create(CultureInfo.InvariantCulture, $"{names.Count} {(names.Count == 1 ? one : many)} found"));
            return;
        }
        _xml.Open("list", ("name", name), ("count", Code(names.Count)));
        foreach (var each in names) _xml.Text("item", each, ("name", item));
        _xml.Close();
    }

    private void Line(string text)
    {
        if (_page is null) _output.Write(text + "\n");
        else _page.Text("p", text);
    }

    /// <summary>A line each, or a page's list.</summary>
    private void Lines(string title, List<(string Kind, string Text)> lines)
    {
        if (_page is null)
        {
            foreach (var (_, line) in lines) Line(line);
            return;
        }
        _page.Text("h2", title);
        _page.Open("ul");
        foreach (var (kind, line) in lines) _page.Text("li", line, ("class", kind));
        _page.Close();
    }

    private static string Code(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>As ctime writes it: the day of the month has two places.</summary>
    private static string When(long unixMs)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(unixMs).LocalDateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{at:ddd MMM} {at.Day,2} {at:HH:mm:ss yyyy}");
    }

    /// <summary>Pacemaker's words for its exit statuses.</summary>
    private static string Word(int status) => status switch
    {
        0 => "OK", 1 => "Error occurred", 3 => "Unimplemented", 4 => "Insufficient privileges", 64 => "Incorrect usage", 70 => "Internal software error", 73 => "Unable to create output",
        102 => "Not connected", 105 => "No such object", 124 => "Timeout occurred", _ => "Unknown",
    };
}
