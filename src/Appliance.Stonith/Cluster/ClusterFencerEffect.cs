using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Cluster;

/// <summary>What a node's fencer wants of the process it lives in, one after the other.</summary>
public abstract record ClusterFencerEffect
{
    private ClusterFencerEffect() { }

    /// <summary>Give this device this order; answered by <see cref="FencerInput.DeviceEnded"/>, always, and in its time.</summary>
    public sealed record Run(FencerEffect.Run Order) : ClusterFencerEffect;

    /// <summary>Nobody waits for this run any more; it must still be answered.</summary>
    public sealed record CancelRun(int Id) : ClusterFencerEffect;

    /// <summary>A message for all nodes.</summary>
    public sealed record Send(Message Message) : ClusterFencerEffect;

    /// <summary>The history as it is now; flushed before any later effect is carried out, as what is told as ended must survive a power cut.</summary>
    /// <param name="News">What of it ended now, by whoever's order. What else is new in it came with other nodes' histories, and is of another time.</param>
    public sealed record Store(ImmutableArray<FencingRecord> History, ImmutableArray<FencingRecord> News) : ClusterFencerEffect;

    /// <summary>A device of this node is about to cut a node off, by whoever's order, or a person says here that it is off. What came of it is in the history, by the order's id.</summary>
    public sealed record Switching(string OrderId, string Target) : ClusterFencerEffect;

    /// <summary>The order of this ticket ended.</summary>
    public sealed record Ended(int Ticket, FencingEnd End) : ClusterFencerEffect;

    public sealed record Log(LogPriority Priority, string Text) : ClusterFencerEffect;
}
