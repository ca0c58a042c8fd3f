using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Logging;
using Appliance.Lrm;

namespace Appliance.Control;

/// <summary>Runs the monitor's questions on threads of their own: those that hang must not stand in the way of a start or a stop.</summary>
internal sealed class QuestionRunner(IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, Inbox inbox, ApplianceLog log) : IQuestions, IDisposable
{
    /// <summary>Questions at once: one for each group, and machines run a handful of them.</summary>
    private const int MostAtOnce = 16;

    private readonly WorkerThreads _askers = new("question", MostAtOnce);
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<int, CancellationTokenSource> _limits = [];

    /// <inheritdoc/>
    public void Ask(int operationId, string groupKey, ResourceSpec resource, TimeSpan within)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        lock (_limits) _limits[operationId] = limit;
        _askers.Start(() =>
        {
            limit.CancelAfter(within);
            var result = Answer(groupKey, resource, within, limit.Token);
            lock (_limits)
            {
                _limits.Remove(operationId);
                limit.Dispose();
            }
            if (!_ending.IsCancellationRequested) inbox.Post(new ControlInput.Answered(operationId, result));
        });
    }

    /// <inheritdoc/>
    public void Cancel(int operationId)
    {
        // Who waits for an end may go on with its work within the call that ends it: not on the control thread.
        ThreadPool.QueueUserWorkItem(_ =>
        {
            lock (_limits)
                if (_limits.TryGetValue(operationId, out var limit)) limit.Cancel();
        });
    }

    public void Dispose()
    {
        _ending.Cancel();
        _askers.Dispose();
    }

    private OperationResult Answer(string groupKey, ResourceSpec resource, TimeSpan within, CancellationToken limit)
    {
        try
        {
            return executor.ExecuteAsync(groupKey, resource, ResourceAction.Status, environment, limit).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return new(OperationOutcome.TimedOut, -1, $"no answer within {within.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The executor promises not to throw; if it does, nothing is known of the resource.
            log.Write(LogPriority.Error, $"{resource} status: {e.Message}", groupKey);
            return new(OperationOutcome.Failed, -1, e.Message);
        }
    }
}
