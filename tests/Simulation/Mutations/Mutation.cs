using System.Collections.Immutable;
using Appliance.Crm.Controller;
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
    public virtual IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) => real;

    /// <summary>What a CRM begins with.</summary>
    public virtual CrmStart CrmBegins(Machine machine, CrmStart real) => real;

    /// <summary>What a CRM hears in the place of an input; <c>null</c>: that.</summary>
    public virtual IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) => null;

    /// <summary>Answers that keep an effect of a CRM from the world; <c>null</c>: it happens.</summary>
    /// <param name="happens">Has it happen all the same.</param>
    public virtual IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens) => null;

    /// <summary>The document that the policy engine is given.</summary>
    public virtual CrmEffect.RunPolicy Policy(Machine machine, CrmNode node, CrmEffect.RunPolicy real) => real;

    /// <summary>What an engine is told of an event; <c>null</c>: what <see cref="Control.OneEngine"/> says.</summary>
    public virtual IReadOnlyList<ClusterEvent>? Engine(ClusterEvent happened) => null;

    /// <summary>This life of its CRM is of a version that had fewer words.</summary>
    public virtual bool HasOlderWords(Machine machine) => false;

    /// <summary>What a program flushes is on the disk.</summary>
    public virtual bool Flushes => true;

    /// <summary>The generation of a daemon's start, from the one on disk.</summary>
    public virtual long NextGeneration(long stored) => stored + 1;

    /// <summary>The steps that make a file durable, in order.</summary>
    public virtual Action[] Durable(params Action[] steps) => steps;
}
