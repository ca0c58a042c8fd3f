using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Logging;
using Appliance.Lrm.Classes;
using Appliance.Operations;
using Appliance.Policy;
using Appliance.Policy.Model;

namespace Appliance.Crm;

/// <summary>Stops whatever of a CIB runs on this node, when there is no CRM that could: the last resource of the document first, one after the other.</summary>
/// <param name="classes">Runs agents.</param>
/// <param name="node">This one.</param>
internal sealed class CrmRelease(IResourceClass classes, string node, ImmutableSortedDictionary<string, string> environment, TimeSpan betweenTries, ApplianceLog log)
{
    private const int Tries = 10;

    /// <summary>What a CIB says of stop time-outs is the cluster's; here it is only that nothing hangs for ever.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <returns>Whether every resource said that it does not run here.</returns>
    public bool StopAll(CibElement document, DateTimeOffset now)
    {
        log.Crit("Emergency release: giving up all resources of the CIB.");
        if (Probes(document, node, now) is not { } orders)
        {
            log.Write(LogPriority.Emerg, "Emergency release failed: the CIB cannot be read, resources may still run here.");
            return false;
        }
        orders.Reverse();
        var all = true;
        foreach (var order in orders) all &= Stop(order);
        log.Write(all ? LogPriority.Info : LogPriority.Emerg, all ? "All resources relinquished." : "Emergency release failed: resources may still run here.");
        return all;
    }

    /// <summary>What asks each resource of a CIB, but for fencing devices, whether it runs on a node; in the document's order.</summary>
    /// <returns>Null: it cannot be read.</returns>
    public static List<OperationOrder>? Probes(CibElement document, string node, DateTimeOffset now)
    {
        if (SchemaUpgrade.ToLatest(document, "the CIB", out _) is not { } cib) return null;
        var run = PolicyRun.ReadStatus(cib, now.ToUnixTimeSeconds(), secretsBlotted: false, offset: (int)now.Offset.TotalSeconds);
        var orders = new List<OperationOrder>();
        foreach (var resource in run.Model.Resources) Add(run.Model, resource, node, orders);
        return orders;
    }

    private static void Add(Scheduling model, PolicyResource resource, string node, List<OperationOrder> orders)
    {
        foreach (var child in resource.Children) Add(model, child, node, orders);
        // Instances that are all alike are known to their agent by the primitive's own name.
        var name = resource.Top().IsAnonymousClone ? resource.Id.Split(':')[0] : resource.NameInHistory;
        if (resource is not Primitive || resource.Class == "stonith" || orders.Exists(o => o.Resource == name)) return;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var input = model.RuleInput() with { NodeAttributes = model.FindNode(node)?.Attributes, Class = resource.Class, Provider = resource.Provider, Type = resource.Type };
        for (var at = resource; at is not null; at = at.Parent) NvSets.Unpack(at.Xml, "instance_attributes", null, input, values);
        orders.Add(new(name, new AgentSpec(resource.Class, resource.Provider ?? "", resource.Type), "monitor", TimeSpan.Zero, Timeout) { Parameters = values.ToImmutableSortedDictionary(StringComparer.Ordinal), IsProbe = true });
    }

    private bool Stop(OperationOrder order)
    {
        if (IsStopped(order)) return true;
        log.Write(LogPriority.Info, $"Releasing resource {order.Resource}", order.Resource);
        for (var attempt = 1; ; attempt++)
        {
            if (Run(order, "monitor") is { Status: OperationStatus.Done, Code: OcfCode.RunningPromoted }) Run(order, "demote");
            var end = Run(order, "stop");
            if (end is { Status: OperationStatus.Done, Code: OcfCode.Success } || IsStopped(order)) return true;
            log.Write(LogPriority.Error, $"stop of {order.Resource} failed ({end.Status}, {end.Code}): {end.Reason}", order.Resource);
            if (attempt == Tries) return false;
            Thread.Sleep(betweenTries);
        }
    }

    /// <summary>An agent that is not here runs nothing here.</summary>
    private bool IsStopped(OperationOrder order) => Run(order, "monitor") is { Status: OperationStatus.Done, Code: OcfCode.NotRunning or OcfCode.Installed } or { Status: OperationStatus.NotInstalled };

    private AgentEnd Run(OperationOrder order, string action) => classes.Run(order with { Action = action }, environment, CancellationToken.None);
}
