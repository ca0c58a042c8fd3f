using System.Buffers.Binary;
using System.Numerics;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>SHA-224 (FIPS 180-4), which the platform's library lacks: SHA-256's rounds from other starting values, cut to 28 bytes.</summary>
internal static class Sha224
{
    public const int Bytes = 28, Block = 64;

    /// <summary>FIPS 180-4, 5.3.2.</summary>
    private static ReadOnlySpan<uint> Start => [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

    /// <summary>FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.</summary>
    private static readonly uint[] s_constants = Constants();

    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        Span<uint> state = stackalloc uint[8];
        Start.CopyTo(state);
        var whole = data.Length / Block * Block;
        for (var at = 0; at < whole; at += Block) Round(state, data.Slice(at, Block));
        // The rest, a one bit, zeros, and the length in bits.
        Span<byte> end = stackalloc byte[2 * Block];
        var rest = data[whole..];
        rest.CopyTo(end);
        end[rest.Length] = 0x80;
        var length = rest.Length + 9 <= Block ? Block : 2 * Block;
        BinaryPrimitives.WriteUInt64BigEndian(end[(length - 8)..], (ulong)data.Length * 8);
        for (var at = 0; at < length; at += Block) Round(state, end.Slice(at, Block));
        var hash = new byte[Bytes];
        for (var i = 0; i < Bytes / 4; i++) BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(4 * i), state[i]);
        return hash;
    }

    /// <summary>RFC 2104.</summary>
    public static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        Span<byte> inner = stackalloc byte[Block], outer = stackalloc byte[Block];
        inner.Clear();
        (key.Length > Block ? HashData(key) : key).CopyTo(inner);
        inner.CopyTo(outer);
        for (var i = 0; i < Block; i++) (inner[i], outer[i]) = ((byte)(inner[i] ^ 0x36), (byte)(outer[i] ^ 0x5C));
        return HashData([.. outer, .. HashData([.. inner, .. data])]);
    }

    private static void Round(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var i = 0; i < 16; i++) w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        for (var i = 16; i < 64; i++)
        {
            var s0 = BitOperations.RotateRight(w[i - 15], 7) ^ BitOperations.RotateRight(w[i - 15], 18) ^ w[i - 15] >> 3;
            var s1 = BitOperations.RotateRight(w[i - 2], 17) ^ BitOperations.RotateRight(w[i - 2], 19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var i = 0; i < 64; i++)
        {
            var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var t1 = h + s1 + (e & f ^ ~e & g) + s_constants[i] + w[i];
            var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            var t2 = s0 + (a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    /// <summary>Computed as they are defined, in whole numbers: the cube root of p times 2 to the 96th.</summary>
    private static uint[] Constants()
    {
        var constants = new uint[64];
        for (var (found, p) = (0, 2); found < 64; p++)
        {
            var isPrime = true;
            for (var d = 2; d * d <= p; d++) isPrime &= p % d != 0;
            if (!isPrime) continue;
            var wanted = (BigInteger)p << 96;
            BigInteger low = 0, high = (BigInteger)8 << 32;
            while (high - low > 1)
            {
                var middle = low + high >> 1;
                if (middle * middle * middle <= wanted) low = middle;
                else high = middle;
            }
            constants[found++] = (uint)(low & uint.MaxValue);
        }
        return constants;
    }
}
