using System.Globalization;
using Appliance.Cib;

namespace Appliance.Crm.Attributes;

/// <summary>A new value of one node attribute on one node.</summary>
/// <param name="Host">The node it is about, not the one that asks.</param>
/// <param name="Value">The value; <c>++</c>, <c>--</c>, <c>+=N</c> and <c>-=N</c> (and <c>value++</c>, <c>value+=N</c>) change the number that is there; <c>null</c> or empty: there is none any more.</param>
public sealed record AttributeChange(string Name, string Host, string? Value)
{
    /// <summary>The <c>instance_attributes</c> set it belongs to; <c>null</c>: the usual one.</summary>
    public string? Set { get; init; }

    /// <summary>How long changes are gathered before the CIB gets them, so that several nodes' news is judged together; <c>null</c>: as it is, or not at all.</summary>
    public TimeSpan? Dampening { get; init; }

    /// <summary>The cluster's nodes know it, the CIB does not.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Only the dampening is meant; the value stays.</summary>
    public bool DampeningOnly { get; init; }

    /// <summary>What the value is, given what it was. A number that is none counts as 0; scores end at INFINITY.</summary>
    /// <remarks>Source: Pacemaker's <c>attrd_expand_value</c>: operators only where something follows, or for the two-character forms.</remarks>
    public static string? Expand(string? value, string? before)
    {
        if (string.IsNullOrEmpty(value)) return null;
        // The form of 2.1.5, from its CIB, where the XML attribute is called value.
        if (value == "value++" || value.StartsWith("value+=", StringComparison.Ordinal)) value = value["value".Length..];
        if (value.Length < 2 || value[0] is not ('+' or '-') || (value[1] != value[0] && value[1] != '=')) return value;
        var step = 1;
        if (value[1] == '=') Values.TryScore(value[2..], out step);
        else if (value.Length > 2) return value;
        Values.TryScore(before ?? "0", out var number);
        return ScoreText(Add(number, value[0] == '+' ? step : -step));
    }

    private const int Infinity = 1_000_000;

    private static int Add(int a, int b) =>
        a <= -Infinity || b <= -Infinity ? -Infinity : a >= Infinity || b >= Infinity ? Infinity : Math.Clamp(a + b, -Infinity, Infinity);

    private static string ScoreText(int score) => score switch
    {
        >= Infinity => "INFINITY",
        <= -Infinity => "-INFINITY",
        _ => score.ToString(CultureInfo.InvariantCulture),
    };
}
