using Appliance.Simulation.Machines;
using Appliance.Stonith.Devices.Outlets;
using Appliance.Stonith.Tests.Outlets;

namespace Appliance.Simulation.Power;

/// <summary>A switched power strip that all machines are plugged into, by SNMP: what hangs on an outlet, a BMC too, is dead while it is off.</summary>
internal sealed class PowerStrip : PowerDevice
{
    public const string Profile = "apc-masterswitch";

    private static readonly OutletProfile Outlets = new PduDevice().Profiles.Named(Profile)!;
    private readonly VirtualAgent _agent;

    public PowerStrip(World world) : base(world) => _agent = new VirtualAgent(Outlets, () => world.Now, world.Plan.Nodes.Length);

    protected override IEnumerable<(TimeSpan After, byte[] Datagram)> Answer(Machine client, ReadOnlyMemory<byte> datagram)
    {
        foreach (var machine in World.Machines) _agent[Number(machine)].IsOn = machine.Outlet;
        var answers = _agent.Hear(datagram).ToArray();
        foreach (var machine in World.Machines)
            if (machine.Outlet && !_agent[Number(machine)].IsOn) Cut(machine, client, () => machine.SwitchOutlet(false, client.Name));
            else if (!machine.Outlet && _agent[Number(machine)].IsOn) machine.SwitchOutlet(true, client.Name);
        return answers;
    }

    protected override void TroubleChanged() =>
        (_agent.ReadOnly, _agent.Stuck, _agent.Silent) = (Trouble == DeviceTrouble.Refuses, Trouble == DeviceTrouble.StaysOn, Trouble == DeviceTrouble.FallsSilent);

    public static uint Number(Machine machine) => (uint)machine.Index + 1;
}
