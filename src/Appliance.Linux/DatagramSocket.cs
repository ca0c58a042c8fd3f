using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A UDP or raw ICMP socket that never waits. Sending and receiving allocate nothing and return errors as numbers.</summary>
/// <remarks>Everything else throws <see cref="LinuxException"/> naming the option and errno. Numbers: asm-generic/socket.h, linux/in.h, linux/in6.h.</remarks>
public sealed unsafe partial class DatagramSocket : IDisposable
{
    private const int SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    private const int IPPROTO_IP = 0, IPPROTO_ICMP = 1, IPPROTO_IPV6 = 41, IPPROTO_ICMPV6 = 58, SOL_RAW = 255;
    private const int SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_DONTROUTE = 5, SO_BROADCAST = 6, SO_REUSEPORT = 15, SO_BINDTODEVICE = 25;
    private const int IP_TOS = 1, IP_MULTICAST_IF = 32, IP_MULTICAST_TTL = 33, IP_MULTICAST_LOOP = 34, IP_ADD_MEMBERSHIP = 35;
    private const int IPV6_MULTICAST_IF = 17, IPV6_MULTICAST_HOPS = 18, IPV6_MULTICAST_LOOP = 19, IPV6_JOIN_GROUP = 20, IPV6_V6ONLY = 26;
    private const int ICMP_FILTER = 1, ICMPV6_FILTER = 1;
    private const int MSG_DONTWAIT = 0x40, MSG_TRUNC = 0x20;

    private readonly bool _v6;

    private DatagramSocket(bool v6, int type, int protocol, string what)
    {
        _v6 = v6;
        Descriptor = Descriptor.Opened(
            Socket(v6 ? SocketAddressBytes.AF_INET6 : SocketAddressBytes.AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), "socket", what);
    }

    public Descriptor Descriptor { get; }

    public static DatagramSocket Udp(AddressFamily family) => new(family == AddressFamily.InterNetworkV6, SOCK_DGRAM, 0, "UDP");

    /// <summary>A raw socket that sees echo replies only; needs CAP_NET_RAW.</summary>
    public static DatagramSocket Ping(AddressFamily family)
    {
        if (family == AddressFamily.InterNetworkV6)
        {
            var socket = new DatagramSocket(true, SOCK_RAW, IPPROTO_ICMPV6, "ICMPv6");
            Span<uint> blocked = stackalloc uint[8];
            blocked.Fill(uint.MaxValue);
            blocked[129 / 32] &= ~(1u << (129 % 32));           // RFC 3542: a set bit blocks; 129 is the echo reply
            socket.Set(IPPROTO_ICMPV6, ICMPV6_FILTER, MemoryMarshal.AsBytes(blocked), "ICMP6_FILTER");
            return socket;
        }
        var v4 = new DatagramSocket(false, SOCK_RAW, IPPROTO_ICMP, "ICMP");
        v4.Set(SOL_RAW, ICMP_FILTER, ~1, "ICMP_FILTER");        // 0 is the echo reply
        return v4;
    }

    /// <summary>Only what comes in over this device, and out only over it.</summary>
    public DatagramSocket BindToDevice(string name)
    {
        Span<byte> text = stackalloc byte[16];                  // IFNAMSIZ
        text.Clear();
        if (name.Length > 15 || !System.Text.Encoding.UTF8.TryGetBytes(name, text, out _)) throw new LinuxException("SO_BINDTODEVICE", name, Errno.ENODEV);
        Set(SOL_SOCKET, SO_BINDTODEVICE, text, $"SO_BINDTODEVICE {name}");
        return this;
    }

    public DatagramSocket ReuseAddress() => Set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    public DatagramSocket ReusePort() => Set(SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
    public DatagramSocket Broadcast() => Set(SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");

    /// <summary>Only to hosts of the device's own network, never by way of a router.</summary>
    public DatagramSocket DontRoute() => Set(SOL_SOCKET, SO_DONTROUTE, 1, "SO_DONTROUTE");

    /// <summary>IP_TOS, for example 0x10, low delay. IPv4 only.</summary>
    public DatagramSocket TypeOfService(int value) => Set(IPPROTO_IP, IP_TOS, value, "IP_TOS");

    /// <summary>IPv6 alone, so that the same port is free for IPv4.</summary>
    public DatagramSocket V6Only() => Set(IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");

    /// <summary>Where multicast datagrams go out, how far, and whether this machine gets them too.</summary>
    public DatagramSocket MulticastOut(int interfaceIndex, int hops, bool loop)
    {
        if (_v6)
            return Set(IPPROTO_IPV6, IPV6_MULTICAST_IF, interfaceIndex, "IPV6_MULTICAST_IF").Set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops, "IPV6_MULTICAST_HOPS")
                .Set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop ? 1 : 0, "IPV6_MULTICAST_LOOP");
        ReadOnlySpan<int> request = [0, 0, interfaceIndex];     // struct ip_mreqn: group, local address, index
        Set(IPPROTO_IP, IP_MULTICAST_IF, MemoryMarshal.AsBytes(request), "IP_MULTICAST_IF");
        return Set(IPPROTO_IP, IP_MULTICAST_TTL, hops, "IP_MULTICAST_TTL").Set(IPPROTO_IP, IP_MULTICAST_LOOP, loop ? 1 : 0, "IP_MULTICAST_LOOP");
    }

    /// <summary>Becomes a member of a group on one interface.</summary>
    public DatagramSocket Join(IPAddress group, int interfaceIndex)
    {
        Span<byte> request = stackalloc byte[20];
        request.Clear();
        group.TryWriteBytes(request, out var size);
        if (_v6)
        {
            BitConverter.TryWriteBytes(request[16..], interfaceIndex);      // struct ipv6_mreq: group, index
            Set(IPPROTO_IPV6, IPV6_JOIN_GROUP, request, $"IPV6_JOIN_GROUP {group}");
        }
        else
        {
            BitConverter.TryWriteBytes(request[(size + 4)..], interfaceIndex);      // struct ip_mreqn
            Set(IPPROTO_IP, IP_ADD_MEMBERSHIP, request[..12], $"IP_ADD_MEMBERSHIP {group}");
        }
        return this;
    }

    public DatagramSocket Bind(SocketAddressBytes address)
    {
        fixed (byte* p = address.Bytes) LinuxException.Check(BindRaw(Descriptor, p, (uint)address.Bytes.Length), "bind");
        return this;
    }

    /// <returns>Bytes sent, or minus errno (<c>-EAGAIN</c>: the device's queue is full, <c>-ENETDOWN</c>, <c>-ENODEV</c> ...).</returns>
    public int Send(ReadOnlySpan<byte> datagram, SocketAddressBytes to)
    {
        fixed (byte* p = datagram, address = to.Bytes)
        {
            var n = SendTo(Descriptor, p, (nuint)datagram.Length, MSG_DONTWAIT, address, (uint)to.Bytes.Length);
            return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
        }
    }

    /// <returns>The datagram's size; <c>-EAGAIN</c> when none is there; <c>-EMSGSIZE</c> when it was larger than the buffer; or another negative errno.</returns>
    public int Receive(Span<byte> into)
    {
        fixed (byte* p = into)
        {
            var n = ReceiveRaw(Descriptor, p, (nuint)into.Length, MSG_DONTWAIT | MSG_TRUNC);
            if (n < 0) return -Marshal.GetLastPInvokeError();
            return n > into.Length ? -Errno.EMSGSIZE : (int)n;
        }
    }

    /// <summary>As <see cref="Receive(Span{byte})"/>, and says who sent it.</summary>
    /// <param name="from">Overwritten; of this socket's family.</param>
    public int Receive(Span<byte> into, SocketAddressBytes from)
    {
        fixed (byte* p = into, address = from.Bytes)
        {
            var size = (uint)from.Bytes.Length;
            var n = ReceiveFrom(Descriptor, p, (nuint)into.Length, MSG_DONTWAIT | MSG_TRUNC, address, &size);
            if (n < 0) return -Marshal.GetLastPInvokeError();
            return n > into.Length ? -Errno.EMSGSIZE : (int)n;
        }
    }

    public void Dispose() => Descriptor.Dispose();

    private DatagramSocket Set(int level, int option, int value, string name)
    {
        ReadOnlySpan<int> one = [value];
        Set(level, option, MemoryMarshal.AsBytes(one), name);
        return this;
    }

    private void Set(int level, int option, ReadOnlySpan<byte> value, string name)
    {
        fixed (byte* p = value) LinuxException.Check(SetSocketOption(Descriptor, level, option, p, (uint)value.Length), "setsockopt", name);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(Descriptor fd, int level, int option, byte* value, uint size);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindRaw(Descriptor fd, byte* address, uint size);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(Descriptor fd, byte* from, nuint size, int flags, byte* address, uint addressSize);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveRaw(Descriptor fd, byte* into, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(Descriptor fd, byte* into, nuint size, int flags, byte* address, uint* addressSize);
}
