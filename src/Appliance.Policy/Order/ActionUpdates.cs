using Appliance.Policy.Assign;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>What a relation between actions means for their flags, carried on depth first: the first reason an action gets is the one that stays.</summary>
internal sealed class ActionUpdates(Scheduling model)
{
    [Flags]
    private enum Changed { None = 0, First = 1, Then = 2 }

    public void Update(PolicyAction then)
    {
        var changed = Changed.None;
        var before = then.Flags;
        if (then.Is(ActionFlags.NeedsMinimum))
        {
            then.RunnableBefore = 0;
            if (then.RequiredBefore == 0) then.RequiredBefore = 1;
            then.Clear(ActionFlags.Runnable);
        }
        for (var i = then.Before.Count - 1; i >= 0; i--)
        {
            var relation = then.Before[i];
            var first = relation.First;
            var firstNode = NodeOf(first);
            var thenNode = NodeOf(then);
            if ((relation.Flags & OrderFlags.IfOnSameNode) != 0 && firstNode is not null && thenNode is not null && firstNode != thenNode)
            {
                relation.Flags = OrderFlags.None;
                continue;
            }
            changed &= ~Changed.First;
            if (first.Resource is not null && (relation.Flags & OrderFlags.ThenCancelsFirst) != 0 && !then.Optional)
            {
                first.Set(ActionFlags.Optional);
                if (first.Task == Operation.Reload) first.Resource.Clear(ResourceFlags.Reload);
            }
            if (first.Resource is not null && then.Resource is not null && first.Resource != then.Resource && !Orders.IsAbove(first.Resource, then.Resource)) first = Completion(first);
            if (first == relation.First)
                changed |= Combine(first, then, CollectiveFlags.ForOrdering(first, thenNode), CollectiveFlags.ForOrdering(then, firstNode), relation);
            else
            {
                var count = first.After.Count;
                Orders.Between(model, first, then, relation.Flags, relation.By);
                if (first.After.Count > count)
                {
                    changed |= Changed.Then;
                    relation.Flags = OrderFlags.None;
                }
            }
            if ((changed & Changed.First) == 0) continue;
            for (var j = first.After.Count - 1; j >= 0; j--) Update(first.After[j].Then);
            Update(first);
        }
        if (then.Is(ActionFlags.NeedsMinimum)) changed = before == then.Flags ? changed & ~Changed.Then : changed | Changed.Then;
        if ((changed & Changed.Then) == 0) return;
        if ((before & ActionFlags.Runnable) != 0 && !then.Runnable) BlockDependents(then);
        Update(then);
        for (var i = then.After.Count - 1; i >= 0; i--) Update(then.After[i].Then);
    }

    private static PolicyNode? NodeOf(PolicyAction action) =>
        action.Resource is Group && action.Task == Operation.Start ? Instances.AssignedTo(action.Resource)?.Node : action.Node;

    /// <summary>Who waits for a collective from outside waits for its completion.</summary>
    private static PolicyAction Completion(PolicyAction action)
    {
        if (action.Resource is Primitive or null || action.Key.Contains("notify", StringComparison.Ordinal)) return action;
        if (!Naming.TryParseKey(action.Key, out var name, out var task, out var interval) || interval > 0) return action;
        var done = task switch
        {
            Operation.Stop or Operation.Stopped => Operation.Stopped,
            Operation.Start or Operation.Running => Operation.Running,
            Operation.Promote or Operation.Promoted => Operation.Promoted,
            Operation.Demote or Operation.Demoted => Operation.Demoted,
            _ => null,
        };
        if (done is null) return action;
        var key = action.Resource.Has(ResourceFlags.Notify) && action.Resource is Clone or Bundle && action.Resource.Has(ResourceFlags.Notify)
            ? Naming.NotifyKey(name, "confirmed-post", done) : Naming.Key(name, done, 0);
        return Actions.First(action.Resource, key, null, null) ?? action;
    }

    private Changed Combine(PolicyAction first, PolicyAction then, ActionFlags firstFlags, ActionFlags thenFlags, Relation relation)
    {
        var changed = Changed.None;
        var node = then.Node;
        if ((relation.Flags & OrderFlags.FirstImpliesSameNodeThen) != 0)
        {
            relation.Flags = relation.Flags & ~OrderFlags.FirstImpliesSameNodeThen | OrderFlags.FirstImpliesThen;
            node = first.Node;
        }
        bool Has(OrderFlags flag) => (relation.Flags & flag) != 0;

        if (Has(OrderFlags.FirstImpliesThen))
        {
            if (then.Resource is not null) changed |= Ordered(then.Resource, first, then, node, firstFlags & ActionFlags.Optional, ActionFlags.Optional, OrderFlags.FirstImpliesThen, relation.By);
            else if ((firstFlags & ActionFlags.Optional) == 0 && then.Optional)
            {
                then.Clear(ActionFlags.Optional);
                changed |= Changed.Then;
            }
        }
        if (Has(OrderFlags.IntermediateStop) && then.Resource is not null)
            changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Optional | ActionFlags.Runnable, OrderFlags.IntermediateStop, relation.By);
        if (Has(OrderFlags.ThenImpliesFirst))
        {
            if (first.Resource is not null) changed |= Ordered(first.Resource, first, then, node, firstFlags, ActionFlags.Optional, OrderFlags.ThenImpliesFirst, relation.By);
            else if ((firstFlags & ActionFlags.Optional) == 0 && first.Runnable)
            {
                first.Clear(ActionFlags.Runnable);
                changed |= Changed.First;
            }
        }
        if (Has(OrderFlags.PromotedThenImpliesFirst) && then.Resource is not null)
            changed |= Ordered(then.Resource, first, then, node, firstFlags & ActionFlags.Optional, ActionFlags.Optional, OrderFlags.PromotedThenImpliesFirst, relation.By);
        if (Has(OrderFlags.MinRunnable))
        {
            if (then.Resource is not null) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Runnable, OrderFlags.MinRunnable, relation.By);
            else if ((firstFlags & ActionFlags.Runnable) != 0)
            {
                then.RunnableBefore++;
                if (then.RunnableBefore >= then.RequiredBefore && !then.Runnable)
                {
                    then.Set(ActionFlags.Runnable);
                    changed |= Changed.Then;
                }
            }
        }
        if (Has(OrderFlags.NestedRemoteProbe) && then.Resource is not null)
        {
            if ((firstFlags & ActionFlags.Runnable) == 0 && first.Resource is { Active.Count: > 0 }) relation.Flags = OrderFlags.None;
            else changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Runnable, OrderFlags.UnrunnableFirstBlocks, relation.By);
        }
        if (Has(OrderFlags.UnrunnableFirstBlocks))
        {
            if (then.Resource is not null) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Runnable, OrderFlags.UnrunnableFirstBlocks, relation.By);
            else if ((firstFlags & ActionFlags.Runnable) == 0 && then.Runnable)
            {
                then.Clear(ActionFlags.Runnable);
                changed |= Changed.Then;
            }
        }
        if (then.Resource is not null)
        {
            if (Has(OrderFlags.UnmigratableThenBlocks)) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Optional, OrderFlags.UnmigratableThenBlocks, relation.By);
            if (Has(OrderFlags.FirstElseThen)) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Optional, OrderFlags.FirstElseThen, relation.By);
            if (Has(OrderFlags.Ordered)) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Runnable, OrderFlags.Ordered, relation.By);
            if (Has(OrderFlags.Asymmetric)) changed |= Ordered(then.Resource, first, then, node, firstFlags, ActionFlags.Runnable, OrderFlags.Asymmetric, relation.By);
        }
        if (first.Runnable && Has(OrderFlags.FirstImpliesThenGraphed) && (firstFlags & ActionFlags.Optional) == 0) then.Set(ActionFlags.AlwaysInGraph);
        if (Has(OrderFlags.ThenImpliesFirstGraphed) && (thenFlags & ActionFlags.Optional) == 0) first.Set(ActionFlags.AlwaysInGraph);
        if (Has(OrderFlags.FirstImpliesThen | OrderFlags.ThenImpliesFirst | OrderFlags.IntermediateStop) && first.Resource is { Managed: false } stuck && stuck.Has(ResourceFlags.Blocked)
            && !first.Runnable && first.Task == Operation.Stop && then.Runnable)
        {
            then.Clear(ActionFlags.Runnable);
            changed |= Changed.Then;
        }
        return changed;
    }

    // ---- by kind of resource ----

    private Changed Ordered(PolicyResource of, PolicyAction first, PolicyAction then, PolicyNode? node, ActionFlags flags, ActionFlags filter, OrderFlags type, Configured? by)
    {
        switch (of)
        {
            case Group:
            {
                var changed = Plain(first, then, flags, filter, type);
                if (then.Resource is Group { } group ? group.MayHave(then.Task) : then.Resource is not null)
                    foreach (var member in then.Resource!.Children)
                        if (Actions.First(member, null, then.Task, node) is { } own) changed |= Ordered(member, first, own, node, flags, filter, type, by);
                return changed;
            }
            case Clone or Bundle:
            {
                if (then.Resource is null) return Changed.None;
                if (Interleaves(first, then)) return Interleaved(first, then, node, filter, type, by);
                var changed = Plain(first, then, flags, filter, type);
                foreach (var instance in new List<PolicyResource>(Instances.Of(then.Resource)))
                {
                    if (Actions.First(instance, null, then.Task, node) is not { } own || (CollectiveFlags.Of(own, node) & ActionFlags.Runnable) == 0) continue;
                    var its = Ordered(instance, first, own, node, flags, filter, type, by);
                    if ((its & Changed.Then) != 0)
                        for (var i = own.After.Count - 1; i >= 0; i--) Update(own.After[i].Then);
                    changed |= its;
                }
                return changed;
            }
            default:
                return Plain(first, then, flags, filter, type);
        }
    }

    private static bool Interleaves(PolicyAction first, PolicyAction then)
    {
        if (first.Resource == then.Resource || first.Resource is not (Clone or Bundle) || then.Resource is not (Clone or Bundle)) return false;
        var down = then.Key.EndsWith("_stop_0", StringComparison.Ordinal) || then.Key.EndsWith("_demote_0", StringComparison.Ordinal);
        return Texts.IsTrue((down ? first : then).Resource!.Meta.GetValueOrDefault("interleave"));
    }

    private Changed Interleaved(PolicyAction first, PolicyAction then, PolicyNode? node, ActionFlags filter, OrderFlags type, Configured? by)
    {
        var changed = Changed.None;
        var current = first.Key.EndsWith("_stopped_0", StringComparison.Ordinal) || first.Key.EndsWith("_demoted_0", StringComparison.Ordinal);
        var firstTask = CollectiveFlags.Original(first);
        foreach (var instance in new List<PolicyResource>(Instances.Of(then.Resource!)))
        {
            if (Instances.Compatible(model, instance, first.Resource!, Role.Unknown, current) is not { } partner)
            {
                if (current || (type & (OrderFlags.UnrunnableFirstBlocks | OrderFlags.FirstImpliesThen)) == 0) continue;
                if (Instances.IsAssigned(instance)) changed |= Changed.Then;
                Placement.Assign(model, instance, null, force: true, stopIfFail: true);
                continue;
            }
            if (OfInstance(partner, first.Task is not (Operation.Stop or Operation.Stopped), firstTask, node) is not { } firstAction) continue;
            if (OfInstance(instance, then.Task is Operation.Promote or Operation.Promoted or Operation.Demote or Operation.Demoted, then.Task, node) is not { } thenAction) continue;
            var count = firstAction.After.Count;
            Orders.Between(model, firstAction, thenAction, type, by);
            if (firstAction.After.Count > count) changed |= Changed.First | Changed.Then;
            changed |= Ordered(instance, firstAction, thenAction, node, CollectiveFlags.Of(firstAction, node), filter, type, by);
        }
        return changed;
    }

    /// <summary>An instance's action; of a container that is asked for what is inside, that one's, which is not on the container's node.</summary>
    private static PolicyAction? OfInstance(PolicyResource instance, bool inside, string task, PolicyNode? node)
    {
        if (inside && instance.Parent is Bundle bundle)
            foreach (var replica in bundle.Replicas)
                if (replica.Container == instance && replica.Child is not null) return Actions.First(replica.Child, null, task, null);
        return Actions.First(instance, null, task, node);
    }

    private Changed Plain(PolicyAction first, PolicyAction then, ActionFlags flags, ActionFlags filter, OrderFlags type)
    {
        var firstBefore = first.Flags;
        var thenBefore = then.Flags;
        var optional = (filter & ActionFlags.Optional) != 0;
        var runnable = (filter & ActionFlags.Runnable) != 0;
        switch (type)
        {
            case OrderFlags.Asymmetric: Asymmetric(first, then); break;
            case OrderFlags.ThenImpliesFirst when (thenBefore & ActionFlags.Optional) == 0:
                // A collective's parts may know better than its own flag.
                if (optional && (flags & ActionFlags.Optional) == 0) Drop(first, ActionFlags.Optional, then);
                if ((flags & ActionFlags.Migratable) != 0 && !then.Is(ActionFlags.Migratable)) Drop(first, ActionFlags.Migratable, then);
                break;
            case OrderFlags.PromotedThenImpliesFirst when then.Resource is { Role: Role.Promoted } && !then.Optional:
                Drop(first, ActionFlags.Optional, then);
                if (first.Is(ActionFlags.Migratable) && !then.Is(ActionFlags.Migratable)) Drop(first, ActionFlags.Migratable, then);
                break;
            case OrderFlags.UnmigratableThenBlocks when optional:
                if (!then.Is(ActionFlags.Migratable | ActionFlags.Runnable)) Drop(first, ActionFlags.Runnable, then);
                if (!then.Optional) Drop(first, ActionFlags.Optional, then);
                break;
            case OrderFlags.FirstElseThen when optional && !first.Runnable:
                Drop(then, ActionFlags.Migratable, first);
                then.Clear(ActionFlags.Pseudo);
                break;
            case OrderFlags.UnrunnableFirstBlocks when runnable && then.Runnable && (flags & ActionFlags.Runnable) == 0:
                Drop(then, ActionFlags.Runnable, first);
                Drop(then, ActionFlags.Migratable, first);
                break;
            case OrderFlags.FirstImpliesThen when optional && then.Optional && (flags & ActionFlags.Optional) == 0 && !first.Is(ActionFlags.Migratable):
                Drop(then, ActionFlags.Optional, first);
                break;
            case OrderFlags.IntermediateStop: Restart(first, then, optional, runnable); break;
        }
        var changed = Changed.None;
        if (thenBefore != then.Flags)
        {
            changed |= Changed.Then;
            if (then.Resource?.Parent is not null) Update(then);
        }
        if (firstBefore != first.Flags) changed |= Changed.First;
        return changed;
    }

    private static void Asymmetric(PolicyAction first, PolicyAction then)
    {
        if (then.Resource is not { } resource || first.Runnable) return;
        if (then.Optional)
        {
            var role = Instances.RoleOf(resource, current: true);
            if (role == Role.Stopped && then.Task == Operation.Stop) return;
            if (role >= Role.Started && then.Task == Operation.Start && resource.Active.Count == 1 && resource.Active[0] == then.Node) return;
        }
        Drop(then, ActionFlags.Optional, first);
        Drop(then, ActionFlags.Runnable, first);
    }

    private static void Restart(PolicyAction first, PolicyAction then, bool optional, bool runnable)
    {
        if (!(runnable && !then.Runnable && then.Resource is { Managed: true } && first.Resource == then.Resource) && !(optional && !then.Optional)) return;
        if (first.Runnable) Drop(first, ActionFlags.Optional, then);
        if (!then.Optional) Drop(first, ActionFlags.Optional, then);
        if (!then.Is(ActionFlags.Migratable)) Drop(first, ActionFlags.Migratable, then);
        if (!first.Optional && !first.Runnable) Drop(then, ActionFlags.Runnable, first);
    }

    /// <summary>Takes a flag away, and says why if it is another resource's doing.</summary>
    private static void Drop(PolicyAction action, ActionFlags flag, PolicyAction because)
    {
        if (!action.Is(flag)) return;
        action.Clear(flag);
        if (action.Resource == because.Resource) return;
        var word = flag switch { ActionFlags.Optional => "required", ActionFlags.Migratable => "unmigrateable", _ => "unrunnable" };
        action.SetReason($"{word} {because.Resource?.Id}{(because.Resource is null ? "" : " ")}{because.Task}", overwrite: false);
    }

    // ---- colocation ----

    /// <summary>What must be with something that cannot start cannot start either.</summary>
    public void BlockDependents(PolicyAction action)
    {
        var starts = action.Task == Operation.Start;
        if (action.Runnable || action.Resource is not { } resource || !starts && action.Task != Operation.Promote) return;
        // A collective fails its dependents only if none of its parts gets there.
        var top = resource.Top();
        if (top.Parent is not null) top = top.Parent;
        foreach (var part in top.Children)
            if (Actions.First(part, null, action.Task, null) is not { Runnable: false }) return;
        foreach (var colocation in ColocationLists.WithThis(top))
        {
            if (colocation.Score < Scores.Infinity || !starts && colocation.PrimaryRole != Role.Promoted) continue;
            Block(colocation.Dependent, colocation.DependentRole == Role.Promoted ? Operation.Promote : Operation.Start, resource);
        }
    }

    private void Block(PolicyResource resource, string task, PolicyResource because)
    {
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (!action.Runnable || action.Task != task) continue;
            action.Clear(ActionFlags.Runnable);
            action.SetReason($"colocation with {because.Id}", overwrite: false);
            BlockDependents(action);
            Update(action);
        }
        foreach (var child in resource.Children) Block(child, task, because);
    }
}
