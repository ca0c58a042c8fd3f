using System.Net.Sockets;
using Appliance.Core.Diagnostics;
using Serilog.Events;

namespace Appliance.Logging;

/// <summary>What the sinks that talk to another daemon over a unix datagram socket share: connect, never wait, connect again.</summary>
internal abstract class DatagramSink(string socketPath, Func<TimeSpan> clock) : IBurstSink, IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private Socket? _socket;
    private TimeSpan _failed = TimeSpan.MinValue;

    /// <summary>Lines nobody took.</summary>
    public long Lost { get; private set; }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        var line = LogLine.Of(logEvent);
        if (line.Priority == LogPriority.Debug && !WithDebug) return;
        if (!TrySend(Encode(line)) && !TrySend(Encode(line))) Lost++;       // the second try is for a daemon that was restarted
    }

    /// <inheritdoc/>
    public void BurstEnded() { }

    public void Dispose() => _socket?.Dispose();

    /// <summary>Whether debug lines are sent: only to those that keep priorities apart.</summary>
    protected virtual bool WithDebug => true;

    protected abstract byte[] Encode(LogLine line);

    private bool TrySend(byte[] datagram)
    {
        if (_failed != TimeSpan.MinValue && clock() - _failed < RetryAfter && _socket is null) return false;
        try
        {
            _socket ??= Connected();
            _socket.Send(datagram, SocketFlags.None, out var error);
            if (error is SocketError.Success) return true;
            if (error is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable) return false;    // it is behind; it gets the next ones
        }
        catch (SocketException)
        {
            // Nobody listens there (yet); counted by the caller.
        }
        _failed = clock();
        _socket?.Dispose();
        _socket = null;
        return false;
    }

    private Socket Connected()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(socketPath));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
