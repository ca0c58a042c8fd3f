using System.Collections.Immutable;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Machines;
using Appliance.Stonith;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Mutations;

/// <summary>A rule broken on purpose, from outside the product: what stands between a core and its world. This one breaks nothing.</summary>
internal class Mutation
{
    public static readonly Mutation None = new();

    /// <summary>Stands between a messaging core, its inputs and its effects.</summary>
    public virtual IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(effects);

    /// <summary>Stands between a resource manager, its inputs and its effects.</summary>
    public virtual IResourceManager Manager(Machine machine, IResourceManager real) => real;

    /// <summary>Stands between a conversation with a device and the fencer.</summary>
    public virtual DeviceVerdict Verdict(FencerEffect.Run run, DeviceVerdict real) => real;

    /// <summary>The devices as the fencers know them.</summary>
    public virtual ImmutableArray<FencingDevice> Devices(ImmutableArray<FencingDevice> real) => real;

    /// <summary>Stands between the fencer and its process.</summary>
    public virtual IEnumerable<ClusterFencerEffect> Fencer(List<ClusterFencerEffect> real) => real;

    /// <summary>The generation of a daemon's start, from the one on disk.</summary>
    public virtual long NextGeneration(long stored) => stored + 1;

    /// <summary>The steps that make a file durable, in order.</summary>
    public virtual Action[] Durable(params Action[] steps) => steps;
}
