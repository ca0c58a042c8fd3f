using System.Net.Sockets;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>The socket that command-line tools talk to. Each client has a bounded line, a bounded time, and no way to hold up anybody else.</summary>
/// <param name="refuse">Why a peer may not ask this; <c>null</c> when it may.</param>
/// <param name="ask">Hands a request to control; <c>false</c> when control has no room.</param>
/// <param name="hung">Tells control that nobody waits for this answer any more.</param>
internal sealed class CommandServer(
    string path, Func<ControlRequest, PeerCredentials, string?> refuse, Func<ControlRequest, PeerCredentials, Action<ControlAnswer>, bool> ask, ApplianceLog log,
    CommandServerLimits? limits = null, Action<Action<ControlAnswer>>? hung = null) : IDisposable
{
    /// <summary>Long requests are read one at a time: each takes much of the memory that there is.</summary>
    private readonly SemaphoreSlim _long = new(1);

    private readonly CommandServerLimits _limits = limits ?? new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _places = new((limits ?? new()).MostClients);

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
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            // Anybody may connect, as with 3.0.6's registration socket: who may ask what is decided by credentials.
            File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
            _listener.Listen(_limits.MostClients);
        }
        catch (Exception e) when (e is SocketException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: {e.Message}", e);
        }
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _ending.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_ending.Token).ConfigureAwait(false);
                var client = await _listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                _places.Release();
                log.Warn($"command socket: {e.Message}");
                await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);       // out of descriptors: it passes, or the log says so ten times a second
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var _ = client;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        try
        {
            var peer = PeerCredentials.Of(client);
            // One request after the other on a connection: "status --watch" asks again and again.
            var longest = refuse(new("crm"), peer) is null ? CommandProtocol.LongestCrmRequest : CommandProtocol.LongestRequest;
            for (var asked = 0; asked < _limits.MostRequests; asked++)
            {
                limit.CancelAfter(_limits.ToAsk);
                if (await ReadAsync(client, longest, limit).ConfigureAwait(false) is not var (request, fault)) break;
                limit.CancelAfter(_limits.ToAnswer);
                var answer = await AnswerAsync(client, request, fault, peer, limit).ConfigureAwait(false);
                limit.CancelAfter(_limits.ToTake);
                var bytes = CommandProtocol.Write(answer);
                for (var at = 0; at < bytes.Length;)
                    at += await client.SendAsync(bytes.AsMemory(at), SocketFlags.None, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // A client that is slow, gone or broken: its own loss, and none of ours.
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<ControlAnswer> AnswerAsync(Socket client, ControlRequest? request, string fault, PeerCredentials peer, CancellationTokenSource limit)
    {
        fault = request is null ? fault : refuse(request, peer) ?? "";
        if (fault.Length > 0)
        {
            Interlocked.Increment(ref _refused);
            return ControlAnswer.Failed(fault);
        }
        if (request!.Do == "fence") limit.CancelAfter(_limits.ToFence);
        if (request.Crm?.WithinMs is > 0 and var within) limit.CancelAfter(_limits.ToAnswer + TimeSpan.FromMilliseconds(Math.Min(within, _limits.ToFence.TotalMilliseconds)));
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<ControlAnswer> answer = a => answered.TrySetResult(a);
        if (!ask(request, peer, answer)) return ControlAnswer.Failed("the daemon is busy; try again");
        if (request.Do != "crm" || hung is null) return await answered.Task.WaitAsync(limit.Token).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        try
        {
            if (await Task.WhenAny(answered.Task, GoneAsync(client, over.Token)).WaitAsync(limit.Token).ConfigureAwait(false) == answered.Task) return await answered.Task.ConfigureAwait(false);
            throw new OperationCanceledException();
        }
        catch (OperationCanceledException)
        {
            hung(answer);
            throw;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends when the client has closed its end; one that has sent more is there.</summary>
    private static async Task GoneAsync(Socket client, CancellationToken cancel)
    {
        if (await client.ReceiveAsync(new byte[1], SocketFlags.Peek, cancel).ConfigureAwait(false) > 0) await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(false);
    }

    /// <summary>A request, or what is wrong with it; <c>null</c> when the client closed, or sent more than a request can be.</summary>
    private async Task<(ControlRequest? Request, string Fault)?> ReadAsync(Socket client, int longest, CancellationTokenSource limit)
    {
        var line = new byte[4096];      // hardly any request is longer; one that is makes it grow
        var length = 0;
        var alone = false;
        try
        {
            while (length < longest)
            {
                if (length >= CommandProtocol.LongestRequest && !alone)
                {
                    await _long.WaitAsync(limit.Token).ConfigureAwait(false);
                    alone = true;
                    limit.CancelAfter(_limits.ToAsk);
                }
                if (length == line.Length) Array.Resize(ref line, Math.Min(2 * line.Length, longest));
                var n = await client.ReceiveAsync(line.AsMemory(length), SocketFlags.None, limit.Token).ConfigureAwait(false);
                if (n == 0) return null;
                var end = line.AsSpan(length, n).IndexOf((byte)'\n');
                length += n;
                if (end >= 0) return CommandProtocol.Read(line.AsSpan(0, length - n + end));
            }
            return null;
        }
        finally
        {
            if (alone) _long.Release();
        }
    }
}

/// <summary>What a client of the command socket may take.</summary>
internal sealed record CommandServerLimits
{
    public int MostClients { get; init; } = 32;
    public int MostRequests { get; init; } = 100_000;

    /// <summary>From connecting, or from the last answer, to a whole request.</summary>
    public TimeSpan ToAsk { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>clientstatus waits for another node, for as long as its caller says.</summary>
    public TimeSpan ToAnswer { get; init; } = TimeSpan.FromSeconds(65);

    /// <summary>The fencer ends every order itself, in the time of all its devices; this is beyond any of them.</summary>
    public TimeSpan ToFence { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan ToTake { get; init; } = TimeSpan.FromSeconds(5);
}
