using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>Frames on their way to control: what its socket does not take at once waits here, within a bound. Allocates nothing after its birth.</summary>
internal sealed class EventQueue(int bytes)
{
    private const int HeaderBytes = 5;      // length, and whether it is a line for the log
    private readonly byte[] _ring = GC.AllocateArray<byte>(bytes, pinned: true);
    private int _used;

    public bool IsEmpty => _used == 0;

    /// <summary>Log lines lost since the last time this was asked.</summary>
    public int LostLines { get; private set; }

    public int TakeLostLines()
    {
        var lost = LostLines;
        LostLines = 0;
        return lost;
    }

    /// <summary>Queues a frame. Log lines may fill half of the room, so that events still fit.</summary>
    /// <returns>False when it did not fit and is lost.</returns>
    public bool Add(ReadOnlySpan<byte> frame, bool isLog)
    {
        var room = isLog ? _ring.Length / 2 : _ring.Length;
        if (_used + HeaderBytes + frame.Length > room)
        {
            if (isLog) LostLines++;
            return false;
        }
        BitConverter.TryWriteBytes(_ring.AsSpan(_used), frame.Length);
        _ring[_used + 4] = isLog ? (byte)1 : (byte)0;
        frame.CopyTo(_ring.AsSpan(_used + HeaderBytes));
        _used += HeaderBytes + frame.Length;
        return true;
    }

    /// <summary>Sends what the socket takes.</summary>
    /// <returns>0, or the error (not EAGAIN) that ended it.</returns>
    public int Flush(SeqPacketSocket socket)
    {
        var at = 0;
        var error = 0;
        while (at < _used)
        {
            var length = BitConverter.ToInt32(_ring, at);
            var n = socket.Send(_ring.AsSpan(at + HeaderBytes, length));
            if (n < 0)
            {
                error = n == -Errno.EAGAIN ? 0 : -n;
                break;
            }
            at += HeaderBytes + length;
        }
        _ring.AsSpan(at, _used - at).CopyTo(_ring);
        _used -= at;
        return error;
    }

    /// <summary>Control ended: events meant for it mean nothing to the next one, which asks for the whole; lines for the log stay.</summary>
    public void KeepOnlyLog()
    {
        var (at, kept) = (0, 0);
        while (at < _used)
        {
            var size = HeaderBytes + BitConverter.ToInt32(_ring, at);
            if (_ring[at + 4] == 1)
            {
                _ring.AsSpan(at, size).CopyTo(_ring.AsSpan(kept));
                kept += size;
            }
            at += size;
        }
        _used = kept;
    }
}
