using Appliance.Haresources;
using Appliance.Stonith.Cluster;

namespace Appliance.Simulation.Machines;

/// <summary>Makes the cores under test as the daemon's shells make them.</summary>
internal static class Cores
{
    /// <param name="held">What the control process before this one wrote down.</param>
    public static IResourceManager ResourceManager(World world, Machine machine, HeldGroups held) =>
        new ResourceManager(new ResourceManagerOptions(machine.HaCf, world.Plan.Groups, held, machine.Clock, machine.Wall, machine.Extensions) { Monitor = machine.Monitor });

    /// <summary>Every life has a word of its own, as the wall clock gives the daemon's.</summary>
    public static ClusterFencer Fencer(World world, Machine machine, Engine.SeededRandom chance) =>
        new(machine.Name, $"{world.Now.Ticks:x}", new Power.SeededEntropy(chance));
}
