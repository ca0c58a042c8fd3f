using System.Globalization;

namespace Appliance.Configuration;

/// <summary>Numbers, times and booleans as 3.0.6 reads them: by C's atoi and atof, and cluster-glue's cl_get_msec and cl_str_to_boolean.</summary>
internal static class Numbers
{
    /// <summary>What C's atoi makes of a word: leading digits; 0 when there are none. Overlong numbers stop at the ends of the type.</summary>
    /// <param name="complete">Nothing but the number is in the word.</param>
    public static int Atoi(string word, out bool complete)
    {
        var at = 0;
        var negative = false;
        if (word.Length > 0 && word[0] is '-' or '+')
        {
            negative = word[0] == '-';
            at = 1;
        }
        var first = at;
        long value = 0;
        for (; at < word.Length && char.IsAsciiDigit(word[at]); at++) value = Math.Min(value * 10 + (word[at] - '0'), int.MaxValue);
        complete = at == word.Length && at > first;
        return (int)(negative ? -value : value);
    }

    /// <summary>A time in milliseconds, rounded; -1 when it is none. Without unit seconds; <c>ms</c> and <c>us</c> may be followed by anything.</summary>
    /// <param name="clean">It is written as documented: a decimal number and <c>ms</c>, <c>msec</c>, <c>us</c>, <c>usec</c> or nothing.</param>
    public static long Milliseconds(string word, out bool clean)
    {
        var digits = 0;
        while (digits < word.Length && (char.IsAsciiDigit(word[digits]) || word[digits] == '.')) digits++;
        clean = false;
        if (digits == 0) return -1;
        var number = word[..digits];
        var secondDot = number.IndexOf('.', number.IndexOf('.') + 1);
        var once = number.Count(c => c == '.') <= 1;
        if (!once) number = number[..secondDot];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) value = 0;     // "."
        var unit = word[digits..].ToLowerInvariant();
        double factor;
        if (unit.StartsWith("ms", StringComparison.Ordinal)) factor = 1;
        else if (unit.StartsWith("us", StringComparison.Ordinal)) factor = 0.001;
        else if (unit.Length == 0) factor = 1000;
        else return -1;
        clean = once && unit is "" or "ms" or "msec" or "us" or "usec";
        return (long)Math.Min(value * factor + 0.5, MaxMilliseconds);
    }

    /// <summary>A few thousand years: more does not fit into a TimeSpan.</summary>
    private const double MaxMilliseconds = 1e14;

    public static bool? Boolean(string word) => word.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" or "y" or "1" => true,
        "false" or "off" or "no" or "n" or "0" => false,
        _ => null,
    };
}
