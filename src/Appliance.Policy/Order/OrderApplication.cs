using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Order;

/// <summary>Noted orderings become relations between actions, and what they imply is carried through all actions.</summary>
internal static class OrderApplication
{
    public static void Run(Scheduling model)
    {
        for (var i = 0; i < model.Orderings.Count; i++) Apply(model, model.Orderings[i]);
        var updates = new ActionUpdates(model);
        for (var i = model.Actions.Count - 1; i >= 0; i--) updates.BlockDependents(model.Actions[i]);
        new ProbeOrders(model).Run();
        for (var i = model.Actions.Count - 1; i >= 0; i--) updates.Update(model.Actions[i]);
        for (var i = model.Actions.Count - 1; i >= 0; i--)
            foreach (var input in model.Actions[i].Before)
                if (IsInvalid(model, model.Actions[i], input)) input.Flags = OrderFlags.None;
    }

    private static void Apply(Scheduling model, Ordering ordering)
    {
        if (ordering.FirstResource is { } first) ApplyFirst(model, first, ordering);
        else if (ordering.ThenResource is { } then) ApplyThen(model, ordering.FirstAction, then, ordering);
        else Orders.Between(model, ordering.FirstAction, ordering.ThenAction, ordering.Flags, ordering.By);
    }

    private static void ApplyFirst(Scheduling model, PolicyResource first, Ordering ordering)
    {
        List<PolicyAction> actions = ordering.FirstAction is { } known ? [known] : ByKey(first, ordering.FirstKey!);
        if (actions.Count == 0)
        {
            if (first == ordering.ThenResource || !Naming.TryParseKey(ordering.FirstKey!, out _, out var task, out var interval)) return;
            var role = Assign.Instances.RoleOf(first, current: true);
            if (task == Operation.Stop && role == Role.Stopped) return;
            if (task == Operation.Demote && role == Role.Unpromoted) return;
            actions = [Actions.Ask(model, first, Naming.Key(first.Id, task, interval), task, null, optional: true)];
        }
        var then = ordering.ThenResource ?? ordering.ThenAction?.Resource;
        if (then is null && ordering.ThenAction is null) return;
        foreach (var action in actions)
        {
            if (then is null) Orders.Between(model, action, ordering.ThenAction, ordering.Flags, ordering.By);
            else ApplyThen(model, action, then, ordering);
        }
    }

    private static void ApplyThen(Scheduling model, PolicyAction? first, PolicyResource then, Ordering ordering)
    {
        var flags = ordering.Flags;
        List<PolicyAction> actions = ordering.ThenAction is { } known ? [known] : ByKey(then, ordering.ThenKey!);
        if (actions.Count == 0) return;
        if (first is not null && first.Resource == then && first.Is(ActionFlags.MigrationAbort)) flags &= ~OrderFlags.FirstImpliesThen;
        if (first is null && (flags & OrderFlags.FirstImpliesThen) == 0) return;
        foreach (var action in actions)
        {
            if (first is not null) Orders.Between(model, first, action, flags, ordering.By);
            else action.Clear(ActionFlags.Runnable);
        }
    }

    /// <summary>The actions of a key, or of the same operation under the resource's own name.</summary>
    private static List<PolicyAction> ByKey(PolicyResource resource, string key)
    {
        var found = Actions.Find(resource, key, null);
        if (found.Count == 0 && Naming.TryParseKey(key, out _, out var task, out var interval)) found = Actions.Find(resource, Naming.Key(resource.Id, task, interval), null);
        return found;
    }

    private static bool IsInvalid(Scheduling model, PolicyAction action, Relation input)
    {
        // Nothing in a guest is ordered against the guest's own machine, except by what was generated.
        if ((input.Flags & OrderFlags.GuestAllowed) == 0 && input.First.Resource is not null && action.Resource is { Launched.Count: > 0 } machine
            && input.First.Node?.Connection?.Launcher == machine)
        {
            model.Remarks?.Add(Complaint.Remark("ordering_is_invalid", $"Invalid ordering constraint between {input.First.Resource.Id} and {machine.Id}"));
            return true;
        }
        return input.Flags == OrderFlags.IfOnSameNodeOrTarget && action.Resource is not null && action.Task == Operation.MigrateTo && Graph.Inclusion.HasLoop(action, action, input);
    }
}
