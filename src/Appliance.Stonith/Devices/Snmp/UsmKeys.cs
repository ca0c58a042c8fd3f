using System.Security.Cryptography;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>How messages are signed (RFC 3414: MD5, SHA-1; RFC 7860: the others).</summary>
internal enum UsmAuth { None, Md5, Sha, Sha224, Sha256, Sha384, Sha512 }

/// <summary>How they are encrypted (RFC 3414: DES; RFC 3826: AES).</summary>
internal enum UsmPriv { None, Des, Aes }

/// <summary>Keys and codes of the user-based security model.</summary>
internal static class UsmKeys
{
    /// <summary>RFC 3414, A.2: a pass phrase is repeated to this many bytes before it is hashed.</summary>
    private const int Stretched = 1 << 20;

#pragma warning disable CA5350, CA5351 // MD5, SHA-1 and DES are what agents in the field have
    public static byte[] Hash(UsmAuth kind, ReadOnlySpan<byte> data) => kind switch
    {
        UsmAuth.Md5 => MD5.HashData(data),
        UsmAuth.Sha => SHA1.HashData(data),
        UsmAuth.Sha224 => Sha224.HashData(data),
        UsmAuth.Sha256 => SHA256.HashData(data),
        UsmAuth.Sha384 => SHA384.HashData(data),
        UsmAuth.Sha512 => SHA512.HashData(data),
        _ => [],
    };

    /// <summary>The code of a whole message, cut as each RFC says.</summary>
    public static byte[] Code(UsmAuth kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message) => (kind switch
    {
        UsmAuth.Md5 => HMACMD5.HashData(key, message),
        UsmAuth.Sha => HMACSHA1.HashData(key, message),
        UsmAuth.Sha224 => Sha224.Hmac(key, message),
        UsmAuth.Sha256 => HMACSHA256.HashData(key, message),
        UsmAuth.Sha384 => HMACSHA384.HashData(key, message),
        UsmAuth.Sha512 => HMACSHA512.HashData(key, message),
        _ => [],
    })[..CodeBytes(kind)];

    public static int CodeBytes(UsmAuth kind) => kind switch { UsmAuth.Md5 or UsmAuth.Sha => 12, UsmAuth.Sha224 => 16, UsmAuth.Sha256 => 24, UsmAuth.Sha384 => 32, UsmAuth.Sha512 => 48, _ => 0 };

    /// <summary>The key of a pass phrase for one engine (RFC 3414, 2.6). Privacy keys are made with the hash of the signature, too.</summary>
    public static byte[] Localized(UsmAuth kind, ReadOnlySpan<byte> passPhrase, ReadOnlySpan<byte> engine)
    {
        if (kind == UsmAuth.None || passPhrase.IsEmpty) return [];
        var stretched = new byte[Stretched];
        for (var at = 0; at < Stretched; at += passPhrase.Length) passPhrase[..Math.Min(passPhrase.Length, Stretched - at)].CopyTo(stretched.AsSpan(at));
        var key = Hash(kind, stretched);
        return Hash(kind, [.. key, .. engine, .. key]);
    }

    /// <summary>RFC 3414, 8.1.1.1 and RFC 3826, 3.1.2.1.</summary>
    /// <param name="salt">8 bytes: what goes with the message.</param>
    public static byte[] Encrypt(UsmPriv kind, byte[] key, uint boots, uint time, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> plain)
    {
        if (kind == UsmPriv.Aes) return Cfb(key, boots, time, salt, plain, encrypt: true);
        var padded = new byte[(plain.Length + 7) / 8 * 8];
        plain.CopyTo(padded);
        padded.AsSpan(plain.Length).Fill((byte)(padded.Length - plain.Length));      // what it is filled with means nothing; net-snmp writes the number
        using var des = DES.Create();
        des.Key = key[..8];
        return des.EncryptCbc(padded, DesStart(key, salt), PaddingMode.None);
    }

    /// <summary><c>null</c> when it cannot be: the wrong length. Whether the key was right, the contents tell.</summary>
    public static byte[]? Decrypt(UsmPriv kind, byte[] key, uint boots, uint time, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> secret)
    {
        if (salt.Length != 8) return null;
        if (kind == UsmPriv.Aes) return Cfb(key, boots, time, salt, secret, encrypt: false);
        if (secret.Length == 0 || secret.Length % 8 != 0) return null;
        using var des = DES.Create();
        des.Key = key[..8];
        return des.DecryptCbc(secret, DesStart(key, salt), PaddingMode.None);
    }
#pragma warning restore CA5350, CA5351

    private static byte[] DesStart(byte[] key, ReadOnlySpan<byte> salt)
    {
        var start = key[8..16];
        for (var i = 0; i < 8; i++) start[i] ^= salt[i];
        return start;
    }

    /// <summary>Full-block cipher feedback over single blocks: the contents need not fill the last one.</summary>
    private static byte[] Cfb(byte[] key, uint boots, uint time, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> input, bool encrypt)
    {
        var feedback = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(feedback, boots);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(feedback.AsSpan(4), time);
        salt.CopyTo(feedback.AsSpan(8));
        using var aes = Aes.Create();
        aes.Key = key[..16];
        var output = new byte[input.Length];
        for (var at = 0; at < input.Length; at += 16)
        {
            var stream = aes.EncryptEcb(feedback, PaddingMode.None);
            var length = Math.Min(16, input.Length - at);
            for (var i = 0; i < length; i++) output[at + i] = (byte)(input[at + i] ^ stream[i]);
            if (length == 16) (encrypt ? output : input).Slice(at, 16).CopyTo(feedback);
        }
        return output;
    }

    private static ReadOnlySpan<byte> Slice(this byte[] bytes, int at, int length) => bytes.AsSpan(at, length);
}
