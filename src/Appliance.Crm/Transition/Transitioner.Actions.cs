using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;

namespace Appliance.Crm.Transition;

public sealed partial class Transitioner
{
    bool IGraphHands.HasRoom(GraphAction action) => action.Task == Operation.Shutdown && action.Kind == GraphActionKind.Cluster ? !IsProbed(action.NodeId!) : _limits.HasRoom(action, _run!.Graph.MigrationLimit);

    /// <summary>Whether something of a node is still asked for. A departure: the policy engine orders a shutdown behind what is known to run; what a probe has yet to find is not.</summary>
    private bool IsProbed(string nodeId)
    {
        foreach (var synapse in _run!.Graph.Synapses)
            foreach (var action in synapse.Actions)
                if (!action.HasEnded && action.Kind == GraphActionKind.Resource && action.Task == Operation.Monitor && action.IntervalMs == 0 && Texts.Same(action.NodeId, nodeId)) return true;
        return false;
    }

    void IGraphHands.Start(GraphAction action)
    {
        switch (action.Kind)
        {
            case GraphActionKind.Pseudo: Pass(action); break;
            case GraphActionKind.Resource: Execute(action); break;
            default: StartClusterAction(action); break;
        }
    }

    /// <summary>A pseudo-event is done by being passed; some carry news of remote nodes, which no other action would.</summary>
    private void Pass(GraphAction action)
    {
        if (action.Task == Operation.MaintenanceNodes)
            foreach (var node in action.Element.Element("maintenance")?.Elements("node") ?? [])
                if (node.Id is { } id) _effects.Add(new TransitionEffect.Maintenance(id, Texts.IsTrue(node["node_in_maintenance"])));
        // A guest whose machine is fenced is not fenced itself, and no stop of its connection will ever be told.
        if (action.Task == Operation.Fence)
            foreach (var node in action.Element.Element("downed")?.Elements("node") ?? [])
                if (node.Id is { } id) _effects.Add(new TransitionEffect.NodeIsDown(id, id));
        Ended(action, ActionState.Done);
    }

    private void Execute(GraphAction action)
    {
        var (node, router, key) = (action.Node!, action.Router ?? action.Node!, KeyOf(action));
        Log(LogPriority.Notice, $"Transition {_run!.Graph.Id}: {action.Key} on {node}{(Texts.Same(router, node) ? "" : $" by {router}")} (action {action.Id})");
        _effects.Add(new TransitionEffect.Execute(node, action.NodeId!, router, action.Task, action.Key, key, TimeSpan.FromMilliseconds(action.TimeoutMs), TimeSpan.FromMilliseconds(action.IntervalMs),
            !action.IsNotAwaited, action.Element.Clone().Set("transition-key", key.ToString())));
        if (action.IsNotAwaited)
        {
            Ended(action, ActionState.Done);
            return;
        }
        _limits.Started(action);
        Await(action);
    }

    private void StartClusterAction(GraphAction action)
    {
        var (node, id, key) = (action.Node!, action.NodeId!, KeyOf(action));
        switch (action.Task)
        {
            case Operation.Fence:
                StartFencing(action, key);
                return;
            case Operation.LrmDelete:
                _effects.Add(new TransitionEffect.DeleteHistory(node, id, action.Resource!, key));
                Await(action);
                return;
            case Operation.ClearFailcount:
                _effects.Add(new TransitionEffect.ClearFailures(node, id, action.Resource!, key));
                break;
            case Operation.Shutdown when Texts.Same(node, _me):
                // Our own: when everything else is done, there being nobody who would go on.
                Log(LogPriority.Info, $"Transition {_run!.Graph.Id}: this node stops when all else is done");
                (_next, _reason) = (AfterTransition.Shutdown, "local shutdown");
                break;
            case Operation.Shutdown:
                Log(LogPriority.Notice, $"Transition {_run!.Graph.Id}: {node} may stop");
                _effects.Add(new TransitionEffect.ShutDown(node, id, key));
                break;
            default:
                throw new InvariantViolation("the reader lets known cluster actions pass only");
        }
        Ended(action, ActionState.Done);
    }

    /// <summary>Past its own timeout and the time that news may take, an action is lost; one without a timeout has the time of news twice.</summary>
    private void Await(GraphAction action)
    {
        var delay = _run!.Graph.ClusterDelay;
        var timeout = action.TimeoutMs > 0 ? TimeSpan.FromMilliseconds(action.TimeoutMs) : delay;
        _inFlight.Add(new(action, _now + timeout + delay));
    }

    private void GiveUpOverdue()
    {
        foreach (var waiting in _inFlight.ToArray())
        {
            if (waiting.Deadline > _now) continue;
            var action = waiting.Action;
            var router = action.Router ?? action.Node!;
            Log(LogPriority.Error, $"Transition {_run!.Graph.Id}: {router} did not say what became of {action.Key} on {action.Node} within its timeout and cluster-delay (action {action.Id})");
            Ended(action, ActionState.Lost);
            if (action.Kind == GraphActionKind.Resource && IsRecorded(action.Task))
            {
                var key = KeyOf(action);
                _lost.Add(key.ToString());
                _effects.Add(new TransitionEffect.RecordLost(action.Node!, action.NodeId!, key, action.Element.Clone(), $"{router} did not return a result in time"));
                // Counted as the node would have named it: an instance of an anonymous clone without its number.
                CountFailure(Naming.Key(action.Resource!, action.Task, action.IntervalMs), action.Node, action.NodeId!, IgnoresFailures(action));
            }
            Abort(Infinity, AfterTransition.Restart, "Action lost", action.Key);
        }
    }

    private TransitionKey KeyOf(GraphAction action) => new(action.Id, _run!.Graph.Id, action.IsFencing ? 0 : action.TargetRc, _uuid);

    /// <summary>Whether an operation leaves an entry in the history.</summary>
    private static bool IsRecorded(string task) => task is not (Operation.Cancel or Operation.Delete or Operation.Notify or "meta-data");

    private static bool IgnoresFailures(GraphAction action) => Texts.Same(action.Meta("on_fail"), "ignore");

    private GraphAction? InFlightBy(TransitionKey key) =>
        _running && key.Uuid == _uuid && key.Transition == _run!.Graph.Id && _run.Graph.Find(key.Action) is { State: ActionState.InFlight } action ? action : null;

    private void Deleted(TransitionKey key)
    {
        if (InFlightBy(key) is { Task: Operation.LrmDelete } action) Ended(action, ActionState.Done);
    }
}
