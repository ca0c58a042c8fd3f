using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Haresources;

/// <summary>What a resource manager is told at its birth.</summary>
/// <param name="Groups">haresources as it stands.</param>
/// <param name="Held">What was held when the last control process wrote it down; <c>null</c> after a boot.</param>
/// <param name="Extensions">0: decides as 3.0.6 does beside any peer (the simulator's stand-in for one): it yields nothing and adopts nothing.</param>
/// <param name="Start">Now; <paramref name="WallAtStart"/> is the wall clock at that instant, for times that must survive a restart.</param>
public sealed record ResourceManagerOptions(
    HaCf HaCf, ImmutableArray<ResourceGroup> Groups, HeldGroups? Held, Instant Start, DateTimeOffset WallAtStart, int Extensions = 1)
{
    /// <summary>What the monitor of the control process before this one wrote down; <c>null</c> after a boot.</summary>
    public MonitorMemory? Monitor { get; init; }
}
