using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>Of more than two nodes, who fences one that it missed has heard most of the others after that one's last word: it is not the one that is cut off.</summary>
/// <remarks>Whoever was heard less than a keepalive later may have fallen silent with it, and counts only where nobody knows better: one that is not missed yet after another deadtime is there.</remarks>
internal sealed class MajorityFences(World world, Silence silence)
{
    public void Ordered(Machine by, Machine target)
    {
        var all = world.Machines.Count;
        if (all == 2 || by == target || silence.LastHeard(by, target.Index) is not { } last || world.Now - last < world.Plan.DeadTime || world.Now - last > 2 * world.Plan.DeadTime) return;
        var there = 1;
        foreach (var other in world.Machines)
            if (other != by && other != target && silence.LastHeard(by, other.Index) > last + world.Plan.KeepAlive) there++;
        if (2 * there <= all)
            throw new RuleBroken("majority fences", world.Now, $"{by.Name} fences {target.Name}, of which it heard last at {last}, and has heard {there - 1} of {all - 1} others since: it is the one that is cut off");
    }
}
