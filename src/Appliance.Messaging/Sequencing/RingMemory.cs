using Appliance.Core;
using Appliance.Messaging.Membership;

namespace Appliance.Messaging.Sequencing;

/// <summary>What a node between others on a ring of serial lines must remember, so that everything goes around once. Allocates nothing after its birth.</summary>
/// <remarks>
/// 3.0.6 does not forward at all, although it counts hops. Numbered messages are passed on when they are new here (and <c>ttl</c> allows a hop): the number
/// tells. Two cases are left. Messages without a number (<c>NS_</c>) are passed on when the same bytes were not seen within a second. And a message that is
/// an old one here can be one that a node further on has asked for again: it is passed on once for each request that went by.
/// The bytes stay as they are, for they are signed; so <c>ttl</c> is read and never lowered.
/// </remarks>
internal sealed class RingMemory
{
    /// <summary>More than pass a node in a second at 19200 baud.</summary>
    private const int Seen = 64;
    private const int Wanted = 64;
    private static readonly TimeSpan SameFor = TimeSpan.FromSeconds(1);

    private readonly (ulong Hash, Instant Last)[] _seen = new (ulong, Instant)[Seen];
    private readonly (Node? From, long Sequence)[] _wanted = new (Node?, long)[Wanted];
    private int _nextSeen, _nextWanted;

    /// <summary>These bytes did not pass within the last second.</summary>
    public bool IsNew(ReadOnlySpan<byte> packet, Instant now)
    {
        var hash = 14695981039346656037UL;      // FNV-1a
        foreach (var value in packet) hash = (hash ^ value) * 1099511628211UL;
        foreach (ref var one in _seen.AsSpan())
            if (one.Hash == hash)
            {
                var old = now - one.Last;
                one.Last = now;                 // one that circles stays known
                return old > SameFor;
            }
        _seen[_nextSeen] = (hash, now);
        _nextSeen = (_nextSeen + 1) % Seen;
        return true;
    }

    /// <summary>A request for messages of a node passed.</summary>
    public void Want(Node from, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            if (_wanted.AsSpan().Contains((from, sequence))) continue;
            _wanted[_nextWanted] = (from, sequence);
            _nextWanted = (_nextWanted + 1) % Wanted;
        }
    }

    /// <summary>Whether somebody further on asked for that message; once for each request.</summary>
    public bool TakeWanted(Node from, long sequence)
    {
        var at = _wanted.AsSpan().IndexOf((from, sequence));
        if (at >= 0) _wanted[at] = default;
        return at >= 0;
    }
}
