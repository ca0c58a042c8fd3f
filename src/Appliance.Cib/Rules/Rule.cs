namespace Appliance.Cib;

/// <summary>Evaluates rules and their conditions as Pacemaker 3.0.2 does; a condition that is malformed does not pass.</summary>
public static class Rule
{
    // Rules may refer to rules, and so to themselves, or to ten that refer to ten each.
    private const int MaxDepth = 64;
    private const int MaxConditions = 100_000;

    /// <summary>Whether the rule applies.</summary>
    /// <param name="next">Learns when that may change. Only comparisons with a date tell; a <c>date_spec</c> does not, as in Pacemaker.</param>
    public static bool Passes(CibElement rule, RuleInput input, NextChange? next = null) => Evaluate(rule, input, next) == RuleVerdict.Passes;

    public static RuleVerdict Evaluate(CibElement rule, RuleInput input, NextChange? next = null)
    {
        var left = MaxConditions;
        return Evaluate(rule, input, next, 0, ref left);
    }

    private static RuleVerdict Evaluate(CibElement rule, RuleInput input, NextChange? next, int depth, ref int left)
    {
        if (depth > MaxDepth || left <= 0) return Malformed(input, $"rule {rule.Id ?? rule["id-ref"]} does not pass: it refers to itself, or to more than anybody can mean");
        if (IdIndex.Resolve(rule, input.Ids) is not { } resolved) return Malformed(input, $"rule id-ref {rule["id-ref"]} refers to no rule");
        rule = resolved;
        if (string.IsNullOrEmpty(rule.Id)) return Malformed(input, "a rule without id does not pass");
        var word = rule["boolean-op"];
        var any = Values.Same(word, "or");
        if (!any && word is not null && !Values.Same(word, "and")) return Malformed(input, $"rule {rule.Id} does not pass: '{word}' is not a boolean-op");

        if (rule.Children.Count == 0)
        {
            input.Problems?.Add($"rule {rule.Id} has no conditions, so it passes");
            return RuleVerdict.Passes;
        }
        foreach (var condition in rule.Children)
            if (EvaluateCondition(condition, input, next, depth, ref left) == RuleVerdict.Passes == any)
                return any ? RuleVerdict.Passes : RuleVerdict.Fails;
        return any ? RuleVerdict.Fails : RuleVerdict.Passes;
    }

    /// <summary>One condition: an expression of any kind, or a rule.</summary>
    public static RuleVerdict EvaluateCondition(CibElement condition, RuleInput input, NextChange? next = null)
    {
        var left = MaxConditions;
        return EvaluateCondition(condition, input, next, 0, ref left);
    }

    private static RuleVerdict EvaluateCondition(CibElement condition, RuleInput input, NextChange? next, int depth, ref int left)
    {
        left--;
        return condition.Name switch
        {
            "rule" => Evaluate(condition, input, next, depth + 1, ref left),
            "expression" => AttributeExpression.Evaluate(condition, input),
            "date_expression" => DateExpression.Evaluate(condition, input, next),
            "rsc_expression" => ResourceExpression(condition, input),
            "op_expression" => OperationExpression(condition, input),
            _ => Malformed(input, $"{condition.Name} {condition.Id ?? "without id"} does not pass: it is not a condition"),
        };
    }

    internal static RuleVerdict Malformed(RuleInput input, string why)
    {
        input.Problems?.Add(why);
        return RuleVerdict.Malformed;
    }

    private static RuleVerdict ResourceExpression(CibElement expression, RuleInput input)
    {
        if (string.IsNullOrEmpty(expression.Id)) return Malformed(input, "a rsc_expression without id does not pass");
        return Matches("class", input.Class) && Matches("provider", input.Provider) && Matches("type", input.Type) ? RuleVerdict.Passes : RuleVerdict.Fails;

        bool Matches(string attribute, string? actual) => expression[attribute] is not { } wanted || wanted == actual;
    }

    private static RuleVerdict OperationExpression(CibElement expression, RuleInput input)
    {
        if (string.IsNullOrEmpty(expression.Id)) return Malformed(input, "an op_expression without id does not pass");
        if (expression["name"] is not { } name) return Malformed(input, $"op_expression {expression.Id} does not pass: it has no name");
        if (!Values.TryMilliseconds(expression["interval"], out var interval)) return Malformed(input, $"op_expression {expression.Id} does not pass: '{expression["interval"]}' is not an interval");
        return name == input.Operation && (expression["interval"] is null || interval == input.IntervalMs) ? RuleVerdict.Passes : RuleVerdict.Fails;
    }
}
