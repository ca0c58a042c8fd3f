using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Order;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>Operations that repeat while a resource is in a role, and the end of those that do so no longer.</summary>
internal static class RecurringActions
{
    private sealed record Recurring(string Name, long IntervalMs, string Key, Role Role);

    public static void Create(Scheduling model, PolicyResource resource)
    {
        if (resource.Has(ResourceFlags.Blocked) || resource.Has(ResourceFlags.Maintenance)) return;
        PolicyAction? start = null;
        // On a node in maintenance nothing is done where it runs, but elsewhere it may still be watched for being stopped.
        if (resource.Node is { Maintenance: false } node && (resource.NextRole != Role.Stopped || !resource.Managed)) start = Actions.Start(model, resource, node, optional: true);
        foreach (var definition in resource.Operations)
        {
            if (Of(resource, definition) is not { } operation) continue;
            if (start is not null) ForActive(model, resource, start, operation);
            ForInactive(model, resource, operation);
        }
    }

    private static Recurring? Of(PolicyResource resource, CibElement definition)
    {
        var interval = Periods.Interval(definition["interval"]);
        var name = definition["name"];
        // One without a name nobody could carry out: a graph with it would be refused as a whole.
        if (interval == 0 || string.IsNullOrEmpty(name) || !OperationConfiguration.IsEnabled(definition)) return null;
        if (name is Operation.Start or Operation.Stop or Operation.Promote or Operation.Demote or Operation.Reload or Operation.MigrateTo or Operation.MigrateFrom) return null;
        var same = 0;
        foreach (var other in resource.Operations)
            if (other["name"] == name && Periods.Interval(other["interval"]) == interval) same++;
        var role = Roles.Parse(definition["role"]);
        return same > 1 || role == Role.Unknown && definition["role"] is not null ? null : new(name, interval, Naming.Key(resource.Id, name, interval), role);
    }

    private static void ForActive(Scheduling model, PolicyResource resource, PolicyAction start, Recurring operation)
    {
        if (operation.Role == Role.Stopped) return;
        var node = resource.Node;
        var running = IsRunning(resource, node, operation.Key, start);
        if (operation.Role != Role.Unknown ? resource.NextRole != operation.Role : resource.NextRole == Role.Promoted)
        {
            if (running) CancelForRole(model, resource, node!, operation);
            return;
        }
        var monitor = Actions.Ask(model, resource, operation.Key, operation.Name, node, running);
        if (!start.Runnable || node is null || !node.Online || node.Unclean) monitor.Clear(ActionFlags.Runnable);
        if (resource.NextRole == Role.Promoted) monitor.Meta["op_target_rc"] = "8";
        if (node is not null && !resource.Managed) return;
        void After(string task, OrderFlags flags) => Orders.Note(model, resource, Naming.Key(resource.Id, task, 0), null, null, null, monitor, flags);
        After(Operation.Start, OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks);
        After(Operation.Reload, OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks);
        if (resource.NextRole == Role.Promoted) After(Operation.Promote, OrderFlags.Ordered | OrderFlags.UnrunnableFirstBlocks);
        else if (resource.Role == Role.Promoted) After(Operation.Demote, OrderFlags.Ordered | OrderFlags.UnrunnableFirstBlocks);
    }

    private static bool IsRunning(PolicyResource resource, PolicyNode? node, string key, PolicyAction start)
    {
        if (!start.Optional) return false;
        var known = Actions.FindExactly(resource, key, node);
        foreach (var action in known) if (action.Is(ActionFlags.Reschedule)) return false;
        return known.Count > 0;
    }

    private static void ForInactive(Scheduling model, PolicyResource resource, Recurring operation)
    {
        if (operation.Role != Role.Stopped || !resource.Unique) return;
        foreach (var node in model.Nodes)
        {
            if (resource.Node is not null && node == resource.Node)
            {
                CancelForStart(model, resource, node, operation);
                continue;
            }
            var known = Actions.FindExactly(resource, operation.Key, node);
            var monitor = Actions.Ask(model, resource, operation.Key, operation.Name, node, optional: known.Count > 0);
            monitor.Meta["op_target_rc"] = "7";
            if (resource.Managed)
                foreach (var probe in Actions.Of(resource, node, Operation.Monitor, requireNode: false)) Orders.Between(model, probe, monitor, OrderFlags.UnrunnableFirstBlocks);
            foreach (var stop in Actions.Of(resource, node, Operation.Stop, requireNode: true))
            {
                if (!stop.Runnable) monitor.Clear(ActionFlags.Runnable);
                if (resource.Managed)
                    Orders.Note(model, resource, Naming.Key(resource.Id, Operation.Stop, 0), stop, null, null, monitor, OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks);
            }
            if (!node.Online || node.Unclean) monitor.Clear(ActionFlags.Runnable);
        }
    }

    /// <summary>What repeats in a role ends before the resource leaves it. What must be started anew anyway is left to that.</summary>
    private static void CancelForRole(Scheduling model, PolicyResource resource, PolicyNode node, Recurring operation)
    {
        var cancel = NewCancel(model, resource, operation.Name, operation.IntervalMs, node);
        var before = (resource.Role, resource.NextRole) switch
        {
            (Role.Started or Role.Unpromoted, Role.Promoted) => Operation.Promote,
            (Role.Started or Role.Unpromoted, Role.Stopped) => Operation.Stop,
            (Role.Promoted, _) => Operation.Demote,
            _ => null,
        };
        Before(model, resource, cancel, before);
    }

    /// <summary>What repeats where a resource is stopped ends before it comes up there.</summary>
    private static void CancelForStart(Scheduling model, PolicyResource resource, PolicyNode node, Recurring operation)
    {
        if (Actions.FindExactly(resource, operation.Key, node).Count == 0) return;
        var cancel = NewCancel(model, resource, operation.Name, operation.IntervalMs, node);
        Before(model, resource, cancel, resource.NextRole is Role.Started or Role.Unpromoted ? Operation.Start : null);
    }

    private static void Before(Scheduling model, PolicyResource resource, PolicyAction cancel, string? task)
    {
        if (task is not null) Orders.Note(model, resource, null, cancel, resource, Naming.Key(resource.Id, task, 0), null, OrderFlags.UnrunnableFirstBlocks);
    }

    private static PolicyAction NewCancel(Scheduling model, PolicyResource resource, string task, long intervalMs, PolicyNode node)
    {
        var cancel = Actions.Ask(model, resource, Naming.Key(resource.Id, task, intervalMs), Operation.Cancel, node, optional: false);
        cancel.Task = Operation.Cancel;
        cancel.CancelTask = task;
        cancel.Meta["operation"] = task;
        cancel.Meta["interval"] = Texts.Text(intervalMs);
        return cancel;
    }

    /// <summary>Ends a recurring operation found in the history.</summary>
    public static void Cancel(Scheduling model, PolicyResource resource, string? callId, string task, long intervalMs, PolicyNode node)
    {
        var cancel = NewCancel(model, resource, task, intervalMs, node);
        if (callId is not null) cancel.Meta["call-id"] = callId;
        Orders.Note(model, resource, Naming.Key(resource.Id, Operation.Stop, 0), null, resource, null, cancel, OrderFlags.Ordered);
    }
}
