using System.Collections.Immutable;
using Appliance.Core.Resources;

namespace Appliance.Operations;

/// <summary>One operation that is wanted: once, or again and again.</summary>
/// <param name="Resource">Identity of the resource (of the instance, for a clone: <c>web:0</c>).</param>
/// <param name="Action"><c>start stop monitor promote demote notify migrate_to migrate_from reload reload-agent validate-all meta-data</c>.</param>
/// <param name="Interval">Zero: once.</param>
/// <param name="Timeout">From the moment in which the agent is called.</param>
public sealed record OperationOrder(string Resource, AgentSpec Agent, string Action, TimeSpan Interval, TimeSpan Timeout)
{
    /// <summary>What one action changes, so that monitors from before it mean nothing any more.</summary>
    private static readonly ImmutableArray<string> Changing = ["start", "stop", "promote", "demote", "migrate_to", "migrate_from"];

    /// <summary>Waits this long before the first run.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>Instance attributes, and meta attributes as <c>CRM_meta_NAME</c>.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Names of parameters that are shown to nobody.</summary>
    public ImmutableArray<string> Secret { get; init; } = [];

    /// <summary>Positional arguments of a haresources entry, for agents of the standard heartbeat.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The code that means success: 7 for a probe of what should not run, 8 for a monitor of a promoted instance.</summary>
    public int Expected { get; init; }

    /// <summary>A question: whatever state it finds is an answer and no failure.</summary>
    public bool IsProbe { get; init; }

    /// <summary>Whose order it was (the transition key), handed back with each result.</summary>
    public string Origin { get; init; } = "";

    public bool IsRecurring => Interval > TimeSpan.Zero;

    /// <summary>It changes what the resource is.</summary>
    public bool IsChange => !IsRecurring && Changing.Contains(Action);

    /// <summary>The key of operations in a CIB's history: <c>web_monitor_10000</c>.</summary>
    public string Key => $"{Resource}_{ResourceHistory.Place(Action, Interval)}";

    public override string ToString() => Key;
}
