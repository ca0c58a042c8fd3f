using System.Globalization;

namespace Appliance.Policy.Model;

/// <summary>Words and numbers as the CIB writes them.</summary>
public static class Texts
{
    public static bool? Boolean(string? text) => text?.ToUpperInvariant() switch
    {
        "TRUE" or "ON" or "YES" or "Y" or "1" => true,
        "FALSE" or "OFF" or "NO" or "N" or "0" => false,
        _ => null,
    };

    public static bool IsTrue(string? text) => Boolean(text) == true;

    public static bool Same(string? a, string? b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    /// <summary>A whole number at the start of the text, as the field's tools read one; null without any digit.</summary>
    public static long? Integer(string? text)
    {
        if (text is null) return null;
        var span = text.AsSpan().Trim();
        var end = span.Length > 0 && span[0] is '-' or '+' ? 1 : 0;
        while (end < span.Length && char.IsAsciiDigit(span[end])) end++;
        return long.TryParse(span[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
