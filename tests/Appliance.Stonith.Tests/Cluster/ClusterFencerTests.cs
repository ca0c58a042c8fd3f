using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Cluster;

public class A_fencer_in_its_cluster
{
    private static readonly DateTimeOffset Wall = DateTimeOffset.FromUnixTimeMilliseconds(1795226329123);
    private static readonly FencingDevice Bmc = new("bmc-b", "ipmi", new(true, true, false, true)) { Hosts = ["b"] };
    private readonly List<ClusterFencerEffect> _effects = [];
    private ClusterFencer _fencer = null!;
    private Instant _now;

    [SetUp]
    public void Begin()
    {
        (_fencer, _now) = (new("a", "1", new KnownEntropy()), new(TimeSpan.TicksPerHour));
        _effects.Clear();
        Take(new FencerInput.Configured([Bmc], []));
        foreach (var probe in Runs()) Take(new FencerInput.DeviceEnded(probe.Id, DeviceVerdict.Is(PowerState.On, "")));
        _effects.Clear();
    }

    private void Take(FencerInput input) => _fencer.Step(input, _now, Wall, _effects);

    private void Happens(ClusterEvent happened) => _fencer.Happened(happened, _now, Wall, _effects);

    private void Meets(string node)
    {
        Happens(new ClusterEvent.NodeStatusChanged(node, NodeStatus.Up, NodeStatus.Active, null));
        Happens(new ClusterEvent.NodeExtensions(node, 1));
    }

    private List<FencerEffect.Run> Runs() => [.. _effects.OfType<ClusterFencerEffect.Run>().Select(r => r.Order)];

    private sealed record Word(FencerMessage? Message, string? To);

    private IEnumerable<Word> Said() => _effects.OfType<ClusterFencerEffect.Send>().Select(s => new Word(FencerWire.Read(s.Message), s.Message["dest"]));

    [Test]
    public void Has_the_end_stored_before_it_tells_it_and_tells_it_by_its_ticket()
    {
        _fencer.Order(7, FencingWish.Reset("b"), _now, Wall, _effects);
        Take(new FencerInput.DeviceEnded(Runs().Single().Id, DeviceVerdict.Is(PowerState.Off, "off")));
        var ended = _effects.FindIndex(e => e is ClusterFencerEffect.Ended { Ticket: 7, End.Outcome: FencingOutcome.Done });
        var stored = _effects.FindIndex(e => e is ClusterFencerEffect.Store);
        Assert.That(stored, Is.Not.Negative.And.LessThan(ended));
        Assert.That(((ClusterFencerEffect.Store)_effects[stored]).History.Single(), Has.Property("Target").EqualTo("b").And.Property("State").EqualTo(FencingState.Done));
    }

    private IEnumerable<string> News() => _effects.OfType<ClusterFencerEffect.Store>().SelectMany(s => s.News).Select(r => $"{r.Id} {r.State}");

    private static FencingRecord Record(string id, FencingState state, DateTimeOffset? completed) => new(id, "b", FenceAction.Reboot, "c", "crmd", "c", state, completed, "");

    /// <summary>Whose clock says when something ended, and how it stands to ours, tells nothing: one was put back by an hour.</summary>
    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(1)]
    public void What_ends_is_news_by_whatever_clock(int hours)
    {
        Meets("c");
        var at = Wall + TimeSpan.FromHours(hours);
        Take(new FencerInput.Heard("c", new FencerMessage.Told(Record("1", FencingState.Execute, null))));
        Take(new FencerInput.Heard("c", new FencerMessage.Told(Record("1", FencingState.Done, at))));
        Take(new FencerInput.Heard("c", new FencerMessage.Told(Record("1", FencingState.Done, at))));
        Take(new FencerInput.Heard("c", new FencerMessage.Told(Record("2", FencingState.Failed, at))));
        Assert.That(News(), Is.EqualTo(new[] { "1 Done", "2 Failed" }));
    }

    [TestCase(-1)]
    [TestCase(1)]
    public void What_comes_with_a_history_is_news_if_it_was_seen_under_way(int hours)
    {
        Meets("c");
        var at = Wall + TimeSpan.FromHours(hours);
        Take(new FencerInput.Heard("c", new FencerMessage.Told(Record("2", FencingState.Execute, null))));
        Take(new FencerInput.Heard("c", new FencerMessage.Known([Record("1", FencingState.Done, at), Record("2", FencingState.Done, at)])));
        Assert.That((string.Join(", ", News()), _fencer.History.Length), Is.EqualTo(("2 Done", 2)));
    }

    [Test]
    public void Its_own_order_is_news_when_it_ends()
    {
        _fencer.Order(7, FencingWish.Reset("b"), _now, Wall, _effects);
        Take(new FencerInput.Remembered([Record("1", FencingState.Done, Wall)]));
        Take(new FencerInput.DeviceEnded(Runs().Single().Id, DeviceVerdict.Is(PowerState.Off, "off")));
        Assert.That(News(), Is.EqualTo(new[] { "a-1-1 Done" }));
    }

    /// <summary>Whoever cleans the history, here or on another node, is not contradicted by a file after a restart.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Has_a_cleaned_history_stored(bool here)
    {
        FencingRecord Of(string id, string node) => new(id, node, FenceAction.Off, "a", "test", "a", FencingState.Failed, Wall, "why");
        Take(new FencerInput.Remembered([Of("1", "ghost"), Of("2", "b")]));
        _effects.Clear();
        Take(here ? new FencerInput.Clean("ghost") : new FencerInput.Heard("b", new FencerMessage.Cleaned("ghost")));
        Assert.That(_effects.OfType<ClusterFencerEffect.Store>().Single().History.Select(r => r.Id), Is.EqualTo(new[] { "2" }));
        _effects.Clear();
        Take(here ? new FencerInput.Clean("ghost") : new FencerInput.Heard("b", new FencerMessage.Cleaned("ghost")));
        Assert.That(_effects.OfType<ClusterFencerEffect.Store>(), Is.Empty, "nothing was left of it");
    }

    [Test]
    public void Stores_nothing_while_nothing_has_ended()
    {
        _fencer.Order(1, FencingWish.Reset("b"), _now, Wall, _effects);
        Assert.That(_effects.OfType<ClusterFencerEffect.Store>(), Is.Empty);
    }

    /// <summary>A disk says no before this node has registered: no fault, and asked again once it has.</summary>
    [Test]
    public void Asks_again_what_let_it_in()
    {
        var disk = new FencingDevice("disk", "scsi", new(true, true, false, true) { UnfencesAutomatically = true, UnfencesOnTarget = true }) { Hosts = ["a", "b"] };
        Take(new FencerInput.Configured([disk], []));
        _now += TimeSpan.FromMilliseconds(1);
        _fencer.Unfence(_now, Wall, _effects);
        List<FencerEffect.Run> asked = [];
        for (var i = 0; i < 10 && asked.Count < 3; i++)
        {
            var runs = Runs();
            _effects.RemoveAll(e => e is ClusterFencerEffect.Run);
            asked.AddRange(runs);
            _now += TimeSpan.FromMilliseconds(5);
            foreach (var run in runs)
                Take(new FencerInput.DeviceEnded(run.Id, run.Action == FenceAction.On || asked.Exists(r => r.Action == FenceAction.On && r.Id < run.Id) ? DeviceVerdict.Is(PowerState.On, "in") : new(VerdictKind.NotAllowed, "not registered")));
            Take(new FencerInput.Tick());
        }
        Assert.That(string.Join(" ", asked.ConvertAll(r => r.Action)), Is.EqualTo("Monitor On Monitor"));
        Assert.That(_effects.OfType<ClusterFencerEffect.Log>().Where(l => l.Priority >= LogPriority.Warn), Is.Empty);
        Assert.That(_effects.OfType<ClusterFencerEffect.Log>().Last().Text, Is.EqualTo("fencing device disk is ready"));
    }

    [Test]
    public void Speaks_only_to_nodes_of_ours()
    {
        Happens(new ClusterEvent.NodeStatusChanged("c", NodeStatus.Up, NodeStatus.Active, null));
        _fencer.Order(1, FencingWish.Reset("b"), _now, Wall, _effects);
        Assert.That(Said(), Is.Empty, "c is a 3.0.6, as far as is known");
        Meets("d");
        Assert.That(Said().Single(), Has.Property("To").EqualTo("d"));
    }

    [Test]
    public void Takes_a_node_back_that_was_only_silent()
    {
        Meets("c");
        Happens(new ClusterEvent.NodeStatusChanged("c", NodeStatus.Active, NodeStatus.Dead, null));
        _effects.Clear();
        // Messaging tells the extensions again only of a new life.
        Happens(new ClusterEvent.NodeReturned("c"));
        Happens(new ClusterEvent.NodeStatusChanged("c", NodeStatus.Dead, NodeStatus.Active, null));
        Assert.That(Said().Single(), Has.Property("To").EqualTo("c").And.Property("Message").InstanceOf<FencerMessage.Known>());
    }

    [Test]
    public void Waits_no_longer_for_a_node_whose_daemon_restarted()
    {
        Meets("c");
        Hears("c", new FencerMessage.Told(new("c-1-1", "b", FenceAction.Reboot, "c", "haresources", null, FencingState.Execute, null, "")));
        _fencer.Order(3, FencingWish.Reset("b"), _now, Wall, _effects);
        Assert.That(Runs(), Is.Empty, "c is at it");
        Happens(new ClusterEvent.NodeRestarted("c", 2));
        Assert.That(Runs().Single().Target, Is.EqualTo("b"));
    }

    [Test]
    public void Waits_no_longer_for_a_node_whose_control_process_restarted()
    {
        Meets("c");
        Hears("c", new FencerMessage.Told(new("c-1-1", "b", FenceAction.Reboot, "c", "haresources", null, FencingState.Execute, null, "")));
        _fencer.Order(3, FencingWish.Reset("b"), _now, Wall, _effects);
        // Its new control process knows nothing of it, and shows so to all it finds there.
        Hears("c", new FencerMessage.Known([]));
        Assert.That(_fencer.History.Single(r => r.Id == "c-1-1").State, Is.EqualTo(FencingState.Failed));
        Assert.That(Said().Any(s => s is { Message: FencerMessage.Query { Target: "b" }, To: "c" }), "the order is carried through here");
    }

    [Test]
    public void Closes_what_an_earlier_life_of_its_own_left_open()
    {
        Meets("c");
        _effects.Clear();
        Hears("c", new FencerMessage.Known([new("a-0-9", "b", FenceAction.Reboot, "a", "haresources", null, FencingState.Execute, null, "")]));
        Assert.That(_fencer.History.Single(), Has.Property("State").EqualTo(FencingState.Failed).And.Property("Completed").Not.Null);
        Assert.That(Said().Single().Message, Is.InstanceOf<FencerMessage.Told>());
    }

    private void Hears(string from, FencerMessage message) => Happens(new ClusterEvent.Received(from, FencerWire.Write(message, "a"), false));
}
