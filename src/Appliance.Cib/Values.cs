using System.Globalization;

namespace Appliance.Cib;

/// <summary>How Pacemaker reads the values that stand in a CIB as text. Leading white space is allowed, and what follows a number is mostly not looked at.</summary>
public static class Values
{
    /// <summary>The score that counts as infinite.</summary>
    public const int Infinity = 1_000_000;

    /// <summary>A score: <c>INFINITY</c>, <c>-INFINITY</c>, a node health colour, or a number, which is clamped.</summary>
    /// <returns>False, and 0, when it is none of these.</returns>
    public static bool TryScore(string? text, out int score)
    {
        score = 0;
        switch (text)
        {
            case null: return true;
            case "INFINITY" or "+INFINITY": score = Infinity; return true;
            case "-INFINITY": score = -Infinity; return true;
        }
        // Colours are worth what the options node-health-* say; without those, this.
        if (Same(text, "red")) score = -Infinity;
        if (Same(text, "red") || Same(text, "yellow") || Same(text, "green")) return true;
        if (!Integer(text, out var value, out _, out _)) return false;
        score = (int)Math.Clamp(value, -Infinity, Infinity);
        return true;
    }

    public static bool TryBoolean(string? text, out bool value)
    {
        value = text is not null && (Same(text, "true") || Same(text, "on") || Same(text, "yes") || Same(text, "y") || text == "1");
        return value || text is not null && (Same(text, "false") || Same(text, "off") || Same(text, "no") || Same(text, "n") || text == "0");
    }

    /// <summary>A decimal integer at the start of the text.</summary>
    public static bool TryInteger(string? text, out long value)
    {
        value = 0;
        return text is not null && Integer(text, out value, out _, out var clipped) && !clipped;
    }

    /// <summary>A decimal integer and nothing after it.</summary>
    public static bool TryWholeInteger(string text, out long value) => Integer(text, out value, out var end, out var clipped) && !clipped && end == text.Length;

    /// <summary>A decimal number at the start of the text, as strtod(3) finds it.</summary>
    public static bool TryNumber(string? text, out double value)
    {
        value = 0;
        var rest = text.AsSpan().TrimStart(" \t\n\v\f\r");
        var end = rest.Length > 0 && rest[0] is '+' or '-' ? 1 : 0;
        var word = rest[end..];
        if (word.StartsWith("inf", StringComparison.OrdinalIgnoreCase))
        {
            value = end > 0 && rest[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        if (word.StartsWith("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }
        var digits = 0;
        for (; end < rest.Length && char.IsAsciiDigit(rest[end]); end++) digits++;
        if (end < rest.Length && rest[end] == '.')
            for (end++; end < rest.Length && char.IsAsciiDigit(rest[end]); end++) digits++;
        if (digits == 0) return false;
        if (end < rest.Length && rest[end] is 'e' or 'E')
        {
            var exponent = end + 1;
            if (exponent < rest.Length && rest[exponent] is '+' or '-') exponent++;
            if (exponent < rest.Length && char.IsAsciiDigit(rest[exponent]))
                for (end = exponent; end < rest.Length && char.IsAsciiDigit(rest[end]);) end++;
        }
        return double.TryParse(rest[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>A time span in milliseconds: a number with a unit (<c>ms us s m h</c>; none means seconds), or an ISO 8601 duration.</summary>
    /// <remarks>A unit is recognised by its start alone, decimals are cut off, as in Pacemaker.</remarks>
    public static bool TryMilliseconds(string? text, out long milliseconds)
    {
        milliseconds = 0;
        if (text is null) return true;
        if (text.StartsWith('P'))
        {
            if (!Iso8601.TryDuration(text, out var duration, out _) || duration.TotalSeconds < 0) return false;
            milliseconds = Math.Min(duration.TotalSeconds, uint.MaxValue / 1000) * 1000;
            return true;
        }
        if (!Integer(text, out var number, out var end, out var clipped)) return false;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        while (end < text.Length && text[end] is ' ' or (>= '\t' and <= '\r')) end++;
        var unit = text.AsSpan(end);
        long multiplier, divisor = 1;
        if (unit.Length == 0 || Starts(unit, "s")) multiplier = 1000;
        else if (Starts(unit, "ms")) multiplier = 1;
        else if (Starts(unit, "us")) (multiplier, divisor) = (1, 1000);
        else if (Starts(unit, "m")) multiplier = 60_000;
        else if (Starts(unit, "h")) multiplier = 3_600_000;
        else return false;
        if (number < 0 || clipped) return false;
        milliseconds = number > long.MaxValue / multiplier ? long.MaxValue : number * multiplier / divisor;
        return true;
    }

    /// <summary>Compares two versions number by number; what is missing counts as 0, and what follows the numbers does not count.</summary>
    public static int CompareVersions(string? a, string? b)
    {
        var x = VersionPart(a);
        var y = VersionPart(b);
        while (x.Length > 0 || y.Length > 0)
        {
            var (m, n) = (Next(ref x), Next(ref y));
            if (m != n) return m < n ? -1 : 1;
        }
        return 0;

        static long Next(ref ReadOnlySpan<char> text)
        {
            long value = 0;
            var i = 0;
            for (; i < text.Length && text[i] != '.'; i++) value = value > long.MaxValue / 10 - 1 ? long.MaxValue / 10 : value * 10 + text[i] - '0';
            text = text[Math.Min(i + 1, text.Length)..];
            return value;
        }
    }

    /// <summary>Compares as strcasecmp(3) in the C locale: only the letters A to Z lose their case.</summary>
    public static int CompareIgnoringCase(string a, string b)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            var (x, y) = (Lower(a[i]), Lower(b[i]));
            if (x != y) return x < y ? -1 : 1;
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <summary>Whether both are the same text but for the case of A to Z.</summary>
    public static bool Same(string? a, string b) => a is not null && CompareIgnoringCase(a, b) == 0;

    /// <summary>As strtoll(3): clipped when it is too large.</summary>
    private static bool Integer(string text, out long value, out int end, out bool clipped)
    {
        (value, end, clipped) = (0, 0, false);
        while (end < text.Length && text[end] is ' ' or (>= '\t' and <= '\r')) end++;
        var negative = end < text.Length && text[end] == '-';
        if (end < text.Length && text[end] is '-' or '+') end++;
        var start = end;
        for (; end < text.Length && char.IsAsciiDigit(text[end]); end++)
        {
            // Gathered below zero, where there is one number more.
            if (value < long.MinValue / 10 || value == long.MinValue / 10 && text[end] - '0' > 8 - (negative ? 0 : 1)) clipped = true;
            if (!clipped) value = value * 10 - (text[end] - '0');
        }
        if (clipped) value = negative ? long.MinValue : long.MaxValue;
        else if (!negative) value = -value;
        return end > start;
    }

    private static ReadOnlySpan<char> VersionPart(string? text)
    {
        var rest = text.AsSpan().TrimStart(" \t\n\v\f\r");
        var end = 0;
        while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || rest[end] == '.' && end > 0 && rest[end - 1] != '.' && end + 1 < rest.Length && char.IsAsciiDigit(rest[end + 1]))) end++;
        return rest[..end];
    }

    private static bool Starts(ReadOnlySpan<char> text, string word) => text.StartsWith(word, StringComparison.OrdinalIgnoreCase);
    private static char Lower(char c) => c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;
}
