using Appliance.Configuration;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Stories;

/// <summary>Three and more nodes of ours (docs/decisions/0006): every rule is checked after every event.</summary>
public class Several_nodes_in_virtual_time
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Fine = TimeSpan.FromMilliseconds(5);
    private static readonly string[] Names = ["alpha", "beta", "gamma", "delta", "epsilon"];

    private static World Settled(int count = 3, AutoFailback failback = AutoFailback.On, FencingKind fencing = FencingKind.None)
    {
        var plan = new ClusterPlan
        {
            Nodes = [.. Names.Take(count)], Extensions = [.. Enumerable.Repeat(1, count)], AutoFailback = failback, Fencing = fencing,
            Groups = [.. Names.Take(count).Select((n, i) => ClusterPlan.Group(n, ((char)('A' + i)).ToString(), 1))],
        };
        var world = new World(plan, seed: 4712, inWords: true);
        world.PowerOnAll();
        Assert.That(world.RunUntil(() => AtHome(world), 20 * Second), Is.Not.Null, Story(world));
        world.Run(6 * Second);
        return world;
    }

    private static bool AtHome(World world) => world.Plan.Groups.All(g => Owners(world, g.Key) == g.Node);

    private static string Owners(World world, string key) => string.Join(' ', world.Machines.Where(m => m.Services.IsActive(key)).Select(m => m.Name));

    private static string Story(World world) => string.Join('\n', world.Trace.Lines.TakeLast(80));

    [Test]
    public void Start_all_groups_at_home_as_soon_as_they_hear_each_other()
    {
        var world = new World(new ClusterPlan { Nodes = ["alpha", "beta", "gamma"], Extensions = [1, 1, 1] }, seed: 4712, inWords: true);
        world.PowerOnAll();
        world.RunUntil(() => world.Machines.All(m => m.Pulse?.Report().CommunicationUp == true), 20 * Second, Fine);
        Assert.That(world.RunUntil(() => AtHome(world), 5 * Second, Fine), Is.LessThan(Second), Story(world));
    }

    [TestCase("alpha", "beta")]
    [TestCase("beta", "alpha")]
    [TestCase("gamma", "alpha")]
    public void Give_the_groups_of_the_dead_to_the_first_in_ha_cf_and_back_when_it_returns(string dead, string heir)
    {
        var world = Settled();
        var key = world.Plan.Groups.First(g => g.Node == dead).Key;
        world[dead].PowerCut("a story", backAfter: 12 * Second);
        world.Run(8 * Second);
        Assert.That(Owners(world, key), Is.EqualTo(heir), Story(world));
        Assert.That(world.RunUntil(() => AtHome(world), 25 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void Hand_over_at_once_when_one_is_stopped()
    {
        var world = Settled();
        world["beta"].Pulse!.Signal(Messaging.DaemonRequest.Shutdown);
        Assert.That(world.RunUntil(() => Owners(world, "Dummy::B1") == "alpha", 10 * Second, Fine), Is.LessThan(TimeSpan.FromMilliseconds(500)), Story(world));
    }

    [Test]
    public void Move_what_hb_standby_names_to_one_other_and_what_hb_takeover_names_to_the_one_that_asked()
    {
        var world = Settled(4, AutoFailback.Off);
        Operator.Standby(world["alpha"], "all");
        world.Run(2 * Second);
        Assert.That(Owners(world, "Dummy::A1"), Is.EqualTo("beta"), Story(world));
        Operator.Takeover(world["delta"], "all");
        world.Run(2 * Second);
        Assert.That(world.Plan.Groups.Select(g => Owners(world, g.Key)), Is.All.EqualTo("delta"), Story(world));
        Operator.Standby(world["delta"], "foreign");
        world.Run(2 * Second);
        Assert.That(AtHome(world), Story(world));
    }

    [Test]
    public void Fence_a_frozen_node_once_and_take_nothing_of_it_before()
    {
        var world = Settled(4, fencing: FencingKind.Bmc);
        world["gamma"].Freeze();
        world.RunUntil(() => !world["gamma"].Powered, 20 * Second, Fine);
        Assert.That(Owners(world, "Dummy::C1"), Is.Empty);
        world.Run(3 * Second);
        Assert.That(Owners(world, "Dummy::C1"), Is.EqualTo("alpha").Or.EqualTo("gamma"), Story(world));
        Assert.That(world.Trace.Lines.Count(l => l.Contains("fences gamma", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void Stop_only_what_is_owned_twice_when_a_partition_of_two_and_two_heals()
    {
        var world = Settled(4);
        new Partition(TimeSpan.Zero, 10 * Second, Side: 0b0011, OneWay: false).Plan(world, _ => { });
        world.Run(9 * Second);
        Assert.That(world.Plan.Groups.Select(g => Owners(world, g.Key).Split(' ').Length), Is.All.EqualTo(2), Story(world));
        Assert.That(world.RunUntil(() => AtHome(world), 15 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void Start_a_group_that_fails_on_one_on_another()
    {
        var world = Settled(failback: AutoFailback.Off);
        world["alpha"].Services.Mood.FailingStarts.Add("Dummy::C1");
        world["gamma"].PowerCut("a story", null);
        world.Run(8 * Second);
        Assert.That(Owners(world, "Dummy::C1"), Is.EqualTo("beta"), Story(world));
    }
}
