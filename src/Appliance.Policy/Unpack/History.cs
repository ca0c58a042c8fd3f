using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>What a node's history says of the resources it had.</summary>
internal static class History
{
    public static void Read(Scheduling model, PolicyNode node, CibElement state)
    {
        var lost = new List<CibElement>();
        foreach (var entry in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
        {
            if (entry.Id is null) continue;
            if (ReadResource(model, node, entry) is { } resource && resource.Has(ResourceFlags.RemovedLauncher)) lost.Add(entry);
        }
        // A removed guest's connection and its machine find each other again by what the history kept.
        foreach (var entry in lost)
            if (entry["container"] is { } name && model.Find(name) is { } launcher && model.Find(entry.Id!) is { Launcher: null } launched && launched.Has(ResourceFlags.RemovedLauncher))
            {
                launched.Launcher = launcher;
                launcher.Launched.Add(launched);
            }
    }

    private static PolicyResource? ReadResource(Scheduling model, PolicyNode node, CibElement entry)
    {
        var operations = Sorted(entry);
        if (operations.Count == 0 && !model.ShutdownLock) return null;
        var resource = HistoryOwner.Find(model, node, entry.Id!);
        if (resource is null)
        {
            if (operations.Count == 0) return null;
            resource = HistoryOwner.MakeRemoved(model, entry);
            if (resource is null) return null;
        }
        if (model.ShutdownLock) ReadLock(model, node, resource, entry);
        var before = resource.Role;
        resource.Role = Role.Unknown;
        var reading = new HistoryReading(model, resource, node);
        foreach (var operation in operations) reading.Read(operation);
        CreateRecurring(model, node, resource, operations);
        ResourceStates.Conclude(model, resource, node, reading.OnFail);
        if (ResourcesReader.TargetRole(resource) is { } target && (resource.NextRole == Role.Unknown || target < resource.NextRole)) resource.NextRole = target;
        if (before > resource.Role) resource.Role = before;
        return resource;
    }

    /// <summary>The operations of a resource, oldest first.</summary>
    public static List<CibElement> Sorted(CibElement entry)
    {
        var operations = new List<CibElement>(entry.Elements("lrm_rsc_op"));
        operations.Reverse();
        MergeSort.By(operations, static (a, b) => Age.Compare(a, b));
        return operations;
    }

    private static void ReadLock(Scheduling model, PolicyNode node, PolicyResource resource, CibElement entry)
    {
        if (Texts.Integer(entry["shutdown-lock"]) is not { } since || since == 0) return;
        if (model.Options.ShutdownLockMs > 0 && model.Now > since + model.Options.ShutdownLockMs / 1000) { Actions.ClearHistory(model, resource, node); return; }
        resource.LockNode = node;
        resource.LockTime = since;
    }

    /// <summary>Recurring operations that ran since the last start are known to run: optional actions.</summary>
    private static void CreateRecurring(Scheduling model, PolicyNode node, PolicyResource resource, List<CibElement> operations)
    {
        if (!node.Online) return;
        var (start, stop) = ActiveRange(operations);
        for (var i = 0; i < operations.Count; i++)
        {
            if (start < stop && i <= stop || i < start) continue;
            var operation = operations[i];
            var interval = Periods.Recorded(operation["interval"]);
            if (interval == 0 || operation["op-status"] == "-1") continue;
            var task = operation["operation"] ?? "";
            Actions.Ask(model, resource, Naming.Key(resource.Id, task, interval), task, node, optional: true);
        }
    }

    /// <summary>Positions of the last start (or what implies one) and of the last stop; -1 for none.</summary>
    public static (int Start, int Stop) ActiveRange(List<CibElement> operations)
    {
        int start = -1, stop = -1, seen = -1, promoted = -1;
        for (var i = 0; i < operations.Count; i++)
        {
            var task = operations[i]["operation"];
            if (task == Operation.Stop && operations[i]["op-status"] == "0") stop = i;
            else if (task is Operation.Start or Operation.MigrateFrom) start = i;
            else if (seen <= stop && task == Operation.Monitor) { if (operations[i]["rc-code"] is "0" or "8") seen = i; }
            else if (task is Operation.Promote or Operation.Demote) promoted = i;
        }
        if (start == -1) start = promoted != -1 ? promoted : seen;
        return (start, stop);
    }
}
