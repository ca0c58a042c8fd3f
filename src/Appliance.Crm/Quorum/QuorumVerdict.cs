using Appliance.Core;

namespace Appliance.Crm.Quorum;

/// <summary>Whether this partition may act.</summary>
/// <param name="IsQuorate">What the CIB's <c>have-quorum</c> is to say.</param>
/// <param name="IsSettling">There are enough nodes, and some of them might still be counted by who decided before: it is not known yet. Until <see cref="QuorumCore.NextDeadline"/> who decides begins nothing,
/// and leaves <c>have-quorum</c> as it is.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Reason">One sentence, for the log and whoever asks.</param>
public sealed record QuorumVerdict(bool IsQuorate, bool IsSettling, Instant Since, string Reason);
