using System.Globalization;
using System.Text;

namespace Appliance.Lrm.Catalog;

/// <summary>One piece of an XML text: an element's start or end, or what stands between.</summary>
/// <param name="Name">Of an element; empty: it is text.</param>
/// <param name="Text">Entities replaced; of text only.</param>
internal sealed record MarkupPiece(string Name, string Text, bool Starts, bool Ends, IReadOnlyDictionary<string, string> Attributes)
{
    public string this[string attribute] => Attributes.GetValueOrDefault(attribute) ?? "";
}

/// <summary>Reads XML that programs of many hands print: tolerant, without entities of its own, and never for long. A whole parser would bring 4 MB into the binary.</summary>
internal static class Markup
{
    private const int MostPieces = 100_000;

    private static readonly Dictionary<string, string> None = [];

    /// <summary>Up to the first thing that cannot be read; what comes after it is left out.</summary>
    public static List<MarkupPiece> Read(string xml)
    {
        var pieces = new List<MarkupPiece>();
        for (var at = 0; at < xml.Length && pieces.Count < MostPieces;)
        {
            if (xml[at] != '<')
            {
                var next = xml.IndexOf('<', at) is >= 0 and var found ? found : xml.Length;
                pieces.Add(new("", Plain(xml[at..next]), false, false, None));
                at = next;
            }
            else if (Between(xml, ref at, "<![CDATA[", "]]>") is { } data) pieces.Add(new("", data, false, false, None));
            else if (Between(xml, ref at, "<!--", "-->") is not null || Between(xml, ref at, "<?", "?>") is not null || Between(xml, ref at, "<!", ">") is not null) continue;
            else if (Between(xml, ref at, "<", ">") is { Length: > 0 } element) pieces.Add(Element(element));
            else break;
        }
        return pieces;
    }

    private static string? Between(string xml, ref int at, string open, string close)
    {
        if (string.CompareOrdinal(xml, at, open, 0, open.Length) != 0) return null;
        var end = xml.IndexOf(close, at + open.Length, StringComparison.Ordinal);
        if (end < 0) return null;
        var inside = xml[(at + open.Length)..end];
        at = end + close.Length;
        return inside;
    }

    private static MarkupPiece Element(string inside)
    {
        if (inside[0] == '/') return new(inside[1..].Trim(), "", false, true, None);
        var isEmpty = inside[^1] == '/';
        if (isEmpty) inside = inside[..^1];
        var end = inside.AsSpan().IndexOfAny(" \t\r\n") is >= 0 and var blank ? blank : inside.Length;
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = end; inside.IndexOf('=', at) is > 0 and var equals;)
        {
            var quote = equals + 1;
            while (quote < inside.Length && char.IsWhiteSpace(inside[quote])) quote++;
            if (quote >= inside.Length || inside[quote] is not ('"' or '\'') || inside.IndexOf(inside[quote], quote + 1) is not (> 0 and var close)) break;
            attributes[inside[at..equals].Trim()] = Plain(inside[(quote + 1)..close]);
            at = close + 1;
        }
        return new(inside[..end], "", true, isEmpty, attributes);
    }

    private static string Plain(string text)
    {
        if (!text.Contains('&', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var end = text[i] == '&' ? text.IndexOf(';', i, Math.Min(10, text.Length - i)) : -1;
            var known = end < 0 ? null : Entity(text[(i + 1)..end]);
            plain.Append(known ?? text[i].ToString());
            if (known is not null) i = end;
        }
        return plain.ToString();
    }

    private static string? Entity(string name) => name switch
    {
        "amp" => "&", "lt" => "<", "gt" => ">", "quot" => "\"", "apos" => "'",
        ['#', 'x', .. var digits] when ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => ((char)code).ToString(),
        ['#', .. var digits] when ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var code) => ((char)code).ToString(),
        _ => null,
    };
}
