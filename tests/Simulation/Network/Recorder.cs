using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Network;

/// <summary>Somebody on the wire who records packets, to play them back later.</summary>
internal sealed class Recorder
{
    // Enough to reach back over a dead time and a restart; the older half is what replays are taken from.
    private const int Most = 256;

    private readonly Packet[] _kept = new Packet[Most];
    private long _count;

    public void Keep(Packet packet) => _kept[_count++ % Most] = packet;

    /// <summary>One of the recorded packets; <c>null</c> before there is any.</summary>
    public Packet? Any(SeededRandom chance)
    {
        var filled = (int)Math.Min(_count, Most);
        return filled == 0 ? null : _kept[chance.Below(filled)] with { Origin = Origin.Replayed };
    }
}
