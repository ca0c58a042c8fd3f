using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>What waits for a resource's start or stop waits for its probes as well.</summary>
internal sealed class ProbeOrders(Scheduling model)
{
    private int _stamp;
    /// <summary>Resources that are stopped or demoted, not only in name. A walk is long and often ends without any.</summary>
    private readonly HashSet<PolicyResource> _undone = [];

    public void Run()
    {
        foreach (var action in model.Actions)
            if (action is { Resource: { } resource, Pseudo: false, Task: Operation.Stop or Operation.Demote }) _undone.Add(resource);
        foreach (var resource in model.Resources) AroundStarts(resource);
        foreach (var ordering in model.Orderings) LikeStops(ordering);
    }

    private void AroundStarts(PolicyResource resource)
    {
        foreach (var child in resource.Children) AroundStarts(child);
        if (resource.Children.Count > 0) return;
        foreach (var probe in Actions.Of(resource, null, Operation.Monitor, requireNode: false))
            for (var i = probe.After.Count - 1; i >= 0; i--)
            {
                var then = probe.After[i];
                BlockInstances(probe, then);
                if (_undone.Count == 0) continue;
                _stamp++;
                Restart(probe, then.Then);
            }
    }

    /// <summary>While it is not known what runs where, no further instance of the clone is started.</summary>
    private void BlockInstances(PolicyAction probe, Relation after)
    {
        if (after.Then.Resource is not (Clone or Bundle) || probe.Runnable || (after.Asked & OrderFlags.UnrunnableFirstBlocks) != 0
            || probe.Resource!.Top() != after.Then.Resource || after.Then.Task != Operation.Start) return;
        for (var i = after.Then.After.Count - 1; i >= 0; i--)
        {
            var then = after.Then.After[i].Then;
            if (then.Resource is null || then.Resource.Active.Count > 0 || then.Resource.Top() != after.Then.Resource || then.Task != Operation.Start) continue;
            Orders.Between(model, probe, then, OrderFlags.UnrunnableFirstBlocks);
        }
    }

    /// <summary>A probe before the start of another resource is also before its stop, which a restart begins with; and so on along what the start implies.</summary>
    private void Restart(PolicyAction probe, PolicyAction after)
    {
        if (probe.Resource is not Primitive || probe.Task != Operation.Monitor || after.Visited == _stamp) return;
        after.Visited = _stamp;
        if (after.Resource is Primitive && probe.Resource != after.Resource && _undone.Contains(after.Resource))
        {
            var undo = after.Task switch { Operation.Start => Operation.Stop, Operation.Promote => Operation.Demote, _ => null };
            if (undo is not null)
                foreach (var then in Actions.Of(after.Resource, null, undo, requireNode: false))
                    if (!then.Pseudo) Orders.Between(model, probe, then, OrderFlags.Ordered);
        }
        var interleaved = after.Resource is Clone or Bundle && Texts.IsTrue(after.Resource.Meta.GetValueOrDefault("interleave"));
        var partner = interleaved ? Assign.Instances.Compatible(model, probe.Resource, after.Resource!, Role.Unknown, current: false) : null;
        for (var i = after.After.Count - 1; i >= 0; i--)
        {
            var next = after.After[i];
            if ((next.Asked & OrderFlags.FirstImpliesThen) == 0)
            {
                // From a collective on to its parts.
                if (after.Resource is not (Group or Clone or Bundle) || probe.Resource.Parent == after.Resource || next.Then.Resource is null
                    || next.Then.Resource is Clone or Bundle || next.Then.Resource.Parent != after.Resource) continue;
                if (interleaved && partner != next.Then.Resource) continue;
            }
            Restart(probe, next.Then);
        }
    }

    /// <summary>What comes after the stop of a resource comes after its probes.</summary>
    private void LikeStops(Ordering ordering)
    {
        if (ordering.Flags == OrderFlags.None || ordering.FirstResource is not { } first || first == ordering.ThenResource) return;
        if (ordering.FirstAction is null && ordering.FirstKey is null || ordering.ThenAction is null && ordering.ThenKey is null) return;
        if (ordering.FirstAction is not null ? ordering.FirstAction.Task != Operation.Stop : !ordering.FirstKey!.EndsWith("_stop_0", StringComparison.Ordinal)) return;
        if (ordering.ThenResource is not null && first.Launcher == ordering.ThenResource
            && (ordering.ThenAction is not null ? ordering.ThenAction.Task == Operation.Stop : ordering.ThenKey!.EndsWith("_stop_0", StringComparison.Ordinal))) return;
        var flags = OrderFlags.Ordered | ordering.Flags & (OrderFlags.IfFirstUnmigratable | OrderFlags.IfOnSameNode);
        if (ordering.Flags is OrderFlags.IfRequiredOnSameNode or OrderFlags.IfOnSameNodeOrTarget) flags = ordering.Flags;
        var probes = Actions.Of(first, null, Operation.Monitor, requireNode: false);
        if (probes.Count == 0) return;
        List<PolicyAction> thens = ordering.ThenAction is { } known ? [known] : ordering.ThenResource is { } then ? Actions.Find(then, ordering.ThenKey!, null) : [];
        foreach (var probe in probes)
            foreach (var action in thens)
            {
                if (action.Task == Operation.Fence && action.Meta.GetValueOrDefault("stonith_action") == Operation.On && action.Node == probe.Node) continue;
                if (action.Task == Operation.Shutdown && action.Node != probe.Node) continue;
                Orders.Between(model, probe, action, flags, ordering.By);
            }
    }
}
