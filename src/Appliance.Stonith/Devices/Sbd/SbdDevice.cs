using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>Orders over shared disks, in sbd's format; the proof is the victim's own watchdog.</summary>
public sealed class SbdDevice : DeviceType
{
    public override string Name => "sbd";
    public override string Short => "Orders on a shared disk in sbd's format (in place of fence_sbd)";
    public override string Long =>
        "Writes an order into the victim's mailbox on the shared disk, reads it back, and waits msgwait. Nobody answers: the proof is that the victim reads its mailbox or loses its watchdog. So every node "
        + "must run sbd, or name the disks in ha.cf's sbd_device, with a hardware watchdog whose time is at most half of msgwait; a disk whose header breaks that rule is refused. With several disks a majority "
        + "must take the order (of two: both), as a victim lives as long as it reads one disk of two, or a majority of more.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("fence_sbd", ImmutableSortedDictionary<string, string>.Empty.Add("power_timeout", "30").Add("method", "cycle"));

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        new("devices", ParameterKind.Text, "Disks with sbd's header, separated by commas or semicolons") { OldNames = ["device", "sbd_device"] },
        StandardParameters.Plug,
        new("sender", ParameterKind.Text, "Our own name, for the victim's log"),
        new("crashdump", ParameterKind.Boolean, "Without effect: a victim that dumps its memory has stopped its watchdog, and proves nothing; order diag for a dump"),
        new("sbd_path", ParameterKind.Text, "Without effect: no program is used"),
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor, FenceAction.Diag];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        var devices = parameters.List("devices");
        if (devices.IsEmpty) yield return "devices is missing: the shared disk, or several with commas between";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var device in devices)
        {
            if (device[0] != '/') yield return $"devices: {device} is no path; use a name that is the same on all nodes, as /dev/disk/by-id/...";
            // Counted twice it would be a majority of its own.
            if (!seen.Add(device)) yield return $"devices: {device} is named twice";
        }
        if (devices.Length > SbdDisk.MostDisks) yield return $"devices: sbd uses at most {SbdDisk.MostDisks} disks, and {devices.Length} are named";
    }

    public override Conversation Converse(DeviceOrder order) => new SbdConversation(order);
}
