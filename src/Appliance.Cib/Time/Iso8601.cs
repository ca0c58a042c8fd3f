using System.Buffers;

namespace Appliance.Cib;

/// <summary>Reads dates, durations and periods of ISO 8601 as Pacemaker 3.0.2 reads them, its leniences included.</summary>
/// <remarks>
/// Numbers may be short (<c>2005-1-1</c>) and signed, a blank may stand for the <c>T</c>, and what follows a complete date or time is not looked at. A time
/// without an offset is local; a date without a time is midnight UTC.
/// </remarks>
public static class Iso8601
{
    private static readonly SearchValues<char> DateCharacters = SearchValues.Create("0123456789-W");

    private const string DateForm = "a date is YYYY-MM-DD, YYYYMMDD, YYYY-DDD or YYYY-Www-D";

    /// <summary>Reads a date, a time, or both.</summary>
    /// <param name="now">Gives the day where only a time is said, and with its offset what "local" means.</param>
    /// <param name="problem">Why it is none; empty on success.</param>
    public static bool TryDate(string text, CibTime now, out CibTime time, out string problem)
    {
        time = default;
        problem = "";
        if (text.Length == 0) return No(out problem, "no date is given");
        if (text[0] == 'T' || text.Length > 2 && text[2] == ':')
        {
            time = now with { Seconds = 0 };
            return AddTime(text.AsSpan(text[0] == 'T' ? 1 : 0), now.Offset, ref time, out problem);
        }
        if (text.StartsWith("epoch", StringComparison.OrdinalIgnoreCase) && (text.Length == 5 || text[5] == '/' || IsSpace(text[5])))
        {
            time = new(1970, 1, 0, 0);
            return true;
        }
        if (!TryDay(text, out time, out problem)) return false;

        var end = text.AsSpan().IndexOfAnyExcept(DateCharacters);
        return end < 0 || text[end] is not (' ' or 'T') || AddTime(text.AsSpan(end + 1), now.Offset, ref time, out problem);
    }

    /// <summary>Reads a duration: <c>P</c>, then numbers with the units Y M W D H M S; after a <c>T</c>, M means minutes.</summary>
    public static bool TryDuration(string text, out CibDuration duration, out string problem)
    {
        duration = default;
        problem = "";
        if (text.Length == 0) return No(out problem, "no duration is given");
        if (text[0] != 'P') return No(out problem, $"'{text}' is not a duration: it does not start with P");
        if (text.Length == 1 || IsSpace(text[1])) return No(out problem, $"'{text}' is not a duration: nothing follows P");

        long years = 0, months = 0, days = 0, seconds = 0;
        var timePart = false;
        for (var at = 1; at < text.Length && text[at] != '/' && !IsSpace(text[at]); at++)
        {
            if (text[at] == 'T')
            {
                timePart = true;
                continue;
            }
            var start = at;
            var negative = text[at] == '-';
            if (text[at] is '-' or '+' or ':') at++;
            var digits = at;
            long value = 0;
            while (at < text.Length && at < digits + 10 && char.IsAsciiDigit(text[at])) value = value * 10 + text[at++] - '0';
            if (at == digits || value > int.MaxValue) return No(out problem, $"'{text}' is not a duration: no number at '{text[start..]}'");
            if (negative) value = -value;
            if (at == text.Length) return No(out problem, $"'{text}' is not a duration: no unit after '{text[start..]}'");
            switch (text[at])
            {
                case 'Y': years = value; break;
                case 'M' when !timePart: months = value; break;
                case 'M': seconds += value * 60; break;
                case 'W': days += value * 7; break;
                case 'D': days += value; break;
                case 'H': seconds += value * 3600; break;
                case 'S': seconds += value; break;
                default: return No(out problem, $"'{text}' is not a duration: '{text[at]}' is not a unit (Y M W D H M S)");
            }
            if (days is < int.MinValue or > int.MaxValue || seconds is < int.MinValue or > int.MaxValue)
                return No(out problem, $"'{text}' is not a duration: '{text[start..(at + 1)]}' makes it too long");
        }
        duration = new((int)years, (int)months, (int)days, (int)seconds);
        return duration != default || No(out problem, $"'{text}' is not a duration: it has no length");
    }

    /// <summary>Reads a period: a start and an end with "/" between them, one of which may be a duration; a duration alone begins now.</summary>
    public static bool TryPeriod(string text, CibTime now, out CibTime start, out CibTime end, out string problem)
    {
        start = end = default;
        if (text.Length == 0) return No(out problem, "no period is given");
        CibDuration? length = null;
        CibTime? from = null, to = null;
        // The whole text is given on: what follows a date's "/" is not looked at, except for a time zone.
        if (text[0] == 'P')
        {
            if (!TryDuration(text, out var duration, out problem)) return false;
            length = duration;
        }
        else
        {
            if (!TryDate(text, now, out var date, out problem)) return false;
            from = date;
        }
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            if (length is null) return No(out problem, $"'{text}' is not a period: it has neither an end nor a duration");
            from = now;
        }
        else if (slash + 1 < text.Length && text[slash + 1] == 'P')
        {
            if (length is not null) return No(out problem, $"'{text}' is not a period: it has two durations");
            if (!TryDuration(text[(slash + 1)..], out var duration, out problem)) return false;
            length = duration;
        }
        else
        {
            if (!TryDate(text[(slash + 1)..], now, out var date, out problem)) return false;
            to = date;
        }
        start = from ?? to!.Value - length!.Value;
        end = to ?? start + length!.Value;
        if (!start.IsInCommonRange) return No(out problem, $"'{text}' is not a period: its start is not between 0001-01-01 and 9999-12-31");
        return end.IsInCommonRange || No(out problem, $"'{text}' is not a period: its end is not between 0001-01-01 and 9999-12-31");
    }

    private static bool TryDay(string text, out CibTime day, out string problem)
    {
        day = default;
        problem = "";
        Span<long> n = stackalloc long[3];
        var found = Scan(text, n, '-');
        if (found == 1) found = ScanFixed(text, n, 4, 2, 2);
        if (found == 3)
        {
            if (n[1] is < 1 or > 12) return No(out problem, $"'{text}' is not a date: there is no month {n[1]}");
            if (n[0] is < 1 or > int.MaxValue) return No(out problem, $"'{text}' is not a date: there is no year {n[0]}");
            if (n[2] < 1 || n[2] > CibTime.DaysInMonth((int)n[0], (int)n[1])) return No(out problem, $"'{text}' is not a date: month {n[1]} has no day {n[2]}");
            day = CibTime.FromDate((int)n[0], (int)n[1], (int)n[2]);
            return true;
        }
        found = Scan(text, n[..2], '-');
        if (found == 2)
        {
            if (n[0] is < 1 or > int.MaxValue) return No(out problem, $"'{text}' is not a date: there is no year {n[0]}");
            if (n[1] < 1 || n[1] > CibTime.DaysInYear(n[0])) return No(out problem, $"'{text}' is not a date: year {n[0]} has no day {n[1]}");
            day = new((int)n[0], (int)n[1], 0, 0);
            return true;
        }
        var week = text.IndexOf("-W", StringComparison.Ordinal);
        if (week > 0 && Scan(text.AsSpan(0, week), n[..1], '-') == 1 && Scan(text.AsSpan(week + 2), n[1..], '-') == 2)
        {
            if (n[0] is < 1 or >= int.MaxValue) return No(out problem, $"'{text}' is not a date: there is no year {n[0]}");
            if (n[1] < 1 || n[1] > CibTime.WeeksInYear((int)n[0])) return No(out problem, $"'{text}' is not a date: year {n[0]} has no week {n[1]}");
            if (n[2] is < 1 or > 7) return No(out problem, $"'{text}' is not a date: there is no weekday {n[2]} (1 is Monday)");
            var first = CibTime.FirstWeekday((int)n[0]);
            var monday = first <= 4 ? 2 - first : 9 - first;     // of week 1, as a day of the year; may be 0 or less
            day = new CibTime((int)n[0], 1, 0, 0).AddDays(monday - 1 + (n[1] - 1) * 7 + n[2] - 1);
            return true;
        }
        return No(out problem, $"'{text}' is not a date: {DateForm}");
    }

    private static bool AddTime(ReadOnlySpan<char> text, int localOffset, ref CibTime time, out string problem)
    {
        if (!ClockSeconds(text, out var seconds, out problem)) return false;
        var zone = text.IndexOf('Z');
        if (zone < 0) zone = text.IndexOfAny(" +-");
        var offset = localOffset;
        if (zone >= 0)
        {
            var rest = text[zone..];
            while (rest.Length > 0 && IsSpace(rest[0])) rest = rest[1..];
            offset = 0;
            if (rest.Length > 0 && (rest[0] is '+' or '-' || char.IsAsciiDigit(rest[0])))
            {
                if (!ClockSeconds(rest[0] is '+' or '-' ? rest[1..] : rest, out offset, out problem)) return false;
                if (rest[0] == '-') offset = -offset;
            }
        }
        time = time with { Offset = offset };
        time = seconds == CibTime.DaySeconds ? time.AddDays(1) : time with { Seconds = seconds };
        return true;
    }

    /// <summary>HH[:MM[:SS]] or HH[MM[SS]]; 24:00:00 is allowed.</summary>
    private static bool ClockSeconds(ReadOnlySpan<char> text, out int seconds, out string problem)
    {
        seconds = 0;
        problem = "";
        Span<long> n = stackalloc long[3];
        var found = Scan(text, n, ':');
        if (found == 1) found = ScanFixed(text, n, 2, 2, 2);
        if (found < 1) return No(out problem, $"'{text}' is not a time of day: it is HH:MM:SS or HHMMSS");
        for (var i = found; i < 3; i++) n[i] = 0;
        if (n[0] is < 0 or > 24 || n[0] == 24 && (n[1] != 0 || n[2] != 0)) return No(out problem, $"'{text}' is not a time of day: there is no hour {n[0]}");
        if (n[1] is < 0 or > 59) return No(out problem, $"'{text}' is not a time of day: there is no minute {n[1]}");
        if (n[2] is < 0 or > 59) return No(out problem, $"'{text}' is not a time of day: there is no second {n[2]}");
        seconds = (int)(n[0] * 3600 + n[1] * 60 + n[2]);
        return true;
    }

    /// <summary>Numbers with a separator between them, as scanf reads them: white space and a sign may precede each. Says how many there were.</summary>
    private static int Scan(ReadOnlySpan<char> text, Span<long> numbers, char separator)
    {
        var at = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i > 0 && (at >= text.Length || text[at++] != separator)) return i;
            if (!Number(text, ref at, int.MaxValue, out numbers[i])) return i;
        }
        return numbers.Length;
    }

    private static int ScanFixed(ReadOnlySpan<char> text, Span<long> numbers, params ReadOnlySpan<int> widths)
    {
        var at = 0;
        for (var i = 0; i < widths.Length; i++)
            if (!Number(text, ref at, widths[i], out numbers[i])) return i;
        return widths.Length;
    }

    private static bool Number(ReadOnlySpan<char> text, ref int at, int width, out long value)
    {
        value = 0;
        while (at < text.Length && IsSpace(text[at])) at++;
        var end = width > text.Length - at ? text.Length : at + width;
        var negative = at < end && text[at] == '-';
        if (at < end && text[at] is '-' or '+') at++;
        var digits = at;
        for (; at < end && char.IsAsciiDigit(text[at]); at++) value = Math.Min(value * 10 + text[at] - '0', uint.MaxValue);
        if (negative) value = -value;
        return at > digits;
    }

    private static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');

    private static bool No(out string problem, string why)
    {
        problem = why;
        return false;
    }
}
