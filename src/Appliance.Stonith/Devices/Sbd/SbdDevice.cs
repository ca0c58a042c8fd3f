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
        + "must run sbd with a hardware watchdog whose time is at most half of msgwait; a disk whose header breaks that rule is refused. With several disks a majority must take the order.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("fence_sbd", ImmutableSortedDictionary<string, string>.Empty.Add("power_timeout", "30").Add("method", "cycle"));

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        new("devices", ParameterKind.Text, "Disks with sbd's header, separated by commas") { OldNames = ["device", "sbd_device"] },
        StandardParameters.Plug,
        new("sender", ParameterKind.Text, "Our own name, for the victim's log"),
        new("sbd_path", ParameterKind.Text, "Without effect: no program is used"),
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor, FenceAction.Diag];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters.List("devices").IsEmpty) yield return "devices is missing: the shared disk, or several with commas between";
        foreach (var device in parameters.List("devices"))
            if (device[0] != '/') yield return $"devices: {device} is no path; use a name that is the same on all nodes, as /dev/disk/by-id/...";
    }

    public override Conversation Converse(DeviceOrder order) => new SbdConversation(order);
}

/// <summary>One order over one or several disks.</summary>
internal sealed class SbdConversation(DeviceOrder order) : Conversation
{
    /// <summary>sbd's own limit for one access.</summary>
    private static readonly TimeSpan AccessTime = TimeSpan.FromSeconds(3);
    private readonly List<Disk> _disks = [];
    private readonly List<string> _wrong = [];

    private sealed record Disk(string Path, SbdHeader Header, ImmutableArray<SbdSlot> Slots, ImmutableArray<SbdMail> Mail)
    {
        /// <summary>Names are alike in either case, as in sbd.</summary>
        public int Find(string node)
        {
            for (var i = 0; i < Slots.Length; i++)
                if (Slots[i].IsUsed && Slots[i].Name.Equals(node, StringComparison.OrdinalIgnoreCase)) return i;
            return -1;
        }
    }

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        var paths = order.Parameters.List("devices");
        Doing = "reading the shared disks";
        foreach (var path in paths) foreach (var step in Load(path)) yield return step;
        var needed = paths.Length / 2 + 1;
        if (_disks.Count < needed)
        {
            Verdict = new(VerdictKind.Unreachable, $"{_disks.Count} of {paths.Length} disks can be used, and {needed} are needed: {string.Join("; ", _wrong)}");
            yield break;
        }
        if (order.Action == FenceAction.List || (order.Action == FenceAction.Monitor && order.Plugs.IsDefaultOrEmpty))
        {
            var names = new SortedSet<string>(_disks.SelectMany(d => d.Slots.Where(s => s.IsUsed).Select(s => s.Name)), StringComparer.OrdinalIgnoreCase);
            Verdict = new(VerdictKind.Proven, $"{names.Count} nodes have a slot") { Outlets = [.. names.Select(n => new Outlet(n, "", null))] };
            yield break;
        }
        if (order.Plugs.IsDefaultOrEmpty)
        {
            Verdict = new(VerdictKind.Misconfigured, "which node? give plug");
            yield break;
        }
        var node = order.Plugs[0];
        var having = _disks.FindAll(d => d.Find(node) >= 0);
        if (having.Count < needed)
        {
            Verdict = new(VerdictKind.NoSuchPlug, $"{node} has no slot on {(paths.Length == 1 ? "the disk" : "a majority of the disks")}: has sbd ever run there? \"appliance sbd -d {paths[0]} list\" shows the slots");
            yield break;
        }
        var steps = order.Action switch
        {
            FenceAction.Status or FenceAction.Monitor => Report(node, having),
            FenceAction.On => Tell(node, having, SbdCommand.Clear, needed),
            FenceAction.Off => Tell(node, having, SbdCommand.Off, needed),
            FenceAction.Diag => Tell(node, having, SbdCommand.CrashDump, needed),
            _ => Tell(node, having, SbdCommand.Reset, needed),
        };
        foreach (var step in steps) yield return step;
    }

    private IEnumerable<Step> Report(string node, List<Disk> disks)
    {
        var pending = disks.Find(d => d.Mail[d.Find(node)].Command is SbdCommand.Off or SbdCommand.Reset or SbdCommand.CrashDump) is { } waiting ? waiting.Mail[waiting.Find(node)].Command : SbdCommand.Clear;
        Verdict = pending == SbdCommand.Clear
            ? DeviceVerdict.Is(PowerState.On, $"{node} has a slot and no order waits for it; whether it runs a disk cannot tell")
            : DeviceVerdict.Is(PowerState.Moving, $"the order {SbdDisk.Word(pending)} waits in {node}'s mailbox: it is dead, or about to be");
        yield break;
    }

    private IEnumerable<Step> Tell(string node, List<Disk> disks, SbdCommand command, int needed)
    {
        if (command != SbdCommand.Clear && disks.Find(d => !d.Header.ProvesDeath) is { } unsafely)
        {
            Verdict = new(VerdictKind.Misconfigured, $"{unsafely.Path} has msgwait {unsafely.Header.MsgWait} s and watchdog {unsafely.Header.Watchdog} s: msgwait must be at least twice the watchdog's time, or a waiting victim may still be alive");
            yield break;
        }
        Doing = $"writing {SbdDisk.Word(command)} into {node}'s mailbox";
        var written = 0;
        foreach (var disk in disks)
        {
            var mail = new SbdMail(command, order.Parameters["sender"] is { Length: > 0 } sender ? sender : "appliance").Write(disk.Header.SectorSize);
            var at = SbdDisk.MailAt(disk.Find(node), disk.Header.SectorSize);
            var write = new SectorAccess(disk.Path, at, mail.Length, mail, AccessTime);
            yield return write;
            if (write.Failure is { } failed)
            {
                _wrong.Add($"{disk.Path}: {failed}");
                continue;
            }
            var back = new SectorAccess(disk.Path, at, mail.Length, default, AccessTime);
            yield return back;
            // A victim that is quick may have read and cleared it already: a test is answered so.
            if (back.Failure is null && (back.Data.Span.SequenceEqual(mail) || command == SbdCommand.Test)) written++;
            else _wrong.Add($"{disk.Path}: {back.Failure ?? "what was written does not stand there"}");
        }
        if (written < needed)
        {
            Verdict = new(VerdictKind.StillOn, $"the order is on {written} disks, and {needed} are needed: {string.Join("; ", _wrong)}");
            yield break;
        }
        if (command == SbdCommand.Clear)
        {
            Verdict = DeviceVerdict.Is(PowerState.On, $"{node}'s mailbox is clear: it may start");
            yield break;
        }
        var wait = TimeSpan.FromSeconds(disks.Max(d => d.Header.MsgWait));
        Doing = $"waiting msgwait ({wait.TotalSeconds:0} s) for {node}'s watchdog";
        yield return new Pause(wait);      // counted from the last write
        Verdict = command == SbdCommand.CrashDump
            ? new(VerdictKind.Accepted, $"{node} was told to crash; it may take long over its dump")
            : DeviceVerdict.Is(PowerState.Off, $"the order stands on {written} of {_disks.Count} disks, and msgwait ({wait.TotalSeconds:0} s) is over: {node} obeyed, or its watchdog fired");
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
        var rest = new SectorAccess(path, header.SectorSize, SbdDisk.AllBytes(header), default, AccessTime);
        yield return rest;
        if (rest.Failure is not null || rest.Data.Length < SbdDisk.AllBytes(header))
        {
            _wrong.Add($"{path}: {rest.Failure ?? "it is too short for its slots"}");
            yield break;
        }
        var (slots, mail) = (ImmutableArray.CreateBuilder<SbdSlot>(), ImmutableArray.CreateBuilder<SbdMail>());
        for (var i = 0; i < header.Slots; i++)
        {
            slots.Add(SbdSlot.Read(rest.Data.Span[(2 * i * header.SectorSize)..]));
            mail.Add(SbdMail.Read(rest.Data.Span[((2 * i + 1) * header.SectorSize)..]));
        }
        _disks.Add(new(path, header, slots.ToImmutable(), mail.ToImmutable()));
    }
}
