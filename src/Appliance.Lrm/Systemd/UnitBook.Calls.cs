using Appliance.Core;

namespace Appliance.Lrm.Systemd;

/// <summary>What systemd has been asked and not answered yet, and whether it answers at all.</summary>
public sealed partial class UnitBook
{
    /// <summary>How long to wait after a call that found systemd absent while the connection stays (it executes itself again).</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    /// <summary>How often systemd is asked whether it lives: without that its silence would look like health for ever ("Freezing execution").</summary>
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take to answer: a daemon-reload of thousands of units blocks it for seconds.</summary>
    public static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(30);

    private readonly List<PendingCall> _calls = [];
    private long _lastCall;
    private Instant _retryAt = Instant.Never;
    private Instant _checkDue = Instant.Never;
    private Instant _checkSince = Instant.Never;
    private bool _isSilent;

    private sealed record PendingCall(long Id, SystemdMethod Method, string Unit);

    private Instant NextCheck => _checkSince == Instant.Never ? _checkDue : _isSilent ? Instant.Never : _checkSince + CheckLimit;

    private void Call(SystemdMethod method, string unit, List<UnitEffect> effects)
    {
        _calls.Add(new(++_lastCall, method, unit));
        effects.Add(new UnitEffect.Call(_lastCall, method, unit));
    }

    private PendingCall? Take(long id)
    {
        var at = _calls.FindIndex(c => c.Id == id);
        if (at < 0) return null;        // of a connection that is no more
        var call = _calls[at];
        _calls.RemoveAt(at);
        return call;
    }

    /// <summary>Has the unit's state read: loaded, kept in memory even when it is stopped, so that its changes are told.</summary>
    /// <returns>The number of the reading that begins after now.</returns>
    private long Read(WatchedUnit unit, List<UnitEffect> effects)
    {
        var number = unit.Reads.Ask(out var begin);
        if (!begin) return number;
        if (!_isConnected)
        {
            unit.Reads.Drop();
            return number;      // everything is read once systemd is there again
        }
        Call(SystemdMethod.LoadUnit, unit.Name, effects);
        Call(SystemdMethod.RefUnit, unit.Name, effects);
        Call(SystemdMethod.ReadUnit, unit.Name, effects);
        return number;
    }

    private void ReadAll(List<UnitEffect> effects)
    {
        foreach (var unit in _units.Values) _ = Read(unit, effects);
    }

    private long Reload(List<UnitEffect> effects)
    {
        var number = _reloads.Ask(out var begin);
        if (!begin) return number;
        if (_isConnected) Call(SystemdMethod.Reload, "", effects);
        else _reloads.Drop();
        return number;
    }

    private void Answer(PendingCall call, UnitInput.Answered answered, Instant now, List<UnitEffect> effects)
    {
        switch (call.Method)
        {
            case SystemdMethod.ReadUnit when _units.TryGetValue(call.Unit, out var unit):
                EndRead(unit, answered.Facts ?? new(), now, effects);
                break;
            case SystemdMethod.Reload:
                EndReload(now, effects);
                break;
            case SystemdMethod.Ping:
                EndCheck(now, effects);
                break;
            case SystemdMethod.StartUnit or SystemdMethod.StopUnit or SystemdMethod.RestartUnit or SystemdMethod.ReloadUnit
                when _units.TryGetValue(call.Unit, out var unit) && unit.Operation is { Phase: UnitPhase.Called } operation && Method(operation.Action) == call.Method:
                (operation.Phase, operation.Job) = (UnitPhase.Job, answered.Job);
                if (unit.EndedJobs.Find(e => e.Job == answered.Job) is { } ended) EndJob(unit, ended, effects);
                unit.EndedJobs.Clear();
                break;
        }
    }

    private void Refuse(PendingCall call, UnitInput.Refused refused, Instant now, List<UnitEffect> effects)
    {
        if (UnitVerdict.IsAbsence(refused.Error))
        {
            Await(call, now);
            return;
        }
        switch (call.Method)
        {
            case SystemdMethod.ReadUnit when _units.TryGetValue(call.Unit, out var unit):
                // LoadUnit has made the object if anything could: what has none now does not exist.
                EndRead(unit, new() { Load = "not-found", Active = "inactive", Sub = "dead", Job = "" }, now, effects);
                break;
            case SystemdMethod.Reload:
                effects.Add(new UnitEffect.Warn($"systemd does not read its unit files again: {refused.Text}"));
                EndReload(now, effects);
                break;
            case SystemdMethod.Ping:
                EndCheck(now, effects);         // an answer is an answer
                break;
            case SystemdMethod.StartUnit or SystemdMethod.StopUnit or SystemdMethod.RestartUnit or SystemdMethod.ReloadUnit
                when _units.TryGetValue(call.Unit, out var unit) && unit.Operation is { Phase: UnitPhase.Called } operation && Method(operation.Action) == call.Method:
                Finish(unit, UnitVerdict.Refused(unit.Name, operation.Action, refused.Error, refused.Text), effects);
                break;
        }
    }

    /// <summary>systemd was not there to hear a call: it is asked again in a moment, unless a new connection comes before.</summary>
    private void Await(PendingCall call, Instant now)
    {
        _retryAt = Instant.Min(_retryAt, now + Retry);
        if (call.Method == SystemdMethod.Reload) _reloads.Drop();
        if (call.Method == SystemdMethod.Ping) (_checkSince, _checkDue) = (Instant.Never, now + Retry);
        if (!_units.TryGetValue(call.Unit, out var unit)) return;
        unit.IsFresh = false;
        if (call.Method == SystemdMethod.ReadUnit) unit.Reads.Drop();
        if (unit.Operation is { Phase: UnitPhase.Called } operation && Method(operation.Action) == call.Method) operation.Phase = UnitPhase.Look;
    }

    private void EndRead(WatchedUnit unit, UnitFacts facts, Instant now, List<UnitEffect> effects)
    {
        var again = unit.Reads.End();
        unit.IsFresh = !_isSilent;
        Learn(unit, facts, now, effects);
        if (again) _ = Read(unit, effects);
    }

    private void EndReload(Instant now, List<UnitEffect> effects)
    {
        if (_reloads.End()) _ = Reload(effects);
        foreach (var unit in (WatchedUnit[])[.. _units.Values]) Advance(unit, now, effects);
    }

    private void BeginChecks(Instant now) => (_checkDue, _checkSince, _isSilent) = (now + CheckEvery, Instant.Never, false);

    private void StopChecks() => (_checkDue, _checkSince, _isSilent) = (Instant.Never, Instant.Never, false);

    private void Check(Instant now, List<UnitEffect> effects)
    {
        if (_checkSince == Instant.Never && _checkDue <= now)
        {
            _checkSince = now;
            Call(SystemdMethod.Ping, "", effects);
        }
        if (_checkSince == Instant.Never || _isSilent || now - _checkSince < CheckLimit) return;
        _isSilent = true;
        effects.Add(new UnitEffect.Warn($"systemd has not answered for {CheckLimit.TotalSeconds:0} s: the state of its units is not known"));
        foreach (var unit in _units.Values) unit.IsFresh = false;
    }

    private void EndCheck(Instant now, List<UnitEffect> effects)
    {
        var wasSilent = _isSilent;
        BeginChecks(now);
        if (!wasSilent) return;
        effects.Add(new UnitEffect.Warn("systemd answers again"));
        ReadAll(effects);
    }
}
