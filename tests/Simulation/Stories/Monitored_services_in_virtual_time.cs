using Appliance.Configuration;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Stories;

/// <summary>Named stories of services that fail (docs/decisions/0013), with the times it takes: asked every 2 s, one restart in a minute. Every rule is checked after every event.</summary>
public class Monitored_services_in_virtual_time
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Fine = TimeSpan.FromMilliseconds(5);
    private static readonly string[] Names = ["alpha", "beta", "gamma"];

    private static World Settled(int count = 2, AutoFailback failback = AutoFailback.On)
    {
        var world = new World(new ClusterPlan
        {
            Nodes = [.. Names.Take(count)], Extensions = [.. Enumerable.Repeat(1, count)], AutoFailback = failback, Monitor = new(2 * Second, 1, 60 * Second, Second),
            Groups = [.. Names.Take(count).Select((n, i) => ClusterPlan.Group(n, ((char)('A' + i)).ToString(), 2))],
        }, seed: 4713, inWords: true);
        world.PowerOnAll();
        Assert.That(world.RunUntil(() => world.Plan.Groups.All(g => Owner(world, g.Key) == g.Node), 20 * Second), Is.Not.Null, Story(world));
        world.Run(10 * Second);
        return world;
    }

    /// <summary>Where the whole group runs.</summary>
    private static string Owner(World world, string key)
    {
        var group = world.Plan.Groups.First(g => g.Key == key);
        return string.Join(' ', world.Machines.Where(m => group.Resources.All(r => m.Services.IsActive(r.Text))).Select(m => m.Name));
    }

    private static string Story(World world) => string.Join('\n', world.Trace.Lines.TakeLast(120));

    private static void Ends(World world, string node, string resource) => world[node].Services.Ends(resource);

    private static GroupReport Group(World world, string node, string key) => world[node].Control!.Report().Groups.Single(g => g.Key == key);

    [Test]
    public void Are_back_one_interval_and_their_agent_s_time_after_they_end()
    {
        var world = Settled();
        Ends(world, "alpha", "Dummy::A2");
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "alpha", 10 * Second, Fine), Is.LessThan(2.5 * Second), Story(world));
    }

    [Test]
    public void Are_back_at_once_when_the_service_manager_tells()
    {
        var world = Settled();
        new ServiceDies(TimeSpan.Zero, "Dummy::A1", "Dummy::A2", Told: true).Plan(world, _ => { });
        world.Run(2 * Fine);
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "alpha", 10 * Second, Fine), Is.LessThan(0.5 * Second), Story(world));
    }

    [Test]
    public void Run_on_the_other_node_two_and_a_half_seconds_after_the_second_failure()
    {
        var world = Settled();
        Ends(world, "alpha", "Dummy::A2");
        world.Run(4 * Second);
        Ends(world, "alpha", "Dummy::A2");
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "beta", 10 * Second, Fine), Is.LessThan(2.5 * Second), Story(world));
        world.Run(30 * Second);
        Assert.That(Owner(world, "Dummy::A1"), Is.EqualTo("beta"), "auto_failback undoes only what a death did");
        Assert.That(Owner(world, "Dummy::B1"), Is.EqualTo("beta"));
    }

    [Test]
    public void That_hang_once_are_left_alone_and_that_go_on_hanging_are_restarted()
    {
        var world = Settled();
        var line = world.Trace.Lines.Count;
        Assert.That(world.RunUntil(() => world.Trace.Lines.Skip(line).Any(l => l.Contains("alpha    runs Dummy::A1 Status", StringComparison.Ordinal)), 3 * Second, Fine), Is.Not.Null, Story(world));
        world.Run(Second);      // half way to the next question, which alone is in the time that follows
        new StatusHangs(TimeSpan.Zero, 1.9 * Second, 0, "Dummy::A1").Plan(world, _ => { });
        world.Run(10 * Second);
        Assert.That(world.Trace.Lines.Skip(line), Has.Some.Contains("did not say whether it runs"), Story(world));
        Assert.That(world.Trace.Lines.Skip(line), Has.None.Contains("Dummy::A1 Stop"), Story(world));
        new StatusHangs(TimeSpan.Zero, 6 * Second, 0, "Dummy::A1").Plan(world, _ => { });
        Assert.That(world.RunUntil(() => world.Trace.Lines.Skip(line).Any(l => l.Contains("runs Dummy::A1 Stop", StringComparison.Ordinal)), 6 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void Count_on_when_the_control_process_is_killed_in_the_middle_of_their_restart()
    {
        var world = Settled();
        Ends(world, "alpha", "Dummy::A1");
        Assert.That(world.RunUntil(() => world.Trace.Lines[^1].Contains("runs Dummy::A2 Stop", StringComparison.Ordinal) || world.Trace.Lines.TakeLast(3).Any(l => l.Contains("runs Dummy::A2 Stop", StringComparison.Ordinal)), 5 * Second, TimeSpan.FromMilliseconds(1)), Is.Not.Null);
        world["alpha"].KillControl();
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "alpha", 5 * Second), Is.Not.Null, Story(world));
        Assert.That(Group(world, "alpha", "Dummy::A1").Monitor!.Failures, Is.EqualTo(1), Story(world));
        Ends(world, "alpha", "Dummy::A1");
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "beta", 10 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void That_fail_on_both_nodes_stay_and_are_tried_again()
    {
        var world = Settled();
        new ServiceFlaps(TimeSpan.Zero, 40 * Second, null, "Dummy::A2", Second / 5).Plan(world, _ => { });
        world.Run(20 * Second);
        Assert.That((Group(world, "alpha", "Dummy::A1").Owner, Group(world, "beta", "Dummy::A1").State), Is.EqualTo(("beta", GroupState.Failed)), Story(world));
        Assert.That(world["beta"].Services.IsActive("Dummy::A1"), "what stands to the left goes on");
        // On beta at the next attempt, or on alpha when its failures are older than the window.
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") is { Length: > 0 } owner && Group(world, owner, "Dummy::A1").State == GroupState.Running, 90 * Second), Is.Not.Null, Story(world));
        Assert.That(world.Rules.Restarts.Most, Is.LessThanOrEqualTo(3));
    }

    [Test]
    public void Of_three_nodes_go_round_once()
    {
        var world = Settled(3);
        new ServiceFlaps(TimeSpan.Zero, 60 * Second, null, "Dummy::B2", Second / 5).Plan(world, _ => { });
        Assert.That(world.RunUntil(() => Group(world, "alpha", "Dummy::B1").Owner == "alpha", 12 * Second), Is.Not.Null, Story(world));
        Assert.That(world.RunUntil(() => Group(world, "alpha", "Dummy::B1").Owner == "gamma", 12 * Second), Is.Not.Null, Story(world));
        world.Run(25 * Second);
        Assert.That((Group(world, "alpha", "Dummy::B1").Owner, Group(world, "gamma", "Dummy::B1").State), Is.EqualTo(("gamma", GroupState.Failed)), Story(world));
        world["gamma"].PowerCut("a story", null);
        Assert.That(world.RunUntil(() => world.Machines.Any(m => m.Powered && m.Services.IsActive("Dummy::B1")), 15 * Second), Is.Not.Null, "a dead node frees it although it failed on all others\n" + Story(world));
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::B1").Length > 0, 120 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void That_do_not_start_on_any_node_are_held_by_one()
    {
        var world = Settled();
        foreach (var machine in world.Machines) machine.Services.Mood.FailingStarts.Add("Dummy::A2");
        Ends(world, "alpha", "Dummy::A2");
        world.Run(25 * Second);
        Assert.That((Group(world, "alpha", "Dummy::A1").Owner, Group(world, "beta", "Dummy::A1").Owner, Group(world, "beta", "Dummy::A1").State), Is.EqualTo(("beta", "beta", GroupState.Failed)), Story(world));
        foreach (var machine in world.Machines) machine.Services.Mood.Calm();
        Assert.That(world.RunUntil(() => Owner(world, "Dummy::A1") == "beta", 70 * Second), Is.Not.Null, Story(world));
    }
}
