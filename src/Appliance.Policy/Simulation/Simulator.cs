using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>A graph carried out in thought: every action succeeds at once unless it is to fail, and its result is written into a copy of the CIB.</summary>
public sealed class Simulator : IGraphHands
{
    private readonly Predicate<string> _isKnown;
    private readonly SimulatedCib _cib;
    private readonly IReadOnlyList<string> _failures;
    private readonly bool _startFailureIsFatal, _stopFailureIsFatal;
    private readonly List<Step> _steps = [];
    private GraphRun? _run;

    private Simulator(CibElement cib, CibElement graph, long now, Predicate<string> isKnown, IReadOnlyList<string> failures, bool configureNodes)
    {
        (_isKnown, _cib, _failures) = (isKnown, new(cib, now, configureNodes), failures);
        _startFailureIsFatal = Scores.Parse(graph["failed-start-offset"] ?? "INFINITY") >= Scores.Infinity;
        _stopFailureIsFatal = Scores.Parse(graph["failed-stop-offset"] ?? "INFINITY") >= Scores.Infinity;
    }

    /// <summary>What was done; the CIB after it; and whether everything in the graph could be done.</summary>
    /// <param name="isKnown">Whether a resource goes by a name, in the configuration or in a history that was read.</param>
    /// <param name="failures">Operations that fail, RESOURCE_TASK_INTERVAL@NODE=RC; after one nothing more is begun but what the graph says is for every case.</param>
    /// <param name="configureNodes">Nodes that get a state are configured as well.</param>
    public static (List<Step> Steps, CibElement Cib, bool Complete) Run(CibElement cib, CibElement graph, long now, Predicate<string> isKnown, IReadOnlyList<string>? failures = null, bool configureNodes = false)
    {
        var simulator = new Simulator(cib, graph, now, isKnown, failures ?? [], configureNodes);
        var complete = simulator.Execute(graph);
        return (simulator._steps, simulator._cib.Root, complete);
    }

    private bool Execute(CibElement graph)
    {
        _run = new(GraphReader.Read(graph, out var problem) ?? throw new InvariantViolation("the graph is carried out: " + problem));
        GraphProgress progress;
        do progress = _run.Pass(this);
        while (progress.Fired > 0);
        return progress.Status != GraphStatus.Terminated;
    }

    bool IGraphHands.HasRoom(GraphAction action) => true;

    void IGraphHands.Start(GraphAction action) => _run!.End(action, Do(action.Element) ? ActionState.Done : ActionState.Failed);

    /// <summary>Does one; false when it failed.</summary>
    private bool Do(CibElement action)
    {
        var node = action["on_node"];
        switch (action.Name)
        {
            case "pseudo_event":
                _steps.Add(new Step.PseudoAction(action["operation_key"]!, node));
                return true;
            case "crm_event" when action["operation"] == Operation.Fence:
                Fence(node!, action.Element("attributes")?["CRM_meta_stonith_action"] ?? "");
                return true;
            case "crm_event":
                _steps.Add(new Step.ClusterAction(action["operation"]!, action.Element("primitive")?.Id, node ?? ""));
                return true;
            default:
                return Operate(action, node!);
        }
    }

    private void Fence(string node, string operation)
    {
        _steps.Add(new Step.NodeFenced(node, operation));
        if (Texts.Same(operation, Operation.On)) return;
        // A node of a bundle is known by its name only.
        var state = _cib.StateOf(node) ?? _cib.Status.Add("node_state").Set("id", node).Set("uname", node);
        SimulatedCib.SetState(state, up: false).Set("crm-debug-origin", "simulate_fencing_action");
        _cib.StatusChanged();
        _cib.Forget(node);
    }

    private bool Operate(CibElement action, string node)
    {
        var task = action["operation"]!;
        var primitive = action.Element("primitive")!;
        var id = primitive.Id!;
        var name = id;
        // Instances go by their numbers, unless one of them is known by the plain name.
        if (primitive["long-id"] is { } numbered && !_isKnown(id) && _isKnown(numbered)) name = numbered;
        var given = action.Element("attributes");
        if (task is Operation.Delete or "meta-data")
        {
            _steps.Add(new Step.ResourceAction(name, task, 0, node));
            return true;
        }
        // A remote node that comes up gets its state now.
        var state = _cib.StateOf(node, action["router_node"] is null ? action["on_node_uuid"] : node) ?? _cib.Status.Add("node_state").Set("id", node).Set("uname", node);
        if (_cib.HistoryOf(state, name, id, primitive, out var problem) is not { } history)
        {
            _steps.Add(new Step.Problem(problem!));
            return false;
        }
        var interval = Texts.Integer(given?["CRM_meta_interval"]) ?? 0;
        _steps.Add(new Step.ResourceAction(name, task, interval, node));
        var expected = (int)(Texts.Integer(given?["CRM_meta_op_target_rc"]) ?? 0);
        var code = expected;
        var fails = false;
        foreach (var spec in _failures)
        {
            var matched = spec.StartsWith($"{Naming.Key(name, task, interval)}@{node}=", StringComparison.OrdinalIgnoreCase) ? name
                : spec.StartsWith($"{Naming.Key(id, task, interval)}@{node}=", StringComparison.OrdinalIgnoreCase) ? id : null;
            if (matched is null) continue;
            if (!OperationSpec.TryCode(spec[(spec.IndexOf('=', StringComparison.Ordinal) + 1)..], out code))
            {
                code = expected;
                _steps.Add(new Step.Problem($"Invalid failed operation '{spec}' (result code must be integer)"));
                continue;
            }
            fails = true;
            _run!.Abort(Scores.Infinity);
            _steps.Add(new Step.Pretended(action.Id!, code));
            _cib.CountFailure(state, matched, task, interval, code, task == Operation.Start && _startFailureIsFatal || task == Operation.Stop && _stopFailureIsFatal, _steps);
            break;
        }
        _cib.Record(history, new(id, task, interval, code, expected, "User-injected result", node), given ?? new CibElement("attributes"));
        return !fails;
    }
}
