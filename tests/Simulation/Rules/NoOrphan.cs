using Appliance.Cib;
using Appliance.Core;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>A node that leaves leaves nothing running.</summary>
/// <remarks>
/// One excuse, which is Pacemaker's: in maintenance everything is left as it is, by a node that leaves, too. What it left so is nobody's from then on: whoever switches maintenance off
/// has it started elsewhere, and the other rules do not count it (<see cref="IsLeft"/>) until it ends, or its node is back and has had a minute to find it.
/// </remarks>
internal sealed class NoOrphan(World world)
{
    private static readonly TimeSpan Found = TimeSpan.FromMinutes(1);

    private readonly bool[] _planned = new bool[world.Machines.Count];
    private readonly Dictionary<(int Machine, string Resource), Instant> _left = [];

    /// <summary>A DC makes a plan of a document: what it lets go, it lets go by that.</summary>
    public void Plans(Machine machine, CibElement document) => _planned[machine.Index] = InMaintenance(document);

    public void Left(Machine machine)
    {
        if (machine.Services.Active.FirstOrDefault() is not { } resource) return;
        if (machine.Control is not CrmControl { Node: { } node } || !InMaintenance(node.Document) && !(node.Dc is { } dc && _planned[world[dc].Index]))
            throw new RuleBroken("no orphan", world.Now, $"{machine.Name} leaves, and {resource} runs there");
        foreach (var active in machine.Services.Active) _left[(machine.Index, active)] = Instant.Never;
        world.Count.LeftInMaintenance++;
    }

    /// <summary>Its daemon is back.</summary>
    public void Started(Machine machine)
    {
        if (!machine.HaCf.Crm) return;
        foreach (var key in _left.Keys.Where(k => k.Machine == machine.Index).ToArray()) _left[key] = world.Now + Found;
    }

    public void Changed(Machine machine, string resource, bool active)
    {
        if (!active) _left.Remove((machine.Index, resource));
    }

    /// <summary>It runs there because its node left in maintenance.</summary>
    public bool IsLeft(Machine machine, string resource) => _left.TryGetValue((machine.Index, resource), out var until) && until >= world.Now;

    private static bool InMaintenance(CibElement document)
    {
        foreach (var pair in document.Element("configuration")?.Element("crm_config")?.Descendants("nvpair") ?? [])
            if (pair["name"] == "maintenance-mode") return pair["value"] == "true";
        return false;
    }
}
