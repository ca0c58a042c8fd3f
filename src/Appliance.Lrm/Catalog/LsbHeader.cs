using System.Globalization;
using System.Text;

namespace Appliance.Lrm.Catalog;

/// <summary>The comment at the top of an init script that says what it is (Linux Standard Base, "Comment Conventions for Init Scripts"), as a resource agent's XML.</summary>
/// <remarks>
/// Read and written as Pacemaker 2.1.5 does, byte for byte, since tools compare: values with the blanks before them and their line end; the first of a key
/// counts; a description goes on over lines that begin with <c>#</c> and a tab or two blanks, and the line that ends it is lost; the comment ends at the
/// first line that is none.
/// </remarks>
public static class LsbHeader
{
    private const string Begin = "### BEGIN INIT INFO", End = "### END INIT INFO";

    private static readonly string[] Keys = ["Provides", "Required-Start", "Required-Stop", "Should-Start", "Should-Stop", "Default-Start", "Default-Stop"];

    public static string MetaData(string type, string script)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        Read(script, values);
        var xml = new StringBuilder();
        xml.Append("<?xml version='1.0'?>\n<!DOCTYPE resource-agent SYSTEM 'ra-api-1.dtd'>\n");
        xml.Append($"<resource-agent name='{type}' version='0.1'>\n  <version>1.0</version>\n");
        xml.Append($"  <longdesc lang='en'>\n{Escape(values.GetValueOrDefault("Description", type))}  </longdesc>\n");
        xml.Append($"  <shortdesc lang='en'>{Escape(values.GetValueOrDefault("Short-Description", type))}</shortdesc>\n");
        xml.Append("  <parameters>\n  </parameters>\n  <actions>\n    <action name='meta-data'    timeout='5' />\n");
        foreach (var action in (ReadOnlySpan<string>)["start", "stop", "status", "restart", "force-reload"]) xml.Append($"    <action name={$"'{action}'",-14} timeout='15' />\n");
        xml.Append("    <action name='monitor'      timeout='15' interval='15' />\n  </actions>\n  <special tag='LSB'>\n");
        foreach (var key in Keys) xml.Append($"    <{key}>{Escape(values.GetValueOrDefault(key, ""))}</{key}>\n");
        return xml.Append("  </special>\n</resource-agent>\n").ToString();
    }

    private static void Read(string script, Dictionary<string, string> values)
    {
        var lines = script.Split('\n');
        var at = Array.FindIndex(lines, l => l.StartsWith(Begin, StringComparison.Ordinal)) + 1;
        if (at == 0) return;
        for (; at < lines.Length; at++)
        {
            var line = lines[at];
            if (line.StartsWith(End, StringComparison.Ordinal) || line.Length == 0 || line[0] != '#') return;
            if (Value(line, "Description") is { } description && !values.ContainsKey("Description"))
            {
                for (at++; at < lines.Length && (lines[at].StartsWith("#  ", StringComparison.Ordinal) || lines[at].StartsWith("#\t", StringComparison.Ordinal)); at++) description += lines[at][1..] + "\n";
                values["Description"] = description;
                continue;
            }
            foreach (var key in (ReadOnlySpan<string>)["Short-Description", .. Keys])
                if (Value(line, key) is { } value) values.TryAdd(key, value);
        }
    }

    private static string? Value(string line, string key) =>
        line.StartsWith($"# {key}:", StringComparison.Ordinal) ? line[(key.Length + 3)..] + "\n" : null;

    /// <summary>As libxml2 does it: quotes stay, what is not ASCII becomes a number.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"), '<' => escaped.Append("&lt;"), '>' => escaped.Append("&gt;"), '\r' => escaped.Append("&#13;"),
                > 0x7f => escaped.Append(CultureInfo.InvariantCulture, $"&#x{rune.Value:X};"),
                _ => escaped.Append((char)rune.Value),
            };
        return escaped.ToString();
    }
}
