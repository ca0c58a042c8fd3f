using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;
using Appliance.Simulation.Power;
using Appliance.Simulation.Seeds;

namespace Appliance.Simulation.Crm;

/// <summary>One seed's life of a cluster with a CRM: it is drawn, a storm passes over it, everything is repaired, and it must come to rest as it is configured.</summary>
internal sealed class CrmSeedRun : IWorldRun
{
    /// <summary>How long a repaired cluster may take: dead times, agents that hang, a node that beats without a CRM (20 s), fencing that is tried again.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(200);

    private readonly World _world;
    private readonly List<Action> _endings = [];

    private CrmSeedRun(ulong seed, bool inWords, Mutation? mutation, Func<Fault, int, bool>? only)
    {
        var chance = new SeededRandom(seed ^ 0x63_72_6D_79_65_73);
        var plan = CrmWeather.WithCarriers(CrmWeather.Draw(chance), new SeededRandom(seed ^ 0x63_61_72_72_69_65_72));
        Fault[] faults = [.. CrmWeather.Faults(plan, chance.Split(2)), .. CrmWeather.ByHand(plan, new SeededRandom(seed ^ 0x68_61_6E_64_73)), .. CrmWeather.LostCarriers(plan, new SeededRandom(seed ^ 0x63_61_62_6C_65_73))];
        if (mutation is OlderWords older) faults = [.. faults.Concat(older.Draw(plan, new SeededRandom(seed ^ 0x6F_6C_64_65_72))).OrderBy(f => f.At)];
        if (mutation is Wires_devices_wrongly) faults = [.. faults.Where(f => f is not DeviceFails).Concat(Wires_devices_wrongly.Draw(plan, new SeededRandom(seed ^ 0x77_69_72_65_73))).OrderBy(f => f.At)];
        _world = new World(plan, chance.Next(), inWords, mutation);
        _world.Trace.Say(1, "world", $"seed {seed}: {string.Join(' ', plan.Nodes)}; {plan.Cabling}{(plan.Quorum is { } quorum ? $" (modem status {plan.Modem}, quorum needs {quorum.Needs})" : "")}; keepalive {plan.KeepAlive}, deadtime {plan.DeadTime}, initdead {plan.InitDead}; auto_failback {plan.AutoFailback}; fencing {plan.Fencing}{(plan.BmcOnMains ? " (BMC on the machine's own supply)" : "")}, delay {plan.FavouredDelay}, random {plan.RandomDelay}; groups {string.Join(" | ", plan.Groups)}; everywhere {string.Join(' ', plan.Crm!.Everywhere)}");
        for (var i = 0; i < faults.Length; i++)
        {
            var (fault, at) = (faults[i], i);
            if (only is not null && !only(fault, at)) continue;
            _world.Trace.Say(2, "world", $"fault {i} comes at {fault.At}: {fault}");
            fault.Plan(_world, _endings.Add);
        }
        foreach (var machine in _world.Machines) _world.After(chance.Milliseconds(0, chance.Chance(0.5) ? 200 : 8_000), () => machine.PowerOn());
    }

    /// <param name="only">Which of the drawn faults happen; all of them when <c>null</c>.</param>
    public static SeedOutcome Run(ulong seed, bool inWords = false, Mutation? mutation = null, Func<Fault, int, bool>? only = null) => SeedOutcome.Of(seed, () => new CrmSeedRun(seed, inWords, mutation, only));

    public World World => _world;

    public string Kind => $"({(_world.Machines.Count == 2 ? "pair" : "several nodes")}, {(_world.Plan.Fencing == FencingKind.None ? "no fencing" : "fencing")})";

    public void Live()
    {
        _world.Run(CrmWeather.Stormy);
        Aftermath.Heal(_world, _endings, spared: machine =>
        {
            machine.CrashAfterEffects(0, default);
            machine.CrashAfterWrites(0, default);
        });
        Administrator.SetsRight(_world);
        var repaired = _world.Now;
        Aftermath.ComesToRest(_world, Rest, Unrest, TimeSpan.FromSeconds(5), SomebodyLooksAfterIt);
        _world.Rules.Acknowledged.Require(((CrmControl)_world.Machines[0].Control!).Node!.Document);
        _world.Rules.Delivery.RequireDelivered(repaired + _world.Plan.DeadTime * 2, _world.Now + TimeSpan.FromSeconds(-2));
    }

    private void SomebodyLooksAfterIt()
    {
        foreach (var machine in _world.Machines) Aftermath.StartsWhatIsDown(_world, machine);
        if (_world.Now.Ticks % (10 * TimeSpan.TicksPerSecond) == 0) Administrator.SetsRight(_world);
    }

    private string Unrest()
    {
        var dc = "";
        foreach (var machine in _world.Machines)
        {
            if (machine.Control is not CrmControl control) return $"{machine.Name} has no control process{(machine.Powered ? "" : " (no power)")}";
            if (control.Node is not { } node) return $"the CRM of {machine.Name} has not begun";
            if (control.AwaitsFencingOf is { } target) return $"{machine.Name} still waits for the end of its fencing of {target}";
            if (node.Dc is not { } decides) return $"{machine.Name} follows nobody";
            if (dc.Length > 0 && decides != dc) return $"{machine.Name} follows {decides}, and others {dc}";
            dc = decides;
        }
        var deciding = ((CrmControl)_world[dc].Control!).Node!;
        if (!deciding.IsSettled) return $"{dc} is not settled";
        foreach (var machine in _world.Machines)
        {
            var document = ((CrmControl)machine.Control!).Node!.Document;
            if (!document.SameAs(deciding.Document)) return $"{machine.Name} has another CIB than {dc}: {CibVersion.Of(document)} and {CibVersion.Of(deciding.Document)}";
        }
        var known = Attributes.Of(deciding.AttributeTable);
        if (Attributes.Of(deciding.Document) is var written && written != known) return $"the CIB has the attributes {written}, and those of {dc} are {known}";
        foreach (var machine in _world.Machines)
            if (Attributes.Of(((CrmControl)machine.Control!).Node!.AttributeTable) is var here && here != known) return $"the attributes of {machine.Name} are {here}, and those of {dc} {known}";
        var crm = _world.Plan.Crm!;
        foreach (var resource in crm.Owned)
            if (Owners(resource) is not { Length: 1 } owners) return $"{resource} is active on [{string.Join(' ', Owners(resource).Select(o => o.Name))}]";
        foreach (var resource in crm.Everywhere)
            if (Owners(resource) is { } some && some.Length != _world.Machines.Count) return $"{resource} is active on [{string.Join(' ', some.Select(o => o.Name))}] only";
        for (var i = 0; i < _world.Plan.Groups.Length; i++)
        {
            // As the compiler names them, in their order.
            var group = _world.Plan.Groups[i];
            var members = crm.Single.Skip(_world.Plan.Groups.Take(i).Sum(g => g.Resources.Length)).Take(group.Resources.Length).ToArray();
            if (members.Select(m => Owners(m)[0]).Distinct().Count() > 1) return $"{group.Key} runs in pieces";
            if (_world.Plan.AutoFailback == AutoFailback.On && Owners(members[0])[0].Name != group.Node) return $"{group.Key} is on {Owners(members[0])[0].Name}, not on its preferred node {group.Node}";
        }
        foreach (var machine in _world.Machines)
            foreach (var active in machine.Services.Active)
                if (!crm.Single.Contains(active) && !crm.Everywhere.Contains(active) && !crm.Owned.Contains(active) && !_world.Fencing.Configured.Any(d => d.Device.Id == active)) return $"{active} runs on {machine.Name}, and nobody configured it";
        return "";

        Machine[] Owners(string resource) => [.. _world.Machines.Where(m => m.Services.IsActive(resource))];
    }
}
