using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>What the final role of a resource on a node means for both.</summary>
internal static class ResourceStates
{
    public static void Conclude(Scheduling model, PolicyResource resource, PolicyNode node, OnFail onFail)
    {
        if (resource.Role != Role.Unknown)
            for (var at = resource; at is not null; at = at.Parent)
            {
                if (!at.Known.Contains(node)) at.Known.Add(node);
                if (at.Unique) break;
            }
        if (resource.Role > Role.Stopped && !node.Online && !node.Maintenance && resource.Managed) FenceForActive(model, resource, node);
        var failure = onFail;
        if (node.Unclean) onFail = OnFail.Ignore;
        Handle(model, resource, node, onFail);
        // A failed connection means fencing for an unclean remote node, whether or not the connection is tried again.
        if (resource.Has(ResourceFlags.Failed) && resource.IsRemoteConnection && model.FindNode(resource.Id) is { Unclean: true } remote) remote.Unseen = false;

        if (resource.Role is not (Role.Stopped or Role.Unknown))
        {
            AddActive(model, resource, node, failure != OnFail.Ignore);
            if (onFail is OnFail.Demote or OnFail.Block) resource.Set(ResourceFlags.Failed);
            else if (onFail != OnFail.Ignore) resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        }
        else if (resource.HistoryName?.Contains(':', StringComparison.Ordinal) == true) resource.HistoryName = null;
        else
            foreach (var stop in Actions.Of(resource, node, Operation.Stop, requireNode: false)) stop.Set(ActionFlags.Optional);

        if (resource.Role == Role.Stopped && resource.MigrationSource == node && resource.MigrationTarget is not null && resource.Active.Count > 0) resource.Role = Role.Started;
    }

    private static void FenceForActive(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        string? reason = null;
        if (node.IsGuest) resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        else if (!model.Options.FencingEnabled) return;
        else if (node.IsRemote && node.Connection is { } connection && !connection.Has(ResourceFlags.Failed))
        {
            // Fenced only if the connection cannot be made elsewhere.
            node.Unseen = true;
            reason = $"{resource.Id} is active there (fencing will be revoked if remote connection can be re-established elsewhere)";
        }
        FencingActions.Fence(model, node, reason ?? $"{resource.Id} is thought to be active there", priorityDelay: false);
    }

    private static void Handle(Scheduling model, PolicyResource resource, PolicyNode node, OnFail onFail)
    {
        var active = resource.Role is not (Role.Stopped or Role.Unknown);
        switch (onFail)
        {
            case OnFail.Ignore: break;
            case OnFail.Demote:
                resource.Set(ResourceFlags.Failed);
                Actions.Demote(model, resource, node, optional: false);
                break;
            case OnFail.Fence:
                FencingActions.Fence(model, node, $"{resource.Id} failed there", priorityDelay: false);
                break;
            case OnFail.Standby:
                node.Standby = node.StandbyOnFail = true;
                break;
            case OnFail.Block:
                resource.Clear(ResourceFlags.Managed);
                resource.Set(ResourceFlags.Blocked);
                break;
            case OnFail.Ban:
                ResourcesReader.AddScore(resource, node, -Scores.Infinity);
                break;
            case OnFail.Stop:
                resource.NextRole = Role.Stopped;
                break;
            case OnFail.Restart:
                if (!active) break;
                resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
                Actions.Stop(model, resource, node, optional: false);
                break;
            case OnFail.RestartContainer:
                resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
                if (resource.Launcher is not null && resource.IsInBundle) model.StopNeeded.Insert(0, resource.Launcher);
                else if (resource.Launcher is not null) Actions.Stop(model, resource.Launcher, node, optional: false);
                else if (active) Actions.Stop(model, resource, node, optional: false);
                break;
            case OnFail.ResetRemote:
                resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
                if (model.Options.FencingEnabled && resource.IsRemoteConnection && model.FindNode(resource.Id) is { IsRemote: true, RemoteWasFenced: false } remote)
                    FencingActions.Fence(model, remote, "remote connection is unrecoverable", priorityDelay: false);
                if (resource.Role > Role.Stopped) Actions.Stop(model, resource, node, optional: false);
                if (resource.ReconnectMs > 0) resource.NextRole = Role.Stopped;
                break;
        }
    }

    /// <summary>Notes a node among those a resource is active on, and so for its parents.</summary>
    public static void AddActive(Scheduling model, PolicyResource resource, PolicyNode node, bool failed)
    {
        if (resource.Active.Contains(node)) return;
        resource.Active.Add(node);
        if (resource is Primitive)
        {
            node.Running.Add(resource);
            AddPriority(resource, node, failed);
            if (node.Maintenance) { resource.Clear(ResourceFlags.Managed); resource.Set(ResourceFlags.Maintenance); }
        }
        if (!resource.Managed)
        {
            ResourcesReader.AddScore(resource, node, Scores.Infinity);
            // Above, a node may come up more than once.
            for (var up = resource.Parent; up is not null; up = up.Parent) up.Active.Add(node);
            return;
        }
        if (resource is Primitive)
        {
            resource.ActiveNode(out var all, out var clean);
            if ((resource.Has(ResourceFlags.NeedsFencing) ? all : clean) > 1) HandleMultiple(model, resource);
        }
        if (resource.Parent is not null) AddActive(model, resource.Parent, node, failed: false);
    }

    private static void AddPriority(PolicyResource resource, PolicyNode node, bool failed)
    {
        if (resource.Priority == 0 || failed) return;
        var priority = resource.Role == Role.Promoted ? resource.Priority + 1 : resource.Priority;
        node.Priority += priority;
        if (node.IsGuest)
            foreach (var host in node.Connection!.Launcher!.Active) host.Priority += priority;
    }

    private static void HandleMultiple(Scheduling model, PolicyResource resource)
    {
        switch (resource.MultipleActive)
        {
            case MultipleActive.StopOnly:
                ResourcesReader.BanEverywhere(model, resource);
                break;
            case MultipleActive.Block:
                Block(resource);
                if (resource.Parent is Group or Bundle && resource.Parent.MultipleActive == MultipleActive.Block)
                    foreach (var child in resource.Parent.Children) Block(child);
                break;
        }

        static void Block(PolicyResource resource)
        {
            resource.Clear(ResourceFlags.Managed);
            resource.Set(ResourceFlags.Blocked);
        }
    }
}
