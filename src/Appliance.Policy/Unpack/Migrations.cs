using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Live migrations found in the history: complete, on the way, or broken off.</summary>
internal static class Migrations
{
    private const int NotRunning = 7;

    /// <summary>The source let go.</summary>
    public static void Left(Scheduling model, PolicyResource resource, PolicyNode node, CibElement left)
    {
        if (!Names(node, left, Operation.MigrateTo, out var source, out var target)) return;
        var (sourceNode, targetNode) = (model.FindNode(source), model.FindNode(target));
        var newerOnSource = ActedAfter(model, resource.Id, source, left, sameNode: true);
        var arrived = Recorded(model, resource.Id, target, Operation.MigrateFrom, source, null);
        var (exit, status) = (0L, -1L);
        if (arrived is not null)
        {
            if (newerOnSource) return;
            exit = Texts.Integer(arrived["rc-code"]) ?? 0;
            status = Texts.Integer(arrived["op-status"]) ?? -1;
        }
        var newerOnTarget = ChangedAfter(model, resource.Id, target, left, arrived);
        if (newerOnSource && newerOnTarget) return;
        if (exit == 0 && status == 0)
        {
            resource.Role = Role.Stopped;
            if (sourceNode is not null) resource.DanglingMigrations.Insert(0, sourceNode);
            return;
        }
        resource.Role = Role.Started;
        var activeOnTarget = !newerOnTarget && targetNode is { Online: true };
        if (status != -1)
        {
            if (activeOnTarget) ResourceStates.AddActive(model, resource, targetNode!, failed: true);
            else Break(resource);
            return;
        }
        if (targetNode is { Online: true } && IsUnknownOn(model, resource.Id, target)) return;
        if (activeOnTarget)
        {
            ResourceStates.AddActive(model, resource, targetNode!, failed: false);
            if (sourceNode is { Online: true })
            {
                resource.MigrationTarget = targetNode;
                resource.MigrationSource = sourceNode;
            }
        }
        else if (!newerOnSource) Break(resource);
    }

    public static void FailedToLeave(Scheduling model, PolicyResource resource, PolicyNode node, CibElement left)
    {
        if (!Names(node, left, Operation.MigrateTo, out var source, out var target)) return;
        resource.Role = Role.Started;
        var arrived = Completed(Recorded(model, resource.Id, target, Operation.MigrateFrom, source, null));
        // With nothing known there, a probe will tell.
        if (!IsUnknownOn(model, resource.Id, target) && !ChangedAfter(model, resource.Id, target, left, arrived))
        {
            if (model.FindNode(target) is { Online: true } targetNode) ResourceStates.AddActive(model, resource, targetNode, failed: false);
        }
        else if (!ActedAfter(model, resource.Id, source, left, sameNode: true) && model.FindNode(source) is { } sourceNode) resource.DanglingMigrations.Insert(0, sourceNode);
    }

    public static void FailedToArrive(Scheduling model, PolicyResource resource, PolicyNode node, CibElement arrived)
    {
        if (!Names(node, arrived, Operation.MigrateFrom, out var source, out var target)) return;
        resource.Role = Role.Started;
        var left = Completed(Recorded(model, resource.Id, source, Operation.MigrateTo, null, target));
        if (!IsUnknownOn(model, resource.Id, source) && !ChangedAfter(model, resource.Id, source, left, arrived) && model.FindNode(source) is { Online: true } sourceNode)
            ResourceStates.AddActive(model, resource, sourceNode, failed: true);
    }

    private static CibElement? Completed(CibElement? entry) => entry is not null && entry["rc-code"] == "0" && entry["op-status"] == "0" ? entry : null;

    private static void Break(PolicyResource resource)
    {
        resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        resource.Clear(ResourceFlags.Migratable);
    }

    private static bool Names(PolicyNode node, CibElement entry, string task, out string source, out string target)
    {
        source = entry["migrate_source"] ?? "";
        target = entry["migrate_target"] ?? "";
        if (source.Length == 0 || target.Length == 0) return false;
        return Texts.Same(task == Operation.MigrateTo ? source : target, node.Name);
    }

    private static CibElement? Recorded(Scheduling model, string resource, string node, string task, string? source, string? target)
    {
        foreach (var entry in FailCounts.Recorded(model, node, resource))
            if (entry["operation"] == task && (source is null || entry["migrate_source"] == source) && (target is null || entry["migrate_target"] == target)) return entry;
        return null;
    }

    /// <summary>Whether the resource was started, stopped or migrated on the node after that.</summary>
    private static bool ActedAfter(Scheduling model, string resource, string node, CibElement entry, bool sameNode)
    {
        foreach (var other in FailCounts.Recorded(model, node, resource))
            if (other != entry && other["operation"] is Operation.Start or Operation.Stop or Operation.MigrateTo or Operation.MigrateFrom && other != entry && Age.Compare(other, entry, sameNode) > 0) return true;
        return false;
    }

    /// <summary>Whether the node says something newer than the migration: an action, or a monitor that found nothing.</summary>
    private static bool ChangedAfter(Scheduling model, string resource, string node, CibElement? left, CibElement? arrived)
    {
        var entry = arrived ?? left;
        if (entry is null) return false;
        if (left is not null && entry != left && Texts.Same(node, entry["migrate_source"])) entry = left;
        var sameNode = entry == left ? Texts.Same(node, entry["migrate_source"]) : Texts.Same(node, entry["migrate_target"]);
        if (ActedAfter(model, resource, node, entry, sameNode)) return true;
        foreach (var other in FailCounts.Recorded(model, node, resource))
            if (other["operation"] == Operation.Monitor && Texts.Integer(other["rc-code"]) == NotRunning && other["op-status"] == "0") return Age.Compare(other, entry, sameNode) > 0;
        return false;
    }

    private static bool IsUnknownOn(Scheduling model, string resource, string node)
    {
        foreach (var entry in FailCounts.Recorded(model, node, resource))
            if (entry["rc-code"] != "193") return false;
        return true;
    }
}
