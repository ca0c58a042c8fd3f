using Appliance.Core;

namespace Appliance.Messaging.Sequencing;

/// <summary>The last messages we sent, as they went out, for those who missed one. Allocates only for messages larger than a heartbeat.</summary>
public sealed class SendHistory
{
    /// <summary>As many as 3.0.6 keeps (MAXMSGHIST).</summary>
    public const int Length = 500;

    /// <summary>Room of a heartbeat; so much is there from the beginning, in blocks that are no large objects to the collector.</summary>
    private const int Usual = 512, Block = 125;

    private readonly Memory<byte>[] _datagrams = Fill();
    private readonly Memory<byte>[] _lines = Fill();
    private readonly (long Sequence, int Datagram, int Line, int Key, Instant? LastResent)[] _entries = new (long, int, int, int, Instant?)[Length];

    /// <param name="key">Index of the key it is signed with.</param>
    public void Keep(long sequence, ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line, int key)
    {
        var slot = (int)(sequence % Length);
        Store(_datagrams, slot, datagram);
        Store(_lines, slot, line);
        _entries[slot] = (sequence, datagram.Length, line.Length, key, null);
    }

    /// <summary>A message by its number.</summary>
    /// <param name="lastResent">When it went out again last; <c>null</c> if only once.</param>
    public bool TryGet(long sequence, out ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> line, out int key, out Instant? lastResent)
    {
        var slot = (int)(sequence % Length);
        var entry = _entries[slot];
        datagram = _datagrams[slot].Span[..entry.Datagram];
        line = _lines[slot].Span[..entry.Line];
        (key, lastResent) = (entry.Key, entry.LastResent);
        return sequence > 0 && entry.Sequence == sequence;
    }

    public void Resent(long sequence, Instant now) => _entries[sequence % Length].LastResent = now;

    private static void Store(Memory<byte>[] table, int slot, ReadOnlySpan<byte> bytes)
    {
        if (table[slot].Length < bytes.Length) table[slot] = new byte[bytes.Length];
        bytes.CopyTo(table[slot].Span);
    }

    private static Memory<byte>[] Fill()
    {
        var table = new Memory<byte>[Length];
        for (var i = 0; i < Length; i += Block)
        {
            var block = GC.AllocateUninitializedArray<byte>(Block * Usual);
            for (var j = 0; j < Block; j++) table[i + j] = block.AsMemory(j * Usual, Usual);
        }
        return table;
    }
}
