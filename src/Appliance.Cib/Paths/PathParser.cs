using System.Globalization;

namespace Appliance.Cib;

/// <summary>Reads XPath 1.0 by recursive descent.</summary>
internal ref struct PathParser
{
    private const int MaxLength = 8192;
    private const int MaxDepth = 64;

    private static readonly string[] Axes =
        ["child", "descendant", "descendant-or-self", "self", "parent", "ancestor", "ancestor-or-self", "following-sibling", "preceding-sibling", "following", "preceding", "attribute"];

    private readonly string _text;
    private int _at;
    private int _depth;
    private string? _problem;

    private PathParser(string text) => _text = text;

    public static PathExpression? Parse(string text, out string problem)
    {
        problem = "";
        if (text.Length > MaxLength)
        {
            problem = $"the XPath is longer than {MaxLength} characters";
            return null;
        }
        var parser = new PathParser(text);
        var expression = parser.Or();
        parser.Space();
        if (expression is not null && parser._at < text.Length) expression = parser.Fail($"'{text[parser._at]}' after the expression");
        if (expression is null) problem = $"the XPath {text} is wrong at character {Math.Min(parser._at, text.Length) + 1}: {parser._problem}";
        return expression;
    }

    private PathExpression? Or()
    {
        if (++_depth > MaxDepth) return Fail("too many levels");
        var left = And();
        while (left is not null && Word("or")) left = And() is { } right ? new PathExpression.Or(left, right) : null;
        _depth--;
        return left;
    }

    private PathExpression? And()
    {
        var left = Equality();
        while (left is not null && Word("and")) left = Equality() is { } right ? new PathExpression.And(left, right) : null;
        return left;
    }

    private PathExpression? Equality()
    {
        var left = Relation();
        while (left is not null && (Sign("!=") ?? Sign("=")) is { } operation) left = Relation() is { } right ? new PathExpression.Comparison(left, operation, right) : null;
        return left;
    }

    private PathExpression? Relation()
    {
        var left = Sum();
        while (left is not null && (Sign("<=") ?? Sign(">=") ?? Sign("<") ?? Sign(">")) is { } operation) left = Sum() is { } right ? new PathExpression.Comparison(left, operation, right) : null;
        return left;
    }

    private PathExpression? Sum()
    {
        var left = Product();
        while (left is not null && (Sign("+") ?? Sign("-")) is { } operation) left = Product() is { } right ? new PathExpression.Arithmetic(left, operation, right) : null;
        return left;
    }

    private PathExpression? Product()
    {
        var left = Unary();
        while (left is not null && (Sign("*") ?? (Word("div") ? "div" : Word("mod") ? "mod" : null)) is { } operation) left = Unary() is { } right ? new PathExpression.Arithmetic(left, operation, right) : null;
        return left;
    }

    private PathExpression? Unary()
    {
        var negations = 0;
        while (Sign("-") is not null) negations++;
        var operand = Union();
        if (operand is null || negations == 0) return operand;
        operand = new PathExpression.Negation(operand);
        return negations % 2 == 1 ? operand : new PathExpression.Negation(operand);
    }

    private PathExpression? Union()
    {
        var left = Path();
        while (left is not null && Sign("|") is not null) left = Path() is { } right ? new PathExpression.Union(left, right) : null;
        return left;
    }

    private PathExpression? Path()
    {
        Space();
        if (_at >= _text.Length) return Fail("an expression is missing");
        var c = _text[_at];
        if (c is '(' or '"' or '\'' || char.IsAsciiDigit(c) || c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]) || IsCall()) return Filtered();
        var steps = new List<PathStep>();
        if (c != '/') return Steps(steps) ? new PathExpression.Path(false, null, steps) : null;
        if (Sign("//") is not null) steps.Add(Everything());
        else
        {
            _at++;
            Space();
            // "/" alone is the document.
            if (_at >= _text.Length || !(IsNameStart(_text[_at]) || _text[_at] is '.' or '@' or '*')) return new PathExpression.Path(true, null, steps);
        }
        return Steps(steps) ? new PathExpression.Path(true, null, steps) : null;
    }

    /// <summary>A text, a number, a function or something in parentheses; of nodes, some and what lies below them.</summary>
    private PathExpression? Filtered()
    {
        var primary = Primary();
        if (primary is null) return null;
        var predicates = new List<PathExpression>();
        if (!Predicates(predicates)) return null;
        if (predicates.Count > 0) primary = new PathExpression.Filter(primary, predicates);
        var steps = new List<PathStep>();
        if (Sign("//") is not null) steps.Add(Everything());
        else if (Sign("/") is null) return primary;
        return Steps(steps) ? new PathExpression.Path(false, primary, steps) : null;
    }

    private PathExpression? Primary()
    {
        var c = _text[_at];
        if (c is '"' or '\'')
        {
            var end = _text.IndexOf(c, _at + 1);
            if (end < 0) return Fail("a text without its closing quote");
            var text = _text[(_at + 1)..end];
            _at = end + 1;
            return new PathExpression.Literal(PathValue.Of(text));
        }
        if (c == '(')
        {
            _at++;
            var inner = Or();
            if (inner is not null && Sign(")") is null) return Fail("\")\" is missing");
            return inner;
        }
        if (char.IsAsciiDigit(c) || c == '.')
        {
            var start = _at;
            while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.')) _at++;
            return double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? new PathExpression.Literal(PathValue.Of(number)) : Fail("this is not a number");
        }
        return Call();
    }

    private PathExpression? Call()
    {
        var start = _at;
        var name = Name();
        if (PathFunction.Find(name) is not { } function)
        {
            _at = start;
            return Fail($"there is no function {name}()");
        }
        if (Sign("(") is null) return Fail("\"(\" is missing");
        var arguments = new List<PathExpression>();
        if (Sign(")") is null)
        {
            do
            {
                if (Or() is not { } argument) return null;
                arguments.Add(argument);
            }
            while (Sign(",") is not null);
            if (Sign(")") is null) return Fail("\")\" is missing");
        }
        if (arguments.Count < function.Least || arguments.Count > function.Most)
        {
            _at = start;
            return Fail($"{name}() takes {function.Least}{(function.Most > function.Least ? " or more" : "")} arguments");
        }
        return new PathExpression.Call(function, arguments);
    }

    private bool Steps(List<PathStep> steps)
    {
        while (true)
        {
            if (!Step(steps)) return false;
            if (Sign("//") is not null) steps.Add(Everything());
            else if (Sign("/") is null) return true;
        }
    }

    private bool Step(List<PathStep> steps)
    {
        Space();
        if (Sign("..") is not null) return Add("parent", PathStep.AnyNode, ref this);
        if (Sign(".") is not null) return Add("self", PathStep.AnyNode, ref this);
        var axis = "child";
        if (Sign("@") is not null) axis = "attribute";
        else if (_at < _text.Length && IsNameStart(_text[_at]))
        {
            var start = _at;
            var name = Name();
            if (Sign("::") is null) _at = start;
            else if (Array.IndexOf(Axes, name) < 0)
            {
                _at = start;
                return Fail($"there is no axis {name}") is not null;
            }
            else axis = name;
        }
        Space();
        if (Sign("*") is not null) return Add(axis, "*", ref this);
        if (_at >= _text.Length || !IsNameStart(_text[_at])) return Fail("a name is missing") is not null;
        var at = _at;
        var test = Name();
        if (test is "node" or "comment" or "text" or "processing-instruction" && Sign("(") is not null)
        {
            if (Sign(")") is null) return Fail("\")\" is missing") is not null;
            if (test is "node" or "comment") return Add(axis, test + "()", ref this);
            _at = at;
            return Fail($"{test}() is not supported") is not null;
        }
        return Add(axis, test, ref this);

        bool Add(string along, string what, ref PathParser parser)
        {
            var predicates = new List<PathExpression>();
            if (!parser.Predicates(predicates)) return false;
            steps.Add(new(along, what, predicates));
            return true;
        }
    }

    private bool Predicates(List<PathExpression> predicates)
    {
        while (Sign("[") is not null)
        {
            if (Or() is not { } predicate) return false;
            if (Sign("]") is null) return Fail("\"]\" is missing") is not null;
            predicates.Add(predicate);
        }
        return true;
    }

    private static PathStep Everything() => new("descendant-or-self", PathStep.AnyNode, []);

    /// <summary>A name with "(" after it that is not a test for a kind of node.</summary>
    private readonly bool IsCall()
    {
        var at = _at;
        if (!IsNameStart(_text[at])) return false;
        while (at < _text.Length && IsNamePart(_text[at])) at++;
        var name = _text.AsSpan(_at, at - _at);
        while (at < _text.Length && char.IsWhiteSpace(_text[at])) at++;
        return at < _text.Length && _text[at] == '(' && name is not ("node" or "comment" or "text" or "processing-instruction");
    }

    private string Name()
    {
        var start = _at;
        while (_at < _text.Length && IsNamePart(_text[_at])) _at++;
        return _text[start.._at];
    }

    private string? Sign(string sign)
    {
        Space();
        if (string.CompareOrdinal(_text, _at, sign, 0, sign.Length) != 0) return null;
        _at += sign.Length;
        return sign;
    }

    /// <summary>An operator that is a word; only where an operator can stand, so that elements may be called so.</summary>
    private bool Word(string word)
    {
        Space();
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) return false;
        if (_at + word.Length < _text.Length && IsNamePart(_text[_at + word.Length])) return false;
        _at += word.Length;
        return true;
    }

    private void Space()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }

    private PathExpression? Fail(string problem)
    {
        _problem ??= problem;
        return null;
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c == '_';
    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.';
}
