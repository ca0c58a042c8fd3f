using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>One order to one or several nodes over one or several disks: look, write everywhere, read back, wait msgwait once, look again.</summary>
internal sealed class SbdConversation(DeviceOrder order) : Conversation
{
    /// <summary>sbd's own limit for one access.</summary>
    private static readonly TimeSpan AccessTime = TimeSpan.FromSeconds(3);

    private readonly ImmutableArray<string> _paths = order.Parameters.List("devices");
    private readonly List<SbdDiskView> _disks = [];
    private readonly List<string> _wrong = [];

    /// <summary>More than half, as sbd's sender: of two both, because a victim lives on as long as it can read one of two.</summary>
    private int Needed => _paths.Length / 2 + 1;
    private SbdCommand Command => order.Action switch
    {
        FenceAction.On => SbdCommand.Clear,
        FenceAction.Off => SbdCommand.Off,
        FenceAction.Diag => SbdCommand.CrashDump,
        _ => SbdCommand.Reset,
    };

    /// <summary>From the slowest disk: whichever the victim took its times from, they are over then.</summary>
    private TimeSpan Wait => TimeSpan.FromSeconds(_disks.Max(d => d.Header.MsgWait));

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        Doing = "reading the shared disks";
        foreach (var path in _paths) foreach (var step in Load(path)) yield return step;
        if (_disks.Count < Needed) End(VerdictKind.Unreachable, $"{_disks.Count} of {Disks(_paths.Length)} can be used, and {Needed} {(Needed == 1 ? "is" : "are")} needed: {Wrong}");
        else if (order.Action == FenceAction.List) List();
        else if (order.Plugs.IsDefaultOrEmpty && order.Action != FenceAction.Monitor) End(VerdictKind.Misconfigured, "which node? give plug");
        else if (Problem() is { } problem) Verdict = problem;
        else if (order.Action == FenceAction.Monitor) End(VerdictKind.Proven, $"{_disks.Count} of {Disks(_paths.Length)} can be read{(order.Plugs.IsDefaultOrEmpty ? "" : $", with a slot for {Nodes}")}; msgwait is {Wait.TotalSeconds:0} s{(_wrong.Count > 0 ? $"; {Wrong}" : "")}");
        else if (order.Action == FenceAction.Status) Report();
        else foreach (var step in Tell()) yield return step;
    }

    /// <summary>What forbids an order, found before anything is written.</summary>
    private DeviceVerdict? Problem()
    {
        foreach (var node in order.Plugs.IsDefault ? [] : order.Plugs)
            if (_disks.Count(d => d.Find(node) >= 0) < Needed)
                return new(VerdictKind.NoSuchPlug, $"{node} has no slot on {(_paths.Length == 1 ? "the disk" : "a majority of the disks")}: has sbd ever run there? \"appliance sbd -d {_paths[0]} list\" shows the slots");
        if (order.Action is FenceAction.Status or FenceAction.On) return null;
        if (_disks.Find(d => !d.Header.ProvesDeath) is { } unsafely)
            return new(VerdictKind.Misconfigured, $"{unsafely.Path} has msgwait {unsafely.Header.MsgWait} s and watchdog {unsafely.Header.Watchdog} s: msgwait must be at least twice the watchdog's time, or a waiting victim may still be alive");
        // An order that is written and cannot be waited for kills without proof: better none, and a sentence that says what to set.
        return order.Action != FenceAction.Monitor && Deadline != Instant.Never && Now + Wait >= Deadline
            ? new(VerdictKind.Misconfigured, $"msgwait is {Wait.TotalSeconds:0} s, and the order has only {(Deadline - Now).TotalSeconds:0} s: give pcmk_off_timeout and pcmk_reboot_timeout at least {Math.Ceiling(Wait.TotalSeconds * 1.2):0}s; nothing was written")
            : null;
    }

    private void List()
    {
        var names = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var disk in _disks)
            foreach (var slot in disk.Slots)
                if (slot.IsUsed) names.Add(slot.Name);
        Verdict = new(VerdictKind.Proven, $"{names.Count} {(names.Count == 1 ? "node has" : "nodes have")} a slot") { Outlets = [.. names.Select(n => new Outlet(n, "", null))] };
    }

    private void Report()
    {
        foreach (var node in order.Plugs)
            foreach (var disk in _disks)
                if (disk.Find(node) is >= 0 and var slot && disk.Mail[slot].Command is SbdCommand.Off or SbdCommand.Reset or SbdCommand.CrashDump)
                {
                    Verdict = DeviceVerdict.Is(PowerState.Moving, $"the order {SbdDisk.Word(disk.Mail[slot].Command)} waits in {node}'s mailbox on {disk.Path}: it is dead, or about to be");
                    return;
                }
        Verdict = DeviceVerdict.Is(PowerState.On, $"{Nodes} {(order.Plugs.Length == 1 ? "has" : "have")} a slot and no order waits; whether a node runs a disk cannot tell");
    }

    private IEnumerable<Step> Tell()
    {
        // Every node's order is on the disks before the one wait begins.
        foreach (var node in order.Plugs)
        {
            Doing = $"writing {SbdDisk.Word(Command)} into {node}'s mailbox";
            var written = 0;
            foreach (var disk in _disks)
            {
                if (disk.Find(node) is not (>= 0 and var slot)) continue;
                var (mail, at) = (Mail(disk), SbdDisk.MailAt(slot, disk.Header.SectorSize));
                var write = new SectorAccess(disk.Path, at, mail.Length, mail, AccessTime);
                yield return write;
                // A write that failed may stand there all the same: what counts is what is read.
                var back = new SectorAccess(disk.Path, at, mail.Length, default, AccessTime);
                yield return back;
                if (back.Failure is null && back.Data.Span.SequenceEqual(mail)) written++;
                else _wrong.Add($"{disk.Path}: {write.Failure ?? back.Failure ?? "what was written does not stand there"}");
            }
            if (written >= Needed) continue;
            End(VerdictKind.StillOn, $"the order to {node} stands on {written} of {Disks(_paths.Length)}, and {Needed} {(Needed == 1 ? "is" : "are")} needed: {Wrong}; {node} may die of it, and nothing proves that it does");
            yield break;
        }
        if (Command == SbdCommand.Clear)
        {
            Verdict = DeviceVerdict.Is(PowerState.On, $"the mailbox of {Nodes} is clear: it may start");
            yield break;
        }
        Doing = $"waiting msgwait ({Wait.TotalSeconds:0} s) for the watchdog of {Nodes}";
        yield return new Pause(Wait);       // counted from the last write
        foreach (var disk in _disks) foreach (var step in Again(disk)) yield return step;
        if (Verdict is not null) yield break;
        var proof = $"the order stood on {Disks(_disks.Count)} of {_paths.Length}, and msgwait ({Wait.TotalSeconds:0} s) is over: {Nodes} obeyed, or lost the watchdog";
        // A victim that dumps its memory stops its watchdog first: nothing is behind the order then.
        if (Command == SbdCommand.CrashDump) End(VerdictKind.Accepted, $"{Nodes} was told to dump its memory, and msgwait is over; that proves nothing, as the watchdog does not run meanwhile");
        else End(VerdictKind.Proven, $"the order stood on {_disks.Count} of {Disks(_paths.Length)}, and msgwait ({Wait.TotalSeconds:0} s) is over: {Nodes} obeyed, or lost the watchdog", PowerState.Off);
    }

    /// <summary>A disk that was made anew during the wait took the order away before the victim had to see it.</summary>
    private IEnumerable<Step> Again(SbdDiskView disk)
    {
        var first = new SectorAccess(disk.Path, 0, SbdDisk.FirstRead, default, AccessTime);
        yield return first;
        if (first.Failure is not null || (SbdHeader.Read(first.Data.Span) is { } header && header.Uuid == disk.Header.Uuid)) yield break;
        End(VerdictKind.StillOn, $"{disk.Path} was initialised anew while the order waited: {Nodes} may never have seen it");
    }

    private IEnumerable<Step> Load(string path)
    {
        var first = new SectorAccess(path, 0, SbdDisk.FirstRead, default, AccessTime);
        yield return first;
        if (first.Failure is { } failure)
        {
            _wrong.Add($"{path}: {failure}");
            yield break;
        }
        if (SbdHeader.Read(first.Data.Span) is not { } header)
        {
            _wrong.Add($"{path} has no header of sbd: \"appliance sbd -d {path} create\" writes one");
            yield break;
        }
        if (_disks.Find(d => d.Header.Uuid == header.Uuid) is { } same)
        {
            _wrong.Add($"{path} and {same.Path} are the same disk (uuid {header.Uuid})");
            yield break;
        }
        var rest = new SectorAccess(path, header.SectorSize, SbdDisk.AllBytes(header), default, AccessTime);
        yield return rest;
        if (rest.Failure is null && SbdDiskView.Read(path, header, rest.Data.Span) is { } view) _disks.Add(view);
        else _wrong.Add($"{path}: {rest.Failure ?? "it is too short for its slots"}");
    }

    private byte[] Mail(SbdDiskView disk) => new SbdMail(Command, order.Parameters["sender"] is { Length: > 0 } sender ? sender : "appliance").Write(disk.Header.SectorSize);

    private void End(VerdictKind kind, string sentence, PowerState? state = null) => Verdict = new(kind, sentence) { State = state };

    private string Nodes => string.Join(" and ", order.Plugs);
    private string Wrong => string.Join("; ", _wrong);

    private static string Disks(int count) => count == 1 ? "1 disk" : $"{count} disks";
}
