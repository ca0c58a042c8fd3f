using System.Collections.Immutable;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Devices.Outlets;

/// <summary>What power strips and switch ports have in common.</summary>
public abstract class OutletDevice(string kind, string thing) : DeviceType
{
    private readonly Lazy<OutletProfiles> _profiles = new(() => OutletProfiles.Read(kind));

    public OutletProfiles Profiles => _profiles.Value;

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames => Profiles.Agents;

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        .. SnmpParameters.All,
        StandardParameters.Plug,
        new("profile", ParameterKind.Text, "Kind of device; without it the device is asked (sysObjectID)"),
        new("profile_file", ParameterKind.Text, "File with a profile of your own"),
        new("profile_text", ParameterKind.Text, "Contents of that file"),
        new("vendor", ParameterKind.Text, "Only profiles of this vendor"),
        new("switch", ParameterKind.Text, "Number of the unit where several are chained") { Letter = 's' },
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        foreach (var problem in SnmpParameters.Check(parameters)) yield return problem;
        if (parameters.Has("profile") && Profiles.Named(parameters["profile"]) is null) yield return $"there is no profile \"{parameters["profile"]}\"; there are {string.Join(' ', Profiles.All.Select(p => p.Name))}";
        // Not read as "the usual unit": that would be another machine's outlet.
        if (parameters.Has("switch") && !uint.TryParse(parameters["switch"], out _)) yield return $"switch must be the number of a unit, and is \"{parameters["switch"]}\"";
        if (parameters.Has("profile_text"))
            foreach (var problem in OutletProfile.Parse(parameters["profile_file"], parameters["profile_text"]).Problems) yield return problem;
    }

    public override Conversation Converse(DeviceOrder order)
    {
        var own = order.Parameters.Has("profile_text") ? OutletProfile.Parse(order.Parameters["profile_file"], order.Parameters["profile_text"]).Profile : null;
        return new OutletConversation(order, Profiles, own, thing) { Endpoint = SnmpParameters.Endpoint(order.Parameters) };
    }
}

/// <summary>Switched power strips by SNMP.</summary>
public sealed class PduDevice() : OutletDevice("pdu", "outlet")
{
    public override string Name => "pdu";
    public override string Short => "Outlets of a switched power strip over SNMP (in place of fence_apc_snmp and others)";
    public override string Long =>
        "Switches the outlets of a machine and proves it by reading each back: only the values that the device's profile calls off are off. A machine with two power supplies has two plugs: "
        + "all are off before any is on. Profiles are chosen by what the device says of itself, or by name; the administrator may give one of his own.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];
}

/// <summary>Ports of storage and network switches by SNMP.</summary>
public sealed class SwitchPortDevice() : OutletDevice("san", "port")
{
    public override string Name => "switchport";
    public override string Short => "Ports of a storage or network switch over SNMP (in place of fence_ifmib and fence_cisco_mds)";
    public override string Long =>
        "Cuts a machine off from storage or network by disabling its ports: every port of every path must be named. The machine itself stays on, so it must be let in again (unfenced) when it joins. "
        + "Off is proven when the port is set down and is seen not to work any more.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.List, FenceAction.Monitor];
    public override bool IsFabric => true;
}
