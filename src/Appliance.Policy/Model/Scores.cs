using System.Globalization;

namespace Appliance.Policy.Model;

/// <summary>Arithmetic of scores: integers in which a million is infinity.</summary>
public static class Scores
{
    public const int Infinity = 1_000_000;

    /// <summary>Adds two scores: a ban outweighs everything, then a must, and the rest is clamped.</summary>
    public static int Add(int a, int b)
    {
        if (a <= -Infinity || b <= -Infinity) return -Infinity;
        if (a >= Infinity || b >= Infinity) return Infinity;
        return Math.Clamp(a + b, -Infinity, Infinity);
    }

    /// <summary>Reads a score, or null when the text is none. The three colours stand for what the node-health options say.</summary>
    public static int? Parse(string? text, NodeHealth? health = null)
    {
        if (text is null) return null;
        var word = text.Trim();
        if (Same(word, "INFINITY") || Same(word, "+INFINITY")) return Infinity;
        if (Same(word, "-INFINITY")) return -Infinity;
        if (Same(word, "red")) return health?.Red ?? -Infinity;
        if (Same(word, "yellow")) return health?.Yellow ?? 0;
        if (Same(word, "green")) return health?.Green ?? 0;
        // What follows the number is not looked at: "1.0" is 1.
        return Texts.Integer(word) is { } number ? (int)Math.Clamp(number, -Infinity, Infinity) : LongInteger(word);

        static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
    }

    public static string Text(int score) =>
        score >= Infinity ? "INFINITY" : score <= -Infinity ? "-INFINITY" : score.ToString(CultureInfo.InvariantCulture);

    private static int? LongInteger(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        if (digits.Length == 0 || digits.ContainsAnyExceptInRange('0', '9')) return null;
        return text[0] == '-' ? -Infinity : Infinity;
    }
}
