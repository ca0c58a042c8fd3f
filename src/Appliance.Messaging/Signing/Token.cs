using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Appliance.Configuration;

namespace Appliance.Messaging.Signing;

/// <summary>Computes the token of one key over some bytes. Nothing is allocated.</summary>
public static class Token
{
    /// <summary>Longest token: 64 hexadecimal digits of sha256.</summary>
    public const int MaxLength = 64;

    private static readonly uint[] CrcTable = BuildCrcTable();

    /// <summary>Writes the token as lower-case hexadecimal text.</summary>
    /// <param name="secret">Usually the key's own; 3.0.6's receiver uses another (docs/decisions/0005).</param>
    /// <returns>Bytes written.</returns>
    public static int Compute(AuthMethod method, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> data, Span<byte> token)
    {
        if (method == AuthMethod.Crc)
        {
            Utf8Formatter.TryFormat(Crc(data), token, out var digits, new StandardFormat('x'));
            return digits;
        }
        Span<byte> hash = stackalloc byte[32];
#pragma warning disable CA5350, CA5351 // md5 and sha1 are what the peer speaks; as HMACs they still authenticate
        var length = method switch
        {
            AuthMethod.Md5 => HMACMD5.HashData(secret, data, hash),
            AuthMethod.Sha1 => HMACSHA1.HashData(secret, data, hash),
            _ => HMACSHA256.HashData(secret, data, hash),
        };
#pragma warning restore CA5350, CA5351
        return WriteHex(hash[..length], token);
    }

    /// <summary>Writes a hash as 3.0.6 does: lower-case hexadecimal.</summary>
    internal static int WriteHex(ReadOnlySpan<byte> hash, Span<byte> token)
    {
        for (var i = 0; i < hash.Length; i++)
        {
            token[2 * i] = Hex(hash[i] >> 4);
            token[2 * i + 1] = Hex(hash[i] & 15);
        }
        return 2 * hash.Length;
    }

    /// <summary>CKSUM's polynomial 04C11DB7, most significant bit first, start 0, complemented at the end, without CKSUM's length step: "123456789" gives 765e7680.</summary>
    internal static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0;
        foreach (var value in data) crc = crc << 8 ^ CrcTable[crc >> 24 ^ value];
        return ~crc;
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    private static uint[] BuildCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var crc = i << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x8000_0000) != 0 ? crc << 1 ^ 0x04C1_1DB7 : crc << 1;
            table[i] = crc;
        }
        return table;
    }
}
