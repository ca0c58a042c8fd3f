using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Logging;
using Appliance.Messaging;
using Serilog.Events;

namespace Appliance.Control.Tests;

/// <summary>Writes down what control does, in order.</summary>
internal sealed class Deeds : IPulse, IOperations, IHooks, IClients, IFencer, IHeldStore, IMonitorStore, IQuestions, IDisposable
{
    private readonly Lines _lines = new();

    public Deeds() => Log = new ApplianceLog([_lines], TimeProvider.System, 1, 0);

    public List<string> Done { get; } = [];
    public ApplianceLog Log { get; }
    public bool DiskIsFull { get; set; }
    public HashSet<string> Online { get; } = [];

    /// <summary>What was logged; closes the log.</summary>
    public IReadOnlyList<string> Logged()
    {
        Log.Dispose();
        return _lines.Seen;
    }

    public void Send(ClusterCommand command) => Done.Add(command switch
    {
        ClusterCommand.Send send => "send " + send.Message,
        ClusterCommand.Report report => $"report {report.RequestId}",
        _ => command.GetType().Name.ToLowerInvariant(),
    });

    public void Start(int operationId, string groupKey, ResourceSpec resource, ResourceAction action, string? takenFrom = null) =>
        Done.Add($"run {operationId} {groupKey} {resource} {action}{(takenFrom is null ? "" : " from " + takenFrom)}");

    public void Ask(int operationId, string groupKey, ResourceSpec resource, TimeSpan within) => Done.Add($"ask {operationId} {groupKey} {resource} within {within.TotalSeconds} s");
    public void Cancel(int operationId) => Done.Add($"cancel {operationId}");

    public (int OperationId, OperationResult Result)? Ended(int callId, OperationResult result, Instant now) => (callId, result);
    public (string GroupKey, string Resource)? With(AgentSpec agent) => (agent.Type, agent.Type);
    public OperationsView View(Instant now) => new(0, 0, []);
    public void Announce(string groupKey, ImmutableArray<ResourceSpec> resources) => Done.Add($"announce {groupKey} {string.Join(' ', resources)}");
    public void Run(string type, Message message) => Done.Add($"hook {type}");
    public void Want(bool running) => Done.Add($"clients {running}");
    public bool IsOnline(string name) => Online.Contains(name);
    public void Start(int fencingId, string node, string why) => Done.Add($"fence {fencingId} {node}");

    public void Store(HeldGroups held)
    {
        if (DiskIsFull) throw new IOException("No space left on device");
        Done.Add("store " + string.Join(' ', held.SinceByKey.Keys));
    }

    public void Store(MonitorMemory memory)
    {
        if (DiskIsFull) throw new IOException("No space left on device");
        Done.Add($"store monitor {string.Join(' ', memory.Groups.Keys)}");
    }

    public void Dispose() => Log.Dispose();

    private sealed class Lines : IBurstSink
    {
        public List<string> Seen { get; } = [];
        public void Emit(LogEvent logEvent) => Seen.Add(LogLine.Word(LogLine.Of(logEvent).Priority) + ": " + LogLine.Of(logEvent).Text);
        public void BurstEnded() { }
    }
}

/// <summary>A resource manager that does what the test says.</summary>
internal sealed class ScriptedManager(Func<ResourceManagerInput, IEnumerable<ResourceManagerEffect>> script) : IResourceManager
{
    public List<string> Inputs { get; } = [];
    public Instant NextDeadline { get; set; } = Instant.Never;
    public ImmutableArray<GroupReport> Groups { get; set; } = [];

    public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
    {
        Inputs.Add(input.GetType().Name);
        effects.AddRange(script(input));
    }

    public ResourceReport Report(Instant now) => new("local", true, "stable", false, null, Groups);
}

internal static class Samples
{
    public static readonly HaCf HaCf = new()
    {
        Nodes = ["alpha", "beta"], LocalNode = "alpha", KeepAlive = TimeSpan.FromMilliseconds(200), DeadTime = TimeSpan.FromSeconds(2), WarnTime = TimeSpan.FromSeconds(1),
        AutoFailback = AutoFailback.On,
        Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("deadtime", "2").Add("keepalive", "200ms").Add("logfile", "/var/log/ha-log"),
    };

    public static ResourceSpec Resource(string text) => new(text, text.Split("::")[0], [.. text.Split("::")[1..]]);
}
