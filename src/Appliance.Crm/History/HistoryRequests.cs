using System.Globalization;
using Appliance.Cib;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;

namespace Appliance.Crm.History;

/// <summary>What is asked of the CIB about histories; the DC asks some of it for nodes that do not answer.</summary>
public static class HistoryRequests
{
    /// <summary>A resource's history on a node goes (<see cref="TransitionEffect.DeleteHistory"/>, a cleanup).</summary>
    public static CibRequest Delete(string node, string resource) => Remove($"{Resource(node, resource)}");

    /// <summary>A failure goes; that of one operation (<paramref name="interval"/>), or whichever it is.</summary>
    public static CibRequest DeleteFailure(string node, string resource, string? action = null, TimeSpan interval = default)
    {
        var which = $"@id={CibPath.Literal($"{resource}_{ResourceHistory.LastFailurePlace}")}";
        if (action is not null) which += $" and @operation_key={CibPath.Literal($"{resource}_{ResourceHistory.Place(action, interval)}")}";
        return Remove($"{Resource(node, resource)}/lrm_rsc_op[{which}]");
    }

    /// <summary>All of a node's history goes.</summary>
    public static CibRequest DeleteAll(string node) => Remove($"//node_state[@uname={CibPath.Literal(node)}]/lrm") with { Options = CibOptions.XPath | CibOptions.Multiple };

    /// <summary>A node's history but what locks a resource to it goes.</summary>
    /// <param name="lockedSince">Locks from before that time are over.</param>
    public static CibRequest DeleteUnlocked(string node, long lockedSince) =>
        Remove(string.Create(CultureInfo.InvariantCulture, $"//node_state[@uname={CibPath.Literal(node)}]/lrm/lrm_resources/lrm_resource[not(@shutdown-lock) or @shutdown-lock<'{lockedSince}']")) with { Options = CibOptions.XPath | CibOptions.Multiple };

    /// <summary>A node did not say what became of an operation: the entry that says so, for <see cref="TransitionEffect.RecordLost"/>. Null when the action cannot be read.</summary>
    public static CibRequest? Lost(TransitionEffect.RecordLost lost, HistoryMoment moment)
    {
        if (GraphOrder.Read(lost.Action.Clone().Set("transition-key", lost.Key.ToString()), out _) is not { } graph) return null;
        var record = new OperationRecord(-1, graph.Order, new(OcfCode.Generic, OperationStatus.Timeout, lost.Reason), TimeSpan.Zero, TimeSpan.Zero, moment.Now, moment.Now);
        var resource = ResourceElement(graph.Order);
        foreach (var place in new ResourceHistory(graph.Order.Resource).Add(record)) resource.Add(HistoryEntry.Of(place, record, lost.Node, HistoryEntry.Lost, moment));
        return Modify(lost.Node, lost.NodeId, HistoryEntry.Lost, [resource]);
    }

    internal static CibRequest DeleteEntry(string node, string resource, string place) => Remove($"{Resource(node, resource)}/lrm_rsc_op[@id={CibPath.Literal($"{resource}_{place}")}]");

    internal static CibElement ResourceElement(OperationOrder order)
    {
        var resource = new CibElement("lrm_resource").Set("id", order.Resource).Set("class", order.Agent.Standard).Set("provider", order.Agent.Provider.Length > 0 ? order.Agent.Provider : null).Set("type", order.Agent.Type);
        return resource.Set("container", order.Parameters.GetValueOrDefault("CRM_meta_container"));
    }

    internal static CibRequest Modify(string node, string nodeId, string origin, IEnumerable<CibElement> resources)
    {
        var status = new CibElement("status");
        var all = status.Add("node_state").Set("id", nodeId).Set("uname", node).Set("crm-debug-origin", origin).Add("lrm").Set("id", nodeId).Add("lrm_resources");
        foreach (var resource in resources) all.Add(resource);
        return new(CibOperation.Modify, "status", status, CibOptions.CanCreate);
    }

    private static CibRequest Remove(string path) => new(CibOperation.Delete, path, null, CibOptions.XPath);


    private static string Resource(string node, string resource) => $"//node_state[@uname={CibPath.Literal(node)}]/lrm/lrm_resources/lrm_resource[@id={CibPath.Literal(resource)}]";
}
