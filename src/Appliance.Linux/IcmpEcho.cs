namespace Appliance.Linux;

/// <summary>Echo requests and replies (RFC 792, RFC 4443) as a raw socket sends and receives them. Allocates nothing.</summary>
public static class IcmpEcho
{
    /// <summary>Bytes before the data.</summary>
    public const int HeaderSize = 8;

    /// <summary>Writes a request into <paramref name="packet"/>; of ICMPv6 the kernel fills in the checksum.</summary>
    /// <param name="identifier">In native byte order on the wire, as 3.0.6 sends it.</param>
    /// <returns>Its size, or -1 when it does not fit.</returns>
    public static int WriteRequest(Span<byte> packet, bool v6, ushort identifier, ushort sequence, ReadOnlySpan<byte> data)
    {
        if (packet.Length < HeaderSize + data.Length) return -1;
        packet = packet[..(HeaderSize + data.Length)];
        packet[0] = v6 ? (byte)128 : (byte)8;
        packet[1] = packet[2] = packet[3] = 0;
        BitConverter.TryWriteBytes(packet[4..], identifier);
        BitConverter.TryWriteBytes(packet[6..], sequence);
        data.CopyTo(packet[HeaderSize..]);
        if (!v6) BitConverter.TryWriteBytes(packet[2..], Checksum(packet));
        return packet.Length;
    }

    /// <summary>The data of a reply to one of our requests.</summary>
    /// <param name="packet">As received: with the IP header for IPv4, without for IPv6.</param>
    /// <returns>False for anything else, also for replies to other programs.</returns>
    public static bool TryReadReply(ReadOnlySpan<byte> packet, bool v6, ushort identifier, out ushort sequence, out ReadOnlySpan<byte> data)
    {
        sequence = 0;
        data = default;
        if (!v6)
        {
            if (packet.Length < 20) return false;
            var header = (packet[0] & 15) * 4;
            if (header < 20 || packet.Length < header) return false;
            packet = packet[header..];
        }
        if (packet.Length < HeaderSize || packet[0] != (v6 ? 129 : 0) || packet[1] != 0) return false;
        if (BitConverter.ToUInt16(packet[4..]) != identifier) return false;
        sequence = BitConverter.ToUInt16(packet[6..]);
        data = packet[HeaderSize..];
        return true;
    }

    /// <summary>Internet checksum (RFC 1071) in native byte order; the checksum field counts as zero.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length >= 2; bytes = bytes[2..]) sum += BitConverter.ToUInt16(bytes);
        if (bytes.Length == 1) sum += BitConverter.IsLittleEndian ? bytes[0] : (ulong)bytes[0] << 8;
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
