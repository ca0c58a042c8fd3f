using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Stories;

/// <summary>Whole nodes that fence: messaging, the resource manager, the fencer and the conversations with BMCs and power strips are the real ones; every rule is checked after every event.</summary>
public class Fencing_in_virtual_time
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Fine = TimeSpan.FromMilliseconds(5);

    private static World Settled(ClusterPlan plan)
    {
        var world = new World(plan, seed: 4713, inWords: true);
        world.PowerOnAll();
        Assert.That(world.RunUntil(() => Runs(world, "alpha", "Dummy::A1") && Runs(world, "beta", "Dummy::B1"), 20 * Second), Is.Not.Null, Story(world));
        world.Run(6 * Second);
        return world;
    }

    private static bool Runs(World world, string node, string resource) => world[node].Services.IsActive(resource);

    private static string Story(World world) => string.Join('\n', world.Trace.Lines.TakeLast(80));

    private static void Split(World world, TimeSpan length) => new Partition(TimeSpan.Zero, length, Side: 1, OneWay: false).Plan(world, _ => { });

    private static void Fails(World world, string device, DeviceTrouble trouble) => new DeviceFails(TimeSpan.Zero, TimeSpan.FromHours(1), device, trouble).Plan(world, _ => { });

    [Test]
    public void Of_a_pair_that_splits_the_favoured_node_lives_and_has_everything()
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.Bmc, FavouredDelay = 6 * Second });
        Split(world, 20 * Second);
        var off = world.RunUntil(() => !world["beta"].Powered, 12 * Second, Fine);
        Assert.That(off, Is.Not.Null, Story(world));
        Assert.That(world["alpha"].Powered, Story(world));
        Assert.That(world.RunUntil(() => Runs(world, "alpha", "Dummy::B1"), 3 * Second, Fine), Is.Not.Null, Story(world));
        world.Run(10 * Second);
        Assert.That(world["alpha"].Powered && world["beta"].Powered, "beta was switched on again, and alpha is not shot by what beta had wanted");
    }

    [TestCase(nameof(DeviceTrouble.Mute))]
    [TestCase(nameof(DeviceTrouble.Refuses))]
    [TestCase(nameof(DeviceTrouble.StaysOn))]
    public void Nothing_is_taken_of_a_node_whose_bmc_proves_nothing(string trouble)
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.Bmc, DeviceTime = 15 * Second });
        Fails(world, "bmc-alpha", Enum.Parse<DeviceTrouble>(trouble));
        world["alpha"].Freeze();
        world.Run(60 * Second);
        Assert.That(Runs(world, "beta", "Dummy::A1"), Is.False, Story(world));
        Assert.That(world.Trace.Lines.Count(l => l.Contains("fences alpha", StringComparison.Ordinal)), Is.GreaterThan(1), "it goes on trying");
    }

    [Test]
    public void A_bmc_that_lost_power_with_its_machine_proves_nothing_and_a_person_s_word_frees_the_group()
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.Bmc, BmcOnMains = true, DeviceTime = 30 * Second });
        world["alpha"].MainsFail("a story", TimeSpan.FromHours(1));
        world.Run(15 * Second);
        Assert.That(Runs(world, "beta", "Dummy::A1"), Is.False, Story(world));
        new Vouched(TimeSpan.Zero, 0).Plan(world, _ => { });
        Assert.That(world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 2 * Second), Is.Not.Null, Story(world));
    }

    [Test]
    public void A_power_strip_at_the_second_level_proves_what_the_bmc_could_not()
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.BmcThenStrip, BmcOnMains = true, DeviceTime = 15 * Second });
        world["alpha"].MainsFail("a story", TimeSpan.FromHours(1));
        Assert.That(world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 40 * Second), Is.Not.Null, Story(world));
        Assert.That(world.Trace.Lines, Has.Some.Contains("strip: Reboot of alpha: Proven"), Story(world));
    }

    [Test]
    public void A_control_process_that_dies_with_a_fencing_under_way_is_followed_by_one_that_fences_and_knows_what_was()
    {
        var world = Settled(new ClusterPlan { Fencing = FencingKind.Bmc });
        Fails(world, "bmc-alpha", DeviceTrouble.Slow);
        world["alpha"].Freeze();
        world.RunUntil(() => world.Trace.Lines.Any(l => l.Contains("alpha    is to lose its power", StringComparison.Ordinal)), 10 * Second, Fine);
        world["beta"].KillControl();
        Assert.That(world.RunUntil(() => Runs(world, "beta", "Dummy::A1"), 60 * Second), Is.Not.Null, Story(world));
        var known = world["beta"].Control!.FencingHistory.Length;
        Assert.That(known, Is.Positive);
        world["beta"].KillControl();
        world.Run(2 * Second);
        Assert.That(world["beta"].Control!.FencingHistory.Count(r => r.Completed is not null), Is.EqualTo(known));
    }
}
