using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Pulse;

/// <summary>What ended, seen from the loop.</summary>
internal enum ControlEnd { Nothing, Control, Released, NotReleased }

/// <summary>The control process as pulse holds it: its socket, its life, and what waits to be told to it. Does what <see cref="ControlPolicy"/> decides.</summary>
internal sealed class ControlLink : IDisposable
{
    private const int SocketRoom = 256 * 1024;      // each way, in the kernel

    private readonly PulseParts _parts;
    private readonly ControlPolicy _policy;
    private readonly EventQueue _queue;
    private readonly byte[] _frame = GC.AllocateArray<byte>(BridgeCodec.MaxFrame, pinned: true);
    private readonly byte[] _command = GC.AllocateArray<byte>(BridgeCodec.MaxFrame, pinned: true);
    private ChildProcess? _process;
    private SeqPacketSocket? _socket;
    private bool _releasing, _shutdownAsked;
    private string? _givesUp;
    private int _asked;
    private long _lostEvents, _reportedLost;

    public ControlLink(PulseParts parts, ControlPolicy policy, int roomBytes) => (_parts, _policy, _queue) = (parts, policy, new EventQueue(roomBytes));

    public int SocketNumber => _socket?.Descriptor.Number ?? -1;
    public int ProcessNumber => _process?.Descriptor.Number ?? -1;
    public bool HasBacklog => !_queue.IsEmpty && _socket is not null;
    public Instant NextDeadline => _policy.NextDeadline;

    /// <summary>Events that control never got.</summary>
    public long LostEvents => _lostEvents;

    public bool IsReady => _policy.IsReady;
    public bool MayPet(Instant now) => _policy.MayPet(now);
    public void Progressed(Instant now) => _policy.Progressed(now);
    public void Stopping() => _policy.Stopping();

    /// <summary>Has everything released that runs here, by nobody who decides anything; for good.</summary>
    public void GiveUp(string why, Instant now)
    {
        _givesUp ??= why;
        _policy.GiveUp(now);
    }

    /// <summary>Tells control, or keeps a log line for the next one. Never waits.</summary>
    public void Tell(ClusterEvent happened, Instant now)
    {
        var isLog = happened is ClusterEvent.Logged;
        if (_socket is null && !isLog) return;      // a control that starts anew asks for the whole
        var size = BridgeCodec.Write(happened, _frame);
        if (size >= 0 && _queue.Add(_frame.AsSpan(0, size), isLog))
        {
            Flush(now);
            return;
        }
        if (isLog) return;                          // counted by the queue, reported when there is room
        _lostEvents++;
        _policy.Distrust(now);                      // with a hole in what it knows it would decide wrongly: a new one asks
    }

    /// <summary>A request by signal: kept until control has heard it; one for the end until control says that it is the end.</summary>
    public void Ask(DaemonRequest request, Instant now)
    {
        _shutdownAsked |= request == DaemonRequest.Shutdown;
        if (!_policy.IsReady) _asked |= 1 << (int)request;
        else Tell(new ClusterEvent.Asked(request), now);
    }

    public void AskPending(Instant now)
    {
        if (_shutdownAsked) _asked |= 1 << (int)DaemonRequest.Shutdown;
        for (var request = DaemonRequest.Shutdown; request <= DaemonRequest.DebugLess; request++)
            if ((_asked & (1 << (int)request)) != 0) Tell(new ClusterEvent.Asked(request), now);
        _asked = 0;
    }

    public void Flush(Instant now)
    {
        if (_socket is null || _queue.IsEmpty) return;
        _ = _queue.Flush(_socket);          // an error other than "full" means that it is ending: its pidfd tells
        if (!_queue.IsEmpty) return;
        var lost = _queue.TakeLostLines();
        if (lost > 0) Tell(new ClusterEvent.Logged(LogPriority.Warn, $"{lost} log lines lost: control was away or busy"), now);
        if (_lostEvents > _reportedLost)
        {
            Tell(new ClusterEvent.Logged(LogPriority.Error, $"{_lostEvents - _reportedLost} events for control lost: it did not read them"), now);
            _reportedLost = _lostEvents;
        }
    }

    /// <summary>The next command of control.</summary>
    public bool TryReceive(out ClusterCommand command)
    {
        command = null!;
        while (_socket is not null)
        {
            var n = _socket.Receive(_command);
            // It ended without reading all that we sent: the kernel says so once, before the commands it sent itself.
            if (n == -Errno.ECONNRESET) continue;
            if (n is 0 or -Errno.EPIPE)
            {
                _socket.Dispose();          // it closed: it is ending. If it is not, its silence ends it.
                _socket = null;
                return false;
            }
            if (n == -Errno.EMSGSIZE) continue;
            if (n < 0) return false;
            if (!BridgeCodec.TryRead(_command.AsSpan(0, n), out ClusterCommand? read)) continue;
            command = read;
            return true;
        }
        return false;
    }

    /// <summary>Does what is due: start, kill, release.</summary>
    public void Step(Instant now)
    {
        switch (_policy.Step(now))
        {
            case ControlDeed.Start:
                Start(now);
                break;
            case ControlDeed.Release:
                Tell(new ClusterEvent.Logged(LogPriority.Crit, $"{ReleaseReason}: giving up all resources"), now);
                StartRelease(now);
                break;
            case ControlDeed.Kill:
                if (_givesUp is null) Tell(new ClusterEvent.Logged(LogPriority.Crit, "control makes no progress: it is killed"), now);
                _process?.Signal(Signals.KILL);
                break;
        }
    }

    /// <summary>Looks whether the process ended, and what that was.</summary>
    public ControlEnd Reap(Instant now)
    {
        if (_process?.Ended() is not { } status) return ControlEnd.Nothing;
        var wasRelease = _releasing;
        var id = _process.Id;
        Forget();
        if (wasRelease)
        {
            if (_policy.Released(status == 0, now) == ControlDeed.Resign) return ControlEnd.Released;
            Tell(new ClusterEvent.Logged(LogPriority.Emerg, $"emergency release failed (status {status}): resources may still run here, nothing is handed over"), now);
            return ControlEnd.NotReleased;
        }
        _policy.Ended(now);
        if (NextDeadline != Instant.Never && _givesUp is null) Tell(new ClusterEvent.Logged(LogPriority.Crit, $"control (pid {id}) ended with status {status}: it is started again"), now);
        return ControlEnd.Control;
    }

    public void Dispose()
    {
        // It has said that it is done (Stop), or it is not to be trusted: either way it has a moment, and no more.
        if (_process is not null && _process.Ended() is null)
        {
            _socket?.Dispose();
            var poller = new Poller(1);
            poller.Watch(0, _process.Descriptor.Number);
            var now = Clock.Now();
            if (poller.Wait(now + TimeSpan.FromSeconds(5), now) == 0) _process.Signal(Signals.KILL);
            poller.Wait(Clock.Now() + TimeSpan.FromSeconds(1), Clock.Now());
            _ = _process.Ended();
        }
        Forget();
    }

    private void Start(Instant now)
    {
        var (ours, theirs) = SeqPacketSocket.Pair(SocketRoom);
        using (theirs)
        {
            try
            {
                _process = _parts.StartControl(theirs, null);
                _socket = ours;
                _releasing = false;
                Flush(now);
            }
            catch (LinuxException e)
            {
                ours.Dispose();
                Tell(new ClusterEvent.Logged(LogPriority.Crit, $"control cannot be started: {e.Message}"), now);
                _policy.Ended(now);
            }
        }
    }

    private string ReleaseReason => _givesUp is { } why ? $"this node gives up everything and stays away until it is started again: {why}" : "control cannot be brought back";

    private void StartRelease(Instant now)
    {
        try
        {
            _process = _parts.StartControl(null, ReleaseReason);
            _releasing = true;
        }
        catch (LinuxException e)
        {
            Tell(new ClusterEvent.Logged(LogPriority.Emerg, $"emergency release cannot be started: {e.Message}"), now);
            _policy.Released(false, now);
        }
    }

    private void Forget()
    {
        _process?.Dispose();
        _socket?.Dispose();
        (_process, _socket, _releasing) = (null, null, false);
        _queue.KeepOnlyLog();
    }
}
