using Appliance.Policy.Model;

namespace Appliance.Policy.Graph;

/// <summary>Which actions stand in the graph, and which of those before them they wait for.</summary>
internal static class Inclusion
{
    private const OrderFlags Harmless = OrderFlags.ThenImpliesFirstGraphed | OrderFlags.FirstImpliesThenGraphed | OrderFlags.Ordered;

    public static bool Takes(PolicyAction action)
    {
        if (!action.Runnable || action.Optional && !action.Is(ActionFlags.AlwaysInGraph)) return false;
        if (action.Resource is { Managed: false } && action.Task != Operation.Monitor && action.IntervalMs == 0) return false;
        if (action.Pseudo || action.Task is Operation.Fence or Operation.Shutdown) return true;
        if (action.Node is not { } node) return false;
        if (action.Is(ActionFlags.OnDc)) return true;
        if (node.IsGuest && !node.NeedsReset) return true;
        return node.Online && !node.Unclean;
    }

    public static bool Takes(PolicyAction action, Relation input)
    {
        var first = input.First;
        if (input.State == RelationState.Taken) return true;
        if (input.Flags == OrderFlags.None) return false;
        if (!first.Runnable && (input.Flags & ~Harmless) == 0) return false;
        if (!first.Runnable && (input.Flags & (OrderFlags.MinRunnable | OrderFlags.UnmigratableThenBlocks)) != 0) return false;
        if ((input.Flags & OrderFlags.IfFirstUnmigratable) != 0 && first.Is(ActionFlags.Migratable)) return false;
        var isStop = first.Key.EndsWith("_stop_0", StringComparison.Ordinal);
        if (input.Flags == OrderFlags.Ordered && first.Is(ActionFlags.Migratable) && isStop) return false;
        if (input.Flags == OrderFlags.IfOnSameNodeOrTarget)
        {
            var there = action.Resource is not null && action.Task == Operation.MigrateTo ? action.Resource.Node : action.Node;
            if (first.Node == there && !(action.Task != Operation.MigrateTo && first.Optional)) return true;
            input.Flags = OrderFlags.None;
            return false;
        }
        if (input.Flags == OrderFlags.IfRequiredOnSameNode)
        {
            if ((first.Node is null || action.Node is null || first.Node == action.Node) && !first.Optional) return true;
            input.Flags = OrderFlags.None;
            return false;
        }
        if (first.Resource is { Managed: false } other && other != action.Resource && other.Has(ResourceFlags.Failed) && isStop && action.Resource is Clone) return false;
        return !first.Optional || first.IsAny(ActionFlags.AlwaysInGraph | ActionFlags.InGraph) || Takes(first);
    }

    /// <summary>Whether an input leads back to the action it is an input of.</summary>
    public static bool HasLoop(PolicyAction start, PolicyAction action, Relation input)
    {
        if (input.First.Is(ActionFlags.DetectLoop) || !Takes(action, input)) return false;
        if (input.First == start) return true;
        input.First.Set(ActionFlags.DetectLoop);
        var found = false;
        foreach (var next in input.First.Before)
            if (HasLoop(start, input.First, next)) { found = true; break; }
        input.First.Clear(ActionFlags.DetectLoop);
        return found;
    }
}
