using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Linux;

/// <summary>Asks several hosts at the same time whether they are there: an echo request to each, again to those that do not answer, until all have or the attempts are over.</summary>
/// <remarks>Raw sockets in the namespace of the calling thread; needs CAP_NET_RAW. An answer counts only from the address that was asked, with the data that was sent.</remarks>
public sealed class EchoSweep : IDisposable
{
    private const int DataSize = 56;      // as ping(8) sends: some filters drop what is shorter

    /// <summary>Between two looks at whether the caller still wants an answer.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly SocketAddressBytes[] _hosts;
    private readonly bool[] _answered;
    private readonly byte[] _data = new byte[DataSize], _packet = new byte[IcmpEcho.HeaderSize + DataSize], _buffer = new byte[2048];
    private readonly ushort _identifier;
    private readonly DatagramSocket? _v4, _v6;
    private readonly SocketAddressBytes _from4 = new(IPAddress.Any, 0), _from6 = new(IPAddress.IPv6Any, 0);

    /// <param name="device">Only over this interface; <c>null</c>: as the routes say.</param>
    /// <param name="source">From this address; hosts of the other family are asked from any.</param>
    public EchoSweep(IReadOnlyList<IPAddress> hosts, string? device = null, IPAddress? source = null)
    {
        _hosts = [.. hosts.Select(Of)];
        _answered = new bool[_hosts.Length];
        KernelRandom.Fill(_data);
        _identifier = BinaryPrimitives.ReadUInt16LittleEndian(_data);
        try
        {
            if (Array.Exists(_hosts, h => !h.IsV6)) _v4 = Open(AddressFamily.InterNetwork, device, source);
            if (Array.Exists(_hosts, h => h.IsV6)) _v6 = Open(AddressFamily.InterNetworkV6, device, source);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <returns>For each host, in the order given, whether it answered.</returns>
    /// <exception cref="OperationCanceledException">The caller no longer wanted it.</exception>
    public IReadOnlyList<bool> Ask(int attempts, TimeSpan each, CancellationToken cancel)
    {
        var poller = new Poller(2);
        poller.Watch(0, _v4?.Descriptor.Number ?? -1);
        poller.Watch(1, _v6?.Descriptor.Number ?? -1);
        for (var attempt = 0; attempt < attempts && Array.Exists(_answered, a => !a); attempt++)
        {
            Send((ushort)attempt);
            var deadline = Clock.Now() + each;
            for (var now = Clock.Now(); now < deadline && Array.Exists(_answered, a => !a); now = Clock.Now())
            {
                cancel.ThrowIfCancellationRequested();
                if (poller.Wait(Core.Instant.Min(deadline, now + Look), now) == 0) continue;
                Hear(_v4, _from4);
                Hear(_v6, _from6);
            }
        }
        return _answered;
    }

    public void Dispose()
    {
        _v4?.Dispose();
        _v6?.Dispose();
    }

    private static SocketAddressBytes Of(IPAddress address) =>
        new(address, 0, address.AddressFamily == AddressFamily.InterNetworkV6 ? (int)address.ScopeId : 0);

    private static DatagramSocket Open(AddressFamily family, string? device, IPAddress? source)
    {
        var socket = DatagramSocket.Ping(family);
        try
        {
            if (device is not null) socket.BindToDevice(device);
            if (source is not null && source.AddressFamily == family) socket.Bind(Of(source));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What cannot be sent (no route, the interface is down) is as lost as what nobody answers.</summary>
    private void Send(ushort sequence)
    {
        for (var i = 0; i < _hosts.Length; i++)
        {
            if (_answered[i]) continue;
            var size = IcmpEcho.WriteRequest(_packet, _hosts[i].IsV6, _identifier, sequence, _data);
            _ = (_hosts[i].IsV6 ? _v6 : _v4)!.Send(_packet.AsSpan(0, size), _hosts[i]);
        }
    }

    private void Hear(DatagramSocket? socket, SocketAddressBytes from)
    {
        if (socket is null) return;
        for (int n; (n = socket.Receive(_buffer, from)) != -Errno.EAGAIN;)
        {
            if (n <= 0)
            {
                if (n == -Errno.EMSGSIZE) continue;
                return;
            }
            if (!IcmpEcho.TryReadReply(_buffer.AsSpan(0, n), from.IsV6, _identifier, out _, out var data) || !data.SequenceEqual(_data)) continue;
            for (var i = 0; i < _hosts.Length; i++) _answered[i] |= _hosts[i].SameHost(from);
        }
    }
}
