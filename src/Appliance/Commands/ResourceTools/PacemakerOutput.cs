using System.Globalization;
using Appliance.Commands.Crm;
using Appliance.Commands.FencingTools;

namespace Appliance.Commands.ResourceTools;

/// <summary>What a tool of Pacemaker 2.1.5 prints: text, or the XML of its api-version 2.25.</summary>
internal sealed class PacemakerOutput
{
    private readonly TextWriter _output, _errors;
    private readonly bool _fancy;
    private readonly List<string> _kept = [];

    /// <param name="line">The command line, the program first.</param>
    public PacemakerOutput(TextWriter output, TextWriter errors, bool asXml, bool fancy, IEnumerable<string> line)
    {
        (_output, _errors, _fancy) = (output, errors, fancy && !asXml);
        if (!asXml) return;
        Xml = new XmlText(output);
        Xml.Open("pacemaker-result", ("api-version", "2.25"), ("request", Request(line)));
    }

    /// <summary>Open inside the result; <c>null</c>: text is printed.</summary>
    public XmlText? Xml { get; }

    public void Line(string text) => _output.Write(text + "\n");

    /// <summary>A list: a line each, under a title where --text-fancy asks for it.</summary>
    public void Lines(string title, IEnumerable<string> lines)
    {
        if (_fancy) Line($"{title}:");
        foreach (var line in lines) Line(_fancy ? $"  * {line}" : line);
    }

    /// <summary>An error: at once to standard error, or at the end into the XML.</summary>
    public void Error(string error)
    {
        if (Xml is null) _errors.Write(error + "\n");
        else _kept.Add(error);
    }

    /// <summary>Ends the output; an error goes to standard error, or into the XML.</summary>
    public int End(int status, string? error = null)
    {
        if (error is not null) Error(error);
        if (Xml is null) return status;
        var code = status.ToString(CultureInfo.InvariantCulture);
        if (_kept.Count == 0) Xml.Empty("status", ("code", code), ("message", PacemakerCodes.ExitText(status)));
        else
        {
            Xml.Open("status", ("code", code), ("message", PacemakerCodes.ExitText(status)));
            Xml.Open("errors");
            foreach (var each in _kept) Xml.Text("error", each);
            Xml.Close();
            Xml.Close();
        }
        Xml.Close();
        return status;
    }

    /// <summary>The command line as a result repeats it.</summary>
    public static string Request(IEnumerable<string> line) => string.Join(' ', line.Select((word, at) => Quoted(at == 0 ? CalledAs(word) : word)));

    /// <summary>A program with the path by which it was called, as 2.1.5 repeats it; where it was called by another name (<c>appliance crm_mon</c>), its name.</summary>
    public static string CalledAs(string program) => Environment.GetCommandLineArgs() is [var path, ..] && Path.GetFileName(path) == program ? path : program;

    /// <summary>As the XML repeats the line: only blanks make quotes necessary.</summary>
    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"'{word.Replace("'", "\\'", StringComparison.Ordinal)}'" : word;
}
