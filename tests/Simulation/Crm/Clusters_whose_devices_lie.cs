using Appliance.Crm.Controller;
using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;
using Appliance.Simulation.Power;
using Appliance.Simulation.Seeds;

namespace Appliance.Simulation.Crm;

/// <summary>The worlds of <see cref="Thousands_of_crm_worlds"/> that have fencing devices, with one or two of them wired to a machine that is none of the cluster's, and people who take a machine for off.</summary>
public class Clusters_whose_devices_lie
{
    private const string Variable = "APPLIANCE_CRM_LYING_SEEDS";

    private readonly SeedSweep _sweep = new(Variable, nameof(Give_up_what_was_proven_off), lastLines: 200, (seed, inWords) => CrmSeedRun.Run(seed, inWords, new Wires_devices_wrongly()));

    /// <summary>What fits in half a minute; <c>APPLIANCE_CRM_LYING_SEEDS=from..to</c> for others.</summary>
    [Test]
    public void Give_up_what_was_proven_off()
    {
        var (from, to) = SeedSweep.Range(Variable, 1, 300);
        var (lied, gaveUp) = (0, 0);
        var failures = _sweep.Run(from, to, outcome =>
        {
            Interlocked.Add(ref lied, outcome.Count.Lied);
            Interlocked.Add(ref gaveUp, outcome.Count.GaveUp);
        });
        TestContext.Out.WriteLine($"{lied} proofs that were none, {gaveUp} nodes that gave up");
        if (failures.Count == 0 && Environment.GetEnvironmentVariable("APPLIANCE_STORY") == "always") _sweep.Tell(from);
        _sweep.Require(failures);
        if (to - from < 100) return;
        Assert.That(lied, Is.GreaterThan(20), "what these worlds are for happens in them");
        Assert.That(gaveUp, Is.GreaterThan(10), "and is found out");
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed() => _sweep.RequireTheSame(1, 10);

    [Test]
    public void A_node_that_goes_on_is_found()
    {
        for (var seed = 1UL; seed <= 100; seed++)
            if (CrmSeedRun.Run(seed, mutation: new Goes_on_when_proven_off()).Broken == "gives up") return;
        Assert.Fail("nobody notices");
    }
}

/// <summary>Devices wired to another machine, for as long as the storm lasts; and a person who has looked at the wrong one. Not a broken rule, but one of the world's faults.</summary>
internal class Wires_devices_wrongly : Mutation
{
    public static IEnumerable<Fault> Draw(ClusterPlan plan, SeededRandom chance)
    {
        if (plan.Fencing == FencingKind.None) yield break;
        var first = chance.Below(plan.Nodes.Length);
        yield return Miswired(first);
        if (chance.Chance(0.3)) yield return Miswired((first + 1) % plan.Nodes.Length);
        if (chance.Chance(0.5)) yield return new FencedByHand(TimeSpan.FromSeconds(10) + TimeSpan.FromSeconds(30) * chance.Unit(), first, chance.Below(plan.Nodes.Length));
        else yield return new Partition(TimeSpan.FromSeconds(8 + 15 * chance.Unit()), TimeSpan.FromSeconds(4 + 16 * chance.Unit()), 1 << first, OneWay: false);

        if (chance.Chance(0.3)) yield return new TakenForOff(TimeSpan.FromSeconds(8) + TimeSpan.FromSeconds(34) * chance.Unit(), chance.Below(plan.Nodes.Length), chance.Below(plan.Nodes.Length));

        DeviceFails Miswired(int machine) => new(TimeSpan.FromSeconds(5 * chance.Unit()), CrmWeather.Stormy, FencingDevices.BmcOf(plan.Nodes[machine]), DeviceTrouble.Miswired);
    }
}

/// <summary>What others say of its own end is nothing to a node.</summary>
internal sealed class Goes_on_when_proven_off : Wires_devices_wrongly
{
    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) =>
        real is CrmInput.Cluster { Event: ClusterEvent.Received { Message: { } message } } && message["f"] == "off" && message["node"] == machine.Name ? [] : null;
}
