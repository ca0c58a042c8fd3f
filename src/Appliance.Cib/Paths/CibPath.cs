namespace Appliance.Cib;

/// <summary>An XPath expression that selects elements: what tools and ACLs name parts of a CIB by.</summary>
/// <remarks>
/// XPath 1.0 without namespaces, variables, <c>text()</c>, processing instructions and the functions <c>id</c> and <c>lang</c>. A path that does not start at the document selects nothing. Work is bounded: an expression that
/// looks at too many nodes (each <c>//</c> inside of another multiplies them) is given up.
/// </remarks>
public sealed class CibPath
{
    /// <summary>Nodes an expression may look at: a few hundred milliseconds' work. <c>//</c> looks at each element of a document once.</summary>
    private const int MaxVisits = 4_000_000;

    private readonly PathExpression _expression;

    private CibPath(string text, PathExpression expression) => (Text, _expression) = (text, expression);

    public string Text { get; }

    /// <summary>Reads an expression; on failure <paramref name="problem"/> says what is wrong and at which character.</summary>
    public static bool TryParse(string text, out CibPath? path, out string problem)
    {
        path = PathParser.Parse(text, out problem) is { } expression ? new(text, expression) : null;
        return path is not null;
    }

    /// <summary>A text as an expression has it: names come from clients and documents, and must not say anything else in a path.</summary>
    /// <remarks>XPath 1.0 knows no escape: what has both kinds of quotes is put together of parts that have one.</remarks>
    public static string Literal(string text)
    {
        if (!text.Contains('\'', StringComparison.Ordinal)) return $"'{text}'";
        return !text.Contains('"', StringComparison.Ordinal) ? $"\"{text}\"" : $"concat('{text.Replace("'", "',\"'\",'", StringComparison.Ordinal)}')";
    }

    /// <summary>The elements it selects in the document, in document order; for an attribute the element that has it, for the document its root.</summary>
    /// <param name="problem">Why there are none, if not because nothing matches.</param>
    public List<CibElement> Select(CibElement root, out string problem)
    {
        problem = "";
        var work = new PathWork(root.Root, MaxVisits);
        var value = _expression.Evaluate(new(PathNode.None, 1, 1, work));
        if (work.Exhausted)
        {
            problem = $"the XPath {Text} looks at too many elements";
            return [];
        }
        if (value.Nodes is null)
        {
            problem = $"the XPath {Text} selects no elements: it is a {value.Kind}";
            return [];
        }
        var elements = new List<CibElement>();
        foreach (var node in value.Nodes)
        {
            var element = node.Element ?? work.Root;
            if (elements.Count == 0 || elements[^1] != element) elements.Add(element);
        }
        return elements;
    }
}
