using System.Globalization;
using System.Text;

namespace Appliance.Crm;

/// <summary>Times in words of date(1), as <c>timestamp-format</c> has them.</summary>
internal static class Timestamps
{
    /// <param name="format"><c>%Y</c>, <c>%H</c> and so on; <c>%06N</c> is the fraction of a second in six digits. What is not known stays as it is.</param>
    public static string Format(string format, DateTimeOffset time)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var (start, digits) = (i++, 0);
            while (i < format.Length - 1 && char.IsAsciiDigit(format[i])) digits = Math.Min(9, digits * 10 + (format[i++] - '0'));
            if (format[i] == 'N')
            {
                var nanoseconds = (time.Ticks % TimeSpan.TicksPerSecond * 100).ToString("d9", CultureInfo.InvariantCulture);
                text.Append(nanoseconds.AsSpan(0, digits == 0 ? 9 : digits));
            }
            else if (Word(format[i], time) is { } word) text.Append(word);
            else text.Append(format.AsSpan(start, i - start + 1));
        }
        return text.ToString();
    }

    private static string? Word(char letter, DateTimeOffset time)
    {
        string? custom = letter switch
        {
            'Y' => "yyyy", 'y' => "yy", 'm' => "MM", 'd' => "dd", 'H' => "HH", 'I' => "hh", 'M' => "mm", 'S' => "ss", 'a' => "ddd", 'A' => "dddd", 'b' or 'h' => "MMM", 'B' => "MMMM",
            'F' => "yyyy-MM-dd", 'T' => "HH:mm:ss", 'R' => "HH:mm", 'D' => "MM/dd/yy", 'p' => "tt", 'c' => "ddd MMM d HH:mm:ss yyyy", 'x' => "MM/dd/yy", 'X' => "HH:mm:ss",
            _ => null,
        };
        if (custom is not null) return time.ToString(custom, CultureInfo.InvariantCulture);
        return letter switch
        {
            'j' => time.DayOfYear.ToString("d3", CultureInfo.InvariantCulture),
            'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'z' => (time.Offset < TimeSpan.Zero ? "-" : "+") + time.Offset.ToString("hhmm", CultureInfo.InvariantCulture),
            'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => null,
        };
    }
}
