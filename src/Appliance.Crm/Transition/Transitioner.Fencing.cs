using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Transition;

public sealed partial class Transitioner
{
    /// <summary>How often fencing a node has failed since it succeeded last. Every node counts, because any may come to decide.</summary>
    private readonly Dictionary<string, int> _failedFencings = new(StringComparer.OrdinalIgnoreCase);
    private int _attempts = 10;     // stonith-max-attempts' default

    private void StartFencing(GraphAction action, TransitionKey key)
    {
        var kind = action.Meta("stonith_action")!;
        Log(LogPriority.Notice, $"Transition {_run!.Graph.Id}: fencing ({kind}) {action.Node} (action {action.Id})");
        var delay = Texts.Integer(action.Meta("priority_fencing_delay")) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        _effects.Add(new TransitionEffect.Fence(action.Node!, action.NodeId!, kind, _run.Graph.FencingTimeout, delay, key));
        _inFlight.Add(new(action, Instant.Never));
    }

    private void Fenced(TransitionInput.Fenced fenced)
    {
        if (!_active) return;
        if (InFlightBy(fenced.Key) is not { IsFencing: true } action)
        {
            Log(LogPriority.Info, $"The end of a fencing of another transition is passed over ({fenced.Key})");
            return;
        }
        var target = action.Node!;
        if (fenced.Outcome == FencingOutcome.Done)
        {
            if (Texts.Same(action.Meta("stonith_action"), Operation.On))
                _effects.Add(new TransitionEffect.NodeIsUnfenced(target, action.NodeId!, action.Meta("digests_all"), action.Meta("digests_secure")));
            else _effects.Add(new TransitionEffect.NodeIsDown(target, action.NodeId!));
            _failedFencings.Remove(target);
            Ended(action, ActionState.Done);
            return;
        }
        Log(LogPriority.Notice, $"Transition {_run!.Graph.Id}: fencing {target} failed: {fenced.Sentence}");
        CountFailedFencing(target);
        Ended(action, ActionState.Failed);
        // Without a device another attempt would end like this one.
        AbortForFencing(fenced.Outcome != FencingOutcome.NoDevice && !IsGivenUp(target), target);
    }

    private void Heard(TransitionInput.FencingHeard heard)
    {
        // Ours were counted, and told, by Fenced.
        if (heard.TurnedOn || _active && heard.Ours) return;
        if (!heard.Succeeded)
        {
            // Who decides counts its own attempts only; a person's failed ones do not use them up.
            if (!_active) CountFailedFencing(heard.Node);
            return;
        }
        _failedFencings.Remove(heard.Node);
        if (!_active || heard.NodeId is null) return;
        _effects.Add(new TransitionEffect.NodeIsDown(heard.Node, heard.NodeId));
        Abort(Infinity, AfterTransition.Restart, "External Fencing Operation", heard.Node);
    }

    private void FencerIsLost()
    {
        var any = false;
        foreach (var waiting in _inFlight.ToArray())
        {
            if (!waiting.Action.IsFencing) continue;
            any = true;
            Log(LogPriority.Notice, $"Transition {_run!.Graph.Id}: fencing {waiting.Action.Node} will not be answered (action {waiting.Action.Id})");
            Ended(waiting.Action, ActionState.Lost);
        }
        if (!any) return;
        var again = true;
        foreach (var target in _failedFencings.Keys) again &= !IsGivenUp(target);
        AbortForFencing(again, "the fencer is gone");
    }

    private void AbortForFencing(bool again, string by) => Abort(Infinity, again ? AfterTransition.Restart : AfterTransition.Wait, "Stonith failed", by);

    private void CountFailedFencing(string target) => _failedFencings[target] = _failedFencings.GetValueOrDefault(target) + 1;

    private bool IsGivenUp(string target)
    {
        var failures = _failedFencings.GetValueOrDefault(target);
        if (failures < _attempts) return false;
        Log(LogPriority.Warn, $"Fencing {target} failed {failures} times: given up until something else happens");
        return true;
    }

    private void Forget(string? node)
    {
        if (node is null) _failedFencings.Clear();
        else
        {
            _failedFencings.Remove(node);
            _limits.Forget(node);
        }
    }
}
