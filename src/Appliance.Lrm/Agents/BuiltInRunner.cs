using System.Collections.Concurrent;
using System.Diagnostics;
using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>Runs built-in agents inside this process, in bounded time.</summary>
/// <remarks>
/// An agent that does not come back in time (a mount that waits for a dead disk cannot be interrupted) is left to its thread; the next operation on the same
/// resource first waits for it, within its own time-out, so that two never work on one resource.
/// </remarks>
public sealed class BuiltInRunner(LrmPaths paths, AgentLog log) : IDisposable
{
    private readonly ConcurrentDictionary<string, Task> _unfinished = new(StringComparer.Ordinal);
    private readonly InProcessBackground _background = new(log);

    /// <summary>Where agents leave attributes of this node (scores, connectivity).</summary>
    public INodeAttributes Attributes { get; init; } = UnkeptAttributes.Instance;

    /// <summary>A request with everything of this runner in it.</summary>
    /// <param name="positional">Arguments of haresources; <c>null</c>: parameters come as OCF_RESKEY_ variables.</param>
    public AgentRequest Request(string action, System.Collections.Immutable.ImmutableArray<string>? positional, IReadOnlyDictionary<string, string> environment, string instance, TimeSpan timeout) =>
        new(action, positional, environment, instance, paths.StateDirectory, log, _background, timeout) { Attributes = Attributes };

    /// <summary>Blocks until the agent ended or its time is over.</summary>
    /// <param name="call">For the log.</param>
    /// <returns><c>null</c>: it did not end in time, or an earlier one on the same resource still has not.</returns>
    public AgentResult? Run(BuiltInAgent agent, AgentRequest request, string call, CancellationToken cancel)
    {
        // Some hundred microseconds: another thread would cost more than it saves.
        if (!agent.MayBlock) return AgentRunner.Run(agent, request, cancel);
        var started = Stopwatch.GetTimestamp();
        if (_unfinished.TryGetValue(request.Instance, out var earlier))
        {
            log(LogPriority.Warn, agent.Description.Name, $"{call}: an earlier operation still hangs, waiting for its end");
            if (!Ends(earlier, request.Timeout, cancel)) return null;
        }
#pragma warning disable CA2000      // disposed of when the operation has ended, see below
        var stopper = CancellationTokenSource.CreateLinkedTokenSource(cancel);
#pragma warning restore CA2000
        var token = stopper.Token;
        var work = Task.Factory.StartNew(() => AgentRunner.Run(agent, request, token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _unfinished[request.Instance] = work;
        var left = request.Timeout - Stopwatch.GetElapsedTime(started);
        var ended = Ends(work, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancel);
        if (!ended) stopper.Cancel();
        // The source outlives an operation that hangs: the agent looks at its token when the kernel lets go of it.
        _ = work.ContinueWith(done =>
        {
            _unfinished.TryRemove(new(request.Instance, done));
            stopper.Dispose();
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return ended ? work.GetAwaiter().GetResult() : null;
    }

    public void Dispose() => _background.Dispose();

    private static bool Ends(Task task, TimeSpan atMost, CancellationToken cancel)
    {
        try
        {
            return task.Wait(atMost, cancel);
        }
        catch (OperationCanceledException)
        {
            return task.IsCompleted;
        }
        catch (AggregateException)
        {
            return true;        // its own failure is thrown where its result is taken
        }
    }
}
