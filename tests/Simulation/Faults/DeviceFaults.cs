using System.Globalization;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Faults;

/// <summary>Something is wrong with a fencing device.</summary>
/// <param name="Device">Its name; a world without it has no such trouble.</param>
internal sealed record DeviceFails(TimeSpan At, TimeSpan For, string Device, DeviceTrouble Trouble) : Fault(At, For)
{
    protected override string Text => $"{Trouble} of {Device}";

    protected override void Begin(World world) => world.Fencing[Device].SetTrouble(Trouble);

    protected override void End(World world) => world.Fencing[Device].SetTrouble(DeviceTrouble.None);
}

/// <summary>A person walks to a machine that lies dark, makes sure that it is off, and says so at the others (<c>stonith_admin --confirm</c>).</summary>
internal sealed record Vouched(TimeSpan At, int Machine) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"for machine {Machine}");

    protected override void Begin(World world)
    {
        var target = world.Machines[Machine];
        if (target.Powered) return;
        world.Rules.VouchedFor(target);
        foreach (var machine in world.Machines)
            if (machine != target) machine.Control?.Confirm(target.Name);
    }
}
