using System.Collections.Immutable;
using System.Globalization;
using Appliance.Configuration;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests;

/// <summary>One core takes the place of one node of a captured pair; the real other node's packets are played to it.</summary>
public class A_core_in_a_captured_conversation
{
    /// <summary>What differs from run to run; everything else must be as 3.0.6 sent it, in its order.</summary>
    private static readonly string[] Volatile = ["seq", "ts", "ld", "auth", "ackseq"];

    private static long Hex(string? text) => long.Parse(text!, NumberStyles.HexNumber, null);

    private static string Shape(Message message) =>
        string.Join(' ', message.Fields.Select(f => Volatile.Contains(f.Name) ? f.Name : f.Type == FieldType.Binary ? $"{f.Name}={Convert.ToHexString(f.Value.AsSpan())}" : $"{f.Name}={f.Text}"));

    private static byte[] Uuid(Capture capture, string node) => [.. capture.Packets.First(p => p.From == node).Message.Fields.First(f => f.Name == "srcuuid").Value];

    /// <summary>The capture leaves out most of a run of heartbeats: they are put back between their neighbours.</summary>
    private static IEnumerable<(double At, byte[] Packet)> Whole(Capture capture, string node)
    {
        var said = capture.Packets.Where(p => p.From == node).ToList();
        var numbered = said.Where(p => p.Message["seq"] is not null).OrderBy(p => Hex(p.Message["seq"])).DistinctBy(p => p.Message["seq"]).ToList();
        foreach (var packet in said) yield return (packet.At, packet.Datagram());
        foreach (var (before, after) in numbered.Zip(numbered.Skip(1)))
        {
            var (from, to) = (Hex(before.Message["seq"]), Hex(after.Message["seq"]));
            var model = numbered.Last(p => p.Type == "status" && p.At <= before.At).Message;
            for (var sequence = from + 1; sequence < to; sequence++)
            {
                var at = before.At + (after.At - before.At) * (sequence - from) / (to - from);
                var ts = Hex(before.Message["ts"]) + (long)(at - before.At);
                yield return (at, Solo.Signed(new([.. model.Fields.Where(f => f.Name != "auth").Select(f =>
                    f.Name == "seq" ? f with { Value = Latin($"{sequence:x}") } : f.Name == "ts" ? f with { Value = Latin($"{ts:x}") } : f)]), classic: false, capture.Keys));
            }
        }
    }

    private static ImmutableArray<byte> Latin(string text) => [.. System.Text.Encoding.Latin1.GetBytes(text)];

    /// <summary>What the layers above put into a message, without what messaging adds.</summary>
    private static Message Own(Message message) => new([.. message.Fields.TakeWhile(f => f.Name is not ("destuuid" or "src"))]);

    [Test]
    public void Says_at_a_cold_start_what_3_0_6_said()
    {
        var capture = Capture.Read("cold_start_both");
        var mine = capture.Packets.Where(p => p.From == "alpha").ToList();
        var (first, last) = (mine[0].At, mine[^1].At);
        var solo = new Solo(capture.Keys, generation: Hex(mine[0].Message["hg"]), uuid: Uuid(capture, "alpha")) { WallAtStart = Hex(mine[0].Message["ts"]) }.Start();
        var above = mine.Where(p => p.Type is not ("status" or "reqnodes" or "repnodes") && !p.Type.StartsWith("NS_", StringComparison.Ordinal));
        // Beta began over the other links before its first packet here: it is played as soon as we run.
        var heard = Whole(capture, "beta").ToList();
        var offset = heard.Min(h => h.At) - 0.1;
        foreach (var (at, what) in heard.Select(h => (At: Math.Max(0.1, h.At - offset), What: (object)h.Packet)).Concat(above.Select(p => (At: p.At + 0.5, What: (object)Own(p.Message)))).OrderBy(x => x.At))
        {
            solo.RunTo(at);
            if (what is byte[] packet) solo.Hear(packet);
            else solo.Send((Message)what);
        }
        solo.RunTo(last + 0.5);

        Assert.That(solo.Statuses.Where(s => s.StartsWith("beta", StringComparison.Ordinal)), Is.EqualTo(new[] { "beta:init", "beta:up", "beta:active" }));
        Assert.That(solo.Events.OfType<ClusterEvent.CommunicationUp>(), Has.One.Items);
        var expected = mine.Select(p => p.Message).Where(m => !m.Type.StartsWith("NS_", StringComparison.Ordinal)).ToList();
        var said = solo.Sent.Select(s => s.Message).Where(m => !m.Type.StartsWith("NS_", StringComparison.Ordinal)).ToList();
        Assert.That(Runs(said.Where(m => m.Type == "status")), Is.EqualTo(Runs(expected.Where(m => m.Type == "status"))), "init, up, active, and the dead time of the first five seconds");
        Assert.That(said.Where(m => m.Type is "reqnodes" or "repnodes").Select(Shape).Order(), Is.EqualTo(expected.Where(m => m.Type is "reqnodes" or "repnodes").Select(Shape).Distinct().Order()));
        Assert.That(said.Where(m => m.Type is not ("status" or "reqnodes" or "repnodes")).Select(Shape), Is.EqualTo(expected.Where(m => m.Type is not ("status" or "reqnodes" or "repnodes")).Select(Shape)));
        Assert.That(solo.Out("NS_ackmsg").Select(Shape).Distinct(), Is.EqualTo(new[] { Shape(mine.First(p => p.Type == "NS_ackmsg" && p.Message["dest"] == "beta").Message) }));
        Assert.That(solo.Out("NS_ackmsg").Select(m => Hex(m["ackseq"]) % 10).Distinct().Count(), Is.EqualTo(1), "every tenth");
    }

    private static IEnumerable<string> Runs(IEnumerable<Message> messages)
    {
        var previous = "";
        foreach (var shape in messages.Select(Shape))
            if (shape != previous) yield return previous = shape;
    }

    [Test]
    public void Hears_a_graceful_stop_as_3_0_6_heard_it()
    {
        var capture = Capture.Read("graceful_stop");
        var mine = capture.Packets.Where(p => p.From == "beta").ToList();
        var theirs = Whole(capture, "alpha").ToList();
        var (model, start) = (capture.Packets.First(p => p.From == "alpha"), 5.0);
        var solo = new Solo(capture.Keys, generation: Hex(mine[0].Message["hg"]), uuid: Uuid(capture, "beta"), name: "beta") { WallAtStart = Hex(model.Message["ts"]) - 4 };
        var seq = Hex(model.Message["seq"]);
        solo.Start();
        solo.Run(0.1);
        solo.Hear(solo.Packet("t=status st=active dt=7d0 protocol=1", seq - 2, Hex(model.Message["hg"]), Uuid(capture, "alpha"), "alpha"));
        solo.Hear(solo.Packet("t=repnodes dest=beta nodelist=alpha_beta_ delnodelist=_", seq - 1, Hex(model.Message["hg"]), Uuid(capture, "alpha"), "alpha"));
        for (var at = 0.2; at < start - 1; at += 0.2)
        {
            solo.RunTo(at);
            solo.Hear(solo.Packet("t=status st=active dt=7d0 protocol=1", seq - 1, Hex(model.Message["hg"]), Uuid(capture, "alpha"), "alpha"));     // a duplicate: holds the link only
        }
        var above = mine.Where(p => p.Type is not "status" && !p.Type.StartsWith("NS_", StringComparison.Ordinal)).ToList();
        foreach (var (at, what) in theirs.Select(h => (h.At, What: (object)h.Packet)).Concat(above.Select(p => (p.At, What: (object)Own(p.Message)))).OrderBy(x => x.At))
        {
            solo.RunTo(start + at);
            if (what is byte[] packet) solo.Hear(packet);
            else solo.Send((Message)what);
        }
        solo.RunTo(start + 8);

        var told = solo.Events.OfType<ClusterEvent.Received>().Where(e => !e.FromSelf).Select(e => $"{e.Message.Type} {e.Message["rsc_hold"]} {e.Message["info"]}{e.Message["st"]}");
        Assert.That(told, Is.EqualTo(new[] { "resource none shutdown", "shutdone  dead" }));
        Assert.That(solo.Statuses.Last(), Is.EqualTo("alpha:dead"));
        Assert.That(solo.Log, Has.Member("node alpha: is dead").And.Member("Link alpha:eth0 dead."));
        Assert.That(solo.Sent.Select(s => s.Message).Where(m => m.Type is not ("status" or "reqnodes") && !m.Type.StartsWith("NS_", StringComparison.Ordinal)).Select(Shape),
            Is.EqualTo(above.Select(p => Shape(p.Message))));
    }

    [Test]
    public void Answers_a_request_for_a_message_long_gone_as_3_0_6_did()
    {
        var capture = Capture.Read("nak_and_missing_acks");
        var peer = capture.Packets.First(p => p.From == "beta").Message;
        var solo = new Solo(capture.Keys, generation: Hex(capture.Packets[0].Message["hg"]), uuid: Uuid(capture, "alpha"), change: cf => cf with { KeepAlive = TimeSpan.FromMilliseconds(20) })
        { WallAtStart = Hex(peer["ts"]) - 1 }.Start();
        solo.RunTo(1);
        for (var i = 1; i <= 120; i++)
        {
            solo.Hear(solo.Packet("t=status st=up dt=7d0 protocol=1", i, Hex(peer["hg"]), Uuid(capture, "beta")));
            solo.Run(0.15);
        }
        solo.Hear(solo.Packet("t=NS_rexmit dest=alpha firstseq=26 lastseq=26", 0, Hex(peer["hg"]), Uuid(capture, "beta")));
        Assert.That(solo.Out("NS_nak_rexmit").Select(Shape), Is.EqualTo(new[] { Shape(capture.Packets.Single(p => p.Type == "NS_nak_rexmit").Message) }));
        Assert.That(solo.Out("NS_nak_rexmit").Single()["firstseq"], Is.EqualTo("1a"), "asked in decimal, answered in hexadecimal");
    }

    [Test]
    public void Warns_of_a_peer_that_never_acknowledges()
    {
        var solo = new Solo(change: cf => cf with { KeepAlive = TimeSpan.FromMilliseconds(20) }).Start();
        solo.Hear(solo.Status(1, "up"));
        for (var i = 2; i < 120; i++)
        {
            if (i == 3) solo.Hear(solo.Packet("t=NS_ackmsg dest=alpha ackseq=1", 0));
            solo.Hear(solo.Status(i, "up"));
            solo.Run(0.1);
        }
        Assert.That(solo.Log.Where(l => l.StartsWith("Message hist queue is filling up", StringComparison.Ordinal)), Is.Not.Empty);
        Assert.That(solo.Events.OfType<ClusterEvent.Logged>().Where(e => e.Text.StartsWith("Message hist", StringComparison.Ordinal)).Select(e => e.Priority).Distinct(),
            Is.EqualTo(new[] { Core.Diagnostics.LogPriority.Warn, Core.Diagnostics.LogPriority.Error }));
    }

    [Test]
    public void Understands_a_compressed_message_and_compresses_as_it_did()
    {
        var capture = Capture.Read("compressed_message");
        var packed = capture.Packets.First(p => p.Message["_compression_algorithm"] == "zlib");
        var other = capture.Packets.First(p => p.From == packed.From && p.Message["hg"] is not null);
        var me = packed.From == "alpha" ? "beta" : "alpha";
        var solo = new Solo(capture.Keys, cf => cf with { Compression = "zlib", CompressionThresholdKib = 1, TraditionalCompression = true }, name: me, uuid: Uuid(capture, me))
        { WallAtStart = Hex(other.Message["ts"]) }.Start();
        solo.Hear(solo.Packet("t=status st=active dt=7d0 protocol=1", 1, Hex(other.Message["hg"]), Uuid(capture, packed.From), packed.From));
        solo.Hear(packed.Datagram());
        var got = solo.Events.OfType<ClusterEvent.Received>().Single(e => !e.FromSelf).Message;
        Assert.That(got.Fields.Sum(f => f.Value.Length), Is.GreaterThan(3000));

        solo.Send(Own(got));
        var sent = solo.Sent[^1].Message;
        Assert.That(sent.Fields.Select(f => f.Name), Is.EqualTo(packed.Message.Fields.Select(f => f.Name)));
        Assert.That(solo.Sent[^1].Serial, Is.True, "a serial line takes it as it is");
    }

    [Test]
    public void Accepts_every_packet_of_a_key_rotation_and_answers_in_classic_form()
    {
        var capture = Capture.Read("key_rotation_netstring_bug");
        var peer = capture.Packets.First(p => p.From == "beta").Message;
        var solo = new Solo(capture.Keys, uuid: Uuid(capture, "alpha")) { WallAtStart = Hex(peer["ts"]) - 1 }.Start();
        foreach (var packet in capture.Packets.Where(p => p.From == "beta"))
        {
            solo.RunTo(packet.At + 2);
            solo.Hear(packet.Datagram());
        }
        solo.Run(0.2);
        Assert.That(capture.Packets.Any(p => p.From == "beta" && p.Trailer.StartsWith("2 ", StringComparison.Ordinal)), Is.True);
        Assert.That(solo.Report().Media[0].BadSignature, Is.Zero);
        Assert.That(solo.Peer.KeyIndex, Is.EqualTo(2));
        Assert.That(solo.Sent[^1].Classic, Is.True, "it would check a netstring's trailer with the wrong secret");
    }

    [Test]
    public void Asks_again_in_the_form_in_which_3_0_6_asked()
    {
        var capture = Capture.Read("packet_loss_rexmit");
        var asked = capture.Packets.First(p => p is { From: "alpha", Type: "NS_rexmit" });
        var solo = new Solo(capture.Keys, uuid: Uuid(capture, "alpha"), generation: Hex(asked.Message["hg"])) { WallAtStart = Hex(asked.Message["ts"]) }.Start();
        var first = long.Parse(asked.Message["firstseq"]!, null);
        var peer = capture.Packets.First(p => p.From == "beta").Message;
        foreach (var sequence in new[] { first - 1, first + 1 }) solo.Hear(solo.Packet("t=status st=active dt=7d0 protocol=1", sequence, Hex(peer["hg"]), Uuid(capture, "beta")));
        solo.Run(0.3);
        Assert.That(Shape(solo.Out("NS_rexmit").First()), Is.EqualTo(Shape(asked.Message)));
    }

    [Test]
    public void Puts_into_an_echo_request_what_3_0_6_puts_there()
    {
        // Reference, 5.2: t=NS_st st=ping info=ping src=<address> ts=<ts of the status> auth.
        var solo = new Solo(change: cf => cf with { Media = [.. cf.Media, new MediumSpec.Ping("10.9.0.254", "10.9.0.254", 2)] }).Start();
        Assert.That(solo.Pings[0].ToString(), Does.StartWith($"t=NS_st st=ping info=ping src=10.9.0.254 ts={solo.Wall:x} auth=1 "));
        Assert.That(solo.Sent[0].Message["ttl"], Is.EqualTo("4"), "hopfudge, two nodes and a ping node");
    }
}
