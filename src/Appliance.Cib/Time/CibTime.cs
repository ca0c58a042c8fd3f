using System.Globalization;
using System.Text;

namespace Appliance.Cib;

/// <summary>A date and time of the calendar with its distance from UTC, to the second: what a CIB's rules, histories and the <c>iso8601</c> tool mean by a time.</summary>
/// <param name="Year">1 or later.</param>
/// <param name="Day">Day of the year, from 1.</param>
/// <param name="Seconds">Of the day, 0 to 86399.</param>
/// <param name="Offset">Seconds by which the other fields are ahead of UTC.</param>
/// <remarks>
/// Arithmetic follows Pacemaker's, which keeps the day of the year when it adds years (1 March 2003 and a year is 29 February 2004). One thing does not: a sum that
/// ends at midnight is the next day's 00:00:00, as in Pacemaker 2.1; 3.0.2 leaves it at 24:00:00 of the day before, which compares as a day earlier.
/// </remarks>
public readonly record struct CibTime(int Year, int Day, int Seconds, int Offset) : IComparable<CibTime>
{
    public const int DaySeconds = 86_400;

    private const long EpochSeconds = 62_135_596_800;   // from 0001-01-01 to 1970-01-01

    private static ReadOnlySpan<byte> MonthDays => [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    /// <summary>The time so many seconds after 1970-01-01 00:00:00 UTC, as a clock shows it that is <paramref name="offset"/> seconds ahead of UTC.</summary>
    public static CibTime FromEpoch(long seconds, int offset = 0) => new CibTime(1970, 1, 0, offset).AddSeconds(seconds + offset);

    /// <summary>Midnight of a day of the Gregorian calendar; the parts must be in range.</summary>
    public static CibTime FromDate(int year, int month, int day, int offset = 0)
    {
        for (var m = 1; m < month; m++) day += DaysInMonth(year, m);
        return new(year, day, 0, offset);
    }

    public static bool IsLeap(long year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    public static int DaysInYear(long year) => IsLeap(year) ? 366 : 365;
    public static int DaysInMonth(int year, int month) => month is < 1 or > 12 ? 0 : month == 2 && IsLeap(year) ? 29 : MonthDays[month - 1];

    /// <summary>ISO weekday of 1 January: 1 is Monday.</summary>
    public static int FirstWeekday(int year) => (int)(DaysBefore(year) % 7) + 1;     // 0001-01-01 was a Monday

    /// <summary>A year has 53 ISO weeks if it begins on a Thursday or ends on one.</summary>
    public static int WeeksInYear(int year) => FirstWeekday(year) == 4 || FirstWeekday(year + 1) == 5 ? 53 : 52;

    public int Hour => Seconds / 3600;
    public int Minute => Seconds / 60 % 60;
    public int Second => Seconds % 60;

    /// <summary>ISO weekday: 1 is Monday.</summary>
    public int Weekday => (Day - 1 + FirstWeekday(Year) - 1) % 7 + 1;

    /// <summary>Month (from 1) and day of the month.</summary>
    public (int Month, int Day) MonthAndDay
    {
        get
        {
            var (month, day) = (1, Day);
            for (int length; month < 12 && day > (length = DaysInMonth(Year, month)); month++) day -= length;
            return (month, day);
        }
    }

    /// <summary>The ISO week and the year it belongs to.</summary>
    public (int Year, int Week) Week
    {
        get
        {
            // The week belongs to the year of its Thursday.
            var thursday = Day + 4 - Weekday;
            if (thursday < 1) return (Year - 1, WeeksInYear(Year - 1));
            return thursday > DaysInYear(Year) ? (Year + 1, 1) : (Year, (thursday - 1) / 7 + 1);
        }
    }

    /// <summary>Seconds since 0001-01-01 00:00:00 UTC.</summary>
    public long TotalSeconds => (DaysBefore(Year) + Day - 1) * DaySeconds + Seconds - Offset;

    /// <summary>Seconds since 1970-01-01 00:00:00 UTC.</summary>
    public long Epoch => TotalSeconds - EpochSeconds;

    public bool IsInCommonRange => Year is >= 1 and <= 9999;

    public CibTime ToUtc() => (this with { Offset = 0 }).AddSeconds(-Offset);

    public CibTime AddSeconds(long seconds)
    {
        var total = Seconds + seconds;
        var days = Math.DivRem(total, DaySeconds, out var rest);
        if (rest < 0) (days, rest) = (days - 1, rest + DaySeconds);
        return (this with { Seconds = (int)rest }).AddDays(days);
    }

    /// <summary>The same time of another day; never before year 1 or after the last year an int holds.</summary>
    public CibTime AddDays(long days)
    {
        if (days == 0) return this;
        // 400 years are always 146097 days.
        var cycles = days / 146_097;
        var (year, day) = (Year + cycles * 400, Day + days - cycles * 146_097);
        while (day > DaysInYear(year)) day -= DaysInYear(year++);
        while (day < 1 && year > 1) day += DaysInYear(--year);
        if (year < 1 || day < 1) return this with { Year = 1, Day = 1 };
        return year > int.MaxValue ? this with { Year = int.MaxValue, Day = DaysInYear(int.MaxValue) } : this with { Year = (int)year, Day = (int)day };
    }

    /// <summary>The same day of another month; its last one if it has not so many.</summary>
    public CibTime AddMonths(long months)
    {
        var (month, day) = MonthAndDay;
        var total = Year * 12L + month - 1 + months;
        var year = (int)Math.Clamp(total / 12, 1, int.MaxValue);
        month = total < 12 ? 1 : (int)(total % 12) + 1;
        return FromDate(year, month, Math.Min(day, DaysInMonth(year, month)), Offset) with { Seconds = Seconds };
    }

    /// <summary>The same day of the year of another year; the 366th of one that has 365 is the next year's first.</summary>
    public CibTime AddYears(long years)
    {
        var year = (int)Math.Clamp(Year + years, 1, int.MaxValue);
        return Day <= DaysInYear(year) ? this with { Year = year } : (this with { Year = year, Day = 365 }).AddDays(1);
    }

    public static CibTime operator +(CibTime at, CibDuration span) => at.Plus(span.Years, span.Months, span.Days, span.Seconds);
    public static CibTime operator -(CibTime at, CibDuration span) => at.Plus(-(long)span.Years, -(long)span.Months, -(long)span.Days, -(long)span.Seconds);
    public static CibTime Add(CibTime at, CibDuration span) => at + span;
    public static CibTime Subtract(CibTime at, CibDuration span) => at - span;

    public int CompareTo(CibTime other) => TotalSeconds.CompareTo(other.TotalSeconds);
    public static bool operator <(CibTime a, CibTime b) => a.TotalSeconds < b.TotalSeconds;
    public static bool operator >(CibTime a, CibTime b) => a.TotalSeconds > b.TotalSeconds;
    public static bool operator <=(CibTime a, CibTime b) => a.TotalSeconds <= b.TotalSeconds;
    public static bool operator >=(CibTime a, CibTime b) => a.TotalSeconds >= b.TotalSeconds;

    /// <summary><c>2005-01-31 12:00:00Z</c>: in UTC.</summary>
    public override string ToString() => ToString(CibTimeForm.Calendar);

    /// <summary>As <c>iso8601</c> prints it.</summary>
    /// <param name="local">With the offset instead of in UTC; an offset of 0 is <c>Z</c> either way.</param>
    public string ToString(CibTimeForm form, bool local = false)
    {
        if (form is CibTimeForm.Seconds) return TotalSeconds.ToString(CultureInfo.InvariantCulture);
        if (form is CibTimeForm.Epoch) return Epoch.ToString(CultureInfo.InvariantCulture);
        var t = local ? this : ToUtc();
        var output = new StringBuilder(32);
        switch (form)
        {
            case CibTimeForm.Week:
                var (year, week) = t.Week;
                output.Append(CultureInfo.InvariantCulture, $"{year}-W{week:00}-{t.Weekday}");
                break;
            case CibTimeForm.Ordinal:
                output.Append(CultureInfo.InvariantCulture, $"{t.Year}-{t.Day:000}");
                break;
            default:
                var (month, day) = t.MonthAndDay;
                output.Append(CultureInfo.InvariantCulture, $"{t.Year:0000}-{month:00}-{day:00}");
                break;
        }
        output.Append(CultureInfo.InvariantCulture, $" {t.Hour:00}:{t.Minute:00}:{t.Second:00}");
        if (!local || t.Offset == 0) output.Append('Z');
        else output.Append(CultureInfo.InvariantCulture, $" {(t.Offset < 0 ? '-' : '+')}{Math.Abs(t.Offset) / 3600:00}:{Math.Abs(t.Offset) / 60 % 60:00}");
        return output.ToString();
    }

    /// <summary>Unlike <see cref="AddYears"/> a sum of a whole duration stays in the year: there is a step by months in it, which knows no 366th of 365 days.</summary>
    private CibTime Plus(long years, long months, long days, long seconds)
    {
        var year = (int)Math.Clamp(Year + years, 1, int.MaxValue);
        return (this with { Year = year, Day = Math.Min(Day, DaysInYear(year)) }).AddMonths(months).AddDays(days).AddSeconds(seconds);
    }

    private static long DaysBefore(int year)
    {
        long before = year - 1;
        return before * 365 + before / 4 - before / 100 + before / 400;
    }
}

/// <summary>How a time is printed: by month and day, by ISO week, by day of the year, or as seconds since year 1 or 1970.</summary>
public enum CibTimeForm { Calendar, Week, Ordinal, Seconds, Epoch }
