using System.Collections.Immutable;
using Appliance.Control;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Fencing;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;
using Appliance.Lrm.Classes;
using Appliance.Lrm.Systemd;
using Appliance.Operations;

namespace Appliance.Crm;

/// <summary>Calls agents for the CRM, each on a thread that waits for it; their ends come back on the control thread.</summary>
internal sealed class AgentDesk : IDisposable
{
    /// <summary>The CRM bounds operations itself (<c>node-action-limit</c>); threads are made as they are needed.</summary>
    private const int MostAtOnce = 256;

    private readonly WorkerThreads _workers = new WorkerThreads("agent", MostAtOnce).Ahead(2);
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<string, string> _units = new(StringComparer.Ordinal);
    private readonly ImmutableSortedDictionary<string, string> _environment;
    private readonly Inbox _inbox;
    private readonly ApplianceLog _log;
    private readonly SystemdClass _systemd;
    private readonly ResourceClasses _classes;
    private readonly AgentMarks _marks;

    public AgentDesk(LrmPaths paths, ImmutableSortedDictionary<string, string> environment, DeviceDesk devices, Inbox inbox, ApplianceLog log)
    {
        (_environment, _inbox, _log) = (environment, inbox, log);
        _marks = new(paths.RunningDirectory, log.FromAgent);
        _systemd = new(new(), log.FromAgent, Changed);
        _classes = new(paths, log.FromAgent, _systemd, new StonithClass(devices.Refuses), _marks, new ClusterAttributes((request, answer) => inbox.TryPost(new ControlInput.Asked(request, answer) { User = CrmUser.Cluster })));
        try
        {
            paths.CreateStateDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"cannot make {paths.StateDirectory}: {e.Message}");
        }
    }

    /// <summary>A resource that runs here was found gone by whoever watches it: its name, and the reason. On the control thread.</summary>
    public Action<string, string>? Lost { get; set; }

    /// <param name="ended">Called on the control thread, always, unless the process ends before.</param>
    public void Call(OperationOrder order, Action<AgentEnd> ended)
    {
        if (order.Agent.Standard is "systemd" or "service") _units[UnitName.Full(order.Agent.Type)] = order.Resource;
        _workers.Start(() =>
        {
            var end = Execute(order);
            if (!_ending.IsCancellationRequested) _inbox.Post(new ControlInput.Found(() => ended(end)));
        });
    }

    /// <param name="told">Called on the control thread, always: what the agent says of itself; null: nothing.</param>
    public void Describe(AgentSpec agent, Action<string?> told) => _workers.Start(() =>
    {
        var end = Execute(new(agent.ToString(), agent, "meta-data", TimeSpan.Zero, AgentTrial.MetaDataTime));
        var text = end is { Code: OcfCode.Success, Output.Length: > 0 } ? end.Output : null;
        if (!_ending.IsCancellationRequested) _inbox.Post(new ControlInput.Found(() => told(text)));
    });

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
        _classes.Dispose();
        _systemd.Dispose();
    }

    private AgentEnd Execute(OperationOrder order)
    {
        try
        {
            _marks.Earlier(ActionTimeouts.Grace).GetAwaiter().GetResult();
            return _classes.Run(order, _environment, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            return new(OcfCode.Generic, OperationStatus.Error, "the daemon ends");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The classes promise not to throw; if one does, the resource's state is not known, and that is what an error means.
            _log.Write(LogPriority.Error, $"{order}: {e.Message}", order.Resource);
            return new(OcfCode.Generic, OperationStatus.Error, e.Message);
        }
    }

    private void Changed(UnitChange change)
    {
        var unit = UnitName.Full(change.Unit);
        if (change.Event == UnitEvent.Started) _log.Info($"systemd says that {change.Unit} was started, and not by us");
        else
            _inbox.TryPost(new ControlInput.Found(() =>
            {
                if (_units.TryGetValue(unit, out var resource)) Lost?.Invoke(resource, $"systemd says that {change.Unit} is {change.State}");
            }));
    }
}
