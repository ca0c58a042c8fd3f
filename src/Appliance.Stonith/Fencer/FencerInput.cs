using System.Collections.Immutable;

namespace Appliance.Stonith.Fencer;

/// <summary>What happens to a fencer.</summary>
public abstract record FencerInput
{
    private FencerInput() { }

    /// <summary>The devices that this node may use, and the topology; replaces what was.</summary>
    public sealed record Configured(ImmutableArray<FencingDevice> Devices, ImmutableArray<TopologyLevel> Levels) : FencerInput;

    /// <summary>Answered by <see cref="FencerEffect.Ended"/>, always.</summary>
    public sealed record Ordered(FencingOrder Order) : FencerInput;

    /// <summary>A run of a device ended.</summary>
    public sealed record DeviceEnded(int Run, DeviceVerdict Verdict) : FencerInput;

    public sealed record Heard(string From, FencerMessage Message) : FencerInput;

    /// <summary>The nodes whose fencers can be reached, ourselves included.</summary>
    public sealed record Members(ImmutableSortedSet<string> Nodes) : FencerInput;

    /// <summary>A person says that this node is off. Trusted at once.</summary>
    public sealed record Confirmed(string Target, string Client) : FencerInput;

    public sealed record Clean(string? Target) : FencerInput;

    /// <summary>History of an earlier life.</summary>
    public sealed record Remembered(ImmutableArray<FencingRecord> Records) : FencerInput;

    /// <summary>Ask every device now whether it would work.</summary>
    public sealed record Probe : FencerInput;

    public sealed record Tick : FencerInput;
}

/// <summary>What a fencer wants done, in order.</summary>
public abstract record FencerEffect
{
    private FencerEffect() { }

    /// <summary>Give this device this order; answered by <see cref="FencerInput.DeviceEnded"/>, always, and in this time.</summary>
    public sealed record Run(int Id, string Device, FenceAction Action, string Target, ImmutableArray<string> Plugs, TimeSpan Time) : FencerEffect;

    /// <summary>A device of this node is about to be given an order that cuts a node off, or a person says here that it is off; what came of the whole order is in the history, by its id.</summary>
    public sealed record Switching(string OrderId, string Target) : FencerEffect;

    /// <summary>Nobody waits for this run any more; it must still be answered.</summary>
    public sealed record CancelRun(int Id) : FencerEffect;

    /// <param name="To"><c>null</c>: to all.</param>
    public sealed record Say(string? To, FencerMessage Message) : FencerEffect;

    public sealed record Ended(FencingEnd End) : FencerEffect;

    /// <summary>To be stored, and shown.</summary>
    /// <param name="Ends">It ended now, as far as this node sees; else it is under way, or of another time.</param>
    public sealed record Remember(FencingRecord Record, bool Ends) : FencerEffect;

    /// <summary>Entries of the history are gone: what is stored must not bring them back.</summary>
    public sealed record Forgot : FencerEffect;

    public sealed record Log(Core.Diagnostics.LogPriority Priority, string Text) : FencerEffect;
}
