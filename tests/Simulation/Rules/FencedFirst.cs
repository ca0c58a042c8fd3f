using Appliance.Core;
using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Rules;

/// <summary>Where there are fencing devices, nothing that a dead node may still run is started before a device proved it off, or a person vouched for it.</summary>
/// <remarks>
/// What it may still run is judged by the truth and not by messages: the group was active there at the moment it sent the last packet that the
/// taker heard, or later; or the taker never heard it at all. It does not matter whether the group still runs there: unknown is not stopped.
/// A node started later learns of a fencing from one to whom the target has been dead ever since: without that one's consent the target starts nothing.
/// Exempt: a group of which something is active on the taker itself, which it does not take over but has.
/// </remarks>
internal sealed class FencedFirst(World world, Silence silence, OneOwner ownership, NoOrphan orphans)
{
    private readonly bool[] _dead = new bool[world.Machines.Count * world.Machines.Count];
    private readonly bool[] _fenced = new bool[world.Machines.Count * world.Machines.Count];

    public void Started(Machine machine)
    {
        for (var other = 0; other < world.Machines.Count; other++)
            _dead[Pair(machine.Index, other)] = _fenced[Pair(machine.Index, other)] = false;
    }

    public void StatusChanged(Machine machine, ClusterEvent.NodeStatusChanged change)
    {
        if (world.Machines.FirstOrDefault(m => m.Name == change.Node) is not { } node) return;
        var pair = Pair(machine.Index, node.Index);
        _dead[pair] = change.Now == NodeStatus.Dead;
        if (!_dead[pair]) _fenced[pair] = false;
    }

    /// <summary>A proof frees all nodes to whom the target is dead: whoever asked for it tells the others.</summary>
    public void FencedOff(Machine target)
    {
        for (var by = 0; by < world.Machines.Count; by++) _fenced[Pair(by, target.Index)] = true;
    }

    public void Starting(Machine machine, string groupKey)
    {
        if (world.Plan.Fencing == FencingKind.None) return;
        var group = world.Plan.Groups.First(g => g.Key == groupKey);
        if (ownership.LastActive(group, machine) == Instant.Never) return;
        foreach (var other in world.Machines)
        {
            if (other == machine || !_dead[Pair(machine.Index, other.Index)] || _fenced[Pair(machine.Index, other.Index)] || IsKnownFenced(other)) continue;
            var needed = silence.LastHeardSent(machine, other.Index) is not { } heard || ownership.LastActive(group, other) >= heard;
            if (needed)
                throw new RuleBroken("fenced first", world.Now, $"{machine.Name} starts {groupKey}, which {other.Name} may still run: it is dead to {machine.Name} and no fencing of it was confirmed");
        }
    }

    /// <summary>As <see cref="Starting(Machine, string)"/>, for a CRM: by what the node knows that decides.</summary>
    public void Starting(Machine machine, Machine decides, string resource)
    {
        if (world.Plan.Fencing == FencingKind.None || ownership.LastActive([resource], machine) == Instant.Never) return;
        foreach (var other in world.Machines)
        {
            if (other == machine || other == decides || !_dead[Pair(decides.Index, other.Index)] || _fenced[Pair(decides.Index, other.Index)] || IsKnownFenced(other)) continue;
            if (orphans.IsLeft(other, resource)) continue;
            if (silence.LastHeardSent(decides, other.Index) is not { } heard || ownership.LastActive([resource], other) >= heard)
                throw new RuleBroken("fenced first", world.Now, $"{machine.Name} starts {resource} as {decides.Name} says, which {other.Name} may still run: it is dead to {decides.Name} and no fencing of it was confirmed");
        }
    }

    private bool IsKnownFenced(Machine target) =>
        world.Machines.Any(m => m is { Powered: true, Pulse: not null } && m != target && _dead[Pair(m.Index, target.Index)] && _fenced[Pair(m.Index, target.Index)]);

    private int Pair(int by, int target) => by * world.Machines.Count + target;
}
