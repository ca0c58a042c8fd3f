namespace Appliance.Pulse.Media;

/// <summary>Messages waiting for a slow line: a few, the newest ones. Allocates nothing after its birth.</summary>
/// <remarks>When it is full the oldest that has not begun is dropped: a late heartbeat is worth less than the next one, and retransmission brings back the rest.</remarks>
internal sealed class LineQueue
{
    /// <summary>At 19200 baud a status takes 0.1 s: what waits longer than eight of them is stale.</summary>
    private const int Capacity = 8;

    /// <summary>Largest message a line takes; at 19200 baud it occupies it for 4 s.</summary>
    private const int LargestMessage = 8192;

    private readonly byte[][] _messages = Fresh();

    private static byte[][] Fresh()
    {
        var fresh = new byte[Capacity][];
        for (var i = 0; i < Capacity; i++) fresh[i] = GC.AllocateArray<byte>(LargestMessage, pinned: true);
        return fresh;
    }

    private readonly int[] _lengths = new int[Capacity];
    private int _first, _count, _sent;

    public bool IsEmpty => _count == 0;

    /// <summary>What is left to send of the oldest message.</summary>
    public ReadOnlySpan<byte> Next => _count == 0 ? default : _messages[_first].AsSpan(_sent, _lengths[_first] - _sent);

    /// <returns>Messages lost by this: 0, or 1 (an older one, or this one because it is too large).</returns>
    public int Add(ReadOnlySpan<byte> message)
    {
        if (message.Length > LargestMessage) return 1;
        var lost = 0;
        if (_count == Capacity)
        {
            DropOldestUnbegun();
            lost = 1;
        }
        var slot = (_first + _count++) % Capacity;
        message.CopyTo(_messages[slot]);
        _lengths[slot] = message.Length;
        return lost;
    }

    /// <summary>Some bytes of <see cref="Next"/> are on their way.</summary>
    public void Sent(int bytes)
    {
        _sent += bytes;
        if (_sent >= _lengths[_first]) DropNext();
    }

    /// <summary>Gives the message up that is being sent.</summary>
    public void DropNext()
    {
        (_first, _sent) = ((_first + 1) % Capacity, 0);
        _count--;
    }

    public void Clear() => (_first, _count, _sent) = (0, 0, 0);

    private void DropOldestUnbegun()
    {
        if (_sent == 0)
        {
            DropNext();
            return;
        }
        // The first has begun and stays; the second goes: its buffer is swapped to the end, which is then free.
        var second = (_first + 1) % Capacity;
        var freed = _messages[second];
        for (var i = 1; i < Capacity - 1; i++)
        {
            var (to, from) = ((_first + i) % Capacity, (_first + i + 1) % Capacity);
            (_messages[to], _lengths[to]) = (_messages[from], _lengths[from]);
        }
        _messages[(_first + Capacity - 1) % Capacity] = freed;
        _count--;
    }
}
