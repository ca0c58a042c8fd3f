using Appliance.Configuration;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Network;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Crm;

/// <summary>Draws a cluster with a CRM, and what goes wrong in it.</summary>
internal static class CrmWeather
{
    /// <summary>The time in which faults begin. After it everything is repaired.</summary>
    public static readonly TimeSpan Stormy = TimeSpan.FromSeconds(45);

    public static ClusterPlan Draw(SeededRandom chance)
    {
        var drawn = ClusterPlan.Draw(chance.Split(1));
        // Of three nodes one may be wrong, and two go on: more can be seen there than in four or five.
        if (drawn.Nodes.Length == 2 && chance.Chance(0.2)) drawn = drawn with { Nodes = ["alpha", "beta", "gamma"], Cabling = chance.Of(Cabling.OneLan, Cabling.TwoLans) };
        var nodes = drawn.Nodes;
        var groups = chance.Between(1, 2);
        var plan = drawn with
        {
            Extensions = [.. nodes.Select(_ => 1)],
            Keys = ClusterPlan.Key(1, Configuration.AuthMethod.Sha1, "TestKey"),
            // Without fencing a pair that is cut runs everything twice, and says so; more nodes have their quorum.
            Fencing = nodes.Length == 2 || chance.Chance(0.6) ? chance.Of(FencingKind.Bmc, FencingKind.BmcThenStrip) : FencingKind.None,
            Monitor = new(TimeSpan.FromSeconds(chance.Between(3, 10)), chance.Between(0, 2), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)),
            Groups = [.. Enumerable.Range(0, groups).Select(i => ClusterPlan.Group(chance.Of(nodes.AsSpan()), ((char)('A' + i)).ToString(), chance.Between(1, 3 - groups + 1) is var size && groups == 2 ? Math.Min(size, 2) : size))],
        };
        return plan with { Crm = CrmPlan.Draw(plan, chance.Split(3)) };
    }

    /// <summary>What the serial line of a pair shows, and whether quorum asks for it; drawn for itself, so that all else is as it would be without.</summary>
    public static ClusterPlan WithCarriers(ClusterPlan plan, SeededRandom chance)
    {
        if (plan.Cabling is not (Cabling.LanAndSerial or Cabling.CrossoverAndSerial)) return plan;
        plan = plan with { Modem = chance.Of(ModemStatus.None, ModemStatus.True, ModemStatus.True, ModemStatus.True, ModemStatus.AlwaysOn, ModemStatus.AlwaysOff) };
        if (chance.Chance(0.2)) return plan;
        var pings = plan.Cabling == Cabling.LanAndSerial && chance.Chance(0.4);
        return plan with { Quorum = new(Needs: pings ? QuorumNeeds.Ping | QuorumNeeds.Carrier : QuorumNeeds.Carrier), Cabling = pings ? Cabling.LanSerialAndPing : plan.Cabling };
    }

    /// <summary>What is to show whether a lost carrier counts; drawn for itself too.</summary>
    public static IEnumerable<Fault> LostCarriers(ClusterPlan plan, SeededRandom chance)
    {
        if (plan.Quorum is null || !chance.Chance(0.7)) yield break;
        yield return new CablesOut(TimeSpan.FromSeconds(15 + 25 * chance.Unit()), chance.Milliseconds(10_000, 40_000));
    }

    public static IReadOnlyList<Fault> Faults(ClusterPlan plan, SeededRandom chance)
    {
        var faults = new List<Fault>();
        var theme = chance.Below(6);
        var number = 0;
        for (var left = chance.Between(1, 4); left > 0; left--)
        {
            var fault = One(plan, chance, theme, ref number);
            faults.Add(fault);
            if (chance.Chance(0.4)) faults.Add(One(plan, chance, 5, ref number) is var second ? second with { At = fault.At + (fault.For + TimeSpan.FromSeconds(3)) * chance.Unit() } : second);
        }
        if (plan.Fencing != FencingKind.None && chance.Chance(0.5)) Weather.AddDeviceFaults(plan, faults, chance);
        // Somebody always changes something: now, or beside something that goes wrong.
        for (var left = chance.Between(1, 3); left > 0; left--)
        {
            var at = chance.Chance(0.6) ? chance.Of(faults.ToArray()).At + chance.Milliseconds(-500, 4_000) : Stormy * chance.Unit();
            faults.Add(new CibChanged(at > TimeSpan.Zero ? at : TimeSpan.Zero, chance.Below(plan.Nodes.Length), ++number, chance.Between(1, 4)));
        }
        // An engine that is killed, and not let begin again, leaves what it had started to whoever looks.
        if (faults.Exists(f => f is OtherEngine)) faults.RemoveAll(f => f is ControlKilled or DaemonKilled or RestartedInPlace or Stopped);
        return [.. faults.OrderBy(f => f.At)];
    }

    /// <summary>What people have fenced; drawn for itself, so that all else is as it would be without.</summary>
    public static IEnumerable<Fault> ByHand(ClusterPlan plan, SeededRandom chance)
    {
        if (plan.Fencing == FencingKind.None || !chance.Chance(0.15)) yield break;
        for (var left = chance.Between(1, 2); left > 0; left--)
            yield return new FencedByHand(TimeSpan.FromSeconds(8) + (Stormy - TimeSpan.FromSeconds(8)) * chance.Unit(), chance.Below(plan.Nodes.Length), chance.Below(plan.Nodes.Length));
    }

    private static Fault One(ClusterPlan plan, SeededRandom chance, int theme, ref int number)
    {
        // The first seconds of a cluster are as worth a fault as the others, and pass without much happening.
        var at = TimeSpan.FromSeconds(3 + (Stormy.TotalSeconds - 3) * chance.Unit());
        var lasting = chance.Chance(0.5) ? chance.Milliseconds(50, 3_000) : chance.Milliseconds(3_000, 20_000);
        var (machine, other) = (chance.Below(plan.Nodes.Length), chance.Below(plan.Nodes.Length));
        var segments = plan.Nodes.SelectMany((_, i) => plan.Cables(i).Select(c => (c.Segment, Machine: i))).ToArray();
        var cable = chance.Of(segments);
        var crm = plan.Crm!;
        var resource = chance.Of<string>([.. crm.Single, .. crm.Everywhere]);
        var kind = theme switch
        {
            0 => chance.Between(0, 4),
            1 => chance.Between(5, 10),
            2 => chance.Between(11, 14),
            3 => chance.Between(15, 20),
            4 => chance.Of(6, 7, 7, 7, 2, 8),       // what is told stored, and power
            _ => chance.Between(0, 21),
        };
        var sides = chance.Between(1, (1 << plan.Nodes.Length) - 2);
        switch (kind)
        {
            case 0 or 1: return new Noise(at, lasting, cable.Segment, chance.Of(0, 0.1, 0.3, 0.6), chance.Of(0, 0.2), chance.Of(0, 0.1), chance.Of(0, 30, 300, 1500));
            case 2: return new Partition(at, lasting, sides, OneWay: false);
            case 3: return new Partition(at, lasting, sides, OneWay: chance.Chance(0.5));
            case 4: return new Unplugged(at, lasting, cable.Segment, cable.Machine);
            case 5: return new PowerFailure(at, machine, 0, lasting);
            case 6: return new PowerFailure(at, machine, chance.Between(1, 60), lasting);
            case 7: return new PowerFailsAtWrite(at, machine, chance.Between(1, 30), lasting);
            case 8: return new ControlKilled(at, machine);
            case 9: return new DaemonKilled(at, machine, lasting);
            case 10: return new Frozen(at, lasting, machine);
            case 11 or 12: return new AgentFails(at, lasting, machine, resource, (AgentTrouble)chance.Below(5), chance.Of(5, 30, 200));
            case 13: return new ServiceGone(at, resource, chance.Chance(0.5));
            case 14: return chance.Chance(0.5) ? new ClockStepped(at, machine, TimeSpan.FromHours(chance.Of(-1, 1))) : new StatusHangs(at, lasting, machine, resource);
            case 15: return new InStandby(at, lasting, machine, other);
            case 16: return new InMaintenance(at, lasting, other);
            case 17:
                var owners = crm.Cib.Element("configuration")!.Element("resources")!.Children.Where(r => r["class"] != "stonith").ToArray();
                var owner = chance.Of(owners);
                return new SwitchedOff(at, lasting, owner.Name, owner.Id!, other);
            case 18: return new Stopped(at, lasting, machine);
            case 19: return chance.Chance(0.5) ? new RestartedInPlace(at, machine) : new KeysRotated(at, lasting, Careless: chance.Chance(0.2), chance.Between(2, 5));
            case 20 when chance.Chance(0.3): return new OtherEngine(at, lasting + TimeSpan.FromSeconds(5), machine);
            case 20: return new CleanedUp(at, machine, chance.Chance(0.5));
            default: return chance.Chance(0.5) ? new Replays(at, lasting, machine, chance.Between(1, 10)) : new Forgeries(at, lasting, machine, chance.Between(1, 10));
        }
    }
}
