using Appliance.Cib;

namespace Appliance.Policy.Tests;

/// <summary>Why a graph cannot be carried out to its end.</summary>
internal enum GraphFault
{
    None,
    /// <summary>Something waits for an action that is not in the graph.</summary>
    Waits,
    /// <summary>Actions wait for each other.</summary>
    Circle,
}

/// <summary>What must hold of every graph.</summary>
internal static class GraphChecks
{
    public static GraphFault FaultOf(CibElement graph) => Stuck(graph, missing: false).Count > 0 ? GraphFault.Circle : Stuck(graph).Count > 0 ? GraphFault.Waits : GraphFault.None;

    /// <summary>Actions that would never be their turn if everything went well: they wait for each other, for what is not in the graph, or for one that does.</summary>
    /// <param name="missing">False: whether something is in the graph does not matter.</param>
    public static List<string> Stuck(CibElement graph, bool missing = true)
    {
        var waiting = graph.Elements("synapse").ToList();
        var there = waiting.SelectMany(static s => s.Element("action_set")!.Children).Select(static a => a.Id!).ToHashSet(StringComparer.Ordinal);
        var inputs = waiting.ToDictionary(static s => s, s => (s.Element("inputs")?.Elements("trigger") ?? []).SelectMany(static t => t.Children).Select(static a => a.Id!).Where(i => missing || there.Contains(i)).ToHashSet(StringComparer.Ordinal));
        var waiters = new Dictionary<string, List<CibElement>>(StringComparer.Ordinal);
        foreach (var (synapse, ids) in inputs)
            foreach (var id in ids) (waiters.TryGetValue(id, out var list) ? list : waiters[id] = []).Add(synapse);
        var ready = new Queue<CibElement>(waiting.Where(s => inputs[s].Count == 0));
        var left = waiting.ToHashSet();
        while (ready.TryDequeue(out var synapse))
        {
            left.Remove(synapse);
            foreach (var action in synapse.Element("action_set")!.Children)
                foreach (var waiter in waiters.GetValueOrDefault(action.Id!, []))
                    if (inputs[waiter].Remove(action.Id!) && inputs[waiter].Count == 0) ready.Enqueue(waiter);
        }
        return left.SelectMany(static s => s.Element("action_set")!.Children).Select(static a => $"{a["operation_key"]} {a["on_node"]}").ToList();
    }
}
