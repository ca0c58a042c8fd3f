using Appliance.Crm.Store;

namespace Appliance.Crm.Tests.Store;

/// <summary>What was acknowledged is there after any crash, split and change of the DC; all have one document at rest; no version goes back.</summary>
public class The_stores_of_a_cluster
{
    private const int Seeds = 1500, Steps = 250;

    [TestCase(2), TestCase(3), TestCase(4), TestCase(5)]
    public void Lose_nothing_that_was_acknowledged_while_more_than_half_are_the_cluster(int nodes) => Run(nodes, majority: true);

    [TestCase(2), TestCase(3), TestCase(5)]
    public void Lose_nothing_without_keeping_it_aside_where_every_group_goes_on_by_itself(int nodes) => Run(nodes, majority: false);

    private static void Run(int nodes, bool majority)
    {
        var (acknowledged, unknown) = (0, 0);
        for (var seed = 0; seed < Seeds / nodes; seed++)
        {
            var world = new StoreWorld(seed, nodes, majority);
            world.Run(Steps);
            Assert.That(world.Problem, Is.Null, $"seed {seed}:\n{world.Story}");
            acknowledged += world.Acknowledged.Count;
            unknown += world.NotKnown;
        }
        TestContext.Out.WriteLine($"{Seeds / nodes} seeds: {acknowledged} changes acknowledged, {unknown} of unknown outcome");
        Assert.That((acknowledged > Seeds / nodes, unknown > 0), Is.EqualTo((true, true)), "the simulation does too little");
    }
}
