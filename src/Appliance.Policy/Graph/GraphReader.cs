using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Graph;

/// <summary>Reads a graph (<c>transition_graph</c>).</summary>
/// <remarks>
/// Pacemaker passes over an action that it cannot read, and what waits for that action then waits for ever, or for nothing. Here a graph that says anything that is not
/// understood is refused as a whole: nothing of it was started then.
/// </remarks>
public static class GraphReader
{
    /// <summary>Null, and what is wrong with it, when it cannot be carried out.</summary>
    public static TransitionGraph? Read(CibElement graph, out string problem)
    {
        problem = "";
        try
        {
            return Read(graph);
        }
        catch (Unreadable why)
        {
            problem = why.Message;
            return null;
        }
    }

    private static TransitionGraph Read(CibElement graph)
    {
        if (graph.Name != "transition_graph") throw new Unreadable($"<{graph.Name}> is no transition graph");
        if (!Values.TryInteger(graph["transition_id"], out var number) || number is < 0 or > int.MaxValue) throw new Unreadable($"transition_id=\"{graph["transition_id"]}\" is no number of a transition");
        if (graph["cluster-delay"] is not { } delay || !Values.TryMilliseconds(delay, out var delayMs)) throw new Unreadable($"cluster-delay=\"{graph["cluster-delay"]}\" is no time span");
        // An older engine says stonith-timeout; without either, what is fenced has as long as any news.
        if ((graph["fencing-timeout"] ?? graph["stonith-timeout"] ?? delay) is not { } fencing || !Values.TryMilliseconds(fencing, out var fencingMs)) throw new Unreadable("fencing-timeout is no time span");
        var actions = new Dictionary<int, GraphAction>();
        var synapses = new List<Synapse>();
        foreach (var synapse in graph.Elements("synapse")) synapses.Add(ReadSynapse(synapse, actions));
        return new((int)number, synapses, actions)
        {
            ClusterDelay = TimeSpan.FromMilliseconds(delayMs), FencingTimeout = TimeSpan.FromMilliseconds(fencingMs),
            BatchLimit = Limit(graph["batch-limit"], 0), MigrationLimit = Limit(graph["migration-limit"], -1),
            FailedStartIsFatal = IsInfinite(graph["failed-start-offset"]), FailedStopIsFatal = IsInfinite(graph["failed-stop-offset"]),
        };
    }

    private static Synapse ReadSynapse(CibElement synapse, Dictionary<int, GraphAction> all)
    {
        var id = Number(synapse, "synapse");
        var actions = new List<GraphAction>();
        foreach (var set in synapse.Elements("action_set"))
            foreach (var element in set.Children)
            {
                var action = ReadAction(element);
                if (!all.TryAdd(action.Id, action)) throw new Unreadable($"two actions have the number {action.Id}");
                actions.Add(action);
            }
        if (actions.Count == 0) throw new Unreadable($"synapse {id} has no action");
        var inputs = new List<int>();
        foreach (var list in synapse.Elements("inputs"))
            foreach (var trigger in list.Elements("trigger"))
                foreach (var element in trigger.Children)
                {
                    Kind(element);
                    var input = Number(element, "input");
                    if (!inputs.Contains(input)) inputs.Add(input);
                }
        return new(id, Values.TryInteger(synapse["priority"], out var priority) ? (int)Math.Clamp(priority, 0, Synapse.Always) : 0, actions, inputs);
    }

    private static GraphAction ReadAction(CibElement element)
    {
        var kind = Kind(element);
        var id = Number(element, element.Name);
        void Need(bool there, string what)
        {
            if (!there) throw new Unreadable($"{element.Name} {id} has no {what}");
        }
        Need(element["operation"] is { Length: > 0 }, "operation");
        if (kind == GraphActionKind.Pseudo) return new(id, kind, element);
        Need(element["on_node"] is { Length: > 0 } && element["on_node_uuid"] is { Length: > 0 }, "node");
        if (kind == GraphActionKind.Resource)
        {
            Need(element["operation_key"] is { Length: > 0 }, "operation_key");
            Need(element.Element("primitive")?.Id is { Length: > 0 }, "resource");
        }
        else
        {
            if (element["operation"] is not (Operation.Fence or Operation.Shutdown or Operation.ClearFailcount or Operation.LrmDelete))
                throw new Unreadable($"crm_event {id} wants \"{element["operation"]}\", which is not known");
            if (element["operation"] == Operation.Fence) Need(element.Element("attributes")?["CRM_meta_stonith_action"] is { Length: > 0 }, "stonith_action");
            if (element["operation"] is Operation.ClearFailcount or Operation.LrmDelete) Need(element.Element("primitive")?.Id is { Length: > 0 }, "resource");
        }
        return new(id, kind, element);
    }

    private static GraphActionKind Kind(CibElement element) => element.Name switch
    {
        "rsc_op" => GraphActionKind.Resource,
        "pseudo_event" => GraphActionKind.Pseudo,
        "crm_event" => GraphActionKind.Cluster,
        _ => throw new Unreadable($"<{element.Name} id=\"{element.Id}\"> is no action"),
    };

    private static int Number(CibElement element, string what) => Values.TryInteger(element.Id, out var id) && id is >= 0 and <= int.MaxValue
        ? (int)id : throw new Unreadable($"a {what} has no number (id=\"{element.Id}\")");

    private static int Limit(string? text, int otherwise) => Values.TryInteger(text, out var limit) ? (int)Math.Clamp(limit, -1, int.MaxValue) : otherwise;

    private static bool IsInfinite(string? offset) => offset is null || Scores.Parse(offset) is >= Scores.Infinity;

    private sealed class Unreadable(string message) : Exception(message);
}
