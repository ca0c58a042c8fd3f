using Appliance.Simulation.Engine;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Faults;

/// <summary>Draws what goes wrong in a world, all of it before the world begins.</summary>
internal static class Weather
{
    /// <summary>The time in which faults begin. After it everything is repaired.</summary>
    public static readonly TimeSpan Stormy = TimeSpan.FromSeconds(40);

    public static IReadOnlyList<Fault> Draw(ClusterPlan plan, SeededRandom chance)
    {
        var faults = new List<Fault>();
        // A storm has a theme, so that faults of a kind meet; every fifth has all kinds.
        var theme = chance.Below(5);
        for (var left = chance.Between(1, 6); left > 0; left--)
        {
            var fault = One(plan, chance, theme);
            faults.Add(fault);
            // Troubles seldom come alone: something else during or just after.
            if (chance.Chance(0.3)) faults.Add(One(plan, chance, 4) is var second ? second with { At = fault.At + (fault.For + TimeSpan.FromSeconds(3)) * chance.Unit() } : second);
        }

        if (plan.Fencing != FencingKind.None) AddDeviceFaults(plan, faults, chance);
        return [.. faults.OrderBy(f => f.At)];
    }

    /// <summary>Somebody is silent for longer than a dead time, and devices fail when they are needed. And a person may see a machine that lies dark.</summary>
    internal static void AddDeviceFaults(ClusterPlan plan, List<Fault> faults, SeededRandom chance)
    {
        var meets = TimeSpan.FromSeconds(12 + (Stormy.TotalSeconds - 12) * chance.Unit());
        var (silent, machine) = (plan.DeadTime + chance.Milliseconds(500, 15_000), chance.Below(plan.Nodes.Length));
        switch (chance.Below(5))
        {
            case 0 or 1: faults.Add(new Partition(meets, silent, chance.Between(1, (1 << plan.Nodes.Length) - 2), OneWay: chance.Chance(0.2))); break;
            case 2: faults.Add(new Frozen(meets, silent, machine)); break;
            case 3: faults.Add(new PowerFailure(meets, machine, 0, silent)); break;
        }
        for (var left = chance.Below(3); left > 0; left--)
        {
            var at = meets + plan.DeadTime * chance.Unit() - TimeSpan.FromSeconds(2) is var near && near > TimeSpan.Zero ? near : TimeSpan.Zero;
            var device = plan.Fencing == FencingKind.BmcThenStrip && chance.Chance(0.3) ? FencingDevices.StripId : FencingDevices.BmcOf(chance.Of(plan.Nodes.AsSpan()));
            faults.Add(new DeviceFails(at, chance.Milliseconds(5_000, 40_000), device, (DeviceTrouble)chance.Between(1, 6)));
        }
        if (chance.Chance(0.3)) faults.Add(new Vouched(meets + plan.DeadTime + chance.Milliseconds(1_000, 10_000), chance.Below(plan.Nodes.Length)));
    }

    private static Fault One(ClusterPlan plan, SeededRandom chance, int theme)
    {
        var at = TimeSpan.FromSeconds(Stormy.TotalSeconds * chance.Unit());
        var lasting = chance.Chance(0.5) ? chance.Milliseconds(50, 3_000) : chance.Milliseconds(3_000, 20_000);
        var machine = chance.Below(plan.Nodes.Length);
        var segments = plan.Nodes.SelectMany((_, i) => plan.Cables(i).Select(c => (c.Segment, Machine: i))).ToArray();
        var cable = chance.Of(segments);
        var resource = chance.Of(chance.Of(plan.Groups.AsSpan()).Resources.AsSpan()).Text;
        var kind = theme switch
        {
            0 => chance.Between(0, 5),
            1 => chance.Between(6, 10),
            2 => chance.Between(11, 13),
            3 => chance.Between(14, 18),
            _ => chance.Between(0, 18),
        };
        return kind switch
        {
            0 or 1 => new Noise(at, lasting, cable.Segment, chance.Of(0, 0.1, 0.3, 0.6), chance.Of(0, 0.2), chance.Of(0, 0.1, 0.3), chance.Of(0, 30, 300, 1500)),
            2 or 3 => new Partition(at, lasting, chance.Between(1, (1 << plan.Nodes.Length) - 2), OneWay: false),
            4 => new Partition(at, lasting, chance.Between(1, (1 << plan.Nodes.Length) - 2), OneWay: true),
            5 => new Unplugged(at, lasting, cable.Segment, cable.Machine),
            6 => new PowerFailure(at, machine, 0, lasting),
            7 => new PowerFailure(at, machine, chance.Between(1, 40), lasting),
            8 => new ControlKilled(at, machine),
            9 => new DaemonKilled(at, machine, lasting),
            10 => new Frozen(at, lasting, machine),
            11 or 12 => new AgentFails(at, lasting, machine, resource, (AgentTrouble)chance.Below(5), chance.Of(5, 30, 200)),
            13 => new ClockStepped(at, machine, TimeSpan.FromHours(chance.Of(-1, 1))),
            14 or 15 => new Command(at, machine, chance.Chance(0.4), chance.Of("all", "local", "foreign", "failback")),
            16 => new Stopped(at, lasting, machine),
            17 => chance.Chance(0.5) ? new RestartedInPlace(at, machine) : new KeysRotated(at, lasting, Careless: chance.Chance(0.3), chance.Between(2, 5)),
            _ => chance.Chance(0.5) ? new Replays(at, lasting, machine, chance.Between(1, 10)) : new Forgeries(at, lasting, machine, chance.Between(1, 10)),
        };
    }
}
