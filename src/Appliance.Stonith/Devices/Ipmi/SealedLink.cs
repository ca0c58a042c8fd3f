using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Seals and opens the packets of one RMCP+ session (IPMI 2.0, 13.6 and 13.28 to 13.32).</summary>
/// <param name="ours">Our session number: what the BMC writes into its packets.</param>
/// <param name="theirs">The BMC's session number: what we write into ours.</param>
/// <param name="k1">Key of the seal.</param>
/// <param name="k2">Key of the encryption; its first 16 bytes are used.</param>
internal sealed class SealedLink(CipherSuite suite, uint ours, uint theirs, byte[] k1, byte[] k2)
{
    private const byte NextHeader = 0x07;
    private const int Block = 16;

    private readonly SequenceWindow _window = new();

    /// <param name="iv">16 bytes nobody can guess; not used without encryption.</param>
    public byte[] Seal(uint sequence, ReadOnlySpan<byte> message, ReadOnlySpan<byte> iv)
    {
        var contents = suite.Confidentiality == 0 ? message : Encrypt(message, iv);
        var kind = (byte)(RmcpPacket.PayloadMessage | (suite.Confidentiality != 0 ? 0x80 : 0) | (suite.Integrity != 0 ? 0x40 : 0));
        if (suite.Integrity == 0) return RmcpPacket.Plus(kind, theirs, sequence, contents);
        // From the authentication type to the next header: a multiple of four, filled with FF.
        var pad = (4 - (RmcpPacket.PlusHeader - RmcpPacket.RmcpBytes + contents.Length + 2) % 4) % 4;
        var packet = new byte[RmcpPacket.PlusHeader + contents.Length + pad + 2 + suite.TrailerCode];
        RmcpPacket.PlusHead(packet, kind, theirs, sequence, contents.Length);
        contents.CopyTo(packet.AsSpan(RmcpPacket.PlusHeader));
        packet.AsSpan(RmcpPacket.PlusHeader + contents.Length, pad).Fill(0xFF);
        var end = packet.Length - suite.TrailerCode;
        (packet[end - 2], packet[end - 1]) = ((byte)pad, NextHeader);
        Code(packet.AsSpan(RmcpPacket.RmcpBytes, end - RmcpPacket.RmcpBytes)).CopyTo(packet.AsSpan(end));
        return packet;
    }

    /// <summary>The message in a packet of this session, or <c>null</c>: another session's, forged, damaged, repeated or too old.</summary>
    public byte[]? Open(ReadOnlySpan<byte> packet)
    {
        if (!RmcpPacket.TryReadPlus(packet, out var read) || read.Payload != RmcpPacket.PayloadMessage || read.Session != ours) return null;
        if (read.IsSealed != (suite.Integrity != 0) || read.IsEncrypted != (suite.Confidentiality != 0)) return null;
        if (suite.Integrity != 0)
        {
            var code = suite.TrailerCode;
            if (read.Trailer.Length < 2 + code) return null;
            var end = packet.Length - code;
            if (!CryptographicOperations.FixedTimeEquals(Code(packet[RmcpPacket.RmcpBytes..end]), packet[end..])) return null;
        }
        // Without a seal numbers prove nothing, and some BMCs count none.
        if (suite.Integrity != 0 && !_window.Take(read.Sequence)) return null;
        return suite.Confidentiality == 0 ? read.Contents.ToArray() : Decrypt(read.Contents);
    }

    private ReadOnlySpan<byte> Code(ReadOnlySpan<byte> bytes) => suite.Integrity switch
    {
#pragma warning disable CA5350 // what suites 2 and 3 are made of
        1 => HMACSHA1.HashData(k1, bytes).AsSpan(0, 12),
#pragma warning restore CA5350
        _ => HMACSHA256.HashData(k1, bytes).AsSpan(0, 16),
    };

    private byte[] Encrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> iv)
    {
        // Filled with 1, 2, 3 .. n and n itself, so that all is a multiple of the block.
        var pad = (Block - (message.Length + 1) % Block) % Block;
        Span<byte> plain = new byte[message.Length + pad + 1];
        message.CopyTo(plain);
        for (var i = 0; i < pad; i++) plain[message.Length + i] = (byte)(i + 1);
        plain[^1] = (byte)pad;
        using var aes = Cipher();
        return [.. iv[..Block], .. aes.EncryptCbc(plain, iv[..Block], PaddingMode.None)];
    }

    private byte[]? Decrypt(ReadOnlySpan<byte> contents)
    {
        if (contents.Length < 2 * Block || contents.Length % Block != 0) return null;
        using var aes = Cipher();
        var plain = aes.DecryptCbc(contents[Block..], contents[..Block], PaddingMode.None);
        var pad = plain[^1];
        return pad < Block && pad + 1 <= plain.Length ? plain[..^(pad + 1)] : null;
    }

    private Aes Cipher()
    {
        var aes = Aes.Create();
        aes.Key = k2[..Block];
        return aes;
    }
}
