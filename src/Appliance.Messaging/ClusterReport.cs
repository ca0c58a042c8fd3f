using System.Collections.Immutable;

namespace Appliance.Messaging;

/// <summary>The whole of messaging's knowledge at one moment, for status output. All ages are relative to that moment.</summary>
public sealed record ClusterReport(
    string LocalNode,
    long Generation,
    bool CommunicationUp,
    ImmutableArray<NodeReport> Nodes,
    ImmutableArray<MediumReport> Media);

/// <param name="SinceLastBeat">Time since the last accepted status; <c>null</c> if never heard.</param>
/// <param name="DeadTime">What this node announced (or our own deadtime).</param>
/// <param name="KeyIndex">Signing key this node used last; -1 if never heard.</param>
public sealed record NodeReport(
    string Name, bool IsPing, NodeStatus Status, int ExtensionVersion, TimeSpan? SinceLastBeat, TimeSpan DeadTime,
    long Generation, long LastSequence, int Missing, long LateBeats, long LostPackets, int Weight, string Site, int KeyIndex,
    string Load, ImmutableArray<NodeLinkReport> Links);

/// <summary>One node heard over one of our devices.</summary>
/// <param name="SinceLastPacket"><c>null</c> if never heard.</param>
public sealed record NodeLinkReport(string Link, bool Up, TimeSpan? SinceLastPacket, long Packets, long Duplicates, LatencyReport Interval);

/// <summary>Distribution of the intervals between heartbeats on a link.</summary>
/// <param name="BucketCounts">Counts per bucket; bucket i holds intervals below 2^i × 100 µs (the last: everything longer).</param>
public sealed record LatencyReport(long Count, TimeSpan Min, TimeSpan Mean, TimeSpan P50, TimeSpan P99, TimeSpan P999, TimeSpan Max, ImmutableArray<long> BucketCounts);

/// <summary>One medium of ours.</summary>
/// <param name="Type"><c>serial bcast mcast ucast mcast6 ucast6 ping ping6 ping_group</c>.</param>
/// <param name="Link">Device: two media on one device share one link.</param>
/// <param name="Fault">Why it does not work now; <c>null</c> when it does.</param>
public sealed record MediumReport(
    int Index, string Type, string Link, string Description, string? Fault, long Sent, long SendErrors, long Received,
    long Malformed, long BadSignature, long Replayed, long UnknownNode, long Overruns);
