using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Mutations;

/// <summary>A rule broken on purpose, from outside the product: what stands between a core and its world. This one breaks nothing.</summary>
internal class Mutation
{
    public static readonly Mutation None = new();

    /// <summary>Stands between a messaging core, its inputs and its effects.</summary>
    public virtual IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(effects);

    /// <summary>Stands between a resource manager, its inputs and its effects.</summary>
    public virtual IResourceManager Manager(Machine machine, IResourceManager real) => real;

    /// <summary>The generation of a daemon's start, from the one on disk.</summary>
    public virtual long NextGeneration(long stored) => stored + 1;

    /// <summary>The steps that make a file durable, in order.</summary>
    public virtual Action[] Durable(params Action[] steps) => steps;
}
