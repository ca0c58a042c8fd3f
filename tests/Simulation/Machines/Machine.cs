using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Machines;

/// <summary>One machine: power, two clocks, a disk, services, and the two processes of the daemon while they live.</summary>
internal sealed class Machine
{
    private const string GenerationFile = "hb_generation", HeldFile = "appliance-held", HistoryFile = "appliance-fencing";

    private readonly World _world;
    private Instant _bootedAt;
    private readonly SeededRandom _torn;
    private int _boot, _effectsUntilCrash, _writesUntilCrash;
    private TimeSpan _offAfterCrash;
    private PulseProcess? _restartsAs306, _stopping;
    private bool _mains = true;

    public Machine(World world, int index)
    {
        (_world, Index) = (world, index);
        Name = world.Plan.Nodes[index];
        HaCf = world.Plan.HaCfOf(index);
        AuthKeys = world.Plan.Keys;
        Extensions = world.Plan.Extensions[index];
        Uuid = [.. Enumerable.Range(0, 16).Select(i => (byte)(index * 16 + i + 1))];
        Ports = new Segment[HaCf.Media.Length];
        Disk = new Disk(world.Chance.Split((ulong)index));
        Services = new Services(world, this);
        _torn = new SeededRandom((ulong)index + 1);
    }

    public int Index { get; }
    public string Name { get; }
    /// <summary>The file ha.cf as the administrator has it now.</summary>
    public HaCf HaCf { get; set; }
    public int Extensions { get; }
    public ImmutableArray<byte> Uuid { get; }
    public Segment[] Ports { get; }
    public Disk Disk { get; }
    public Services Services { get; }

    /// <summary>What somebody wants <c>crm</c> in ha.cf to be.</summary>
    public bool EngineWanted { get; set; } = true;

    /// <summary>Where its CIB is.</summary>
    public CibDisk CibDisk { get; } = new();

    /// <summary>The CRM may have left something running since the machine came up: below /run.</summary>
    public bool CrmRan { get; set; }

    /// <summary>The file authkeys as the administrator has it now.</summary>
    public AuthKeys AuthKeys { get; set; }

    /// <summary>What was added to the wall clock by hand or by a wrong time server.</summary>
    public TimeSpan ClockStep { get; set; }

    /// <summary>What the monitor remembers, below /run.</summary>
    public Haresources.MonitorMemory? Monitor { get; set; }

    public bool Powered { get; private set; }

    /// <summary>Since when without a break, while it is.</summary>
    public Instant PoweredSince { get; private set; }

    /// <summary>When it last lost its power.</summary>
    public Instant OffSince { get; private set; }

    /// <summary>Its outlet of the power strip.</summary>
    public bool Outlet { get; private set; } = true;

    /// <summary>Its serial ports were opened since it has power: DTR stays raised when the daemon ends.</summary>
    public bool HasOpenedPorts { get; private set; }

    /// <summary>There is voltage at its power supply.</summary>
    public bool IsFed => Outlet && _mains;

    public Instant FedSince { get; private set; } = new(-TimeSpan.TicksPerDay);

    /// <summary>When the daemon last went on after it was frozen; <see cref="Instant.Never"/> while it is.</summary>
    public Instant StoodStillUntil { get; private set; } = new(-1);

    /// <summary>The service is enabled: the daemon is started when the machine boots, and again when it was killed.</summary>
    public bool DaemonWanted { get; set; } = true;

    public bool Frozen { get; private set; }

    public PulseProcess? Pulse { get; private set; }
    public ControlProcess? Control { get; private set; }

    public Instant Clock => new(_world.Now.Ticks - _bootedAt.Ticks);

    public Instant ToWorld(Instant own) => own == Instant.Never ? own : new(own.Ticks + _bootedAt.Ticks);

    /// <summary>Wall clocks of a pair agree only roughly: a second apart for each machine, and more after a step.</summary>
    public DateTimeOffset Wall => new DateTimeOffset(2027, 1, 15, 8, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(_world.Now.Ticks) + TimeSpan.FromSeconds(Index) + ClockStep;

    public long WallSeconds => Wall.ToUnixTimeSeconds();

    public override string ToString() => Name;

    /// <summary>Somebody, or the current's return, switches it on.</summary>
    /// <param name="bootsFor">Until the daemon starts.</param>
    public void PowerOn(TimeSpan bootsFor = default)
    {
        if (!_mains && Outlet) FedSince = _world.Now;
        _mains = true;
        if (Powered || !Outlet) return;
        (Powered, Frozen, PoweredSince) = (true, false, _world.Now);
        _world.Rules.Survival.PoweredOn(this);
        _boot++;
        // Monotonic clocks start at each boot, and not at zero together.
        _bootedAt = new(_world.Now.Ticks - _world.Chance.Milliseconds(1_000, 1_000_000).Ticks);
        _world.Trace.Say(0x20, Name, $"powers on");
        if (bootsFor > TimeSpan.Zero) Again(bootsFor);
        else if (DaemonWanted) StartDaemon();
    }

    /// <summary>A person plugs it in and presses the button.</summary>
    public void SetRight()
    {
        if (!Outlet) SwitchOutlet(true, "a person");
        PowerOn();
    }

    /// <summary>The power strip switches; a machine that gets its voltage back starts.</summary>
    public void SwitchOutlet(bool on, string by)
    {
        if (Outlet == on) return;
        Outlet = on;
        _world.Trace.Say(0x2A, Name, $"its outlet is switched {(on ? "on" : "off")} by {by}");
        if (!on) PowerCut($"its outlet was switched off by {by}", null);
        else if (_mains)
        {
            FedSince = _world.Now;
            PowerOn(_world.Chance.Milliseconds(1_000, 6_000));
        }
    }

    /// <summary>The mains fail, and return.</summary>
    public void MainsFail(string why, TimeSpan backAfter)
    {
        if (!Powered) return;
        _mains = false;
        PowerCut(why, backAfter);
    }

    /// <summary>appliance cleanup: failures count no longer, on any node that hears of it.</summary>
    public void CleansUp(string group)
    {
        foreach (var machine in _world.Machines) _world.Rules.Restarts.CleanedUp(machine);
        Control?.Ask(new Haresources.ResourceManagerInput.Cleanup(group));
    }

    /// <summary>The current is gone; with <paramref name="backAfter"/> it returns.</summary>
    public void PowerCut(string why, TimeSpan? backAfter)
    {
        if (!Powered) return;
        OffSince = _world.Now;
        if (Frozen) StoodStillUntil = _world.Now;
        (Powered, HasOpenedPorts, Frozen, _effectsUntilCrash, _writesUntilCrash, CrmRan) = (false, false, false, 0, 0, false);
        _boot++;
        _world.Trace.Say(0x21, Name, $"loses power: {why}");
        Pulse?.Kill();
        Control?.Kill();
        (Pulse, Control) = (null, null);
        Monitor = null;
        _world.Rules.Restarts.CleanedUp(this);
        Services.PowerCut();
        Disk.PowerCut();
        if (_world.Plan.Crm is not null) CibDisk.PowerCut(_torn);
        _world.Rules.PowerCut(this);
        if (backAfter is { } span) _world.After(span, () => PowerOn());
    }

    /// <summary>The machine loses power between two effects: after this many more.</summary>
    public void CrashAfterEffects(int count, TimeSpan backAfter) => (_effectsUntilCrash, _offAfterCrash) = (count, backAfter);

    /// <summary>Every effect of both processes passes here; false when it does not happen any more.</summary>
    public bool CountsEffect(SimulatedProcess process)
    {
        if (!process.Alive) return false;
        if (_effectsUntilCrash == 0 || --_effectsUntilCrash > 0) return true;
        MainsFail("between two effects", _offAfterCrash);
        return false;
    }

    /// <summary>The machine loses power before a step of the disk that holds its CIB: after this many more.</summary>
    public void CrashAfterWrites(int count, TimeSpan backAfter) => (_writesUntilCrash, _offAfterCrash) = (count, backAfter);

    /// <summary>Every step of the CIB's disk passes here; false when it does not happen any more.</summary>
    public bool CountsWrite(SimulatedProcess process)
    {
        if (!process.Alive) return false;
        if (_writesUntilCrash == 0 || --_writesUntilCrash > 0) return true;
        MainsFail("before a write", _offAfterCrash);
        return false;
    }

    /// <summary>Starts the daemon: a new generation is on disk, flushed by every step it takes, before the first packet leaves.</summary>
    public void StartDaemon()
    {
        if (!Powered || Pulse is not null) return;
        var boot = ++_boot;
        var stored = Disk.Read(GenerationFile) is { } text && long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var found)
            ? found : WallSeconds;
        var next = _world.Mutation.NextGeneration(stored);
        Store(() => boot == _boot, GenerationFile, Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture).PadLeft(15) + "\n"), () =>
        {
            _world.Trace.Say(0x22, Name, $"starts the daemon, generation {next}");
            Pulse = new PulseProcess(_world, this, next);
            HasOpenedPorts = true;
            _world.Rules.PulseStarted(this, next);
            Pulse.Begin();
            StartControl();
        });
    }

    /// <summary>write, fsync, rename, fsync of the directory: in this order, with time and perhaps the end between each two.</summary>
    private void Store(Func<bool> lives, string file, byte[] content, Action then)
    {
        var steps = _world.Mutation.Durable(
            () => Disk.Write(file + ".new", content), () => Disk.Flush(file + ".new"), () => Disk.Rename(file + ".new", file), Disk.FlushNames, then);
        Next(0);

        void Next(int step) => _world.After(_world.Chance.Milliseconds(0.1, 4), () =>
        {
            if (!lives()) return;
            steps[step]();
            if (step + 1 < steps.Length) Next(step + 1);
        });
    }

    /// <summary>Stores what control must not forget, then goes on.</summary>
    public void StoreHeld(ControlProcess control, byte[] content, Action then) => Store(control, HeldFile, _world.Rules.Held, content, then);

    /// <inheritdoc cref="StoreHeld"/>
    public void StoreHistory(ControlProcess control, byte[] content, Action then) => Store(control, HistoryFile, _world.Rules.History, content, then);

    private void Store(ControlProcess control, string file, Rules.AcknowledgedFile rule, byte[] content, Action then)
    {
        rule.Storing(this, content);
        Store(() => control.Alive, file, content, () =>
        {
            rule.Stored(this, content);
            control.Let(then);
        });
    }

    private void StartControl()
    {
        var pulse = Pulse;
        _world.After(_world.Chance.Milliseconds(15, 120), () =>
        {
            if (pulse is not { Alive: true } || Control is not null || pulse != Pulse) return;
            var (held, history) = (Disk.Read(HeldFile) ?? [], Disk.Read(HistoryFile) ?? []);
            _world.Rules.Held.Read(this, held);
            _world.Rules.History.Read(this, history);
            _world.Trace.Say(0x23, Name, $"starts control");
            Control = HaCf.Crm ? new CrmControl(_world, this, pulse, history) : new ManagerControl(_world, this, pulse, held, history);
            if (Frozen) Control.Freeze();
            Control.Begin();
            pulse.AskAgain();
        });
    }

    /// <summary>control dies; pulse notices and starts another, unless it was told to stop: then nobody is to start anything any more.</summary>
    public void KillControl()
    {
        if (Control is not { } control) return;
        _world.Trace.Say(0x24, Name, $"control is killed");
        control.Kill();
        Control = null;
        Pulse?.ControlAway();
        if (Pulse != _stopping) StartControl();
    }

    /// <summary>The daemon is killed, services run on; the service manager starts it again after a while.</summary>
    public void KillDaemon(TimeSpan backAfter)
    {
        if (Pulse is not { } pulse) return;
        _world.Trace.Say(0x25, Name, $"the daemon is killed");
        EndDaemon(pulse);
        Again(backAfter);
    }

    private void EndDaemon(PulseProcess pulse)
    {
        pulse.Kill();
        Control?.Kill();
        if (Frozen) StoodStillUntil = _world.Now;
        (Pulse, Control, Frozen) = (null, null, false);
        _world.Rules.PulseEnded(this);
    }

    private void Again(TimeSpan after)
    {
        var boot = _boot;
        _world.After(after, () =>
        {
            if (boot == _boot && DaemonWanted) StartDaemon();
        });
    }

    /// <summary>The daemon ends by its own will, or replaces itself by the installed binary.</summary>
    public void DaemonStops(PulseProcess pulse, ClusterCommand.Stop stop)
    {
        _stopping = pulse;
        _world.After(stop.After, () => pulse.Let(() => DaemonEnds(pulse, stop)));
    }

    /// <summary>As pulse does it: control is killed and not started again; everything is stopped, which takes its time; then the node says that it is gone, and ends.</summary>
    public void GivesUp(PulseProcess pulse)
    {
        _stopping = pulse;
        KillControl();
        _world.After(_world.Chance.Milliseconds(100, 3_000), () => pulse.Let(() =>
        {
            Services.Release();
            _world.After(_world.Chance.Milliseconds(1, 50), () => pulse.Let(() =>
            {
                pulse.Execute(new ClusterCommand.Send(Message.Of("shutdone", ("st", "dead"))));
                DaemonStops(pulse, new(TimeSpan.FromSeconds(1), RestartInPlace: false));
            }));
        }));
    }

    private void DaemonEnds(PulseProcess pulse, ClusterCommand.Stop stop)
    {
        _world.Trace.Say(0x26, Name, $"the daemon {(stop.RestartInPlace ? "restarts in place" : "stops")}");
        EndDaemon(pulse);
        if (stop.RestartInPlace) Again(_world.Chance.Milliseconds(20, 200));
        else if (pulse == _restartsAs306) Again(TimeSpan.FromSeconds(Math.Ceiling(HaCf.DeadTime.TotalSeconds) + 1));
        else DaemonWanted = false;
    }

    /// <summary>
    /// What a 3.0.6 does when a partition heals (reference, section 9): 2 s later it gives everything up, and starts again a dead time
    /// (in whole seconds) and a second after that. A node whose extensions are off stands for one.
    /// </summary>
    public void RestartsAs306(PulseProcess pulse) => _world.After(TimeSpan.FromSeconds(2), () =>
    {
        if (!pulse.Alive || _restartsAs306 == pulse) return;
        _restartsAs306 = pulse;
        _world.Trace.Say(0x29, Name, $"restarts, as 3.0.6 does after a partition");
        pulse.Signal(DaemonRequest.Shutdown);
    });

    /// <summary>SIGSTOP to the daemon; clocks and services run on.</summary>
    public void Freeze()
    {
        if (Pulse is null || Frozen) return;
        (Frozen, StoodStillUntil) = (true, Instant.Never);
        _world.Trace.Say(0x27, Name, $"freezes");
        Pulse.Freeze();
        Control?.Freeze();
    }

    public void Thaw()
    {
        if (!Frozen) return;
        (Frozen, StoodStillUntil) = (false, _world.Now);
        _world.Trace.Say(0x28, Name, $"thaws");
        Pulse?.Thaw();
        Control?.Thaw();
    }

    /// <summary>A packet reached one of this machine's media.</summary>
    public void Arrives(int medium, Packet packet) => Pulse?.Receive(medium, packet);
}
