using System.Buffers.Binary;
using System.Net;

namespace Appliance.Linux;

/// <summary>An ARP packet for IPv4 over Ethernet-like links (RFC 826), read in place.</summary>
public readonly ref struct ArpPacket
{
    public const ushort Request = 1, Reply = 2;

    /// <summary>Bytes of a packet with 6-byte hardware addresses.</summary>
    public const int EthernetSize = 28;

    private readonly ReadOnlySpan<byte> _packet;

    private ArpPacket(ReadOnlySpan<byte> packet) => _packet = packet;

    public ushort Operation => BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]);

    public ReadOnlySpan<byte> SenderHardware => _packet.Slice(8, _packet[4]);

    public ReadOnlySpan<byte> SenderAddress => _packet.Slice(8 + _packet[4], 4);

    public ReadOnlySpan<byte> TargetAddress => _packet.Slice(12 + 2 * _packet[4], 4);

    /// <summary>Checks the form; any bytes may be given.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if (bytes.Length < 8 || BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != 0x0800 || bytes[5] != 4) return false;
        if (bytes.Length < 16 + 2 * bytes[4]) return false;
        packet = new(bytes);
        return true;
    }

    /// <summary>Writes a packet; the target's hardware address is all zero where <paramref name="targetHardware"/> is empty.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(
        Span<byte> into, ushort operation, ReadOnlySpan<byte> senderHardware, IPAddress sender, ReadOnlySpan<byte> targetHardware, IPAddress target)
    {
        var size = senderHardware.Length;
        var length = 16 + 2 * size;
        into[..length].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(into, 1);                 // Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], 0x0800);       // IPv4
        into[4] = (byte)size;
        into[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], operation);
        senderHardware.CopyTo(into[8..]);
        sender.TryWriteBytes(into[(8 + size)..], out _);
        targetHardware.CopyTo(into[(12 + size)..]);
        target.TryWriteBytes(into[(12 + 2 * size)..], out _);
        return length;
    }
}
