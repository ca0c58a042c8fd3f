using Appliance.Configuration;
using Appliance.Haresources;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Seeds;

/// <summary>One seed's life: a cluster is drawn, a storm passes over it, everything is repaired, and it must come to rest.</summary>
internal sealed class SeedRun : IWorldRun
{
    /// <summary>How long a repaired cluster may take: a settling time with a 3.0.6 (10 s), standby timers (10 s), a failed start's standby (30 s), dead times, agents.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(150);

    private readonly World _world;
    private readonly List<Action> _endings = [];
    private bool _movedOnPurpose;

    private SeedRun(ulong seed, bool inWords, Mutation? mutation, Func<Fault, int, bool>? only)
    {
        var chance = new SeededRandom(seed);
        var plan = ClusterPlan.Draw(chance.Split(1)) with { Monitor = ServiceWeather.Monitor(seed) };
        var faults = Weather.Draw(plan, chance.Split(2));
        if (plan.Monitor is not null) faults = [.. faults.Concat(ServiceWeather.Draw(plan, seed, atMost: 3)).OrderBy(f => f.At)];
        _world = new World(plan, chance.Next(), inWords, mutation);
        _world.Trace.Say(1, "world", $"seed {seed}: {string.Join(' ', plan.Nodes)}; {plan.Cabling}; keepalive {plan.KeepAlive}, deadtime {plan.DeadTime}, initdead {plan.InitDead}; auto_failback {plan.AutoFailback}; fencing {plan.Fencing}{(plan.BmcOnMains ? " (BMC on the machine's own supply)" : "")}, delay {plan.FavouredDelay}, random {plan.RandomDelay}; watchdog {plan.Watchdog}; extensions {string.Join(' ', plan.Extensions)}; {(plan.Monitor is { } monitor ? $"monitor {monitor.Interval.TotalSeconds} restarts={monitor.Restarts} within={monitor.Within.TotalSeconds} timeout={monitor.Timeout.TotalSeconds}" : "no monitor")}; groups {string.Join(" | ", plan.Groups)}");
        for (var i = 0; i < faults.Count; i++)
        {
            var (fault, at) = (faults[i], i);
            if (only is not null && !only(fault, at)) continue;
            _world.Trace.Say(2, "world", $"fault {i} comes at {fault.At}: {fault}");
            fault.Plan(_world, _endings.Add);
            _movedOnPurpose |= fault is Command or AgentFails or ServiceDies or ServiceFlaps or StatusHangs;
        }

        foreach (var machine in _world.Machines) _world.After(chance.Milliseconds(0, chance.Chance(0.5) ? 200 : 8_000), () => machine.PowerOn());
    }

    /// <param name="only">Which of the drawn faults happen; all of them when <c>null</c>.</param>
    public static SeedOutcome Run(ulong seed, bool inWords = false, Mutation? mutation = null, Func<Fault, int, bool>? only = null) => SeedOutcome.Of(seed, () => new SeedRun(seed, inWords, mutation, only));

    public World World => _world;

    public string Kind => $"({_world.Machines.Count switch { 2 when _world.Plan.AllOurs => "pair", 2 => "mixed pair", _ => "several nodes" }}, {(_world.Plan.Fencing == FencingKind.None ? "no fencing" : "fencing")})";

    public void Live()
    {
        _world.Run(Weather.Stormy);
        Aftermath.Heal(_world, _endings, repaired: Operator.CleansUp);
        var repaired = _world.Now;
        Aftermath.ComesToRest(_world, Rest, Unrest, TimeSpan.FromSeconds(10), OperatorLooksAfterIt);
        _world.Rules.Delivery.RequireDelivered(repaired + _world.Plan.DeadTime * 2, _world.Now + TimeSpan.FromSeconds(-2));
    }

    /// <summary>
    /// Every ten seconds: what is blocked or failed is cleaned up; a stopped daemon is started; what an operator's command or a failed start moved away from its preferred node
    /// is moved back by hand (auto_failback undoes only what a death did, in 3.0.6 too).
    /// </summary>
    private void OperatorLooksAfterIt()
    {
        foreach (var machine in _world.Machines)
        {
            Operator.CleansUp(machine);
            Aftermath.StartsWhatIsDown(_world, machine);
        }

        if (!_movedOnPurpose || _world.Plan.AutoFailback != AutoFailback.On || _world.Now.Ticks % (20 * TimeSpan.TicksPerSecond) != 0) return;
        foreach (var machine in _world.Machines)
            if (_world.Plan.Groups.Any(g => g.Node != machine.Name && machine.Services.IsActive(g.Key))) Operator.Standby(machine, "foreign");
    }

    /// <summary>Every group runs as a whole on one live machine, all machines know it, and with auto_failback it is the preferred one; no fencing is under way.</summary>
    private string Unrest()
    {
        foreach (var machine in _world.Machines)
        {
            if (machine.Control is not { } control) return $"{machine.Name} has no control process{(machine.Powered ? "" : " (no power)")}";
            if (control.AwaitsFencingOf is { } target) return $"{machine.Name} still waits for the end of its fencing of {target}";
        }
        foreach (var group in _world.Plan.Groups)
        {
            var owners = _world.Machines.Where(m => group.Resources.Any(r => m.Services.IsActive(r.Text))).ToArray();
            if (owners.Length != 1) return $"{group.Key} is active on [{string.Join(' ', owners.Select(o => o.Name))}]";
            if (!group.Resources.All(r => owners[0].Services.IsActive(r.Text))) return $"{group.Key} runs only in part on {owners[0].Name}";
            if (_world.Plan.AutoFailback == AutoFailback.On && owners[0].Name != group.Node) return $"{group.Key} is on {owners[0].Name}, not on its preferred node";
            foreach (var machine in _world.Machines)
            {
                if (machine.Control!.Report() is not { } report) continue;
                if (report.RscStatus == "transition") return $"{machine.Name} is in transition ({report.Phase}, standby {report.Standby ?? "none"})";
                if (report.Groups.FirstOrDefault(g => g.Key == group.Key) is not { } known) return $"{machine.Name} does not know {group.Key}";
                if (known.Owner != owners[0].Name) return $"{machine.Name} believes {group.Key} to be on {known.Owner ?? "no node"}, it is on {owners[0].Name}: {known.Why}";
                if (machine == owners[0] && known.State != GroupState.Running) return $"{machine.Name} runs {group.Key} and calls it {known.State}";
            }
        }

        return "";
    }
}
