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
        if (!Names(node, left, isSource: true, out var source, out var target)) return;
        var (sourceNode, targetNode) = (model.FindNode(source), model.FindNode(target));
        var newerOnSource = ActedAfter(model, resource.Id, source, left);
        var arrived = Only(model, resource.Id, target, Operation.MigrateFrom, source);
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
            resource.DanglingMigrations.Insert(0, node);
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
        if (!Names(node, left, isSource: true, out var source, out var target)) return;
        resource.Role = Role.Started;
        var arrived = Succeeded(Only(model, resource.Id, target, Operation.MigrateFrom, source), 0);
        // With nothing known there, a probe will tell.
        if (!IsUnknownOn(model, resource.Id, target) && !ChangedAfter(model, resource.Id, target, left, arrived))
        {
            if (model.FindNode(target) is { Online: true } targetNode) ResourceStates.AddActive(model, resource, targetNode, failed: false);
        }
        else if (!ActedAfter(model, resource.Id, source, left)) resource.DanglingMigrations.Insert(0, node);
    }

    public static void FailedToArrive(Scheduling model, PolicyResource resource, PolicyNode node, CibElement arrived)
    {
        if (!Names(node, arrived, isSource: false, out var source, out var target)) return;
        resource.Role = Role.Started;
        var left = Succeeded(Only(model, resource.Id, source, Operation.MigrateTo, target), 0);
        if (!IsUnknownOn(model, resource.Id, source) && !ChangedAfter(model, resource.Id, source, left, arrived) && model.FindNode(source) is { Online: true } sourceNode)
            ResourceStates.AddActive(model, resource, sourceNode, failed: true);
    }

    private static CibElement? Completed(CibElement? entry) => entry is not null && entry["rc-code"] == "0" && entry["op-status"] == "0" ? entry : null;

    private static void Break(PolicyResource resource)
    {
        resource.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
        resource.Clear(ResourceFlags.Migratable);
    }

    private static bool Names(PolicyNode node, CibElement entry, bool isSource, out string source, out string target)
    {
        source = entry["migrate_source"] ?? "";
        target = entry["migrate_target"] ?? "";
        return source.Length > 0 && target.Length > 0 && Texts.Same(isSource ? source : target, node.Name);
    }

    /// <summary>The operation recorded on a node, for a migration with that other end; null also when there are several such.</summary>
    private static CibElement? Only(Scheduling model, string resource, string node, string task, string? otherEnd)
    {
        CibElement? only = null;
        foreach (var entry in FailCounts.Recorded(model, node, resource))
        {
            if (entry["operation"] != task || otherEnd is not null && entry[task == Operation.MigrateTo ? "migrate_target" : "migrate_source"] != otherEnd) continue;
            if (only is not null) return null;
            only = entry;
        }
        return only;
    }

    private static CibElement? Succeeded(CibElement? entry, int exit) =>
        entry is not null && (Texts.Integer(entry["rc-code"]) ?? 1) == exit && Texts.Integer(entry["op-status"]) == 0 ? entry : null;

    /// <summary>Whether the resource was started, stopped or migrated on the node after that.</summary>
    private static bool ActedAfter(Scheduling model, string resource, string node, CibElement entry)
    {
        foreach (var other in FailCounts.Recorded(model, node, resource))
            if (other != entry && other["operation"] is Operation.Start or Operation.Stop or Operation.MigrateTo or Operation.MigrateFrom && Age.Compare(other, entry) > 0) return true;
        return false;
    }

    /// <summary>Whether the node says something newer than the migration: an action, or the one monitor it has, if that found nothing.</summary>
    private static bool ChangedAfter(Scheduling model, string resource, string node, CibElement? left, CibElement? arrived)
    {
        var entry = arrived ?? left!;
        if (left is not null && entry != left && Texts.Same(node, entry["migrate_source"])) entry = left;
        return ActedAfter(model, resource, node, entry)
            || Succeeded(Only(model, resource, node, Operation.Monitor, null), NotRunning) is { } stopped && Age.Compare(stopped, entry) > 0;
    }

    private static bool IsUnknownOn(Scheduling model, string resource, string node)
    {
        foreach (var entry in FailCounts.Recorded(model, node, resource))
            if (entry["rc-code"] is { } code && Texts.Integer(code) != 193) return false;
        return true;
    }
}
