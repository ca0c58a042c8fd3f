using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Network;

/// <summary>One cable, switch or path that carries packets between some machines' media.</summary>
internal abstract class Segment(World world, string name, int machines)
{
    private readonly Path[] _paths = [.. Enumerable.Range(0, machines * machines).Select(_ => new Path())];

    public string Name => name;

    protected World World => world;

    /// <summary>Which medium of which machine is attached.</summary>
    protected List<(Machine Machine, int Medium)> Ports { get; } = [];

    public Path this[int from, int to] => _paths[from * machines + to];

    public IEnumerable<Path> Paths => _paths;

    public bool Reaches(Machine machine) => Ports.Exists(p => p.Machine == machine);

    public void Attach(Machine machine, int medium) => Ports.Add((machine, medium));

    public abstract void Send(Machine from, Packet packet);

    /// <summary>Takes a packet over one path, with all that can happen to it there.</summary>
    protected void Carry(Packet packet, Machine to, int medium, TimeSpan atLeast)
    {
        var path = this[packet.From, to.Index];
        var chance = world.Chance;
        if (path.Blocked > 0 || chance.Chance(path.Loss)) return;
        var copies = chance.Chance(path.Duplication) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var arriving = chance.Chance(path.Corruption) ? packet.Damage(Flip(packet.Bytes, chance)) : packet;
            var delay = atLeast + chance.Milliseconds(path.DelayLowMs, path.DelayHighMs);
            world.After(delay, () => Deliver(arriving, to, medium));
        }
    }

    protected virtual void Deliver(Packet packet, Machine to, int medium) => to.Arrives(medium, packet);

    private static byte[] Flip(byte[] bytes, SeededRandom chance)
    {
        var damaged = bytes.ToArray();
        if (damaged.Length == 0) return damaged;
        for (var flips = chance.Between(1, 3); flips > 0; flips--)
        {
            var bit = chance.Below(damaged.Length * 8);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        if (damaged.AsSpan().SequenceEqual(bytes)) damaged[0] ^= 1;      // flips that undid each other
        return damaged;
    }
}

/// <summary>A switch: everybody on it hears everybody, the sender itself too, as a broadcast does.</summary>
internal sealed class Lan(World world, string name, int machines) : Segment(world, name, machines)
{
    public override void Send(Machine from, Packet packet)
    {
        foreach (var (machine, medium) in Ports) Carry(packet, machine, medium, TimeSpan.Zero);
    }
}

/// <summary>A path between two machines: one <c>ucast</c> line on each.</summary>
internal sealed class Crossover(World world, string name, int machines) : Segment(world, name, machines)
{
    public override void Send(Machine from, Packet packet)
    {
        foreach (var (machine, medium) in Ports)
            if (machine != from) Carry(packet, machine, medium, TimeSpan.Zero);
    }
}

/// <summary>A host that answers echo requests: what a machine sends comes back to it.</summary>
internal sealed class PingHost(World world, string name, int machines) : Segment(world, name, machines)
{
    public override void Send(Machine from, Packet packet)
    {
        foreach (var (machine, medium) in Ports)
            if (machine == from) Carry(packet, machine, medium, TimeSpan.Zero);
    }
}
