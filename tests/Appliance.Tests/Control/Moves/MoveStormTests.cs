using Appliance.Crm.Move;

namespace Appliance.Tests.Control.Moves;

/// <summary>Moves from one engine to the other in trouble: whatever dies, and whenever, in the end there is one engine, everything runs once, and nobody was fenced who was well.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MoveStormTests
{
    private const int Seeds = 400;

    private static IEnumerable<int> All => int.TryParse(Environment.GetEnvironmentVariable("APPLIANCE_STORM"), out var one) ? [one]
        : Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("APPLIANCE_STORMS"), out var n) ? n : Seeds);

    private static MoveWorld Begin(int seed, Engine from)
    {
        var world = new MoveWorld(seed);
        foreach (var node in world.Nodes.Values) node.Disk = from;
        foreach (var node in world.Nodes.Values) node.StartDaemon();
        world.Run(TimeSpan.FromSeconds(10));
        foreach (var (name, node) in world.Nodes)
        {
            Assert.That(node.Manager!.HasBegun, Is.True);
            node.Disk = from == Engine.Crm ? Engine.Haresources : Engine.Crm;       // the administrator edits ha.cf
        }
        Assert.That(world.Runs.Values.All(where => where.Count == 1), Is.True);
        world.Runs["web"].Clear();
        world.Runs["web"].Add("alpha");
        world.Runs["data"].Clear();
        world.Runs["data"].Add("beta");
        return world;
    }

    private static void AssertMoved(MoveWorld world, Engine target)
    {
        foreach (var (name, node) in world.Nodes)
            Assert.That((name, node.Engine, node.Manager!.HasBegun, node.Gate!.IsClosed, node.Move!.Phase, node.File), Is.EqualTo((name, target, true, false, MovePhase.Idle, (MoveMark?)null)), world.Story);
        foreach (var (service, where) in world.Runs) Assert.That(where, Has.Count.EqualTo(1), $"{service}\n{world.Story}");
        Assert.That(world.Wrong, Is.Empty, world.Story);
    }

    [Test]
    public void Without_trouble_nothing_is_started_or_fenced([Values] Engine from, [Range(1, 20)] int seed)
    {
        var world = Begin(seed, from);
        var target = from == Engine.Crm ? Engine.Haresources : Engine.Crm;
        var changes = world.Changes;
        world.Nodes["alpha"].Want(target);
        world.Run(TimeSpan.FromSeconds(30));
        AssertMoved(world, target);
        Assert.That(world.Changes, Is.EqualTo(changes), world.Story);
        Assert.That(world.Story, Does.Not.Contain("fences").And.Not.Contain("is dead"));
    }

    /// <summary>Words that a control process had no time to hear are said again.</summary>
    [Test]
    public void A_node_whose_control_has_just_begun_is_asked_again([Range(1, 20)] int seed)
    {
        var world = Begin(seed, Engine.Haresources);
        world.Nodes["beta"].KillControl();
        world.Nodes["alpha"].Want(Engine.Crm);
        world.Run(TimeSpan.FromSeconds(30));
        AssertMoved(world, Engine.Crm);
    }

    [Test]
    public void A_node_that_cannot_leaves_all_as_it_was()
    {
        var world = Begin(1, Engine.Haresources);
        world.CanCheck = false;
        world.Nodes["alpha"].Want(Engine.Crm);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(world.Nodes["alpha"].Answered, Is.EqualTo("False: alpha: no\nbeta: no"));
        foreach (var node in world.Nodes.Values) Assert.That((node.Engine, node.Gate!.IsClosed, node.Move!.Phase), Is.EqualTo((Engine.Haresources, false, MovePhase.Idle)));
    }

    [Test]
    public void A_node_whose_ha_cf_is_not_changed_is_waited_for_and_follows_when_it_is()
    {
        var world = Begin(1, Engine.Haresources);
        world.Nodes["beta"].Disk = Engine.Haresources;
        world.Nodes["alpha"].Want(Engine.Crm);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That((world.Nodes["alpha"].Engine, world.Nodes["alpha"].Manager!.HasBegun, world.Nodes["beta"].Engine, world.Nodes["beta"].Gate!.IsClosed), Is.EqualTo((Engine.Crm, false, Engine.Haresources, true)), world.Story);
        world.Nodes["beta"].Disk = Engine.Crm;
        world.Run(TimeSpan.FromSeconds(30));
        AssertMoved(world, Engine.Crm);
    }

    /// <summary>Whoever cannot write its mark down refuses, and one that cannot delete it goes on managing all the same, and deletes it when it can.</summary>
    [Test]
    public void A_mark_that_cannot_be_written_or_deleted_stops_nobody([Values("alpha", "beta")] string who, [Range(0, 40)] int tenths)
    {
        var world = Begin(1 + tenths, Engine.Haresources);
        world.Nodes["alpha"].Want(Engine.Crm);
        world.Run(TimeSpan.FromMilliseconds(100 * tenths));
        world.Nodes[who].Fill(TimeSpan.FromSeconds(12));
        world.Run(TimeSpan.FromSeconds(11));
        // Frozen is nobody: neither where it was refused, nor where it came to its end.
        foreach (var (name, node) in world.Nodes) Assert.That((name, node.Gate!.IsClosed), Is.EqualTo((name, false)), world.Story);
        world.Run(TimeSpan.FromSeconds(30));
        foreach (var (name, node) in world.Nodes) Assert.That((name, node.Gate!.IsClosed, node.Move!.Phase, node.File), Is.EqualTo((name, false, MovePhase.Idle, (MoveMark?)null)), world.Story);
        Assert.That(world.Nodes["alpha"].Engine, Is.EqualTo(world.Nodes["beta"].Engine), world.Story);
        Assert.That(world.Wrong, Is.Empty, world.Story);
    }

    [TestCaseSource(nameof(All))]
    public void It_ends_with_one_engine_and_every_service_once(int seed)
    {
        var random = new Random(seed);
        var (from, target) = random.Next(3) == 0 ? (Engine.Crm, Engine.Haresources) : (Engine.Haresources, Engine.Crm);
        var world = Begin(seed, from);
        world.Nodes[random.Next(2) == 0 ? "alpha" : "beta"].Want(target);
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            world.Run(TimeSpan.FromMilliseconds(random.Next(random.Next(4) == 0 ? 9000 : 1200)));
            var node = world.Nodes[random.Next(2) == 0 ? "alpha" : "beta"];
            switch (random.Next(8))
            {
                case 0: node.Crash(world.Some(500, 9000)); break;
                case 1: node.KillControl(); break;
                case 2: node.KillDaemon(world.Some(100, 4000)); break;
                case 3: world.Cut(true); break;
                case 4: world.Cut(false); break;
                case 5: node.Withdraw(); break;
                case 6: node.Want(target); break;
                case 7: node.Fill(world.Some(500, 15_000)); break;
            }
        }
        world.Cut(false);
        world.Run(TimeSpan.FromSeconds(90));
        // An administrator who finds that it was not done does it again.
        for (var i = 0; i < 4; i++)
        {
            world.Nodes.Values.FirstOrDefault(node => node.Engine != target)?.Want(target);
            world.Run(TimeSpan.FromSeconds(40));
        }
        AssertMoved(world, target);
    }
}
