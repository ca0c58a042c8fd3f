using System.Buffers.Binary;
using System.Net;

namespace Appliance.Linux;

/// <summary>Neighbour discovery for IPv6 (RFC 4861) as whole IPv6 packets, because one of them has to be sent from the unspecified address.</summary>
public static class NdpPacket
{
    private const byte Icmp6 = 58, NeighborSolicitation = 135, NeighborAdvertisement = 136;
    private const int HeaderSize = 40, MessageSize = 24;

    /// <summary>Larger than any packet written here.</summary>
    public const int MaxSize = HeaderSize + MessageSize + 16;

    /// <summary>The question of duplicate address detection (RFC 4862, 5.4.2): who has this address? From nobody, to its solicited-node group.</summary>
    public static int WriteProbe(Span<byte> into, IPAddress target) =>
        Write(into, NeighborSolicitation, IPAddress.IPv6Any, SolicitedNode(target), target, 0, []);

    /// <summary>The everyday question (RFC 4861, 4.3): who has this address? From an address of ours, with our hardware address, so that the answer comes to us alone.</summary>
    public static int WriteSolicitation(Span<byte> into, IPAddress source, IPAddress target, ReadOnlySpan<byte> hardware) =>
        Write(into, NeighborSolicitation, source, SolicitedNode(target), target, 0, hardware);

    /// <summary>An unsolicited advertisement with the override flag (RFC 4861, 7.2.6): this address is now at this hardware address.</summary>
    public static int WriteAdvertisement(Span<byte> into, IPAddress address, ReadOnlySpan<byte> hardware) =>
        Write(into, NeighborAdvertisement, address, AllNodes, address, 0x20, hardware);

    public static IPAddress AllNodes { get; } = IPAddress.Parse("ff02::1");

    /// <summary>ff02::1:ffXX:XXXX (RFC 4291, 2.7.1).</summary>
    public static IPAddress SolicitedNode(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return new([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, bytes[13], bytes[14], bytes[15]]);
    }

    /// <summary>The Ethernet group address of an IPv6 group: 33:33 and its last four bytes (RFC 2464, 7).</summary>
    public static byte[] GroupHardware(IPAddress group)
    {
        Span<byte> bytes = stackalloc byte[16];
        group.TryWriteBytes(bytes, out _);
        return [0x33, 0x33, bytes[12], bytes[13], bytes[14], bytes[15]];
    }

    /// <summary>Reads a received IPv6 packet; true when it is an advertisement of <paramref name="target"/>.</summary>
    /// <param name="hardware">The hardware address it names; empty when it names none.</param>
    public static bool IsAdvertisementOf(ReadOnlySpan<byte> packet, IPAddress target, out ReadOnlySpan<byte> hardware)
    {
        hardware = default;
        if (packet.Length < HeaderSize + MessageSize || packet[0] >> 4 != 6 || packet[6] != Icmp6 || packet[7] != 255) return false;
        var message = packet[HeaderSize..];
        Span<byte> wanted = stackalloc byte[16];
        target.TryWriteBytes(wanted, out _);
        if (message[0] != NeighborAdvertisement || !message.Slice(8, 16).SequenceEqual(wanted)) return false;
        for (var options = message[MessageSize..]; options.Length >= 8 && options[1] > 0 && options[1] * 8 <= options.Length; options = options[(options[1] * 8)..])
            if (options[0] == 2) hardware = options[2..8];
        return true;
    }

    private static int Write(Span<byte> into, byte type, IPAddress source, IPAddress destination, IPAddress target, byte flags, ReadOnlySpan<byte> hardware)
    {
        var optionSize = hardware.IsEmpty ? 0 : (2 + hardware.Length + 7) / 8 * 8;
        var size = MessageSize + optionSize;
        into[..(HeaderSize + size)].Clear();
        into[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], (ushort)size);
        into[6] = Icmp6;
        into[7] = 255;                                        // hop limit: proves that it was not routed
        source.TryWriteBytes(into[8..], out _);
        destination.TryWriteBytes(into[24..], out _);
        var message = into.Slice(HeaderSize, size);
        message[0] = type;
        message[4] = flags;
        target.TryWriteBytes(message[8..], out _);
        if (optionSize > 0)
        {
            message[MessageSize] = (byte)(type == NeighborSolicitation ? 1 : 2);      // source or target link-layer address
            message[MessageSize + 1] = (byte)(optionSize / 8);
            hardware.CopyTo(message[(MessageSize + 2)..]);
        }
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(into[8..HeaderSize], message));
        return HeaderSize + size;
    }

    /// <summary>Internet checksum over the pseudo-header (RFC 8200, 8.1) and the message.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message)
    {
        var sum = (uint)message.Length + Icmp6;
        foreach (var part in (ReadOnlySpan<int>)[0, 1])
        {
            var bytes = part == 0 ? addresses : message;
            for (var i = 0; i + 1 < bytes.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
