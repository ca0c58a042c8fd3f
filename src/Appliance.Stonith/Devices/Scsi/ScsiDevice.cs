using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Shared disks with SCSI-3 persistent reservations: a node that is cut off cannot write any more.</summary>
public sealed class ScsiDevice : DeviceType
{
    public override string Name => "scsi";
    public override string Short => "Persistent reservations of shared SCSI disks (in place of fence_scsi and fence_mpath)";
    public override string Long =>
        "Every node registers a key of its own with the shared disks, which only registered nodes may write (type 5). Fencing takes the victim's key away and aborts what it has under way, and proves it by reading "
        + "the keys that are left. The machine itself stays on and cannot be switched on again from here: it registers anew when it joins (unfencing), best after a reboot.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty
            .Add("fence_scsi", ImmutableSortedDictionary<string, string>.Empty.Add("key_value", "id"))
            .Add("fence_mpath", ImmutableSortedDictionary<string, string>.Empty.Add("key_value", "plug"));

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        new("devices", ParameterKind.Text, "Shared disks, separated by commas; taken in this order by every node") { Letter = 'd' },
        new("plug", ParameterKind.Text, "The node that is meant (with key_value=plug: its key)") { OldNames = ["port"], Letter = 'n' },
        new("nodename", ParameterKind.Text, "Another name for plug; beside a plug it may only say who we are"),
        new("own_name", ParameterKind.Text, "Our own name; without it the machine's"),
        new("cluster", ParameterKind.Text, "Name of the cluster: part of the keys") { Default = "appliance" },
        new("nodes", ParameterKind.Text, "Names of all nodes, separated by commas"),
        new("key_value", ParameterKind.Choice, "How keys are made: full (64 bits), hash or id as fence_scsi, or plug: the plug is the key, as fence_mpath") { Default = "full", Choices = ["full", "hash", "id", "plug"] },
        new("key", ParameterKind.Text, "Key of the node that is meant, in hexadecimal digits; without it made of the names") { Letter = 'k' },
        new("own_key", ParameterKind.Text, "Our own key, in hexadecimal digits; without it what was registered, or made of the names"),
        new("aptpl", ParameterKind.Boolean, "Registrations survive a power loss of the disk") { Letter = 'a' },
        new("readonly", ParameterKind.Boolean, "Without effect here"),
        new("suppress_errors", ParameterKind.Boolean, "Without effect here") { OldNames = ["suppress-errors"] },
        new("logfile", ParameterKind.Text, "Without effect here") { Letter = 'f' },
        new("corosync_cmap_path", ParameterKind.Text, "Without effect: no program is used"),
        new("sg_persist_path", ParameterKind.Text, "Without effect: no program is used"),
        new("sg_turs_path", ParameterKind.Text, "Without effect: no program is used"),
        new("mpathpersist_path", ParameterKind.Text, "Without effect: no program is used"),
        new("store_path", ParameterKind.Text, "Without effect: what was registered is noted below /run"),
        new("use_sudo", ParameterKind.Boolean, "Without effect: no program is used") { OldNames = ["sudo"] },
        new("sudo_path", ParameterKind.Text, "Without effect: no program is used"),
        new("vgs_path", ParameterKind.Text, "Without effect: no program is used"),
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect.Where(p => p.Name is not "method"),
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Monitor, FenceAction.List];
    public override bool IsFabric => true;
    public override bool UnfencesOnTarget => true;

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters.List("devices").IsEmpty) yield return "devices is missing: the shared disk, or several with commas between";
        foreach (var device in parameters.List("devices"))
            if (device[0] != '/') yield return $"devices: {device} is no path; use a name that is the same on all nodes, as /dev/disk/by-id/...";
        foreach (var name in new[] { "key", "own_key" })
            if (parameters.Has(name) && ScsiKeys.Hexadecimal(parameters[name]) is null) yield return $"{name} must be 1 to 16 hexadecimal digits, and not 0";
        if (parameters["key_value"] == "id" && !parameters.Has("nodes") && !parameters.Has("key")) yield return "key_value=id counts the node's place in nodes, which is missing; or give key";
    }

    public override Conversation Converse(DeviceOrder order) => new ScsiConversation(order);
}
