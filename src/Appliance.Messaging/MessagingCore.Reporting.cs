using System.Text;
using Appliance.Configuration;
using Appliance.Core;

namespace Appliance.Messaging;

public sealed partial class MessagingCore
{
    private ClusterReport Report(Instant now) => new(_self.Name, _options.Generation, _communicationUp,
        [.. _nodes.Select(n => new NodeReport(
            n.Name, n.IsPing, n.Status, n.IsSelf ? _options.Extensions : n.Extensions, n.IsSelf || n.StatusSequence == 0 && !n.Heard ? null : now - n.LastStatus,
            n.DeadTime, n.Generation, n.IsSelf ? _sequence : n.Sequence.Last, n.Sequence.MissingCount, n.LateBeats, n.Sequence.Lost, n.Weight, n.Site,
            n.IsSelf ? _keys.Signing.Index : n.KeyIndex, Encoding.Latin1.GetString(n.Load, 0, n.LoadLength),
            [.. n.Links.Select((l, i) => Belongs(n, _links[i])
                ? new NodeLinkReport(_links[i], l.Up, l.EverHeard ? now - l.LastPacket : null, l.Packets, l.Duplicates, l.Intervals.Report()) : null).OfType<NodeLinkReport>()]))],
        [.. _media.Select((m, i) => new MediumReport(i, _cf.Media[i].Type, _cf.Media[i].Link, _cf.Media[i].ToString(), m.Fault, m.Sent, 0, m.Received,
            m.Malformed, m.BadSignature, m.Replayed, m.UnknownNode, 0))]);

    /// <summary>A ping node has one link, named after itself; a real node has every link that is not a ping's.</summary>
    private bool Belongs(Membership.Node node, string link) => node.IsPing ? link == node.Name : !_cf.Media.Any(m => m is MediumSpec.Ping or MediumSpec.PingGroup && m.Link == link);
}
