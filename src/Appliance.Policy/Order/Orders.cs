using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>The making of orderings: between actions at once, or noted for when all actions exist.</summary>
internal static class Orders
{
    /// <summary>Orders two actions now, unless one of these relations holds already.</summary>
    /// <param name="by">The constraint that asks for it.</param>
    public static void Between(Scheduling model, PolicyAction? first, PolicyAction? then, OrderFlags flags, Configured? by = null)
    {
        _ = model;
        if (flags == OrderFlags.None || first is null || then is null) return;
        if (first.MayBeBefore(then))
        {
            // A fencing may have thousands after it, and each of these only a few before. Once inputs are merged, not every relation is there any more.
            var known = then.Before.Count < first.After.Count && !then.Is(ActionFlags.InputsMerged) ? then.Before : first.After;
            foreach (var relation in known)
                if (relation.First == first && relation.Then == then && (relation.Asked & flags) != 0)
                {
                    relation.By = Configured.Firmer(relation.By, by);
                    return;
                }
        }
        first.Add(new Relation(first, then, flags, by));
    }

    /// <summary>Notes an ordering of two resources' operations.</summary>
    public static void Resources(Scheduling model, PolicyResource? first, string firstTask, PolicyResource? then, string thenTask, OrderFlags flags)
    {
        if (first is null || then is null) return;
        Note(model, first, Naming.Key(first.Id, firstTask, 0), null, then, Naming.Key(then.Id, thenTask, 0), null, flags);
    }

    public static void Starts(Scheduling model, PolicyResource? first, PolicyResource? then, OrderFlags flags) => Resources(model, first, Operation.Start, then, Operation.Start, flags);
    public static void Stops(Scheduling model, PolicyResource? first, PolicyResource? then, OrderFlags flags) => Resources(model, first, Operation.Stop, then, Operation.Stop, flags);

    /// <summary>Notes an ordering; on each side an action, or a resource and a key.</summary>
    public static void Note(Scheduling model, PolicyResource? firstResource, string? firstKey, PolicyAction? firstAction,
        PolicyResource? thenResource, string? thenKey, PolicyAction? thenAction, OrderFlags flags)
    {
        var ordering = new Ordering(model.NextOrderId(), flags)
        {
            FirstResource = firstResource ?? firstAction?.Resource, FirstKey = firstKey ?? firstAction?.Key, FirstAction = firstAction,
            ThenResource = thenResource ?? thenAction?.Resource, ThenKey = thenKey ?? thenAction?.Key, ThenAction = thenAction,
            By = model.Reading,
        };
        model.Orderings.Add(ordering);
        NoteForMigration(model, ordering);
    }

    /// <summary>What an ordering of starts and stops means where a side may migrate instead.</summary>
    private static void NoteForMigration(Scheduling model, Ordering ordering)
    {
        if (ordering.FirstResource is not { } first || ordering.ThenResource is not { } then || first == then || IsAbove(first, then) || IsAbove(then, first)) return;
        if (ordering.FirstKey is null || ordering.ThenKey is null) return;
        var firstMoves = first.Has(ResourceFlags.Migratable);
        var thenMoves = then.Has(ResourceFlags.Migratable);
        if (!thenMoves) return;
        if (!Naming.TryParseKey(ordering.FirstKey, out _, out var firstTask, out _) || !Naming.TryParseKey(ordering.ThenKey, out _, out var thenTask, out _)) return;
        // The equivalents only order: what an action implies or blocks goes through start and stop.
        const OrderFlags flags = OrderFlags.Ordered;
        var conditional = firstMoves ? flags | OrderFlags.IfFirstUnmigratable : flags;
        void Add(string one, string two, OrderFlags with) =>
            Note(model, first, Naming.Key(first.Id, one, 0), null, then, Naming.Key(then.Id, two, 0), null, with);

        switch (firstTask, thenTask)
        {
            case (Operation.Start, Operation.Start):
                if (firstMoves) Add(Operation.MigrateFrom, Operation.MigrateTo, flags);
                Add(Operation.Start, Operation.MigrateTo, conditional);
                break;
            case (Operation.Stop, Operation.Stop):
                Add(Operation.Stop, Operation.MigrateTo, conditional);
                if (then.MigrationTarget is not null) Add(Operation.Stop, Operation.MigrateFrom, conditional);
                break;
            case (Operation.Promote, Operation.Start):
                Add(Operation.Promote, Operation.MigrateTo, flags);
                break;
            case (Operation.Demote, Operation.Stop):
                Add(Operation.Demote, Operation.MigrateTo, flags);
                if (then.MigrationTarget is not null) Add(Operation.Demote, Operation.MigrateFrom, flags);
                break;
        }
    }

    public static bool IsAbove(PolicyResource above, PolicyResource below)
    {
        for (var at = below.Parent; at is not null; at = at.Parent) if (at == above) return true;
        return false;
    }
}
