using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Fencing;

/// <summary>A dialogue over a TCP connection without encryption.</summary>
internal sealed class TelnetLine : ILine
{
    private const int MostHeard = 256 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(300);
    private readonly TelnetText _telnet = new();
    private readonly List<byte> _heard = [], _reply = [];
    private readonly byte[] _buffer = new byte[4096];
    private readonly Endpoint.Telnet _endpoint;
    private Socket? _socket;
    private string? _ended;

    public TelnetLine(Endpoint.Telnet endpoint) => _endpoint = endpoint;

    public void Say(Say say, Instant deadline, CancellationToken cancel)
    {
        var until = Instant.Min(deadline, Clock.Now() + say.Patience);
        if (_socket is null && _ended is null) Connect(Instant.Min(until, Clock.Now() + ConnectTimeout), cancel);
        if (say.Line is { } line && _ended is null)
        {
            _heard.Clear();
            Send(TelnetText.Line(line));
        }
        while (true)
        {
            say.Heard = TerminalText.Plain(Encoding.UTF8.GetString(_heard.ToArray()));
            say.Answered = say.Until(say.Heard);
            say.Closed = say.Answered ? null : _ended;
            if (say.Answered || _ended is not null || Clock.Now() >= until || cancel.IsCancellationRequested) return;
            Receive(until);
        }
    }

    private void Connect(Instant until, CancellationToken cancel)
    {
        _ended = "no address was found";
        try
        {
            foreach (var address in Dns.GetHostAddresses(_endpoint.Host))
            {
                if (_endpoint.Version == IpVersion.V4 && address.AddressFamily != AddressFamily.InterNetwork) continue;
                if (_endpoint.Version == IpVersion.V6 && address.AddressFamily != AddressFamily.InterNetworkV6) continue;
                if (Try(address, until, cancel)) return;
            }
        }
        catch (SocketException e)
        {
            _ended = e.Message;
        }
    }

    private bool Try(IPAddress address, Instant until, CancellationToken cancel)
    {
        _socket?.Dispose();
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        try
        {
            _socket.Connect(address, _endpoint.Port);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            while (!_socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectWrite) && Clock.Now() < until && !cancel.IsCancellationRequested) { }
        }
        catch (SocketException e)
        {
            _ended = e.Message;
            return false;
        }
        var error = (SocketError)(int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        _ended = error != SocketError.Success ? new SocketException((int)error).Message : _socket.Poll(0, SelectMode.SelectWrite) ? null : "nobody answers";
        return _ended is null;
    }

    private void Receive(Instant until)
    {
        var left = until - Clock.Now();
        var wait = left < TimeSpan.FromMilliseconds(50) ? left : TimeSpan.FromMilliseconds(50);
        if (wait > TimeSpan.Zero && !_socket!.Poll(wait, SelectMode.SelectRead)) return;
        var n = _socket!.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success || n == 0)
        {
            _ended = error == SocketError.Success ? "the device closed the connection" : new SocketException((int)error).Message;
            return;
        }
        _telnet.Take(_buffer.AsSpan(0, n), _heard, _reply);
        if (_heard.Count > MostHeard) _heard.RemoveRange(MostHeard, _heard.Count - MostHeard);
        if (_reply.Count == 0) return;
        Send(_reply.ToArray());
        _reply.Clear();
    }

    private void Send(byte[] bytes)
    {
        // Far less than a socket's buffer: what does not fit is a device that has stopped reading.
        if (_socket!.Send(bytes, SocketFlags.None, out var error) == bytes.Length && error == SocketError.Success) return;
        _ended = error == SocketError.Success ? "it does not read any more" : new SocketException((int)error).Message;
    }

    public void Send(ReadOnlySpan<byte> datagram) { }

    public void Exchange(Exchange exchange, Instant deadline, CancellationToken cancel) => exchange.Unreachable = "telnet carries no datagrams";

    /// <summary>Lets the device read the good-bye: a socket closed over unread bytes would take it back.</summary>
    public void Dispose()
    {
        if (_socket is { Connected: true } && _ended is null)
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                _ended = "it closed first";
            }
            var until = Clock.Now() + LastWords;
            while (_ended is null && Clock.Now() < until) Receive(until);
        }
        _socket?.Dispose();
    }
}
