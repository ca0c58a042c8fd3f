using System.Buffers.Binary;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>What follows the four RMCP bytes of an IPMI 2.0 packet, without what seals it.</summary>
internal readonly ref struct RmcpPlusPacket(byte payload, bool isEncrypted, bool isSealed, uint session, uint sequence, ReadOnlySpan<byte> contents, ReadOnlySpan<byte> trailer)
{
    /// <summary>Kind of contents: 00 message, 10 to 15 the handshake.</summary>
    public byte Payload => payload;
    public bool IsEncrypted => isEncrypted;
    public bool IsSealed => isSealed;
    public uint Session => session;
    public uint Sequence => sequence;
    public ReadOnlySpan<byte> Contents { get; } = contents;

    /// <summary>Padding, its length, next header and code.</summary>
    public ReadOnlySpan<byte> Trailer { get; } = trailer;
}

/// <summary>The outermost frame (ASF 2.0, RMCP header) and the two session headers below it.</summary>
internal static class RmcpPacket
{
    /// <summary>Version 6, no acknowledgement wanted, class IPMI.</summary>
    private static ReadOnlySpan<byte> Rmcp => [0x06, 0x00, 0xFF, 0x07];
    public const byte FormatPlus = 0x06, PayloadMessage = 0x00, PayloadOpen = 0x10, PayloadOpened = 0x11, PayloadRakp1 = 0x12, PayloadRakp2 = 0x13, PayloadRakp3 = 0x14, PayloadRakp4 = 0x15;
    public const int RmcpBytes = 4, PlusHeader = RmcpBytes + 12, OldHeader = RmcpBytes + 9;

    /// <summary>A packet of IPMI 2.0 without seal: the handshake, or a session of suite 0 or 1.</summary>
    public static byte[] Plus(byte payload, uint session, uint sequence, ReadOnlySpan<byte> contents)
    {
        var packet = new byte[PlusHeader + contents.Length];
        PlusHead(packet, payload, session, sequence, contents.Length);
        contents.CopyTo(packet.AsSpan(PlusHeader));
        return packet;
    }

    public static void PlusHead(Span<byte> packet, byte payload, uint session, uint sequence, int contents)
    {
        Rmcp.CopyTo(packet);
        (packet[4], packet[5]) = (FormatPlus, payload);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[6..], session);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[10..], sequence);
        BinaryPrimitives.WriteUInt16LittleEndian(packet[14..], (ushort)contents);
    }

    /// <summary><c>false</c> for anything that is not a whole packet of IPMI 2.0.</summary>
    public static bool TryReadPlus(ReadOnlySpan<byte> packet, out RmcpPlusPacket read)
    {
        read = default;
        if (!IsIpmi(packet) || packet.Length < PlusHeader || packet[4] != FormatPlus) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(packet[14..]);
        if (packet.Length < PlusHeader + length) return false;
        read = new((byte)(packet[5] & 0x3F), (packet[5] & 0x80) != 0, (packet[5] & 0x40) != 0, BinaryPrimitives.ReadUInt32LittleEndian(packet[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(packet[10..]), packet.Slice(PlusHeader, length), packet[(PlusHeader + length)..]);
        return true;
    }

    /// <summary>A packet of IPMI 1.5.</summary>
    /// <param name="code">16 bytes, or none with authentication type 0.</param>
    public static byte[] Old(byte authentication, uint sequence, uint session, ReadOnlySpan<byte> code, ReadOnlySpan<byte> message)
    {
        var packet = new byte[OldHeader + code.Length + 1 + message.Length];
        Rmcp.CopyTo(packet);
        packet[4] = authentication;
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(5), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(9), session);
        code.CopyTo(packet.AsSpan(OldHeader));
        packet[OldHeader + code.Length] = (byte)message.Length;
        message.CopyTo(packet.AsSpan(OldHeader + code.Length + 1));
        return packet;
    }

    /// <summary><c>false</c> for anything that is not a whole packet of IPMI 1.5. One byte more than announced is allowed: some stacks pad.</summary>
    public static bool TryReadOld(ReadOnlySpan<byte> packet, out byte authentication, out uint sequence, out uint session, out ReadOnlySpan<byte> code, out ReadOnlySpan<byte> message)
    {
        (authentication, sequence, session) = (0, 0, 0);
        code = message = default;
        if (!IsIpmi(packet) || packet.Length <= OldHeader || packet[4] == FormatPlus) return false;
        var codeBytes = packet[4] == 0 ? 0 : 16;
        if (packet.Length <= OldHeader + codeBytes) return false;
        var start = OldHeader + codeBytes + 1;
        int length = packet[start - 1];
        if (packet.Length < start + length) return false;
        (authentication, sequence, session) = (packet[4], BinaryPrimitives.ReadUInt32LittleEndian(packet[5..]), BinaryPrimitives.ReadUInt32LittleEndian(packet[9..]));
        code = packet.Slice(OldHeader, codeBytes);
        message = packet.Slice(start, length);
        return true;
    }

    private static bool IsIpmi(ReadOnlySpan<byte> packet) => packet.Length > RmcpBytes && packet[0] == 0x06 && packet[3] == 0x07;
}
