using System.Buffers;
using System.Globalization;
using System.Text;

namespace Appliance.Cib;

/// <summary>Prints elements as Pacemaker does (3.0.2's own writer, which serves files, messages and digests alike).</summary>
internal static class CibWriter
{
    private static readonly SearchValues<char> Special = SearchValues.Create(
        "<>&\"'\u007F\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\v\f\r\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F");

    public static void Write(CibElement element, StringBuilder output, CibFormat format, int depth)
    {
        var pretty = (format & CibFormat.Pretty) != 0;
        if (pretty) output.Append(' ', 2 * depth);
        if (element.IsComment)
        {
            output.Append("<!--").Append(element.Text).Append("-->");
            if (pretty) output.Append('\n');
            return;
        }

        output.Append('<').Append(element.Name);
        foreach (var attribute in element.Attributes)
        {
            if ((format & CibFormat.Filtered) != 0 && Filterable(attribute.Name)) continue;
            output.Append(' ').Append(attribute.Name).Append("=\"");
            AppendValue(output, attribute.Value, (format & CibFormat.OldEscapes) != 0, (format & CibFormat.Apostrophes) != 0);
            output.Append('"');
        }
        var text = (format & CibFormat.WithText) != 0 ? element.Text : null;
        if (element.Nodes.Count == 0 && text is null) output.Append("/>");
        else
        {
            output.Append('>');
            if (pretty && element.Nodes.Count > 0) output.Append('\n');
            if (text is not null) AppendText(output, text, pretty && element.Nodes.Count > 0 ? 2 * (depth + 1) : -1);
            foreach (var node in element.Nodes) Write(node, output, format, depth + 1);
            if (pretty && element.Nodes.Count > 0) output.Append(' ', 2 * depth);
            output.Append("</").Append(element.Name).Append('>');
        }
        if (pretty) output.Append('\n');
    }

    /// <summary>Attributes that are left out of digests: they name who wrote last, or are stored beside the document (pcmk__xa_filterable of Pacemaker).</summary>
    internal static bool Filterable(string attribute) => attribute is
        "crm-debug-origin" or "cib-last-written" or "update-origin" or "update-client" or "update-user";

    /// <summary>A value as it stands between quotes in the newer way.</summary>
    internal static string Escaped(string value)
    {
        if (value.AsSpan().IndexOfAny(Special) < 0) return value;
        var output = new StringBuilder(value.Length + 16);
        AppendValue(output, value, old: false, apostrophes: false);
        return output.ToString();
    }

    private static void AppendValue(StringBuilder output, string value, bool old, bool apostrophes)
    {
        var rest = value.AsSpan();
        if (old && rest.IndexOfAnyExceptInRange('\0', '\u007F') is >= 0 and var foreign)
        {
            // 2.1 stops replacing at the first character beyond ASCII; what follows it stands as it is.
            AppendValue(output, value[..foreign], old, apostrophes);
            output.Append(rest[foreign..]);
            return;
        }
        while (rest.IndexOfAny(Special) is >= 0 and var at)
        {
            output.Append(rest[..at]);
            var c = rest[at];
            rest = rest[(at + 1)..];
            switch (c)
            {
                case '<': output.Append("&lt;"); break;
                case '>': output.Append("&gt;"); break;
                case '&': output.Append("&amp;"); break;
                case '"': output.Append("&quot;"); break;
                case '\'': output.Append(old || apostrophes ? "&apos;" : "'"); break;
                case '\t' when old: output.Append("    "); break;
                case '\n' when old: output.Append("\\n"); break;
                case '\r' when old: output.Append("\\r"); break;
                case '\u007F' when old: output.Append("\\177"); break;
                default: output.Append("&#x").Append(((int)c).ToString("X2", CultureInfo.InvariantCulture)).Append(';'); break;
            }
        }
        output.Append(rest);
    }

    private static void AppendText(StringBuilder output, string text, int indent)
    {
        if (indent >= 0) output.Append(' ', indent);
        foreach (var c in text)
            switch (c)
            {
                case '<': output.Append("&lt;"); break;
                case '>': output.Append("&gt;"); break;
                case '&': output.Append("&amp;"); break;
                case '\r': output.Append("&#x0D;"); break;
                default: output.Append(c); break;
            }
        if (indent >= 0) output.Append('\n');
    }
}
