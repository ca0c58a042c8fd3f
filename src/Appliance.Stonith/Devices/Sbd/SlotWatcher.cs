using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>Obeys this node's mailbox on shared disks, and says until when the watchdog may be petted.</summary>
/// <remarks>
/// Pure. The one promise, on which every sender counts: when an order stood on enough disks (one; both of two; two of three) and msgwait is over, this
/// node has obeyed it, or its watchdog has fired. So a look into a mailbox is worth a time counted from when it <em>began</em>: an order that was written
/// later it may not have seen. That time and the watchdog's together are at most msgwait. As many disks must have been looked at as share one with every
/// sender: one of one, one of two, two of three. See docs/decisions/0014.
/// </remarks>
public sealed class SlotWatcher
{
    private enum Phase { Starting, Running, Over }

    private readonly SlotWatcherOptions _options;
    private readonly DiskWatch[] _disks;
    private List<SlotEffect> _effects = [];
    private Phase _phase;
    private Instant _lease, _waitUntil, _allUntil, _readyAt = Instant.Never;
    private int _watchdog, _wished;
    private bool _leased, _lost, _quit, _waits;

    public SlotWatcher(SlotWatcherOptions options)
    {
        Invariant.Require(options.Disks.Length is > 0 and <= SbdDisk.MostDisks, "one to three shared disks");
        _options = options;
        _disks = [.. options.Disks.Select(path => new DiskWatch(this, path))];
        _phase = options.MayRun ? Phase.Running : Phase.Starting;
    }

    public string Node => _options.Node;

    /// <summary>So many disks share at least one with every order that its sender counts on.</summary>
    public int Needed => _disks.Length - Writers + 1;

    /// <summary>On so many disks an order stands that its sender counts on.</summary>
    private int Writers => _disks.Length / 2 + 1;

    internal bool IsStarting => _phase == Phase.Starting;
    internal bool ClearsAtStart => _options.Start == SlotStart.Always;

    /// <summary>When <see cref="Tick"/> is due.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (_phase == Phase.Over) return Instant.Never;
            var next = Instant.Never;
            foreach (var disk in _disks)
            {
                next = Instant.Min(next, disk.Due);
                if (disk.Pending is not null && disk.Problem is null) next = Instant.Min(next, disk.PendingSince + DiskWatch.AccessTime);
            }
            if (_phase == Phase.Running && _leased && !_lost) next = Instant.Min(next, _lease);
            return Instant.Min(next, _readyAt);
        }
    }

    /// <summary>Begins with every disk.</summary>
    public void Begin(Instant now, List<SlotEffect> effects)
    {
        (_effects, _allUntil) = (effects, now + DiskWatch.AccessTime);
        if (_phase == Phase.Starting) _effects.Add(new SlotEffect.Lease(Instant.Never));
        else _effects.Add(new SlotEffect.Ready());
        foreach (var disk in _disks) Advance(disk, now);
    }

    /// <summary>An access ended; its answer is in the step.</summary>
    /// <param name="began">When it was begun, at the latest: taken before the disk was asked.</param>
    public void Done(int disk, Instant began, Instant now, List<SlotEffect> effects)
    {
        if (_phase == Phase.Over) return;
        _effects = effects;
        var watch = _disks[disk];
        Invariant.Require(watch.Pending is not null, "an access that nobody asked for");
        (watch.Began, watch.Pending) = (began, null);
        Advance(watch, now);
        Settle(now);
    }

    /// <summary>The watchdog's time as the device took it.</summary>
    public void WatchdogIs(int seconds, Instant now, List<SlotEffect> effects)
    {
        if (_phase == Phase.Over) return;
        _effects = effects;
        _watchdog = seconds;
        if (seconds == 0) Log(LogPriority.Crit, "there is no watchdog: nothing proves that a node obeys its mailbox, and no services are started");
        if (_wished > 0 && seconds > _wished) Log(LogPriority.Warn, $"the watchdog has {seconds} s and not the shared disks' {_wished} s: a look into the mailbox is worth so much less");
        Settle(now);
    }

    /// <summary>Time has passed; harmless when called early or late.</summary>
    public void Tick(Instant now, List<SlotEffect> effects)
    {
        if (_phase == Phase.Over) return;
        _effects = effects;
        foreach (var disk in _disks)
        {
            if (disk.Due <= now) Advance(disk, now);
            else if (disk.Pending is not null && now - disk.PendingSince >= DiskWatch.AccessTime)
            {
                disk.Now = now;
                disk.Hangs();
            }
            if (_phase == Phase.Over) return;
        }
        Settle(now);
    }

    public SlotReport Report(Instant now)
    {
        var disks = ImmutableArray.CreateBuilder<SlotDiskReport>(_disks.Length);
        var readable = 0;
        foreach (var disk in _disks)
        {
            if (Until(disk) > now) readable++;
            disks.Add(new(disk.Path, disk.Slot, disk.LastLook is { } look ? now - look : null, disk.Problem ?? (disk.Header is { } header && Credit(header) <= TimeSpan.Zero ? NoCredit(header) : null)));
        }
        var guarded = _phase == Phase.Running && _lease > now;
        return new(disks.MoveToImmutable(), readable, Needed, guarded, _phase == Phase.Starting, guarded ? _lease - now : null, _watchdog);
    }

    /// <summary>After an order has vanished from a disk by our hand, its sender counts on it before this has passed: it reads back what it wrote, and may write to the
    /// other disks first and read those, before it begins to wait.</summary>
    internal TimeSpan CountedWithin(SbdHeader header) => TimeSpan.FromSeconds(header.MsgWait) + (2 * _disks.Length - 1) * DiskWatch.AccessTime;

    /// <summary>Why a disk cannot be used; <c>null</c>: it can.</summary>
    internal string? Unusable(DiskWatch disk, SbdHeader header)
    {
        foreach (var other in _disks)
            if (other != disk && other.Header?.Uuid == header.Uuid) return $"it is the same disk as {other.Path}";
        return header.ProvesDeath ? null : $"msgwait {header.MsgWait} s is less than twice watchdog {header.Watchdog} s: an order on it proves nothing";
    }

    internal void Log(LogPriority priority, string text)
    {
        if (_phase != Phase.Over) _effects.Add(new SlotEffect.Log(priority, text));
    }

    /// <summary>An order is being cleared, whose sender may count on it until then.</summary>
    internal void WaitsUntil(Instant at)
    {
        if (at > _waitUntil) _waitUntil = at;
        if (_waits || _phase == Phase.Over) return;
        _waits = true;
        _effects.Add(new SlotEffect.Remember(true));
    }

    /// <summary>A disk's times are known. The wait of a start that was cut short begins anew: the order is gone from the disk.</summary>
    internal void Attached(SbdHeader header, Instant now)
    {
        if (_options.WaitedBefore && IsStarting) WaitsUntil(now + CountedWithin(header));
    }

    /// <summary>A new order: it is obeyed on whatever disk it stands, as sbd does.</summary>
    internal void Order(DiskWatch disk, SbdCommand order, string from)
    {
        if (_phase == Phase.Over) return;
        _phase = Phase.Over;
        _effects.Add(new SlotEffect.Obey(order, from, disk.Path));
    }

    /// <summary>An order that stood there when the disk was first looked at.</summary>
    internal void Stands(DiskWatch disk, SbdCommand order, string from)
    {
        if (_phase == Phase.Starting)
        {
            _phase = Phase.Over;
            _effects.Add(new SlotEffect.Refuse($"the order {SbdDisk.Word(order)} of {from} stands in {Node}'s mailbox on {disk.Path}, and sbd_startmode is clean: "
                + $"when all is well with this machine, let it start with \"appliance sbd -d {disk.Path} message {Node} clear\""));
            return;
        }
        // On one disk of several it may be left from long ago, when this disk was away. Its sender counts on it only if it stands on enough of them; until
        // that is seen the disk does not count, and the watchdog fires if it should have.
        var standing = 0;
        foreach (var each in _disks)
            if (each.Standing is not null) standing++;
        if (standing >= Writers) Order(disk, order, from);
    }

    internal void Quit(DiskWatch disk, string from)
    {
        if (_quit) return;
        _quit = true;
        _effects.Add(new SlotEffect.Quit(from, disk.Path));
    }

    private void Advance(DiskWatch disk, Instant now)
    {
        (disk.Now, disk.Due) = (now, Instant.Never);
        var step = disk.Next();
        if (_phase == Phase.Over) return;
        if (step is Pause pause) disk.Due = now + pause.Length;
        else
        {
            (disk.Pending, disk.PendingSince) = ((SectorAccess)step, now);
            _effects.Add(new SlotEffect.Access(Array.IndexOf(_disks, disk), disk.Pending));
        }
    }

    private void Settle(Instant now)
    {
        if (_phase == Phase.Over) return;
        WishWatchdog();
        if (_watchdog == 0) return;
        var lease = LeaseOf();
        if (_phase == Phase.Starting)
        {
            _readyAt = lease > now && WaitsFor is var waits && waits > now ? waits : Instant.Never;
            if (lease <= now || _readyAt != Instant.Never) return;
            (_phase, _leased) = (Phase.Running, true);
            if (_waits) _effects.Add(new SlotEffect.Remember(false));
            Give(lease);
            _effects.Add(new SlotEffect.Ready());
            return;
        }
        Give(lease);
        _leased |= _lease > now;
        if (!_leased || _lost == _lease <= now) return;
        _lost = !_lost;
        if (_lost) Log(LogPriority.Crit, $"fewer than {Needed} of {_disks.Length} shared disks could be read in time: the watchdog is not petted");
        else Log(LogPriority.Notice, "enough shared disks can be read again: the watchdog is petted");
    }

    /// <summary>Nothing is started before then: an order that was cleared may still be counted on, and a disk that is slow to answer may hold one.</summary>
    private Instant WaitsFor
    {
        get
        {
            foreach (var disk in _disks)
                if (disk.LastLook is null && _allUntil > _waitUntil) return _allUntil;
            return _waitUntil;
        }
    }

    private void Give(Instant lease)
    {
        if (lease == _lease) return;
        _lease = lease;
        _effects.Add(new SlotEffect.Lease(lease));
    }

    private void WishWatchdog()
    {
        var least = int.MaxValue;
        foreach (var disk in _disks)
            if (disk.Header is { } header) least = Math.Min(least, header.Watchdog);
        // Never up again: between our wish and the answer the device would have a longer time than we count with.
        if (least == int.MaxValue || (_wished > 0 && least >= _wished)) return;
        _wished = least;
        _effects.Add(new SlotEffect.SetWatchdog(least));
    }

    /// <summary>How long a look keeps the node alive: with the watchdog's time after it, no longer than msgwait.</summary>
    private TimeSpan Credit(SbdHeader header) => TimeSpan.FromSeconds(Math.Min(header.Watchdog, header.MsgWait - _watchdog));

    private string NoCredit(SbdHeader header) => $"the watchdog's {_watchdog} s leave nothing of msgwait ({header.MsgWait} s) for reading it";

    /// <summary>Until when this disk keeps the node alive.</summary>
    private Instant Until(DiskWatch disk) =>
        _watchdog > 0 && disk is { Header: { } header, LastLook: { } look } && look >= disk.CountsFrom && Credit(header) > TimeSpan.Zero ? look + Credit(header) : default;

    private Instant LeaseOf()
    {
        // The longest, or with three disks the second longest.
        var (first, second) = (default(Instant), default(Instant));
        foreach (var disk in _disks)
            if (Until(disk) is var until && until > first) (first, second) = (until, first);
            else if (until > second) second = until;
        return Needed == 1 ? first : second;
    }
}
