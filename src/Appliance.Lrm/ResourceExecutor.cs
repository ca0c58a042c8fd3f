using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm;

/// <summary>Runs the agents of haresources: the administrator's scripts as processes, the built-in agents inside this process.</summary>
/// <remarks>
/// A built-in agent that does not come back in time (a mount that waits for a dead disk cannot be interrupted) is left to its thread; the next operation on the
/// same resource first waits for it, within its own time-out, so that two never work on one resource.
/// </remarks>
public sealed class ResourceExecutor(LrmPaths paths, AgentLog log) : IResourceExecutor, IDisposable
{
    private const string Manager = "ResourceManager";

    private readonly AgentLocator _locator = new(paths, log);
    private readonly ConcurrentDictionary<string, Task> _unfinished = new(StringComparer.Ordinal);
    private readonly InProcessBackground _background = new(log);

    /// <summary>From SIGTERM to SIGKILL for a script whose time is over.</summary>
    public TimeSpan Grace { get; init; } = ActionTimeouts.Grace;

    /// <summary>Does ahead what the first operation would otherwise spend time on: recognizes packaged wrappers, makes the state directory.</summary>
    public void Prepare(IEnumerable<ResourceGroup> groups, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            paths.CreateStateDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log(LogPriority.Warn, Manager, $"cannot make {paths.StateDirectory}: {e.Message}");
        }
        foreach (var name in groups.SelectMany(g => g.Resources).Select(r => r.Script).Distinct(StringComparer.Ordinal))
            if (_locator.Find(name, environment) is AgentLocation.Missing) log(LogPriority.Error, Manager, $"Cannot locate resource script {name}");
    }

    /// <summary>Which agent a resource has, for status output.</summary>
    public AgentLocation Locate(string script, IReadOnlyDictionary<string, string> environment) => _locator.Find(script, environment);

    public async Task<OperationResult> ExecuteAsync(
        string groupKey, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        var timeout = ActionTimeouts.For(action, resource.Script, environment);
        switch (_locator.Find(resource.Script, environment))
        {
            case AgentLocation.Script script:
                return await Task.Factory.StartNew(
                    () => ScriptRunner.Run(script.Path, resource, action, environment, paths.ExistingWorkingDirectory, timeout, Grace, log, cancel),
                    cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            case AgentLocation.BuiltIn builtIn:
                return await RunBuiltInAsync(builtIn.Agent, resource, action, environment, timeout, cancel).ConfigureAwait(false);
            default:
                log(LogPriority.Error, Manager, $"Cannot locate resource script {resource.Script}");
                return new(OperationOutcome.NotFound, -1, $"no script {resource.Script} in {paths.ResourceDirectory} or {paths.InitDirectory}, and no built-in agent of that name");
        }
    }

    public void Announce(ResourceSpec resource, ImmutableSortedDictionary<string, string> environment)
    {
        if (_locator.Find(resource.Script, environment) is not AgentLocation.BuiltIn { Agent: var agent }) return;     // 3.0.6's scripts have no word for it
        AgentRequest request = new("announce", resource.Arguments, environment, resource.Text, paths.StateDirectory, log, _background, ActionTimeouts.Stop);
        var result = AgentRunner.Run(agent, request, CancellationToken.None);
        if (result.Code != OcfCode.Success) log(LogPriority.Warn, Manager, $"{resource} was not announced again: {result.Reason}");
    }

    public void Dispose() => _background.Dispose();

    private async Task<OperationResult> RunBuiltInAsync(
        BuiltInAgent agent, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, TimeSpan timeout, CancellationToken cancel)
    {
        var word = ScriptRunner.Word(action);
        var call = string.Join(' ', [agent.Description.Name, .. resource.Arguments, word]);
        if (action != ResourceAction.Status) log(LogPriority.Info, Manager, $"Running {call} (built-in)");
        AgentRequest request = new(word, resource.Arguments, environment, resource.Text, paths.StateDirectory, log, _background, timeout);
        var result = agent.MayBlock
            ? await RunApartAsync(agent, request, call, cancel).ConfigureAwait(false)
            : AgentRunner.Run(agent, request, cancel);              // some hundred microseconds: another thread would cost more than it saves
        if (result is null)
        {
            cancel.ThrowIfCancellationRequested();
            var reason = $"{call}: no answer within {timeout.TotalSeconds:0.###} s";
            log(LogPriority.Error, Manager, reason);
            return new(OperationOutcome.TimedOut, -1, reason);
        }
        if (result.Code == OcfCode.Success) return new(OperationOutcome.Ok, 0, result.Reason);
        if (action == ResourceAction.Status && result.Code == OcfCode.NotRunning) return new(OperationOutcome.NotRunning, result.Code, result.Reason);
        log(LogPriority.Error, Manager, $"Return code {result.Code} from {agent.Description.Name}{(result.Reason.Length > 0 ? $": {result.Reason}" : "")}");
        return new(OperationOutcome.Failed, result.Code, result.Reason);
    }

    /// <returns><c>null</c>: it did not end in time, or an earlier one on the same resource still has not.</returns>
    private async Task<AgentResult?> RunApartAsync(BuiltInAgent agent, AgentRequest request, string call, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        if (_unfinished.TryGetValue(request.Instance, out var earlier))
        {
            log(LogPriority.Warn, Manager, $"{call}: an earlier operation still hangs, waiting for its end");
            if (!await EndsAsync(earlier, request.Timeout, cancel).ConfigureAwait(false)) return null;
        }
#pragma warning disable CA2000      // disposed of when the operation has ended, see below
        var stopper = CancellationTokenSource.CreateLinkedTokenSource(cancel);
#pragma warning restore CA2000
        var token = stopper.Token;
        var work = Task.Factory.StartNew(() => AgentRunner.Run(agent, request, token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _unfinished[request.Instance] = work;
        var left = request.Timeout - Stopwatch.GetElapsedTime(started);
        var ended = await EndsAsync(work, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancel).ConfigureAwait(false);
        if (!ended) await stopper.CancelAsync().ConfigureAwait(false);
        // The source outlives an operation that hangs: the agent looks at its token when the kernel lets go of it.
        _ = work.ContinueWith(done =>
        {
            _unfinished.TryRemove(new(request.Instance, done));
            stopper.Dispose();
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return ended ? await work.ConfigureAwait(false) : null;
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan atMost, CancellationToken cancel)
    {
        if (task.IsCompleted) return true;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var first = await Task.WhenAny(task, Task.Delay(atMost, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return first == task;
    }
}
