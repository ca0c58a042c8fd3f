namespace Appliance.Policy.Model;

/// <summary>The order of node names: runs of digits compare as numbers, letters without case.</summary>
public sealed class NodeNames : IComparer<string>
{
    public static NodeNames Order { get; } = new();

    public int Compare(string? x, string? y)
    {
        var a = x ?? "";
        var b = y ?? "";
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                var one = Digits(a, ref i);
                var two = Digits(b, ref j);
                var by = Number(one, two);
                if (by != 0) return by;
                continue;
            }
            var difference = char.ToLowerInvariant(a[i]) - char.ToLowerInvariant(b[j]);
            if (difference != 0) return difference;
            i++;
            j++;
        }
        return (a.Length - i).CompareTo(b.Length - j) is var left && left != 0 ? Math.Sign(left) : 0;
    }

    private static ReadOnlySpan<char> Digits(string text, ref int at)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return text.AsSpan(from, at - from);
    }

    private static int Number(ReadOnlySpan<char> one, ReadOnlySpan<char> two)
    {
        var a = one.TrimStart('0');
        var b = two.TrimStart('0');
        if (a.Length != b.Length) return a.Length - b.Length;
        var by = a.SequenceCompareTo(b);
        return by != 0 ? by : one.Length - two.Length;
    }
}
