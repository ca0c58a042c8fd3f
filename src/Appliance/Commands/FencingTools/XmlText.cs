using System.Text;

namespace Appliance.Commands.FencingTools;

/// <summary>Writes XML elements, indented as Pacemaker's tools do. XmlWriter would do it too, and bring 4 MB into the binary.</summary>
internal sealed class XmlText(TextWriter output)
{
    private readonly Stack<string> _open = [];

    public void Open(string name, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        output.Write(Start(name, attributes) + ">\n");
        _open.Push(name);
    }

    public void Close() => output.Write($"{new string(' ', 2 * (_open.Count - 1))}</{_open.Pop()}>\n");

    public void Empty(string name, params ReadOnlySpan<(string Name, string? Value)> attributes) => output.Write(Start(name, attributes) + "/>\n");

    public void Text(string name, string text, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        output.Write($"{Start(name, attributes)}>{Escape(text, inAttribute: false)}</{name}>\n");

    /// <summary>Text as it is, where it is markup itself.</summary>
    public void Data(string name, string text) =>
        output.Write($"{Start(name, [])}><![CDATA[{text.Replace("]]>", "]]]]><![CDATA[>", StringComparison.Ordinal)}]]></{name}>\n");

    private string Start(string name, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        var text = new StringBuilder().Append(' ', 2 * _open.Count).Append('<').Append(name);
        foreach (var (attribute, value) in attributes)
            if (value is not null) text.Append(' ').Append(attribute).Append("=\"").Append(Escape(value, inAttribute: true)).Append('"');
        return text.ToString();
    }

    /// <summary>Characters XML 1.0 has no way to write are left out.</summary>
    /// <remarks>Between elements quotes and line ends stay, as libxml2 leaves them.</remarks>
    private static string Escape(string text, bool inAttribute)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
            escaped.Append(c switch
            {
                '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\r' => "&#13;",
                '"' or '\n' or '\t' when !inAttribute => c.ToString(),
                '"' => "&quot;", '\n' => "&#10;", '\t' => "&#9;",
                < ' ' or '\uFFFE' or '\uFFFF' => "",
                _ => c.ToString(),
            });
        return escaped.ToString();
    }
}
