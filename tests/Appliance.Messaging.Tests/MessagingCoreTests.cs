using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests;

public class A_pair_of_messaging_cores
{
    [Test]
    public void Is_active_at_once_when_both_are_there()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromMilliseconds(300));
        Assert.That(pair.Alpha.Statuses, Is.SupersetOf(new[] { "beta:up", "beta:active", "alpha:active" }));
        Assert.That(pair.Beta.Events.OfType<ClusterEvent.CommunicationUp>(), Has.One.Items);
        Assert.That(pair.Alpha.Log, Has.Member("Link beta:eth0 up.").And.Member("Comm_now_up(): updating status to active"));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.NodeExtensions>().Single().Version, Is.EqualTo(1));
    }

    [Test]
    public void Waits_for_initdead_when_one_is_alone()
    {
        var pair = new Pair();
        pair.Beta.Frozen = true;
        pair.Alpha.Core.Start(pair.Now, pair.Wall);
        pair.Alpha.Core.Execute(new ClusterCommand.ManagerReady(), pair.Now, pair.Wall);
        pair.Run(TimeSpan.FromMilliseconds(5990));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.CommunicationUp>(), Is.Empty);
        pair.Run(TimeSpan.FromMilliseconds(20));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.CommunicationUp>(), Has.One.Items);
        Assert.That(pair.Alpha.Statuses, Has.Member("beta:dead"));
    }

    [Test]
    public void Declares_the_other_dead_exactly_at_its_deadtime()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(8));
        pair.Beta.Frozen = true;
        pair.Run(TimeSpan.FromMilliseconds(1790));
        Assert.That(pair.Alpha.Statuses, Has.No.Member("beta:dead"));
        pair.Run(TimeSpan.FromMilliseconds(220));
        Assert.That(pair.Alpha.Statuses, Has.Member("beta:dead"));
        Assert.That(pair.Alpha.Log, Has.Member("node beta: is dead").And.Member("Link beta:eth0 dead."));
    }

    [Test]
    public void Says_so_when_a_partition_heals()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(6));
        pair.Arrives = (_, _) => false;
        pair.Run(TimeSpan.FromSeconds(5));
        pair.Arrives = (_, _) => true;
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.That(pair.Alpha.Log, Has.Member("Cluster node beta returning after partition."));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.NodeReturned>(), Has.One.Items);
        Assert.That(pair.Alpha.Statuses.Last(), Is.EqualTo("beta:active"));
    }

    [TestCase(0.2)]
    [TestCase(0.5)]
    public void Loses_no_message_on_a_bad_cable(double loss)
    {
        var pair = new Pair();
        var random = new Random(7);
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(2));
        pair.Arrives = (_, _) => random.NextDouble() > loss;
        for (var i = 0; i < 200; i++)
        {
            pair.Alpha.Send(Message.Of("resource", ("info", $"{i}")));
            pair.Run(TimeSpan.FromMilliseconds(150));
        }
        pair.Arrives = (_, _) => true;
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.That(pair.Beta.Messages("resource").Select(m => int.Parse(m["info"]!, null)).Order(), Is.EqualTo(Enumerable.Range(0, 200)));
    }

    [Test]
    public void Is_not_moved_by_anything_recorded_and_played_back()
    {
        var pair = new Pair();
        pair.Start();
        pair.Alpha.Send(Message.Of("shutdone", ("st", "dead")));
        pair.Run(TimeSpan.FromSeconds(6));
        var tape = pair.Alpha.Sent.ToList();
        pair.Alpha.Frozen = true;
        var events = pair.Beta.Events.Count;
        for (var i = 0; i < 40; i++)
        {
            foreach (var packet in tape) pair.Beta.Core.Received(0, packet, pair.Now, pair.Wall);
            pair.Run(TimeSpan.FromMilliseconds(200));
        }
        Assert.That(pair.Beta.Statuses, Has.Member("alpha:dead"), "a tape is no sign of life");
        Assert.That(pair.Beta.Events.Skip(events).OfType<ClusterEvent.Received>().Where(e => !e.FromSelf), Is.Empty);
        Assert.That(pair.Beta.Events.OfType<ClusterEvent.LinkChanged>().Last().Up, Is.False, "nor does it hold a link up");
    }

    [Test]
    public void Tells_the_other_of_a_move_until_it_is_over()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Beta.Core.Execute(new ClusterCommand.SayMove("1a crm beta"), pair.Now, pair.Wall);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Beta.Core.Execute(new ClusterCommand.SayMove(null), pair.Now, pair.Wall);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.NodeExtensions>().Select(e => e.Move), Is.EqualTo(new[] { null, "1a crm beta", null }), "once for each change");
    }

    [Test]
    public void Tells_again_that_the_other_is_ours_when_its_daemon_restarted()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Restart(pair.Beta);
        pair.Run(TimeSpan.FromSeconds(1));
        var told = pair.Alpha.Events.Where(e => e is ClusterEvent.NodeRestarted or ClusterEvent.NodeExtensions).Select(e => e.GetType().Name);
        Assert.That(told, Is.EqualTo(new[] { "NodeExtensions", "NodeRestarted", "NodeExtensions" }));
    }

    [Test]
    public void Ignores_whoever_does_not_know_the_key()
    {
        var pair = new Pair();
        var stranger = new Pair(keys: Pair.Keys("1 sha1 Guess"));
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(1));
        stranger.Start();
        stranger.Alpha.Send(Message.Of("shutdone", ("st", "dead")));
        var before = pair.Beta.Events.OfType<ClusterEvent.Received>().Count();
        foreach (var packet in stranger.Alpha.Sent) pair.Beta.Core.Received(0, packet, pair.Now, pair.Wall);
        Assert.That(pair.Beta.Events.OfType<ClusterEvent.Received>().Count(), Is.EqualTo(before));
        Assert.That(pair.Beta.Log, Has.Some.Contains("node [alpha] failed authentication"));
        Assert.That(pair.Beta.Log.Count(l => l.Contains("failed authentication", StringComparison.Ordinal)), Is.LessThanOrEqualTo(5), "a flood must not fill the disk");
    }

    [Test]
    public void Rotates_keys_one_after_the_other_without_losing_a_heartbeat()
    {
        AuthKeys both1 = Pair.Keys("1 sha1 Old", "2 md5 New"), both2 = Pair.Keys("2 md5 New", "1 sha1 Old");
        var pair = new Pair(keys: both1, extensions: 0);
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(6));
        pair.Beta.Core.KeysChanged(both2, pair.Now);
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.That(Classic.IsOne(pair.Alpha.Sent[^1]) && Classic.IsOne(pair.Beta.Sent[^1]), Is.True, "a 3.0.6 would only check these");
        pair.Alpha.Core.KeysChanged(both2, pair.Now);
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.That(Netstring.IsOne(pair.Alpha.Sent[^1]) && Netstring.IsOne(pair.Beta.Sent[^1]), Is.True);
        Assert.That(pair.Alpha.Statuses.Concat(pair.Beta.Statuses), Has.None.Contains("dead"));
        Assert.That(pair.Alpha.Log.Concat(pair.Beta.Log), Has.None.Contains("lost").And.None.Contains("Late").And.None.Contains("failed auth"));
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Sends_a_lost_message_again_under_the_new_key_when_the_old_one_is_gone(int extensions)
    {
        var pair = new Pair(extensions: extensions);
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(6));
        pair.Arrives = (from, _) => from != pair.Alpha;
        pair.Alpha.Send(Message.Of("x_lost", ("info", "a line\nand another")));
        pair.Arrives = (_, _) => true;
        foreach (var side in new[] { pair.Alpha, pair.Beta }) side.Core.KeysChanged(Pair.Keys("2 sha1 Another"), pair.Now);
        pair.Run(TimeSpan.FromSeconds(3));
        var given = pair.Beta.Events.OfType<ClusterEvent.Received>().Where(r => r.Message.Type == "x_lost").ToList();
        Assert.That(given, Has.One.Items);
        Assert.That(given[0].Message["info"], Is.EqualTo("a line\nand another"));
        Assert.That(pair.Alpha.Statuses.Concat(pair.Beta.Statuses), Has.None.Contains("dead"));
    }

    [Test]
    public void Does_not_blame_the_peer_for_its_own_pause()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(6));
        pair.Alpha.Frozen = true;
        pair.Run(TimeSpan.FromSeconds(4));
        pair.Alpha.Frozen = false;
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.That(pair.Alpha.Events.OfType<ClusterEvent.LocalPause>(), Has.One.Items);
        Assert.That(pair.Alpha.Statuses, Has.No.Member("beta:dead"));
        Assert.That(pair.Beta.Statuses, Has.Member("alpha:dead"));
    }

    [Test]
    public void Beats_and_listens_without_allocating()
    {
        var pair = new Pair();
        pair.Start();
        pair.Run(TimeSpan.FromSeconds(6));
        var packets = new List<byte[]>();
        for (var i = 0; i < 400; i++)
        {
            var from = pair.Alpha.Sent.Count;
            pair.Beta.Frozen = true;
            pair.Run(TimeSpan.FromMilliseconds(200));
            packets.AddRange(pair.Alpha.Sent.Skip(from));
        }
        var quiet = new Quiet();
        var core = new MessagingCore(new(pair.Beta.Cf, Pair.Keys("1 sha1 TestKey"), 1000, [.. Enumerable.Repeat((byte)200, 16)], 3, [], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty), pair.Now, quiet);
        core.Start(pair.Now, pair.Wall);
        foreach (var packet in packets.Take(20)) core.Received(0, packet, pair.Now, pair.Wall);
        var now = pair.Now;
        long worst = 0;
        foreach (var packet in packets.Skip(20))
        {
            now += TimeSpan.FromMilliseconds(200);
            var before = GC.GetAllocatedBytesForCurrentThread();
            core.Received(0, packet, now, pair.Wall);
            core.Tick(now, pair.Wall);
            worst = Math.Max(worst, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That(quiet.Transmitted, Is.GreaterThan(380));
        Assert.That(worst, Is.Zero);
    }

    private sealed class Quiet : IMessagingEffects
    {
        public int Transmitted { get; private set; }
        public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line) => Transmitted++;
        public void Ping(int medium, ReadOnlySpan<byte> data) { }
        public void Forward(int fromMedium, ReadOnlySpan<byte> line) { }
        public void Tell(ClusterEvent happened) { }
    }

    /// <summary>What the CRM says: an order that overtook the one before would undo it.</summary>
    [Test]
    public void A_crm_s_words_are_heard_in_their_sender_s_order()
    {
        var solo = new Solo(extensions: 1).Start();
        solo.Hear(solo.Status(1));
        solo.Hear(solo.Packet("t=x_cib n=2", 3));
        solo.Hear(solo.Packet("t=x_crm n=3", 4));
        solo.Hear(solo.Packet("t=x_fence n=f", 5));
        Assert.That(Heard(), Is.EqualTo(new[] { "f" }), "others are heard as they come");
        solo.Hear(solo.Packet("t=x_crm_member n=1", 2));
        Assert.That(Heard(), Is.EqualTo(new[] { "f", "1", "2", "3" }));
        solo.Hear(solo.Packet("t=x_cib n=5", 7));
        solo.Hear(solo.Packet("t=NS_nak_rexmit firstseq=6 lastseq=6 dest=alpha", 0));
        Assert.That(Heard(), Is.EqualTo(new[] { "f", "1", "2", "3", "5" }), "what will never come is not waited for");
        solo.Hear(solo.Packet("t=x_cib n=7", 9));
        solo.Hear(solo.Packet("t=x_cib n=8", 2000));
        Assert.That(Heard(), Is.EqualTo(new[] { "f", "1", "2", "3", "5", "7", "8" }), "nor what is too much to be asked for");
        solo.Hear(solo.Packet("t=x_cib n=9", 2002));
        solo.Hear(solo.Status(1, generation: 0x6b000003));
        solo.Hear(solo.Packet("t=x_cib n=a", 2, generation: 0x6b000003));
        Assert.That(Heard(), Is.EqualTo(new[] { "f", "1", "2", "3", "5", "7", "8", "a" }), "of a life before nothing is heard any more");

        IEnumerable<string?> Heard() => solo.Events.OfType<ClusterEvent.Received>().Where(r => !r.FromSelf && r.Message["n"] is not null).Select(r => r.Message["n"]);
    }
}
