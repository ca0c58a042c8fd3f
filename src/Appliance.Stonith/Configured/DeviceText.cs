using System.Collections.Immutable;
using System.Text;

namespace Appliance.Stonith.Configured;

/// <summary>The parameters of a device as an administrator writes them: <c>name=value</c> in any order, or values alone in cluster-glue's order.</summary>
/// <remarks>
/// In a file the pairs stand one a line or several; <c>#</c> begins a comment line. A value with blanks is put in double quotes, in which a backslash takes the next character as it is.
/// </remarks>
public static class DeviceText
{
    /// <summary>The first word is <c>name=value</c>: cluster-glue's values by position never look like that, as its names are letters and underscores.</summary>
    public static bool IsNamed(string text)
    {
        var words = Words(text);
        return words.Length > 0 && words[0].IndexOf('=') is > 0 and var at && words[0][..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
    }

    /// <summary>A pair <c>name=value</c> as one word, whatever stands in it.</summary>
    public static string Quoted(string pair) => $"\"{pair.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>The pairs; a word without <c>=</c> is a problem.</summary>
    public static ImmutableSortedDictionary<string, string> Named(string text, ImmutableArray<string>.Builder problems)
    {
        var pairs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var word in Words(text))
        {
            number++;
            // Not quoted: it may be a piece of a password that should have been in quotes.
            if (word.IndexOf('=') is not (> 0 and var at)) problems.Add($"word {number} of the parameters is not NAME=VALUE: a value with blanks needs double quotes");
            else pairs[word[..at].Replace('-', '_')] = word[(at + 1)..];
        }
        return pairs.ToImmutable();
    }

    /// <summary>Values in a type's order; the last takes the rest of its line.</summary>
    public static ImmutableSortedDictionary<string, string> ByPosition(LegacyType type, string text, ImmutableArray<string>.Builder problems)
    {
        var pairs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in type.Fixed) pairs[name] = value;
        var line = text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') ?? "";
        var values = line.Split([' ', '\t'], type.Order.Length, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var needed = type.Order.Length - (type.Name switch { "ipmilan" => 1, "external/sbd" => 2, _ => 0 });      // reset_method, and all but the disks, may be missing
        if (values.Length < needed) problems.Add($"{type.Name} takes {string.Join(' ', type.Order)}, in this order, and {values.Length} are given; or write NAME=VALUE pairs of \"{type.Native}\"");
        for (var i = 0; i < values.Length; i++)
            if (type.Meaning.TryGetValue(type.Order[i], out var ours)) pairs[ours] = LegacyTypes.Value(ours, values[i]);
        return pairs.ToImmutable();
    }

    private static ImmutableArray<string> Words(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        foreach (var line in text.Split('\n'))
        {
            if (line.AsSpan().TrimStart() is ['#', ..]) continue;
            var (word, quoted, open) = (new StringBuilder(), false, false);
            for (var i = 0; i < line.Length; i++)
            {
                var c = line[i];
                if (quoted && c == '\\' && i + 1 < line.Length) word.Append(line[++i]);
                else if (c == '"') (quoted, open) = (!quoted, true);
                else if (!quoted && c is ' ' or '\t' or '\r')
                {
                    if (word.Length > 0 || open) words.Add(word.ToString());
                    word.Clear();
                    open = false;
                }
                else word.Append(c);
            }
            if (word.Length > 0 || open) words.Add(word.ToString());
        }
        return words.ToImmutable();
    }
}
