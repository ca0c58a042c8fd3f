using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Lengths of time as options and operations give them.</summary>
internal static class Periods
{
    /// <summary>Milliseconds of <c>30</c>, <c>30s</c>, <c>1min</c>, <c>500ms</c>, or of an ISO 8601 period; null when it is none.</summary>
    public static long? Milliseconds(string? text)
    {
        if (text is null) return null;
        var word = text.Trim();
        if (word.Length > 0 && word[0] == 'P') return Cib.Iso8601.TryDuration(word, out var duration, out _) ? duration.TotalSeconds * 1000 : null;
        if (Texts.Integer(word) is not { } number) return null;
        var at = word[0] is '-' or '+' ? 1 : 0;
        while (at < word.Length && char.IsAsciiDigit(word[at])) at++;
        if (at < word.Length && word[at] == '.')
        {
            at++;
            while (at < word.Length && char.IsAsciiDigit(word[at])) at++;
        }
        return word[at..].Trim().ToUpperInvariant() switch
        {
            "" or "S" or "SEC" => Times(number, 1000),
            "MS" or "MSEC" => number,
            "US" or "USEC" => number / 1000,
            "M" or "MIN" => Times(number, 60_000),
            "H" or "HR" => Times(number, 3_600_000),
            _ => null,
        };
    }

    /// <summary>A period that is kept in 32 bits: longer than about 49 days is none.</summary>
    public static long Interval(string? text) => Milliseconds(text) is { } ms && ms > 0 ? Math.Min(ms, uint.MaxValue) : 0;

    /// <summary>An interval of the history, which is in milliseconds there.</summary>
    public static long Recorded(string? text) => Texts.Integer(text) is { } ms && ms > 0 ? ms : 0;

    public static long Timeout(string? text) => Milliseconds(text) is { } ms && ms > 0 ? ms : 20_000;

    /// <summary>A period for people: <c>60s</c>, <c>2m</c>, <c>1h</c>.</summary>
    public static string Readable(long ms)
    {
        if (ms <= 0) return "0s";
        var seconds = ms / 1000;
        var rest = ms % 1000;
        var (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
        var text = "";
        if (days > 0) text += $"{days}d";
        if (hours > 0) text += $"{hours}h";
        if (minutes > 0) text += $"{minutes}m";
        seconds %= 60;
        if (rest > 0) text += seconds > 0 ? $"{seconds}.{rest:000}s" : $"{rest}ms";
        else if (seconds > 0) text += $"{seconds}s";
        return text;
    }

    private static long Times(long number, long factor) => Math.Abs(number) > long.MaxValue / factor ? long.MaxValue : number * factor;
}
