using System.Globalization;
using Appliance.Commands.FencingTools;

namespace Appliance.Commands.ResourceTools;

/// <summary>What a tool of Pacemaker 2.1.5 prints: text, or the XML of its api-version 2.25.</summary>
internal sealed class PacemakerOutput
{
    private readonly TextWriter _output, _errors;
    private readonly bool _fancy;

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

    /// <summary>Ends the output; an error goes to standard error, or into the XML.</summary>
    public int End(int status, string? error = null)
    {
        if (Xml is null)
        {
            if (error is not null) _errors.Write(error + "\n");
            return status;
        }
        var code = status.ToString(CultureInfo.InvariantCulture);
        if (error is null) Xml.Empty("status", ("code", code), ("message", Word(status)));
        else
        {
            Xml.Open("status", ("code", code), ("message", Word(status)));
            Xml.Open("errors");
            Xml.Text("error", error);
            Xml.Close();
            Xml.Close();
        }
        Xml.Close();
        return status;
    }

    /// <summary>Pacemaker's words for its exit statuses (crm_exit_e).</summary>
    public static string Word(int status) => status switch
    {
        0 => "OK", 1 => "Error occurred", 2 => "Invalid parameter", 3 => "Unimplemented", 4 => "Insufficient privileges", 5 => "Not installed", 6 => "Not configured", 7 => "Not running",
        8 => "Promoted", 9 => "Failed in promoted role", 64 => "Incorrect usage", 70 => "Internal software error", 73 => "Unable to create output", 102 => "Not connected", 105 => "No such object", 124 => "Timeout occurred", 65 => "Input data was invalid", 66 => "Input file not available", 76 => "Protocol violated", 78 => "Invalid configuration",
        190 => "Service is active but might fail soon", 191 => "Service is promoted but might fail soon", 74 => "I/O error occurred", _ => "Unknown exit status",
    };

    /// <summary>The command line as a result repeats it.</summary>
    public static string Request(IEnumerable<string> line) => string.Join(' ', line.Select(Quoted));

    /// <summary>As the XML repeats the line: only blanks make quotes necessary.</summary>
    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"'{word.Replace("'", "\\'", StringComparison.Ordinal)}'" : word;
}
