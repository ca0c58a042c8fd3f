using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Haresources;

/// <summary>What the monitor must not forget when the daemon is restarted: counts that keep a group from going to and fro, and what the operator switched off. Instants are of this boot.</summary>
/// <param name="Off">The operator switched the monitor off for all groups.</param>
/// <param name="Groups">By key; groups of which there is nothing to say are missing.</param>
public sealed record MonitorMemory(bool Off, ImmutableSortedDictionary<string, GroupMemory> Groups);

/// <param name="Off">The operator switched the monitor off for this group.</param>
/// <param name="Failures">Ticks of the failures that count, the oldest first.</param>
/// <param name="SpentUntil">Until then it counts as failed here.</param>
/// <param name="HandedOverAt">When it was handed over last.</param>
public sealed record GroupMemory(bool Off, ImmutableArray<long> Failures, Instant SpentUntil, Instant? HandedOverAt);
