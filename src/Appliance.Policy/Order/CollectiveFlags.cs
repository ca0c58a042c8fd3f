using Appliance.Policy.Assign;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>The flags of an action of a collective, as its parts' actions have them.</summary>
internal static class CollectiveFlags
{
    public static ActionFlags Of(PolicyAction action, PolicyNode? node) => action.Resource switch
    {
        Group group => OfGroup(group, action, node),
        Clone clone => OfInstances(clone.Children, action, node),
        Bundle bundle => OfInstances(InstancesFor(bundle, action), action, node),
        _ => action.Flags,
    };

    /// <summary>In a bundle roles are the inner resource's, everything else the containers'.</summary>
    private static List<PolicyResource> InstancesFor(Bundle bundle, PolicyAction action) =>
        bundle.Inner is not null && Original(action) is Operation.Promote or Operation.Demote && bundle.Inner is not null ? bundle.Inner.Children : Instances.Of(bundle);

    /// <summary>In an ordering, for a node of a clone: whether it is required there, and whether it is runnable anywhere.</summary>
    public static ActionFlags ForOrdering(PolicyAction action, PolicyNode? node)
    {
        if (action.Resource is null) return action.Flags;
        var flags = Of(action, null);
        if (node is null || action.Resource is not Clone) return flags;
        var there = Of(action, node);
        return (flags & ActionFlags.Runnable) != 0 ? there | ActionFlags.Runnable : there;
    }

    /// <summary>A group of thousands is asked once for each of its members: between changes the answer is the same.</summary>
    private static ActionFlags OfGroup(Group group, PolicyAction action, PolicyNode? node)
    {
        foreach (var known in group.Answers)
            if (known.Node == node && known.Task == action.Task)
            {
                action.Clear(known.Lost);
                return known.Flags;
            }
        var (lost, changes) = (ActionFlags.None, group.Changes);
        var flags = OfMembers(group, action, node, ref lost);
        action.Clear(lost);
        if (group.Changes == changes && group.Children.TrueForAll(static m => m is Primitive)) group.Answers.Add(new(action.Task, node, flags, lost));
        return flags;
    }

    private static ActionFlags OfMembers(Group group, PolicyAction action, PolicyNode? node, ref ActionFlags lost)
    {
        var flags = ActionFlags.Optional | ActionFlags.Runnable | ActionFlags.Pseudo;
        var task = Plain(action.Task);
        foreach (var member in group.Children)
        {
            if (Actions.First(member, null, task, node) is not { } own)
            {
                if (task is not (Operation.Stop or Operation.Demote)) flags &= ~ActionFlags.Runnable;
                continue;
            }
            var its = Of(own, node);
            if ((flags & ActionFlags.Optional) != 0 && (its & ActionFlags.Optional) == 0)
            {
                flags &= ~ActionFlags.Optional;
                lost |= ActionFlags.Optional;
            }
            if (task != action.Task && (flags & ActionFlags.Runnable) != 0 && (its & ActionFlags.Runnable) == 0)
            {
                flags &= ~ActionFlags.Runnable;
                lost |= ActionFlags.Runnable;
            }
        }
        return flags;
    }

    private static ActionFlags OfInstances(List<PolicyResource> instances, PolicyAction action, PolicyNode? node)
    {
        var flags = ActionFlags.Optional | ActionFlags.Runnable | ActionFlags.Pseudo;
        var task = Original(action);
        var runnable = false;
        foreach (var instance in instances)
        {
            if (Actions.First(instance, null, task, instance is Primitive ? node : null) is not { } own) continue;
            var its = Of(own, node);
            if ((flags & ActionFlags.Optional) != 0 && (its & ActionFlags.Optional) == 0)
            {
                flags &= ~ActionFlags.Optional;
                action.Clear(ActionFlags.Optional);
            }
            if ((its & ActionFlags.Runnable) != 0) runnable = true;
        }
        if (runnable) return flags;
        if (node is null) action.Clear(ActionFlags.Runnable);
        return flags & ~ActionFlags.Runnable;
    }

    /// <summary>The operation whose completion this is, or itself.</summary>
    public static string Plain(string task) => task switch
    {
        Operation.Running => Operation.Start,
        Operation.Stopped => Operation.Stop,
        Operation.Promoted => Operation.Promote,
        Operation.Demoted => Operation.Demote,
        Operation.Notified => Operation.Notify,
        _ => task,
    };

    /// <summary>The instances' operation behind a completion or a notification; groups have completions of their own.</summary>
    public static string Original(PolicyAction action)
    {
        var task = action.Task;
        if (task is Operation.Notify or Operation.Notified && action.Key.IndexOf("_notify_", StringComparison.Ordinal) is >= 0 and var at)
        {
            var about = action.Key[(at + "_notify_".Length)..];
            var end = about.LastIndexOf('_');
            task = end < 0 ? about : about[..end];
        }
        return action.Resource?.Children is [Group, ..] ? task : Plain(task);
    }
}
