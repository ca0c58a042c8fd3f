using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>What we know of the other side's engine.</summary>
/// <param name="Id">5 to 32 bytes.</param>
internal sealed record UsmEngine(byte[] Id, uint Boots, uint Time);

/// <summary>A user's keys for one engine.</summary>
internal sealed record UsmUser(byte[] Name, UsmAuth Auth, byte[] AuthKey, UsmPriv Priv, byte[] PrivKey);

/// <summary>A message of version 3 that was read.</summary>
/// <param name="IsAuthentic">It was signed, and the signature is right. Nothing of one that is not may be relied on.</param>
/// <param name="Pdu"><c>null</c>: it could not be decrypted.</param>
internal sealed record UsmRead(int MessageId, UsmEngine Engine, bool IsAuthentic, SnmpPdu? Pdu);

/// <summary>The messages of version 3 with the user-based security model (RFC 3412, RFC 3414).</summary>
internal static class UsmMessage
{
    private const int Version = 3, Usm = 3, LargestMessage = 65507;
    private const byte IsSigned = 1, IsEncrypted = 2, WantsReport = 4;

    /// <param name="user"><c>null</c>: a discovery, without name and signature.</param>
    /// <param name="salt">8 bytes that are never used again with this key; only with encryption.</param>
    public static byte[] Write(int messageId, UsmEngine engine, UsmUser? user, ReadOnlySpan<byte> salt, SnmpPdu pdu)
    {
        var scoped = Scoped(engine.Id, pdu);
        var (signs, encrypts) = (user is { Auth: not UsmAuth.None }, user is { Priv: not UsmPriv.None });
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(Version);
            using (writer.PushSequence())
            {
                writer.WriteInteger(messageId);
                writer.WriteInteger(LargestMessage);
                writer.WriteOctetString([(byte)(WantsReport | (signs ? IsSigned : 0) | (encrypts ? IsEncrypted : 0))]);
                writer.WriteInteger(Usm);
            }
            writer.WriteOctetString(Security(engine, user, encrypts ? salt : []));
            if (encrypts) writer.WriteOctetString(UsmKeys.Encrypt(user!.Priv, user.PrivKey, engine.Boots, engine.Time, salt, scoped));
            else writer.WriteEncodedValue(scoped);
        }
        var message = writer.Encode();
        if (signs)
        {
            // The signature covers the whole message with zeros in its own place.
            Parts(message, out _, out _, out _, out _, out var code, out _, out _);
            UsmKeys.Code(user!.Auth, user.AuthKey, message).CopyTo(message, Offset(message, code));
        }
        return message;
    }

    /// <summary><c>null</c> for anything that is no message of version 3.</summary>
    public static UsmRead? Read(ReadOnlyMemory<byte> message, UsmUser? user)
    {
        try
        {
            Parts(message, out var id, out var flags, out var engine, out var name, out var code, out var salt, out var rest);
            var isAuthentic = false;
            if ((flags & IsSigned) != 0 && user is { Auth: not UsmAuth.None } && name.Span.SequenceEqual(user.Name) && code.Length == UsmKeys.CodeBytes(user.Auth))
            {
                var zeroed = message.ToArray();
                zeroed.AsSpan(Offset(message, code), code.Length).Clear();
                isAuthentic = CryptographicOperations.FixedTimeEquals(UsmKeys.Code(user.Auth, user.AuthKey, zeroed), code.Span);
            }
            return new(id, engine, isAuthentic, Contents(rest, flags, user, engine, salt));
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static SnmpPdu? Contents(AsnReader rest, byte flags, UsmUser? user, UsmEngine engine, ReadOnlyMemory<byte> salt)
    {
        if ((flags & IsEncrypted) == 0) return Scoped(rest);
        if (user is not { Priv: not UsmPriv.None }) return null;
        try
        {
            return UsmKeys.Decrypt(user.Priv, user.PrivKey, engine.Boots, engine.Time, salt.Span, rest.ReadOctetString()) is { } plain ? Scoped(new AsnReader(plain, AsnEncodingRules.BER)) : null;
        }
        catch (AsnContentException)
        {
            return null;        // another key
        }
    }

    private static void Parts(ReadOnlyMemory<byte> message, out int id, out byte flags, out UsmEngine engine, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> code, out ReadOnlyMemory<byte> salt, out AsnReader rest)
    {
        rest = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        if (BerNumber.Int32(rest) != Version) throw new AsnContentException("another version");
        var header = rest.ReadSequence();
        id = BerNumber.Int32(header);
        BerNumber.Signed(header);
        flags = header.ReadOctetString() is [var only] ? only : throw new AsnContentException("no flags");
        if (BerNumber.Int32(header) != Usm) throw new AsnContentException("another security model");
        var security = new AsnReader(Octets(rest), AsnEncodingRules.BER).ReadSequence();
        var engineId = Octets(security);
        var (boots, time) = (BerNumber.Int32(security), BerNumber.Int32(security));
        if (boots < 0 || time < 0) throw new AsnContentException("no time");
        engine = new(engineId.ToArray(), (uint)boots, (uint)time);
        (name, code, salt) = (Octets(security), Octets(security), Octets(security));
    }

    /// <summary>The bytes where they stand, not a copy: the place of the signature is found by them.</summary>
    private static ReadOnlyMemory<byte> Octets(AsnReader reader) => reader.TryReadPrimitiveOctetString(out var contents) ? contents : throw new AsnContentException("a string in pieces");

    private static int Offset(ReadOnlyMemory<byte> whole, ReadOnlyMemory<byte> part) => whole.Span.Overlaps(part.Span, out var offset) ? offset : throw new AsnContentException("no signature");

    private static byte[] Security(UsmEngine engine, UsmUser? user, ReadOnlySpan<byte> salt)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(engine.Id);
            writer.WriteInteger(engine.Boots);
            writer.WriteInteger(engine.Time);
            writer.WriteOctetString(user?.Name ?? []);
            writer.WriteOctetString(new byte[UsmKeys.CodeBytes(user?.Auth ?? UsmAuth.None)]);
            writer.WriteOctetString(salt);
        }
        return writer.Encode();
    }

    private static byte[] Scoped(byte[] engine, SnmpPdu pdu)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(engine);
            writer.WriteOctetString([]);
            pdu.Write(writer);
        }
        return writer.Encode();
    }

    private static SnmpPdu Scoped(AsnReader reader)
    {
        var scoped = reader.ReadSequence();
        scoped.ReadOctetString();
        scoped.ReadOctetString();
        return SnmpPdu.Read(scoped);
    }
}
