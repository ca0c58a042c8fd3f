using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

#pragma warning disable CA2000     // the descriptor made here is owned by what is returned

namespace Appliance.Linux;

/// <summary>Tells the neighbours on one interface where an address is, and asks them whether somebody has it: ARP for IPv4, ND for IPv6.</summary>
/// <remarks>A packet(7) socket in the namespace of the thread that opened it. Errors: <see cref="IOException"/> naming call, interface and errno.</remarks>
public sealed unsafe partial class ArpSocket : IDisposable
{
    private const int AF_PACKET = 17, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    private const ushort ETH_P_ARP = 0x0806, ETH_P_IPV6 = 0x86dd;
    private static readonly byte[] Everybody = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

    private readonly SafeFileHandle _socket;
    private readonly NetworkLink _link;
    private readonly ushort _protocol;

    private ArpSocket(SafeFileHandle socket, NetworkLink link, ushort protocol) => (_socket, _link, _protocol) = (socket, link, protocol);

    /// <summary>Opens a socket for one family on one interface that has neighbours.</summary>
    public static ArpSocket Open(NetworkLink link, AddressFamily family)
    {
        var protocol = family == AddressFamily.InterNetworkV6 ? ETH_P_IPV6 : ETH_P_ARP;
        var fd = SocketRaw(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);       // protocol 0: hears nothing before bind
        if (fd < 0) throw new IOException($"socket(AF_PACKET) {link.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
        var socket = new SafeFileHandle(fd, ownsHandle: true);
        var address = LinkAddress(link.Index, protocol, []);
        if (Bind(socket, &address, (uint)sizeof(SockAddrLl)) < 0)
        {
            var errno = Marshal.GetLastPInvokeErrorMessage();
            socket.Dispose();
            throw new IOException($"bind(AF_PACKET) {link.Name}: {errno}");
        }
        return new(socket, link, protocol);
    }

    /// <summary>Sends the announcement: for IPv4 a gratuitous request and a gratuitous reply (stacks differ in which one they heed), for IPv6 an unsolicited advertisement.</summary>
    public void Announce(IPAddress address)
    {
        Span<byte> packet = stackalloc byte[NdpPacket.MaxSize];
        var mac = _link.HardwareAddress;
        if (_protocol == ETH_P_IPV6)
        {
            var n = NdpPacket.WriteAdvertisement(packet, address, mac);
            Send(packet[..n], NdpPacket.GroupHardware(NdpPacket.AllNodes));
            return;
        }
        var size = ArpPacket.Write(packet, ArpPacket.Request, mac, address, [], address);
        Send(packet[..size], Everybody.AsSpan(0, mac.Length));
        size = ArpPacket.Write(packet, ArpPacket.Reply, mac, address, mac, address);
        Send(packet[..size], Everybody.AsSpan(0, mac.Length));
    }

    /// <summary>Asks once who has the address (RFC 5227: from 0.0.0.0; RFC 4862: from ::) and waits for an answer of a foreign hardware address.</summary>
    /// <param name="own">Hardware addresses of this machine: it may answer itself on another interface of the same network.</param>
    /// <param name="asker">IPv6 only: an address of ours to ask from. The answer then goes to it and not to everybody.</param>
    /// <returns>The foreign hardware address that claims it; <c>null</c>: nobody answered in time.</returns>
    public byte[]? Probe(IPAddress address, TimeSpan wait, IReadOnlyCollection<byte[]> own, IPAddress? asker = null)
    {
        Span<byte> packet = stackalloc byte[256];
        if (_protocol == ETH_P_IPV6)
        {
            var n = asker is null ? NdpPacket.WriteProbe(packet, address) : NdpPacket.WriteSolicitation(packet, asker, address, _link.HardwareAddress);
            Send(packet[..n], NdpPacket.GroupHardware(NdpPacket.SolicitedNode(address)));
        }
        else
        {
            var n = ArpPacket.Write(packet, ArpPacket.Request, _link.HardwareAddress, IPAddress.Any, [], address);
            Send(packet[..n], Everybody.AsSpan(0, _link.HardwareAddress.Length));
        }
        Span<byte> wanted = stackalloc byte[16];
        address.TryWriteBytes(wanted, out var size);
        wanted = wanted[..size];
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = wait - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return null;
            WaitReadable(left);
            SockAddrLl from;
            for (int n; (n = Receive(packet, &from)) > 0;)
                if (Claimant(packet[..n], &from, wanted, address) is { } claimant && !own.Any(o => o.AsSpan().SequenceEqual(claimant))) return claimant;
        }
    }

    /// <summary>It is closed a moment later, as that waits: see <see cref="LateClose"/>.</summary>
    public void Dispose() => LateClose.Of(_socket);

    private byte[]? Claimant(ReadOnlySpan<byte> packet, SockAddrLl* from, ReadOnlySpan<byte> wanted, IPAddress address)
    {
        if (_protocol == ETH_P_IPV6)
        {
            if (!NdpPacket.IsAdvertisementOf(packet, address, out var named)) return null;
            return named.IsEmpty ? new ReadOnlySpan<byte>(from->Address, Math.Min((int)from->AddressLength, 8)).ToArray() : named.ToArray();
        }
        return ArpPacket.TryParse(packet, out var arp) && arp.SenderAddress.SequenceEqual(wanted) ? arp.SenderHardware.ToArray() : null;
    }

    private void Send(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> hardware)
    {
        var to = LinkAddress(_link.Index, _protocol, hardware);
        fixed (byte* p = packet)
            if (SendTo(_socket, p, (nuint)packet.Length, 0, &to, (uint)sizeof(SockAddrLl)) < 0)
                throw new IOException($"sendto(AF_PACKET) {_link.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private int Receive(Span<byte> into, SockAddrLl* from)
    {
        var size = (uint)sizeof(SockAddrLl);
        fixed (byte* p = into) return (int)ReceiveFrom(_socket, p, (nuint)into.Length, 0, from, &size);
    }

    private void WaitReadable(TimeSpan atMost)
    {
        var poll = new RunningProcess.PollFd { Fd = (int)_socket.DangerousGetHandle(), Events = 1 };
        var time = stackalloc long[2];                        // ppoll and not poll: the wait is shorter than what milliseconds can say
        (time[0], time[1]) = (atMost.Ticks / TimeSpan.TicksPerSecond, atMost.Ticks % TimeSpan.TicksPerSecond * 100);
        _ = PPoll(&poll, 1, time, null);
    }

    private static SockAddrLl LinkAddress(int index, ushort protocol, ReadOnlySpan<byte> hardware)
    {
        var address = new SockAddrLl
        {
            Family = AF_PACKET, Protocol = BinaryPrimitives.ReverseEndianness(protocol), Index = index, AddressLength = (byte)hardware.Length,
        };
        if (!BitConverter.IsLittleEndian) address.Protocol = protocol;
        hardware.CopyTo(new Span<byte>(address.Address, 8));
        return address;
    }

    /// <summary>struct sockaddr_ll, 20 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SockAddrLl
    {
        public ushort Family;
        public ushort Protocol;
        public int Index;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public fixed byte Address[8];
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketRaw(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeFileHandle fd, SockAddrLl* address, uint size);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(SafeFileHandle fd, byte* bytes, nuint size, int flags, SockAddrLl* to, uint toSize);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(SafeFileHandle fd, byte* bytes, nuint size, int flags, SockAddrLl* from, uint* fromSize);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PPoll(RunningProcess.PollFd* fds, nuint count, long* time, void* mask);
}
