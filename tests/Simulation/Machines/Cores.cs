using Appliance.Haresources;

namespace Appliance.Simulation.Machines;

/// <summary>Makes the cores under test as the daemon's shells make them.</summary>
internal static class Cores
{
    /// <param name="held">What the control process before this one wrote down.</param>
    public static IResourceManager ResourceManager(World world, Machine machine, HeldGroups held) =>
        new ResourceManager(new ResourceManagerOptions(machine.HaCf, world.Plan.Groups, held, machine.Clock, machine.Wall, machine.Extensions) { Monitor = machine.Monitor });
}
