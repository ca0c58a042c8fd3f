using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>What will be done, for each resource and node, in the words of Pacemaker 3.0.2.</summary>
internal sealed class TransitionSummary
{
    private readonly List<PlannedChange> _changes = [];

    public static List<PlannedChange> Of(Scheduling model)
    {
        var summary = new TransitionSummary();
        for (var i = model.Actions.Count - 1; i >= 0; i--) summary.AddNodeAction(model.Actions[i]);
        foreach (var resource in model.Resources) summary.Add(resource);
        return summary._changes;
    }

    private void AddNodeAction(PolicyAction action)
    {
        if (action.Resource is not null || action.Optional || action.Node is not { } node || action.Task != Operation.Fence) return;
        var name = node.IsGuest ? $"{node.Name} (resource: {node.Connection!.Launcher!.Id})" : node.Name;
        _changes.Add(new PlannedChange.OfNode($"Fence ({action.Meta.GetValueOrDefault("stonith_action")})", name, action.Reason));
    }

    private void Add(PolicyResource resource)
    {
        switch (resource)
        {
            case Primitive: AddPrimitive(resource); break;
            case Bundle bundle:
                foreach (var replica in bundle.Replicas)
                {
                    if (replica.Ip is not null) Add(replica.Ip);
                    if (replica.Container is not null) Add(replica.Container);
                    if (replica.Remote is not null) Add(replica.Remote);
                    if (replica.Child is not null) Add(replica.Child);
                }
                break;
            default:
                foreach (var child in resource.Children) Add(child);
                break;
        }
    }

    private static PolicyAction? Oldest(PolicyResource resource, PolicyNode? node, string task) =>
        Actions.Of(resource, node, task, requireNode: false) is { Count: > 0 } found ? found[0] : null;

    private void AddPrimitive(PolicyResource resource)
    {
        var next = resource.Node;
        PolicyNode? current = null;
        if (resource.Active.Count > 0)
        {
            current = resource.CurrentNode;
            if (resource.Role == Role.Stopped) resource.Role = Role.Started;
        }
        if (current is null && (resource.IsRemoved || next is null) || !resource.Managed) return;
        var moving = current is not null && next is not null && current != next;
        var failed = resource.Has(ResourceFlags.Failed);
        var start = Oldest(resource, next, Operation.Start);
        var stop = Oldest(resource, start is { Runnable: true } ? current : null, Operation.Stop);
        if (stop is null && resource.Has(ResourceFlags.StopUnexpected)) stop = Oldest(resource, null, Operation.Stop);
        var promote = Oldest(resource, next, Operation.Promote);
        var demote = Oldest(resource, next, Operation.Demote);
        if (resource.Role == resource.NextRole)
        {
            if (Oldest(resource, next, Operation.MigrateFrom) is { Runnable: true } && current is not null) Item("Migrate", resource, current, next, start, null);
            else if (resource.Has(ResourceFlags.Reload)) Item("Reload", resource, current, next, start, null);
            else if (start is null || start.Optional)
            {
                if (demote is { Optional: false } && promote is { Optional: false }) Item("Re-promote", resource, current, next, promote, demote);
            }
            else if (!start.Runnable) Item("Stop", resource, current, null, stop, stop?.Reason is null ? start : stop);
            else if (moving) Item(failed ? "Recover" : "Move", resource, current, next, stop, null);
            else if (failed) Item("Recover", resource, current, null, stop, null);
            else Item("Restart", resource, current, next, start, null);
            return;
        }
        if (stop is not null && (resource.NextRole == Role.Stopped || start is { Runnable: false }))
        {
            foreach (var node in resource.Active)
            {
                var own = Oldest(resource, node, Operation.Stop);
                Item("Stop", resource, node, null, own, own?.Reason is null ? start : own);
            }
        }
        else if (stop is not null && failed && resource.Has(ResourceFlags.StopIfFailed)) Item("Recover", resource, current, next, stop, start);
        else if (moving) Item("Move", resource, current, next, stop, null);
        else if (resource.Has(ResourceFlags.Reload)) Item("Reload", resource, current, next, start, null);
        else if (stop is { Optional: false }) Item("Restart", resource, current, next, start, null);
        else if (resource.Role == Role.Promoted) Item("Demote", resource, current, next, demote, null);
        else if (resource.NextRole == Role.Promoted) Item("Promote", resource, current, next, promote, null);
        else if (resource.Role == Role.Stopped && resource.NextRole > Role.Stopped) Item("Start", resource, current, next, start, null);
    }

    private void Item(string change, PolicyResource resource, PolicyNode? from, PolicyNode? to, PolicyAction? action, PolicyAction? source)
    {
        if (action is null) return;
        source ??= action;
        _changes.Add(new PlannedChange.OfResource(change, resource.Id, resource.Role.Text(), resource.NextRole.Text(), from?.Name, to?.Name)
        {
            Roles = resource.Role > Role.Started || resource.NextRole > Role.Unpromoted, SameHost = from is not null && from == to, Reason = source.Reason, Blocked = !action.Runnable,
        });
    }
}
