using System.Collections.Immutable;
using Appliance.Core.Resources;

namespace Appliance.Configuration;

/// <summary>Takes a word of haresources apart as 3.0.6's ResourceManager does (with sed and the shell).</summary>
public static class ResourceWord
{
    /// <summary>The word of a line as a resource: <c>script</c>, <c>script::arg::arg</c>, or an address, which means the script IPaddr.</summary>
    public static ResourceSpec Parse(string word)
    {
        var first = word.IndexOf("::", StringComparison.Ordinal);
        if (IsAddress(word)) return new(word, "IPaddr", first < 0 ? [word] : Arguments(word, first));
        if (first < 0) return new(word, word, []);
        // An agent named by its standard is ours, and what follows is split at "::" alone: 3.0.6's way of splitting would make the standard part of each argument.
        return AgentSpec.Parse(word[..first]) is null ? new(word, word[..first], Arguments(word, first)) : new(word, word[..first], [.. word[(first + 2)..].Split("::", StringSplitOptions.RemoveEmptyEntries)]);
    }

    /// <summary>The shell pattern <c>[0-9]*.[0-9]*.[0-9]*.[0-9]*</c>: a digit first, and three dots with a digit behind each.</summary>
    public static bool IsAddress(string word)
    {
        if (word.Length == 0 || !char.IsAsciiDigit(word[0])) return false;
        var dots = 0;
        for (var i = 1; i + 1 < word.Length; i++)
            if (word[i] == '.' && char.IsAsciiDigit(word[i + 1])) dots++;
        return dots >= 3;
    }

    // sed 's%[^:]*::%%' takes the first "::" away and what is before it, back to the colon before; every other "::" becomes a blank.
    private static ImmutableArray<string> Arguments(string word, int first)
    {
        var kept = first == 0 ? "" : word[..(word.LastIndexOf(':', first - 1) + 1)];
        return [.. (kept + word[(first + 2)..]).Split("::", StringSplitOptions.RemoveEmptyEntries)];
    }
}
