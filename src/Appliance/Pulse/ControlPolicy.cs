using Appliance.Core;

namespace Appliance.Pulse;

/// <summary>What to do about control now.</summary>
internal enum ControlDeed { None, Start, Kill, Release, Resign }

/// <summary>How long control may take for what.</summary>
/// <param name="StartUp">From its start to its first word: it asks every group for its status.</param>
/// <param name="Silence">Between two signs of progress.</param>
/// <param name="Away">From its last sign of progress until the node withdraws.</param>
/// <param name="Release">For the emergency release, which stops every group.</param>
internal sealed record ControlLimits(TimeSpan StartUp, TimeSpan Silence, TimeSpan Away, TimeSpan Release)
{
    /// <summary>
    /// Silence: three times deadtime, at least 10 s (control reports every second; a loaded machine is not a hung one). Away: three such silences.
    /// Release: the 30 minutes that 3.0.6's service unit grants a stop (TimeoutStopSec).
    /// </summary>
    public static ControlLimits For(TimeSpan deadTime)
    {
        var silence = TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(10).Ticks, 3 * deadTime.Ticks));
        return new(3 * silence, silence, 3 * silence, TimeSpan.FromMinutes(30));
    }
}

/// <summary>Decides when control is started, killed and given up. Pure: told what happened and the time.</summary>
/// <remarks>
/// State table: Waiting -(due)-> Start -> Starting -(ready)-> Working; Starting or Working -(silent too long)-> Kill; ended -> Waiting with a growing
/// pause; away longer than the limit -> Release; released -> Resign (say <c>shutdone</c>, stop beating); not released -> Waiting again: the groups may
/// still run, so the node goes on beating, and the watchdog, no longer petted, is what ends it.
/// A node that gives up (<see cref="GiveUp"/>) has no control any more: Kill -> Release, which is tried again and again until everything is stopped.
/// </remarks>
internal sealed class ControlPolicy(ControlLimits limits, Instant start)
{
    private enum Phase { Waiting, Starting, Working, Killed, Releasing, Resigned }

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5), BetweenReleases = TimeSpan.FromSeconds(10);

    private Phase _phase = Phase.Waiting;
    private Instant _due = start;
    private Instant _lastProgress = start;
    private TimeSpan _pause = FirstPause;
    private bool _stopping, _releaseFailed, _givesUp;

    /// <summary>Control has said that it is there.</summary>
    public bool IsReady => _phase == Phase.Working;

    /// <summary>When <see cref="Step"/> is due.</summary>
    public Instant NextDeadline => _phase == Phase.Resigned || (_stopping && _phase == Phase.Waiting) ? Instant.Never : _due;

    /// <summary>Control makes progress, or is within the time it has to come back; false lets the watchdog run out.</summary>
    public bool MayPet(Instant now) =>
        _phase == Phase.Resigned || _stopping || (!_releaseFailed && (_phase == Phase.Releasing ? now < _due : now - _lastProgress <= limits.Away));

    public ControlDeed Step(Instant now)
    {
        if (now < NextDeadline) return ControlDeed.None;
        switch (_phase)
        {
            case Phase.Waiting when _givesUp || (!_releaseFailed && now - _lastProgress >= limits.Away):
                (_phase, _due) = (Phase.Releasing, now + limits.Release);
                return ControlDeed.Release;
            case Phase.Waiting:
                (_phase, _due) = (Phase.Starting, now + limits.StartUp);
                return ControlDeed.Start;
            case Phase.Starting or Phase.Working or Phase.Releasing:
                (_phase, _due) = (_phase == Phase.Releasing ? Phase.Releasing : Phase.Killed, Instant.Never);     // until it has ended
                return ControlDeed.Kill;
            default:
                return ControlDeed.None;
        }
    }

    /// <summary>It said that it is ready, or that it makes progress.</summary>
    public void Progressed(Instant now)
    {
        if (_phase is not (Phase.Starting or Phase.Working) || _givesUp) return;
        (_phase, _lastProgress, _due, _pause, _releaseFailed) = (Phase.Working, now, now + limits.Silence, FirstPause, false);
    }

    /// <summary>It must not go on: it lost events and its view has holes.</summary>
    public void Distrust(Instant now) => _due = _phase is Phase.Starting or Phase.Working ? now : _due;

    /// <summary>It is ended now, and never started again: what runs here is released without it, however often that takes.</summary>
    public void GiveUp(Instant now)
    {
        if (_givesUp || _phase is Phase.Resigned) return;
        _givesUp = true;
        if (_phase is not (Phase.Killed or Phase.Releasing)) _due = now;
    }

    /// <summary>The process ended or could not be started.</summary>
    public void Ended(Instant now)
    {
        (_phase, _due) = (Phase.Waiting, _givesUp ? now : now + _pause);
        _pause = _pause * 2 > LongestPause ? LongestPause : _pause * 2;
    }

    /// <summary>The emergency release ended.</summary>
    public ControlDeed Released(bool everything, Instant now)
    {
        _releaseFailed = !everything;
        (_phase, _due) = everything ? (Phase.Resigned, Instant.Never) : (Phase.Waiting, _givesUp ? now + BetweenReleases : now);
        return everything ? ControlDeed.Resign : ControlDeed.None;
    }

    /// <summary>Control has asked for the end: when it goes, it is not started again.</summary>
    public void Stopping() => _stopping = true;
}
