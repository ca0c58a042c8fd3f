namespace Appliance.Cib;

/// <summary>A part of an XPath expression.</summary>
internal abstract class PathExpression
{
    public abstract PathValue Evaluate(PathContext context);

    /// <summary>A text or a number as it stands.</summary>
    public sealed class Literal(PathValue value) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => value;
    }

    public sealed class Or(PathExpression left, PathExpression right) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => PathValue.Of(left.Evaluate(context).ToTruth() || right.Evaluate(context).ToTruth());
    }

    public sealed class And(PathExpression left, PathExpression right) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => PathValue.Of(left.Evaluate(context).ToTruth() && right.Evaluate(context).ToTruth());
    }

    public sealed class Comparison(PathExpression left, string operation, PathExpression right) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => PathValue.Of(PathValue.Compare(left.Evaluate(context), operation, right.Evaluate(context), context.Work));
    }

    public sealed class Arithmetic(PathExpression left, string operation, PathExpression right) : PathExpression
    {
        public override PathValue Evaluate(PathContext context)
        {
            var (a, b) = (left.Evaluate(context).ToNumber(context.Work), right.Evaluate(context).ToNumber(context.Work));
            return PathValue.Of(operation switch { "+" => a + b, "-" => a - b, "*" => a * b, "div" => a / b, _ => a % b });
        }
    }

    public sealed class Negation(PathExpression operand) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => PathValue.Of(-operand.Evaluate(context).ToNumber(context.Work));
    }

    public sealed class Union(PathExpression left, PathExpression right) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) =>
            PathValue.Of(context.Work.InOrder([.. left.Evaluate(context).Nodes ?? [], .. right.Evaluate(context).Nodes ?? []]));
    }

    /// <summary>An expression for nodes, and predicates that leave some of them.</summary>
    public sealed class Filter(PathExpression source, List<PathExpression> predicates) : PathExpression
    {
        public override PathValue Evaluate(PathContext context) => PathValue.Of(Apply(source.Evaluate(context).Nodes ?? [], predicates, context.Work));

        public static List<PathNode> Apply(List<PathNode> nodes, List<PathExpression> predicates, PathWork work)
        {
            foreach (var predicate in predicates)
            {
                var kept = new List<PathNode>();
                for (var i = 0; i < nodes.Count; i++)
                {
                    if (!work.Visit()) return [];
                    var value = predicate.Evaluate(new(nodes[i], i + 1, nodes.Count, work));
                    // A number alone is a position.
                    if (value.IsNumber ? value.Number == i + 1 : value.ToTruth()) kept.Add(nodes[i]);
                }
                nodes = kept;
            }
            return nodes;
        }
    }

    /// <summary>Steps, from the document, from the present node, or from what an expression selects.</summary>
    public sealed class Path(bool absolute, PathExpression? start, List<PathStep> steps) : PathExpression
    {
        public override PathValue Evaluate(PathContext context)
        {
            var nodes = start is not null ? start.Evaluate(context).Nodes ?? [] : absolute ? [PathNode.Document] : context.Node == PathNode.None ? [] : [context.Node];
            foreach (var step in steps) nodes = step.From(nodes, context.Work);
            return PathValue.Of(nodes);
        }
    }

    public sealed class Call(PathFunction function, List<PathExpression> arguments) : PathExpression
    {
        public override PathValue Evaluate(PathContext context)
        {
            var values = new PathValue[arguments.Count];
            for (var i = 0; i < values.Length; i++) values[i] = arguments[i].Evaluate(context);
            return function.Of(values, context);
        }
    }
}

/// <summary>One step of a path: in which direction, which nodes, and which of these.</summary>
internal sealed class PathStep(string axis, string test, List<PathExpression> predicates)
{
    /// <summary>A test that every node of the axis passes.</summary>
    public const string AnyNode = "node()";

    private const string Comments = "comment()";

    public List<PathNode> From(List<PathNode> starts, PathWork work)
    {
        if (starts.Count == 1) return InDocumentOrder(Select(starts[0], work));
        var all = new List<PathNode>();
        foreach (var start in starts) all.AddRange(Select(start, work));
        return work.InOrder(all);

        List<PathNode> InDocumentOrder(List<PathNode> nodes)
        {
            if (axis is "ancestor" or "ancestor-or-self" or "preceding" or "preceding-sibling") nodes.Reverse();
            return nodes;
        }
    }

    /// <summary>In the order of the axis, which counts away from the start.</summary>
    private List<PathNode> Select(PathNode start, PathWork work)
    {
        var found = new List<PathNode>();
        Walk(start, work, found);
        return Filterable(found, work);
    }

    private List<PathNode> Filterable(List<PathNode> nodes, PathWork work) => PathExpression.Filter.Apply(nodes, predicates, work);

    private void Walk(PathNode start, PathWork work, List<PathNode> found)
    {
        var element = start.Element;
        if (start.Attribute is not null && axis is not ("self" or "parent" or "ancestor" or "ancestor-or-self" or "descendant-or-self")) return;
        switch (axis)
        {
            case "self": Take(start, work, found); break;
            case "attribute":
                foreach (var attribute in element is null ? [] : element.Attributes)
                    if (work.Visit() && (test is "*" or AnyNode || test == attribute.Name)) found.Add(new(element, attribute.Name));
                break;
            case "child":
                foreach (var child in Children(start, work)) Take(new(child, null), work, found);
                break;
            case "descendant-or-self":
                Take(start, work, found);
                if (start.Attribute is null) Descend(start, work, found);
                break;
            case "descendant": Descend(start, work, found); break;
            case "parent":
                if (ParentOf(start) is { } parent) Take(parent, work, found);
                break;
            case "ancestor" or "ancestor-or-self":
                if (axis == "ancestor-or-self") Take(start, work, found);
                for (var at = ParentOf(start); at is not null; at = ParentOf(at)) Take(at, work, found);
                break;
            case "following-sibling" or "preceding-sibling":
                if (element?.Parent is null) break;
                var (siblings, place) = (element.Parent.Nodes, element.Position);
                if (axis == "following-sibling")
                    for (var i = place + 1; i < siblings.Count; i++) Take(new(siblings[i], null), work, found);
                else
                    for (var i = place - 1; i >= 0; i--) Take(new(siblings[i], null), work, found);
                break;
            case "following":
                for (var at = element; at?.Parent is { } above; at = above)
                    for (var i = at.Position + 1; i < above.Nodes.Count; i++) TakeAll(above.Nodes[i], work, found);
                break;
            case "preceding":
                for (var at = element; at?.Parent is { } above; at = above)
                    for (var i = at.Position - 1; i >= 0; i--)
                    {
                        var below = new List<PathNode>();
                        TakeAll(above.Nodes[i], work, below);
                        below.Reverse();
                        found.AddRange(below);
                    }
                break;
        }
    }

    private void Descend(PathNode start, PathWork work, List<PathNode> found)
    {
        foreach (var child in Children(start, work)) TakeAll(child, work, found);
    }

    private void TakeAll(CibElement element, PathWork work, List<PathNode> found)
    {
        if (work.Exhausted) return;
        Take(new(element, null), work, found);
        foreach (var child in element.Nodes) TakeAll(child, work, found);
    }

    private void Take(PathNode node, PathWork work, List<PathNode> found)
    {
        if (!work.Visit()) return;
        var passes = test switch
        {
            AnyNode => true,
            "*" => node.Element is { IsComment: false } && node.Attribute is null,
            Comments => node.Element is { IsComment: true },
            _ => node.Element is { IsComment: false } element && node.Attribute is null && element.Name == test,
        };
        if (passes) found.Add(node);
    }

    private static IReadOnlyList<CibElement> Children(PathNode node, PathWork work) => node.Element is { } element ? element.Nodes : [work.Root];

    private static PathNode? ParentOf(PathNode node) =>
        node.Attribute is not null ? new(node.Element, null) : node.Element is null ? null : node.Element.Parent is { } parent ? new(parent, null) : PathNode.Document;
}

/// <summary>A function of XPath: how many arguments it takes, and what it comes to.</summary>
internal sealed record PathFunction(string Name, int Least, int Most, Func<PathValue[], PathContext, PathValue> Of)
{
    private static readonly PathFunction[] All =
    [
        new("last", 0, 0, (_, c) => PathValue.Of((double)c.Size)),
        new("position", 0, 0, (_, c) => PathValue.Of((double)c.Position)),
        new("count", 1, 1, (a, _) => PathValue.Of(a[0].Nodes is { } nodes ? nodes.Count : double.NaN)),
        new("name", 0, 1, (a, c) => PathValue.Of(NodeOf(a, c)?.Name ?? "")),
        new("local-name", 0, 1, (a, c) => PathValue.Of(NodeOf(a, c) is { } node ? node.Name[(node.Name.IndexOf(':', StringComparison.Ordinal) + 1)..] : "")),
        new("string", 0, 1, (a, c) => PathValue.Of(TextOf(a, c))),
        new("concat", 2, 64, (a, c) => PathValue.Of(string.Concat(Array.ConvertAll(a, v => v.ToText(c.Work))))),
        new("starts-with", 2, 2, (a, c) => PathValue.Of(a[0].ToText(c.Work).StartsWith(a[1].ToText(c.Work), StringComparison.Ordinal))),
        new("contains", 2, 2, (a, c) => PathValue.Of(a[0].ToText(c.Work).Contains(a[1].ToText(c.Work), StringComparison.Ordinal))),
        new("substring-before", 2, 2, (a, c) => PathValue.Of(a[0].ToText(c.Work) is var text && text.IndexOf(a[1].ToText(c.Work), StringComparison.Ordinal) is >= 0 and var at ? text[..at] : "")),
        new("substring-after", 2, 2, (a, c) => PathValue.Of(a[0].ToText(c.Work) is var text && a[1].ToText(c.Work) is var part && text.IndexOf(part, StringComparison.Ordinal) is >= 0 and var at ? text[(at + part.Length)..] : "")),
        new("substring", 2, 3, (a, c) => PathValue.Of(Substring(a[0].ToText(c.Work), a[1].ToNumber(c.Work), a.Length > 2 ? a[2].ToNumber(c.Work) : double.PositiveInfinity))),
        new("string-length", 0, 1, (a, c) => PathValue.Of((double)TextOf(a, c).Length)),
        new("normalize-space", 0, 1, (a, c) => PathValue.Of(string.Join(' ', TextOf(a, c).Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)))),
        new("translate", 3, 3, (a, c) => PathValue.Of(Translate(a[0].ToText(c.Work), a[1].ToText(c.Work), a[2].ToText(c.Work)))),
        new("boolean", 1, 1, (a, _) => PathValue.Of(a[0].ToTruth())),
        new("not", 1, 1, (a, _) => PathValue.Of(!a[0].ToTruth())),
        new("true", 0, 0, (_, _) => PathValue.Of(true)),
        new("false", 0, 0, (_, _) => PathValue.Of(false)),
        new("number", 0, 1, (a, c) => PathValue.Of(a.Length > 0 ? a[0].ToNumber(c.Work) : PathValue.Of(c.Node.StringValue(c.Work)).ToNumber(c.Work))),
        new("sum", 1, 1, (a, c) => PathValue.Of(Sum(a[0].Nodes ?? [], c.Work))),
        new("floor", 1, 1, (a, c) => PathValue.Of(Math.Floor(a[0].ToNumber(c.Work)))),
        new("ceiling", 1, 1, (a, c) => PathValue.Of(Math.Ceiling(a[0].ToNumber(c.Work)))),
        new("round", 1, 1, (a, c) => PathValue.Of(Math.Floor(a[0].ToNumber(c.Work) + 0.5))),
    ];

    public static PathFunction? Find(string name) => Array.Find(All, f => f.Name == name);

    private static PathNode? NodeOf(PathValue[] arguments, PathContext context) => arguments.Length == 0 ? context.Node : arguments[0].Nodes is [var first, ..] ? first : null;
    private static string TextOf(PathValue[] arguments, PathContext context) => arguments.Length == 0 ? context.Node.StringValue(context.Work) : arguments[0].ToText(context.Work);

    private static double Sum(List<PathNode> nodes, PathWork work)
    {
        var sum = 0.0;
        foreach (var node in nodes) sum += PathValue.Of(node.StringValue(work)).ToNumber(work);
        return sum;
    }

    private static string Substring(string text, double from, double length)
    {
        // Places count from 1; those that are rounded into the text are in (XPath 1.0, 4.2).
        var (start, end) = (Math.Floor(from + 0.5), Math.Floor(from + 0.5) + Math.Floor(length + 0.5));
        var kept = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
            if (i + 1 >= start && i + 1 < end) kept.Append(text[i]);
        return kept.ToString();
    }

    private static string Translate(string text, string from, string to)
    {
        var output = new System.Text.StringBuilder(text.Length);
        foreach (var c in text)
        {
            var at = from.IndexOf(c, StringComparison.Ordinal);
            if (at < 0) output.Append(c);
            else if (at < to.Length) output.Append(to[at]);
        }
        return output.ToString();
    }
}
