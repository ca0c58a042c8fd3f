using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Classes;
using Appliance.Lrm.Systemd;

namespace Appliance.Lrm;

/// <summary>Runs the agents of haresources: the administrator's scripts as processes, the built-in agents inside this process.</summary>
public sealed class ResourceExecutor : IResourceExecutor, IDisposable
{
    private const string Manager = "ResourceManager";

    private readonly LrmPaths _paths;
    private readonly AgentLog _log;
    private readonly AgentLocator _locator;
    private readonly BuiltInRunner _builtIn;
    private readonly SystemdClass _systemd;
    private readonly ResourceClasses _classes;
    private readonly AgentMarks _marks;

    public ResourceExecutor(LrmPaths paths, AgentLog log)
    {
        (_paths, _log) = (paths, log);
        _locator = new(paths, log);
        _builtIn = new(paths, log);
        _systemd = new(new(), log, Changed);
        _marks = new(paths.RunningDirectory, log);
        _classes = new(paths, log, _systemd, marks: _marks);
    }

    /// <inheritdoc/>
    public event Action<AgentSpec, string>? Lost;

    /// <summary>From SIGTERM to SIGKILL for a script whose time is over.</summary>
    public TimeSpan Grace { get; init; } = ActionTimeouts.Grace;

    /// <summary>Does ahead what the first operation would otherwise spend time on: recognizes packaged wrappers, makes the state directory.</summary>
    public void Prepare(IEnumerable<ResourceGroup> groups, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            _paths.CreateStateDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log(LogPriority.Warn, Manager, $"cannot make {_paths.StateDirectory}: {e.Message}");
        }
        foreach (var name in groups.SelectMany(g => g.Resources).Where(r => r.Agent is null).Select(r => r.Script).Distinct(StringComparer.Ordinal))
            if (_locator.Find(name, environment) is AgentLocation.Missing) _log(LogPriority.Error, Manager, $"Cannot locate resource script {name}");
    }

    /// <summary>Which agent a resource has, for status output.</summary>
    public AgentLocation Locate(string script, IReadOnlyDictionary<string, string> environment) => _locator.Find(script, environment);

    public async Task<OperationResult> ExecuteAsync(
        string groupKey, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        await _marks.Earlier(Grace).ConfigureAwait(false);
        var timeout = ActionTimeouts.For(action, resource.Script, environment);
        if (resource.Agent is { } agent) return RunAgent(HaresourcesOrder.Of(resource, agent, action, timeout), environment, cancel);
        switch (_locator.Find(resource.Script, environment))
        {
            case AgentLocation.Script script:
                return await Task.Factory.StartNew(
                    () => ScriptRunner.Run(script.Path, resource, action, environment, _paths.ExistingWorkingDirectory, timeout, Grace, _log, cancel, _marks),
                    cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            case AgentLocation.BuiltIn builtIn:
                return RunBuiltIn(builtIn.Agent, resource, action, environment, timeout, cancel);
            default:
                _log(LogPriority.Error, Manager, $"Cannot locate resource script {resource.Script}");
                return new(OperationOutcome.NotFound, -1, $"no script {resource.Script} in {_paths.ResourceDirectory} or {_paths.InitDirectory}, and no built-in agent of that name");
        }
    }

    public void Announce(ResourceSpec resource, ImmutableSortedDictionary<string, string> environment)
    {
        if (resource.Agent is { } spec)
        {
            var order = HaresourcesOrder.Of(resource, spec, ResourceAction.Start, ActionTimeouts.Stop) with { Action = "announce" };
            if (_classes.Announce(order, environment) is { Code: not OcfCode.Success } end) _log(LogPriority.Warn, Manager, $"{resource} was not announced again: {end.Reason}");
            return;
        }
        if (_locator.Find(resource.Script, environment) is not AgentLocation.BuiltIn { Agent: var agent }) return;     // 3.0.6's scripts have no word for it
        var result = AgentRunner.Run(agent, _builtIn.Request("announce", resource.Arguments, environment, resource.Text, ActionTimeouts.Stop), CancellationToken.None);
        if (result.Code != OcfCode.Success) _log(LogPriority.Warn, Manager, $"{resource} was not announced again: {result.Reason}");
    }

    public void Dispose()
    {
        _builtIn.Dispose();
        _classes.Dispose();
        _systemd.Dispose();
    }

    private OperationResult RunAgent(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        if (order.Action != "monitor") _log(LogPriority.Info, Manager, $"Running {order.Agent} {order.Action} ({order.Resource})");
        var result = HaresourcesOrder.Result(order, _classes.Run(order, environment, cancel));
        if (result.Outcome is not OperationOutcome.Ok and not OperationOutcome.NotRunning) _log(LogPriority.Error, Manager, $"{order.Agent} {order.Action} ({order.Resource}): {result.Reason}");
        return result;
    }

    private OperationResult RunBuiltIn(
        BuiltInAgent agent, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, TimeSpan timeout, CancellationToken cancel)
    {
        var word = ScriptRunner.Word(action);
        var call = string.Join(' ', [agent.Description.Name, .. resource.Arguments, word]);
        if (action != ResourceAction.Status) _log(LogPriority.Info, Manager, $"Running {call} (built-in)");
        var result = _builtIn.Run(agent, _builtIn.Request(word, resource.Arguments, environment, resource.Text, timeout), call, cancel);
        if (result is null)
        {
            cancel.ThrowIfCancellationRequested();
            var reason = $"{call}: no answer within {timeout.TotalSeconds:0.###} s";
            _log(LogPriority.Error, Manager, reason);
            return new(OperationOutcome.TimedOut, -1, reason);
        }
        if (result.Code == OcfCode.Success) return new(OperationOutcome.Ok, 0, result.Reason);
        if (action == ResourceAction.Status && result.Code == OcfCode.NotRunning) return new(OperationOutcome.NotRunning, result.Code, result.Reason);
        _log(LogPriority.Error, Manager, $"Return code {result.Code} from {agent.Description.Name}{(result.Reason.Length > 0 ? $": {result.Reason}" : "")}");
        return new(OperationOutcome.Failed, result.Code, result.Reason);
    }

    private void Changed(UnitChange change)
    {
        if (change.Event != UnitEvent.Started) Lost?.Invoke(new("systemd", "", change.Unit), $"systemd says that {change.Unit} is {change.State}");
        else _log(LogPriority.Info, Manager, $"systemd says that {change.Unit} was started, and not by us");
    }
}
