using System.Text;
using Appliance.Cib;

namespace Appliance.Policy.Report;

/// <summary>Nested lists as a page of HTML 5, with the line ends of libxml2.</summary>
internal sealed class ReportPage : ReportLists
{
    private const string Style = """
        .bold { font-weight: bold }
        .online { color: green }
        .offline { color: red }
        .maint { color: blue }
        .standby { color: blue }
        .health_red { color: red }
        .health_yellow { color: GoldenRod }
        .rsc-failed { color: red }
        .rsc-failure-ignored { color: DarkGreen }
        .rsc-managed { color: blue }
        .rsc-multiple { color: orange }
        .rsc-ok { color: green }
        .warning { color: red; font-weight: bold }
        """;

    private readonly CibElement _page = new CibElement("html").Set("lang", "en");
    private readonly Stack<CibElement> _open = new();
    private readonly CibElement _body;

    /// <param name="refresh">After how many seconds it is fetched again; <c>null</c>: never.</param>
    public ReportPage(string title, string? sheet, long? refresh)
    {
        var head = _page.Add("head");
        head.Add("title").Text = title;
        head.Add("meta").Set("charset", "utf-8");
        if (refresh is { } seconds) head.Add("meta").Set("http-equiv", "refresh").Set("content", Model.Texts.Text(seconds));
        head.Add("style").Text = Style;
        if (sheet is not null) head.Add("link").Set("rel", "stylesheet").Set("href", sheet);
        _body = _page.Add("body");
        _open.Push(_body);
    }

    public override bool IsPage => true;

    public override void Begin(string title)
    {
        if (_open.Count > 1) _open.Push(_open.Peek().Add("li"));
        _open.Peek().Add(_open.Count > 1 ? "h3" : "h2").Text = title;
        _open.Push(_open.Peek().Add("ul"));
    }

    public override void End()
    {
        _open.Pop();
        if (_open.Count > 1) _open.Pop();
    }

    public override void Item(string text, string? kind = null)
    {
        if (kind is null) _open.Peek().Add("li").Text = text;
        else Pieces(new ReportPiece(text, kind));
    }

    public override void Marked(string text, string kind) => _open.Peek().Add("li").Set("class", kind).Text = text;

    public override void Named(string name, string text) => Item(text);

    public override void Pieces(params ReadOnlySpan<ReportPiece> pieces)
    {
        Open(pieces);
        Close();
    }

    public override void Open(params ReadOnlySpan<ReportPiece> pieces)
    {
        var item = _open.Peek().Add("li");
        foreach (var piece in pieces)
            if (piece.Kind is null || piece.Text.Length > 0) item.Add("span").Set("class", piece.Kind).Text = piece.Text;
        _open.Push(item);
    }

    public override void Close() => _open.Pop();

    public override void BeginPart(string? title)
    {
        if (title is not null) Begin(title);
    }

    public override void EndPart(string? title)
    {
        if (title is not null) End();
    }

    public override void Spacer() { }

    public override void Line(string text) => _body.Add("p").Text = text;

    /// <summary>What went wrong, at the end.</summary>
    public void Problems(IReadOnlyList<string> problems)
    {
        if (problems.Count == 0) return;
        var list = _body.Add("ul");
        foreach (var problem in problems) list.Add("li").Text = problem;
    }

    public override string ToString()
    {
        var text = new StringBuilder("<!DOCTYPE html>\n");
        Write(text, _page, last: true);
        return text.Append('\n').ToString();
    }

    /// <remarks>A line ends between elements that are blocks, but only where there is more than one of them.</remarks>
    private static void Write(StringBuilder text, CibElement element, bool last)
    {
        text.Append('<').Append(element.Name);
        foreach (var attribute in element.Attributes) text.Append(' ').Append(attribute.Name).Append("=\"").Append(Escape(attribute.Value).Replace("\"", "&quot;", StringComparison.Ordinal)).Append('"');
        text.Append('>');
        var block = element.Name != "span";
        var children = element.Children;
        if (element.Name is not ("meta" or "link"))
        {
            if (element.Text is { } content) text.Append(element.Name == "style" ? content : Escape(content));
            var several = block && children.Count > 1;
            if (several) text.Append('\n');
            for (var i = 0; i < children.Count; i++) Write(text, children[i], i + 1 == children.Count);
            if (several) text.Append('\n');
            text.Append("</").Append(element.Name).Append('>');
        }
        if (block && !last) text.Append('\n');
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
