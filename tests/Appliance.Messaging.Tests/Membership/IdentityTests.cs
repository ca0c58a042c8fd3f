namespace Appliance.Messaging.Tests.Membership;

/// <summary>Correctly signed, and still not to be believed.</summary>
public class A_signed_packet
{
    private static Solo Up()
    {
        var solo = new Solo().Start();
        foreach (var i in Enumerable.Range(1, 10))
        {
            solo.Hear(solo.Status(i));
            if (i == 1) solo.Hear(solo.Packet("t=repnodes dest=alpha nodelist=alpha_beta_ delnodelist=_", 100));
            solo.Run(0.2);
        }
        return solo;
    }

    private static string State(Solo solo) => string.Join(';', solo.Report().Nodes.Select(n => $"{n.Name} {n.Status} {n.SinceLastBeat} {n.DeadTime} {n.Generation} {n.LastSequence} {n.Missing} {n.LostPackets} {string.Join(',', n.Links.Select(l => $"{l.Up}{l.SinceLastPacket}"))}"));

    private static void ChangesNothing(Solo solo, byte[] packet, Func<MediumReport, long> counted)
    {
        var (state, counter, events, sent) = (State(solo), counted(solo.Report().Media[0]), solo.Events.Count(e => e is not (ClusterEvent.Logged or ClusterEvent.Reported)), solo.Sent.Count);
        solo.Hear(packet);
        Assert.That(State(solo), Is.EqualTo(state));
        Assert.That(counted(solo.Report().Media[0]), Is.EqualTo(counter + 1));
        Assert.That(solo.Events.Count(e => e is not (ClusterEvent.Logged or ClusterEvent.Reported)), Is.EqualTo(events));
        Assert.That(solo.Sent.Count, Is.EqualTo(sent));
    }

    [Test]
    public void Of_a_node_that_is_not_configured_changes_nothing()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Status(101, src: "gamma", uuid: [.. Enumerable.Repeat((byte)9, 16)]), m => m.UnknownNode);
    }

    [Test]
    public void With_the_UUID_of_another_node_changes_nothing()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Status(101, uuid: Solo.AlphaUuid), m => m.UnknownNode);
        ChangesNothing(solo, solo.Status(101, src: "alpha", uuid: Solo.BetaUuid), m => m.UnknownNode);
        Assert.That(solo.Log, Has.Some.Contains("hb_uuid"));
    }

    [Test]
    public void Of_a_second_machine_with_a_living_nodes_name_changes_nothing()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Status(101, uuid: [.. Enumerable.Repeat((byte)9, 16)]), m => m.UnknownNode);
    }

    [Test]
    public void Of_a_reinstalled_machine_is_believed_when_its_generation_is_higher()
    {
        var solo = Up();
        solo.Hear(solo.Status(1, "init", generation: 0x6b000003, uuid: [.. Enumerable.Repeat((byte)9, 16)]));
        Assert.That(solo.Peer.Generation, Is.EqualTo(0x6b000003));
    }

    [Test]
    public void Of_our_own_clone_is_reported()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Status(5000, src: "alpha", uuid: Solo.AlphaUuid, generation: 0x6b000001), m => m.UnknownNode);
        Assert.That(solo.Log, Has.Some.Contains("cloned"));
    }

    [Test]
    public void Of_an_earlier_life_is_a_replay()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Status(5000, generation: 0x6b000001), m => m.Replayed);
        Assert.That(solo.Log, Has.Some.StartsWith("should_drop_message: attempted replay attack [beta]? [gen = "));
    }

    [Test]
    public void Without_generation_is_a_replay()
    {
        var solo = Up();
        ChangesNothing(solo, Solo.Signed(Message.Of("status", ("st", "active"), ("dt", "7d0"), ("src", "beta"), ("seq", "66"), ("ts", $"{solo.Wall:x}")), false, solo.Keys), m => m.Replayed);
    }

    [TestCase("")]
    [TestCase("0")]
    [TestCase("xyz")]
    public void Without_a_time_is_malformed(string ts)
    {
        var solo = Up();
        ChangesNothing(solo, Solo.Signed(Message.Of("status", ("st", "active"), ("dt", "7d0"), ("src", "beta"), ("seq", "66"), ("hg", "6b000002"), ("ts", ts)), false, solo.Keys), m => m.Malformed);
    }

    [TestCase("t=resource rsc_hold=all rtype=full isstable=1", 101)]
    [TestCase("t=shutdone st=dead", 200)]
    public void Other_than_a_status_never_raises_the_generation(string fields, long sequence)
    {
        var solo = Up();
        var (state, events) = (State(solo), solo.Events.Count);
        solo.Hear(solo.Packet(fields, sequence, generation: 0x6b000009));
        Assert.That(State(solo), Is.EqualTo(state));
        Assert.That(solo.Events.Skip(events).OfType<ClusterEvent.Received>(), Is.Empty);
    }

    [TestCase("t=shutdone st=dead")]
    [TestCase("t=status st=dead")]
    public void Without_number_that_needs_one_changes_nothing(string fields)
    {
        var solo = Up();
        ChangesNothing(solo, solo.Packet(fields, 0), m => m.Replayed);
    }

    [TestCase("t=NS_ackmsg dest=alpha ackseq=5")]
    [TestCase("t=NS_rexmit dest=alpha firstseq=3 lastseq=3")]
    [TestCase("t=NS_nak_rexmit firstseq=e dest=alpha")]
    public void Without_number_and_an_hour_old_changes_nothing(string fields)
    {
        var solo = Up();
        ChangesNothing(solo, solo.Packet(fields, 0, ts: solo.Wall - 3600), m => m.Replayed);
    }

    [Test]
    public void Heard_by_replay_before_the_real_node_does_not_lock_it_out()
    {
        var solo = new Solo().Start();
        foreach (var i in new[] { 40, 41, 42 }) solo.Hear(solo.Status(i, ts: solo.Wall - 900));           // recorded in this generation
        solo.Run(0.2);
        solo.Hear(solo.Status(4000));
        Assert.That(solo.Peer.LastSequence, Is.EqualTo(4000));
        solo.Hear(solo.Packet("t=shutdone st=dead", 43, ts: solo.Wall - 899));
        Assert.That(solo.Events.OfType<ClusterEvent.Received>(), Is.Empty, "from now on the tape is old");
        solo.Hear(solo.Status(1, "init", generation: 0x6b000003));
        Assert.That(solo.Peer.Generation, Is.EqualTo(0x6b000003));
    }

    [Test]
    public void Does_not_hold_a_link_up_by_being_repeated()
    {
        var solo = Up();
        solo.Hear(solo.Status(101));
        var packet = solo.Status(102);
        for (var i = 0; i < 12; i++)
        {
            solo.Hear(packet);
            solo.Run(0.2);
        }
        Assert.That(solo.Events.OfType<ClusterEvent.LinkChanged>().Last(), Is.EqualTo(new ClusterEvent.LinkChanged("beta", "eth0", false)));
    }

    [Test]
    public void With_a_different_node_list_is_noticed()
    {
        var solo = new Solo().Start();
        solo.Hear(solo.Status(1, "up"));
        solo.Hear(solo.Packet("t=repnodes dest=alpha nodelist=alpha_beta_gamma_ delnodelist=_", 2));
        Assert.That(solo.Log, Has.Some.Contains("our ha.cf has [alpha beta]"));
        Assert.That(solo.Events.OfType<ClusterEvent.CommunicationUp>(), Has.One.Items);
    }

    [Test]
    public void Of_an_unknown_key_or_form_costs_a_counter()
    {
        var solo = Up();
        ChangesNothing(solo, solo.Packet("t=status st=active", 101, keys: Pair.Keys("1 sha1 Wrong")), m => m.BadSignature);
        ChangesNothing(solo, solo.Packet("t=status st=active", 101, keys: Pair.Keys("1 sha1 Wrong"), classic: true), m => m.BadSignature);
        ChangesNothing(solo, solo.Packet("t=status st=active", 101, keys: Pair.Keys("2 sha1 TestKey")), m => m.BadSignature);
        ChangesNothing(solo, "garbage"u8.ToArray(), m => m.Malformed);
        ChangesNothing(solo, [], m => m.Malformed);
    }

    [FsCheck.NUnit.Property]
    public void With_any_byte_changed_changes_nothing(int at, byte value, bool classic)
    {
        var solo = Up();
        var packet = solo.Packet("t=status st=up dt=3e8 protocol=1", 101, classic: classic);
        at = (int)((uint)at % packet.Length);
        if (packet[at] == value) return;
        packet[at] = value;
        var state = State(solo);
        solo.Hear(packet);
        Assert.That(State(solo), Is.EqualTo(state), $"byte {at} = {value}");
    }

    [Test]
    public void Sets_weight_and_site_for_status_output()
    {
        var solo = Up();
        solo.Hear(solo.Packet("t=setweight node=beta weight=42", 101));
        solo.Hear(solo.Packet("t=setsite node=beta site=north", 102));
        Assert.That((solo.Peer.Weight, solo.Peer.Site), Is.EqualTo((42, "north")));
    }

    [Test]
    public void Of_a_node_added_at_run_time_counts_and_of_one_removed_does_not()
    {
        var solo = Up();
        var gamma = Enumerable.Repeat((byte)9, 16).ToArray();
        solo.Core.Execute(new ClusterCommand.ChangeNodes(["gamma"], []), solo.Now, solo.Wall);
        solo.Hear(solo.Status(1, "up", src: "gamma", uuid: gamma));
        Assert.That(solo.Statuses.Last(), Is.EqualTo("gamma:up"));
        solo.Core.Execute(new ClusterCommand.ChangeNodes([], ["gamma"]), solo.Now, solo.Wall);
        Assert.That(solo.Report().Nodes, Has.Length.EqualTo(3), "it is alive");
        solo.Run(3);
        solo.Core.Execute(new ClusterCommand.ChangeNodes([], ["gamma"]), solo.Now, solo.Wall);
        Assert.That(solo.Report().Nodes, Has.Length.EqualTo(2));
    }
}

public class A_node_that_starts
{
    [Test]
    public void Hears_our_status_before_anything_else_of_us()
    {
        var solo = new Solo().Start();
        solo.Hear(solo.Status(1, "up"));
        solo.Hear(solo.Status(2));
        solo.Run(1);
        for (var sequence = 1; sequence <= 10; sequence++)        // one of any ten is acknowledged
        {
            var before = solo.Sent.Count;
            solo.Hear(solo.Status(sequence, "up", generation: 0x6b000002 + sequence));
            Assert.That(solo.Sent[before].Message.Type, Is.EqualTo("status"));
        }
        Assert.That(solo.Sent.Count(s => s.Message.Type == "NS_ackmsg"), Is.GreaterThan(0));
    }
}
