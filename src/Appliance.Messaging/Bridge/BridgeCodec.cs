using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Messaging.Bridge;

/// <summary>The frames between pulse and control: one event or command each, in a SOCK_SEQPACKET record.</summary>
/// <remarks>
/// Both ends are the same binary, but for a control that is started again after an upgrade, before pulse is: so what is new is a frame of its own, which the other end drops when it does not know it. Any other frame that does
/// not read is a bug or a stray writer, and is dropped too. Keys never pass here.
/// </remarks>
public static class BridgeCodec
{
    /// <summary>Room for the largest message of a datagram and its frame.</summary>
    public const int MaxFrame = 128 * 1024;

    private const byte No = 0, Yes = 1, Unknown = 2;

    /// <returns>Bytes written; -1 when they do not fit.</returns>
    public static int Write(ClusterEvent what, Span<byte> frame)
    {
        var w = new FrameWriter(frame);
        switch (what)
        {
            case ClusterEvent.Received e: w.Byte(1); w.Text(e.Node); w.Message(e.Message); w.Bool(e.FromSelf); break;
            case ClusterEvent.NodeStatusChanged e: w.Byte(2); w.Text(e.Node); w.Byte((byte)e.Before); w.Byte((byte)e.Now); w.Message(e.Cause); break;
            case ClusterEvent.NodeRestarted e: w.Byte(3); w.Text(e.Node); w.Long(e.Generation); break;
            case ClusterEvent.NodeReturned e: w.Byte(4); w.Text(e.Node); break;
            case ClusterEvent.NodeExtensions e: w.Byte(5); w.Text(e.Node); w.Int(e.Version); w.Bool(e.Crm); w.Text(e.Move ?? ""); break;
            case ClusterEvent.CommunicationUp: w.Byte(6); break;
            case ClusterEvent.LinkChanged e: w.Byte(7); w.Text(e.Node); w.Text(e.Link); w.Bool(e.Up); break;
            case ClusterEvent.LocalPause e: w.Byte(8); w.Span(e.Length); break;
            case ClusterEvent.Logged e: w.Byte(9); w.Byte((byte)e.Priority); w.Text(e.Text); break;
            case ClusterEvent.Asked e: w.Byte(10); w.Byte((byte)e.Request); break;
            case ClusterEvent.Reported e: w.Byte(11); w.Int(e.RequestId); Write(ref w, e.Report); break;
            case ClusterEvent.WatchdogIs e: w.Byte(12); w.Int(e.Seconds); break;
            case ClusterEvent.CarrierChanged e: w.Byte(13); w.Text(e.Line); w.Byte(e.Carrier is { } carrier ? carrier ? Yes : No : Unknown); break;
            default: throw new InvariantViolation($"{what.GetType().Name} has no frame");
        }
        return w.Length;
    }

    public static bool TryRead(ReadOnlySpan<byte> frame, [NotNullWhen(true)] out ClusterEvent? what)
    {
        var r = new FrameReader(frame);
        what = r.Byte() switch
        {
            1 => new ClusterEvent.Received(r.Text(), r.Message(), r.Bool()),
            2 => new ClusterEvent.NodeStatusChanged(r.Text(), (NodeStatus)r.Choice((byte)NodeStatus.Ping), (NodeStatus)r.Choice((byte)NodeStatus.Ping), r.OptionalMessage()),
            3 => new ClusterEvent.NodeRestarted(r.Text(), r.Long()),
            4 => new ClusterEvent.NodeReturned(r.Text()),
            5 => new ClusterEvent.NodeExtensions(r.Text(), r.Int(), r.Bool(), r.Text() is { Length: > 0 } move ? move : null),
            6 => new ClusterEvent.CommunicationUp(),
            7 => new ClusterEvent.LinkChanged(r.Text(), r.Text(), r.Bool()),
            8 => new ClusterEvent.LocalPause(r.Span()),
            9 => new ClusterEvent.Logged((LogPriority)r.Choice((byte)LogPriority.Emerg), r.Text()),
            10 => new ClusterEvent.Asked((DaemonRequest)r.Choice((byte)DaemonRequest.DebugLess)),
            11 => new ClusterEvent.Reported(r.Int(), ReadReport(ref r)),
            12 => new ClusterEvent.WatchdogIs(r.Int()),
            13 => new ClusterEvent.CarrierChanged(r.Text(), r.Choice(Unknown) switch { Yes => true, No => false, _ => null }),
            _ => null,
        };
        if (!r.Good) what = null;
        return what is not null;
    }

    /// <returns>Bytes written; -1 when they do not fit.</returns>
    public static int Write(ClusterCommand what, Span<byte> frame)
    {
        var w = new FrameWriter(frame);
        switch (what)
        {
            case ClusterCommand.Send c: w.Byte(1); w.Message(c.Message); break;
            case ClusterCommand.ManagerReady: w.Byte(2); break;
            case ClusterCommand.ExtendDeadTime c: w.Byte(3); w.Span(c.Extra); w.Span(c.For); break;
            case ClusterCommand.ReloadKeys: w.Byte(4); break;
            case ClusterCommand.SetDebug c: w.Byte(5); w.Int(c.Level); break;
            case ClusterCommand.Report c: w.Byte(6); w.Int(c.RequestId); break;
            case ClusterCommand.Progress c: w.Byte(7); w.Span(c.Late); break;
            case ClusterCommand.Stop c: w.Byte(8); w.Span(c.After); w.Bool(c.RestartInPlace); break;
            case ClusterCommand.ChangeNodes c: w.Byte(9); w.Texts(c.Add); w.Texts(c.Remove); break;
            case ClusterCommand.SelfFence c: w.Byte(10); w.Text(c.Why); break;
            case ClusterCommand.SetWatchdog c: w.Byte(11); w.Int(c.Seconds); break;
            case ClusterCommand.SlotLease c: w.Byte(12); w.Long(c.Until.Ticks); break;
            case ClusterCommand.SayMove c: w.Byte(13); w.Text(c.Move ?? ""); break;
            case ClusterCommand.GiveUp c: w.Byte(14); w.Text(c.Why); break;
            default: throw new InvariantViolation($"{what.GetType().Name} has no frame");
        }
        return w.Length;
    }

    public static bool TryRead(ReadOnlySpan<byte> frame, [NotNullWhen(true)] out ClusterCommand? what)
    {
        var r = new FrameReader(frame);
        what = r.Byte() switch
        {
            1 => new ClusterCommand.Send(r.Message()),
            2 => new ClusterCommand.ManagerReady(),
            3 => new ClusterCommand.ExtendDeadTime(r.Span(), r.Span()),
            4 => new ClusterCommand.ReloadKeys(),
            5 => new ClusterCommand.SetDebug(r.Int()),
            6 => new ClusterCommand.Report(r.Int()),
            7 => new ClusterCommand.Progress(r.Span()),
            8 => new ClusterCommand.Stop(r.Span(), r.Bool()),
            9 => new ClusterCommand.ChangeNodes(r.Texts(), r.Texts()),
            10 => new ClusterCommand.SelfFence(r.Text()),
            11 => new ClusterCommand.SetWatchdog(r.Int()),
            12 => new ClusterCommand.SlotLease(new(r.Long())),
            13 => new ClusterCommand.SayMove(r.Text() is { Length: > 0 } move ? move : null),
            14 => new ClusterCommand.GiveUp(r.Text()),
            _ => null,
        };
        if (!r.Good) what = null;
        return what is not null;
    }

    private static void Write(ref FrameWriter w, ClusterReport report)
    {
        w.Text(report.LocalNode);
        w.Long(report.Generation);
        w.Bool(report.CommunicationUp);
        w.Int(report.Nodes.Length);
        foreach (var n in report.Nodes)
        {
            w.Text(n.Name); w.Bool(n.IsPing); w.Byte((byte)n.Status); w.Int(n.ExtensionVersion); w.Span(n.SinceLastBeat); w.Span(n.DeadTime);
            w.Long(n.Generation); w.Long(n.LastSequence); w.Int(n.Missing); w.Long(n.LateBeats); w.Long(n.LostPackets); w.Int(n.Weight); w.Text(n.Site);
            w.Int(n.KeyIndex); w.Text(n.Load); w.Int(n.Links.Length);
            foreach (var l in n.Links)
            {
                w.Text(l.Link); w.Bool(l.Up); w.Span(l.SinceLastPacket); w.Long(l.Packets); w.Long(l.Duplicates);
                w.Long(l.Interval.Count); w.Span(l.Interval.Min); w.Span(l.Interval.Mean); w.Span(l.Interval.P50); w.Span(l.Interval.P99);
                w.Span(l.Interval.P999); w.Span(l.Interval.Max); w.Int(l.Interval.BucketCounts.Length);
                foreach (var count in l.Interval.BucketCounts) w.Long(count);
            }
        }
        w.Int(report.Media.Length);
        foreach (var m in report.Media)
        {
            w.Int(m.Index); w.Text(m.Type); w.Text(m.Link); w.Text(m.Description); w.Text(m.Fault ?? ""); w.Long(m.Sent); w.Long(m.SendErrors); w.Long(m.Received);
            w.Long(m.Malformed); w.Long(m.BadSignature); w.Long(m.Replayed); w.Long(m.UnknownNode); w.Long(m.Overruns);
        }
    }

    private static ClusterReport ReadReport(ref FrameReader r)
    {
        var (local, generation, up) = (r.Text(), r.Long(), r.Bool());
        var nodes = ImmutableArray.CreateBuilder<NodeReport>();
        for (var n = r.Count(60); n > 0; n--) nodes.Add(ReadNode(ref r));
        var media = ImmutableArray.CreateBuilder<MediumReport>();
        for (var m = r.Count(60); m > 0; m--)
            media.Add(new(r.Int(), r.Text(), r.Text(), r.Text(), r.Text() is { Length: > 0 } fault ? fault : null, r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long()));
        return new(local, generation, up, nodes.ToImmutable(), media.ToImmutable());
    }

    private static NodeReport ReadNode(ref FrameReader r) => new(
        r.Text(), r.Bool(), (NodeStatus)r.Choice((byte)NodeStatus.Ping), r.Int(), r.OptionalSpan(), r.Span(), r.Long(), r.Long(), r.Int(), r.Long(), r.Long(), r.Int(), r.Text(),
        r.Int(), r.Text(), ReadLinks(ref r));

    private static ImmutableArray<NodeLinkReport> ReadLinks(ref FrameReader r)
    {
        var links = ImmutableArray.CreateBuilder<NodeLinkReport>();
        for (var l = r.Count(60); l > 0; l--) links.Add(new(r.Text(), r.Bool(), r.OptionalSpan(), r.Long(), r.Long(), ReadLatency(ref r)));
        return links.ToImmutable();
    }

    private static LatencyReport ReadLatency(ref FrameReader r)
    {
        var (count, min, mean, p50, p99, p999, max) = (r.Long(), r.Span(), r.Span(), r.Span(), r.Span(), r.Span(), r.Span());
        var buckets = ImmutableArray.CreateBuilder<long>();
        for (var b = r.Count(8); b > 0; b--) buckets.Add(r.Long());
        return new(count, min, mean, p50, p99, p999, max, buckets.ToImmutable());
    }
}
