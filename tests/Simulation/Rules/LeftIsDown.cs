using Appliance.Core;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>A node that left in good order is not fenced by one that was with it then, and that heard it beat after its last word.</summary>
/// <remarks>One of an older version, which does not ask whether anybody has heard its last word, is excused.</remarks>
internal sealed class LeftIsDown(World world, Silence silence)
{
    private readonly (Instant At, ControlProcess[] With)?[] _left = new (Instant, ControlProcess[])?[world.Machines.Count];

    public void Started(Machine machine) => _left[machine.Index] = null;

    public void Left(Machine machine, CrmControl control)
    {
        if (control.Node?.Dc is not { } dc) return;         // it never belonged to anybody
        if (world.Mutation.HasOlderWords(machine)) return;
        if (machine.Services.Active.Any()) return;          // left in maintenance, and fenced for when that ends, as by Pacemaker; whether it might is NoOrphan's to say
        var with = new List<ControlProcess>();
        // Whom it has missed for the deadtime is dead for it, and can be told nothing.
        foreach (var other in world.Machines)
            if (other != machine && other.Control is CrmControl { Node: { } node } theirs && node.Dc == dc && silence.LastHeardSent(machine, other.Index) is { } heard && world.Now - heard < world.Plan.DeadTime) with.Add(theirs);
        _left[machine.Index] = (world.Now, [.. with]);
    }

    public void Ordered(Machine by, ControlProcess control, Machine target)
    {
        // Where the cluster took a document that says nothing of it, nobody knows any more what it left.
        if (control is not CrmControl { Node: { } node } || node.Document.Element("status")?.Elements("node_state").Any(s => s["uname"] == target.Name) != true) return;
        if (_left[target.Index] is not { } left || !left.With.Contains(control) || silence.LastHeardSent(by, target.Index) is not { } heard || heard <= left.At) return;
        throw new RuleBroken("left is down", world.Now, $"{by.Name} fences {target.Name}, which left in good order at {left.At}, and which it heard until {heard}");
    }
}
