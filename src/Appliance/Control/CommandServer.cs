using Appliance.Core;
using Appliance.Crm.Move;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>The socket that command-line tools talk to. Each client has a thread that waits in the kernel for it, a bounded line and a bounded time, and no way to hold up anybody else.</summary>
/// <remarks>Not the thread pool: between two pieces of work its threads yield the processor, which costs a client up to tens of milliseconds at each step where others have something to do.</remarks>
/// <param name="refuse">Why a peer may not ask this; <c>null</c> when it may.</param>
/// <param name="ask">Hands a request to control; <c>false</c> when control has no room.</param>
/// <param name="hung">Tells control that nobody waits for this answer any more.</param>
internal sealed class CommandServer(
    string path, Func<ControlRequest, PeerCredentials, string?> refuse, Func<ControlRequest, PeerCredentials, Action<ControlAnswer>, bool> ask, ApplianceLog log,
    CommandServerLimits? limits = null, Action<Action<ControlAnswer>>? hung = null) : IDisposable
{
    private const int EverybodyMayConnect = 0x1B6;      // as with 3.0.6's registration socket: who may ask what is decided by credentials
    private const int StackBytes = 1024 * 1024;

    /// <summary>Long requests are read one at a time: each takes much of the memory that there is.</summary>
    private readonly SemaphoreSlim _long = new(1);

    private readonly CommandServerLimits _limits = limits ?? new();
    private readonly Door _door = new(limits ?? new(), refuse, log);
    private StreamListener? _listener;
    private int _threads, _accepting;
    private volatile bool _ended;

    /// <summary>Requests that could not be read, or came from those who may not ask.</summary>
    public long Refused => Interlocked.Read(ref _refused);
    private long _refused;

    /// <summary>Makes the socket and serves it until disposed.</summary>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public void Start()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);      // of an earlier life; pulse starts one control at a time
            _listener = new(path, EverybodyMayConnect, _limits.MostClients);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: {e.Message}", e);
        }
        Add();
        Add();
        if (Volatile.Read(ref _threads) == 0) throw new IOException($"{path}: nobody can serve it");
    }

    public void Dispose()
    {
        _ended = true;
        _listener?.Dispose();
        _long.Dispose();
    }

    /// <summary>One more thread that waits for a client, if there may be one.</summary>
    private void Add()
    {
        Interlocked.Increment(ref _accepting);
        if (Interlocked.Increment(ref _threads) <= _limits.MostClients && Begin()) return;
        Interlocked.Decrement(ref _threads);
        Interlocked.Decrement(ref _accepting);
    }

    private bool Begin()
    {
        try
        {
            new Thread(Serve, ThreadStack.Of(StackBytes)) { Name = "commands", IsBackground = true }.Start();
            return true;
        }
        catch (Exception e) when (e is ThreadStartException or OutOfMemoryException)      // that is what a thread that the kernel refuses throws
        {
            log.Warn($"command socket: one client more at a time cannot be served: {e.Message}");
            return false;
        }
    }

    private void Serve()
    {
        try
        {
            using var answered = new EventFd();
            Accept(answered);
        }
        catch (LinuxException e)
        {
            log.Warn($"command socket: one client more at a time cannot be served: {e.Message}");
            Interlocked.Decrement(ref _threads);
            Interlocked.Decrement(ref _accepting);
        }
    }

    private void Accept(EventFd answered)
    {
        RealTime.NiceAsParent();
        RealTime.WakeSoon();
        while (!_ended)
        {
            try
            {
                using var client = _listener!.Accept(out var error);
                if (_ended) return;
                if (client is null)
                {
                    log.Warn($"command socket: {Errno.Text(error)}");
                    Thread.Sleep(100);      // out of descriptors: it passes, or the log says so ten times a second
                    continue;
                }
                if (_door.Enter(client) is not { } peer)
                {
                    Interlocked.Increment(ref _refused);
                    continue;
                }
                if (Interlocked.Decrement(ref _accepting) == 0) Add();
                Serve(client, peer, answered);
                Interlocked.Increment(ref _accepting);
                _door.Leave(peer);
            }
            catch (ObjectDisposedException)
            {
                return;     // the server ends
            }
        }
    }

    private void Serve(StreamSocket client, PeerCredentials peer, EventFd answered)
    {
        try
        {
            var line = new CommandLineReader(client);
            var poller = new Poller(2);
            poller.Watch(1, answered.Descriptor.Number);
            // One request after the other on a connection: "status --watch" asks again and again.
            var longest = refuse(new("crm"), peer) is null ? CommandProtocol.LongestCrmRequest : CommandProtocol.LongestRequest;
            for (var asked = 0; asked < _limits.MostRequests; asked++)
            {
                var first = asked == 0 && peer.User != 0 && _limits.ToAskFirst < _limits.ToAsk;
                if (Read(line, longest, first ? _limits.ToAskFirst : _limits.ToAsk, poller, answered) is not var (request, fault) || Answer(client, request, fault, peer, poller, answered) is not { } answer || !Write(client, answer, poller, answered)) return;
            }
        }
        catch (Exception e) when (e is not LinuxException)
        {
            // One client's request is no reason to end the daemon, whatever it holds.
            log.Error($"command socket: {e.GetType().Name}: {e.Message}");
        }
        catch (LinuxException e)
        {
            log.Warn($"command socket: {e.Message}");       // the kernel has no room to wait for a client; the next may find some
        }
    }

    /// <summary>A request, or what is wrong with it; <c>null</c> when the client closed, took too long, or sent more than a request can be.</summary>
    private (ControlRequest? Request, string Fault)? Read(CommandLineReader line, int longest, TimeSpan within, Poller poller, EventFd answered)
    {
        var until = Clock.Now() + within;
        var alone = false;
        try
        {
            while (true)
            {
                if (line.TryTake(out var request)) return request;
                if (line.Length >= longest) return null;
                if (line.Length >= CommandProtocol.LongestRequest && !alone)
                {
                    if (!_long.Wait(_limits.ToAsk)) return null;
                    alone = true;
                    until = Clock.Now() + _limits.ToAsk;
                }
                var n = line.Receive(longest);
                if (n == 0 || n < 0 && n != -Errno.EAGAIN) return null;
                if (n < 0 && !Wait(poller, line.Descriptor, PollEvents.Readable, until, answered)) return null;
            }
        }
        finally
        {
            if (alone) _long.Release();
        }
    }

    /// <summary>The answer, as far as it is still to be sent; <c>null</c> when the client is gone, or waits for too long.</summary>
    private byte[]? Answer(StreamSocket client, ControlRequest? request, string fault, PeerCredentials peer, Poller poller, EventFd answered)
    {
        fault = request is null ? fault : refuse(request, peer) ?? "";
        if (fault.Length > 0)
        {
            Interlocked.Increment(ref _refused);
            return CommandProtocol.Write(ControlAnswer.Failed(fault));
        }
        var within = request!.Do switch { "fence" => _limits.ToFence, "engine" => _limits.ToMove, _ => _limits.ToAnswer };
        if (request.Crm?.WithinMs is > 0 and var ms) within = _limits.ToAnswer + TimeSpan.FromMilliseconds(Math.Min(ms, _limits.ToFence.TotalMilliseconds));
        var until = Clock.Now() + within;
        var waiting = new WaitingClient(client, answered);
        Action<ControlAnswer> answer = waiting.Take;
        if (!ask(request, peer, answer)) return CommandProtocol.Write(ControlAnswer.Failed("the daemon is busy; try again"));
        while (true)
        {
            if (waiting.Rest() is { } rest) return rest;
            // A client that has more to say is there still; one that hangs up is seen without being listened to.
            if (Wait(poller, client.Descriptor.Number, PollEvents.None, until, answered) && (poller[0] & PollEvents.HangUp) == 0) continue;
            if (!waiting.Leave()) continue;
            if (request.Do == "crm") hung?.Invoke(answer);
            return null;
        }
    }

    private bool Write(StreamSocket client, ReadOnlySpan<byte> bytes, Poller poller, EventFd answered)
    {
        var until = Clock.Now() + _limits.ToTake;
        while (!bytes.IsEmpty)
        {
            var n = client.Send(bytes);
            if (n >= 0) bytes = bytes[n..];
            else if (n != -Errno.EAGAIN || !Wait(poller, client.Descriptor.Number, PollEvents.Writable, until, answered)) return false;
        }
        return true;
    }

    /// <returns><c>false</c>: time is over, or the server ends.</returns>
    private bool Wait(Poller poller, int client, PollEvents events, Instant until, EventFd answered)
    {
        poller.Watch(0, client, events);
        var now = Clock.Now();
        if (now >= until || _ended) return false;
        poller.Wait(until, now);
        if (poller[1] != PollEvents.None) answered.Drain();
        return !_ended;
    }
}

/// <summary>Who gets one of the places: whoever may ask nothing gets none, and nobody but root can take them all.</summary>
/// <param name="refuse">Why a peer may not ask this; <c>null</c> when it may.</param>
internal sealed class Door(CommandServerLimits limits, Func<ControlRequest, PeerCredentials, string?> refuse, ApplianceLog log)
{
    private static readonly ControlRequest Reads = new("status"), Administers = new("crm");

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, int> _inside = [];
    private int _others, _readers, _unsaid;
    private Instant? _said;

    /// <summary>Who came in; <c>null</c>: sent away, with the reason as the answer to whatever it asks.</summary>
    public PeerCredentials? Enter(StreamSocket client)
    {
        PeerCredentials peer;
        try
        {
            peer = PeerCredentials.Of(client.Descriptor);
        }
        catch (LinuxException)
        {
            return null;        // it was gone before it was asked who it is
        }
        if (peer.User == 0) return peer;
        if (refuse(Reads, peer) is { } stranger && refuse(Administers, peer) is not null) return SendAway(client, peer, stranger);
        var reader = refuse(Administers, peer) is not null;
        lock (_lock)
        {
            var own = _inside.GetValueOrDefault(peer.User);
            if (own < limits.MostOfOneUser && _others < limits.MostClients - limits.KeptForRoot && (!reader || _readers < limits.MostOfOneUser))
            {
                _inside[peer.User] = own + 1;
                _others++;
                if (reader) _readers++;
                return peer;
            }
        }
        return SendAway(client, peer, "the daemon is busy; try again");
    }

    /// <summary>A client that had come in is gone.</summary>
    public void Leave(PeerCredentials peer)
    {
        if (peer.User == 0) return;
        var reader = refuse(Administers, peer) is not null;
        lock (_lock)
        {
            if (--_inside[peer.User] == 0) _inside.Remove(peer.User);
            _others--;
            if (reader) _readers--;
        }
    }

    private PeerCredentials? SendAway(StreamSocket client, PeerCredentials peer, string reason)
    {
        // Not waited for: what does not fit into a socket that nobody wrote to before is not worth a place.
        _ = client.Send(CommandProtocol.Write(ControlAnswer.Failed(reason)));
        int more;
        lock (_lock)
        {
            var now = Clock.Now();
            if (_said is { } last && now - last < limits.BetweenComplaints)
            {
                _unsaid++;
                return null;
            }
            (_said, more, _unsaid) = (now, _unsaid, 0);
        }
        log.Warn($"command socket: process {peer.ProcessId} of user {peer.User} sent away: {reason}{(more > 0 ? $" (and {more} more since the last such line)" : "")}");
        return null;
    }
}

/// <summary>A client whose request control has. An answer that comes when it has gone wakes a thread for nothing.</summary>
internal sealed class WaitingClient(StreamSocket client, EventFd answered)
{
    private readonly Lock _lock = new();
    private ControlAnswer? _answer;
    private byte[]? _rest;
    private bool _given;

    /// <summary>The answer, on control's thread. A short one it sends itself: a thread that is woken for that may have to wait for a processor. What the client does not take at once, and documents, are left to its own thread.</summary>
    public void Take(ControlAnswer answer)
    {
        lock (_lock)
        {
            if (_given) return;
            _given = true;
            if (answer is { Status: null, Fencing: null, Operations: null, Crm: null or { Output: null, Attributes: null, State: null } })
            {
                var line = CommandProtocol.Write(answer);
                _rest = line[Math.Max(0, client.Send(line))..];
            }
            else _answer = answer;
        }
        try
        {
            answered.Raise();
        }
        catch (ObjectDisposedException)
        {
            // The server has ended.
        }
    }

    /// <summary>What of the answer is still to be sent; <c>null</c>: there is none yet.</summary>
    public byte[]? Rest()
    {
        lock (_lock) return !_given ? null : _rest ??= CommandProtocol.Write(_answer!);
    }

    /// <summary>Nobody waits any more.</summary>
    /// <returns><c>false</c>: the answer came first.</returns>
    public bool Leave()
    {
        lock (_lock)
        {
            if (_given) return false;
            return _given = true;
        }
    }
}

/// <summary>Reads requests, a line each, from a socket that never waits.</summary>
internal sealed class CommandLineReader(StreamSocket socket)
{
    private const int Usual = 4096;      // hardly any request is longer; one that is makes it grow

    private byte[] _bytes = new byte[Usual];
    private int _searched;

    /// <summary>What was received and not taken.</summary>
    public int Length { get; private set; }

    public int Descriptor => socket.Descriptor.Number;

    /// <summary>Takes the next line, if it is whole, as a request.</summary>
    public bool TryTake(out (ControlRequest? Request, string Fault) request)
    {
        request = default;
        var end = _bytes.AsSpan(_searched, Length - _searched).IndexOf((byte)'\n');
        if (end < 0)
        {
            _searched = Length;
            return false;
        }
        end += _searched;
        request = CommandProtocol.Read(_bytes.AsSpan(0, end));
        var rest = _bytes.AsSpan(end + 1, Length - end - 1);
        var next = rest.Length <= Usual && _bytes.Length > Usual ? new byte[Usual] : _bytes;
        rest.CopyTo(next);
        (_bytes, Length, _searched) = (next, rest.Length, 0);
        return true;
    }

    /// <returns>Bytes received, 0 when the other end closed, or minus errno.</returns>
    public int Receive(int longest)
    {
        if (Length == _bytes.Length) Array.Resize(ref _bytes, Math.Min(2 * _bytes.Length, longest));
        var n = socket.Receive(_bytes.AsSpan(Length));
        if (n > 0) Length += n;
        return n;
    }
}

/// <summary>What a client of the command socket may take.</summary>
internal sealed record CommandServerLimits
{
    public int MostClients { get; init; } = 32;
    public int MostRequests { get; init; } = 100_000;

    /// <summary>Places that one user can have who is not root; and all together who may only read.</summary>
    public int MostOfOneUser { get; init; } = 8;

    /// <summary>Places that only root gets.</summary>
    public int KeptForRoot { get; init; } = 8;

    /// <summary>For a whole first request of anybody but root.</summary>
    public TimeSpan ToAskFirst { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>At most one line in the log about clients that are sent away.</summary>
    public TimeSpan BetweenComplaints { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From connecting, or from the last answer, to a whole request.</summary>
    public TimeSpan ToAsk { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>clientstatus waits for another node, for as long as its caller says.</summary>
    public TimeSpan ToAnswer { get; init; } = TimeSpan.FromSeconds(65);

    /// <summary>The fencer ends every order itself, in the time of all its devices; this is beyond any of them.</summary>
    public TimeSpan ToFence { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A move looks at all nodes first, and says itself who did not answer in time.</summary>
    public TimeSpan ToMove { get; init; } = EngineMove.CheckedWithin + TimeSpan.FromSeconds(30);

    public TimeSpan ToTake { get; init; } = TimeSpan.FromSeconds(5);
}
