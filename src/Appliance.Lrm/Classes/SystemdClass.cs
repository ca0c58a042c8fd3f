using System.Collections.Concurrent;
using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Systemd;

namespace Appliance.Lrm.Classes;

/// <summary>Units of systemd. Nothing is loaded and no thread runs before the first of them is asked for.</summary>
/// <param name="changed">A unit that we watch stopped, or started, without an order from here. Called on a thread of its own.</param>
public sealed class SystemdClass(SystemdOptions options, AgentLog log, Action<UnitChange> changed) : IResourceClass, IDisposable
{
    /// <summary>For a drop-in and the daemon-reload that it needs.</summary>
    private static readonly TimeSpan ManageTime = TimeSpan.FromSeconds(60);
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, bool> _managed = new(StringComparer.Ordinal);
    private SystemdManager? _manager;

    /// <summary>A unit that is found running is the cluster's from then on: it gets its drop-in. Whoever only looks leaves it as it is.</summary>
    public bool Adopts { get; init; } = true;

    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        // As sd_booted(3) finds out: elsewhere there is nobody to wait for.
        if (!Directory.Exists(options.DropInDirectory)) return new(OcfCode.Installed, OperationStatus.NotInstalled, "systemd does not run this machine");
        SystemdManager manager;
        try
        {
            lock (_gate) manager = _manager ??= new(options, log, changed);
        }
        catch (SystemdBusException e)
        {
            return new(OcfCode.Installed, OperationStatus.NotInstalled, e.Message);
        }
        var unit = order.Agent.Type;
        switch (order.Action)
        {
            case "start": return Remember(unit, true, End(manager.Start(unit, order.Timeout), cancel));
            case "stop": return Remember(unit, false, End(manager.Stop(unit, order.Timeout), cancel));
            case "restart": return End(manager.Restart(unit, order.Timeout), cancel);
            case "reload" or "reload-agent": return End(manager.Reload(unit, order.Timeout), cancel);
            case "monitor" or "status":
                var found = End(manager.Monitor(unit, order.Timeout), cancel);
                // It runs, and was not started by us in this life: from now on it is ours to decide about.
                if (Adopts && found.Code == OcfCode.Success && _managed.TryAdd(unit, true)) _ = manager.Manage(unit, ManageTime);
                return found;
            case "meta-data": return Metadata(manager, unit, order.Timeout);
            default: return new(OcfCode.Unimplemented, OperationStatus.NotSupported, $"a unit of systemd has no action {order.Action}");
        }
    }

    public void Dispose() => _manager?.Dispose();

    private AgentEnd Remember(string unit, bool managed, AgentEnd end)
    {
        if (end.Code != OcfCode.Success) return end;
        if (managed) _managed[unit] = true;
        else _managed.TryRemove(unit, out _);
        return end;
    }

    private static AgentEnd Metadata(SystemdManager manager, string unit, TimeSpan timeout)
    {
        try
        {
            return manager.Metadata(unit, timeout).GetAwaiter().GetResult() is { } text ? new(OcfCode.Success, OperationStatus.Done, "", text) : new(OcfCode.Installed, OperationStatus.NotInstalled, $"there is no unit {unit}");
        }
        catch (SystemdBusException e)
        {
            return new(OcfCode.Generic, OperationStatus.Error, e.Message);
        }
    }

    private static AgentEnd End(Task<OperationResult> task, CancellationToken cancel)
    {
        task.Wait(cancel);
        var result = task.Result;
        return result.Outcome switch
        {
            OperationOutcome.Ok => new(OcfCode.Success, OperationStatus.Done),
            OperationOutcome.NotRunning => new(OcfCode.NotRunning, OperationStatus.Done, result.Reason),
            OperationOutcome.TimedOut => new(OcfCode.Generic, OperationStatus.Timeout, result.Reason),
            OperationOutcome.NotFound => new(OcfCode.Installed, OperationStatus.NotInstalled, result.Reason),
            _ => new(result.ExitCode > 0 ? result.ExitCode : OcfCode.Generic, OperationStatus.Done, result.Reason),
        };
    }
}
