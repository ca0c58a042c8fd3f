using System.Globalization;
using System.Text;

namespace Appliance.Cib;

/// <summary>A node as XPath sees it: an element or comment, one of its attributes, or the document itself (no element).</summary>
internal sealed record PathNode(CibElement? Element, string? Attribute)
{
    public static readonly PathNode Document = new(null, null);

    /// <summary>Where an expression starts: at no node, so that a path without a slash in front selects nothing. Pacemaker starts so too.</summary>
    public static readonly PathNode None = new(null, "");

    public string StringValue(PathWork work)
    {
        if (Attribute is not null) return Element?[Attribute] ?? "";
        var top = Element ?? work.Root;
        if (top.IsComment) return top.Text ?? "";
        var text = new StringBuilder(top.Text);
        foreach (var below in top.Descendants()) text.Append(below.Text);
        return text.ToString();
    }

    public string Name => Attribute ?? (Element is null || Element.IsComment ? "" : Element.Name);
}

/// <summary>The document an expression is evaluated in, the order of its nodes, and how much more work may be done.</summary>
internal sealed class PathWork(CibElement root, int visits)
{
    private Dictionary<CibElement, int>? _order;
    private int _left = visits;

    public CibElement Root { get; } = root;
    public bool Exhausted => _left < 0;

    /// <summary>False when enough has been looked at.</summary>
    public bool Visit() => --_left >= 0;

    /// <summary>In document order, and each node once.</summary>
    public List<PathNode> InOrder(List<PathNode> nodes)
    {
        if (nodes.Count < 2) return nodes;
        if (_order is null)
        {
            _order = new(ReferenceEqualityComparer.Instance);
            Number(Root);
        }
        nodes.Sort(Compare);
        var once = new List<PathNode>(nodes.Count);
        foreach (var node in nodes)
            if (once.Count == 0 || once[^1] != node) once.Add(node);
        return once;

        void Number(CibElement element)
        {
            _order!.Add(element, _order.Count);
            foreach (var child in element.Nodes) Number(child);
        }
    }

    private int Compare(PathNode a, PathNode b)
    {
        var (x, y) = (a.Element is null ? -1 : _order![a.Element], b.Element is null ? -1 : _order![b.Element]);
        return x != y ? x.CompareTo(y) : Place(a).CompareTo(Place(b));
    }

    private static int Place(PathNode node)
    {
        if (node.Attribute is null) return -1;
        var attributes = node.Element!.Attributes;
        for (var i = 0; i < attributes.Length; i++)
            if (attributes[i].Name == node.Attribute) return i;
        return attributes.Length;
    }
}

/// <summary>Where an expression is evaluated: the node, its place among those of its step, and how many these are.</summary>
internal sealed record PathContext(PathNode Node, int Position, int Size, PathWork Work);

/// <summary>What an expression comes to: nodes, or a text, number or truth value.</summary>
internal sealed record PathValue(List<PathNode>? Nodes, string? Text, double Number, bool Truth)
{
    public static PathValue Of(List<PathNode> nodes) => new(nodes, null, 0, false);
    public static PathValue Of(string text) => new(null, text, 0, false);
    public static PathValue Of(double number) => new(null, null, number, false) { IsNumber = true };
    public static PathValue Of(bool truth) => new(null, null, 0, truth);

    public bool IsNumber { get; private init; }
    public bool IsTruth => Nodes is null && Text is null && !IsNumber;
    public string Kind => Nodes is not null ? "set of nodes" : Text is not null ? "text" : IsNumber ? "number" : "truth value";

    public bool ToTruth() => Nodes is not null ? Nodes.Count > 0 : Text is not null ? Text.Length > 0 : IsNumber ? Number != 0 && !double.IsNaN(Number) : Truth;

    public string ToText(PathWork work) => Nodes is not null ? Nodes.Count > 0 ? Nodes[0].StringValue(work) : ""
        : Text ?? (!IsNumber ? Truth ? "true" : "false"
        : double.IsNaN(Number) ? "NaN" : double.IsInfinity(Number) ? Number > 0 ? "Infinity" : "-Infinity" : (Number == 0 ? 0 : Number).ToString("0.###############", CultureInfo.InvariantCulture));

    public double ToNumber(PathWork work) => IsNumber ? Number : IsTruth ? Truth ? 1 : 0 : Parse(ToText(work));

    /// <summary>XPath 1.0, 3.4: sets compare as soon as one of their nodes does.</summary>
    public static bool Compare(PathValue a, string operation, PathValue b, PathWork work)
    {
        if (a.Nodes is not null && !b.IsTruth)
        {
            foreach (var node in a.Nodes)
                if (work.Visit() && Compare(Of(node.StringValue(work)), operation, b, work)) return true;
            return false;
        }
        if (b.Nodes is not null && !a.IsTruth)
        {
            foreach (var node in b.Nodes)
                if (work.Visit() && Compare(a, operation, Of(node.StringValue(work)), work)) return true;
            return false;
        }
        if (operation is "=" or "!=")
        {
            var same = a.IsTruth || b.IsTruth ? a.ToTruth() == b.ToTruth()
                : a.IsNumber || b.IsNumber ? a.ToNumber(work) == b.ToNumber(work) : a.ToText(work) == b.ToText(work);
            return same == (operation == "=");
        }
        var (x, y) = (a.Nodes is not null ? a.ToTruth() ? 1 : 0 : a.ToNumber(work), b.Nodes is not null ? b.ToTruth() ? 1 : 0 : b.ToNumber(work));
        return operation switch { "<" => x < y, "<=" => x <= y, ">" => x > y, _ => x >= y };
    }

    private static double Parse(string text)
    {
        var trimmed = text.AsSpan().Trim(" \t\r\n");
        foreach (var c in trimmed)
            if (!char.IsAsciiDigit(c) && c is not ('.' or '-')) return double.NaN;
        return double.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }
}
