using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>What a node does that finds an order in its mailbox when it starts (sbd's SBD_STARTMODE).</summary>
public enum SlotStart
{
    /// <summary>Clears it, lets msgwait pass, and starts.</summary>
    Always,

    /// <summary>Does not start until an administrator cleared it.</summary>
    Clean,
}

/// <summary>Whose mailbox is watched, and where.</summary>
/// <param name="Disks">One to three paths.</param>
/// <param name="MayRun">Services may run here from before (the daemon, or a part of it, was started again): an order is for them.</param>
/// <param name="WaitedBefore">What <see cref="SlotEffect.Remember"/> last said.</param>
public sealed record SlotWatcherOptions(string Node, ImmutableArray<string> Disks, SlotStart Start, bool MayRun, bool WaitedBefore = false);

/// <summary>What <see cref="SlotWatcher"/> wants done, in order.</summary>
public abstract record SlotEffect
{
    private SlotEffect() { }

    /// <summary>Read or write a disk, then call <see cref="SlotWatcher.Done"/>. A disk has one at a time.</summary>
    public sealed record Access(int Disk, SectorAccess Step) : SlotEffect;

    /// <summary>Set the watchdog device to this time, then call <see cref="SlotWatcher.WatchdogIs"/> with what it took.</summary>
    public sealed record SetWatchdog(int Seconds) : SlotEffect;

    /// <summary>The watchdog may be petted until then, and never after; <see cref="Instant.Never"/>: nothing runs here that an order could be for.</summary>
    public sealed record Lease(Instant Until) : SlotEffect;

    /// <summary>To be stored, so that a power cut leaves it, before anything that follows: an order is cleared, and msgwait is to pass before anything is started.</summary>
    public sealed record Remember(bool Waits) : SlotEffect;

    /// <summary>Enough mailboxes are watched: services may be started.</summary>
    public sealed record Ready : SlotEffect;

    /// <summary>This node must not start.</summary>
    public sealed record Refuse(string Why) : SlotEffect;

    /// <summary>Reset, off or crashdump: now, without a goodbye. Told once, and the last of all.</summary>
    public sealed record Obey(SbdCommand Order, string From, string Disk) : SlotEffect;

    /// <summary>End in good order: give up what runs here, then stop.</summary>
    public sealed record Quit(string From, string Disk) : SlotEffect;

    public sealed record Log(LogPriority Priority, string Text) : SlotEffect;
}

/// <summary>The slots as an operator wants to see them.</summary>
/// <param name="Readable">Disks that count now; <paramref name="Needed"/> of them keep the node alive.</param>
/// <param name="Guarded">An order would be seen, or the watchdog would fire, before its sender counts on it.</param>
/// <param name="WatchdogSeconds">As the device took it; 0: not known yet.</param>
public sealed record SlotReport(ImmutableArray<SlotDiskReport> Disks, int Readable, int Needed, bool Guarded, bool Starting, TimeSpan? LeaseLeft, int WatchdogSeconds);

/// <param name="Slot">Its number; <c>null</c>: none yet.</param>
/// <param name="SinceRead">Age of the last good look into the mailbox.</param>
/// <param name="Problem">Why it does not count, or what ails it; <c>null</c>: nothing.</param>
public sealed record SlotDiskReport(string Path, int? Slot, TimeSpan? SinceRead, string? Problem);
