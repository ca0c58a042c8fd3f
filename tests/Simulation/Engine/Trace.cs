using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Appliance.Core;

namespace Appliance.Simulation.Engine;

/// <summary>What happened, twice: as a digest always, and in words when somebody will read them.</summary>
/// <remarks>
/// Words cost more than the simulation itself, so a seed runs without them first and is run again with them when it fails: the same seed
/// is the same story.
/// </remarks>
internal sealed class Trace(EventQueue clock, bool inWords)
{
    private readonly List<string> _lines = [];
    private ulong _digest = 0xCBF29CE484222325;

    public bool InWords => inWords;

    /// <summary>A hash (FNV-1a's step, eight bytes at a time) over everything mixed in so far, in order.</summary>
    public ulong Digest => _digest;

    public IReadOnlyList<string> Lines => _lines;

    public void Mix(ulong value) => _digest = BitOperations.RotateLeft((_digest ^ value) * 0x100000001B3, 29);

    public void Mix(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) Mix(b);
    }

    /// <summary>Something happened to <paramref name="who"/>; its time, whom and what enter the digest through <paramref name="code"/>.</summary>
    public void Say(ulong code, string who, [InterpolatedStringHandlerArgument("")] ref Words words)
    {
        Mix(code);
        Mix((ulong)clock.Now.Ticks);
        if (inWords) _lines.Add(Line(who, words.Text));
    }

    private string Line(string who, string what) => string.Create(null, $"{Seconds(clock.Now),10}  {who,-8} {what}");

    private static string Seconds(Instant at) => (at.Ticks / (double)TimeSpan.TicksPerSecond).ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Interpolates only when the trace is in words.</summary>
    [InterpolatedStringHandler]
    internal ref struct Words
    {
        private readonly StringBuilder? _text;

        public Words(int literalLength, int formattedCount, Trace trace, out bool wanted)
        {
            wanted = trace.InWords;
            _text = wanted ? new StringBuilder(literalLength + 16 * formattedCount) : null;
        }

        public readonly string Text => _text?.ToString() ?? "";

        public readonly void AppendLiteral(string value) => _text?.Append(value);

        public readonly void AppendFormatted<T>(T value)
        {
            if (value is TimeSpan span) _text?.Append(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
            else _text?.Append(value);
        }
    }
}
