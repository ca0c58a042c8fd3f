using Appliance.Simulation.Machines;
using Appliance.Stonith.Tests.Ipmi;

namespace Appliance.Simulation.Power;

/// <summary>One machine's management controller: speaks IPMI over RMCP+ with every node for itself, and is fed by the machine's own supply where the plan says so.</summary>
internal sealed class Bmc(World world, int machine) : PowerDevice(world)
{
    /// <summary>A controller that gets its power back starts as any computer does.</summary>
    private static readonly TimeSpan StartsFor = TimeSpan.FromSeconds(2);
    private readonly VirtualBmc?[] _sessions = new VirtualBmc?[world.Plan.Nodes.Length];

    /// <summary>The other machine to which it is wired by mistake has power.</summary>
    private bool _otherIsOn = true;

    private Machine Machine => World.Machines[machine];

    private bool IsFed => !World.Plan.BmcOnMains || (Machine.IsFed && World.Now - Machine.FedSince >= StartsFor);

    protected override IEnumerable<(TimeSpan After, byte[] Datagram)> Answer(Machine client, ReadOnlyMemory<byte> datagram)
    {
        if (!IsFed) return [];
        var session = _sessions[client.Index] ??= Fresh(client.Index);
        session.IsOn = Trouble == DeviceTrouble.Miswired ? _otherIsOn : Machine.Powered;
        var answers = session.Hear(datagram).ToArray();
        if (Trouble == DeviceTrouble.Miswired)
        {
            _otherIsOn = session.IsOn;
            return answers;
        }
        if (Machine.Powered && !session.IsOn) Cut(Machine, client, () => Machine.PowerCut($"its BMC was told so by {client.Name}", null));
        else if (!Machine.Powered && session.IsOn) Machine.PowerOn(World.Chance.Milliseconds(1_000, 6_000));
        return answers;
    }

    protected override void TroubleChanged()
    {
        for (var client = 0; client < _sessions.Length; client++)
            if (_sessions[client] is { } session) SetUp(session);
    }

    private VirtualBmc Fresh(int client)
    {
        var session = new VirtualBmc(() => World.Now, seed: client) { Suites = [0, 3] };
        SetUp(session);
        return session;
    }

    private void SetUp(VirtualBmc session)
    {
        session.Password = VirtualBmc.Padded(Trouble == DeviceTrouble.Refuses ? "changed" : FencingDevices.Password);
        session.User = Trouble == DeviceTrouble.Refuses && World.Plan.Cipher == 0 ? "nobody" : FencingDevices.User;     // suite 0 asks for no password
        (session.Lies, session.HangsAfterControl) = (Trouble == DeviceTrouble.StaysOn, Trouble == DeviceTrouble.FallsSilent);
        if (Trouble == DeviceTrouble.None) session.Silent = false;
    }
}
