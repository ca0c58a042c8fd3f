using System.Globalization;
using Appliance.Crm.Attributes;
using Appliance.Operations;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    /// <summary>Whose variables these are: agents ask for it to know which there are.</summary>
    private const string AlertsOf = "2.1.5";

    /// <summary>Variables that every alert has, and its own.</summary>
    private void Alert(string kind, params (string Name, string Value)[] fields)
    {
        if (Document.Element("configuration")?.Element("alerts") is null) return;
        _effects.Add(new CrmEffect.Alert(new(kind, Document,
        [
            ("kind", kind), ("version", AlertsOf),
            ("timestamp_epoch", Seconds), ("timestamp_usec", (_wall.Ticks / 10 % 1_000_000).ToString("d6", CultureInfo.InvariantCulture)), .. fields,
        ])));
    }

    private void NodeAlert(string node, string what) => Alert("node", ("node", node), ("nodeid", IdOf(node)), ("desc", what));

    private void FencingAlert(FencingRecord record) =>
        Alert("fencing", ("node", record.Target), ("desc", $"Operation {record.Action.ToString().ToLowerInvariant()} of {record.Target} by {record.Delegate ?? "<no-one>"} for {record.Client}@{record.Origin}: {(record.State == FencingState.Done ? "OK" : record.Reason)} (ref={record.Id})"),
            ("task", "st_notify_fence"), ("rc", record.State == FencingState.Done ? "0" : "1"));

    /// <summary>A probe that found what was expected is nobody's concern (as in Pacemaker's executor library).</summary>
    private void OperationAlert(OperationRecord record)
    {
        if (record.Order is { Action: "monitor", IsRecurring: false } && record.End.Code == record.Order.Expected) return;
        Alert("resource", ("node", _me), ("nodeid", IdOf(_me)), ("rsc", record.Order.Resource), ("task", record.Order.Action), ("interval", ((long)record.Order.Interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
            ("desc", record.End.Status == OperationStatus.Done ? Policy.Report.ResultWords.Old(record.End.Code) : Policy.Report.ResultWords.OldExecution((int)record.End.Status)), ("status", ((int)record.End.Status).ToString(CultureInfo.InvariantCulture)),
            ("rc", record.End.Code.ToString(CultureInfo.InvariantCulture)), ("target_rc", record.Order.Expected.ToString(CultureInfo.InvariantCulture)),
            ("exec_time", ((long)record.ExecTime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
    }

    private void AttributeAlert(AttributeChange change) =>
        Alert("attribute", ("node", change.Host), ("nodeid", IdOf(change.Host)), ("attribute_name", change.Name), ("attribute_value", change.Value ?? ""));
}
