namespace Appliance.Configuration;

/// <summary>Signs that a node is not itself the one that is cut off.</summary>
[Flags]
public enum QuorumNeeds
{
    None = 0,

    /// <summary>A ping node answers.</summary>
    Ping = 1,

    /// <summary>A serial line has a carrier: the machine at its other end has power, and the cable is in. A line that does not tell is not asked.</summary>
    Carrier = 2,
}

/// <summary>The <c>quorum</c> line: which part of a cluster may act (<c>crm yes</c> only). A directive of ours.</summary>
/// <param name="TwoNode">Of a pair each node may go on alone; null: in a pair yes.</param>
/// <param name="WaitForAll">Not before all nodes were there together once; null: no, as heartbeat waits for initdead and a lone node then fences the other one before it starts anything.</param>
/// <param name="TieBreaker">Of two halves the one with this node may act; <see cref="Lowest"/>: with the node whose name comes first; null: neither.</param>
/// <param name="Needs">One of these must be there where no majority is; none: nothing is asked for.</param>
public sealed record QuorumSpec(bool? TwoNode = null, bool? WaitForAll = null, string? TieBreaker = null, QuorumNeeds Needs = QuorumNeeds.None)
{
    public const string Lowest = "lowest";

    public static readonly QuorumSpec Usual = new();
}
