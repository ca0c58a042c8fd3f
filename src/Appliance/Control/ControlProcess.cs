using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm;
using Appliance.Crm.Move;
using Appliance.Fencing;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>The control process: put together here, then one thread that waits and decides until pulse is gone.</summary>
internal static class ControlProcess
{
    private const int SocketDescriptor = 3, ConfigurationDescriptor = 4;       // where pulse puts them
    private const int PulseSlot = 0, InboxSlot = 1, FifoSlot = 2;
    private const int ConfigurationError = 6;                                  // as 3.0.6

    /// <summary><c>appliance control</c>, started by pulse; <c>--release</c>: emergency mode, see <see cref="EmergencyRelease"/>.</summary>
    public static int Run(string[] args, ControlComposition composition)
    {
        if (args is ["--release", .. var why]) return EmergencyRelease.Run(composition, string.Join(' ', why));
        if (args.Length > 0 || !IsSocket(SocketDescriptor))
        {
            Console.Error.WriteLine("appliance control: started by the daemon only (heartbeat); --release stops every resource group that runs here");
            return 2;
        }
        RealTime.NiceAsParent();
        using var socket = new SeqPacketSocket(SocketDescriptor);
        string text;
        using (var configuration = new Descriptor(ConfigurationDescriptor))
            text = Encoding.UTF8.GetString(MemoryFile.ReadAll(configuration));
        var (cf, problems) = composition.ParseHaCf(text);
        if (cf is null)
        {
            foreach (var problem in problems) Console.Error.WriteLine(problem);
            return ConfigurationError;
        }
        var start = ControlStart.FromEnvironment(Environment.GetEnvironmentVariable);
        cf = start.With(cf);
        using var log = OpenLog(cf, start.Debug);
        try
        {
            Live(composition, cf, text, start, socket, log);
            return 0;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Our own mistake, or the kernel's refusal: pulse starts a new control, which asks every group before it decides anything.
            log.Crit($"control ends: {e.GetType().Name}: {e.Message} {e.StackTrace}");
            return 1;
        }
    }

    public static ApplianceLog OpenLog(HaCf cf, int debug)
    {
        var underSystemd = Environment.GetEnvironmentVariable("INVOCATION_ID") is not null && File.Exists(JournalSink.DefaultPath);
        var targets = LogTargets.From(cf, underSystemd, foreground: debug > cf.Debug);
        return ApplianceLog.Open(targets, Environment.MachineName, cf.SyslogMessageFormat, DaemonProcessId(), debug);
    }

    private static void Live(ControlComposition composition, HaCf cf, string text, ControlStart start, SeqPacketSocket socket, ApplianceLog log)
    {
        var environment = ScriptEnvironment.Base(cf);
        using var inbox = new Inbox();
        using var pulse = new PulseSocket(socket, log);
        ControlLoop? loop = null;
        var executor = composition.Executor(log);
        using var operations = new OperationRunner(executor, environment, inbox, log);
        using var questions = new QuestionRunner(executor, environment, inbox, log);
        using var hooks = new HookRunner(Paths.HooksDir, environment, () => loop?.OwnStatus ?? "init", log);
        using var clients = new RespawnClients(cf, environment, inbox, log);
        using var devices = new DeviceDesk(cf, inbox, log);
        var fencer = new FencerHost(cf.LocalNode, pulse, devices, new FencingHistoryFile(Paths.FencingHistory), log);
        using var fifo = new FifoReader(Paths.Fifo, log);
        var held = HeldStore.OfMachine(Paths.Held);
        var isCrm = cf.Crm && !start.NoResources;
        if (!isCrm) MemoryLimit.Hold();
        var groups = new GroupsFile(Paths.Haresources, content => isCrm || start.NoResources ? new([], []) : composition.ParseGroups(cf, content), log);
        var running = held.Load();
        using var keys = cf.SbdDevices.IsEmpty ? null : SelfFence.OfMachine();
        using var slots = keys is null ? null : Slots(cf, start, running, pulse, inbox, keys, log);
        var monitor = MonitorStore.OfMachine(Paths.Monitor);
        var effects = new EffectExecutor(pulse, operations, hooks, clients, fencer, held, log, monitor, questions);
        using var crm = isCrm ? new CrmDaemon(cf, () => Groups(composition, cf, log), environment, inbox, fencer, devices, effects, log) : null;
        IResourceManager manages = crm?.Host ?? composition.Manager(new(cf, groups.TakeChanged() ?? [], running, Clock.Now(), DateTimeOffset.UtcNow) { Monitor = monitor.Load() });
        var engine = new OneEngine(cf.LocalNode, isCrm, (priority, text) => log.Write(priority, text));
        var manager = new EngineGate(manages, crm is null ? null : rest => crm.Host.IsAtRest = rest);
        var move = new MoveHost(cf.LocalNode, isCrm ? Engine.Crm : Engine.Haresources, cf.Nodes, new(Paths.Move, Paths.MoveThenStop), new(
            pulse, manager, effects, () => !engine.HasBegun || (crm is null ? IsCalm(manager.Report(Clock.Now())) : crm.Host.State is { Dc: { } dc } state && (state.IsSettled || dc != state.Self)),
            () => new EngineCheck(composition, cf, crm is null ? manager.Report(Clock.Now()) : null, executor, environment, log).Run, target => Other(composition, target), inbox, log)
        {
            Carry = target => EngineCheck.Carry(composition, target),
            // What the engine before had running is this one's now.
            Ended = () =>
            {
                if (isCrm) effects.Execute([new ResourceManagerEffect.Remember(new(ImmutableSortedDictionary<string, DateTimeOffset>.Empty))]);
                else CrmHost.Ran(false, log);
            },
        });
        var desk = new RequestDesk(cf, pulse, clients, manager.Report, input => loop!.Decide(input, Clock.Now()), slots is null ? null : slots.View, crm is null ? null : () => crm.Host.State, () => move.Problem ?? engine.Problem);
        var reload = new Reload(text, () => File.ReadAllText(Paths.HaCf), changed => Problems(composition.ParseHaCf(changed), cf), composition.ReadKeys, log);
        loop = new ControlLoop(new(manager, pulse, operations, effects, groups, reload, desk, log, fencer, new FencingDesk(fencer, devices, slots is null ? null : slots.View)) { Slots = slots, Engine = engine, Move = move, Crm = crm is null ? null : new CrmDesk(crm.Host.Ask, crm.Host.Hang), CrmOperations = crm is null ? null : crm.Host.Operations });

        var permissions = new Permissions(cf.ApiAuth, Accounts.OfMachine(), Accounts.OfMachine);
        using var server = new CommandServer(Paths.CommandSocket, permissions.Refuse, (request, peer, answer) => inbox.TryPost(new ControlInput.Asked(request, answer) { User = permissions.CrmUserOf(request, peer) }), log,
            hung: answer => inbox.TryPost(new ControlInput.Hung(answer)));
        try
        {
            server.Start();
        }
        catch (IOException e)
        {
            log.Error($"{e.Message}; cl_status and appliance status do not work");
        }
        fifo.Open();
        // A terminal's interrupt is pulse's business; SIGTERM to control alone ends it without touching resources.
        using var ignored = new Signals(Signals.INT, Signals.HUP, Signals.USR1, Signals.USR2);
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            inbox.TryPost(new ControlInput.Leave());
        });
        // Never with services that may still run from before: they were perhaps cut off on purpose, and taken over.
        void Unfence()
        {
            if (running is null or { SinceByKey.IsEmpty: true }) fencer.Unfence();
        }
        if (slots is null) Unfence();
        else
        {
            slots.Ready = Unfence;      // not a node that may have to stay away
            slots.Quit = slots.Refused = () => loop.Decide(new ResourceManagerInput.ShutdownRequested(), Clock.Now());
        }
        loop.Begin(Clock.Now());
        Wait(loop, pulse, inbox, fifo, cf.LocalNode);
        if (pulse.Closed && effects.Stopped) log.Info($"{cf.LocalNode} Heartbeat shutdown complete.");
    }

    /// <summary>What is wrong with a new ha.cf, for a daemon that is to go on with it while its resources run.</summary>
    private static IReadOnlyList<Diagnostic> Problems((HaCf? HaCf, IReadOnlyList<Diagnostic> Problems) read, HaCf running) => read.HaCf is { } changed && changed.Crm != running.Crm
        ? [.. read.Problems, new(Severity.Error, Paths.HaCf, 0, 0, $"crm was {(running.Crm ? "yes" : "no")} when the daemon started: a reload does not change the engine", $"to move while services run: appliance engine {(changed.Crm ? "crm" : "haresources")}")]
        : read.Problems;

    private static bool IsCalm(ResourceReport report)
    {
        if (!report.Stable || report.Standby is not null || report.RscStatus == "transition") return false;
        foreach (var group in report.Groups)
            if (group.State is not (GroupState.Running or GroupState.Stopped)) return false;
        return true;
    }

    /// <summary>Why the daemon would not have this engine after a restart in place; null: it would.</summary>
    private static string? Other(ControlComposition composition, Engine engine)
    {
        try
        {
            if (composition.ParseHaCf(File.ReadAllText(Paths.HaCf)).HaCf is not { } read) return $"{Paths.HaCf} has errors";
            return read.Crm == (engine == Engine.Crm) ? null : $"{Paths.HaCf} says crm {(read.Crm ? "yes" : "no")}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Paths.HaCf}: {e.Message}";
        }
    }

    /// <summary>haresources, of which the CRM's first CIB is made; null: it has errors. A file that is not there has no groups.</summary>
    private static ImmutableArray<ResourceGroup>? Groups(ControlComposition composition, HaCf cf, ApplianceLog log)
    {
        if (!File.Exists(Paths.Haresources)) return [];
        var read = composition.ParseGroups(cf, File.ReadAllText(Paths.Haresources));
        foreach (var problem in read.Diagnostics) log.Write(problem.Severity == Severity.Error ? LogPriority.Error : LogPriority.Warn, problem.ToString());
        return read.Groups;
    }

    /// <summary>This node's mailboxes, where ha.cf names shared disks.</summary>
    private static SlotHost Slots(HaCf cf, ControlStart start, HeldGroups? running, PulseSocket pulse, Inbox inbox, SelfFence keys, ApplianceLog log)
    {
        if (keys.Warning is var (priority, text)) log.Write(priority, text);
        var mayRun = start.RestartInPlace || start.SlotsWatched || running is { SinceByKey.IsEmpty: false };
        return new(cf, mayRun, pulse, inbox.Post, keys, Paths.SlotWait, log);
    }

    private static void Wait(ControlLoop loop, PulseSocket pulse, Inbox inbox, FifoReader fifo, string localNode)
    {
        RealTime.WakeSoon();
        var poller = new Poller(3);
        poller.Watch(InboxSlot, inbox.Descriptor.Number);
        poller.Watch(FifoSlot, fifo.Number);
        while (!loop.Left)
        {
            poller.Watch(PulseSlot, pulse.Descriptor.Number, pulse.WantsToWrite ? PollEvents.Readable | PollEvents.Writable : PollEvents.Readable);
            poller.Wait(loop.NextDeadline, Clock.Now());
            pulse.Flush();
            while (pulse.TryReceive(out var happened)) loop.Happened(happened, localNode, Clock.Now());
            if (pulse.Closed) return;       // resources keep running: pulse restarts in place, was stopped, or was killed
            inbox.Drain();
            while (inbox.TryTake(out var input)) loop.Told(input, Clock.Now());
            if (poller[FifoSlot] != PollEvents.None) fifo.Read(Clock.Now(), message => loop.Injected(message, Clock.Now()));
            loop.Tick(Clock.Now());
        }
    }

    private static bool IsSocket(int descriptor)
    {
        try
        {
            return new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The pid operators know: that of pulse, which started us and is in the pid file; our own where nobody did.</summary>
    private static int DaemonProcessId()
    {
        // "pid (name) state ppid ...": the name can hold blanks and brackets, so from the last bracket on (proc(5)).
        var stat = File.ReadAllText("/proc/self/stat");
        var parent = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        return parent > 1 ? parent : Environment.ProcessId;
    }
}
