using System.Collections.Immutable;

namespace Appliance.Haresources;

/// <summary>State of one resource group as this node knows it.</summary>
public enum GroupState { Stopped, Starting, Running, Stopping, Failed, Blocked, Unknown }

/// <summary>The resource manager's knowledge at one moment, for status output.</summary>
/// <param name="RscStatus"><c>none local foreign all transition</c>, as cl_status rscstatus prints.</param>
public sealed record ResourceReport(string RscStatus, bool Stable, string Phase, bool ShuttingDown, string? Standby, ImmutableArray<GroupReport> Groups)
{
    /// <summary>The operator switched the monitor off for all groups.</summary>
    public bool MonitorOff { get; init; }
}

/// <param name="Owner">Node that holds it now; <c>null</c> if nobody does, or nobody knows.</param>
/// <param name="HeldFor">How long it has been where it is.</param>
/// <param name="Why">One sentence: why it is where it is.</param>
public sealed record GroupReport(
    string Key, string PreferredNode, ImmutableArray<string> Resources, string? Owner, GroupState State, TimeSpan? HeldFor, string Why)
{
    /// <summary><c>null</c> where resources are not monitored.</summary>
    public MonitorReport? Monitor { get; init; }
}

/// <summary>What the monitor of this node knows of a group.</summary>
/// <param name="Off">The operator switched it off.</param>
/// <param name="Last">The resource asked last and what it said; empty when none was.</param>
/// <param name="Failures">Those that count.</param>
/// <param name="RestartsLeft">How many more are answered by a restart here.</param>
/// <param name="Spent">It failed here too often.</param>
/// <param name="TriedAgainIn">It failed and is tried here again.</param>
public sealed record MonitorReport(bool Off, string Last, TimeSpan? LastAgo, int Failures, int RestartsLeft, bool Spent, TimeSpan? TriedAgainIn);
