using System.Collections.Immutable;

namespace Appliance.Stonith.Fencer;

/// <summary>What the fencers of the nodes say to each other.</summary>
public abstract record FencerMessage
{
    private FencerMessage() { }

    /// <summary>Who can do this? Goes to all.</summary>
    public sealed record Query(string OrderId, string Target, FenceAction Action, TimeSpan Timeout) : FencerMessage;

    /// <summary>The answer, also when it is none.</summary>
    public sealed record Offers(string OrderId, ImmutableArray<DeviceOffer> Devices) : FencerMessage;

    /// <summary>Do it with this device of yours.</summary>
    /// <param name="Step">Counts within the order, so that a late answer is not taken for another step's.</param>
    /// <param name="Delay">Negative: none at all.</param>
    public sealed record Execute(string OrderId, int Step, string Device, FenceAction Action, string Target, TimeSpan Timeout, TimeSpan Delay) : FencerMessage;

    public sealed record Executed(string OrderId, int Step, VerdictKind Kind, string Sentence) : FencerMessage;

    /// <summary>I am to be fenced: have it done for me, since I shall not live to hear that it is.</summary>
    public sealed record StandIn(FencingOrder Order) : FencerMessage;

    /// <summary>An entry of the history began, changed or ended.</summary>
    public sealed record Told(FencingRecord Record) : FencerMessage;

    /// <summary>The whole history, to a node that joins.</summary>
    public sealed record Known(ImmutableArray<FencingRecord> Records) : FencerMessage;

    /// <summary>The operator cleaned the history, of one node or (<c>null</c>) of all.</summary>
    public sealed record Cleaned(string? Target) : FencerMessage;
}

/// <summary>A device that a node can use for a target.</summary>
/// <param name="Time">What the action may take on it, its delay included.</param>
/// <param name="Verified">Its last monitor or list worked.</param>
/// <param name="Automatic">It unfences by itself at a join: skipped in the on half of a reboot.</param>
public sealed record DeviceOffer(string Device, TimeSpan Time, bool Verified, bool Automatic);
