using Appliance.Core;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Network;

/// <summary>A null-modem cable: slow, one message after the other, and what does not fit in half a second of backlog is lost.</summary>
internal sealed class SerialLine(World world, string name, int machines, int bytesPerSecond) : Segment(world, name, machines)
{
    // heartbeat-protocol, 5.3: each write has 500 ms, after that the line is flushed.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromMilliseconds(500);

    private readonly Instant[] _freeAt = new Instant[machines];

    public override void Send(Machine from, Packet packet)
    {
        var free = _freeAt[from.Index] > World.Now ? _freeAt[from.Index] : World.Now;
        if (free - World.Now > WriteTimeout) return;
        var sent = free + TimeSpan.FromSeconds(packet.Bytes.Length / (double)bytesPerSecond);
        _freeAt[from.Index] = sent;
        foreach (var (machine, medium) in Ports)
            if (machine != from) Carry(packet, machine, medium, sent - World.Now);
    }
}
