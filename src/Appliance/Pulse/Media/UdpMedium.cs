using System.Net;
using System.Net.Sockets;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Pulse.Media;

/// <summary>bcast, mcast, ucast, mcast6 and ucast6: two sockets bound to one interface by its name.</summary>
/// <remarks>
/// The kernel binds to the interface's number. So whenever interfaces change, the name is looked up again: gone, renamed or down closes the sockets,
/// and back (also with another number) opens them. Socket options as 3.0.6 sets them (reference 5.1).
/// </remarks>
internal sealed class UdpMedium(int index, MediumSpec spec, IMediumSink sink, byte[] buffer) : Medium(index, spec, sink)
{
    private readonly string _interface = spec.Link;
    private DatagramSocket? _receive, _send;
    private SocketAddressBytes? _to;
    private IPAddress? _broadcast;
    private int _interfaceIndex;
    private int _lastError;
    private bool _carrier = true;

    public override (int Descriptor, PollEvents Events) Slot(int which) => (which == 0 && _receive is not null ? _receive.Descriptor.Number : -1, PollEvents.Readable);

    public override bool HearsItself => Spec is MediumSpec.Bcast or MediumSpec.Mcast { Loop: true };

    public override void Send(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line, Instant now)
    {
        if (datagram.IsEmpty || _send is null) return;
        var n = _send.Send(datagram, _to!);
        var error = n < 0 ? -n : 0;
        if (error != 0) SendErrors++;
        if (error == _lastError || error is Errno.EAGAIN or Errno.ENOBUFS) return;      // a full device queue is load, not a fault
        _lastError = error;
        if (error is Errno.ENODEV or Errno.ENXIO) Close($"{_interface}: {Errno.Text(error)}", now);
        else ReportState();
    }

    public override void Ready(int which, PollEvents events, Instant now, bool all)
    {
        for (var i = 0; i < (all ? RoundBudget : 1) && _receive is not null; i++)
        {
            var n = _receive.Receive(buffer);
            if (n == -Errno.EAGAIN) return;
            if (n == -Errno.EMSGSIZE) Overruns++;
            if (n > 0) Sink.Packet(Index, buffer.AsSpan(0, n));
        }
    }

    public override void LinksChanged(Instant now)
    {
        var device = NetworkDevice.Find(_interface);
        if (!IsOpen)
        {
            RetryNow(now);
            return;
        }
        if (device is null || device.Index != _interfaceIndex || !device.IsUp || (Spec is MediumSpec.Bcast && !Equals(device.BroadcastAddress, _broadcast)))
        {
            Close(device is null ? $"interface {_interface} does not exist" : device.IsUp ? $"interface {_interface} changed" : $"interface {_interface} is down", now);
            RetryNow(now);
        }
        else
        {
            _carrier = device.HasCarrier;
            ReportState();
        }
    }

    protected override void OpenFiles(Instant now)
    {
        var device = NetworkDevice.Find(_interface) ?? throw new IOException($"interface {_interface} does not exist");
        if (!device.IsUp) throw new IOException($"interface {_interface} is down");
        (_interfaceIndex, _carrier, _broadcast, _lastError) = (device.Index, device.HasCarrier, device.BroadcastAddress, 0);
        switch (Spec)
        {
            case MediumSpec.Bcast bcast:
                _to = new(device.BroadcastAddress ?? throw new IOException($"interface {_interface} has no broadcast address"), bcast.Port);
                _send = Open(AddressFamily.InterNetwork).Broadcast().DontRoute();
                _receive = Open(AddressFamily.InterNetwork).Broadcast().DontRoute().ReuseAddress().Bind(new(IPAddress.Any, bcast.Port));
                break;
            case MediumSpec.Ucast ucast:
                _to = new(IPAddress.Parse(ucast.Address), ucast.Port);
                _send = Open(AddressFamily.InterNetwork).ReusePort().TypeOfService(0x10);
                _receive = Open(AddressFamily.InterNetwork).ReuseAddress().ReusePort().Bind(new(IPAddress.Any, ucast.Port));
                break;
            case MediumSpec.Mcast mcast:
                var group = IPAddress.Parse(mcast.Group);
                _to = new(group, mcast.Port);
                _send = Open(AddressFamily.InterNetwork).MulticastOut(device.Index, mcast.Ttl, mcast.Loop);
                _receive = Open(AddressFamily.InterNetwork).ReuseAddress().Bind(_to).Join(group, device.Index);
                break;
            case MediumSpec.Ucast6 ucast:
                _to = new(IPAddress.Parse(ucast.Address), ucast.Port, device.Index);
                _send = Open(AddressFamily.InterNetworkV6).ReusePort();
                _receive = Open(AddressFamily.InterNetworkV6).V6Only().ReuseAddress().ReusePort().Bind(new(IPAddress.IPv6Any, ucast.Port));
                break;
            case MediumSpec.Mcast6 mcast:
                var group6 = IPAddress.Parse(mcast.Group);
                _to = new(group6, mcast.Port, device.Index);
                _send = Open(AddressFamily.InterNetworkV6).MulticastOut(device.Index, mcast.Hops, mcast.Loop);
                _receive = Open(AddressFamily.InterNetworkV6).V6Only().ReuseAddress().Bind(_to).Join(group6, device.Index);
                break;
            default:
                throw new IOException($"{Spec.Type} is not a UDP medium");
        }
    }

    protected override void CloseFiles()
    {
        _receive?.Dispose();
        _send?.Dispose();
        _receive = _send = null;
    }

    private DatagramSocket Open(AddressFamily family)
    {
        var socket = DatagramSocket.Udp(family);
        try
        {
            return socket.BindToDevice(_interface);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void ReportState() => Report(
        !_carrier ? $"interface {_interface} has no carrier" : _lastError != 0 ? $"cannot send over {_interface}: {Errno.Text(_lastError)}" : null);
}
