using Appliance.Cib;

namespace Appliance.Policy.Graph;

public enum GraphActionKind
{
    /// <summary>An operation of a resource (<c>rsc_op</c>).</summary>
    Resource,
    /// <summary>Nothing but a point that others wait for (<c>pseudo_event</c>).</summary>
    Pseudo,
    /// <summary>Something that concerns a node as a whole, or what is known of it (<c>crm_event</c>).</summary>
    Cluster,
}

/// <summary>One action of a graph.</summary>
public sealed class GraphAction
{
    private readonly CibElement? _attributes;

    internal GraphAction(int id, GraphActionKind kind, CibElement element)
    {
        (Id, Kind, Element, _attributes) = (id, kind, element, element.Element("attributes"));
        TimeoutMs = Number("timeout") + Number("start_delay");
        (IntervalMs, TargetRc) = (Number("interval"), (int)Number("op_target_rc"));
        (IsFencing, IsMigration) = (kind == GraphActionKind.Cluster && Task == Model.Operation.Fence, Task is Model.Operation.MigrateTo or Model.Operation.MigrateFrom);
    }

    /// <summary>Its number in the graph, by which inputs and transition keys name it.</summary>
    public int Id { get; }

    public GraphActionKind Kind { get; }

    /// <summary>All of it, as it stands in the graph; owned by the graph.</summary>
    public CibElement Element { get; }

    public string Task => Element["operation"] ?? "";
    public string Key => Element["operation_key"] ?? "";

    /// <summary>The node it happens on; null for most pseudo-events.</summary>
    public string? Node => Element["on_node"];

    public string? NodeId => Element["on_node_uuid"];

    /// <summary>The cluster node that carries it to a remote node; null where it needs nobody.</summary>
    public string? Router => Element["router_node"];

    /// <summary>The resource as the history names it.</summary>
    public string? Resource => Element.Element("primitive")?.Id;

    /// <summary>How long it may take, the wait before it included; 0 when nothing is said.</summary>
    public long TimeoutMs { get; }

    /// <summary>0 for what is done once.</summary>
    public long IntervalMs { get; }

    /// <summary>The exit code that counts as success.</summary>
    public int TargetRc { get; }

    public bool IsFencing { get; }
    public bool IsMigration { get; }

    /// <summary>Nobody answers: it counts as done when it was told.</summary>
    public bool IsNotAwaited => Model.Texts.IsTrue(Meta("op_no_wait"));

    public ActionState State { get; internal set; }

    public bool HasEnded => State > ActionState.InFlight;

    /// <summary>A meta-attribute, named as in the graph without its prefix: <c>op_target_rc</c>.</summary>
    public string? Meta(string name) => _attributes?["CRM_meta_" + name];

    /// <summary>Whether the node is down when this has been done.</summary>
    public bool TakesDown(string nodeId)
    {
        foreach (var node in Element.Element("downed")?.Elements("node") ?? [])
            if (Model.Texts.Same(node.Id, nodeId)) return true;
        return false;
    }

    private long Number(string meta) => Values.TryInteger(Meta(meta), out var value) ? Math.Clamp(value, 0, int.MaxValue) : 0;

    public override string ToString() => $"{Id} ({Key}{(Node is null ? "" : " on " + Node)})";
}

/// <summary>What has become of an action; everything above <see cref="InFlight"/> is an end, and an action has one end.</summary>
public enum ActionState
{
    Waiting,
    InFlight,
    Done,
    /// <summary>Answered, with another result than the one that was wanted.</summary>
    Failed,
    /// <summary>Not answered in time.</summary>
    Lost,
    /// <summary>Its node was lost, before it was started or before it answered.</summary>
    NodeGone,
    /// <summary>Started, and then the transition was given up: nobody here waits for the answer.</summary>
    Abandoned,
}

/// <summary>What is started together once everything it waits for is done; nearly always one action.</summary>
public sealed class Synapse
{
    /// <summary>The priority of what goes on though an action before it failed, and though the transition was aborted.</summary>
    public const int Always = Values.Infinity;

    internal Synapse(int id, int priority, List<GraphAction> actions, List<int> inputs) => (Id, Priority, Actions, Inputs, Missing) = (id, priority, actions, inputs, inputs.Count);

    public int Id { get; }
    public int Priority { get; }
    public IReadOnlyList<GraphAction> Actions { get; }

    /// <summary>The actions it waits for, each once.</summary>
    public IReadOnlyList<int> Inputs { get; }

    public SynapseState State { get; internal set; }

    /// <summary>How many inputs are not confirmed yet.</summary>
    internal int Missing { get; set; }
}

public enum SynapseState
{
    Waiting,
    InFlight,
    /// <summary>Every action has been answered, or was given up as lost.</summary>
    Complete,
    /// <summary>It cannot be, or could not be finished: a node is gone.</summary>
    Failed,
}

/// <summary>A transition graph, read: what is to be done, and in which order.</summary>
public sealed class TransitionGraph
{
    private readonly Dictionary<int, GraphAction> _actions;

    internal TransitionGraph(int id, List<Synapse> synapses, Dictionary<int, GraphAction> actions) => (Id, Synapses, _actions) = (id, synapses, actions);

    public int Id { get; }
    public IReadOnlyList<Synapse> Synapses { get; }
    public int ActionCount => _actions.Count;

    /// <summary>How long news may take from node to node.</summary>
    public required TimeSpan ClusterDelay { get; init; }

    public required TimeSpan FencingTimeout { get; init; }

    /// <summary>How many synapses may be under way at once; 0: as the load allows; -1: any number.</summary>
    public required int BatchLimit { get; init; }

    /// <summary>How many migrations a node may take part in at once; not above 0: any number.</summary>
    public required int MigrationLimit { get; init; }

    /// <summary>Whether one failed start (stop) is enough to keep the resource away.</summary>
    public required bool FailedStartIsFatal { get; init; }

    public required bool FailedStopIsFatal { get; init; }

    public GraphAction? Find(int id) => _actions.GetValueOrDefault(id);
}
