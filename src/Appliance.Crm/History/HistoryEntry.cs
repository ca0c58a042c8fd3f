using System.Globalization;
using Appliance.Cib;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;

namespace Appliance.Crm.History;

/// <summary>An operation's entry in a CIB's history (<c>lrm_rsc_op</c>), attribute by attribute as Pacemaker 3.0.2's controller writes it.</summary>
internal static class HistoryEntry
{
    /// <summary>Who wrote it: an entry that is new, all of them at a join, and the DC for a node that did not answer. The second is looked for (<see cref="OperationResult.IsRefresh"/>).</summary>
    public const string New = "controld_update_resource_history", Again = "build_active_RAs", Lost = "controld_record_action_timeout";

    /// <summary>Unknown: the exit code of what has not ended.</summary>
    private const int NoCode = 193;

    /// <summary>The transitioner of what nobody's transition ordered.</summary>
    private const string Nobody = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    /// <param name="place">See <see cref="ResourceHistory"/>.</param>
    public static CibElement Of(string place, OperationRecord record, string node, string origin, HistoryMoment moment)
    {
        var (order, end) = (record.Order, record.End);
        var task = Task(record);
        var key = order.Origin.Length > 0 ? order.Origin : NobodysKey(record.CallId, order.Expected).ToString();
        var (status, code) = ((int)end.Status, Code(record));
        var entry = new CibElement("lrm_rsc_op").Set("id", $"{order.Resource}_{place}").Set("operation_key", $"{order.Resource}_{ResourceHistory.Place(task, order.Interval)}").Set("operation", task)
            .Set("crm-debug-origin", origin).Set("crm_feature_set", order.Parameters.GetValueOrDefault("crm_feature_set") ?? CibRequests.FeatureSet)
            .Set("transition-key", key).Set("transition-magic", string.Create(CultureInfo.InvariantCulture, $"{status}:{code};{key}"))
            .Set("exit-reason", record.IsFailure ? end.Reason : "").Set("on_node", node)
            .Set("call-id", Text(record.CallId)).Set("rc-code", Text(code)).Set("op-status", Text(status)).Set("interval", Text((long)order.Interval.TotalMilliseconds))
            .Set("last-rc-change", Text(moment.SecondsAt(order.IsRecurring ? record.Changed : record.Ran)))
            .Set("exec-time", Text((long)record.ExecTime.TotalMilliseconds)).Set("queue-time", Text((long)record.QueueTime.TotalMilliseconds));
        if (order.Action is "migrate_to" or "migrate_from")
            foreach (var side in new[] { "migrate_source", "migrate_target" }) entry.Set(side, order.Parameters.GetValueOrDefault("CRM_meta_" + side));
        return entry.Set("op-digest", AgentDigests.Of(order));
    }

    /// <summary>For what no transition ordered: number -1, which always counts as news.</summary>
    public static TransitionKey NobodysKey(int callId, int expected) => new(callId, -1, expected, Nobody);

    /// <summary>The result as it is told directly.</summary>
    public static OperationResult Result(OperationRecord record, string node, string nodeId) =>
        new(record.Order.Key, nodeId, node, record.Order.Origin, record.CallId, Code(record), (ExecutionStatus)(int)record.End.Status);

    private static int Code(OperationRecord record) => record.IsPending ? NoCode : record.End.Code;

    /// <summary>A reload that was carried out counts as a start with the new parameters, and one that could not be as a monitor: of the resource's state it says no more than that.</summary>
    private static string Task(OperationRecord record) => record.Order.Action is not ("reload" or "reload-agent") ? record.Order.Action : record.End.Status == OperationStatus.Done ? "start" : "monitor";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
