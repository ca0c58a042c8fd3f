namespace Appliance.Policy.Report;

/// <summary>A piece of a line, and what kind of thing it is (a class of a page).</summary>
internal sealed record ReportPiece(string Text, string? Kind = null);

/// <summary>Nested lists: as text, or as a page.</summary>
internal abstract class ReportLists
{
    /// <summary>A page has more room: nodes one by one, colours.</summary>
    public abstract bool IsPage { get; }

    /// <summary>Opens a list.</summary>
    public abstract void Begin(string title);

    public abstract void End();

    /// <param name="kind">What kind of thing it is.</param>
    public abstract void Item(string text, string? kind = null);

    /// <summary>An item that is of that kind as a whole.</summary>
    public abstract void Marked(string text, string kind);

    /// <summary>An item with a name, which a plain list does not show.</summary>
    public abstract void Named(string name, string text);

    /// <summary>An item of pieces.</summary>
    public abstract void Pieces(params ReadOnlySpan<ReportPiece> pieces);

    /// <summary>Opens an item of pieces that has lists in it.</summary>
    public abstract void Open(params ReadOnlySpan<ReportPiece> pieces);

    public abstract void Close();

    /// <summary>Opens a list within a list, under a line of its own; without a title a page does not show that it is one.</summary>
    public abstract void BeginPart(string? title);

    public abstract void EndPart(string? title);

    /// <summary>An empty line.</summary>
    public abstract void Spacer();

    /// <summary>A line outside of lists.</summary>
    public abstract void Line(string text);
}
