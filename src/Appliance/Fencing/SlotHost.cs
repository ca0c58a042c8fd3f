using Appliance.Commands;
using Appliance.Configuration;
using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Fencing;

/// <summary>This node's mailboxes on the shared disks of ha.cf: the core, stepped on the control thread, a thread for each disk, and the deeds.</summary>
internal sealed class SlotHost : ISlots, IDisposable
{
    private const int Mode600 = 0x180;

    private readonly SlotWatcher _core;
    private readonly DiskThread[] _disks;
    private readonly IPulse _pulse;
    private readonly ISelfFence _fence;
    private readonly ApplianceLog _log;
    private readonly string _waitFile;
    private readonly Queue<Action> _later = new();
    private bool _stepping;

    /// <param name="mayRun">Services may run here from before.</param>
    /// <param name="waitFile">Exists while an order was cleared whose sender may still count on it.</param>
    public SlotHost(HaCf cf, bool mayRun, IPulse pulse, Action<ControlInput> post, ISelfFence fence, string waitFile, ApplianceLog log)
    {
        (_pulse, _fence, _waitFile, _log) = (pulse, fence, waitFile, log);
        _core = new(new(cf.LocalNode, cf.SbdDevices, cf.SbdStartMode == SbdStartMode.Clean ? SlotStart.Clean : SlotStart.Always, mayRun, File.Exists(waitFile)));
        _disks = new DiskThread[cf.SbdDevices.Length];
        for (var i = 0; i < _disks.Length; i++)
        {
            var disk = i;
            _disks[i] = new(cf.SbdDevices[i], began => post(new ControlInput.Found(() => Done(disk, began))));
        }
    }

    public Instant NextDeadline => _core.NextDeadline;
    public bool IsReady { get; private set; }

    /// <summary>Told once, when <see cref="IsReady"/> becomes true.</summary>
    public Action? Ready { get; set; }

    /// <summary>An administrator wants the daemon to end.</summary>
    public Action? Quit { get; set; }

    /// <summary>This node must not start.</summary>
    public Action? Refused { get; set; }

    public void Begin(Instant now) => Step(effects => _core.Begin(now, effects));

    public void Tick(Instant now)
    {
        if (_core.NextDeadline <= now) Step(effects => _core.Tick(now, effects));
    }

    public void WatchdogIs(int seconds, Instant now) => Step(effects => _core.WatchdogIs(seconds, now, effects));

    public SlotsView View(Instant now) => SlotsView.From(_core.Report(now));

    public void Dispose()
    {
        foreach (var disk in _disks) disk.Dispose();
    }

    private void Done(int disk, Instant began) => Step(effects => _core.Done(disk, began, Clock.Now(), effects));

    private void Step(Action<List<SlotEffect>> step)
    {
        Invariant.Require(!_stepping, "the mailboxes' core is stepped by one at a time");
        _stepping = true;
        var effects = new List<SlotEffect>();
        step(effects);
        foreach (var effect in effects) Carry(effect);
        _stepping = false;
        // What others make of it may come back here.
        while (_later.TryDequeue(out var told)) told();
    }

    private void Carry(SlotEffect effect)
    {
        switch (effect)
        {
            case SlotEffect.Access access: _disks[access.Disk].Do(access.Step); break;
            case SlotEffect.Lease lease: _pulse.Send(new ClusterCommand.SlotLease(lease.Until)); break;
            case SlotEffect.SetWatchdog watchdog: _pulse.Send(new ClusterCommand.SetWatchdog(watchdog.Seconds)); break;
            case SlotEffect.Obey obey: Obey(obey); break;
            case SlotEffect.Log line: _log.Write(line.Priority, line.Text); break;
            case SlotEffect.Remember remember: Remember(remember.Waits); break;
            case SlotEffect.Ready:
                IsReady = true;
                Later(Ready);
                break;
            case SlotEffect.Refuse refuse:
                _log.Crit($"{refuse.Why}. Heartbeat is not started");
                Later(Refused);
                break;
            case SlotEffect.Quit quit:
                _log.Write(LogPriority.Notice, $"shared disk {quit.Disk}: {quit.From} asks this node to end");
                Later(Quit);
                break;
        }
    }

    private void Later(Action? what)
    {
        if (what is not null) _later.Enqueue(what);
    }

    private void Obey(SlotEffect.Obey obey)
    {
        var why = $"the order {SbdDisk.Word(obey.Order)} of {obey.From} stands in its mailbox on {obey.Disk}";
        _log.Write(LogPriority.Emerg, $"this node must not go on: {why}");       // to a queue: nothing is waited for
        _fence.Obey(obey.Order);
        // Still here.
        _pulse.Send(new ClusterCommand.SelfFence(why));
        _fence.ObeySlowly(obey.Order);
    }

    private void Remember(bool waits)
    {
        try
        {
            if (waits) DurableFile.Replace(_waitFile, "an order was cleared whose sender may still count on it\n"u8, Mode600);
            else File.Delete(_waitFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only a second power cut within msgwait could make use of it.
            _log.Error($"{_waitFile}: {e.Message}");
        }
    }
}
