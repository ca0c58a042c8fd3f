using Appliance.Core;

namespace Appliance.Messaging.Sequencing;

/// <summary>The last messages we sent, as they went out, for those who missed one. Allocates only for messages larger than a heartbeat.</summary>
public sealed class SendHistory
{
    /// <summary>As many as 3.0.6 keeps (MAXMSGHIST).</summary>
    public const int Length = 500;

    private readonly byte[][] _datagrams = Fill();
    private readonly byte[][] _lines = Fill();
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
        datagram = _datagrams[slot].AsSpan(0, entry.Datagram);
        line = _lines[slot].AsSpan(0, entry.Line);
        (key, lastResent) = (entry.Key, entry.LastResent);
        return sequence > 0 && entry.Sequence == sequence;
    }

    public void Resent(long sequence, Instant now) => _entries[sequence % Length].LastResent = now;

    private static void Store(byte[][] table, int slot, ReadOnlySpan<byte> bytes)
    {
        if (table[slot].Length < bytes.Length) table[slot] = new byte[bytes.Length];
        bytes.CopyTo(table[slot]);
    }

    private static byte[][] Fill()
    {
        var table = new byte[Length][];
        for (var i = 0; i < Length; i++) table[i] = new byte[512];
        return table;
    }
}
