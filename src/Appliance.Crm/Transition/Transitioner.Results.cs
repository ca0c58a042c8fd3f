using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;

namespace Appliance.Crm.Transition;

/// <remarks>
/// A result is recognised by its transition key. The same one may come twice (as the last operation and as the last failure; from the history and directly): the first counts.
/// What is a result of no action of the present transition is news, and ends it.
/// </remarks>
public sealed partial class Transitioner
{
    /// <summary>Keys of actions that were given up, of the present transition and of the one before it: their failures have been counted.</summary>
    private HashSet<string> _lost = new(StringComparer.Ordinal), _lostBefore = new(StringComparer.Ordinal);

    private void ForgetOldLosses() => (_lostBefore, _lost) = (_lost, new(StringComparer.Ordinal));

    /// <param name="outside">Results of nobody's transition that came with the same change already; null: it came alone.</param>
    private void Judge(OperationResult result, List<int>? outside)
    {
        if (!_active || result.TransitionKey is null || result.Status == ExecutionStatus.Pending) return;
        if (TransitionKey.Parse(result.TransitionKey) is not { } key)
        {
            Log(LogPriority.Error, $"The result of {result.Key} (call {result.CallId}) has a transition key that cannot be read: {result.TransitionKey}");
            Abort(Infinity, AfterTransition.Restart, "Bad event", result.Key ?? "");
            return;
        }
        var counted = _lost.Contains(result.TransitionKey) || _lostBefore.Contains(result.TransitionKey);
        if (counted && result.CallId < 0) return;   // what we recorded ourselves
        if (key.Transition == -1)
        {
            if (outside is not null)
            {
                if (outside.Contains(key.Action)) return;
                outside.Add(key.Action);
            }
            News("Unexpected event", result, key, always: true, counted);
        }
        else if (key.Action < 0 || key.Uuid != _uuid) News("Foreign event", result, key, always: false, counted);
        else if (!_running || _run!.Graph.Id != key.Transition) OutOfTurn(result, key, counted);
        else if (_run.Graph.Find(key.Action) is not { } action || action.State == ActionState.Waiting) News("Unknown event", result, key, always: false, counted);
        else if (action.State is ActionState.Lost or ActionState.NodeGone) News("Late event", result, key, always: false, counted);
        else if (action.State == ActionState.InFlight) Answered(action, result, key);
    }

    /// <summary>Of a transition that has ended; a recurring operation keeps the number of the one in which it began.</summary>
    private void OutOfTurn(OperationResult result, TransitionKey key, bool counted)
    {
        if (Naming.TryParseKey(result.Key ?? "", out _, out _, out var interval) && interval != 0)
        {
            if (result.Status == ExecutionStatus.Cancelled) Cancelled(result.Key!, result.NodeId);
            else News("Change in recurring result", result, key, always: false, counted);
        }
        else News(_run?.Graph.Id == key.Transition ? "Inactive graph" : "Old event", result, key, always: false, counted);
    }

    /// <summary>Nobody waits for this result: the plan was made without it.</summary>
    /// <param name="always">It counts whatever the operation is: somebody says so.</param>
    /// <param name="counted">Its failure has been counted before.</param>
    private void News(string reason, OperationResult result, TransitionKey key, bool always, bool counted)
    {
        Abort(Infinity, AfterTransition.Restart, reason, $"{result.Key} on {result.Node ?? result.NodeId}");
        if (result.EffectiveRc == key.TargetRc) return;
        if (result.IsRefresh || result.Status == ExecutionStatus.Invalid) return;
        Log(LogPriority.Notice, $"{result.Key} on {result.Node ?? result.NodeId}: exit code {result.Rc} instead of {key.TargetRc} ({reason}, transition {key.Transition}, action {key.Action})");
        if (!counted) CountFailure(result.Key, result.Node, result.NodeId, ignored: false, always);
    }

    private void Answered(GraphAction action, OperationResult result, TransitionKey key)
    {
        var ignored = IgnoresFailures(action);
        var isExpected = result.EffectiveRc == key.TargetRc;
        if (isExpected) Log(LogPriority.Info, $"Transition {key.Transition}: {action.Key} on {action.Node} is done (exit code {result.Rc}, call {result.CallId}, action {action.Id})");
        else Log(LogPriority.Notice, $"Transition {key.Transition}: {action.Key} on {action.Node}: exit code {result.Rc} instead of {key.TargetRc} (status {result.Status}, call {result.CallId}, action {action.Id})");
        if (isExpected || ignored) Ended(action, ActionState.Done);
        else
        {
            Ended(action, ActionState.Failed);
            // What matters more than the failed action is still begun.
            Abort(_run!.SynapseOf(action).Priority + 1, AfterTransition.Restart, "Event failed", action.Key);
        }
        if (isExpected || result.IsRefresh || result.Status == ExecutionStatus.Invalid || action.Task == Operation.Cancel) return;
        CountFailure(result.Key ?? action.Key, result.Node ?? action.Node, result.NodeId, ignored);
    }

    /// <summary>What a failed operation is held against its resource for: neither probes nor migrations, and one failed start or stop may be enough.</summary>
    private void CountFailure(string? operationKey, string? node, string nodeId, bool ignored, bool always = false)
    {
        if (!Naming.TryParseKey(operationKey ?? "", out var resource, out var task, out var interval))
        {
            Log(LogPriority.Error, $"A failure on {node ?? nodeId} cannot be counted: \"{operationKey}\" is no operation's key");
            return;
        }
        var count = FailCountChange.OneMore;
        if (interval > 0 || task is Operation.Promote or Operation.Demote) { }
        // Before the first transition nothing is known of the options: the strict rule.
        else if (task == Operation.Start) count = _run?.Graph.FailedStartIsFatal ?? true ? FailCountChange.Infinity : FailCountChange.OneMore;
        else if (task == Operation.Stop) count = _run?.Graph.FailedStopIsFatal ?? true ? FailCountChange.Infinity : FailCountChange.OneMore;
        else if (!always) return;
        _effects.Add(new TransitionEffect.Failure(node, nodeId, resource, task, interval, ignored ? FailCountChange.None : count));
    }

    /// <summary>A recurring operation is no more. True when that was ordered.</summary>
    /// <remarks>Only an order that was given: what is gone before is gone by somebody else's hand, and the plan does not know why.</remarks>
    private bool Cancelled(string operationKey, string nodeId)
    {
        foreach (var waiting in _inFlight)
        {
            var action = waiting.Action;
            if (action.Task != Operation.Cancel || !Texts.Same(action.Key, operationKey) || !Texts.Same(action.NodeId, nodeId)) continue;
            Log(LogPriority.Info, $"Transition {_run!.Graph.Id}: {action.Key} on {action.Node} is cancelled (action {action.Id})");
            Ended(action, ActionState.Done);
            return true;
        }
        return false;
    }
}
