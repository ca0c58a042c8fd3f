using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Stories;

/// <summary>Named stories: what nodes of ours do, with the times it takes, and every rule checked after every event.</summary>
public class A_pair_in_virtual_time
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Fine = TimeSpan.FromMilliseconds(5);

    private static World Begin(ClusterPlan? plan = null)
    {
        var world = new World(plan ?? new ClusterPlan(), seed: 4711, inWords: true);
        world.PowerOnAll();
        return world;
    }

    private static World Settled(ClusterPlan? plan = null)
    {
        var world = Begin(plan);
        Assert.That(world.RunUntil(() => AllRun(world), 20 * Second), Is.Not.Null, Story(world));
        world.Run(6 * Second);      // past the dead time allowance of the start
        return world;
    }

    private static bool AllRun(World world) => world.Plan.Groups.All(g => Runs(world, g.Node, g.Key));

    private static bool Runs(World world, string node, string key) =>
        world.Plan.Groups.First(g => g.Key == key).Resources.All(r => world[node].Services.IsActive(r.Text));

    private static string Story(World world) => string.Join('\n', world.Trace.Lines.TakeLast(60));

    /// <summary>Services that stopped since a line of the story, as <c>node resource</c>.</summary>
    private static IEnumerable<string> StoppedSince(World world, int line) => world.Trace.Lines.Skip(line).Where(l => l.EndsWith("is inactive", StringComparison.Ordinal))
        .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..3]));

    [Test]
    public void Serves_within_a_second_once_both_hear_each_other()
    {
        var world = Begin();
        world.RunUntil(() => world.Machines.All(m => m.Pulse?.Report().CommunicationUp == true), 20 * Second, Fine);
        var took = world.RunUntil(() => AllRun(world), 5 * Second, Fine);
        Assert.That(took, Is.LessThan(Second), Story(world));
    }

    [Test]
    public void Takes_over_one_dead_time_after_the_last_beat()
    {
        var world = Settled();
        world["alpha"].PowerCut("a story", null);
        var took = world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 20 * Second, Fine);
        Assert.That(took, Is.GreaterThan(world.Plan.DeadTime - world.Plan.KeepAlive - TimeSpan.FromMilliseconds(10))
            .And.LessThan(world.Plan.DeadTime + TimeSpan.FromMilliseconds(200)), Story(world));
    }

    [Test]
    public void Gives_back_what_the_returned_node_prefers()
    {
        var world = Settled();
        world["alpha"].PowerCut("a story", backAfter: 10 * Second);
        world.Run(9 * Second);
        Assert.That(Runs(world, "beta", "Dummy::A1"), Story(world));
        Assert.That(world.RunUntil(() => AllRun(world), 10 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void Hands_over_at_once_when_it_is_stopped()
    {
        var world = Settled();
        world["alpha"].Pulse!.Signal(DaemonRequest.Shutdown);
        var took = world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 10 * Second, Fine);
        Assert.That(took, Is.LessThan(TimeSpan.FromMilliseconds(500)), Story(world));
    }

    [Test]
    public void Stops_only_what_is_owned_twice_when_a_partition_heals()
    {
        var world = Settled();
        new Partition(TimeSpan.Zero, 10 * Second, Side: 1, OneWay: false).Plan(world, _ => { });
        world.Run(9 * Second);
        Assert.That(Runs(world, "alpha", "Dummy::B1") && Runs(world, "beta", "Dummy::A1"), "both own everything");
        var line = world.Trace.Lines.Count;
        world.Run(15 * Second);
        Assert.That(AllRun(world) && !Runs(world, "alpha", "Dummy::B1") && !Runs(world, "beta", "Dummy::A1"), Story(world));
        Assert.That(StoppedSince(world, line), Is.EquivalentTo(new[] { "alpha Dummy::B1", "beta Dummy::A1" }));
    }

    [Test]
    public void Keeps_every_service_while_keys_are_rotated()
    {
        var world = Settled();
        var line = world.Trace.Lines.Count;
        new KeysRotated(TimeSpan.Zero, 30 * Second, Careless: false, NewIndex: 2).Plan(world, _ => { });
        world.Run(40 * Second);
        Assert.That(StoppedSince(world, line), Is.Empty);
        Assert.That(world.Trace.Lines.Skip(line), Has.None.Contains("is dead"));
        Assert.That(world.Machines.Select(m => m.AuthKeys.SigningIndex), Is.All.EqualTo(2));
    }

    [Test]
    public void Keeps_every_service_while_daemons_are_killed_and_restarted()
    {
        var world = Settled();
        var line = world.Trace.Lines.Count;
        world["alpha"].KillDaemon(backAfter: Second);
        world.Run(8 * Second);
        world["alpha"].KillControl();
        world.Run(8 * Second);
        world["beta"].Control!.Ask(new ResourceManagerInput.RestartRequested());
        world.Run(10 * Second);
        Assert.That(StoppedSince(world, line), Is.Empty);
        Assert.That(AllRun(world), Story(world));
    }

    [Test]
    public void Takes_nothing_of_a_frozen_node_before_it_is_off()
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.Bmc });
        world["alpha"].Freeze();
        var off = world.RunUntil(() => !world["alpha"].Powered, 20 * Second, Fine);
        Assert.That(off, Is.Not.Null, Story(world));
        Assert.That(Runs(world, "beta", "Dummy::A1"), Is.False);
        Assert.That(world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 5 * Second), Is.Not.Null, Story(world));
    }

    [TestCase(3)]
    [TestCase(5)]
    public void Of_more_nodes_gives_a_dead_one_s_group_to_exactly_one(int count)
    {
        string[] names = ["alpha", "beta", "gamma", "delta", "epsilon"];
        var world = Settled(new ClusterPlan
        {
            Nodes = [.. names.Take(count)],
            Extensions = [.. Enumerable.Repeat(1, count)],
            Groups = [.. names.Take(count).Select((n, i) => ClusterPlan.Group(n, ((char)('A' + i)).ToString(), 1))],
        });
        world["beta"].PowerCut("a story", null);
        world.Run(8 * Second);
        Assert.That(world.Machines.Count(m => m.Services.IsActive("Dummy::B1")), Is.EqualTo(1), Story(world));
    }

    [Test]
    public void Of_three_in_a_serial_ring_hears_the_far_node_over_the_near_one()
    {
        var plan = new ClusterPlan
        {
            Nodes = ["alpha", "beta", "gamma"], Extensions = [1, 1, 1], Cabling = Cabling.SerialRing, KeepAlive = 2 * Second, DeadTime = 10 * Second, InitDead = 25 * Second,
        };
        var world = Begin(plan);
        foreach (var path in world.Segments["ring0"].Paths) path.Blocked = 1;      // one cable is out: two of the three meet only through the third
        world.Run(20 * Second);
        foreach (var machine in world.Machines)
            Assert.That(machine.Pulse!.Report().Nodes.Select(n => n.Status), Is.All.EqualTo(NodeStatus.Active), Story(world));
    }
}
