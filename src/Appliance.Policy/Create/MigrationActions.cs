using Appliance.Policy.Model;
using Appliance.Policy.Order;

namespace Appliance.Policy.Create;

/// <summary>Moving without stopping.</summary>
internal static class MigrationActions
{
    public static bool CanMigrate(PolicyResource resource, PolicyNode current) =>
        resource.Has(ResourceFlags.Migratable) && resource.Managed && !resource.Has(ResourceFlags.Failed) && !resource.Has(ResourceFlags.StartPending)
        && !current.Unclean && resource.Node is { Unclean: false };

    public static void Create(Scheduling model, PolicyResource resource, PolicyNode current)
    {
        var continues = resource.MigrationTarget is not null;
        var start = Actions.Start(model, resource, resource.Node, optional: true);
        var stop = Actions.Stop(model, resource, current, optional: true);
        string Key(string task) => Naming.Key(resource.Id, task, 0);
        void Note(string first, string then, OrderFlags flags) => Orders.Note(model, resource, Key(first), null, resource, Key(then), null, flags);

        var leave = continues ? null : Actions.Ask(model, resource, Key(Operation.MigrateTo), Operation.MigrateTo, current, optional: true);
        var arrive = Actions.Ask(model, resource, Key(Operation.MigrateFrom), Operation.MigrateFrom, resource.Node, optional: true);
        start.Set(ActionFlags.Migratable | ActionFlags.Pseudo);
        stop.Set(ActionFlags.Migratable);
        arrive.Set(ActionFlags.Migratable);
        if (leave is not null)
        {
            leave.Set(ActionFlags.Migratable);
            leave.Needs = start.Needs;
            Note(Operation.Monitor, Operation.MigrateTo, OrderFlags.Ordered);
            Note(Operation.MigrateTo, Operation.MigrateFrom, OrderFlags.Ordered | OrderFlags.UnmigratableThenBlocks);
        }
        else
        {
            arrive.Needs = start.Needs;
            Note(Operation.Monitor, Operation.MigrateFrom, OrderFlags.Ordered);
        }
        Note(Operation.MigrateFrom, Operation.Stop, OrderFlags.Ordered | OrderFlags.UnmigratableThenBlocks);
        Note(Operation.MigrateFrom, Operation.Start, OrderFlags.Ordered | OrderFlags.FirstElseThen | OrderFlags.UnmigratableThenBlocks);
        foreach (var action in leave is null ? new[] { arrive } : [leave, arrive])
        {
            action.Meta["migrate_source"] = current.Name;
            action.Meta["migrate_target"] = resource.Node!.Name;
        }
        // A connection's pending migration would only cost writes.
        if (leave is not null && !resource.IsRemoteConnection) leave.Meta["record-pending"] = "true";
    }
}
