using Appliance.Core;

namespace Appliance.Lrm.Systemd;

/// <summary>What is known of one unit, and what goes on with it.</summary>
internal sealed class WatchedUnit(string name)
{
    public string Name => name;
    public string Path { get; } = UnitName.Path(name);

    /// <summary>The last that was heard; <c>null</c> before the first time.</summary>
    public UnitState? State { get; set; }

    /// <summary>Every change since is heard of too: <see cref="State"/> is what systemd would say now.</summary>
    public bool IsFresh { get; set; }

    public Serial Reads { get; } = new();

    /// <summary>The drop-in has been asked for; its file may not be read by systemd yet.</summary>
    public bool HasDropInFile { get; set; }

    /// <summary>The file is being written or removed: no more than a moment.</summary>
    public bool IsDropInPending { get; set; }

    /// <summary>The daemon-reload that brings the drop-in, or its removal, into force.</summary>
    public long DropInReload { get; set; }

    /// <summary>The start, stop, restart ... in progress.</summary>
    public UnitOperation? Operation { get; set; }

    /// <summary>Monitors that wait for the unit to be one or the other.</summary>
    public List<UnitOperation> Monitors { get; } = [];

    /// <summary>Jobs that ended before systemd's answer named ours; only while a call is under way.</summary>
    public List<UnitInput.JobRemoved> EndedJobs { get; } = [];

    public bool HasWarned { get; set; }
    public UnitState? PublishedState { get; set; }
    public bool PublishedFresh { get; set; }
}

/// <summary>One operation on a unit, from the request to its end.</summary>
internal sealed class UnitOperation(long id, UnitAction action, Instant deadline, Instant since)
{
    public long Id => id;
    public UnitAction Action => action;
    public Instant Deadline => deadline;
    public Instant Since => since;
    public UnitPhase Phase { get; set; }

    /// <summary>The reading of the unit's state that must have ended before anything is decided.</summary>
    public long NeededRead { get; set; }

    public string Job { get; set; } = "";

    /// <summary>How the job ended; empty when that was not heard.</summary>
    public string JobResult { get; set; } = "";
}

/// <summary>How far an operation is, in this order.</summary>
internal enum UnitPhase
{
    /// <summary>The unit's state must be known.</summary>
    Look,
    /// <summary>systemd must have read the drop-in.</summary>
    DropIn,
    /// <summary>systemd has been called.</summary>
    Called,
    /// <summary>systemd works on its job.</summary>
    Job,
    /// <summary>The job has ended; the state read after it must be one that lasts.</summary>
    Settle,
}

/// <summary>Counts something of which one at a time is under way: whoever needs one that begins after now learns its number.</summary>
internal sealed class Serial
{
    private bool _again;

    public bool IsUnderWay { get; private set; }

    /// <summary>The last that was begun.</summary>
    public long Begun { get; private set; }

    /// <summary>The last that ended.</summary>
    public long Done { get; private set; }

    /// <returns>The number to wait for; <paramref name="begin"/>: it is begun now.</returns>
    public long Ask(out bool begin)
    {
        begin = !IsUnderWay;
        _again = IsUnderWay;
        if (!begin) return Begun + 1;
        IsUnderWay = true;
        return ++Begun;
    }

    /// <returns>The next one has been asked for meanwhile.</returns>
    public bool End()
    {
        (IsUnderWay, Done) = (false, Begun);
        return _again;
    }

    /// <summary>What was under way will never end.</summary>
    public void Drop() => (IsUnderWay, _again) = (false, false);
}
