using System.Buffers;
using Appliance.Core.Resources;

namespace Appliance.Configuration;

/// <summary>Looks for groups that 3.0.6 would confuse: it finds a group by searching its key, as a regular expression between blanks, in every line.</summary>
internal static class HaresourcesTraps
{
    private static readonly SearchValues<char> Special = SearchValues.Create("*+?[](){}|^$\\");

    public static void Look(IReadOnlyList<ResourceGroup> groups, Problems problems)
    {
        var addresses = new Dictionary<string, ResourceGroup>(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            if (group.Key.AsSpan().IndexOfAny(Special) >= 0)
                problems.Warn(group.Line, 0, $"the key [{group.Key}] holds characters of regular expressions: 3.0.6 may not find the group, or find another one", "put a plain resource first in the line, such as the address");
            foreach (var other in groups)
                if (!ReferenceEquals(group, other) && other.Resources.FirstOrDefault(r => Matches(group.Key, r.Text)) is { } hit)
                    problems.Warn(group.Line, 0, $"the key [{group.Key}] also finds line {other.Line} (there: [{hit.Text}]): 3.0.6 would move both groups together",
                        "the first resource of a line must not appear in another line, a dot standing for any character");
            if (group.Resources[1..].Any(r => r.Text == group.Key))
                problems.Warn(group.Line, 0, $"the resource [{group.Key}] is twice in its group", "delete one");
            foreach (var address in group.Resources.Where(r => r.Script is "IPaddr" or "IPaddr2" && r.Arguments.Length > 0).Select(r => r.Arguments[0].Split('/')[0]))
                if (!addresses.TryAdd(address, group) && addresses[address] != group)
                    problems.Warn(group.Line, 0, $"the address {address} is also in the group of line {addresses[address].Line}", "two nodes can then hold it at the same time; keep it in one group");
        }
    }

    /// <summary>Whether a key, its dots standing for any character, is the whole of a word.</summary>
    private static bool Matches(string key, string word)
    {
        if (key.Length != word.Length) return false;
        for (var i = 0; i < key.Length; i++)
            if (key[i] != '.' && key[i] != word[i]) return false;
        return true;
    }
}
