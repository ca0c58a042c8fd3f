using Appliance.Cib;

namespace Appliance.Crm.Transition;

/// <summary>An operation's entry in a resource's history (<c>lrm_rsc_op</c>), as far as the transitioner looks at it.</summary>
/// <param name="Key">Resource, operation and interval: <c>db_monitor_10000</c>.</param>
/// <param name="NodeId">Of the node in whose history it stands.</param>
/// <param name="Node">That node's name, if the entry says it.</param>
/// <param name="TransitionKey">As it stands there; null for what is no change.</param>
/// <param name="CallId">The executor's number of the call; -1 when no executor answered.</param>
/// <param name="IsRefresh">It is told again only: an executor that came back says what it knows.</param>
public sealed record OperationResult(string? Key, string NodeId, string? Node, string? TransitionKey, int CallId, int Rc, ExecutionStatus Status, bool IsRefresh = false)
{
    public static OperationResult Read(CibElement entry, string nodeId) => new(entry["operation_key"], nodeId, entry["on_node"], entry["transition-key"], Number(entry, "call-id"),
        Number(entry, "rc-code"), (ExecutionStatus)Number(entry, "op-status"), entry["crm-debug-origin"] == "build_active_RAs");

    /// <summary>The exit code for whoever compares: degraded is running.</summary>
    public int EffectiveRc => Rc switch { 190 => 0, 191 => 8, _ => Rc };   // OCF: degraded, degraded and promoted

    private static int Number(CibElement entry, string name) => Values.TryInteger(entry[name], out var value) && value is >= int.MinValue and <= int.MaxValue ? (int)value : -1;
}
