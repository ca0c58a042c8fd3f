using Appliance.Core;

namespace Appliance.Lrm.Systemd;

/// <summary>Turns what systemd says, and does not say, into what is known of units and how operations on them end.</summary>
/// <remarks>
/// Pure: the same inputs at the same instants give the same effects. An operation ends by what the unit's state is after systemd's job, read again after the job's end; the job's own
/// result only explains a failure. While systemd or the bus is away nothing is decided: operations wait, go on where systemd still has their job, and are asked for again
/// where it never heard of them. Only an operation's own deadline ends it without an answer.
/// </remarks>
/// <param name="ownUnit">The unit this process runs in: while it is stopping, systemd holds back the stop of every unit with our drop-in.</param>
public sealed partial class UnitBook(string ownUnit)
{
    private readonly SortedDictionary<string, WatchedUnit> _units = new(StringComparer.Ordinal) { [ownUnit] = new(ownUnit) };
    private readonly Serial _reloads = new();
    private bool _isConnected;
    private string _lostReason = "systemd has not been reached yet";

    /// <summary>When to call with <see cref="UnitInput.Tick"/> if nothing else comes before.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Min(_retryAt, NextCheck);
            foreach (var unit in _units.Values)
            {
                if (unit.Operation is { } operation) next = Instant.Min(next, operation.Deadline);
                foreach (var monitor in unit.Monitors) next = Instant.Min(next, monitor.Deadline);
            }
            return next;
        }
    }

    private bool IsOwnUnitStopping => _units[ownUnit].State is { Active: "deactivating" };

    /// <summary>Takes one input; appends what is to be done.</summary>
    public void Step(UnitInput input, Instant now, List<UnitEffect> effects)
    {
        switch (input)
        {
            case UnitInput.Watch watch:
                if (UnitName.Problem(UnitName.Full(watch.Unit)) is null) _ = Unit(UnitName.Full(watch.Unit), effects);
                break;
            case UnitInput.Request request:
                Begin(request, now, effects);
                break;
            case UnitInput.Connected:
                Connect(now, effects);
                break;
            case UnitInput.Lost lost:
                Lose(lost.Reason);
                break;
            case UnitInput.Answered answered when Take(answered.Call) is { } call:
                Answer(call, answered, now, effects);
                break;
            case UnitInput.Refused refused when Take(refused.Call) is { } call:
                Refuse(call, refused, now, effects);
                break;
            case UnitInput.Changed changed:
                foreach (var unit in _units.Values)
                    if (unit.IsFresh && unit.Path == changed.Path) Learn(unit, changed.Facts, now, effects);
                break;
            case UnitInput.JobRemoved removed when _units.TryGetValue(removed.Unit, out var unit):
                EndJob(unit, removed, effects);
                break;
            case UnitInput.Reloaded:
                ReadAll(effects);
                break;
            case UnitInput.DropInDone done when _units.TryGetValue(done.Unit, out var unit):
                SettleDropIn(unit, done.Different, now, effects);
                break;
            case UnitInput.Tick:
                Tick(now, effects);
                break;
        }
        foreach (var unit in _units.Values) Publish(unit, effects);
    }

    /// <summary>The unit's record; a new one is read at once.</summary>
    private WatchedUnit Unit(string name, List<UnitEffect> effects)
    {
        if (_units.TryGetValue(name, out var unit)) return unit;
        unit = _units[name] = new(name);
        if (_isConnected) Read(unit, effects);
        return unit;
    }

    private void Connect(Instant now, List<UnitEffect> effects)
    {
        Lose("");
        _isConnected = true;
        BeginChecks(now);
        Call(SystemdMethod.Subscribe, "", effects);
        AskAgain(effects);
    }

    /// <summary>Reads what is not known, and has the daemon-reload done that systemd has not confirmed.</summary>
    private void AskAgain(List<UnitEffect> effects)
    {
        foreach (var unit in _units.Values)
            if (!unit.IsFresh) _ = Read(unit, effects);
        if (_reloads.Done < _reloads.Begun && !_reloads.IsUnderWay) _ = Reload(effects);
    }

    /// <summary>What was known stays as a memory to compare with; nothing is concluded from it any more.</summary>
    private void Lose(string reason)
    {
        (_isConnected, _lostReason) = (false, reason);
        _calls.Clear();
        _reloads.Drop();
        StopChecks();
        foreach (var unit in _units.Values)
        {
            unit.IsFresh = false;
            unit.Reads.Drop();
            unit.EndedJobs.Clear();
            // Called: systemd may have heard us or not. Job: it may have ended unheard. The next reading tells.
            if (unit.Operation is not { Phase: UnitPhase.Called or UnitPhase.Job or UnitPhase.Settle } operation) continue;
            operation.Phase = operation.Phase == UnitPhase.Called ? UnitPhase.Look : UnitPhase.Settle;
        }
    }

    /// <summary>New facts of a unit: compares, reports what nobody asked for, and lets its operations go on.</summary>
    private void Learn(WatchedUnit unit, UnitFacts facts, Instant now, List<UnitEffect> effects)
    {
        var before = unit.State;
        var wasStopping = IsOwnUnitStopping;
        unit.State = (before ?? new()).With(facts);
        if (unit.Name == ownUnit)
        {
            if (!wasStopping && IsOwnUnitStopping) LetStopsGo(effects);
            return;
        }
        if (before is not null && unit.Operation is null && Event(before, unit.State) is { } what) effects.Add(new UnitEffect.Report(new(unit.Name, what, unit.State)));
        Advance(unit, now, effects);
    }

    private static UnitEvent? Event(UnitState before, UnitState after) => (before, after) switch
    {
        ({ IsRunning: true }, { IsRunning: true }) => null,
        ({ IsRunning: false }, { IsRunning: true }) => UnitEvent.Started,
        ({ IsStopped: false }, { IsStopped: true }) => UnitEvent.Stopped,
        ({ IsRunning: true }, _) => UnitEvent.Stopping,
        _ => null,
    };

    private void Tick(Instant now, List<UnitEffect> effects)
    {
        if (_retryAt <= now)
        {
            _retryAt = Instant.Never;
            if (_isConnected) AskAgain(effects);
        }
        Check(now, effects);
        foreach (var unit in (WatchedUnit[])[.. _units.Values])
        {
            Advance(unit, now, effects);
            if (unit.Operation is { } operation && operation.Deadline <= now) Finish(unit, UnitVerdict.TimedOut(Late(unit, operation)), effects);
            unit.Monitors.RemoveAll(monitor =>
            {
                if (monitor.Deadline > now) return false;
                effects.Add(new UnitEffect.Finish(monitor.Id, UnitVerdict.TimedOut(Late(unit, monitor))));
                return true;
            });
        }
    }

    /// <summary>Why an operation has not ended in its time.</summary>
    private string Late(WatchedUnit unit, UnitOperation operation)
    {
        var limit = $"within {(operation.Deadline - operation.Since).TotalSeconds:0.#} s";
        var state = unit.State is { } known ? $"{unit.Name} is {(unit.IsFresh ? "still" : "perhaps still")} {known}" : $"nothing is known of {unit.Name}";
        if (!_isConnected) return $"systemd could not be reached {limit}: {_lostReason}";
        return operation.Phase switch
        {
            UnitPhase.Look when !unit.IsFresh => $"systemd did not say {limit} how {unit.Name} is",
            UnitPhase.DropIn => $"systemd did not read its unit files again {limit}",
            UnitPhase.Called => $"systemd did not answer {limit}; {state}",
            UnitPhase.Job => $"{operation.Action.Word()} did not end {limit}: {state}; systemd goes on with it (job {operation.Job[(operation.Job.LastIndexOf('/') + 1)..]})",
            _ => $"{operation.Action.Word()} did not end {limit}: {state}",
        };
    }

    private static void Publish(WatchedUnit unit, List<UnitEffect> effects)
    {
        if (unit.State is not { } state || ReferenceEquals(state, unit.PublishedState) && unit.IsFresh == unit.PublishedFresh) return;
        (unit.PublishedState, unit.PublishedFresh) = (state, unit.IsFresh);
        // A unit without a usable file is looked at again each time: the file may have come.
        effects.Add(new UnitEffect.Publish(unit.Name, state, unit.IsFresh && !(state.IsUnusable && state.IsStopped) ? UnitVerdict.Monitor(unit.Name, state) : null));
    }
}
