using Appliance.Core;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Network;

/// <summary>What the modem status of a serial line shows of the other end.</summary>
internal enum ModemStatus
{
    /// <summary>Nothing: no such signals (a pseudo terminal), or none that are believed (an adapter on USB).</summary>
    None,
    /// <summary>What is so: the cable is in, and the other machine has power and has opened its port.</summary>
    True,
    /// <summary>Always a carrier: the cable leads each end's signals back to itself.</summary>
    AlwaysOn,
    /// <summary>Never one: three wires.</summary>
    AlwaysOff,
}

/// <summary>A null-modem cable: slow, one message after the other, and what does not fit in half a second of backlog is lost. Its modem status goes with cable and power.</summary>
internal sealed class SerialLine(World world, string name, int machines, int bytesPerSecond) : Segment(world, name, machines)
{
    // heartbeat-protocol, 5.3: each write has 500 ms, after that the line is flushed.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromMilliseconds(500);

    private readonly Instant[] _freeAt = new Instant[machines];

    /// <summary>How many faults have the cable out, at either end.</summary>
    public int Pulled { get; set; }

    public override void Send(Machine from, Packet packet)
    {
        var free = _freeAt[from.Index] > World.Now ? _freeAt[from.Index] : World.Now;
        if (free - World.Now > WriteTimeout) return;
        var sent = free + TimeSpan.FromSeconds(packet.Bytes.Length / (double)bytesPerSecond);
        _freeAt[from.Index] = sent;
        foreach (var (machine, medium) in Ports)
            if (machine != from) Carry(packet, machine, medium, sent - World.Now);
    }

    /// <summary>What a machine reads at its end.</summary>
    public bool? Shows(Machine at) => World.Plan.Modem switch
    {
        ModemStatus.None => null,
        ModemStatus.True => Pulled == 0 && Ports.Exists(p => p.Machine != at && p.Machine.HasOpenedPorts),
        var always => always == ModemStatus.AlwaysOn,
    };
}
