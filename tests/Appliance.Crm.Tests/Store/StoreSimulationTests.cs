using Appliance.Crm.Store;

namespace Appliance.Crm.Tests.Store;

/// <summary>What was acknowledged is there after any crash, split and change of the DC; all have one document at rest; no version goes back.</summary>
public class The_stores_of_a_cluster
{
    private const int Seeds = 1000, Steps = 400;

    [TestCase(2), TestCase(3), TestCase(4), TestCase(5)]
    public void Lose_nothing_that_was_acknowledged_while_more_than_half_are_the_cluster(int nodes) => Run(nodes, majority: true);

    [TestCase(2), TestCase(3), TestCase(5)]
    public void Lose_nothing_without_keeping_it_aside_where_every_group_goes_on_by_itself(int nodes) => Run(nodes, majority: false);

    /// <summary>Each rule broken on purpose is seen, most within a few hundred seeds.</summary>
    [TestCase(StoreFault.DiskSaysSoTooEarly, true), TestCase(StoreFault.PastIsForgotten, true), TestCase(StoreFault.AloneCountsToo, true), TestCase(StoreFault.LostIsNotKept, false), TestCase(StoreFault.PatchGetsLost, true), TestCase(StoreFault.OthersDisksDoNotCount, true), TestCase(StoreFault.TermsStay, true), TestCase(StoreFault.FollowedTermsAreForgotten, true)]
    public void Are_seen_when_they_break_a_rule(StoreFault fault, bool majority)
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var world = new StoreWorld(seed, 3, majority) { Fault = fault };
            world.Run(Steps);
            if (world.Problem is null) continue;
            TestContext.Out.WriteLine($"seed {seed}: {world.Problem}");
            return;
        }
        Assert.Fail("nothing was noticed");
    }

    private static int Count(int nodes) => int.TryParse(Environment.GetEnvironmentVariable("STORE_SEEDS"), out var asked) ? asked : Seeds / nodes;

    private static void Run(int nodes, bool majority)
    {
        var (acknowledged, unknown) = (0, 0);
        var only = int.TryParse(Environment.GetEnvironmentVariable("STORE_SEED"), out var one) ? one : -1;
        for (var seed = Math.Max(0, only); seed < (only < 0 ? Count(nodes) : only + 1); seed++)
        {
            var world = new StoreWorld(seed, nodes, majority);
            world.Run(Steps);
            Assert.That(world.Problem, Is.Null, $"seed {seed}:\n{world.Story}");
            acknowledged += world.Acknowledged.Count;
            unknown += world.NotKnown;
        }
        TestContext.Out.WriteLine($"{Count(nodes)} seeds: {acknowledged} changes acknowledged, {unknown} of unknown outcome");
        Assert.That((acknowledged > Count(nodes), unknown > 0), Is.EqualTo((true, true)), "the simulation does too little");
    }
}
