using Appliance.Haresources;

namespace Appliance.Simulation.Machines;

/// <summary>How the fencing devices of a world behave.</summary>
internal enum FencingKind
{
    /// <summary>Nobody has one.</summary>
    None,
    /// <summary>Every node can reset every other.</summary>
    Works,
    /// <summary>The same, but attempts fail, end without an answer (done or not), or take long.</summary>
    Unreliable,
}

/// <summary>Power switches on a network of their own. Confirmed is said only after the machine is really off.</summary>
internal sealed class FencingDevices(World world)
{
    public void Fence(Machine by, string target, Action<FencingResult, string> ended)
    {
        var chance = world.Chance;
        var machine = world.Machines.FirstOrDefault(m => m.Name == target);
        if (world.Plan.Fencing == FencingKind.None || machine is null)
        {
            world.After(chance.Milliseconds(0.1, 2), () => ended(machine is null ? FencingResult.BadHost : FencingResult.NoDevice, "no device"));
            return;
        }

        var trouble = world.Plan.Fencing == FencingKind.Unreliable && !world.Healed ? chance.Below(4) : 0;
        var cut = chance.Milliseconds(50, trouble == 0 ? 2_000 : 9_000);
        var answer = cut + chance.Milliseconds(10, 500);
        var back = chance.Milliseconds(1_000, 6_000);
        if (trouble is 0 or 1 or 2)
            world.After(cut, () =>
            {
                if (trouble == 1) return;
                if (machine.Powered) machine.PowerCut($"fenced by {by.Name}", back);
                world.Rules.FencedOff(machine, confirmed: trouble == 0);
            });
        world.After(trouble == 0 ? answer : answer + TimeSpan.FromSeconds(2), () => ended(
            trouble switch { 0 => FencingResult.Confirmed, 1 => FencingResult.Failed, _ => FencingResult.TimedOut }, "simulated device"));
    }
}
