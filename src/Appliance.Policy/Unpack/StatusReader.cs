using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>The status section: first the nodes' states, then what is known of resources on them, as soon as each node's turn has come.</summary>
internal static class StatusReader
{
    public static void Read(Scheduling model)
    {
        var status = model.Cib.Element("status");
        if (status is null) return;
        foreach (var element in status.Children)
        {
            if (element.Name == "tickets")
                foreach (var ticket in element.Elements("ticket_state")) ReadTicket(model, ticket);
            else if (element.Name == "node_state") NodeStates.Read(model, element);
        }
        while (ReadHistories(model, status, rest: false)) { }
        ReadHistories(model, status, rest: model.Options.FencingEnabled);
        foreach (var launcher in model.StopNeeded)
            if (launcher.CurrentNode is { } node) Actions.Stop(model, launcher, node, optional: false);
        foreach (var node in model.Nodes)
        {
            if (!node.IsRemoteKind) continue;
            if (node.Shutdown && node.Connection is not null) node.Connection.NextRole = Role.Stopped;
            if (!node.HistoryUnpacked) NodeStates.DetermineRemote(node);
        }
    }

    private static void ReadTicket(Scheduling model, CibElement element)
    {
        if (element.Id is not { Length: > 0 } id) return;
        if (!model.Tickets.TryGetValue(id, out var ticket)) model.Tickets[id] = ticket = new Ticket(id);
        ticket.Granted = Texts.IsTrue(element["granted"]);
        ticket.Standby = Texts.IsTrue(element["standby"]);
    }

    /// <summary>Reads the histories of all nodes whose turn has come; true if there was one, since others may wait for what it says.</summary>
    private static bool ReadHistories(Scheduling model, CibElement status, bool rest)
    {
        var some = false;
        foreach (var state in status.Elements("node_state"))
        {
            if (state.Id is null || state["uname"] is null || NodeStates.NodeOf(model, state) is not { } node || node.HistoryUnpacked) continue;
            if (!rest && !IsTurnOf(model, node)) continue;
            if (node.IsRemoteKind)
            {
                NodeStates.DetermineRemote(node);
                NodeStates.ReadRemoteAttributes(model, node, state);
            }
            node.HistoryUnpacked = true;
            History.Read(model, node, state);
            some = true;
        }
        return some;
    }

    private static bool IsTurnOf(Scheduling model, PolicyNode node)
    {
        if (node.IsGuest) return node.Connection!.Role == Role.Started && node.Connection.Launcher!.Role == Role.Started;
        if (node.IsRemote) return node.Connection is not null && (model.ShutdownLock || node.Connection.Role == Role.Started);
        // Offline nodes last, so that active instances are numbered first.
        return model.Options.FencingEnabled || model.ShutdownLock || node.Online;
    }
}
