using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>No engine starts anything while another node runs things with the other engine (<c>crm yes</c> beside <c>crm no</c>), as far as it can hear that one.</summary>
internal sealed class EnginesApart(World world, NoOrphan orphans)
{
    private readonly HashSet<(int By, int Of)> _heard = [];

    public void StatusChanged(Machine machine, ClusterEvent.NodeStatusChanged change)
    {
        if (world.Machines.FirstOrDefault(m => m.Name == change.Node) is not { } node) return;
        if (change.Now is NodeStatus.Up or NodeStatus.Active) _heard.Add((machine.Index, node.Index));
        else _heard.Remove((machine.Index, node.Index));
    }

    public void Started(Machine machine) => _heard.RemoveWhere(h => h.By == machine.Index);

    public void Starting(Machine machine, string resource)
    {
        foreach (var other in world.Machines)
            if (other.HaCf.Crm != machine.HaCf.Crm && other.Control is not null && _heard.Contains((machine.Index, other.Index)) && other.Services.Active.FirstOrDefault(r => !orphans.IsLeft(other, r)) is { } theirs)
                throw new RuleBroken("engines apart", world.Now, $"{machine.Name} starts {resource} ({Name(machine)}) while {other.Name}, which it hears, runs {theirs} ({Name(other)})");
    }

    private static string Name(Machine machine) => machine.HaCf.Crm ? "crm yes" : "crm no";
}
