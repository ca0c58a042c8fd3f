using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd.Slots;

/// <summary>A machine with a watchdog, a pulse that pets it while the lease lasts, and a control that watches the slots.</summary>
internal sealed class VirtualMachine(VirtualWorld world, string node, params DiskPath[] paths)
{
    private static readonly TimeSpan PetsEvery = TimeSpan.FromMilliseconds(250);

    private readonly List<SlotEffect> _effects = [];
    private int _life, _control;
    private Instant _firesAt = Instant.Never, _lease, _tickAt = Instant.Never;
    private SlotWatcher? _watcher;

    public DiskPath[] Paths => paths;
    public SlotStart Start { get; set; } = SlotStart.Always;

    /// <summary>What the device makes of a wish.</summary>
    public Func<int, int> Watchdog { get; set; } = seconds => seconds;

    /// <summary>How long an answer lies in control's inbox.</summary>
    public Func<double> ControlDelay { get; set; } = () => 0;
    public int DeviceSeconds { get; private set; } = 60;
    public bool IsUp { get; private set; }

    /// <summary>Services run here, or may be started at any moment.</summary>
    public bool Manages { get; private set; }
    public string? Refused { get; private set; }

    /// <summary>On the machine's own disk.</summary>
    public bool Waits { get; private set; }
    public bool Quits { get; private set; }
    public List<SlotEffect.Obey> Obeyed { get; } = [];
    public List<(Instant At, string Why)> Deaths { get; } = [];
    public List<(LogPriority Priority, string Text)> Logs { get; } = [];
    public Instant Lease => _lease;
    public SlotReport Report => _watcher!.Report(world.Now);

    public VirtualMachine Boot()
    {
        var life = ++_life;
        (IsUp, Refused, Quits, _lease, DeviceSeconds) = (true, null, false, default, 60);
        _firesAt = world.Now + TimeSpan.FromSeconds(DeviceSeconds);
        Pulse(life);
        StartControl(mayRun: false);
        return this;
    }

    /// <summary>The control process dies, services run on, and it is there again after a while.</summary>
    public void RestartControl(double after)
    {
        if (!IsUp || Refused is not null) return;
        var (life, mayRun) = (_life, Manages);
        _control++;
        (_watcher, _tickAt) = (null, Instant.Never);
        world.Tell($"{node}: control dies");
        world.After(after, () =>
        {
            if (IsUp && life == _life) StartControl(mayRun);
        });
    }

    public void Die(string why)
    {
        if (!IsUp) return;
        world.Tell($"{node} dies: {why}");
        Deaths.Add((world.Now, why));
        (IsUp, Manages, _watcher, _tickAt) = (false, false, null, Instant.Never);
        (_life, _control) = (_life + 1, _control + 1);
    }

    private void StartControl(bool mayRun)
    {
        var control = ++_control;
        _watcher = new SlotWatcher(new(node, [.. paths.Select((_, i) => $"/disk{i}")], Start, mayRun, Waits));
        world.Tell($"{node}: control starts{(mayRun ? ", services run" : "")}");
        Step(control, () => _watcher.Begin(world.Now, _effects));
    }

    private void Step(int control, Action step)
    {
        if (control != _control || !IsUp || _watcher is null) return;
        _effects.Clear();
        step();
        foreach (var effect in _effects.ToArray())
        {
            if (control != _control || !IsUp) return;
            Carry(effect, control);
        }
        if (_watcher is null || control != _control) return;
        var next = _watcher.NextDeadline;
        if (next == _tickAt || next == Instant.Never) return;
        _tickAt = next;
        world.At(next, () =>
        {
            if (_tickAt == next) _tickAt = Instant.Never;
            Step(control, () => _watcher!.Tick(world.Now, _effects));
        });
    }

    private void Carry(SlotEffect effect, int control)
    {
        var life = _life;
        switch (effect)
        {
            case SlotEffect.Access access:
                var began = world.Now;
                paths[access.Disk].Access(access.Step, () => IsUp && life == _life,
                    () => world.After(ControlDelay(), () => Step(control, () => _watcher!.Done(access.Disk, began, world.Now, _effects))));
                break;
            case SlotEffect.SetWatchdog set:
                var seconds = Watchdog(set.Seconds);
                if (seconds != DeviceSeconds && (world.Now < _lease || _lease == default)) (DeviceSeconds, _firesAt) = (seconds, world.Now + TimeSpan.FromSeconds(seconds));
                world.After(0.001, () => Step(control, () => _watcher!.WatchdogIs(DeviceSeconds, world.Now, _effects)));
                break;
            case SlotEffect.Lease lease: _lease = lease.Until; break;
            case SlotEffect.Remember remember: Waits = remember.Waits; break;
            case SlotEffect.Ready:
                if (!Manages) world.Tell($"{node}: ready");
                Manages = true;
                break;
            case SlotEffect.Refuse refuse:
                world.Tell($"{node}: refuses");
                Refused = refuse.Why;
                _firesAt = Instant.Never;
                break;
            case SlotEffect.Obey obey:
                Obeyed.Add(obey);
                Die($"{SbdDisk.Word(obey.Order)} of {obey.From} on {obey.Disk}");
                break;
            case SlotEffect.Quit: Quits = true; break;
            case SlotEffect.Log log:
                Logs.Add((log.Priority, log.Text));
                world.Tell($"{node}: {log.Text}");
                break;
        }
    }

    private void Pulse(int life)
    {
        if (!IsUp || life != _life || Refused is not null) return;
        if (world.Now >= _firesAt)
        {
            Die("the watchdog fires");
            return;
        }
        if (world.Now < _lease) _firesAt = world.Now + TimeSpan.FromSeconds(DeviceSeconds);
        world.At(Instant.Min(world.Now + PetsEvery, _firesAt), () => Pulse(life));
    }
}
