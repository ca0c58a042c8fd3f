using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Messaging;
using Appliance.Pulse.Media;

namespace Appliance.Pulse;

/// <summary>The one thread of pulse: polls media, control, signals and interfaces until the next deadline, and hands everything to the messaging core.</summary>
/// <remarks>
/// A round reads the clock once. Every source has a budget in it, so that a flood on one costs the others a fraction of a millisecond. What came
/// is read before time is: after a pause of our own the core sees the heartbeats that waited in the sockets before it asks who is late. How late
/// we ourselves were the core sees from the instant of its <see cref="IMessaging.Tick"/> against its own deadline.
/// </remarks>
internal sealed class PulseLoop : IMessagingEffects, IMediumSink, IDisposable
{
    private const int SlotsPerMedium = 2, ControlSlot = 0, ControlEndSlot = 1, SignalSlot = 2, LinkSlot = 3, FirstMediumSlot = 4;
    private const int CommandsPerRound = 32;
    private const int LargestPacket = 65536;            // UDP's limit

    /// <summary>So long the start waits for control before it is called done: heartbeats go out all the while, and a start script must not hang.</summary>
    private static readonly TimeSpan UpAtLatest = TimeSpan.FromSeconds(20);
    private const int EventRoom = 512 * 1024;           // about 1000 messages: control may be busy for seconds
    private const int CollectAfterBytes = 512 * 1024;   // a heartbeat allocates nothing, what happens now and then does: about 1 ms, at a moment we choose
    private static readonly TimeSpan LoadPeriod = TimeSpan.FromSeconds(1);

    /// <summary>From control's being ready until the start counts as over: greetings, reports and the first acquisition are done by then.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(3);

    private readonly HaCf _haCf;
    private readonly PulseParts _parts;
    private readonly IMessaging _core;
    private readonly Medium[] _media;
    private readonly SerialMedium[] _lines;
    private readonly Poller _poller;
    private readonly Signals _signals;
    private readonly LinkWatch _links = new();
    private readonly Descriptor _loadAverage = Descriptor.OpenForReading("/proc/loadavg");
    private readonly byte[] _load = GC.AllocateArray<byte>(128, pinned: true);
    private readonly ControlLink _control;
    private readonly AliveSigns _alive;

    private Instant _now, _nextLoad, _nextCarriers, _stopAt = Instant.Never, _settleAt = Instant.Never;
    private long _wall, _collectedAt;
    private PulseEnd _end;
    private bool _keysAreStale, _selfFenced, _controlHeard, _unguarded, _beats;

    public PulseLoop(HaCf haCf, PulseParts parts, AliveSigns alive, Signals signals)
    {
        (_haCf, _parts, _alive, _signals, _now) = (haCf, parts, alive, signals, Clock.Now());
        var buffer = GC.AllocateArray<byte>(LargestPacket, pinned: true);
        _media = [.. haCf.Media.Select(Medium (spec, i) => spec switch
        {
            MediumSpec.Serial serial => new SerialMedium(i, serial, this, buffer),
            MediumSpec.Ping or MediumSpec.PingGroup => new PingMedium(i, spec, this, buffer),
            _ => new UdpMedium(i, spec, this, buffer),
        })];
        _lines = [.. _media.OfType<SerialMedium>()];
        _poller = new Poller(FirstMediumSlot + SlotsPerMedium * _media.Length);
        _control = new ControlLink(parts, new ControlPolicy(parts.ControlLimits, _now), EventRoom);
        _core = parts.Core(_now, this);
    }

    /// <summary>Control said that this node must not go on: the watchdog is left to run out, and nothing may disarm it.</summary>
    public bool SelfFenced => _selfFenced;

    /// <summary>Beats until control says stop.</summary>
    /// <param name="up">Called once when everything is open that can be and control answers commands; whatever control does, after <see cref="UpAtLatest"/>.</param>
    public PulseEnd Run(Action up)
    {
        Begin();
        var atLatest = _now + UpAtLatest;
        for (var isUp = false; _now < _stopAt;)
        {
            Round();
            if (isUp || !_controlHeard && _now < atLatest) continue;
            isUp = true;
            up();
        }
        return _end;
    }

    /// <summary>Opens the media, sends the first statuses, starts control.</summary>
    public void Begin()
    {
        _poller.Watch(SignalSlot, _signals.Descriptor.Number);
        _poller.Watch(LinkSlot, _links.Descriptor.Number);
        ReadTime();
        ReadLoad();
        foreach (var medium in _media) medium.Tick(_now);
        if (!_parts.Lease.Needed || _parts.Lease.IsFinite) StartBeating();
        Supervise();
    }

    /// <summary>
    /// With shared disks only when they are watched: a node that is heard, and does not answer what it holds, would keep its peer waiting; one that is not
    /// heard is not there yet.
    /// </summary>
    private void StartBeating()
    {
        if (_beats) return;
        _beats = true;
        _core.Start(_now, _wall);
    }

    private Instant CoreDeadline => _beats ? _core.NextDeadline : Instant.Never;

    /// <summary>One wait and what follows from it.</summary>
    public void Round()
    {
        WatchSlots();
        var ready = _poller.Wait(NextDeadline(), Clock.Now());
        ReadTime();
        if (ready > 0)
        {
            var due = CoreDeadline <= _now;
            for (var i = 0; i < _media.Length; i++)
                for (var which = 0; which < SlotsPerMedium; which++)
                    if (_poller[FirstMediumSlot + SlotsPerMedium * i + which] is not PollEvents.None and var events)
                        _media[i].Ready(which, events, _now, due);
            if (_poller[ControlSlot] != PollEvents.None) HearControl(_poller[ControlSlot]);
            if (_poller[ControlEndSlot] != PollEvents.None) ControlEnded();
            if (_poller[SignalSlot] != PollEvents.None) HearSignals();
            if (_poller[LinkSlot] != PollEvents.None && _links.Drain())
                foreach (var medium in _media) medium.LinksChanged(_now);
        }
        if (CoreDeadline <= _now)
        {
            _core.Tick(_now, _wall);
            HearOurselves();
            if (_nextCarriers <= _now) ReadCarriers();
        }
        foreach (var medium in _media)
            if (medium.NextDeadline <= _now) medium.Tick(_now);
        if (_nextLoad <= _now) ReadLoad();
        if (_settleAt <= _now) Settle();
        Supervise();
        CollectWhenDue();
        _alive.Pet(_now, !_selfFenced && _control.MayPet(_now), Guarded());
    }

    /// <inheritdoc/>
    public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line)
    {
        foreach (var medium in _media) medium.Send(datagram, line, _now);
    }

    /// <inheritdoc/>
    public void Ping(int medium, ReadOnlySpan<byte> data) => ((PingMedium)_media[medium]).Ping(data);

    /// <inheritdoc/>
    public void Forward(int fromMedium, ReadOnlySpan<byte> line)
    {
        foreach (var medium in _media)
            if (medium.Index != fromMedium) medium.Send(default, line, _now);
    }

    /// <inheritdoc/>
    public void Tell(ClusterEvent happened)
    {
        if (happened is ClusterEvent.Reported report) happened = report with { Report = WithMediaCounters(report.Report) };
        _control.Tell(happened, _now);
    }

    void IMediumSink.Packet(int medium, ReadOnlySpan<byte> packet) => _core.Received(medium, packet, _now, _wall);

    void IMediumSink.Fault(int medium, string? fault)
    {
        _core.MediumFault(medium, fault, _now);
        var spec = _haCf.Media[medium];
        Log(fault is null ? LogPriority.Info : LogPriority.Warn, $"{spec.Type} {spec.Link}: {fault ?? "works"}");
    }

    void IMediumSink.Log(LogPriority priority, string text) => Log(priority, text);

    /// <summary>Ends control if it still runs (it has been told, or said itself, that it is over), and closes everything.</summary>
    public void Dispose()
    {
        _control.Dispose();
        foreach (var medium in _media) medium.Dispose();
        _links.Dispose();
        _loadAverage.Dispose();
    }

    private void Log(LogPriority priority, string text) => _control.Tell(new ClusterEvent.Logged(priority, text), _now);

    private void ReadTime() => (_now, _wall) = (Clock.Now(), Clock.WallSeconds());

    /// <summary>Our own heartbeat is there already: to take it now spares a poll that would not wait.</summary>
    private void HearOurselves()
    {
        foreach (var medium in _media)
            if (medium.HearsItself) medium.Ready(0, PollEvents.Readable, _now, all: false);
    }

    /// <summary>Once with each heartbeat: it wakes nobody for itself.</summary>
    private void ReadCarriers()
    {
        _nextCarriers = _now + _haCf.KeepAlive * 0.75;
        foreach (var line in _lines) _core.CarrierRead(line.Index, line.Carrier, _now);
    }

    private Instant NextDeadline()
    {
        var next = Instant.Min(Instant.Min(CoreDeadline, _stopAt), Instant.Min(_nextLoad, Instant.Min(_control.NextDeadline, _alive.NextDeadline)));
        foreach (var medium in _media) next = Instant.Min(next, medium.NextDeadline);
        return next;
    }

    private void WatchSlots()
    {
        _poller.Watch(ControlSlot, _control.SocketNumber, _control.HasBacklog ? PollEvents.Readable | PollEvents.Writable : PollEvents.Readable);
        _poller.Watch(ControlEndSlot, _control.ProcessNumber);
        for (var i = 0; i < _media.Length; i++)
            for (var which = 0; which < SlotsPerMedium; which++)
            {
                var (descriptor, events) = _media[i].Slot(which);
                _poller.Watch(FirstMediumSlot + SlotsPerMedium * i + which, descriptor, events);
            }
    }

    private void HearControl(PollEvents events)
    {
        if ((events & PollEvents.Writable) != 0) _control.Flush(_now);
        Obey(CommandsPerRound);
    }

    private void Obey(int most)
    {
        for (var i = 0; i < most && _control.TryReceive(out var command); i++)
        {
            _controlHeard = true;
            switch (command)
            {
                case ClusterCommand.ManagerReady:
                    StartBeating();     // services may run here from before: somebody must beat for them, whatever the disks say
                    _control.Progressed(_now);
                    _core.ControlAway(false, _now);
                    _core.Execute(command, _now, _wall);
                    _control.AskPending(_now);
                    _settleAt = _now + SettleTime;
                    break;
                case ClusterCommand.SetWatchdog watchdog:
                    SetWatchdog(watchdog.Seconds);
                    break;
                case ClusterCommand.SlotLease lease when _parts.Lease.Needed:
                    _parts.Lease.Until = lease.Until;
                    if (_parts.Lease.IsFinite) StartBeating();
                    break;
                case ClusterCommand.Progress:
                    // With shared disks control can be there for long before it is ready, and an administrator may not want to wait.
                    var first = _parts.Lease.Needed && !_control.IsReady;
                    _control.Progressed(_now);
                    if (first) _control.AskPending(_now);
                    _core.Execute(command, _now, _wall);
                    break;
                case ClusterCommand.ReloadKeys:
                    ReloadKeys();
                    break;
                case ClusterCommand.SelfFence self:
                    _selfFenced = true;
                    Log(LogPriority.Emerg, $"the watchdog is not petted any more: {self.Why}");
                    break;
                case ClusterCommand.GiveUp given:
                    _control.GiveUp(given.Why, _now);
                    break;
                case ClusterCommand.Stop stop:
                    _core.Execute(command, _now, _wall);
                    if (!stop.RestartInPlace) _parts.Lease.Release();
                    Stop(stop.After, stop.RestartInPlace ? PulseEnd.RestartInPlace : PulseEnd.Stopped);
                    break;
                default:
                    _core.Execute(command, _now, _wall);
                    break;
            }
        }
    }

    private void ReloadKeys()
    {
        var (keys, problem) = _parts.ReadKeys();
        if (keys is null)
        {
            // 3.0.6 shuts the daemon down here. A typing error must not move services: the keys in use stay.
            _keysAreStale = true;
            Log(LogPriority.Error, $"authkeys not reloaded, the keys read before stay in use: {problem}");
            return;
        }
        Log(LogPriority.Info, _keysAreStale ? "Rereading authentication file: good again." : "Rereading authentication file.");
        _keysAreStale = false;
        _core.KeysChanged(keys, _now);
    }

    private void HearSignals()
    {
        var pending = _signals.Take();
        if ((pending & (1L << Signals.TERM)) != 0) _control.Ask(DaemonRequest.Shutdown, _now);
        if ((pending & (1L << Signals.HUP)) != 0) _control.Ask(DaemonRequest.Reload, _now);
        if ((pending & (1L << Signals.USR1)) != 0) _control.Ask(DaemonRequest.DebugMore, _now);
        if ((pending & (1L << Signals.USR2)) != 0) _control.Ask(DaemonRequest.DebugLess, _now);
    }

    private void ControlEnded()
    {
        Obey(int.MaxValue);         // its last words, often Stop; bounded by what the socket holds
        switch (_control.Reap(_now))
        {
            case ControlEnd.Control:
                if (_stopAt == Instant.Never) _core.ControlAway(true, _now);
                break;
            case ControlEnd.Released:
                _parts.Lease.Release();
                // Only now, and only because every stop succeeded, may the peer take over without waiting and without fencing.
                if (_beats) _core.Execute(new ClusterCommand.Send(Message.Of("shutdone", ("st", "dead"))), _now, _wall);
                Stop(TimeSpan.FromSeconds(1), PulseEnd.Stopped);        // as 3.0.6: heartbeats go on for a second
                break;
        }
    }

    private void Supervise() => _control.Step(_now);

    private void Stop(TimeSpan after, PulseEnd end)
    {
        _control.Stopping();
        _end = end;
        _stopAt = Instant.Min(_stopAt, _now + after);
    }

    /// <summary>Keeps the heap small: the runtime's own limit follows the processor's cache and would let it grow to many megabytes, locked ones.</summary>
    private void CollectWhenDue()
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - _collectedAt < CollectAfterBytes) return;
        GC.Collect();
        _collectedAt = allocated;
    }

    private void SetWatchdog(int seconds)
    {
        var has = _alive.SetWatchdog(seconds, _parts.Lease.Until == default || _parts.Lease.Allows(_now), out var isKnown);
        if (has > 0 && !isKnown) Log(LogPriority.Warn, $"the watchdog does not say its time: it must be {seconds} s or less, as the shared disks' header says");
        Tell(new ClusterEvent.WatchdogIs(has));
    }

    /// <summary>Whether the shared disks let the watchdog be petted.</summary>
    private bool Guarded()
    {
        var guarded = _parts.Lease.Allows(_now);
        if (guarded == _unguarded && _parts.Lease.Until != default)
        {
            _unguarded = !guarded;
            if (_unguarded) Log(LogPriority.Crit, "the shared disks were not read in time: the watchdog is not petted");
        }
        return guarded;
    }

    private void Settle()
    {
        _settleAt = Instant.Never;
        _parts.Settled?.Invoke();
        Log(LogPriority.Debug, "the start is over; what only it needed has left memory");     // and the way to control is in it again
    }

    private void ReadLoad()
    {
        _nextLoad = _now + LoadPeriod;
        var n = _loadAverage.ReadAt(_load, 0);
        if (n <= 0) return;
        var line = _load.AsSpan(0, n);
        var end = line.IndexOf((byte)'\n');
        _core.SetLoad(end < 0 ? line : line[..end]);
    }

    /// <summary>Adds what only the shell can count.</summary>
    private ClusterReport WithMediaCounters(ClusterReport report) => report with
    {
        Media = [.. report.Media.Select(m => m.Index < 0 || m.Index >= _media.Length ? m : m with
        {
            SendErrors = m.SendErrors + _media[m.Index].SendErrors,
            Overruns = m.Overruns + _media[m.Index].Overruns,
        })],
    };
}
