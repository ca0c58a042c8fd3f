using System.Text;

namespace Appliance.Policy.Report;

/// <summary>Nested lists as text: indented and with bullets, or (plain) the bare items without titles.</summary>
internal sealed class ReportText(bool fancy) : ReportLists
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public override bool IsPage => false;

    public override void Begin(string title)
    {
        if (fancy) Indented(title + ":");
        _depth++;
    }

    public override void End() => _depth--;

    public override void Item(string text, string? kind = null) => Indented(text);

    public override void Marked(string text, string kind) => Indented(text);

    public override void Named(string name, string text) => Indented(fancy ? $"{name}: {text}" : text);

    public override void Pieces(params ReadOnlySpan<ReportPiece> pieces)
    {
        var line = new StringBuilder();
        foreach (var piece in pieces) line.Append(piece.Text);
        Indented(line.ToString());
    }

    public override void Open(params ReadOnlySpan<ReportPiece> pieces)
    {
        if (pieces.Length > 0) Pieces(pieces);
        _depth++;
    }

    public override void Close() => _depth--;

    public override void BeginPart(string? title)
    {
        if (title is not null) Indented(title);
        _depth++;
    }

    public override void EndPart(string? title) => _depth--;

    public override void Spacer() => _text.Append('\n');

    public override void Line(string text) => _text.Append(text).Append('\n');

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
