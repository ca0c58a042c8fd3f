using System.Globalization;
using Appliance.Control;

namespace Appliance.Commands.FencingTools;

/// <summary>What stonith_admin prints: Pacemaker 2.1.5's text, or its XML (api-version 2.25).</summary>
internal sealed class StonithAdminOutput
{
    private readonly TextWriter _output, _errors;
    private readonly XmlText? _xml;

    public StonithAdminOutput(TextWriter output, TextWriter errors, bool xml, string request)
    {
        (_output, _errors) = (output, errors);
        if (!xml) return;
        _xml = new XmlText(output);
        _xml.Open("pacemaker-result", ("api-version", "2.25"), ("request", request));
    }

    public void Note(string line)
    {
        if (_xml is null) _output.Write(line + "\n");
    }

    public void Devices(IReadOnlyList<FencingDeviceView> devices) => List("registered fence devices", "device", [.. devices.Select(d => d.Id)], "fence device", "fence devices");

    public void Targets(IReadOnlyList<string> targets) => List("Fence targets", "target", targets, "fence target", "fence targets");

    public void Agents(IReadOnlyList<string> agents) => List("fence devices", "device", agents, "fence device", "fence devices");

    public void Metadata(string text)
    {
        if (_xml is null) _output.Write(text.TrimEnd('\n') + "\n");
        else _xml.Text("metadata", text);
    }

    public void Validation(string agent, IReadOnlyList<string> problems, bool quiet)
    {
        if (_xml is null)
        {
            if (quiet) return;
            _output.Write($"Validation of {agent} {(problems.Count == 0 ? "succeeded" : "failed")}\n");
            foreach (var problem in problems) _errors.Write($"stonith_admin: {problem}\n");
            return;
        }
        _xml.Open("validate", ("agent", agent), ("valid", problems.Count == 0 ? "true" : "false"));
        foreach (var problem in problems) _xml.Text("output", problem, ("source", "stderr"));
        _xml.Close();
    }

    public void LastFenced(string node, long? unixMs)
    {
        if (_xml is null)
        {
            _output.Write(unixMs is { } at ? $"Node {node} last fenced at: {Local(at):ddd MMM d HH:mm:ss yyyy}\n" : $"Node {node} has never been fenced\n");
            return;
        }
        _xml.Empty("last-fenced", ("target", node), ("when", unixMs is { } when ? Local(when).ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture) : null));
    }

    /// <summary>Of --quiet: when, in seconds since 1970.</summary>
    public void Epoch(long seconds)
    {
        if (_xml is null) _output.Write(string.Create(CultureInfo.InvariantCulture, $"{seconds}\n"));
    }

    public void History(IReadOnlyList<FencingEventView> events, bool latestOnly)
    {
        if (_xml is null)
        {
            foreach (var each in events) _output.Write(Sentence(each, latestOnly) + "\n");
            _output.Write(events.Count == 1 ? "1 event found\n" : string.Create(CultureInfo.InvariantCulture, $"{events.Count} events found\n"));
            return;
        }
        _xml.Open("list", ("name", "fencing history"), ("count", events.Count.ToString(CultureInfo.InvariantCulture)));
        foreach (var each in events)
            _xml.Empty("fence_event", ("action", each.Action), ("target", each.Target), ("client", each.Client), ("origin", each.Origin), ("delegate", each.Delegate),
                ("exit-reason", each.Reason.Length > 0 ? each.Reason : null), ("status", each.State switch { "done" => "success", "failed" => "failed", _ => "pending" }),
                ("completed", each.CompletedUnixMs is { } at ? Utc(at) : null));
        _xml.Close();
    }

    /// <summary>Closes the output; an error goes to standard error, or into the XML.</summary>
    public int End(int status, string? error = null)
    {
        if (_xml is null)
        {
            if (error is not null) _errors.Write($"stonith_admin: {error}\n");
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
            foreach (var each in names) _output.Write(each + "\n");
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"{names.Count} {(names.Count == 1 ? one : many)} found\n"));
            return;
        }
        _xml.Open("list", ("name", name), ("count", Code(names.Count)));
        foreach (var each in names) _xml.Text("item", each, ("name", item));
        _xml.Close();
    }

    private static string Code(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>turning off of node2 successful: delegate=node1, client=..., origin=node1, last-successful='...'</c>.</summary>
    private static string Sentence(FencingEventView each, bool latestOnly)
    {
        var verb = each.Action switch { "off" => "turning off", "on" => "unfencing", _ => each.Action };
        var state = each.State switch { "done" => "successful", "failed" => "failed", _ => "pending" };
        var why = each.State == "failed" && each.Reason.Length > 0 ? $" ({each.Reason})" : "";
        var by = each.Delegate is null ? "" : $"delegate={each.Delegate}, ";
        var at = each.CompletedUnixMs is { } ms ? $", {(latestOnly ? "last-successful" : "completed")}='{Utc(ms)}'" : "";
        return $"{verb} of {each.Target} {state}{why}: {by}client={each.Client}, origin={each.Origin}{at}";
    }

    private static string Utc(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTime Local(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).LocalDateTime;

    /// <summary>Pacemaker's words for its exit statuses.</summary>
    private static string Word(int status) => status switch
    {
        0 => "OK", 1 => "Error occurred", 3 => "Unimplemented", 4 => "Insufficient privileges", 64 => "Incorrect usage", 102 => "Not connected", 105 => "No such object", 124 => "Timeout occurred", _ => "Unknown",
    };
}
