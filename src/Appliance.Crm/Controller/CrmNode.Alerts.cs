using System.Globalization;
using Appliance.Crm.Attributes;
using Appliance.Operations;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    private int _nextAlert;

    /// <summary>Variables that every alert has, and its own.</summary>
    private void Alert(string kind, params (string Name, string Value)[] fields)
    {
        if (Document.Element("configuration")?.Element("alerts") is null) return;
        _effects.Add(new CrmEffect.Alert(new(kind, Document,
        [
            ("kind", kind), ("version", Store.CibRequests.FeatureSet), ("node_sequence", (++_nextAlert).ToString(CultureInfo.InvariantCulture)),
            ("timestamp_epoch", Seconds), ("timestamp_usec", (_wall.Ticks / 10 % 1_000_000).ToString("d6", CultureInfo.InvariantCulture)), .. fields,
        ])));
    }

    private void NodeAlert(string node, string what) => Alert("node", ("node", node), ("nodeid", IdOf(node)), ("desc", what));

    private void FencingAlert(FencingRecord record) =>
        Alert("fencing", ("node", record.Target), ("desc", $"Operation {record.Action.ToString().ToLowerInvariant()} of {record.Target} by {record.Delegate ?? "<no-one>"} for {record.Client}@{record.Origin}: {(record.State == FencingState.Done ? "OK" : record.Reason)} (ref={record.Id})"),
            ("task", "st_notify_fence"), ("rc", record.State == FencingState.Done ? "0" : "1"));

    private void OperationAlert(OperationRecord record) =>
        Alert("resource", ("node", _me), ("nodeid", IdOf(_me)), ("rsc", record.Order.Resource), ("task", record.Order.Action), ("interval", ((long)record.Order.Interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
            ("desc", record.IsFailure ? record.End.Reason.Length > 0 ? record.End.Reason : "error" : "ok"), ("status", ((int)record.End.Status).ToString(CultureInfo.InvariantCulture)),
            ("rc", record.End.Code.ToString(CultureInfo.InvariantCulture)), ("target_rc", record.Order.Expected.ToString(CultureInfo.InvariantCulture)),
            ("exec_time", ((long)record.ExecTime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));

    private void AttributeAlert(AttributeChange change) =>
        Alert("attribute", ("node", change.Host), ("nodeid", IdOf(change.Host)), ("attribute_name", change.Name), ("attribute_value", change.Value ?? ""));
}
