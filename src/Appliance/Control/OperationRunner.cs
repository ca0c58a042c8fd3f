using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Lrm.Agents;

namespace Appliance.Control;

/// <summary>Runs each operation on a thread that waits for it already: a built-in agent starts within microseconds of the decision.</summary>
internal sealed class OperationRunner(
    IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, Inbox inbox, ApplianceLog log) : IOperations, IDisposable
{
    /// <summary>Operations at once; groups are independent of each other, and machines run a handful of them.</summary>
    private const int MostAtOnce = 32;

    private readonly WorkerThreads _workers = new WorkerThreads("operation", MostAtOnce).Ahead(2);
    private readonly CancellationTokenSource _ending = new();

    /// <inheritdoc/>
    public void Start(int operationId, string groupKey, ResourceSpec resource, ResourceAction action, string? takenFrom = null) =>
        _workers.Start(() => inbox.Post(new ControlInput.OperationEnded(operationId, Execute(groupKey, resource, action, takenFrom))));

    /// <inheritdoc/>
    public void Announce(string groupKey, ImmutableArray<ResourceSpec> resources) =>
        _workers.Start(() =>
        {
            foreach (var resource in resources) executor.Announce(resource, environment);
        });

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
    }

    private OperationResult Execute(string groupKey, ResourceSpec resource, ResourceAction action, string? takenFrom)
    {
        try
        {
            var variables = takenFrom is null ? environment : environment.SetItem(AgentCall.TakenFromVariable, takenFrom);
            return executor.ExecuteAsync(groupKey, resource, action, variables, _ending.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The executor promises not to throw; if it does, the resource's state is not known, and that is what a failure means.
            log.Write(LogPriority.Error, $"{resource} {action}: {e.Message}", groupKey);
            return new(OperationOutcome.Failed, -1, e.Message);
        }
    }
}
