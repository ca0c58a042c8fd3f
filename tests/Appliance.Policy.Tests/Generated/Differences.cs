using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>What Pacemaker 3.0.2, which the engine follows, says otherwise than 2.1.5, and nothing else.</summary>
internal static partial class Differences
{
    /// <summary>
    /// A score line of either in one form: "pcmk__clone_allocate" of 2.1.5 is "pcmk__clone_assign" (bundles and groups likewise), and an inactive instance's promotion score
    /// is said to be 0 on "none" where 3.0.2 gives the real one "(inactive)", so that only the instance is compared.
    /// </summary>
    public static string Score(string line)
    {
        line = line.TrimStart('*', ' ').Replace("_allocate: ", "_assign: ", StringComparison.Ordinal);
        return Inactive().Replace(line, " promotion score (inactive)");
    }

    /// <summary>
    /// Whether a score line says the same in both versions. Instances are placed in another order, and group members and clones pass colocations on otherwise (reference section
    /// 19: "colocations with clones and promoted roles, later group members, and instance placement: scores differ in many cases"); so instances and what is colocated with a
    /// group or clone, directly or by others, are left to the summary.
    /// </summary>
    public static bool IsComparable(string line, HashSet<string> colocatedWithCollectives) =>
        Subject().Match(line) is { Success: true } subject && !subject.Groups[1].Value.Contains(':', StringComparison.Ordinal) && !colocatedWithCollectives.Contains(subject.Groups[1].Value);

    /// <summary>Ids of all resources that are connected by colocations with a group or a clone that is part of one.</summary>
    public static HashSet<string> ColocatedWithCollectives(XElement cib)
    {
        var pairs = Colocations(cib).ToList();
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var collective in cib.Descendants().Where(static e => e.Name == "group" || e.Name == "clone"))
            if (pairs.Any(p => p.Contains((string)collective.Attribute("id")!))) found.Add((string)collective.Attribute("id")!);
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            foreach (var pair in pairs) if (pair.Overlaps(found)) found.UnionWith(pair);
        }
        foreach (var resource in cib.Descendants().Where(static e => e.Name == "primitive" || e.Name == "group"))
            if (resource.Ancestors().Any(a => a.Attribute("id") is { } id && found.Contains(id.Value))) found.Add((string)resource.Attribute("id")!);
        return found;
    }

    /// <summary>Why the two versions may decide otherwise about this document; null when they must agree.</summary>
    public static string? Of(XElement cib, Answer ours)
    {
        var clones = cib.Descendants("clone").Select(static c => (string)c.Attribute("id")!).ToHashSet(StringComparer.Ordinal);
        // Reference section 19: "colocations with clones and promoted roles [...] and placements in some".
        if (Colocations(cib).Any(p => p.Overlaps(clones))) return "a colocation with a clone";
        // Reference section 19, "instance placement": 2.1.5 moves an instance to the preferred node and starts another where it was, 3.0.2 starts the other one there.
        if (cib.Descendants("rsc_location").Any(l => clones.Contains((string)l.Attribute("rsc")!))) return "a clone that prefers nodes";
        // Since 2.1.6 no further instance of a clone is started while a probe of it cannot run, as on a node that is about to join.
        if (clones.Count > 0 && cib.Descendants("node_state").Any(static s => (string?)s.Attribute("crmd") == "online" && (string?)s.Attribute("join") != "member")) return "a clone while a node joins";
        // Reference section 19: "a group member's stop is an additional input of earlier members' starts in 3.0.2": seen where that stop cannot be, or would be a migration.
        if (ours.Summary.Any(l => WaitsForMember().Match(l) is { Success: true } waits && cib.Descendants("group").Elements("primitive").Any(m => (string)m.Attribute("id")! == waits.Groups[1].Value))) return "a later group member's stop";
        // Reference section 9.3: in 2.1.5 a dependent that does not want a node never speaks for it, in 3.0.2 by a negative colocation it mostly does.
        if (cib.Descendants("rsc_colocation").Any(static c => ((string?)c.Attribute("score"))?.StartsWith('-') == true)
            && ours.Scores.Any(static l => l.Contains(": -", StringComparison.Ordinal))) return "a negative colocation and negative scores";
        return null;
    }

    private static IEnumerable<HashSet<string>> Colocations(XElement cib)
    {
        foreach (var colocation in cib.Descendants("rsc_colocation"))
            yield return [.. colocation.Attributes().Where(static a => a.Name == "rsc" || a.Name == "with-rsc").Concat(colocation.Descendants("resource_ref").Attributes("id")).Select(static a => a.Value)];
    }

    [GeneratedRegex(@" due to (?:unrunnable|unmigrateable) (\S+) (?:stop \(blocked\)|start)$")]
    private static partial Regex WaitsForMember();

    [GeneratedRegex(@" promotion score (on none|\(inactive\)): .*$")]
    private static partial Regex Inactive();

    [GeneratedRegex(@"^(?:pcmk__\w+: )?(\S+) (?:allocation|promotion) score")]
    private static partial Regex Subject();
}
