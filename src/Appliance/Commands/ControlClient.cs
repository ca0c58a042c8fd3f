using System.Net.Sockets;
using System.Text.Json;
using Appliance.Control;

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
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _piece = new byte[65536];

    /// <exception cref="NotRunningException">Nobody listens there.</exception>
    public ControlClient(string path = Paths.CommandSocket)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.ConnectionRefused || !File.Exists(path)
                ? new NotRunningException("heartbeat is not running on this machine")
                : new NotRunningException($"{path}: {e.Message}", running: true);
        }
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
        _socket.SendTimeout = _socket.ReceiveTimeout = Math.Max(1, (int)within.TotalMilliseconds);
        try
        {
            _socket.Send(CommandProtocol.Write(request));
            using var line = new MemoryStream();
            while (line.Length < CommandProtocol.LongestAnswer)
            {
                var n = _socket.Receive(_piece);
                if (n == 0) throw new NotRunningException("the daemon closed the connection", running: true);
                line.Write(_piece, 0, n);
                if (_piece[n - 1] != '\n') continue;
                return CommandProtocol.ReadAnswer(line.GetBuffer().AsSpan(0, (int)line.Length))
                    ?? throw new NotRunningException("the daemon's answer is empty", running: true);
            }
            throw new NotRunningException("the daemon's answer is too long", running: true);
        }
        catch (SocketException e)
        {
            throw new NotRunningException(e.SocketErrorCode == SocketError.TimedOut || e.SocketErrorCode == SocketError.WouldBlock ? "the daemon did not answer in time" : e.Message, running: true);
        }
        catch (JsonException e)
        {
            throw new NotRunningException($"the daemon's answer cannot be read: {e.Message}", running: true);
        }
    }

    public void Dispose() => _socket.Dispose();
}
