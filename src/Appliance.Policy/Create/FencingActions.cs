using Appliance.Policy.Model;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>Whether nodes can be fenced, and the actions that do it.</summary>
internal static class FencingActions
{
    public static bool CanFence(Scheduling model, PolicyNode? node)
    {
        if (node is not null && node.IsGuest)
        {
            foreach (var host in node.Connection!.Launcher!.Active)
                if (!host.Online && !CanFence(model, host)) return false;
            return true;
        }
        if (!model.Options.FencingEnabled || !model.HaveFencing) return false;
        if (model.Options.Quorate || model.Options.NoQuorumPolicy == NoQuorumPolicy.Ignore) return true;
        if (node is null) return false;
        if (!node.Online) return false;
        if (!node.IsRemote || model.Options.FenceRemoteWithoutQuorum) return true;
        if (node.Connection is null) return true;
        foreach (var candidate in node.Connection.Allowed)
            if (!candidate.Node.Online) return false;
        return true;
    }

    /// <summary>Has a node fenced: a guest by its machine, a removed guest by its connection, others by a device.</summary>
    public static void Fence(Scheduling model, PolicyNode node, string reason, bool priorityDelay)
    {
        if (node.IsGuest)
        {
            var launcher = node.Connection!.Launcher!;
            if (launcher.Has(ResourceFlags.Failed) || !launcher.Managed) return;
            Remark($"Guest node {node.Name} will be fenced (by recovering its guest resource {launcher.Id}): {reason}");
            node.NeedsReset = true;
            launcher.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        }
        else if (node.Connection is { Launcher: null } lost && lost.Has(ResourceFlags.RemovedLauncher))
        {
            lost.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        }
        else if (node.IsRemote)
        {
            if ((node.Connection is null || node.Connection.Managed) && !node.NeedsReset)
            {
                node.NeedsReset = true;
                Remark($"Remote node {node.Name} {Fate()}: {reason}");
            }
            node.Unclean = true;
            Operate(model, node, null, optional: true, reason, priorityDelay: false);
        }
        else if (!node.Unclean)
        {
            Remark($"Cluster node {node.Name} {Fate()}: {reason}");
            node.Unclean = true;
            Operate(model, node, null, optional: true, reason, priorityDelay);
        }

        string Fate() => CanFence(model, node) ? "will be fenced" : "is unclean";
        void Remark(string text) => model.Remarks?.Add(Complaint.Remark("pe_fence_node", text));
    }

    /// <summary>The fencing action for a node; required as soon as it is asked for as such and can be done.</summary>
    public static PolicyAction Operate(Scheduling model, PolicyNode node, string? operation, bool optional, string? reason, bool priorityDelay)
    {
        operation ??= model.Options.FencingAction;
        var key = $"stonith-{node.Name}-{operation}";
        var action = Actions.Singleton(model, key);
        if (action is null)
        {
            action = Actions.Ask(model, null, key, Operation.Fence, node, optional: true);
            action.Meta["on_node"] = node.Name;
            action.Meta["on_node_uuid"] = node.Id;
            action.Meta["stonith_action"] = operation;
            if (model.Options.UnfencingInUse) optional = !Unfencing.DescribeDevices(model, node, action) && optional;
        }
        if (model.Options.PriorityFencingDelayMs > 0 && (priorityDelay || action.Meta.ContainsKey("priority-fencing-delay")))
            action.Meta["priority-fencing-delay"] = Texts.Text(PriorityDelay(model, node));
        if (!optional && CanFence(model, node))
        {
            action.Clear(ActionFlags.Optional);
            action.SetReason(reason, overwrite: false);
        }
        else if (reason is not null) action.Reason ??= reason;
        return action;
    }

    /// <summary>Seconds by which the node worth more gets ahead in a fencing race: for the other's fencing of it.</summary>
    private static long PriorityDelay(Scheduling model, PolicyNode target)
    {
        if (target.IsRemoteKind) return 0;
        var members = 0;
        var online = 0;
        int? top = null, lowest = null;
        foreach (var node in model.Nodes)
        {
            if (node.IsRemoteKind) continue;
            members++;
            if (node.Online) online++;
            if (top is null || node.Priority > top) top = node.Priority;
            if (lowest is null || node.Priority < lowest) lowest = node.Priority;
        }
        if (online > members / 2 || lowest == top || target.Priority < top) return 0;
        return model.Options.PriorityFencingDelayMs / 1000;
    }
}
