using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Commands;

/// <summary>This node's mailboxes on the shared disks.</summary>
/// <param name="Guarded">An order would be obeyed in time, if need be by the watchdog. False while <paramref name="Starting"/>: nothing is started before it is true.</param>
/// <param name="Readable">Disks that count now; <paramref name="Needed"/> of them keep the node alive.</param>
/// <param name="LeaseLeftMs">How long the watchdog is petted if no disk can be read any more.</param>
internal sealed record SlotsView(bool Guarded, bool Starting, int Readable, int Needed, double? LeaseLeftMs, int WatchdogSeconds, ImmutableArray<SlotDiskView> Disks)
{
    public static SlotsView From(SlotReport report) => new(
        report.Guarded, report.Starting, report.Readable, report.Needed, report.LeaseLeft?.TotalMilliseconds, report.WatchdogSeconds,
        [.. report.Disks.Select(d => new SlotDiskView(d.Path, d.Slot, d.SinceRead?.TotalMilliseconds, d.Problem))]);

    [JsonIgnore]
    public IEnumerable<string> Problems
    {
        get
        {
            if (Starting) yield return $"no services are started before this node's mailbox can be read on {Needed} shared {(Needed == 1 ? "disk" : "disks")}, and no order is waited for";
            else if (!Guarded) yield return "the shared disks cannot be read: the watchdog is not petted, and resets this machine";
            foreach (var disk in Disks)
                if (disk.Problem is { } problem) yield return $"shared disk {disk.Path}: {problem}";
        }
    }

    /// <summary>A line for all, and one for each disk.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"Shared disks: {(Guarded ? "guarded" : Starting ? "not ready" : "NOT GUARDED")}, {Readable} of {Disks.Length} readable, {Needed} needed"
            + (WatchdogSeconds > 0 ? $"; watchdog {WatchdogSeconds} s" : "");
        foreach (var disk in Disks)
            yield return $"  {disk.Path}: {(disk.Slot is { } slot ? $"slot {slot}, " : "")}{(disk.SinceReadMs is { } ms ? $"read {Durations.Text(ms)} ago" : "not read yet")}{(disk.Problem is { } problem ? $"; {problem}" : "")}";
    }
}

/// <param name="SinceReadMs">Age of the last good look into the mailbox.</param>
internal sealed record SlotDiskView(string Path, int? Slot, double? SinceReadMs, string? Problem);
