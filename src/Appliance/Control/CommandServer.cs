using System.Net.Sockets;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>The socket that command-line tools talk to. Each client has a bounded line, a bounded time, and no way to hold up anybody else.</summary>
/// <param name="refuse">Why a peer may not ask this; <c>null</c> when it may.</param>
/// <param name="ask">Hands a request to control; <c>false</c> when control has no room.</param>
internal sealed class CommandServer(
    string path, Func<ControlRequest, PeerCredentials, string?> refuse, Func<ControlRequest, Action<ControlAnswer>, bool> ask, ApplianceLog log,
    CommandServerLimits? limits = null) : IDisposable
{
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
            for (var asked = 0; asked < _limits.MostRequests; asked++)
            {
                limit.CancelAfter(_limits.ToAsk);
                if (await ReadLineAsync(client, limit.Token).ConfigureAwait(false) is not { } line) break;
                limit.CancelAfter(_limits.ToAnswer);
                var answer = await AnswerAsync(line, peer, limit).ConfigureAwait(false);
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

    private async Task<ControlAnswer> AnswerAsync(byte[] line, PeerCredentials peer, CancellationTokenSource limit)
    {
        var (request, fault) = CommandProtocol.Read(line);
        fault = request is null ? fault : refuse(request, peer) ?? "";
        if (fault.Length > 0)
        {
            Interlocked.Increment(ref _refused);
            return ControlAnswer.Failed(fault);
        }
        if (request!.Do == "fence") limit.CancelAfter(_limits.ToFence);
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!ask(request, answer => answered.TrySetResult(answer))) return ControlAnswer.Failed("the daemon is busy; try again");
        return await answered.Task.WaitAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>A line without its end; <c>null</c> when the client closed, or sent more than a request can be.</summary>
    private static async Task<byte[]?> ReadLineAsync(Socket client, CancellationToken cancel)
    {
        var line = new byte[4096];      // hardly any request is longer; one that is makes it grow
        var length = 0;
        while (length < CommandProtocol.LongestRequest)
        {
            if (length == line.Length) Array.Resize(ref line, Math.Min(2 * line.Length, CommandProtocol.LongestRequest));
            var n = await client.ReceiveAsync(line.AsMemory(length), SocketFlags.None, cancel).ConfigureAwait(false);
            if (n == 0) return null;
            var end = line.AsSpan(length, n).IndexOf((byte)'\n');
            if (end >= 0) return line[..(length + end)];
            length += n;
        }
        return null;
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
