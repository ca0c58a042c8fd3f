using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>Groups, clones and bundles: their parts' actions, and pseudo-actions for the beginning and end of each operation as a whole.</summary>
internal static class Collectives
{
    public static PolicyAction Pseudo(Scheduling model, PolicyResource resource, string task, bool optional, bool runnable)
    {
        var action = Actions.Ask(model, resource, Naming.Key(resource.Id, task, 0), task, null, optional);
        action.Set(ActionFlags.Pseudo);
        if (runnable) action.Set(ActionFlags.Runnable);
        return action;
    }

    public static void CreateGroup(Scheduling model, Group group)
    {
        foreach (var member in group.Children) ActionCreation.Create(model, member);
        foreach (var task in new[] { Operation.Start, Operation.Running, Operation.Stop, Operation.Stopped }) Pseudo(model, group, task, optional: true, runnable: true);
        if (!group.Top().Has(ResourceFlags.Promotable)) return;
        foreach (var task in new[] { Operation.Demote, Operation.Demoted, Operation.Promote, Operation.Promoted }) Pseudo(model, group, task, optional: true, runnable: true);
    }

    [Flags]
    private enum Activity { None = 0, Starting = 1, Stopping = 2, Restarting = 4, Active = 8 }

    public static void CreateClone(Scheduling model, Clone clone)
    {
        CreateInstances(model, clone, clone.Children);
        if (clone.Has(ResourceFlags.Promotable)) CreatePromotion(model, clone);
    }

    private static void CreateInstances(Scheduling model, PolicyResource collective, List<PolicyResource> instances)
    {
        var activity = Activity.None;
        foreach (var instance in instances)
        {
            ActionCreation.Create(model, instance);
            activity |= ActivityOf(instance);
        }
        var starting = (activity & Activity.Starting) != 0;
        var stopping = (activity & Activity.Stopping) != 0;
        var start = Pseudo(model, collective, Operation.Start, !starting, runnable: true);
        var started = Pseudo(model, collective, Operation.Running, !starting, runnable: false);
        started.Priority = Scores.Infinity;
        if ((activity & (Activity.Active | Activity.Starting)) != 0) started.Set(ActionFlags.Runnable);
        else started.Clear(ActionFlags.Runnable);
        var stop = Pseudo(model, collective, Operation.Stop, !stopping, runnable: true);
        var stopped = Pseudo(model, collective, Operation.Stopped, !stopping, runnable: true);
        stopped.Priority = Scores.Infinity;
        if ((activity & Activity.Restarting) == 0) stop.Set(ActionFlags.Migratable);
        if (collective is Clone clone) Notifications.CreateForClone(model, clone, start, started, stop, stopped);
    }

    private static Activity ActivityOf(PolicyResource instance)
    {
        var activity = Activity.None;
        if (instance.Children.Count > 0)
        {
            foreach (var child in instance.Children) activity |= ActivityOf(child);
            return activity;
        }
        if (instance.Active.Count > 0) activity |= Activity.Active;
        foreach (var action in instance.Actions)
        {
            if (action.Optional) continue;
            if (action.Task == Operation.Start && action.Runnable) activity |= Activity.Starting;
            else if (action.Task == Operation.Stop && action.IsAny(ActionFlags.Pseudo | ActionFlags.Runnable)) activity |= Activity.Stopping;
        }
        if ((activity & (Activity.Starting | Activity.Stopping)) == (Activity.Starting | Activity.Stopping)) activity |= Activity.Restarting;
        return activity;
    }

    private static void CreatePromotion(Scheduling model, Clone clone)
    {
        bool promoting = false, demoting = false;
        foreach (var instance in clone.Children)
        {
            ActionCreation.Create(model, instance);
            CheckRoles(instance, ref promoting, ref demoting);
        }
        var promote = Pseudo(model, clone, Operation.Promote, !promoting, runnable: true);
        var promoted = Pseudo(model, clone, Operation.Promoted, !promoting, runnable: true);
        promoted.Priority = Scores.Infinity;
        Notifications.CreateForPromotion(model, clone, promote, promoted);
        var demote = Pseudo(model, clone, Operation.Demote, !demoting, runnable: true);
        var demoted = Pseudo(model, clone, Operation.Demoted, !demoting, runnable: true);
        demoted.Priority = Scores.Infinity;
        Notifications.CreateForDemotion(model, clone, demote, demoted);
        foreach (var instance in clone.Children) instance.Priority = clone.Priority;
    }

    private static void CheckRoles(PolicyResource resource, ref bool promoting, ref bool demoting)
    {
        foreach (var child in resource.Children) CheckRoles(child, ref promoting, ref demoting);
        if (resource.Children.Count > 0) return;
        foreach (var action in resource.Actions)
        {
            if (action.Optional) continue;
            if (action.Task == Operation.Promote) promoting = true;
            else if (action.Task == Operation.Demote) demoting = true;
        }
    }

    public static void CreateBundle(Scheduling model, Bundle bundle)
    {
        foreach (var replica in bundle.Replicas)
        {
            if (replica.Ip is not null) ActionCreation.Create(model, replica.Ip);
            if (replica.Container is not null) ActionCreation.Create(model, replica.Container);
            if (replica.Remote is not null) ActionCreation.Create(model, replica.Remote);
        }
        // The containers once more, as instances: what is there is found again.
        CreateInstances(model, bundle, Assign.Instances.Of(bundle));
        if (bundle.Inner is not { } inner) return;
        ActionCreation.Create(model, inner);
        if (!inner.Has(ResourceFlags.Promotable)) return;
        foreach (var task in new[] { Operation.Promote, Operation.Promoted, Operation.Demote, Operation.Demoted })
        {
            var action = Pseudo(model, bundle, task, optional: true, runnable: true);
            if (task is Operation.Promoted or Operation.Demoted) action.Priority = Scores.Infinity;
        }
    }
}
