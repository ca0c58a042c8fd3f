using System.Globalization;

namespace Appliance.Commands;

/// <summary>Spans of time as an operator reads them: two digits that matter, the unit beside them.</summary>
internal static class Durations
{
    public static string Text(double milliseconds) => milliseconds switch
    {
        < 1 => Form($"{milliseconds:0.##} ms"),
        < 100 => Form($"{milliseconds:0.#} ms"),
        < 1000 => Form($"{milliseconds:0} ms"),
        < 60_000 => Form($"{milliseconds / 1000:0.0} s"),
        < 3_600_000 => Form($"{(int)(milliseconds / 60_000)} min {(int)(milliseconds / 1000 % 60)} s"),
        < 86_400_000 => Form($"{(int)(milliseconds / 3_600_000)} h {(int)(milliseconds / 60_000 % 60)} min"),
        _ => Form($"{(int)(milliseconds / 86_400_000)} d {(int)(milliseconds / 3_600_000 % 24)} h"),
    };

    private static string Form(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
