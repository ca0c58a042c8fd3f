using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Linux;

/// <summary>An IP address and port in the kernel's form (struct sockaddr_in, sockaddr_in6), made once and used for every datagram.</summary>
public sealed class SocketAddressBytes
{
    internal const ushort AF_INET = 2, AF_INET6 = 10;

    /// <param name="scope">Interface index, for link-local IPv6 addresses; otherwise 0.</param>
    public SocketAddressBytes(IPAddress address, int port, int scope = 0)
    {
        IsV6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        Bytes = GC.AllocateArray<byte>(IsV6 ? 28 : 16, pinned: true);
        BitConverter.TryWriteBytes(Bytes, IsV6 ? AF_INET6 : AF_INET);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes.AsSpan(2), (ushort)port);      // a port above 65535 wraps, as in 3.0.6
        address.TryWriteBytes(Bytes.AsSpan(IsV6 ? 8 : 4), out _);
        if (IsV6) BitConverter.TryWriteBytes(Bytes.AsSpan(24), scope);
    }

    public bool IsV6 { get; }

    internal byte[] Bytes { get; }

    /// <summary>Same address; ports and scopes do not count.</summary>
    public bool SameHost(SocketAddressBytes other) =>
        IsV6 == other.IsV6 && (IsV6 ? Bytes.AsSpan(8, 16).SequenceEqual(other.Bytes.AsSpan(8, 16)) : Bytes.AsSpan(4, 4).SequenceEqual(other.Bytes.AsSpan(4, 4)));
}
