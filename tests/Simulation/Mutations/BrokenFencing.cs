using System.Collections.Immutable;
using Appliance.Simulation.Machines;
using Appliance.Stonith;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Mutations;

/// <summary>A device that took the order, or was too slow to show what it did, counts as one that proved it.</summary>
internal sealed class Counts_what_is_not_proven : Mutation
{
    public override DeviceVerdict Verdict(FencerEffect.Run run, DeviceVerdict real) =>
        run.Action is FenceAction.Off or FenceAction.Reboot && real.Kind is VerdictKind.StillOn or VerdictKind.TimedOut or VerdictKind.Accepted ? DeviceVerdict.Is(PowerState.Off, real.Sentence) : real;
}

/// <summary>A machine whose BMC does not answer must be dead.</summary>
internal sealed class Takes_silence_for_off : Mutation
{
    public override DeviceVerdict Verdict(FencerEffect.Run run, DeviceVerdict real) =>
        run.Action is FenceAction.Off or FenceAction.Reboot && real.Kind is VerdictKind.Unreachable ? DeviceVerdict.Is(PowerState.Off, real.Sentence) : real;
}

/// <summary>Nobody waits before it shoots.</summary>
internal sealed class Ignores_the_delay : Mutation
{
    public override ImmutableArray<FencingDevice> Devices(ImmutableArray<FencingDevice> real) => [.. real.Select(d => d with { Delay = DelayRule.None })];
}

/// <summary>The end of a fencing is told first and stored later.</summary>
internal sealed class Tells_before_it_stores : Mutation
{
    public override IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) => real.OrderBy(e => e is ClusterFencerEffect.Store ? 1 : 0);
}

/// <summary>The history is kept in memory alone.</summary>
internal sealed class Stores_no_history : Mutation
{
    public override IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) => real.Where(e => e is not ClusterFencerEffect.Store);
}

/// <summary>An order to a device is forgotten now and then: its end is never told.</summary>
internal sealed class Forgets_an_order : Mutation
{
    public override IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) => real.Where(e => e is not ClusterFencerEffect.Ended);
}
