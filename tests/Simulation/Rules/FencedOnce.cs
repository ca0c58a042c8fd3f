using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>What was proven off, and has not begun since, is not fenced again by who was told of the proof; nor, where it had itself fenced, by who did it.</summary>
/// <remarks>A node that becomes a member while a device is being told to cut it off is excused, and one that did not hear whoever has the device just before: which of its lives the device ended nobody can say. So is everybody while a node is of an older version, which tells nobody of a proof and heeds none that it is told.</remarks>
internal sealed class FencedOnce(World world, Silence silence)
{
    /// <summary>What may pass between the last look at who is a member and the first word to the device, which may be busy.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly Instant[] _memberSince = new Instant[world.Machines.Count];
    private readonly bool[] _off = new bool[world.Machines.Count], _ordersItself = new bool[world.Machines.Count];
    private readonly HashSet<(ControlProcess By, int Target)> _know = [];

    public void Started(Machine machine)
    {
        (_off[machine.Index], _ordersItself[machine.Index], _memberSince[machine.Index]) = (false, false, Instant.Never);
        _know.RemoveWhere(k => k.Target == machine.Index);
    }

    /// <summary>A CRM begins, and is no member yet.</summary>
    public void Begins(Machine machine) => _memberSince[machine.Index] = Instant.Never;

    /// <summary>Its CRM follows somebody, who thus knows of it.</summary>
    public void Joined(Machine machine)
    {
        if (_memberSince[machine.Index] == Instant.Never) _memberSince[machine.Index] = world.Now;
    }

    /// <param name="began">When the device was spoken to.</param>
    public void Proven(Machine machine, ControlProcess by, Machine target, Instant began)
    {
        _off[target.Index] = !(target is { Powered: true, Pulse: not null }) && _memberSince[target.Index] is var since && since != Instant.Never && since + Look < began && silence.ExcusedUntil(machine.Index, target.Index, Look) < began;
        if (_off[target.Index] && _ordersItself[target.Index]) _know.Add((by, target.Index));
    }

    /// <summary>The history of a node's fencer has a fencing of it, done.</summary>
    public void Told(ControlProcess by, Machine target)
    {
        if (_off[target.Index]) _know.Add((by, target.Index));
    }

    public void Ordered(Machine by, ControlProcess control, Machine target)
    {
        if (by == target) _ordersItself[target.Index] = true;
        else if (_know.Contains((control, target.Index)) && !world.Machines.Any(world.Mutation.HasOlderWords))
            throw new RuleBroken("fenced once", world.Now, $"{by.Name} fences {target.Name}, of which it knows that it was proven off and has not begun since");
    }
}
