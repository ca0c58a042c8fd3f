using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;

namespace Appliance.Crm.Transition;

public sealed partial class Transitioner
{
    /// <summary>A node went. When this transition, or the last one, took it down, that is no news; but nothing that was asked of it will be answered.</summary>
    /// <remarks>
    /// A departure: Pacemaker lets orders to a node that was expected to go run into their timeouts. What such a node is to do later in the same transition
    /// (a remote node that is rebooted and then used) stays as it is, here as there.
    /// </remarks>
    private void Lost(string node, string nodeId)
    {
        if (!_active) return;
        var expected = TookDown(nodeId) is not null;
        var reached = 0;
        if (_running)
            foreach (var synapse in _run!.Graph.Synapses)
                foreach (var action in synapse.Actions)
                {
                    if (action.HasEnded || action.Kind == GraphActionKind.Pseudo || action.IsFencing || expected && action.State == ActionState.Waiting) continue;
                    if (!Texts.Same(action.NodeId, nodeId) && !Texts.Same(action.Router, node)) continue;
                    reached++;
                    Log(action.State == ActionState.InFlight ? LogPriority.Notice : LogPriority.Info, $"Transition {_run.Graph.Id}: {node} is gone, and with it action {action}");
                    Ended(action, ActionState.NodeGone);
                }
        if (expected && reached == 0) Log(LogPriority.Info, $"{node} is down, as was ordered");
        else Abort(Infinity, AfterTransition.Restart, "Node failure", node);
    }

    /// <summary>A node follows anew, which for a moment followed nobody: orders that reached it in between it has passed over, and nobody would ever answer.</summary>
    private void Follows(string node, string nodeId)
    {
        if (!_running) return;
        var reached = 0;
        foreach (var synapse in _run!.Graph.Synapses)
            foreach (var action in synapse.Actions)
            {
                if (action.State != ActionState.InFlight || action.Kind == GraphActionKind.Pseudo || action.IsFencing || !Texts.Same(action.NodeId, nodeId) && !Texts.Same(action.Router, node)) continue;
                reached++;
                Log(LogPriority.Notice, $"Transition {_run.Graph.Id}: {node} follows anew, and action {action} is not waited for");
                Ended(action, ActionState.NodeGone);
            }
        if (reached > 0) Abort(Infinity, AfterTransition.Restart, "Node follows anew", node);
    }

    /// <summary>The action by which a node is, or will be, down: one that was started and did not fail.</summary>
    private GraphAction? TookDown(string nodeId)
    {
        foreach (var synapse in _run?.Graph.Synapses ?? [])
            foreach (var action in synapse.Actions)
                if (action.State is ActionState.InFlight or ActionState.Done && action.TakesDown(nodeId)) return action;
        return null;
    }
}
