using System.Collections.Immutable;
using System.Reflection;
using Appliance.Core.Diagnostics;
using Appliance.Messaging.Bridge;
using Appliance.Messaging.Membership;
using Appliance.Messaging.Tests.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Appliance.Messaging.Tests.Bridge;

/// <summary>Every event and command there is, with any contents.</summary>
public static class AnyFrame
{
    private static readonly Gen<string> Text = Gen.Elements("", "alpha", "eth0", "/dev/ttyS0", "Straße", "two words", "a\nb");
    private static readonly Gen<TimeSpan> Span = Gen.Choose(0, int.MaxValue).Select(t => new TimeSpan(t * 1000L));
    private static readonly Gen<TimeSpan?> MaybeSpan = Gen.OneOf(Span.Select(s => (TimeSpan?)s), Gen.Constant<TimeSpan?>(null));
    private static readonly Gen<long> Number = Gen.Choose(int.MinValue, int.MaxValue).Select(n => n * 1_000_003L);
    private static readonly Gen<bool> Flag = Gen.Elements(true, false);
    private static readonly Gen<NodeStatus> Status = Gen.Elements(Enum.GetValues<NodeStatus>());

    private static readonly Gen<LatencyReport> Latency =
        from spans in Gen.ArrayOf(Span, 6)
        from counts in Gen.ArrayOf(Number, IntervalHistogram.Buckets)
        select new LatencyReport(counts[0], spans[0], spans[1], spans[2], spans[3], spans[4], spans[5], [.. counts]);

    private static readonly Gen<NodeReport> Node =
        from names in Gen.ArrayOf(Text, 3)
        from numbers in Gen.ArrayOf(Number, 4)
        from small in Gen.ArrayOf(Gen.Choose(-1, 1000), 4)
        from status in Status
        from beat in MaybeSpan
        from dead in Span
        from ping in Flag
        from links in Gen.ArrayOf(from name in Text from up in Flag from since in MaybeSpan from n in Gen.ArrayOf(Number, 2) from latency in Latency select new NodeLinkReport(name, up, since, n[0], n[1], latency), 2)
        select new NodeReport(names[0], ping, status, small[0], beat, dead, numbers[0], numbers[1], small[1], numbers[2], numbers[3], small[2], names[1], small[3], names[2], [.. links]);

    private static readonly Gen<ClusterReport> Report =
        from local in Text
        from generation in Number
        from up in Flag
        from nodes in Gen.ArrayOf(Node, 3)
        from media in Gen.ArrayOf(from t in Gen.ArrayOf(Text, 3) from fault in Gen.Elements(null, "no carrier") from n in Gen.ArrayOf(Number, 8)
                                  select new MediumReport(3, t[0], t[1], t[2], fault, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]), 2)
        select new ClusterReport(local, generation, up, [.. nodes], [.. media]);

    public static Arbitrary<ClusterEvent> Events() => Gen.OneOf<ClusterEvent>(
        from node in Text from message in AnyMessage.Messages().Generator from self in Flag select (ClusterEvent)new ClusterEvent.Received(node, message, self),
        from node in Text from before in Status from now in Status from message in AnyMessage.Messages().Generator from with in Flag
        select (ClusterEvent)new ClusterEvent.NodeStatusChanged(node, before, now, with ? message : null),
        from node in Text from generation in Number select (ClusterEvent)new ClusterEvent.NodeRestarted(node, generation),
        Text.Select(node => (ClusterEvent)new ClusterEvent.NodeReturned(node)),
        from node in Text from version in Gen.Choose(0, 9) from crm in Gen.Elements(true, false) from move in Gen.Elements(null, "1a crm alpha") select (ClusterEvent)new ClusterEvent.NodeExtensions(node, version, crm, move),
        Gen.Constant<ClusterEvent>(new ClusterEvent.CommunicationUp()),
        from node in Text from link in Text from up in Flag select (ClusterEvent)new ClusterEvent.LinkChanged(node, link, up),
        Span.Select(s => (ClusterEvent)new ClusterEvent.LocalPause(s)),
        from priority in Gen.Elements(Enum.GetValues<LogPriority>()) from text in Text select (ClusterEvent)new ClusterEvent.Logged(priority, text),
        Gen.Elements(Enum.GetValues<DaemonRequest>()).Select(r => (ClusterEvent)new ClusterEvent.Asked(r)),
        Gen.Choose(0, 99).Select(s => (ClusterEvent)new ClusterEvent.WatchdogIs(s)),
        from line in Text from carrier in Gen.Elements<bool?>(true, false, null) select (ClusterEvent)new ClusterEvent.CarrierChanged(line, carrier),
        from id in Gen.Choose(0, 99) from report in Report select (ClusterEvent)new ClusterEvent.Reported(id, report)).ToArbitrary();

    public static Arbitrary<ClusterCommand> Commands() => Gen.OneOf<ClusterCommand>(
        AnyMessage.Messages().Generator.Select(m => (ClusterCommand)new ClusterCommand.Send(m)),
        Gen.Constant<ClusterCommand>(new ClusterCommand.ManagerReady()),
        from extra in Span from time in Span select (ClusterCommand)new ClusterCommand.ExtendDeadTime(extra, time),
        Gen.Constant<ClusterCommand>(new ClusterCommand.ReloadKeys()),
        Gen.Choose(0, 255).Select(level => (ClusterCommand)new ClusterCommand.SetDebug(level)),
        Gen.Choose(0, 99).Select(id => (ClusterCommand)new ClusterCommand.Report(id)),
        Span.Select(late => (ClusterCommand)new ClusterCommand.Progress(late)),
        from after in Span from again in Flag select (ClusterCommand)new ClusterCommand.Stop(after, again),
        Text.Select(why => (ClusterCommand)new ClusterCommand.SelfFence(why)),
        Text.Select(why => (ClusterCommand)new ClusterCommand.GiveUp(why)),
        Gen.Choose(0, 99).Select(s => (ClusterCommand)new ClusterCommand.SetWatchdog(s)),
        Number.Select(ticks => (ClusterCommand)new ClusterCommand.SlotLease(new(ticks))),
        Gen.Elements(null, "1a crm alpha").Select(move => (ClusterCommand)new ClusterCommand.SayMove(move)),
        from add in Gen.ArrayOf(Text) from remove in Gen.ArrayOf(Text) select (ClusterCommand)new ClusterCommand.ChangeNodes([.. add], [.. remove])).ToArbitrary();
}

public class The_bridge_between_pulse_and_control
{
    /// <summary>Records compare arrays by identity; a frame is the same when its bytes are.</summary>
    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyFrame)])]
    public void Carries_every_event(ClusterEvent happened)
    {
        byte[] frame = new byte[BridgeCodec.MaxFrame], again = new byte[BridgeCodec.MaxFrame];
        var length = BridgeCodec.Write(happened, frame);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterEvent? read), Is.True);
        Assert.That(read!.GetType(), Is.EqualTo(happened.GetType()));
        Assert.That(again[..BridgeCodec.Write(read, again)], Is.EqualTo(frame[..length]));
        if (happened is not ClusterEvent.Reported) Assert.That(read, Is.EqualTo(happened));
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyFrame)])]
    public void Carries_every_command(ClusterCommand what)
    {
        byte[] frame = new byte[BridgeCodec.MaxFrame], again = new byte[BridgeCodec.MaxFrame];
        var length = BridgeCodec.Write(what, frame);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterCommand? read), Is.True);
        Assert.That(again[..BridgeCodec.Write(read!, again)], Is.EqualTo(frame[..length]));
        if (what is not ClusterCommand.ChangeNodes) Assert.That(read, Is.EqualTo(what));
    }

    /// <summary>A control of another version may be at the other end: what was there before must read there as it did, and what is new must be a frame of its own.</summary>
    [Test]
    public void Says_a_carrier_in_a_frame_of_its_own_and_reports_as_before()
    {
        var frame = new byte[256];
        Assert.That(Convert.ToHexString(frame[..BridgeCodec.Write(new ClusterEvent.CarrierChanged("ttyS0", true), frame)]), Is.EqualTo("0D05000000747479533001"));
        var medium = new MediumReport(1, "serial", "ttyS0", "", null, 0, 0, 0, 0, 0, 0, 0, 0);
        Assert.That(BridgeCodec.Write(new ClusterEvent.Reported(7, new("a", 1, true, [], [medium])), frame), Is.EqualTo(5 + 5 + 8 + 1 + 4 + 4 + 4 + 10 + 9 + 4 + 4 + 8 * 8));
        Assert.That(BridgeCodec.TryRead([13, 0, 0, 0, 0, 3], out ClusterEvent? _), Is.False, "there are three answers");
        Assert.That(BridgeCodec.TryRead([200, 0, 0, 0, 0], out ClusterEvent? _), Is.False, "a kind that is not known yet");
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyFrame)])]
    public void Refuses_a_frame_that_is_cut_or_continued(ClusterEvent happened, int at)
    {
        var frame = new byte[BridgeCodec.MaxFrame];
        var length = BridgeCodec.Write(happened, frame);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, (int)((uint)at % length)), out ClusterEvent? _), Is.False);
        Assert.That(BridgeCodec.TryRead(frame.AsSpan(0, length + 1), out ClusterEvent? _), Is.False);
    }

    [FsCheck.NUnit.Property(Arbitrary = [typeof(AnyFrame)])]
    public void Never_throws_on_a_damaged_frame(ClusterEvent happened, ClusterCommand what, int at, byte value)
    {
        var frame = new byte[BridgeCodec.MaxFrame];
        var length = BridgeCodec.Write(happened, frame);
        frame[(int)((uint)at % length)] = value;
        Assert.DoesNotThrow(() => BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterEvent? _));
        length = BridgeCodec.Write(what, frame);
        frame[(int)((uint)at % length)] = value;
        Assert.DoesNotThrow(() => BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterCommand? _));
    }

    [Test]
    public void Says_when_something_does_not_fit()
    {
        var large = new ClusterEvent.Logged(LogPriority.Info, new string('x', 1000));
        Assert.That(BridgeCodec.Write(large, new byte[1000]), Is.EqualTo(-1));
        Assert.That(BridgeCodec.Write(large, new byte[1010]), Is.EqualTo(1006));
    }

    /// <summary>A new kind of event or command needs a frame, and a case above.</summary>
    [TestCase(typeof(ClusterEvent), 13)]
    [TestCase(typeof(ClusterCommand), 14)]
    public void Knows_every_kind(Type kind, int known) =>
        Assert.That(kind.GetNestedTypes(BindingFlags.Public).Count(t => t.IsSubclassOf(kind)), Is.EqualTo(known));
}
