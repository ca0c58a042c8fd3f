using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Lrm.Agents;

namespace Appliance.Control;

/// <summary>Puts the resource manager's operations into the LRM's queue, runs each on a thread that waits for it already, and keeps what came of them.</summary>
/// <remarks>The queue is stepped on the control thread: two groups that name the same resource do not work on it at once.</remarks>
internal sealed class OperationRunner : IOperations, IOperationEffects, IDisposable
{
    /// <summary>Operations at once; groups are independent of each other, and machines run a handful of them.</summary>
    private const int MostAtOnce = 32;

    /// <summary>Resources of which the history is kept: more than any haresources has.</summary>
    private const int MostHistories = 1000;

    private readonly WorkerThreads _workers = new WorkerThreads("operation", MostAtOnce).Ahead(2);
    private readonly CancellationTokenSource _ending = new();
    private readonly IResourceExecutor _executor;
    private readonly ImmutableSortedDictionary<string, string> _environment;
    private readonly Inbox _inbox;
    private readonly ApplianceLog _log;
    private readonly OperationQueue _queue;
    private readonly Dictionary<string, Wanted> _wanted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string GroupKey, string Resource)> _units = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ResourceHistory> _histories = new(StringComparer.Ordinal);

    private sealed record Wanted(int OperationId, string GroupKey, ResourceSpec Resource, ResourceAction Action, string? TakenFrom);

    public OperationRunner(IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, Inbox inbox, ApplianceLog log)
    {
        (_executor, _environment, _inbox, _log) = (executor, environment, inbox, log);
        _queue = new(MostAtOnce, this);
        executor.Lost += (agent, reason) => inbox.TryPost(new ControlInput.ResourceLost(agent, reason));
    }

    /// <inheritdoc/>
    public void Start(int operationId, string groupKey, ResourceSpec resource, ResourceAction action, string? takenFrom = null)
    {
        var origin = operationId.ToString(CultureInfo.InvariantCulture);
        _wanted[origin] = new(operationId, groupKey, resource, action, takenFrom);
        if (resource.Agent is { Standard: "systemd" or "service" } unit) _units[Unit(unit)] = (groupKey, resource.Text);
        var isQuestion = action == ResourceAction.Status;
        _queue.Submit(new(resource.Text, resource.Agent ?? new("heartbeat", "", resource.Script), isQuestion ? "monitor" : action == ResourceAction.Start ? "start" : "stop", TimeSpan.Zero, TimeSpan.Zero)
        {
            Arguments = resource.Arguments,
            IsProbe = isQuestion,
            Origin = origin,
        }, Clock.Now());
    }

    /// <inheritdoc/>
    public (int OperationId, OperationResult Result)? Ended(int callId, OperationResult result, Instant now)
    {
        _ended = null;
        _queue.Ended(callId, new(Code(result), Status(result), result.Reason), now);
        return _ended is { } wanted ? (wanted.OperationId, result) : null;
    }

    private Wanted? _ended;

    /// <inheritdoc/>
    public (string GroupKey, string Resource)? With(AgentSpec agent) => _units.TryGetValue(Unit(agent), out var known) ? known : null;

    /// <inheritdoc/>
    public OperationsView View(Instant now) => OperationsView.Of(_queue.Running, _queue.Pending - _queue.Running, _histories.Values, now);

    /// <inheritdoc/>
    public void Announce(string groupKey, ImmutableArray<ResourceSpec> resources) =>
        _workers.Start(() =>
        {
            foreach (var resource in resources)
                try
                {
                    _executor.Announce(resource, _environment);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    // The executor promises not to throw; if it does, neighbours learn of the address when their entries age.
                    _log.Write(LogPriority.Warn, $"{resource} was not announced again: {e.Message}", groupKey);
                }
        });

    void IOperationEffects.Call(int callId, OperationOrder order)
    {
        var wanted = _wanted[order.Origin];
        _workers.Start(() =>
        {
            var result = Execute(wanted);
            if (!_ending.IsCancellationRequested) _inbox.Post(new ControlInput.OperationEnded(callId, result));      // later nobody takes it any more
        });
    }

    void IOperationEffects.Report(OperationRecord record)
    {
        if (_wanted.Remove(record.Order.Origin, out var wanted)) _ended = wanted;
        if (!_histories.TryGetValue(record.Order.Resource, out var history))
        {
            if (_histories.Count >= MostHistories) return;
            _histories[record.Order.Resource] = history = new(record.Order.Resource);
        }
        history.Add(record);
    }

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
    }

    private OperationResult Execute(Wanted wanted)
    {
        try
        {
            var variables = wanted.TakenFrom is null ? _environment : _environment.SetItem(AgentCall.TakenFromVariable, wanted.TakenFrom);
            return _executor.ExecuteAsync(wanted.GroupKey, wanted.Resource, wanted.Action, variables, _ending.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The executor promises not to throw; if it does, the resource's state is not known, and that is what a failure means.
            _log.Write(LogPriority.Error, $"{wanted.Resource} {wanted.Action}: {e.Message}", wanted.GroupKey);
            return new(OperationOutcome.Failed, -1, e.Message);
        }
    }

    private static string Unit(AgentSpec agent) => Lrm.Systemd.UnitName.Full(agent.Type);

    private static int Code(OperationResult result) => result.Outcome switch
    {
        OperationOutcome.Ok => OcfCode.Success,
        OperationOutcome.NotRunning => OcfCode.NotRunning,
        OperationOutcome.NotFound => OcfCode.Installed,
        _ => result.ExitCode > 0 ? result.ExitCode : OcfCode.Generic,
    };

    private static OperationStatus Status(OperationResult result) => result.Outcome switch
    {
        OperationOutcome.TimedOut => OperationStatus.Timeout,
        OperationOutcome.NotFound => OperationStatus.NotInstalled,
        _ => OperationStatus.Done,
    };
}
