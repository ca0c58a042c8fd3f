using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Systemd;

/// <summary>Operations from request to end, and the drop-in of managed units.</summary>
public sealed partial class UnitBook
{
    private static SystemdMethod? Method(UnitAction action) => action switch
    {
        UnitAction.Start => SystemdMethod.StartUnit,
        UnitAction.Stop => SystemdMethod.StopUnit,
        UnitAction.Restart => SystemdMethod.RestartUnit,
        UnitAction.Reload => SystemdMethod.ReloadUnit,
        _ => null,
    };

    private void Begin(UnitInput.Request request, Instant now, List<UnitEffect> effects)
    {
        var name = UnitName.Full(request.Unit);
        if (UnitName.Problem(name) is { } problem)
        {
            effects.Add(new UnitEffect.Finish(request.Id, UnitVerdict.Failed(problem, OcfCode.Configured)));
            return;
        }
        if (name == ownUnit)
        {
            effects.Add(new UnitEffect.Finish(request.Id, UnitVerdict.Failed($"{name} is the unit that the resource manager itself runs in", OcfCode.Configured)));
            return;
        }
        var unit = Unit(name, effects);
        UnitOperation operation = new(request.Id, request.Action, request.Deadline, now);
        // A unit without a usable file may have got one since; everything else is told by signals.
        if (!unit.IsFresh || unit.State is { IsUnusable: true }) operation.NeededRead = unit.Reads.IsUnderWay && !unit.IsFresh ? unit.Reads.Begun : Read(unit, effects);
        if (request.Action == UnitAction.Monitor) unit.Monitors.Add(operation);
        else if (request.Action == UnitAction.Manage && unit.Operation is not null) effects.Add(new UnitEffect.Finish(request.Id, UnitVerdict.Ok));   // a start does it; a stop leaves it for the next one
        else
        {
            if (unit.Operation is { Action: UnitAction.Manage }) Finish(unit, UnitVerdict.Ok, effects);       // what follows does it, or makes it needless
            else if (unit.Operation is { } earlier) Finish(unit, UnitVerdict.Failed($"{earlier.Action.Word()} was given up for a {request.Action.Word()}"), effects);
            unit.Operation = operation;
        }
        Advance(unit, now, effects);
    }

    /// <summary>Lets a unit's operations go as far as what is known allows. Harmless at any time.</summary>
    private void Advance(WatchedUnit unit, Instant now, List<UnitEffect> effects)
    {
        if (!_isConnected || !unit.IsFresh || unit.State is not { } state) return;
        unit.Monitors.RemoveAll(monitor =>
        {
            if (unit.Reads.Done < monitor.NeededRead || UnitVerdict.Monitor(unit.Name, state) is not { } answer) return false;
            effects.Add(new UnitEffect.Finish(monitor.Id, answer));
            return true;
        });
        if (unit.Operation is not { } operation || unit.Reads.Done < operation.NeededRead) return;
        if (operation.Phase == UnitPhase.Look) Look(unit, operation, state, effects);
        if (operation.Phase == UnitPhase.DropIn && !unit.IsDropInPending && _reloads.Done >= unit.DropInReload) AfterDropIn(unit, operation, state, effects);
        if (operation.Phase != UnitPhase.Settle) return;
        Settle(unit, operation, state, effects);
        if (operation.Phase == UnitPhase.Look) Advance(unit, now, effects);
    }

    private void Look(WatchedUnit unit, UnitOperation operation, UnitState state, List<UnitEffect> effects)
    {
        var action = operation.Action;
        if (action != UnitAction.Release && action != UnitAction.Stop && state is { IsUnusable: true, IsStopped: true })
        {
            Finish(unit, UnitVerdict.Unusable(unit.Name, state), effects);
            return;
        }
        switch (action)
        {
            case UnitAction.Stop when state is { IsStopped: true, Job: "" }:
                Finish(unit, UnitVerdict.Ok, effects);
                return;
            case UnitAction.Reload when !state.IsRunning:
                Finish(unit, UnitVerdict.Failed($"{unit.Name} is {state}: there is nothing to reload", OcfCode.NotRunning), effects);
                return;
            case UnitAction.Start or UnitAction.Restart or UnitAction.Manage:
                Warn(unit, state, effects);
                if (!unit.HasDropInFile || !state.HasDropIn) WriteDropIn(unit, effects);
                break;
            case UnitAction.Stop when IsOwnUnitStopping:
                RemoveDropIn(unit, state, effects);
                break;
            case UnitAction.Release:
                RemoveDropIn(unit, state, effects);
                break;
        }
        if (action == UnitAction.Start && state is { Active: "active", Job: "" }) Finish(unit, UnitVerdict.Ok, effects);     // the drop-in follows by itself
        else operation.Phase = UnitPhase.DropIn;
    }

    private void AfterDropIn(WatchedUnit unit, UnitOperation operation, UnitState state, List<UnitEffect> effects)
    {
        if (Method(operation.Action) is { } method)
        {
            // So that systemd does not count the cluster's attempts against StartLimitBurst; the two calls are taken in order.
            if (operation.Action is UnitAction.Start or UnitAction.Restart && state.Active == "failed") Call(SystemdMethod.ResetFailedUnit, unit.Name, effects);
            operation.Phase = UnitPhase.Called;
            (operation.Job, operation.JobResult) = ("", "");
            unit.EndedJobs.Clear();
            Call(method, unit.Name, effects);
            return;
        }
        Finish(unit, UnitVerdict.Ok, effects);
        if (operation.Action != UnitAction.Release || unit.Monitors.Count > 0) return;
        if (_isConnected) Call(SystemdMethod.UnrefUnit, unit.Name, effects);
        _units.Remove(unit.Name);
        effects.Add(new UnitEffect.Forget(unit.Name));
    }

    private void EndJob(WatchedUnit unit, UnitInput.JobRemoved removed, List<UnitEffect> effects)
    {
        if (unit.Operation is { Phase: UnitPhase.Called }) unit.EndedJobs.Add(removed);       // bounded: cleared by the answer, and systemd has one job a unit
        if (unit.Operation is not { Phase: UnitPhase.Job } operation || operation.Job != removed.Job) return;
        (operation.Phase, operation.JobResult) = (UnitPhase.Settle, removed.Result);
        operation.NeededRead = Read(unit, effects);     // a state read after the end, whatever order the signals came in
    }

    /// <summary>The job has ended, or nobody knows: the state decides.</summary>
    private static void Settle(WatchedUnit unit, UnitOperation operation, UnitState state, List<UnitEffect> effects)
    {
        if (operation.JobResult.Length == 0 && state.Job.Length > 0)
        {
            if (state.Job == operation.Job) operation.Phase = UnitPhase.Job;        // systemd was away and has it still
            return;                                                                  // or somebody's job follows ours
        }
        if (operation.Action == UnitAction.Stop)
        {
            if (state.IsStopped) Finish(unit, UnitVerdict.Ok, effects);
            else if (!state.IsBetween && operation.JobResult.Length == 0) (operation.Phase, operation.NeededRead) = (UnitPhase.Look, 0);     // its job got lost: once more
            else if (!state.IsBetween) Finish(unit, UnitVerdict.Failed($"{unit.Name} is {state} after its stop: {JobWords(operation)}"), effects);
            return;
        }
        if (state.IsBetween) return;        // pending until the operation's deadline
        if (state.Active == "active")
        {
            var ok = operation.Action != UnitAction.Reload || operation.JobResult is "done" or "";
            Finish(unit, ok ? UnitVerdict.Ok : UnitVerdict.Failed($"{unit.Name}: {JobWords(operation)}"), effects);
            return;
        }
        if (state is { IsUnusable: true, IsStopped: true }) Finish(unit, UnitVerdict.Unusable(unit.Name, state), effects);
        else if (state is { Active: "inactive", ConditionsHold: false } && operation.JobResult is "done" or "skipped") Finish(unit, UnitVerdict.Failed($"{unit.Name} was not started: a Condition...= of the unit does not hold"), effects);
        else if (state.Active == "inactive" && operation.JobResult == "done") Finish(unit, UnitVerdict.Failed($"{unit.Name} ended as soon as it had started: {state}"), effects);
        else Finish(unit, UnitVerdict.Failed($"{unit.Name} is {state}: {JobWords(operation)}"), effects);
    }

    /// <summary>Results of a job, as JobRemoved tells them (org.freedesktop.systemd1(5)).</summary>
    private static string JobWords(UnitOperation operation)
    {
        var word = operation.Action.Word();
        return operation.JobResult switch
        {
            "done" => $"the {word} was done",
            "failed" => $"the {word} failed",
            "timeout" => $"the {word} took longer than the unit's own limit",
            "canceled" => $"the {word} was cancelled by another order to systemd",
            "dependency" => "a unit that it needs could not be started",
            "skipped" => $"systemd found nothing to {word}",
            "assert" => "an Assert...= of the unit does not hold",
            "unsupported" => "this machine cannot do it",
            "" => $"how the {word} ended was not heard",
            _ => $"the {word} ended as \"{operation.JobResult}\"",
        };
    }

    private static void Finish(WatchedUnit unit, OperationResult result, List<UnitEffect> effects)
    {
        effects.Add(new UnitEffect.Finish(unit.Operation!.Id, result));
        unit.Operation = null;
    }

    private static void WriteDropIn(WatchedUnit unit, List<UnitEffect> effects)
    {
        (unit.HasDropInFile, unit.IsDropInPending) = (true, true);
        effects.Add(new UnitEffect.WriteDropIn(unit.Name));
    }

    private static void RemoveDropIn(WatchedUnit unit, UnitState state, List<UnitEffect> effects)
    {
        if (!unit.HasDropInFile && !state.HasDropIn) return;
        (unit.HasDropInFile, unit.IsDropInPending) = (false, true);
        effects.Add(new UnitEffect.RemoveDropIn(unit.Name));
    }

    private void SettleDropIn(WatchedUnit unit, bool different, Instant now, List<UnitEffect> effects)
    {
        unit.IsDropInPending = false;
        if (different || unit.HasDropInFile != unit.State?.HasDropIn) unit.DropInReload = Reload(effects);
        Advance(unit, now, effects);
    }

    /// <summary>
    /// The drop-in puts units before ours, so a stop of theirs waits for the end of a stop of ours, which waits for them: while ours is stopping, a unit's drop-in goes before its stop.
    /// Not all at once: where the whole machine goes down, systemd would stop them all, in its own order.
    /// </summary>
    private void LetStopsGo(List<UnitEffect> effects)
    {
        foreach (var unit in _units.Values)
            if (unit is { Operation: { Action: UnitAction.Stop, Phase: UnitPhase.Called or UnitPhase.Job }, State: { } state }) RemoveDropIn(unit, state, effects);
    }

    /// <summary>What would start the unit besides the cluster, said once.</summary>
    private static void Warn(WatchedUnit unit, UnitState state, List<UnitEffect> effects)
    {
        if (unit.HasWarned) return;
        unit.HasWarned = true;
        if (state.File is "enabled" or "enabled-runtime")
            effects.Add(new UnitEffect.Warn($"{unit.Name} is managed and also enabled: systemd starts it at boot by itself; systemctl disable {unit.Name}"));
        if (state.TriggeredBy.Length > 0) effects.Add(new UnitEffect.Warn($"{unit.Name} is managed, but {state.TriggeredBy} can start it at any time"));
    }
}
