using System.Collections.Immutable;

namespace Appliance.Stonith.Devices;

/// <summary>The one table of the devices that we speak ourselves.</summary>
public static class DeviceTypes
{
    public static ImmutableArray<DeviceType> All { get; } =
    [
        new Ipmi.IpmiDevice(),
        new Outlets.PduDevice(),
        new Outlets.SwitchPortDevice(),
        new Cli.CliSwitchDevice(),
        new Cli.CliStripDevice(),
        new Relay.RelayDevice(),
        new Sbd.SbdDevice(),
        new Scsi.ScsiDevice(),
        new Meatware.MeatwareDevice(),
        new Ssh.SshDevice(),
        new Null.NullDevice(),
    ];

    /// <summary>By our name, or by one of fence-agents' names; <c>null</c> when it is none of ours (an external program then).</summary>
    public static (DeviceType Type, ImmutableSortedDictionary<string, string> Defaults)? Find(string name)
    {
        foreach (var type in All)
        {
            if (type.Name == name) return (type, ImmutableSortedDictionary<string, string>.Empty);
            if (type.AgentNames.TryGetValue(name, out var defaults)) return (type, defaults);
        }
        return null;
    }
}
