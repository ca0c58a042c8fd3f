namespace Appliance.Cib;

/// <summary>Sets of name-value pairs (<c>cluster_property_set</c>, <c>instance_attributes</c>, <c>meta_attributes</c>, <c>utilization</c>) and which of several counts.</summary>
public static class NvSets
{
    /// <summary>The value "#default" un-sets what a set before it said.</summary>
    private const string Default = "#default";

    /// <summary>Adds what the sets of one kind below an element say to <paramref name="values"/>; what is there already stays.</summary>
    /// <param name="first">The id of the set that counts before all others, whatever their scores.</param>
    /// <remarks>
    /// The set with the highest score comes first; of several with one score the last of the document (as Pacemaker 2.1.5 and 3.0.2 do, whatever their
    /// documentation says). Sets whose rule does not pass are left out; a name's first value stays.
    /// </remarks>
    public static void Unpack(CibElement owner, string kind, string? first, RuleInput input, IDictionary<string, string> values, NextChange? next = null)
    {
        foreach (var set in InOrder(owner, kind, first, input.Ids))
        {
            if (set.Element("rule") is { } rule && !Rule.Passes(rule, input, next)) continue;
            AddPairs(set, input.Ids, values);
        }
    }

    /// <summary>The sets of one kind below an element, references resolved, the one that counts most at the front.</summary>
    public static List<CibElement> InOrder(CibElement owner, string kind, string? first, IdIndex? ids)
    {
        var sets = new List<CibElement>();
        foreach (var set in owner.Elements(kind))
        {
            if (IdIndex.Resolve(set, ids) is not { } resolved) continue;
            // Before the first that is not ahead of it: the later one wins among equals.
            var at = sets.FindIndex(other => !IsAhead(other, resolved));
            sets.Insert(at < 0 ? sets.Count : at, resolved);
        }
        return sets;

        bool IsAhead(CibElement a, CibElement b)
        {
            if (first is not null && b.Id == first) return false;
            if (first is not null && a.Id == first) return true;
            Values.TryScore(a["score"], out var x);
            Values.TryScore(b["score"], out var y);
            return x > y;
        }
    }

    private static void AddPairs(CibElement set, IdIndex? ids, IDictionary<string, string> values)
    {
        // Before 1.0 a set's pairs stood inside an element of their own.
        if (set.Children is [{ Name: "attributes" } inner, ..]) set = inner;
        foreach (var pair in set.Elements("nvpair"))
        {
            if (IdIndex.Resolve(pair, ids) is not { } resolved) continue;
            // A reference may give the value another name.
            var name = pair["name"] ?? resolved["name"];
            if (name is null || resolved["value"] is not { } value) continue;
            if (Values.Same(value, Default)) values.Remove(name);
            else values.TryAdd(name, value);
        }
    }
}
