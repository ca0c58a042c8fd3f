namespace Appliance.Cib;

/// <summary>Reads what bzip2 has packed: Pacemaker keeps its scheduler's inputs so (pe-input-N.bz2).</summary>
/// <remarks>
/// Form: "BZh", a digit (block size in 100 kB), blocks, and an end with a sum over the blocks' sums; several such streams may follow each other. A block: run lengths, Burrows and Wheeler's
/// transformation, move to front with run lengths, Huffman codes of which each 50 symbols choose one of up to six. Everything is checked before it is believed. Blocks that bzip2 before 0.9.5 shuffled are refused.
/// </remarks>
public static class Bzip2
{
    private const long BlockMark = 0x314159265359, EndMark = 0x177245385090;
    private const int GroupSize = 50, LongestCode = 20;

    /// <summary>Unpacks a file's bytes.</summary>
    /// <param name="limit">More than this is refused.</param>
    /// <returns>False when it is none, is damaged, or is more than the limit allows.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> packed, int limit, out byte[] bytes)
    {
        var output = new MemoryBytes(limit);
        var input = new Bits(packed);
        do
        {
            if (!Stream(ref input, output))
            {
                bytes = [];
                return false;
            }
            input.Align();
        }
        while (!input.AtEnd);
        bytes = output.ToArray();
        return true;
    }

    private static bool Stream(ref Bits input, MemoryBytes output)
    {
        if (input.Read(24) != 0x425A68) return false;
        var size = input.Read(8) - '0';
        if (size is < 1 or > 9) return false;
        uint sum = 0;
        while (true)
        {
            var mark = ((long)input.Read(24) << 24) | (uint)input.Read(24);
            var expected = ((uint)input.Read(16) << 16) | (uint)input.Read(16);
            if (input.IsOver) return false;
            if (mark == EndMark) return expected == sum;
            if (mark != BlockMark || Block(ref input, output, size * 100_000) is not { } own || own != expected) return false;
            sum = ((sum << 1) | (sum >> 31)) ^ own;
        }
    }

    /// <summary>One block; its sum, or null when it makes no sense.</summary>
    private static uint? Block(ref Bits input, MemoryBytes output, int size)
    {
        if (input.Read(1) != 0) return null;
        var origin = input.Read(24);
        var front = new byte[256];
        var used = 0;
        var rows = input.Read(16);
        for (var row = 0; row < 16; row++)
        {
            if ((rows & (0x8000 >> row)) == 0) continue;
            var columns = input.Read(16);
            for (var column = 0; column < 16; column++)
                if ((columns & (0x8000 >> column)) != 0) front[used++] = (byte)(row * 16 + column);
        }
        if (used == 0) return null;
        var tables = input.Read(3);
        var count = input.Read(15);
        if (tables is < 2 or > 6 || count < 1) return null;
        if (Selectors(ref input, tables, count) is not { } selectors) return null;
        var codes = new Code[tables];
        for (var i = 0; i < tables; i++)
        {
            if (Code.Read(ref input, used + 2) is not { } code) return null;
            codes[i] = code;
        }

        var last = new int[size];
        var counts = new int[257];
        var length = 0;
        int run = 0, weight = 1, symbols = 0;
        while (true)
        {
            if (symbols / GroupSize >= selectors.Length) return null;
            var symbol = codes[selectors[symbols++ / GroupSize]].Next(ref input);
            if (symbol < 0 || input.IsOver) return null;
            if (symbol <= 1)
            {
                // Runs are numbers to the base of two with digits one and two.
                if (weight > size) return null;
                run += weight << symbol;
                weight <<= 1;
                continue;
            }
            if (run > 0)
            {
                if (run > size - length) return null;
                counts[front[0] + 1] += run;
                while (run > 0)
                {
                    last[length++] = front[0];
                    run--;
                }
                weight = 1;
            }
            if (symbol == used + 1) break;
            if (length == size) return null;
            var value = front[symbol - 1];
            front.AsSpan(0, symbol - 1).CopyTo(front.AsSpan(1));
            front[0] = value;
            counts[value + 1]++;
            last[length++] = value;
        }
        if (origin >= length) return null;
        return Untransform(last.AsSpan(0, length), counts, origin, output);
    }

    private static byte[]? Selectors(ref Bits input, int tables, int count)
    {
        Span<byte> order = [0, 1, 2, 3, 4, 5];
        var selectors = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var at = 0;
            while (input.Read(1) == 1)
                if (++at >= tables) return null;
            var chosen = order[at];
            order[..at].CopyTo(order[1..]);
            order[0] = selectors[i] = chosen;
        }
        return input.IsOver ? null : selectors;
    }

    /// <summary>Follows the transformation back; four equal bytes are followed by how many more there are.</summary>
    private static uint? Untransform(Span<int> last, int[] counts, int origin, MemoryBytes output)
    {
        for (var i = 1; i < 257; i++) counts[i] += counts[i - 1];
        for (var i = 0; i < last.Length; i++) last[counts[last[i] & 0xFF]++] |= i << 8;
        var sum = new Sum();
        var at = last[origin] >> 8;
        int equal = 0, before = -1;
        for (var i = 0; i < last.Length; i++)
        {
            var value = last[at] & 0xFF;
            at = last[at] >> 8;
            var times = 1;
            if (equal == 4) (times, equal) = (value, 0);
            else
            {
                equal = value == before ? equal + 1 : 1;
                before = value;
            }
            for (var n = 0; n < times; n++)
            {
                if (!output.Add((byte)before)) return null;
                sum.Add((byte)before);
            }
        }
        return sum.Value;
    }

    /// <summary>A canonical Huffman code: per length the first code, how many there are, and their symbols.</summary>
    private sealed class Code
    {
        private readonly int[] _counts = new int[LongestCode + 1];
        private readonly int[] _symbols;

        private Code(byte[] lengths)
        {
            _symbols = new int[lengths.Length];
            foreach (var length in lengths) _counts[length]++;
            var at = 0;
            for (var length = 1; length <= LongestCode; length++)
                for (var symbol = 0; symbol < lengths.Length; symbol++)
                    if (lengths[symbol] == length) _symbols[at++] = symbol;
        }

        public static Code? Read(ref Bits input, int symbols)
        {
            var lengths = new byte[symbols];
            var length = input.Read(5);
            for (var i = 0; i < symbols; i++)
            {
                while (true)
                {
                    if (length is < 1 or > LongestCode || input.IsOver) return null;
                    if (input.Read(1) == 0) break;
                    length += input.Read(1) == 0 ? 1 : -1;
                }
                lengths[i] = (byte)length;
            }
            return new(lengths);
        }

        public int Next(ref Bits input)
        {
            int code = 0, first = 0, index = 0;
            for (var length = 1; length <= LongestCode; length++)
            {
                code |= input.Read(1);
                var count = _counts[length];
                if (code - first < count) return _symbols[index + code - first];
                index += count;
                first = (first + count) << 1;
                code <<= 1;
            }
            return -1;
        }
    }

    /// <summary>Bits, highest first; beyond the end they are 0, and <see cref="IsOver"/> says so.</summary>
    private ref struct Bits(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private long _at;

        public readonly bool AtEnd => _at >= _bytes.Length * 8L;
        public readonly bool IsOver => _at > _bytes.Length * 8L;

        public int Read(int count)
        {
            var value = 0;
            for (; count > 0; count--, _at++)
                value = (value << 1) | (_at < _bytes.Length * 8L ? (_bytes[(int)(_at >> 3)] >> (7 - (int)(_at & 7))) & 1 : 0);
            return value;
        }

        public void Align() => _at = (_at + 7) & ~7L;
    }

    /// <summary>bzip2's CRC-32: the polynomial 04C11DB7, highest bit first.</summary>
    private struct Sum
    {
        private uint _value;

        public Sum() => _value = uint.MaxValue;

        public readonly uint Value => ~_value;

        public void Add(byte next)
        {
            _value ^= (uint)next << 24;
            for (var bit = 0; bit < 8; bit++) _value = (_value & 0x8000_0000) != 0 ? (_value << 1) ^ 0x04C1_1DB7 : _value << 1;
        }
    }

    private sealed class MemoryBytes(int limit)
    {
        private byte[] _bytes = new byte[4096];
        private int _length;

        public bool Add(byte next)
        {
            if (_length >= limit) return false;
            if (_length == _bytes.Length) Array.Resize(ref _bytes, _bytes.Length * 2);
            _bytes[_length++] = next;
            return true;
        }

        public byte[] ToArray() => _bytes[.._length];
    }
}
