namespace Appliance.Stonith.Fencer;

/// <summary>Somebody wants a node fenced (or unfenced).</summary>
/// <param name="Id">Unique in the cluster.</param>
/// <param name="Action">Off, on or reboot.</param>
/// <param name="Timeout">For one device, where it has none of its own.</param>
/// <param name="Client">Who asks, for the history: <c>stonith_admin.4711</c>, <c>haresources</c>.</param>
public sealed record FencingOrder(string Id, string Target, FenceAction Action, TimeSpan Timeout, string Client)
{
    /// <summary>An equal success so long ago is good enough.</summary>
    public TimeSpan Tolerance { get; init; }

    /// <summary>Added to the devices' own delays; negative: no delay at all.</summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>How an order ended.</summary>
public enum FencingOutcome
{
    /// <summary>Proven.</summary>
    Done,
    /// <summary>Devices were tried, and none proved it.</summary>
    Failed,
    /// <summary>No device can fence that node.</summary>
    NoDevice,
    TimedOut,
}

/// <param name="Sentence">Why, for the operator.</param>
/// <param name="Delegate">The node whose device did it; <c>null</c> when none did.</param>
public sealed record FencingEnd(string OrderId, FencingOutcome Outcome, string Sentence, string? Delegate);

/// <summary>States of a fencing as the history shows them.</summary>
public enum FencingState { Query, Execute, Done, Duplicate, Failed }

/// <summary>One line of the fencing history; the same on every node.</summary>
/// <param name="Completed">When it ended: wall clock of the node that ran it; <c>null</c> while it is pending.</param>
public sealed record FencingRecord(string Id, string Target, FenceAction Action, string Origin, string Client, string? Delegate, FencingState State, DateTimeOffset? Completed, string Reason)
{
    /// <summary>The delegate of a manual confirmation.</summary>
    public const string Human = "a human";
}
