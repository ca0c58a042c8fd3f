using System.Text.Json;
using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands;

/// <summary>No daemon answers: it is not running, or does not talk to us. The text is for the operator.</summary>
internal sealed class NotRunningException(string message, bool running = false) : Exception(message)
{
    /// <summary>There is a daemon, but it did not answer.</summary>
    public bool Running => running;
}

/// <summary>A command-line tool's connection to the daemon: one line each way, in bounded time.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly StreamSocket _socket;
    private byte[] _line = new byte[4096];

    /// <exception cref="NotRunningException">Nobody listens there.</exception>
    public ControlClient(string path = Paths.CommandSocket)
    {
        var error = StreamSocket.Connect(path, out var socket);
        _socket = socket ?? throw (error is Errno.ENOENT or Errno.ECONNREFUSED || !File.Exists(path)
            ? new NotRunningException("heartbeat is not running on this machine")
            : new NotRunningException($"{path}: {Errno.Text(error)}", running: true));
    }

    /// <summary>One request on a connection of its own.</summary>
    public static ControlAnswer Once(ControlRequest request, TimeSpan within)
    {
        using var client = new ControlClient();
        return client.Ask(request, within);
    }

    /// <exception cref="NotRunningException">It closed the connection, or did not answer in time.</exception>
    public ControlAnswer Ask(ControlRequest request, TimeSpan within)
    {
        RealTime.WakeSoon();
        _socket.WaitAtMost(within);
        Send(CommandProtocol.Write(request));
        try
        {
            return CommandProtocol.ReadAnswer(ReceiveLine()) ?? throw new NotRunningException("the daemon's answer is empty", running: true);
        }
        catch (JsonException e)
        {
            throw new NotRunningException($"the daemon's answer cannot be read: {e.Message}", running: true);
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(ReadOnlySpan<byte> line)
    {
        while (!line.IsEmpty)
        {
            var n = _socket.Send(line);
            if (n == -Errno.EPIPE) return;      // who sends us away says why before he has heard the question
            if (n < 0) throw Failed(-n);
            line = line[n..];
        }
    }

    private ReadOnlySpan<byte> ReceiveLine()
    {
        var length = 0;
        while (true)
        {
            if (length == _line.Length)
            {
                if (length >= CommandProtocol.LongestAnswer) throw new NotRunningException("the daemon's answer is too long", running: true);
                Array.Resize(ref _line, Math.Max(65536, 2 * length));
            }
            var n = _socket.Receive(_line.AsSpan(length));
            if (n == 0) throw new NotRunningException("the daemon closed the connection", running: true);
            if (n < 0) throw Failed(-n);
            length += n;
            // It says nothing more before it is asked again.
            if (_line[length - 1] == '\n') return _line.AsSpan(0, length);
        }
    }

    private static NotRunningException Failed(int error) => new(error == Errno.EAGAIN ? "the daemon did not answer in time" : Errno.Text(error), running: true);
}
