using System.Collections.Immutable;
using Appliance.Policy.Report;

namespace Appliance.Control;

/// <summary>What a tool asks of the fencer.</summary>
/// <param name="Action"><c>off</c>, <c>on</c>, <c>reboot</c>; for other requests <c>null</c>.</param>
/// <param name="DelayMs">Negative: no delay at all.</param>
/// <param name="Client">Who asks, for the history.</param>
internal sealed record FencingRequest(string? Target, string? Action, long TimeoutMs, long ToleranceMs, long DelayMs, string Client)
{
    /// <summary>To register: what kind of device, and its parameters (secrets too: the socket is root's).</summary>
    public string? Agent { get; init; }
    public Dictionary<string, string>? Parameters { get; init; }

    /// <summary>To register a level: which, and its devices.</summary>
    public int Level { get; init; }
    public string[]? LevelDevices { get; init; }
}

/// <summary>What the fencer answers.</summary>
internal sealed record FencingView
{
    /// <summary>How an order ended: <c>done failed nodevice timedout</c>.</summary>
    public string? Outcome { get; init; }
    public string? Delegate { get; init; }
    public string? Sentence { get; init; }
    public ImmutableArray<FencingDeviceView> Devices { get; init; } = [];
    public ImmutableArray<FencingEventView> History { get; init; } = [];

    /// <summary>Only where ha.cf names shared disks.</summary>
    public Commands.SlotsView? SharedDisks { get; init; }
}

/// <summary>A device as this node uses it. Holds no secret.</summary>
/// <param name="Targets">Nodes it is configured for; empty when only the device knows.</param>
/// <param name="Ready"><c>null</c>: not asked yet.</param>
/// <param name="TookMs">How long it took to answer: what a fence takes at least.</param>
internal sealed record FencingDeviceView(string Id, string Agent, string HostCheck, ImmutableArray<string> Targets, bool? Ready, string Sentence, double AgeMs, double TookMs, double FenceWithinMs);

/// <summary>One entry of the history.</summary>
/// <param name="CompletedUnixMs"><c>null</c>: pending.</param>
internal sealed record FencingEventView(string Target, string Action, string Origin, string Client, string? Delegate, string State, long? CompletedUnixMs, string Reason)
{
    public FencingEvent ToEvent() => new(Action, Target, Client, Origin, Delegate, State switch { "done" => FencingState.Done, "failed" => FencingState.Failed, _ => FencingState.Pending }, Reason, CompletedUnixMs);
}
