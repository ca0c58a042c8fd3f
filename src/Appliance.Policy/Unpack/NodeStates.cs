using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Unpack;

/// <summary>Whether nodes are online, clean, shutting down.</summary>
internal static class NodeStates
{
    public static PolicyNode? NodeOf(Scheduling model, CibElement state) => model.FindNodeById(state.Id) ?? model.FindNode(state["uname"]);

    public static void Read(Scheduling model, CibElement state)
    {
        const string Where = "unpack_node_state";
        if (state.Id is null) model.Remarks?.Add(Complaint.Remark(Where, "Ignoring malformed node_state entry without id"));
        // Pacemaker 2.1.5 does; since 3.0 the id is enough.
        else if (state["uname"] is null) model.Remarks?.Add(Complaint.Remark(Where, "Ignoring malformed node_state entry without uname"));
        else if (NodeOf(model, state) is null) model.Remarks?.Add(new(false, Where, $"Ignoring recorded node state for '{state["uname"]}' because it is no longer in the configuration"));
        if (state.Id is null || NodeOf(model, state) is not { } node) return;
        if (node.IsRemoteKind)
        {
            // Its state depends on its connection's, which only the histories tell.
            node.RemoteWasFenced = Texts.Integer(state["node_fenced"]) > 0 || Texts.IsTrue(state["node_fenced"]);
            return;
        }
        ReadTransientAttributes(model, node, state);
        node.Unclean = false;
        node.Unseen = false;
        Determine(model, node, state);
        if (!model.Options.Quorate && node.Online && model.Options.NoQuorumPolicy == NoQuorumPolicy.Fence)
            FencingActions.Fence(model, node, "cluster does not have quorum", priorityDelay: false);
    }

    private static void ReadTransientAttributes(Scheduling model, PolicyNode node, CibElement state)
    {
        NodesReader.AddAttributes(model, node, state.Element("transient_attributes"), overwrite: true);
        if (Texts.IsTrue(node.Attribute("standby"))) node.Standby = true;
        if (Texts.IsTrue(node.Attribute("maintenance"))) node.Maintenance = true;
        if (node.Attribute("resource-discovery-enabled") is { } discovery && !Texts.IsTrue(discovery))
            model.Remarks?.Add(Complaint.Remark("unpack_transient_attributes", $"Ignoring resource-discovery-enabled attribute for {node.Name} because disabling resource discovery is not allowed for cluster nodes"));
    }

    private static bool AsksForShutdown(PolicyNode node) => node.Attribute("shutdown") is { } when && Texts.Integer(when) is not (null or 0);

    private static void Determine(Scheduling model, PolicyNode node, CibElement state)
    {
        if (AsksForShutdown(node)) node.Shutdown = true;
        else if (state["expected"] == "member") node.ExpectedUp = true;
        if (model.Options.FencingEnabled ? IsOnlineWithFencing(model, node, state) : IsOnlineWithoutFencing(model, node, state)) node.Online = true;
        if (!node.Online || node.Shutdown) node.Score = -Scores.Infinity;
        if (node.Unclean) model.Remarks?.Add(Complaint.Remark("determine_online_status", $"{node.Name} is unclean"));
    }

    private static bool IsOnlineWithoutFencing(Scheduling model, PolicyNode node, CibElement state)
    {
        if (Since(state["in_ccm"]) is not > 0) return false;
        if (Since(state["crmd"]) is > 0) return state["join"] == "member";
        if (node.ExpectedUp) FencingActions.Fence(model, node, "peer is unexpectedly down", priorityDelay: false);
        return false;
    }

    private static bool IsOnlineWithFencing(Scheduling model, PolicyNode node, CibElement state)
    {
        var member = Since(state["in_ccm"]) ?? -1;
        var online = Since(state["crmd"]) ?? 0;
        var join = state["join"];
        void Fence(string reason, bool priority = false) => FencingActions.Fence(model, node, reason, priority);

        if (node.Shutdown) return online > 0;
        if (member < 0)
        {
            Fence("peer has not been seen by the cluster");
            return false;
        }
        if (join == "banned") Fence("peer failed Pacemaker membership criteria");
        else if (FencingAsked(node))
        {
            if (member > 0 || online > 0 || join != "down") Fence("fencing was requested");
        }
        else if (state["expected"] is null or "down")
        {
            if (PendingTooLong(model, member, online)) Fence("peer pending timed out on joining the process group");
            else if (member > 0 || online > 0) node.Standby = node.Pending = true;
        }
        else if (member <= 0) Fence("peer is no longer part of the cluster", priority: true);
        else if (online <= 0) Fence("peer process is no longer available");
        else if (join == "member") { }
        else if (join is "pending" or "down") node.Standby = node.Pending = true;
        else Fence("peer was in an unknown state");
        return member > 0;
    }

    private static bool FencingAsked(PolicyNode node) =>
        node.Attribute("terminate") is { } text && (Texts.Boolean(text) ?? Texts.Integer(text) > 0);

    private static bool PendingTooLong(Scheduling model, long member, long online)
    {
        if (model.Options.NodePendingTimeoutMs <= 0 || member <= 0 || online > 0) return false;
        var until = member + model.Options.NodePendingTimeoutMs / 1000;
        if (model.Now >= until) return true;
        model.Recheck(until);
        return false;
    }

    /// <summary>Since when a node is a member, or its process is there: 1 if only that is known, 0 if it is not, null if nothing is said.</summary>
    private static long? Since(string? text) => text switch
    {
        null => null,
        "online" => 1,
        "offline" => 0,
        _ => Texts.Boolean(text) is { } plain ? plain ? 1 : 0 : Texts.Integer(text),
    };

    public static void DetermineRemote(PolicyNode node)
    {
        var connection = node.Connection;
        if (connection is null) { node.Online = false; return; }
        var launcher = connection.Launcher;
        var host = launcher is not null && connection.Active.Count == 1 ? connection.Active[0] : null;
        if (connection.Role == Role.Started) node.Online = true;
        if (connection.Role == Role.Started && connection.NextRole == Role.Stopped) node.Shutdown = true;
        if (launcher is not null && launcher.Has(ResourceFlags.Failed)) { node.Online = false; node.NeedsReset = true; }
        else if (connection.Has(ResourceFlags.Failed)) node.Online = false;
        else if (connection.Role == Role.Stopped || launcher is not null && launcher.Role == Role.Stopped) { node.Online = false; node.NeedsReset = false; }
        else if (host is not null && !host.Online && host.Unclean) { node.Online = false; node.NeedsReset = true; }
    }

    public static void ReadRemoteAttributes(Scheduling model, PolicyNode node, CibElement state)
    {
        node.RemoteMaintenance = Texts.Integer(state["node_in_maintenance"]) > 0 || Texts.IsTrue(state["node_in_maintenance"]);
        if (!node.NeedsReset) node.Unclean = node.Unseen = false;
        NodesReader.AddAttributes(model, node, state.Element("transient_attributes"), overwrite: true);
        if (AsksForShutdown(node)) node.Shutdown = true;
        if (Texts.IsTrue(node.Attribute("standby"))) node.Standby = true;
        if (Texts.IsTrue(node.Attribute("maintenance")) || node.Connection is { Managed: false }) node.Maintenance = true;
        if (node.Attribute("resource-discovery-enabled") is { } discovery && !Texts.IsTrue(discovery) && (!node.IsRemote || model.Options.FencingEnabled)) node.ProbesAllowed = false;
    }
}
