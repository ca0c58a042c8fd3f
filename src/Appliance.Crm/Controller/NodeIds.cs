using System.Globalization;
using Appliance.Cib;

namespace Appliance.Crm.Controller;

/// <summary>The ids of nodes that have none yet: numbers, as corosync.conf gives them to Pacemaker's nodes (crmsh takes nothing else for a node's id).</summary>
/// <remarks>What a document says of a node stays, whatever it is: a number, a UUID as heartbeat had them, or the node's name.</remarks>
internal static class NodeIds
{
    /// <summary>A new node's id: its place among ha.cf's nodes, or, where that is another's, the first number behind them that is nobody's.</summary>
    /// <param name="nodes">ha.cf's, in its order.</param>
    /// <param name="isTaken">Whether a word is another node's id or name.</param>
    public static string New(string node, IReadOnlyList<string> nodes, Predicate<string> isTaken)
    {
        var (place, behind) = (1, nodes.Count);
        while (place <= nodes.Count && nodes[place - 1] != node) place++;
        for (var number = place <= nodes.Count ? place : ++behind; ; number = ++behind)
        {
            var id = number.ToString(CultureInfo.InvariantCulture);
            // A node may be called by a number, and is found by it.
            if (id == node || !isTaken(id) && !nodes.Contains(id)) return id;
        }
    }

    /// <summary>ha.cf's nodes, as a new document has them.</summary>
    public static void AddTo(CibElement section, IReadOnlyList<string> nodes)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            var id = New(node, nodes, taken.Contains);
            taken.Add(id);
            section.Add("node").Set("id", id).Set("uname", node);
        }
    }

    /// <summary>Those of some nodes that a document does not have, with the ids that they get; null: it has all.</summary>
    /// <param name="nodes">ha.cf's, in its order.</param>
    public static CibElement? Missing(CibElement document, IReadOnlyList<string> nodes, IEnumerable<string> wanted)
    {
        var (known, ids) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var node in document.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
        {
            if (node["uname"] is { } name) known.Add(name);
            if (node.Id is { } id) ids.Add(id);
        }
        CibElement? missing = null;
        foreach (var name in wanted)
        {
            if (known.Contains(name)) continue;
            var id = New(name, nodes, word => ids.Contains(word) || known.Contains(word) || HasLived(document, word, name));
            known.Add(name);
            ids.Add(id);
            (missing ??= new("nodes")).Add("node").Set("id", id).Set("uname", name);
        }
        return missing;
    }

    /// <summary>Whether the status has something of another node under an id.</summary>
    private static bool HasLived(CibElement document, string id, string name) => NodeStates.Of(document, id)?["uname"] is { } other && other != name;
}
