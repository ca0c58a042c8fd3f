using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Order;

/// <summary>How a remote node can be reached.</summary>
internal enum RemoteState { Unknown, Alive, Resting, Failed, Stopped }

/// <summary>What is done on a remote node or in a guest is done while the connection to it is up.</summary>
internal static class RemoteOrders
{
    public static RemoteState StateOf(PolicyNode node)
    {
        var connection = node.Connection!;
        var host = connection.CurrentNode;
        if (connection.NextRole == Role.Stopped || connection.Assigned is null)
        {
            if (host is { Unclean: true }) return RemoteState.Failed;
            if (!connection.Has(ResourceFlags.Failed)) return RemoteState.Stopped;
            if (connection.NextRole == Role.Stopped && connection.ReconnectMs > 0 && node.RemoteWasFenced && node.Attribute("shutdown") is null or "0") return RemoteState.Unknown;
            return RemoteState.Failed;
        }
        if (host is null) return RemoteState.Unknown;
        if (host.Unclean || !host.Online) return RemoteState.Resting;
        if (connection.Active.Count > 1 && connection.MigrationSource is not null && connection.MigrationTarget is not null) return RemoteState.Resting;
        return RemoteState.Alive;
    }

    public static void Add(Scheduling model)
    {
        if (!model.HaveRemoteNodes) return;
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            var action = model.Actions[i];
            if (action.Resource is not { } resource) continue;
            if (resource.IsRemoteConnection && action.Task == Operation.ClearFailcount)
            {
                Orders.Note(model, resource, null, action, resource, Naming.Key(resource.Id, Operation.Start, 0), null, OrderFlags.Ordered);
                continue;
            }
            if (action.Node is not { IsRemoteKind: true, Connection: { } connection } || action.Pseudo) continue;
            if (action.Task == Operation.Start)
                for (var j = resource.Actions.Count - 1; j >= 0; j--)
                {
                    // It stays where it is if the connection to its new place cannot be made.
                    var other = resource.Actions[j];
                    if (other.Node is not null && other.Node != action.Node && other.Task == Operation.Stop)
                        Orders.Note(model, connection, Naming.Key(connection.Id, Operation.Start, 0), null, resource, null, other, OrderFlags.Ordered);
                }
            if (connection.Launcher is not null) AddGuest(model, action, connection);
            else AddRemote(model, action, connection);
        }
    }

    private static void AfterStart(Scheduling model, PolicyResource first, PolicyAction then, OrderFlags extra) =>
        Orders.Note(model, first, Naming.Key(first.Id, Operation.Start, 0), null, then.Resource, null, then, OrderFlags.GuestAllowed | OrderFlags.UnrunnableFirstBlocks | extra);

    private static void BeforeStop(Scheduling model, PolicyAction first, PolicyResource then, OrderFlags extra) =>
        Orders.Note(model, first.Resource, null, first, then, Naming.Key(then.Id, Operation.Stop, 0), null, OrderFlags.GuestAllowed | extra);

    /// <summary>A migration goes with the connection as a stop does.</summary>
    private static string Kind(PolicyAction action) => action.Task is Operation.MigrateTo or Operation.MigrateFrom ? Operation.Stop : action.Task;

    private static void AddRemote(Scheduling model, PolicyAction action, PolicyResource connection)
    {
        var state = StateOf(action.Node!);
        switch (Kind(action))
        {
            case Operation.Start or Operation.Promote:
                AfterStart(model, connection, action, state == RemoteState.Failed ? OrderFlags.FirstImpliesThen : OrderFlags.None);
                break;
            case Operation.Stop when state == RemoteState.Alive:
                BeforeStop(model, action, connection, OrderFlags.ThenImpliesFirst);
                break;
            case Operation.Stop when state == RemoteState.Failed:
                FencingActions.Fence(model, action.Node!, "resources are active but connection is unrecoverable", priorityDelay: false);
                break;
            case Operation.Stop when connection.NextRole == Role.Stopped:
                BeforeStop(model, action, connection, OrderFlags.ThenImpliesFirst);
                break;
            case Operation.Stop:
                AfterStart(model, connection, action, OrderFlags.None);
                break;
            case Operation.Demote:
                if (state is RemoteState.Resting or RemoteState.Unknown) AfterStart(model, connection, action, OrderFlags.None);
                break;
            default:
                if (action.IsRecurring) { AfterStart(model, connection, action, OrderFlags.FirstImpliesThen); break; }
                if (action.Task == Operation.Monitor && state == RemoteState.Failed)
                    FencingActions.Fence(model, action.Node!, "resources are in unknown state and connection is unrecoverable", priorityDelay: false);
                if (connection.CurrentNode is not null && state == RemoteState.Stopped) BeforeStop(model, action, connection, OrderFlags.UnrunnableFirstBlocks);
                else AfterStart(model, connection, action, OrderFlags.None);
                break;
        }
    }

    private static void AddGuest(Scheduling model, PolicyAction action, PolicyResource connection)
    {
        var machine = connection.Launcher!;
        if (machine.Has(ResourceFlags.Failed)) FencingActions.Fence(model, action.Node!, "container failed", priorityDelay: false);
        switch (Kind(action))
        {
            case Operation.Start or Operation.Promote:
                AfterStart(model, machine, action, OrderFlags.FirstImpliesThen);
                AfterStart(model, connection, action, OrderFlags.None);
                break;
            case Operation.Stop or Operation.Demote:
                // With a failed machine both are implied by its end.
                if (!machine.Has(ResourceFlags.Failed)) BeforeStop(model, action, connection, OrderFlags.None);
                break;
            case Operation.Cancel:
                // What ends with the guest anyway need not wait for it.
                break;
            default:
                AfterStart(model, connection, action, action.IsRecurring ? OrderFlags.FirstImpliesThen : OrderFlags.None);
                break;
        }
    }
}
