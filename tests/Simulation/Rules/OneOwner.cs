using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Rules;

/// <summary>A resource is never active on two machines.</summary>
/// <remarks>
/// With fencing devices there is no excuse at all. Without them there is one, which 3.0.6 has too and which docs/decisions/0002 names:
/// two nodes that could not hear each other for a dead time (a partition, a frozen or killed daemon, keys that differ) each take the other's
/// groups. It lasts as long as that silence does, and <see cref="Resolve"/> longer: reports must be exchanged, and the loser must stop.
/// Faults that are still going on in that time (lost packets, slow or hanging agents, killed processes, a stop that fails) prolong it until they end.
/// </remarks>
internal sealed class OneOwner
{
    private readonly World _world;
    private readonly Silence _silence;
    private readonly NoOrphan _orphans;
    private readonly GivesUp _givesUp;
    private readonly string[] _resources;
    private readonly int[] _owners;
    private readonly Instant[] _activeUntil;
    private int _doubles;

    public OneOwner(World world, Silence silence, NoOrphan orphans, GivesUp givesUp)
    {
        (_world, _silence, _orphans, _givesUp) = (world, silence, orphans, givesUp);
        _resources = world.Plan.Crm is { } crm ? [.. crm.Owned] : [.. world.Plan.Groups.SelectMany(g => g.Resources.Select(r => r.Text))];
        _owners = new int[_resources.Length];
        _activeUntil = new Instant[_resources.Length * world.Machines.Count];
        Array.Fill(_activeUntil, new Instant(-1));
        // Two dead times (one to be sure, one for messages sent again), two keepalives, and the agents' time.
        Resolve = 2 * world.Plan.DeadTime + 2 * world.Plan.KeepAlive + TimeSpan.FromSeconds(5);
    }

    public TimeSpan Resolve { get; }

    /// <summary>How often a resource was active on two machines, excused.</summary>
    public int Excused { get; private set; }

    public void Changed(Machine machine, string resource, bool active)
    {
        var index = Array.IndexOf(_resources, resource);
        if (index < 0) return;      // it may run on many nodes
        var (before, bit) = (_owners[index], 1 << machine.Index);
        _owners[index] = active ? before | bit : before & ~bit;
        _activeUntil[index * _world.Machines.Count + machine.Index] = active ? Instant.Never : _world.Now;
        _doubles += (IsDouble(_owners[index]) ? 1 : 0) - (IsDouble(before) ? 1 : 0);
        if (!IsDouble(before) && IsDouble(_owners[index])) Excused++;
    }

    public void Check()
    {
        if (_doubles == 0) return;
        for (var index = 0; index < _resources.Length; index++)
            if (IsDouble(_owners[index])) CheckExcuse(index);
    }

    /// <summary>When any resource of the group was last active there; <see cref="Instant.Never"/> while one is; negative if never.</summary>
    public Instant LastActive(ResourceGroup group, Machine machine) => LastActive(group.Resources.Select(r => r.Text), machine);

    /// <inheritdoc cref="LastActive(ResourceGroup, Machine)"/>
    public Instant LastActive(IEnumerable<string> resources, Machine machine)
    {
        var last = new Instant(-1);
        foreach (var resource in resources)
        {
            if (Array.IndexOf(_resources, resource) is not (>= 0 and var index)) continue;
            var at = _activeUntil[index * _world.Machines.Count + machine.Index];
            if (at > last) last = at;
        }

        return last;
    }

    private void CheckExcuse(int index)
    {
        for (var a = 0; a < _world.Machines.Count; a++)
            for (var b = a + 1; b < _world.Machines.Count; b++)
            {
                var both = (1 << a) | (1 << b);
                if ((_owners[index] & both) != both || _orphans.IsLeft(_world.Machines[a], _resources[index]) || _orphans.IsLeft(_world.Machines[b], _resources[index])) continue;
                if (_givesUp.IsSuspect(_world.Machines[a]) || _givesUp.IsSuspect(_world.Machines[b])) continue;
                if (_world.Plan.Fencing != FencingKind.None) throw Broken(index, a, b, "although there is fencing");
                if (_world.Now > _silence.ExcusedUntil(a, b, Resolve)) throw Broken(index, a, b, "and no silence between them explains it");
            }
    }

    private RuleBroken Broken(int index, int a, int b, string why) =>
        new("one owner", _world.Now, $"{_resources[index]} is active on {_world.Machines[a].Name} and {_world.Machines[b].Name}, {why}");

    private static bool IsDouble(int owners) => (owners & (owners - 1)) != 0;
}
