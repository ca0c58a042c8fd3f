namespace Appliance.Cib;

/// <summary>The time compared with dates, or its parts with ranges.</summary>
internal static class DateExpression
{
    public static RuleVerdict Evaluate(CibElement expression, RuleInput input, NextChange? next)
    {
        if (string.IsNullOrEmpty(expression.Id)) return Rule.Malformed(input, "a date_expression without id does not pass");
        var operation = expression["operation"];
        if (operation is null || Values.Same(operation, "in_range")) return InRange(expression, input, next);
        if (Values.Same(operation, "date_spec"))
            return expression.Element("date_spec") is { } spec ? DateSpec(spec, expression.Id, input) : No(expression, input, "date_spec needs an element date_spec");
        if (Values.Same(operation, "gt")) return Later(expression, input, next);
        return Values.Same(operation, "lt") ? Earlier(expression, input, next) : No(expression, input, $"'{operation}' is not an operation");
    }

    private static RuleVerdict InRange(CibElement expression, RuleInput input, NextChange? next)
    {
        if (!Date(expression, "start", input, out var start) || !Date(expression, "end", input, out var end)) return RuleVerdict.Malformed;
        if (start is null && end is null) return No(expression, input, "in_range needs a start or an end");
        if (end is null && expression.Element("duration") is { } duration)
        {
            if (start is null) return No(expression, input, "a duration needs a start");
            if (!Add(duration, start.Value, out var sum, out var why)) return No(expression, input, why);
            end = sum;
        }
        if (start is { } from && input.Now < from)
        {
            next?.NotLaterThan(from);
            return RuleVerdict.Before;
        }
        if (end is { } to)
        {
            if (input.Now > to) return RuleVerdict.After;
            next?.NotLaterThan(to.AddSeconds(1));
        }
        return RuleVerdict.Passes;
    }

    private static RuleVerdict Later(CibElement expression, RuleInput input, NextChange? next)
    {
        if (!Date(expression, "start", input, out var start)) return RuleVerdict.Malformed;
        if (start is not { } from) return No(expression, input, "gt needs a start");
        if (input.Now > from) return RuleVerdict.Passes;
        next?.NotLaterThan(from.AddSeconds(1));
        return RuleVerdict.Before;
    }

    private static RuleVerdict Earlier(CibElement expression, RuleInput input, NextChange? next)
    {
        if (!Date(expression, "end", input, out var end)) return RuleVerdict.Malformed;
        if (end is not { } to) return No(expression, input, "lt needs an end");
        if (input.Now >= to) return RuleVerdict.After;
        next?.NotLaterThan(to);
        return RuleVerdict.Passes;
    }

    /// <summary>Every part that is given must be in its range; parts are those of local time.</summary>
    private static RuleVerdict DateSpec(CibElement spec, string expression, RuleInput input)
    {
        if (string.IsNullOrEmpty(spec.Id)) return Rule.Malformed(input, $"date_expression {expression} does not pass: its date_spec has no id");
        var now = input.Now;
        var (month, day) = now.MonthAndDay;
        var (weekYear, week) = now.Week;
        ReadOnlySpan<int> actual = [now.Year, month, day, now.Hour, now.Minute, now.Second, now.Day, weekYear, week, now.Weekday];
        ReadOnlySpan<string> names = ["years", "months", "monthdays", "hours", "minutes", "seconds", "yeardays", "weekyears", "weeks", "weekdays"];
        for (var i = 0; i < names.Length; i++)
        {
            if (spec[names[i]] is not { } range) continue;
            if (!Range(range, out var low, out var high)) return Rule.Malformed(input, $"date_expression {expression} does not pass: '{range}' is not a range for {names[i]}");
            if (low is { } least && actual[i] < least) return RuleVerdict.Before;
            if (high is { } most && actual[i] > most) return RuleVerdict.After;
        }
        return RuleVerdict.Passes;
    }

    /// <summary><c>a</c>, <c>a-b</c>, <c>a-</c> or <c>-b</c>.</summary>
    private static bool Range(string text, out long? low, out long? high)
    {
        low = high = null;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var (first, second) = dash < 0 ? (text, "") : (text[..dash], text[(dash + 1)..]);
        if (first.Length == 0 && second.Length == 0) return false;
        if (first.Length > 0)
        {
            if (!Values.TryWholeInteger(first, out var value)) return false;
            low = value;
            if (dash < 0) high = value;
        }
        if (second.Length > 0)
        {
            if (!Values.TryWholeInteger(second, out var value)) return false;
            high = value;
        }
        // -1 is how Pacemaker notes an end that is not given.
        if (high == -1) high = null;
        return true;
    }

    internal static bool Add(CibElement duration, CibTime start, out CibTime end, out string why)
    {
        end = start;
        why = "";
        if (string.IsNullOrEmpty(duration.Id))
        {
            why = "its duration has no id";
            return false;
        }
        foreach (var unit in (ReadOnlySpan<string>)["years", "months", "weeks", "days", "hours", "minutes", "seconds"])
        {
            if (duration[unit] is not { } text) continue;
            if (!Values.TryInteger(text, out var count) || count is < int.MinValue or > int.MaxValue)
            {
                why = $"'{text}' is not a number of {unit}";
                return false;
            }
            if (count == 0) continue;
            end = unit switch
            {
                "years" => end.AddYears(count),
                "months" => end.AddMonths(count),
                "weeks" => end.AddDays(count * 7),
                "days" => end.AddDays(count),
                "hours" => end.AddSeconds(count * 3600),
                "minutes" => end.AddSeconds(count * 60),
                _ => end.AddSeconds(count),
            };
        }
        return true;
    }

    private static bool Date(CibElement expression, string attribute, RuleInput input, out CibTime? date)
    {
        date = null;
        if (expression[attribute] is not { } text) return true;
        if (!Iso8601.TryDate(text, input.Now, out var time, out var why))
        {
            No(expression, input, $"{attribute}: {why}");
            return false;
        }
        date = time;
        return true;
    }

    private static RuleVerdict No(CibElement expression, RuleInput input, string why) => Rule.Malformed(input, $"date_expression {expression.Id} does not pass: {why}");
}
