using System.Text;

namespace Appliance.Cib;

/// <summary>A node attribute compared with a value.</summary>
internal static class AttributeExpression
{
    private enum Type { Text, Integer, Number, Version }

    public static RuleVerdict Evaluate(CibElement expression, RuleInput input)
    {
        var id = expression.Id;
        if (string.IsNullOrEmpty(id)) return Rule.Malformed(input, "an expression without id does not pass");
        if (expression["attribute"] is not { } attribute) return Rule.Malformed(input, $"expression {id} does not pass: it has no attribute");
        attribute = Expand(attribute, input.Submatches);
        if (expression["operation"] is not { } given) return Rule.Malformed(input, $"expression {id} does not pass: it has no operation");
        var operation = given.ToLowerInvariant();
        if (operation is not ("defined" or "not_defined" or "eq" or "ne" or "lt" or "lte" or "gt" or "gte"))
            return Rule.Malformed(input, $"expression {id} does not pass: '{given}' is not an operation");

        string? reference = null;
        var value = expression["value"];
        var source = expression["value-source"] ?? "literal";
        if (!Values.Same(source, "literal") && !Values.Same(source, "param") && !Values.Same(source, "meta"))
            return Rule.Malformed(input, $"expression {id} does not pass: '{source}' is not a value-source");
        if (operation is "defined" or "not_defined")
        {
            if (value is not null) return Rule.Malformed(input, $"expression {id} does not pass: {given} takes no value");
        }
        else
        {
            if (value is null) return Rule.Malformed(input, $"expression {id} does not pass: {given} needs a value");
            reference = Values.Same(source, "literal") ? value : (Values.Same(source, "param") ? input.Parameters : input.Meta)?.GetValueOrDefault(value);
        }

        var actual = input.NodeAttributes?.GetValueOrDefault(attribute);
        if (TypeOf(expression["type"], operation, actual, reference) is not { } type)
            return Rule.Malformed(input, $"expression {id} does not pass: '{expression["type"]}' is not a type");
        return Compare(operation, type, actual, reference, input);
    }

    /// <summary>%0 to %9 replaced by what a pattern's groups matched; without a pattern they stay.</summary>
    internal static string Expand(string text, IReadOnlyList<string>? submatches)
    {
        if (submatches is null || !text.Contains('%')) return text;
        var output = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 >= text.Length || !char.IsAsciiDigit(text[i + 1])) output.Append(text[i]);
            else if (text[++i] - '0' is var group && group < submatches.Count) output.Append(submatches[group]);
        }
        return output.ToString();
    }

    private static Type? TypeOf(string? given, string operation, string? actual, string? reference)
    {
        if (given is not null)
            return Values.Same(given, "string") ? Type.Text : Values.Same(given, "integer") ? Type.Integer : Values.Same(given, "number") ? Type.Number : Values.Same(given, "version") ? Type.Version : null;
        if (operation is "eq" or "ne" or "defined" or "not_defined") return Type.Text;
        return actual?.Contains('.') == true || reference?.Contains('.') == true ? Type.Number : Type.Integer;
    }

    private static RuleVerdict Compare(string operation, Type type, string? actual, string? reference, RuleInput input)
    {
        switch (operation)
        {
            case "defined": return actual is not null ? RuleVerdict.Passes : RuleVerdict.Fails;
            case "not_defined": return actual is null ? RuleVerdict.Passes : RuleVerdict.Fails;
        }
        var order = Order(type, actual, reference, input);
        switch (operation)
        {
            case "eq": return order == 0 ? RuleVerdict.Passes : RuleVerdict.Fails;
            case "ne": return order != 0 ? RuleVerdict.Passes : RuleVerdict.Fails;
        }
        if (actual is null || reference is null) return RuleVerdict.Fails;      // nothing to compare
        return operation switch
        {
            "lt" => order < 0 ? RuleVerdict.Passes : RuleVerdict.After,
            "lte" => order <= 0 ? RuleVerdict.Passes : RuleVerdict.After,
            "gt" => order > 0 ? RuleVerdict.Passes : RuleVerdict.Before,
            _ => order >= 0 ? RuleVerdict.Passes : RuleVerdict.Before,
        };
    }

    /// <summary>What is missing comes before everything else.</summary>
    private static int Order(Type type, string? a, string? b, RuleInput input)
    {
        if (a is null || b is null) return a is null ? b is null ? 0 : -1 : 1;
        switch (type)
        {
            case Type.Version: return Values.CompareVersions(a, b);
            case Type.Integer:
                if (Values.TryInteger(a, out var i) && Values.TryInteger(b, out var j)) return i.CompareTo(j);
                break;
            case Type.Number:
                // Neither less nor greater than not-a-number: equal.
                if (Values.TryNumber(a, out var x) && Values.TryNumber(b, out var y)) return x < y ? -1 : x > y ? 1 : 0;
                break;
            default: return Values.CompareIgnoringCase(a, b);
        }
        input.Problems?.Add($"'{a}' and '{b}' are compared as text: they are not both {(type == Type.Integer ? "integers" : "numbers")}");
        return Values.CompareIgnoringCase(a, b);
    }
}
