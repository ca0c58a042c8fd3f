using System.Collections.Immutable;

namespace Appliance.Policy.Explain;

/// <summary>Why one resource is where the policy engine puts it.</summary>
/// <param name="Active">Nodes it is active on now.</param>
/// <param name="Node">Where it will be; null: nowhere.</param>
/// <param name="Why">The decision in a sentence.</param>
/// <param name="Nodes">The chosen node first, then by score.</param>
/// <param name="Remedies">Changes of which each would bring it to the node that was asked for.</param>
public sealed record Explanation(string Resource, string Role, ImmutableArray<string> Active, string NextRole, string? Node, string Why, ImmutableArray<NodeAccount> Nodes, string? Asked,
    ImmutableArray<string> Remedies);

/// <summary>One node's account.</summary>
/// <param name="States">What keeps it from running anything; empty: nothing.</param>
/// <param name="Verdict">Why it was chosen, or not.</param>
public sealed record NodeAccount(string Node, string Score, ImmutableArray<string> States, ImmutableArray<ScoreAccount> Steps, string Verdict);

/// <summary>One step of a score, for people.</summary>
/// <param name="Change">What it adds; -INFINITY forbids, INFINITY demands.</param>
/// <param name="Score">The score after it.</param>
public sealed record ScoreAccount(string Cause, string? Id, string? With, string Change, string Score, string Text);
