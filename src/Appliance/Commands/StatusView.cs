using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Crm.Controller;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Messaging.Membership;

namespace Appliance.Commands;

/// <summary>What an operator can know about this node's view of the cluster, at one moment; the form of <c>appliance status --json</c>.</summary>
/// <remarks>Names end in the unit. Ages count back from the moment of asking. Holds no secret: nothing in here has ever seen one.</remarks>
/// <param name="Health"><c>ok</c> or <c>degraded</c>; <paramref name="Problems"/> says why, one sentence each.</param>
internal sealed record StatusView(
    string Version, string Node, string Health, ImmutableArray<string> Problems, string RscStatus, bool Stable, string Phase, bool ShuttingDown, string? Standby,
    bool CommunicationUp, long Generation, string AutoFailback, double KeepaliveMs, double DeadtimeMs, double WarntimeMs,
    ImmutableArray<NodeView> Nodes, ImmutableArray<GroupView> Groups, ImmutableArray<MediumView> Media)
{
    /// <summary>Only where ha.cf names shared disks.</summary>
    public SlotsView? SharedDisks { get; init; }

    /// <summary>Only where the CRM manages.</summary>
    public CrmView? Crm { get; init; }

    /// <summary>Our own version.</summary>
    public static string ProductVersion { get; } = typeof(StatusView).Assembly.GetName().Version!.ToString(3);

    /// <summary>As <c>cl_status</c> and <c>heartbeat -V</c> say it: whose behaviour, and whose program.</summary>
    public static string HeartbeatVersion(string product) => $"{Pulse.HeartbeatApplet.ReferenceVersion} (node: appliance {product})";

    public static StatusView From(HaCf cf, ClusterReport cluster, ResourceReport resources, SlotsView? slots = null, CrmState? crm = null, string? problem = null,
        IReadOnlyDictionary<string, bool>? carriers = null)
    {
        var nodes = cluster.Nodes.Select(n => NodeView.From(n, cluster.LocalNode, cf)).ToImmutableArray();
        var groups = resources.Groups.Select(GroupView.From).ToImmutableArray();
        var media = cluster.Media.Select(m => MediumView.From(m, carriers)).ToImmutableArray();
        ImmutableArray<string> problems = [.. problem is null ? [] : (ReadOnlySpan<string>)[problem], .. slots?.Problems ?? [], .. CrmView.Problems(crm), .. FindProblems(cluster, resources, nodes, groups, media)];
        return new(
            ProductVersion, cluster.LocalNode, problems.IsEmpty ? "ok" : "degraded", problems, resources.RscStatus, resources.Stable, resources.Phase,
            resources.ShuttingDown, resources.Standby, cluster.CommunicationUp, cluster.Generation,
            cf.AutoFailback switch { Configuration.AutoFailback.On => "on", Configuration.AutoFailback.Off => "off", _ => "legacy" },
            cf.KeepAlive.TotalMilliseconds, cf.DeadTime.TotalMilliseconds, cf.WarnTime.TotalMilliseconds, nodes, groups, media) { SharedDisks = slots, Crm = crm is null ? null : CrmView.From(crm) };
    }

    private static IEnumerable<string> FindProblems(
        ClusterReport cluster, ResourceReport resources, ImmutableArray<NodeView> nodes, ImmutableArray<GroupView> groups, ImmutableArray<MediumView> media)
    {
        if (!cluster.CommunicationUp) yield return "not all nodes have been heard yet, and initdead is not over";
        if (resources.ShuttingDown) yield return "this node is shutting down";
        foreach (var node in nodes)
        {
            if (node.Status is not ("active" or "ping")) yield return node.IsPing ? $"ping node {node.Name} does not answer" : $"node {node.Name} is {node.Status}";
            else if (node.Name != cluster.LocalNode)
                foreach (var link in node.Links.Where(l => !l.Up)) yield return $"link {link.Link} to {node.Name} is dead";
        }
        foreach (var medium in media.Where(m => m.Fault is not null)) yield return $"{medium.Type} {medium.Link} does not work: {medium.Fault}";
        foreach (var medium in media.Where(m => m.Carrier == "no")) yield return $"{medium.Type} {medium.Link} has no carrier: the machine at its other end has no power, or the cable is out";
        foreach (var group in groups)
        {
            if (group.State is "blocked" or "failed" or "unknown") yield return $"{group.Key} is {group.State}: {group.Why}";
            else if (group.Monitor is { State: "off" } && group.Owner == cluster.LocalNode) yield return $"{group.Key} is not monitored: appliance monitor on";
            else if (group.Owner is null && group.State is not ("starting" or "stopping")) yield return $"{group.Key} runs nowhere";
        }
    }
}

/// <param name="Daemon"><c>appliance</c>, <c>heartbeat</c> (3.0.6), or absent for a ping node and one never heard.</param>
/// <param name="ProposedDeadtimeMs">From what its links have shown, see <see cref="DeadTimeProposal"/>; absent while too little was seen.</param>
internal sealed record NodeView(
    string Name, bool IsPing, bool IsLocal, string Status, string? Daemon, double? SinceLastBeatMs, double DeadtimeMs, long Generation, long LateBeats, long LostPackets,
    int Missing, int Weight, string Site, string Load, double? ProposedDeadtimeMs, ImmutableArray<LinkView> Links)
{
    public static NodeView From(NodeReport n, string localNode, HaCf cf) => new(
        n.Name, n.IsPing, n.Name == localNode, n.Status.Word(),
        n.Name == localNode ? "appliance" : n.IsPing || n.SinceLastBeat is null ? null : n.ExtensionVersion > 0 ? "appliance" : "heartbeat",
        n.SinceLastBeat?.TotalMilliseconds, n.DeadTime.TotalMilliseconds, n.Generation, n.LateBeats, n.LostPackets, n.Missing, n.Weight, n.Site, n.Load,
        n.IsPing || n.Name == localNode ? null : DeadTimeProposal.For(n.Links, cf.KeepAlive)?.TotalMilliseconds,
        [.. n.Links.Select(LinkView.From)]);
}

/// <param name="BucketCounts">Bucket i counts intervals below 2^i × 100 µs; the last one everything longer.</param>
internal sealed record LinkView(
    string Link, bool Up, double? SinceLastPacketMs, long Packets, long Duplicates, long Intervals, double MinMs, double MeanMs, double P50Ms, double P99Ms, double P999Ms,
    double MaxMs, ImmutableArray<long> BucketCounts)
{
    public static LinkView From(NodeLinkReport l) => new(
        l.Link, l.Up, l.SinceLastPacket?.TotalMilliseconds, l.Packets, l.Duplicates, l.Interval.Count, l.Interval.Min.TotalMilliseconds,
        l.Interval.Mean.TotalMilliseconds, l.Interval.P50.TotalMilliseconds, l.Interval.P99.TotalMilliseconds, l.Interval.P999.TotalMilliseconds,
        l.Interval.Max.TotalMilliseconds, l.Interval.BucketCounts);
}

internal sealed record GroupView(string Key, string PreferredNode, ImmutableArray<string> Resources, string? Owner, string State, double? HeldForSeconds, string Why)
{
    /// <summary>Absent where resources are not monitored.</summary>
    public MonitorView? Monitor { get; init; }

    public static GroupView From(GroupReport g) => new(
        g.Key, g.PreferredNode, g.Resources, g.Owner, g.State.ToString().ToLowerInvariant(), g.HeldFor is { } held ? Math.Round(held.TotalSeconds, 3) : null, g.Why)
    {
        Monitor = g.Monitor is { } monitor ? MonitorView.From(monitor) : null,
    };
}

/// <param name="State"><c>on</c>, or <c>off</c> when the operator switched it off.</param>
/// <param name="Last">The resource asked last, and its answer; absent when none was.</param>
/// <param name="Failed">It failed on this node more often than it is restarted.</param>
/// <param name="TriedAgainInMs">It failed and is tried here again; absent otherwise.</param>
internal sealed record MonitorView(string State, string? Last, double? LastAgoMs, int Failures, int RestartsLeft, bool Failed, double? TriedAgainInMs)
{
    public static MonitorView From(MonitorReport m) => new(
        m.Off ? "off" : "on", m.Last.Length > 0 ? m.Last : null, m.LastAgo?.TotalMilliseconds, m.Failures, m.RestartsLeft, m.Spent, m.TriedAgainIn?.TotalMilliseconds);
}

/// <summary>One medium of this node.</summary>
internal sealed record MediumView(
    int Index, string Type, string Link, string Description, string? Fault, long Sent, long SendErrors, long Received, long Malformed, long BadSignature, long Replayed,
    long UnknownNode, long Overruns)
{
    /// <summary>Of a serial line: <c>yes</c>, <c>no</c>, or <c>unknown</c> where it does not tell; absent otherwise.</summary>
    public string? Carrier { get; init; }

    /// <param name="carriers">By line, of those that tell.</param>
    public static MediumView From(MediumReport m, IReadOnlyDictionary<string, bool>? carriers) => new(
        m.Index, m.Type, m.Link, m.Description, m.Fault, m.Sent, m.SendErrors, m.Received, m.Malformed, m.BadSignature, m.Replayed, m.UnknownNode, m.Overruns)
    {
        Carrier = m.Type != "serial" ? null : carriers is null || !carriers.TryGetValue(m.Link, out var carrier) ? "unknown" : carrier ? "yes" : "no",
    };
}

/// <summary>The form of <c>appliance links --json</c>.</summary>
internal sealed record LinksView(string Node, double KeepaliveMs, double DeadtimeMs, ImmutableArray<NodeView> Nodes, ImmutableArray<MediumView> Media);
