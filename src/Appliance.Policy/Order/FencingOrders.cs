using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>Nodes are fenced and shut down, and everything else happens before or after that.</summary>
internal static class FencingOrders
{
    public static void Schedule(Scheduling model)
    {
        var managed = false;
        foreach (var resource in model.Resources) managed |= HasManaged(resource);
        PolicyAction? dcDown = null;
        var fencings = new List<PolicyAction>();
        var shutdowns = new List<PolicyAction>();
        foreach (var node in model.Nodes)
        {
            if (node.IsGuest)
            {
                if (node.NeedsReset && managed && FencingActions.CanFence(model, node)) ResetGuest(model, node);
                continue;
            }
            if (managed && node.Unclean && FencingActions.CanFence(model, node))
            {
                var fencing = FencingActions.Operate(model, node, null, optional: false, "node is unclean", priorityDelay: false);
                OrderAround(model, fencing);
                if (node.IsDc) dcDown = fencing;
                else
                {
                    if (!model.Options.ConcurrentFencing && fencings.Count > 0) Orders.Between(model, fencings[^1], fencing, OrderFlags.Ordered);
                    fencings.Add(fencing);
                }
            }
            else if (node is { Online: true, Shutdown: true, IsRemoteKind: false })
            {
                var shutdown = Shutdown(model, node);
                if (node.IsDc) dcDown = shutdown;
                else shutdowns.Add(shutdown);
            }
        }
        if (dcDown is null) return;
        if (dcDown.Task == Operation.Shutdown)
            for (var i = shutdowns.Count - 1; i >= 0; i--) Orders.Between(model, shutdowns[i], dcDown, OrderFlags.Ordered);
        if (model.Options.ConcurrentFencing)
            for (var i = fencings.Count - 1; i >= 0; i--) Orders.Between(model, fencings[i], dcDown, OrderFlags.Ordered);
        else if (fencings.Count > 0) Orders.Between(model, fencings[^1], dcDown, OrderFlags.Ordered);
    }

    private static bool HasManaged(PolicyResource resource)
    {
        if (resource.Managed) return true;
        foreach (var child in resource.Children) if (HasManaged(child)) return true;
        return false;
    }

    private static PolicyAction Shutdown(Scheduling model, PolicyNode node)
    {
        var shutdown = Actions.Ask(model, null, $"{Operation.Shutdown}-{node.Name}", Operation.Shutdown, node, optional: false);
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            if (action.Node != node || action.Task != Operation.Stop || action.Resource is not { } resource) continue;
            if (resource.Has(ResourceFlags.Maintenance) || node.Maintenance || !resource.Managed && !resource.Has(ResourceFlags.Blocked)) continue;
            action.Clear(ActionFlags.Optional);
            Orders.Note(model, resource, null, action, null, Operation.Shutdown, shutdown, OrderFlags.Ordered | OrderFlags.UnrunnableFirstBlocks);
        }
        shutdown.Meta["op_no_wait"] = "true";
        return shutdown;
    }

    /// <summary>A guest is fenced by stopping its machine; a pseudo-action stands for that.</summary>
    private static void ResetGuest(Scheduling model, PolicyNode node)
    {
        var connection = node.Connection!;
        var machine = connection.Launcher!;
        var stop = Actions.First(machine, null, Operation.Stop, null);
        var starts = Actions.First(machine, null, Operation.Start, null) is not null;
        var fencing = FencingActions.Operate(model, node, starts ? Operation.Reboot : Operation.Off, optional: false, "guest is unclean", priorityDelay: false);
        fencing.Set(ActionFlags.Pseudo | ActionFlags.Runnable);
        const OrderFlags Implied = OrderFlags.UnrunnableFirstBlocks | OrderFlags.FirstImpliesThen;
        if (stop is { Pseudo: true, Node: not null })
            Orders.Between(model, FencingActions.Operate(model, stop.Node, null, optional: false, null, priorityDelay: false), fencing, Implied);
        else if (stop is not null) Orders.Between(model, stop, fencing, Implied);
        else if (Actions.First(connection, null, Operation.Stop, null) is { } disconnect) Orders.Between(model, disconnect, fencing, OrderFlags.Ordered);
        OrderAround(model, fencing);
    }

    private static void OrderAround(Scheduling model, PolicyAction fencing)
    {
        foreach (var resource in model.Resources) OrderAround(model, resource, fencing);
    }

    private static void OrderAround(Scheduling model, PolicyResource resource, PolicyAction fencing)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) OrderAround(model, child, fencing);
            return;
        }
        if (!resource.Managed) return;
        OrderStarts(model, resource, fencing);
        OrderStops(model, resource, fencing);
    }

    private static void OrderStarts(Scheduling model, PolicyResource resource, PolicyAction fencing)
    {
        var target = fencing.Node!;
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (action.Needs == Needs.Fencing) Orders.Between(model, fencing, action, OrderFlags.Ordered);
            else if (action.Needs == Needs.Quorum && action.Task == Operation.Start && resource.Allowed[target] is not null && !IsKnownOn(resource, target))
                Orders.Between(model, fencing, action, OrderFlags.Ordered | OrderFlags.UnrunnableFirstBlocks);
        }
    }

    /// <summary>An instance of an anonymous clone of primitives is known where any of them is.</summary>
    private static bool IsKnownOn(PolicyResource resource, PolicyNode node) =>
        resource.Known.Contains(node) || resource.Parent is { IsAnonymousClone: true } clone && clone.Known.Contains(node);

    private static void OrderStops(Scheduling model, PolicyResource resource, PolicyAction fencing)
    {
        var target = fencing.Node!;
        var implied = resource.Has(ResourceFlags.NeedsFencing) || target.IsGuest;
        var top = resource.Top();
        var stops = Actions.Of(resource, target, Operation.Stop, requireNode: false);
        var topStop = stops.Count > 0 && implied ? Actions.First(top, null, Operation.Stop, null) : null;
        foreach (var stop in stops)
        {
            // It would never be answered: the fencing does it.
            stop.Set(ActionFlags.Pseudo | ActionFlags.Runnable);
            if (implied)
            {
                if (!resource.IsInBundle) Orders.Between(model, fencing, stop, OrderFlags.GuestAllowed);
                Orders.Between(model, fencing, topStop, OrderFlags.GuestAllowed);
            }
            if (resource.Has(ResourceFlags.Notify)) Notifications.AfterFencing(model, resource, stop, fencing);
        }
        foreach (var demote in Actions.Of(resource, target, Operation.Demote, requireNode: false))
        {
            if (demote.Node!.Online && !demote.Node.Unclean && !resource.Has(ResourceFlags.Failed)) continue;
            demote.Set(ActionFlags.Pseudo | ActionFlags.Runnable);
            if (!resource.IsInBundle && implied) Orders.Between(model, fencing, demote, OrderFlags.GuestAllowed | OrderFlags.Ordered);
        }
    }
}
