using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Stonith;

namespace Appliance.Simulation.Rules;

/// <summary>A device's verdict that proves a machine off is true: the machine was without power at some instant while the device was spoken to.</summary>
internal sealed class ProvenIsOff(World world)
{
    public void Says(Machine target, DeviceVerdict verdict, Instant began)
    {
        if (verdict.IsProven && target.Powered && target.PoweredSince < began)
            throw new RuleBroken("proven is off", world.Now, $"a device proves {target.Name} off ({verdict.Sentence}), which has had power all the time since {target.PoweredSince}");
    }
}
