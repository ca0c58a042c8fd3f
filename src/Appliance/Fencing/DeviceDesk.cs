using System.Collections.Immutable;
using System.Text;
using Appliance.Configuration;
using Appliance.Control;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Stonith;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing;

/// <summary>This node's fencing devices: those we speak to ourselves, and cluster-glue's program for a type that we don't.</summary>
internal sealed class DeviceDesk : IDeviceRunner, IDisposable
{
    /// <summary>Orders carried out at the same time; each waits for its device most of the time.</summary>
    private const int Workers = 8;
    private static readonly TimeSpan ScriptTime = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<string, Native> _native = new(StringComparer.Ordinal);
    private readonly Dictionary<int, CancellationTokenSource> _running = [];
    private readonly Dictionary<string, DeviceType?> _learnt = new(StringComparer.Ordinal);
    private readonly HaCf _cf;
    private readonly StonithProgram? _program;
    private readonly Inbox _inbox;
    private readonly ApplianceLog _log;
    private readonly WorkerThreads _workers = new("fencing", Workers);

    /// <summary>Probes wait apart: when a network of devices is gone they all hang, and a fencing by another way must not wait behind them.</summary>
    private readonly WorkerThreads _probes = new("probing", Workers);
    private readonly CancellationTokenSource _ending = new();

    public DeviceDesk(HaCf cf, Inbox inbox, ApplianceLog log)
    {
        (_inbox, _log) = (inbox, log);
        var (found, program) = Read(cf, static path => File.ReadAllText(path), log);
        foreach (var device in found) _native[device.Device.Id] = new(device with { Parameters = Informed(device, cf) });
        if (program is not null) _program = new(cf with { Stonith = [program] }, inbox, log);
        Devices = [.. found.Select(d => d.Device), .. _program?.Devices ?? []];
        Levels = DeviceLines.Levels(found, cf.Nodes);
        _cf = cf;
        foreach (var device in found.Where(d => d.Type.Unsafe is not null)) log.Warn($"fencing device {device.Device.Id} ({device.Type.Name}) is for tests only: {device.Type.Unsafe}");
    }

    /// <summary>What some devices want to know of the cluster and need not be told in ha.cf.</summary>
    private static DeviceParameters Informed(ConfiguredDevice device, HaCf cf)
    {
        var parameters = device.Parameters;
        foreach (var (name, value) in new[] { ("own_name", cf.LocalNode), ("sender", cf.LocalNode), ("nodes", string.Join(',', cf.Nodes)) })
            if (!parameters.Has(name) && device.Type.Parameters.Any(p => p.Name == name)) parameters = parameters.With(name, value);
        return parameters;
    }

    /// <inheritdoc/>
    public ImmutableArray<FencingDevice> Devices { get; private set; }

    /// <inheritdoc/>
    public ImmutableArray<TopologyLevel> Levels { get; private set; }

    /// <inheritdoc/>
    public void Learn(string agent, Action learnt)
    {
        if (DeviceLines.IsNative(agent))
        {
            learnt();
            return;
        }
        _workers.Start(() =>
        {
            DeviceType? type = null;
            try
            {
                type = External(agent);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.Error($"fencing agent {agent}: {e.Message}");
            }
            _inbox.Post(new ControlInput.Found(() =>
            {
                _learnt[agent] = type;
                learnt();
            }));
        });
    }

    /// <inheritdoc/>
    public string? Register(string id, string agent, IReadOnlyDictionary<string, string> parameters)
    {
        var read = Reading(id, agent, parameters, name => _learnt.GetValueOrDefault(name));
        foreach (var warning in read.Warnings) _log.Warn($"fencing device {id}: {warning}");
        if (read.Device is not { } device) return Problem(agent, read);
        _native[id] = new(device with { Parameters = Informed(device, _cf) });
        Devices = [.. Devices.Where(d => d.Id != id), device.Device];
        return null;
    }

    /// <summary>Why a device of the cluster's configuration is not used, and so must not look as if it ran; <c>null</c>: it is. From any thread.</summary>
    public string? Refuses(string id, string agent, IReadOnlyDictionary<string, string> parameters) => Reading(id, agent, parameters, External) is { Device: null } read ? Problem(agent, read) : null;

    private DeviceReading Reading(string id, string agent, IReadOnlyDictionary<string, string> parameters, Func<string, DeviceType?> external)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in parameters) text.Append(DeviceText.Quoted($"{name}={value}")).Append(' ');
        return DeviceLines.Read(new(_cf.LocalNode, agent, text.ToString(), 0), id, 1, _cf.Nodes, external, tolerant: true);
    }

    private static string Problem(string agent, DeviceReading read) =>
        read.Problems.IsEmpty ? $"there is no agent {agent} here (stonith_admin -I lists them)" : string.Join("; ", read.Problems);

    /// <inheritdoc/>
    public void Deregister(string id)
    {
        _native.Remove(id);
        Devices = [.. Devices.Where(d => d.Id != id)];
    }

    /// <inheritdoc/>
    public string? SetLevel(string target, int index, IReadOnlyList<string> devices)
    {
        if (index is < Topology.FirstLevel or > Topology.LastLevel) return $"a level is a number from {Topology.FirstLevel} to {Topology.LastLevel}";
        if (devices.FirstOrDefault(d => Devices.All(known => known.Id != d)) is { } unknown) return $"there is no device {unknown}";
        LevelTarget whom;
        if (!target.StartsWith('@')) whom = target.Split('=', 2) is [var name, var value] ? new LevelTarget.Attribute(name, value) : new LevelTarget.Node(target);
        else if (PosixPattern.Of(target[1..]) is { } pattern) whom = new LevelTarget.Pattern(pattern);
        else return $"{target[1..]} is no extended regular expression";
        var others = Levels.Where(l => l.Target != whom || l.Index != index);
        Levels = devices.Count == 0 ? [.. others] : [.. others, new TopologyLevel(whom, index, [.. devices])];
        return null;
    }

    /// <summary>All levels anew; they may name devices that only other nodes use.</summary>
    public void SetLevels(ImmutableArray<TopologyLevel> levels) => Levels = levels;

    /// <summary>The devices for this node. Of several lines by position the last counts, as in 3.0.6; lines of NAME=VALUE add up.</summary>
    /// <param name="log"><c>null</c>: only look.</param>
    private static (ImmutableArray<ConfiguredDevice> Native, StonithLine? Program) Read(HaCf cf, Func<string, string> readFile, ApplianceLog? log)
    {
        var mine = cf.Stonith.Where(line => line.Host == "*" || line.Host.Equals(cf.LocalNode, StringComparison.OrdinalIgnoreCase)).ToList();
        var lines = mine.ConvertAll(line => (Line: line, Text: Text(line, readFile, log)));
        var last = lines.FindLastIndex(l => !DeviceText.IsNamed(l.Text));
        var native = ImmutableArray.CreateBuilder<ConfiguredDevice>();
        StonithLine? program = null;
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, text) = lines[i];
            if (!DeviceText.IsNamed(text) && i != last) continue;
            if (!Speaks(line.Type))
            {
                program = line;
                continue;
            }
            var read = DeviceLines.Read(new(line.Host, line.Type, text, line.Line), $"{line.Type}-{native.Count + 1}", native.Count + 1, cf.Nodes, External);
            if (read.Device is { } device) native.Add(device);
            foreach (var problem in read.Problems) log?.Error($"ha.cf:{line.Line}: stonith device {line.Type}: {problem}; it is not used");
        }
        return (native.ToImmutable(), program);
    }

    /// <summary>Every device of ha.cf, whichever node it is for: what a CIB has.</summary>
    /// <param name="problem">Told why a line is of no use.</param>
    public static ImmutableArray<ConfiguredDevice> All(HaCf cf, Func<string, string> readFile, Action<int, string> problem)
    {
        var devices = ImmutableArray.CreateBuilder<ConfiguredDevice>();
        foreach (var line in cf.Stonith)
        {
            var read = DeviceLines.Read(new(line.Host, line.Type, Text(line, readFile, null), line.Line), $"{line.Type}-{devices.Count + 1}", devices.Count + 1, cf.Nodes, External);
            if (read.Device is { } device) devices.Add(device);
            else if (read.Problems.IsEmpty) problem(line.Line, $"{line.Type} is neither built in nor an installed program that tells what it takes");
            foreach (var sentence in read.Problems) problem(line.Line, $"stonith device {line.Type}: {sentence}");
        }
        return devices.ToImmutable();
    }

    private static string Text(StonithLine line, Func<string, string> readFile, ApplianceLog? log)
    {
        if (line.ConfigFile is not { } file) return Encoding.UTF8.GetString(line.Parameters.Reveal());
        try
        {
            return readFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log?.Error($"ha.cf:{line.Line}: {file} cannot be read: {e.Message}");
            return "";
        }
    }

    /// <summary>What is wrong with a line, for <c>appliance check</c> and the daemon's start.</summary>
    public static IEnumerable<string> Problems(StonithLine line, HaCf cf)
    {
        if (!Speaks(line.Type)) return [];
        var read = DeviceLines.Read(new(line.Host, line.Type, Text(line, static path => File.ReadAllText(path), null), line.Line), line.Type, 1, cf.Nodes, External);
        return read.Device is { } device && OtherDisks(device, cf) is { } problem ? [problem] : read.Problems;
    }

    /// <summary>A majority of other disks than the victim reads proves nothing. Names may differ between machines; how many there are may not.</summary>
    private static string? OtherDisks(ConfiguredDevice device, HaCf cf) =>
        device.Type is Stonith.Devices.Sbd.SbdDevice && !cf.SbdDevices.IsEmpty && device.Parameters.List("devices").Length is var count && count != cf.SbdDevices.Length
            ? $"devices names {count} {(count == 1 ? "disk" : "disks")}, and sbd_device {cf.SbdDevices.Length}: all nodes must read and write the same ones, or a fencing proves nothing"
            : null;

    /// <summary>Whether we order such a device ourselves: native ones, and programs of the fence-agents API.</summary>
    public static bool Speaks(string type) => DeviceLines.IsNative(type) || ExternalAgents.PathOf(type) is not null;

    private static DeviceType? External(string type) => ExternalAgents.Find(type, out _);

    /// <inheritdoc/>
    public void Start(FencerEffect.Run run)
    {
        if (!_native.TryGetValue(run.Device, out var native))
        {
            if (_program is not null) _program.Start(run);
            // Not from here: this is the control thread, which must not wait for room in its own inbox.
            else _workers.Start(() => _inbox.Post(new ControlInput.DeviceEnded(run.Id, new(VerdictKind.Misconfigured, $"there is no device {run.Device}"))));
            return;
        }
        var began = Clock.Now();
        var deadline = began + run.Time;
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        lock (_running) _running[run.Id] = cancel;
        (run.Action == FenceAction.Monitor ? _probes : _workers).Start(() =>
        {
            var verdict = Ask(native, run, deadline, cancel.Token);
            if (run.Action is not FenceAction.Monitor) _log.Info($"fencing device {run.Device}: {run.Action.ToString().ToLowerInvariant()} {run.Target}: {verdict.Kind}: {verdict.Sentence} ({(Clock.Now() - began).TotalMilliseconds:0} ms)");
            lock (_running) _running.Remove(run.Id);
            cancel.Dispose();
            _inbox.Post(new ControlInput.DeviceEnded(run.Id, verdict));
        });
    }

    /// <inheritdoc/>
    public void Cancel(int run)
    {
        lock (_running)
            if (_running.TryGetValue(run, out var cancel)) cancel.Cancel();
    }

    private DeviceVerdict Ask(Native native, FencerEffect.Run run, Instant deadline, CancellationToken cancel)
    {
        // One conversation at a time with one device: many take one session only, and what is remembered of it is not shared.
        if (!Monitor.TryEnter(native.Turn, deadline - Clock.Now() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero)) return new(VerdictKind.TimedOut, "the device was busy with another order");
        try
        {
            if (cancel.IsCancellationRequested) return new(VerdictKind.TimedOut, "it was cancelled before it began");       // no name is looked up and no password asked for: a fencing waits for its turn
            return OutsideParameters.Complete(native.Device.Type, native.Device.Parameters, deadline, cancel, out var parameters) is { } problem ? problem : Converse(native, run, parameters, deadline, cancel);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A mistake of ours in one device's conversation: it has proven nothing, and it must not take the daemon with it.
            return new(VerdictKind.Garbled, $"the conversation with the device broke off: {e.GetType().Name}: {e.Message}");
        }
        finally
        {
            Monitor.Exit(native.Turn);
        }
    }

    private DeviceVerdict Converse(Native native, FencerEffect.Run run, DeviceParameters parameters, Instant deadline, CancellationToken cancel)
    {
        var conversation = native.Device.Converse(run, parameters, native.Memory, new KernelEntropy());
        conversation.Deadline = deadline;
        return new ConversationRunner(text => _log.Crit(text), cancel).Run(conversation);
    }

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
        _probes.Dispose();
        _program?.Dispose();
    }

    private sealed class Native(ConfiguredDevice device)
    {
        public ConfiguredDevice Device => device;
        public DeviceMemory Memory { get; } = new();
        public object Turn { get; } = new();
    }
}
