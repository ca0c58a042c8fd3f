using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Order;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>Where the configuration is no longer what it was when an operation ran.</summary>
internal static class ConfigurationChanges
{
    public static void Check(Scheduling model)
    {
        foreach (var node in model.Nodes)
        {
            if (!node.Maintenance && !Availability.CanRun(node)) continue;
            foreach (var state in model.Cib.Element("status")?.Elements("node_state") ?? [])
            {
                if (state["uname"] != node.Name) continue;
                foreach (var entry in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
                {
                    if (entry.Children.Count == 0 || entry.Id is null) continue;
                    var resources = model.FindAll(entry.Id);
                    for (var i = resources.Count - 1; i >= 0; i--)
                        if (resources[i] is Primitive) CheckResource(model, resources[i], node, entry);
                }
            }
        }
    }

    private static void CheckResource(Scheduling model, PolicyResource resource, PolicyNode node, CibElement entry)
    {
        if (resource.IsRemoved)
        {
            if (!resource.Top().IsAnonymousClone) CleanUp(model, resource, node);
            return;
        }
        var active = resource.Active.Contains(node);
        if (AgentChanged(resource, entry))
        {
            Unfencing.Trigger(model, resource, node, "Device definition changed", null);
            if (active)
            {
                Actions.Stop(model, resource, node, optional: false);
                resource.Set(ResourceFlags.StartPending);
            }
            CleanUp(model, resource, node);
        }
        if (!active) return;
        var operations = History.Sorted(entry);
        var (start, stop) = History.ActiveRange(operations);
        if (start < stop) return;
        for (var i = Math.Max(0, start); i < operations.Count; i++)
        {
            var operation = operations[i];
            var interval = Periods.Recorded(operation["interval"]);
            var task = operation["operation"] ?? "";
            if (interval > 0 && (resource.Has(ResourceFlags.Maintenance) || node.Maintenance)) RecurringActions.Cancel(model, resource, operation["call-id"], task, interval, node);
            else if (interval > 0 || task is Operation.Monitor or Operation.Start or Operation.Promote or Operation.MigrateFrom)
            {
                if (Bundles.NeedsRemoteAddress(resource)) model.DeferredChecks.Add(new(resource, node, operation, DeferredKind.Active));
                else CheckOperation(model, resource, node, operation);
            }
        }
    }

    public static void CheckDeferred(Scheduling model, DeferredCheck check)
    {
        if (check.Kind == DeferredKind.Active) CheckOperation(model, check.Resource, check.Node, check.Entry);
        else if (OperationDigests.Compare(model, check.Resource, check.Entry, check.Node).Verdict is DigestVerdict.Mismatch or DigestVerdict.Restart)
            Actions.ClearFailcount(model, check.Resource, check.Node, "resource parameters have changed");
    }

    private static void CheckOperation(Scheduling model, PolicyResource resource, PolicyNode node, CibElement entry)
    {
        if (HasChanged(model, resource, node, entry) && FailCounts.Of(model, node, resource, effective: true, launched: false, null, out _) != 0)
            Actions.ClearFailcount(model, resource, node, "action definition changed");
    }

    private static bool HasChanged(Scheduling model, PolicyResource resource, PolicyNode node, CibElement entry)
    {
        var interval = Periods.Recorded(entry["interval"]);
        var task = entry["operation"] ?? "";
        if (interval > 0 && OperationConfiguration.Find(model, resource, task, interval, includeDisabled: false) is null)
        {
            if (model.Options.CancelRemoved) RecurringActions.Cancel(model, resource, entry["call-id"], task, interval, node);
            return true;
        }
        // What is defined anew is started anew, however it once came up.
        if (interval == 0 && task is Operation.Monitor or Operation.MigrateFrom or Operation.Promote && interval == 0) task = Operation.Start;
        var digest = OperationDigests.Compare(model, resource, entry, node);
        if (OperationDigests.OnlySecretsDiffer(model, digest, entry)) return false;
        switch (digest.Verdict)
        {
            case DigestVerdict.Restart:
                ForceRestart(model, resource, node, task, interval);
                return true;
            case DigestVerdict.Unknown or DigestVerdict.Mismatch:
                if (interval > 0)
                {
                    Unfencing.Trigger(model, resource, node, "Device parameters changed (reschedule)", null);
                    Actions.Ask(model, resource, Naming.Key(resource.Id, task, interval), task, node, optional: true).Set(ActionFlags.Reschedule);
                }
                else if (entry["op-restart-digest"] is not null) Reload(model, resource, node);
                else ForceRestart(model, resource, node, task, interval);
                return true;
            default:
                return false;
        }
    }

    private static void ForceRestart(Scheduling model, PolicyResource resource, PolicyNode node, string task, long interval)
    {
        Actions.Ask(model, resource, Naming.Key(resource.Id, task, interval), task, null, optional: false).SetReason("resource definition change", overwrite: true);
        Unfencing.Trigger(model, resource, node, "Device parameters changed", null);
    }

    private static void Reload(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        if (!resource.Managed || resource.Has(ResourceFlags.Failed)) return;
        if (resource.Has(ResourceFlags.StartPending))
        {
            Actions.Stop(model, resource, node, optional: false);
            return;
        }
        resource.Set(ResourceFlags.Reload);
        var reload = Actions.Ask(model, resource, Naming.Key(resource.Id, Operation.Reload, 0), Operation.Reload, node, optional: false);
        reload.SetReason("resource definition change", overwrite: false);
        Orders.Note(model, null, null, reload, resource, Naming.Key(resource.Id, Operation.Stop, 0), null, OrderFlags.Ordered | OrderFlags.ThenCancelsFirst);
        Orders.Note(model, null, null, reload, resource, Naming.Key(resource.Id, Operation.Demote, 0), null, OrderFlags.Ordered | OrderFlags.ThenCancelsFirst);
    }

    private static bool AgentChanged(PolicyResource resource, CibElement entry)
    {
        foreach (var name in new[] { "class", "provider", "type" })
            if (resource.Xml[name] != entry[name]) return true;
        return false;
    }

    private static void CleanUp(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        if (resource.Has(ResourceFlags.Failed) || node.Unclean || !node.Online) return;
        Actions.Delete(model, resource, node, optional: false);
        Orders.Resources(model, resource, Operation.Stop, resource, Operation.Delete, OrderFlags.Ordered);
        Orders.Resources(model, resource, Operation.Delete, resource, Operation.Start, OrderFlags.Ordered);
    }
}
