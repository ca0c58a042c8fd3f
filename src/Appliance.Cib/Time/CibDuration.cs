using System.Globalization;
using System.Text;

namespace Appliance.Cib;

/// <summary>A span of calendar time, as <c>P1Y2M3DT4H</c> says it; how long it is depends on when it begins.</summary>
public readonly record struct CibDuration(int Years, int Months, int Days, int Seconds)
{
    /// <summary>Its length with years of 365 and months of 30 days.</summary>
    public long TotalSeconds => (Years * 365L + Months * 30L + Days) * CibTime.DaySeconds + Seconds;

    /// <summary>As <c>iso8601</c> prints it: a blank after every part but seconds.</summary>
    public override string ToString()
    {
        var output = new StringBuilder();
        if (Years != 0) output.Append(CultureInfo.InvariantCulture, $"{Years,4} year{S(Years)} ");
        if (Months != 0) output.Append(CultureInfo.InvariantCulture, $"{Months,2} month{S(Months)} ");
        if (Days != 0) output.Append(CultureInfo.InvariantCulture, $"{Days,2} day{S(Days)} ");
        if (output.Length == 0 || Seconds != 0) output.Append(CultureInfo.InvariantCulture, $"{Seconds} second{S(Seconds)}");
        var rest = Math.Abs((long)Seconds);
        if (rest < 60) return output.ToString();

        var parts = new List<string>();
        if (rest >= 3600) parts.Add($"{rest / 3600} hour{S(rest / 3600)}");
        if (rest / 60 % 60 > 0) parts.Add($"{rest / 60 % 60} minute{S(rest / 60 % 60)}");
        // The plural is that of the sum, as Pacemaker has it.
        if (rest % 60 > 0) parts.Add($"{rest % 60} second{S(Seconds)}");
        return output.Append(" (").AppendJoin(' ', parts).Append(')').ToString();
    }

    private static string S(long count) => count == 1 ? "" : "s";
}
