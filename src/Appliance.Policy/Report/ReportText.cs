using System.Text;

namespace Appliance.Policy.Report;

/// <summary>Nested lists as text: indented and with bullets, or (plain) the bare items without titles.</summary>
internal sealed class ReportText(bool fancy)
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Opens a list.</summary>
    public void Begin(string title)
    {
        if (fancy) Indented(title + ":");
        _depth++;
    }

    public void End() => _depth--;

    public void Item(string text) => Indented(text);

    /// <summary>An item with a name, which a plain list does not show.</summary>
    public void Item(string name, string text) => Indented(fancy ? $"{name}: {text}" : text);

    /// <summary>An empty line.</summary>
    public void Spacer() => _text.Append('\n');

    /// <summary>A line outside of lists.</summary>
    public void Line(string text) => _text.Append(text).Append('\n');

    /// <summary>What was written since it was taken last.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }

    private void Indented(string text)
    {
        if (fancy)
        {
            _text.Append(' ', 2 * _depth);
            if (_depth > 0) _text.Append("* ");
        }
        _text.Append(text).Append('\n');
    }
}
