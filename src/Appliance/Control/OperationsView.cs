using System.Collections.Immutable;

namespace Appliance.Control;

/// <summary>What this node's LRM does and did.</summary>
/// <param name="Running">Agents at work now.</param>
/// <param name="Waiting">Operations that wait for their turn.</param>
internal sealed record OperationsView(int Running, int Waiting, ImmutableArray<ResourceHistoryView> Resources);

/// <summary>One resource.</summary>
internal sealed record ResourceHistoryView(string Resource, string Agent, OperationView Last, OperationView? LastFailure);

/// <summary>One result.</summary>
/// <param name="Code">OCF's codes.</param>
/// <param name="Status">How it went to run it: <c>done timeout error notinstalled</c>.</param>
/// <param name="AgeMs">Since it began.</param>
internal sealed record OperationView(string Action, int Code, string Status, bool IsFailure, string Reason, double AgeMs, double QueueMs, double ExecMs);
