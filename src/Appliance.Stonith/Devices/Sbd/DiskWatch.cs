using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>One disk of a <see cref="SlotWatcher"/>: finds or takes our slot, then looks into the mailbox again and again. An iterator without an end.</summary>
internal sealed class DiskWatch(SlotWatcher watcher, string path)
{
    /// <summary>sbd's own limit for one access; here only what is called slow, as nothing is given up: a late write would write over a later order.</summary>
    public static readonly TimeSpan AccessTime = TimeSpan.FromSeconds(3);

    /// <summary>Between two tries of a disk that cannot be used.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    /// <summary>For a header whose loop is 0.</summary>
    private static readonly TimeSpan ShortestLoop = TimeSpan.FromMilliseconds(100);

    private IEnumerator<Step>? _steps;
    private int _slot;

    /// <summary>What stands in the mailbox has been dealt with: an order that is seen from now on is new.</summary>
    private bool _known;

    /// <summary>A message that was obeyed and is left where it stands, as sbd does with exit.</summary>
    private bool _quitSeen;

    public string Path => path;

    /// <summary>When the access that is done now was begun: what came after that it may not have seen.</summary>
    public Instant Began { get; set; }
    public Instant Now { get; set; }

    /// <summary><c>null</c> until the disk has been understood, and again when it is another.</summary>
    public SbdHeader? Header { get; private set; }
    public int? Slot => Header is null ? null : _slot;

    /// <summary>When the last good look into the mailbox began.</summary>
    public Instant? LastLook { get; private set; }

    /// <summary>An order that stood there when this disk was first looked at, and that is not known to be for us.</summary>
    public SbdMail? Standing { get; private set; }

    /// <summary>Looks that began earlier prove nothing: we may have written over an order.</summary>
    public Instant CountsFrom { get; private set; }
    public string? Problem { get; private set; }

    /// <summary>The access that is under way, and since when.</summary>
    public SectorAccess? Pending { get; set; }
    public Instant PendingSince { get; set; }

    /// <summary>End of a pause.</summary>
    public Instant Due { get; set; } = Instant.Never;

    public Step Next()
    {
        _steps ??= Steps().GetEnumerator();
        return _steps.MoveNext() ? _steps.Current : throw new InvariantViolation("a disk's watch has no end");
    }

    /// <summary>An access takes long.</summary>
    public void Hangs() => Ail($"it does not answer since {(Now - PendingSince).TotalSeconds:0} s");

    private TimeSpan Loop
    {
        get
        {
            var (loop, half) = (TimeSpan.FromSeconds(Header!.Loop), TimeSpan.FromSeconds(Header.Watchdog) / 2);
            return loop > half ? half : loop < ShortestLoop ? ShortestLoop : loop;
        }
    }

    private IEnumerable<Step> Steps()
    {
        while (true)
        {
            foreach (var step in Attach()) yield return step;
            if (Header is not null) foreach (var step in Watch()) yield return step;
            (Header, LastLook, Standing, _known) = (null, null, null, false);
            yield return new Pause(TryAgain);
        }
    }

    /// <summary>Reads the header and finds our slot, or takes one; ends without a header when this does not work.</summary>
    private IEnumerable<Step> Attach()
    {
        for (var taken = false; ;)
        {
            var first = Read(0, SbdDisk.FirstRead);
            yield return first;
            if (Failed(first)) yield break;
            if (SbdHeader.Read(first.Data.Span) is not { } header)
            {
                Ail($"it has no header of sbd: \"appliance sbd -d {path} create\" writes one");
                yield break;
            }
            if (watcher.Unusable(this, header) is { } why)
            {
                Ail(why);
                yield break;
            }
            var all = Read(header.SectorSize, SbdDisk.AllBytes(header));
            yield return all;
            if (Failed(all)) yield break;
            if (SbdDiskView.Read(path, header, all.Data.Span) is not { } view)
            {
                Ail("it is too short for its slots");
                yield break;
            }
            if (view.Find(watcher.Node) is >= 0 and var mine)
            {
                if (watcher.Unusable(this, header) is { } nowWhy)       // another name of the same disk was faster
                {
                    Ail(nowWhy);
                    yield break;
                }
                (Header, _slot) = (header, mine);
                watcher.Attached(header, Now);
                watcher.Log(LogPriority.Info, $"shared disk {path}: slot {mine} is {watcher.Node}'s{(taken ? ", taken now" : "")}; watchdog {header.Watchdog} s, msgwait {header.MsgWait} s");
                yield break;
            }
            var free = view.FirstFree();
            if (free < 0)
            {
                Ail("no slot is free");
                yield break;
            }
            // The mailbox first: a name must never stand before an old order.
            var mail = Write(SbdDisk.MailAt(free, header.SectorSize), new SbdMail(SbdCommand.Clear, "").Write(header.SectorSize));
            yield return mail;
            if (Failed(mail)) yield break;
            var slot = Write(SbdDisk.SlotAt(free, header.SectorSize), new SbdSlot(true, watcher.Node).Write(header.SectorSize));
            yield return slot;
            if (Failed(slot)) yield break;
            taken = true;
            // Another node may write the same slot: whose name stands there after the wait has it.
            yield return new Pause(TimeSpan.FromSeconds(header.Allocate));
        }
    }

    /// <summary>Looks into the mailbox; ends when the disk is not the one that it was.</summary>
    private IEnumerable<Step> Watch()
    {
        while (true)
        {
            var look = Look();
            yield return look;
            var began = Began;
            if (!Failed(look))
            {
                if (Changed(look.Data.Span) is { } changed)
                {
                    Ail(changed);
                    yield break;
                }
                var mail = MailIn(look.Data.Span);
                if (Answers(mail.Command))
                {
                    foreach (var step in Clear(mail)) yield return step;
                    continue;       // and look at once what stands there now
                }
                if (!Take(mail, began)) Ail($"the order {SbdDisk.Word(mail.Command)} of {Shown(mail.From)} stands in the mailbox from before; \"appliance sbd -d {path} message {watcher.Node} clear\" takes it away");
            }
            // A failure is tried again sooner: the time that the last good look is worth is running.
            var left = (look.Failure is null ? Loop : Loop / 4) - (Now - began);
            yield return new Pause(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    /// <summary>To be cleared by us: a test, what nobody knows, and whatever stands there when a node starts that runs nothing.</summary>
    private bool Answers(SbdCommand command) => command switch
    {
        SbdCommand.Clear => false,
        SbdCommand.Exit => !_known && watcher.IsStarting,
        SbdCommand.Reset or SbdCommand.Off or SbdCommand.CrashDump => !_known && watcher.IsStarting && watcher.ClearsAtStart,
        _ => true,
    };

    /// <summary>Clears the mailbox, if what was read still stands there: an order that came meanwhile must not be lost.</summary>
    private IEnumerable<Step> Clear(SbdMail seen)
    {
        var order = IsOrder(seen.Command);
        if (order) watcher.WaitsUntil(Now + watcher.CountedWithin(Header!));
        var again = Look();
        yield return again;
        var began = Began;
        if (Failed(again) || Changed(again.Data.Span) is not null || MailIn(again.Data.Span) != seen)
        {
            yield return new Pause(ShortestLoop);
            yield break;
        }
        var clear = Write(SbdDisk.MailAt(_slot, Header!.SectorSize), new SbdMail(SbdCommand.Clear, "").Write(Header.SectorSize));
        yield return clear;
        // An order that was written between our look and our write is gone. Whoever starts waits until its sender has counted on it; whoever runs does not
        // count on this disk when there was time enough for an order to be written and read back.
        if (order || Now - began > TimeSpan.FromSeconds(Header.Watchdog) / 2)
        {
            CountsFrom = Now + watcher.CountedWithin(Header);
            if (order) watcher.WaitsUntil(CountsFrom);
        }
        if (Failed(clear))
        {
            yield return new Pause(TryAgain);
            yield break;
        }
        var what = SbdDisk.Word(seen.Command) is "undefined" and var word ? $"{word} message {(int)seen.Command}" : $"message {SbdDisk.Word(seen.Command)}";
        watcher.Log(order ? LogPriority.Warn : seen.Command == SbdCommand.Test ? LogPriority.Info : LogPriority.Notice,
            $"shared disk {path}: {what} of {Shown(seen.From)} cleared{(order ? $": it is from before this start; nothing is started for {watcher.CountedWithin(Header).TotalSeconds:0} s, as its sender may still wait" : "")}");
    }

    /// <summary>Takes in what stands in the mailbox.</summary>
    /// <returns><c>false</c>: it stands in the way.</returns>
    private bool Take(SbdMail mail, Instant began)
    {
        if (!IsOrder(mail.Command))
        {
            if (mail.Command == SbdCommand.Exit && _known && !_quitSeen) watcher.Quit(this, Shown(mail.From));
            (_quitSeen, _known, Standing) = (mail.Command == SbdCommand.Exit, true, null);
            LastLook = began;
            if (began >= CountsFrom) Well();
            else Ail("an order may have been written over: it counts again when no sender can wait for one any more");
            return true;
        }
        Standing = mail;
        if (_known) watcher.Order(this, mail.Command, Shown(mail.From));
        else watcher.Stands(this, mail.Command, Shown(mail.From));
        return false;
    }

    private SectorAccess Read(long offset, int length) => new(path, offset, length, default, AccessTime);

    private SectorAccess Write(long offset, byte[] sector) => new(path, offset, sector.Length, sector, AccessTime);

    /// <summary>Header, our slot and our mailbox in one.</summary>
    private SectorAccess Look() => Read(0, (int)SbdDisk.MailAt(_slot, Header!.SectorSize) + Header.SectorSize);

    private SbdMail MailIn(ReadOnlySpan<byte> look) => SbdMail.Read(look[(int)SbdDisk.MailAt(_slot, Header!.SectorSize)..]);

    /// <summary>What makes this another disk; <c>null</c>: it is the one that it was.</summary>
    private string? Changed(ReadOnlySpan<byte> look)
    {
        if (look.Length < SbdDisk.MailAt(_slot, Header!.SectorSize) + Header.SectorSize) return "it has become too short";
        if (SbdHeader.Read(look) != Header) return "its header is another than before: it was initialised anew, or is another disk";
        return SbdSlot.Read(look[(int)SbdDisk.SlotAt(_slot, Header.SectorSize)..]) is { IsUsed: true } slot && slot.Name.Equals(watcher.Node, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"slot {_slot} is not {watcher.Node}'s any more";
    }

    private bool Failed(SectorAccess access)
    {
        if (access.Failure is { } failure) Ail(failure);
        return access.Failure is not null;
    }

    private void Ail(string problem)
    {
        if (Problem != problem && (Problem is null || Pending is null)) watcher.Log(LogPriority.Warn, $"shared disk {path}: {problem}");
        Problem = problem;
    }

    private void Well()
    {
        if (Problem is not null) watcher.Log(LogPriority.Info, $"shared disk {path}: works again");
        Problem = null;
    }

    private static bool IsOrder(SbdCommand command) => command is SbdCommand.Reset or SbdCommand.Off or SbdCommand.CrashDump;

    /// <summary>A name from the disk, fit for a log line.</summary>
    private static string Shown(string name)
    {
        if (name.Length == 0) return "nobody";
        return string.Create(name.Length, name, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? '?' : from[i];
        });
    }
}
