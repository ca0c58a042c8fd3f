namespace Appliance.Core;

/// <summary>Finds the word that somebody meant.</summary>
public static class Nearest
{
    /// <summary>The nearest of the known words, if it is near: at most a third of its letters differ (two neighbours swapped count as one).</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        if (word.Length > 64) return null;      // longer than any word we know: and the work grows with the square
        var (wanted, best, distance) = (word.ToLowerInvariant(), default(string), int.MaxValue);
        foreach (var candidate in known.Order(StringComparer.Ordinal))
            if (Distance(wanted, candidate) is var far && far < distance) (best, distance) = (candidate, far);
        return best is not null && distance <= Math.Max(1, best.Length / 3) ? best : null;
    }

    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var least = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        return rows[a.Length, b.Length];
    }
}
