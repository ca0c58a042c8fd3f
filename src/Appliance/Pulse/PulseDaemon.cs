using System.Collections.Immutable;
using System.Globalization;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Move;
using Appliance.Linux;
using Appliance.Messaging;

namespace Appliance.Pulse;

/// <summary>One life of the daemon: identity, memory and scheduling, watchdog, then the loop, then the end it asked for.</summary>
internal sealed class PulseDaemon : IDisposable
{
    private readonly string[] _args;
    private readonly HeartbeatOptions _options;
    private readonly StartConfiguration _configuration;
    private HaCf _haCf;
    private readonly HeartbeatFiles _files;
    private readonly IConfigurationFiles _configured;
    private readonly List<(LogPriority, string)> _early = [];
    private readonly Signals _signals = new(Signals.TERM, Signals.HUP, Signals.USR1, Signals.USR2, Signals.INT);     // INT is heard and ignored, as 3.0.6
    private readonly ServiceManager _manager = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), Environment.GetEnvironmentVariable("WATCHDOG_USEC"));
    private readonly SlotLease _lease;
    private Watchdog? _watchdog;
    private bool _inPlace, _selfFenced;

    public PulseDaemon(string[] args, HeartbeatOptions options, StartConfiguration configuration, HeartbeatFiles files, IConfigurationFiles configured)
    {
        (_args, _options, _configuration, _haCf, _files, _configured) = (args, options, configuration, configuration.HaCf!, files, configured);
        _lease = _haCf.SbdDevices.IsEmpty ? SlotLease.Unneeded() : SlotLease.FromControl(Environment.GetEnvironmentVariable(OwnBinary.SlotLease));
        Environment.SetEnvironmentVariable(OwnBinary.SlotLease, null);
    }

    /// <summary>Beats until told to stop.</summary>
    /// <returns>The process's exit status. Does not return from a restart in place.</returns>
    public int Run()
    {
        Note(LogPriority.Info, $"Configuration validated. Starting heartbeat {HeartbeatApplet.ReferenceVersion}");
        Note(LogPriority.Info, $"heartbeat: version {HeartbeatApplet.ReferenceVersion}");
        _files.PrepareDirectories(_options.RestartInPlace);
        _files.WritePid(Environment.ProcessId);
        _haCf = _haCf with { Crm = _files.BeginEngine(_haCf.Crm ? Engine.Crm : Engine.Haresources, out var warning) == Engine.Crm };
        Warn(warning);
        OpenWatchdog();
        while (Beat() == PulseEnd.RestartInPlace) RestartInPlace();
        _files.EndEngine();
        _manager.Stopping("stopped");
        if (!_selfFenced) _watchdog?.Disarm();      // else it is closed armed, and resets the machine
        return 0;
    }

    public void Dispose()
    {
        _watchdog?.Dispose();
        _signals.Dispose();
        _manager.Dispose();
    }

    private PulseEnd Beat()
    {
        var generation = _files.NextGeneration(_haCf.GenerationMethod, Clock.WallSeconds(), out var problem);
        Warn(problem);
        var uuid = _files.LocalUuid(_haCf.UuidFrom, _haCf.LocalNode, out problem);
        Warn(problem);
        var messaging = new MessagingOptions(
            _haCf, _configuration.Keys!, generation, [.. uuid], (ulong)BitConverter.ToInt64(uuid) ^ (ulong)Clock.Now().Ticks, Compressors(), KnownUuids) { Move = _files.Move() };
        var parts = new PulseParts((now, effects) => new MessagingCore(messaging, now, effects), _configured.ReadKeys, StartControl, ControlLimits.For(_haCf.DeadTime))
        {
            Settled = () => Settle(messaging),
            Lease = _lease,
        };
        var alive = new AliveSigns(_selfFenced ? null : _watchdog, Least(_haCf.KeepAlive, _haCf.DeadTime / 4), _manager);
        using var loop = new PulseLoop(_haCf, parts, alive, _signals);
        foreach (var (priority, text) in _early) loop.Tell(new ClusterEvent.Logged(priority, text));
        _early.Clear();
        BecomeRealTime(loop);
        try
        {
            return loop.Run(SayUp);
        }
        finally
        {
            _selfFenced |= loop.SelfFenced;
            if (RealTime.IsScheduled) RealTime.Unschedule();
        }
    }

    private void SayUp()
    {
        _manager.Ready("beating");
        if (Environment.GetEnvironmentVariable(OwnBinary.UpDescriptor) is not { } number) return;
        Environment.SetEnvironmentVariable(OwnBinary.UpDescriptor, null);
        using var up = new Descriptor(int.Parse(number, CultureInfo.InvariantCulture));
        using var nothing = Descriptor.OpenDevice("/dev/null");
        for (var i = 0; i <= 2; i++) nothing.PutOver(i);
        up.WriteAll("u"u8, "the pipe to the starting process");
    }

    /// <summary>Keeps in (locked) memory what beating and a takeover need, and nothing else.</summary>
    private static void Settle(MessagingOptions messaging)
    {
        ProcessImage.ForgetStartUp();
        Rehearsal.Run(messaging);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void BecomeRealTime(PulseLoop loop)
    {
        if (!_haCf.RealTime || _options.NoRealTime) return;
        try
        {
            RealTime.LockMemory();
            RealTime.Schedule(Math.Max(1, _haCf.RealTimePriority));
        }
        catch (LinuxException e)
        {
            loop.Tell(new ClusterEvent.Logged(LogPriority.Error, $"realtime: {e.Message}: heartbeats may be late under load"));
        }
    }

    private void OpenWatchdog()
    {
        if (Environment.GetEnvironmentVariable(OwnBinary.WatchdogDescriptor) is { } kept)
        {
            Environment.SetEnvironmentVariable(OwnBinary.WatchdogDescriptor, null);
            var inherited = Watchdog.Inherited(int.Parse(kept, CultureInfo.InvariantCulture));
            if (_haCf.Watchdog is not null) _watchdog = inherited;
            else inherited.Disarm();        // the new configuration has none
        }
        if (_haCf.Watchdog is null) return;
        try
        {
            _watchdog ??= Watchdog.Open(_haCf.Watchdog);
            if (_lease.Needed) return;      // its time is the shared disks', and control knows it; until then it runs with the one that it has
            var wanted = AliveSigns.WatchdogSeconds(_haCf.DeadTime);
            var got = _watchdog.SetTimeout(wanted);
            if (got != wanted) Note(LogPriority.Warn, got == 0 ? $"Watchdog {_haCf.Watchdog} has a timeout of its own; wanted {wanted} s" : $"Watchdog {_haCf.Watchdog}: timeout {got} s instead of {wanted} s");
            _watchdog.Pet();
        }
        catch (LinuxException e)
        {
            Note(LogPriority.Error, $"Cannot open watchdog device: {_haCf.Watchdog}: {e.Message}");     // 3.0.6 starts all the same
        }
    }

    /// <summary>Hands this process to the installed binary; or, when what the files say now cannot be started, goes on with what they said before.</summary>
    private void RestartInPlace()
    {
        _inPlace = true;
        if (_selfFenced) return;        // another program would pet what must run out: this one beats on until the reset
        var next = _configured.Read();
        if (next is { HaCf: not null, Keys: not null })
        {
            _manager.Reloading();
            OwnBinary.RestartInPlace(_args.Where(a => a is not ("-f" or "-R")), _watchdog?.KeepAcrossExec(), _lease.ForNext);
        }
        // 3.0.6 ends here, with its resources running and nobody beating for them: the peer would take them a second time.
        foreach (var problem in next.Problems) Note(problem.Severity == Severity.Error ? LogPriority.Error : LogPriority.Warn, problem.ToString());
        Note(LogPriority.Error, "Configuration error: heartbeat goes on with the configuration it had.");
    }

    private ChildProcess StartControl(SeqPacketSocket? socket, string? release) => OwnBinary.StartControl(socket, release, _configuration.HaCfText,
    [
        $"APPLIANCE_DEBUG={_haCf.Debug + _options.Debug}",
        $"APPLIANCE_RESTART_IN_PLACE={(_options.RestartInPlace || _inPlace ? 1 : 0)}",
        $"APPLIANCE_ENGINE={(_haCf.Crm ? Engine.Crm : Engine.Haresources).Word()}",
        $"APPLIANCE_NO_RESOURCES={(_options.NoResources ? 1 : 0)}",
        $"APPLIANCE_HELD={_options.ResourceState ?? ""}",
        $"APPLIANCE_SLOTS_WATCHED={(_lease.IsFinite ? 1 : 0)}",
    ]);

    /// <summary>zlib always, as it is in the binary; bz2 only where it is configured, as its library is not.</summary>
    private ImmutableArray<IMessageCompressor> Compressors()
    {
        if (_haCf.Compression != "bz2") return [new ZlibCompressor()];
        if (Bzip2Compressor.Load() is { } bz2) return [new ZlibCompressor(), bz2];
        Note(LogPriority.Error, "compression bz2: libbz2.so.1.0 is not installed: nothing is compressed, and compressed messages of the peer are lost");
        return [new ZlibCompressor()];
    }

    /// <summary>UUIDs of peers are learnt from their first message; in haresources mode 3.0.6 keeps no host cache either.</summary>
    private static readonly ImmutableSortedDictionary<string, ImmutableArray<byte>> KnownUuids = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty;

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void Note(LogPriority priority, string text) => _early.Add((priority, text));

    private void Warn(string? problem)
    {
        if (problem is not null) Note(LogPriority.Warn, problem);
    }
}
