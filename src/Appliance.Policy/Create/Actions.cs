using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>The making and finding of actions. An action that is asked for again is the same one; being needed once, it stays needed.</summary>
internal static class Actions
{
    /// <summary>The action of that key on that node, made if there is none.</summary>
    public static PolicyAction Ask(Scheduling model, PolicyResource? resource, string key, string task, PolicyNode? node, bool optional)
    {
        var action = resource is null ? null : Oldest(resource, key, node);
        action ??= Make(model, resource, key, task, node, optional);
        // Nothing is done to an unmanaged resource but watching it.
        if (resource is not null && action.Node is not null && !resource.Managed && !action.IsRecurring) action.Set(ActionFlags.Optional);
        else if (!optional) action.Clear(ActionFlags.Optional);
        if (resource is not null)
        {
            if (action.Node is not null && action.Definition is not null && !action.Is(ActionFlags.ParametersRead))
            {
                action.Parameters.Clear();
                ReadParameters(model, action.Definition, action.Node.Attributes, action.Parameters);
                action.Set(ActionFlags.ParametersRead);
            }
            JudgeRunnable(model, action);
        }
        return action;
    }

    private static PolicyAction Make(Scheduling model, PolicyResource? resource, string key, string task, PolicyNode? node, bool optional)
    {
        var action = new PolicyAction(model.Actions.Count + 1, key, task, resource, node);
        if (task == Operation.LrmDelete) action.Set(ActionFlags.OnDc);
        if (optional) action.Set(ActionFlags.Optional);
        model.Actions.Add(action);
        if (resource is null)
        {
            model.Singletons.TryAdd(key, action);
            return action;
        }
        if (!Naming.TryParseKey(key, out _, out _, out var interval)) interval = 0;
        action.Definition = OperationConfiguration.Find(model, resource, task, interval, includeDisabled: true);
        if (action.Definition is null && key.Contains("_notify_", StringComparison.Ordinal))
            action.Definition = OperationConfiguration.FindExactly(model, resource, Operation.Notify, 0, includeDisabled: true);
        foreach (var (name, value) in OperationConfiguration.Meta(model, resource, node, task, interval, action.Definition)) action.Meta[name] = value;
        action.Needs = OperationConfiguration.Needs(resource, task);
        action.OnFail = OperationConfiguration.OnFailure(model, resource, task, interval, action.Meta.GetValueOrDefault("on-fail"));
        action.FailRole = OperationConfiguration.RoleAfterFailure(resource, task, action.OnFail);
        resource.Actions.Add(action);
        action.Change();
        return action;
    }

    public static void ReadParameters(Scheduling model, CibElement? definition, IReadOnlyDictionary<string, string>? nodeAttributes, Dictionary<string, string> into) =>
        AttributeSets.Read(definition, "instance_attributes", model.RuleInput() with { NodeAttributes = nodeAttributes }, into, model);

    private const string Unrunnable = "update_resource_action_runnable";

    /// <summary>Whether the action can run as things are: its node, and what it needs.</summary>
    private static void JudgeRunnable(Scheduling model, PolicyAction action)
    {
        if (action.Pseudo) return;
        var resource = action.Resource!;
        var onDc = action.Is(ActionFlags.OnDc);
        if (action.Node is not { } node)
        {
            action.Clear(ActionFlags.Runnable);
        }
        else if (!onDc && !node.Online && (!node.IsGuest || node.NeedsReset))
        {
            action.Clear(ActionFlags.Runnable);
            model.Remarks?.Add(Complaint.Remark(Unrunnable, $"{action.Key} on {node.Name} is unrunnable (node is offline)"));
            if (resource.Managed && action.Task == Operation.Stop && !node.Unclean) FencingActions.Fence(model, node, "stop is unrunnable", priorityDelay: false);
        }
        else if (!onDc && node.Pending)
        {
            action.Clear(ActionFlags.Runnable);
            model.Remarks?.Add(Complaint.Remark(Unrunnable, $"Action {action.Key} on {node.Name} is unrunnable (node is pending)"));
        }
        else if (action.Needs == Needs.Nothing)
        {
            action.Reason = null;
            if (node.IsGuest && !FencingActions.CanFence(model, node)) action.Clear(ActionFlags.Runnable);
            else action.Set(ActionFlags.Runnable);
        }
        else
        {
            switch (EffectiveQuorumPolicy(model, resource))
            {
                case NoQuorumPolicy.Stop:
                    action.Clear(ActionFlags.Runnable);
                    action.SetReason("no quorum", overwrite: true);
                    break;
                case NoQuorumPolicy.Freeze when !resource.IsActive(all: true) || resource.NextRole > resource.Role:
                    action.Clear(ActionFlags.Runnable);
                    action.SetReason("quorum freeze", overwrite: true);
                    break;
                case NoQuorumPolicy.Freeze: break;
                default: action.Set(ActionFlags.Runnable); break;
            }
        }
    }

    private static NoQuorumPolicy EffectiveQuorumPolicy(Scheduling model, PolicyResource resource)
    {
        if (model.Options.Quorate) return NoQuorumPolicy.Ignore;
        if (model.Options.NoQuorumPolicy != NoQuorumPolicy.Demote) return model.Options.NoQuorumPolicy;
        if (resource.Role is not (Role.Promoted or Role.Unpromoted)) return NoQuorumPolicy.Stop;
        if (resource.NextRole > Role.Unpromoted) resource.NextRole = Role.Unpromoted;
        return NoQuorumPolicy.Ignore;
    }

    private static PolicyAction? Oldest(PolicyResource resource, string key, PolicyNode? node)
    {
        // Whatever of that key has no node yet takes this one, as every match does that is looked at.
        PolicyAction? oldest = null;
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (!Texts.Same(action.Key, key)) continue;
            if (node is null) oldest = action;
            else if (action.Node is null) { action.Node = node; oldest = action; }
            else if (action.Node == node) oldest = action;
        }
        return oldest;
    }

    /// <summary>The actions of a key, oldest first; a node given to none of them is given to those without one.</summary>
    public static List<PolicyAction> Find(PolicyResource resource, string key, PolicyNode? node)
    {
        var found = new List<PolicyAction>();
        foreach (var action in resource.Actions)
        {
            if (!Texts.Same(action.Key, key)) continue;
            if (node is not null)
            {
                if (action.Node is null) action.Node = node;
                else if (action.Node != node) continue;
            }
            found.Add(action);
        }
        return found;
    }

    /// <summary>The actions of a key on exactly that node, oldest first.</summary>
    public static List<PolicyAction> FindExactly(PolicyResource resource, string key, PolicyNode? node)
    {
        var found = new List<PolicyAction>();
        if (node is null) return found;
        foreach (var action in resource.Actions)
            if (action.Node == node && Texts.Same(action.Key, key)) found.Add(action);
        return found;
    }

    /// <summary>A resource's actions of a name with interval 0, newest last; or only those on exactly that node.</summary>
    public static List<PolicyAction> Of(PolicyResource resource, PolicyNode? node, string task, bool requireNode)
    {
        var key = Naming.Key(resource.Id, task, 0);
        return requireNode ? FindExactly(resource, key, node) : Find(resource, key, node);
    }

    /// <summary>The newest action of a key or name, and of a node if one is given; null if there is none.</summary>
    public static PolicyAction? First(PolicyResource resource, string? key, string? task, PolicyNode? node)
    {
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (key is not null && !Texts.Same(action.Key, key)) continue;
            if (task is not null && !Texts.Same(action.Task, task)) continue;
            if (node is null || action.Node == node) return action;
        }
        return null;
    }

    /// <summary>An action without a resource that exists once.</summary>
    public static PolicyAction? Singleton(Scheduling model, string key) => model.Singletons.GetValueOrDefault(key);

    /// <summary>A pseudo-action without a resource.</summary>
    public static PolicyAction Pseudo(Scheduling model, string name)
    {
        if (Singleton(model, name) is { } known) return known;
        var action = Ask(model, null, name, name, null, optional: true);
        action.Set(ActionFlags.Pseudo | ActionFlags.Runnable);
        return action;
    }

    public static PolicyAction Start(Scheduling model, PolicyResource r, PolicyNode? node, bool optional) => Ask(model, r, Naming.Key(r.Id, Operation.Start, 0), Operation.Start, node, optional);
    public static PolicyAction Stop(Scheduling model, PolicyResource r, PolicyNode? node, bool optional) => Ask(model, r, Naming.Key(r.Id, Operation.Stop, 0), Operation.Stop, node, optional);
    public static PolicyAction Promote(Scheduling model, PolicyResource r, PolicyNode? node, bool optional) => Ask(model, r, Naming.Key(r.Id, Operation.Promote, 0), Operation.Promote, node, optional);
    public static PolicyAction Demote(Scheduling model, PolicyResource r, PolicyNode? node, bool optional) => Ask(model, r, Naming.Key(r.Id, Operation.Demote, 0), Operation.Demote, node, optional);
    public static PolicyAction Delete(Scheduling model, PolicyResource r, PolicyNode? node, bool optional) => Ask(model, r, Naming.Key(r.Id, Operation.Delete, 0), Operation.Delete, node, optional);

    /// <summary>Has the failures of a resource on a node forgotten.</summary>
    public static PolicyAction ClearFailcount(Scheduling model, PolicyResource resource, PolicyNode node, string reason)
    {
        var action = Ask(model, resource, Naming.Key(resource.Id, Operation.ClearFailcount, 0), Operation.ClearFailcount, node, optional: false);
        action.Meta["op_no_wait"] = "true";
        action.Reason = reason;
        return action;
    }

    /// <summary>Has the history of a resource on a node removed, as a shutdown lock asks for.</summary>
    public static PolicyAction ClearHistory(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        var action = Ask(model, resource, Naming.Key(resource.Id, Operation.LrmDelete, 0), Operation.LrmDelete, node, optional: false);
        action.Meta["on-fail"] = "ignore";
        return action;
    }
}
