using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>What was proven off, and has not begun anything since, is not fenced again by who was told of the proof; nor, where it had itself fenced, by who did it.</summary>
internal sealed class FencedOnce(World world)
{
    private readonly bool[] _off = new bool[world.Machines.Count], _ordersItself = new bool[world.Machines.Count];
    private readonly HashSet<(ControlProcess By, int Target)> _know = [];

    public void Started(Machine machine)
    {
        (_off[machine.Index], _ordersItself[machine.Index]) = (false, false);
        _know.RemoveWhere(k => k.Target == machine.Index);
    }

    public void Proven(ControlProcess by, Machine target)
    {
        _off[target.Index] = !(target is { Powered: true, Pulse: not null });
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
        else if (_know.Contains((control, target.Index)))
            throw new RuleBroken("fenced once", world.Now, $"{by.Name} fences {target.Name}, of which it knows that it was proven off and has not begun since");
    }
}
