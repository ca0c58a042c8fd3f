using System.Net;
using System.Net.Sockets;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Datagrams to one device under all its addresses: every request goes to all of them until one answers; from then on to that one.</summary>
internal sealed class UdpLine : ILine
{
    private const int LargestDatagram = 65536;
    private readonly List<Socket> _sockets = [];
    private readonly byte[] _buffer = new byte[LargestDatagram];
    private readonly string? _nowhere;
    private bool _settled;

    public UdpLine(Endpoint.Udp endpoint)
    {
        foreach (var host in endpoint.Hosts)
        {
            try
            {
                foreach (var address in Dns.GetHostAddresses(host))
                {
                    if (endpoint.Version == IpVersion.V4 && address.AddressFamily != AddressFamily.InterNetwork) continue;
                    if (endpoint.Version == IpVersion.V6 && address.AddressFamily != AddressFamily.InterNetworkV6) continue;
                    var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
                    _sockets.Add(socket);
                    socket.Connect(address, endpoint.Port);
                }
            }
            catch (SocketException e)
            {
                _nowhere = $"{host}: {e.Message}";      // the other addresses may do
            }
        }
        if (_sockets.Count == 0) _nowhere ??= "no address is given";
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        foreach (var socket in _sockets) _ = socket.Send(datagram, SocketFlags.None, out _);
    }

    public void Exchange(Exchange exchange, Instant deadline, CancellationToken cancel)
    {
        if (_sockets.Count == 0)
        {
            exchange.Unreachable = _nowhere;
            return;
        }
        var refused = 0;
        for (var tries = 0; tries < exchange.Patience.Length && !cancel.IsCancellationRequested; tries++)
        {
            var request = tries > 0 && exchange.Again is { } again ? again() : exchange.Request;
            Send(request.Span);
            var until = Instant.Min(Clock.Now() + exchange.Patience[tries], deadline);
            refused = 0;
            while (Wait(until, cancel) is { } socket)
            {
                var length = socket.Receive(_buffer, SocketFlags.None, out var error);
                if (error is SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable)
                {
                    exchange.Unreachable = new SocketException((int)error).Message;
                    if (++refused >= _sockets.Count) break;      // every address says so: no use in waiting, but the next try may find it up
                    continue;
                }
                if (error != SocketError.Success) continue;
                if (!exchange.Accept(_buffer.AsMemory(0, length)))
                {
                    exchange.HeardOthers = true;
                    continue;
                }
                (exchange.Answered, exchange.Unreachable) = (true, null);
                KeepOnly(socket);
                return;
            }
            if (Clock.Now() >= deadline) return;
            if (refused >= _sockets.Count) cancel.WaitHandle.WaitOne(Least(until - Clock.Now(), TimeSpan.FromMilliseconds(200)));
        }
    }

    public void Say(Say say, Instant deadline, CancellationToken cancel) => say.Closed = "datagrams carry no dialogue";

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
    }

    /// <summary>A socket with something to read, an answer or an error, or <c>null</c> at the end of the wait.</summary>
    /// <remarks>Not Socket.Select: it does not wake for an error that waits (a refusal), and then never sleeps.</remarks>
    private Socket? Wait(Instant until, CancellationToken cancel)
    {
        var poller = new Poller(_sockets.Count);
        for (var i = 0; i < _sockets.Count; i++) poller.Watch(i, (int)_sockets[i].Handle);
        while (!cancel.IsCancellationRequested)
        {
            var now = Clock.Now();
            if (now >= until) return null;
            if (poller.Wait(Instant.Min(until, now + TimeSpan.FromMilliseconds(250)), now) == 0) continue;      // a cancellation is seen soon enough
            for (var i = 0; i < _sockets.Count; i++) if (poller[i] != PollEvents.None) return _sockets[i];
        }
        return null;
    }

    private void KeepOnly(Socket answered)
    {
        if (_settled) return;
        _settled = true;
        foreach (var other in _sockets.Where(s => s != answered)) other.Dispose();
        _sockets.RemoveAll(s => s != answered);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
