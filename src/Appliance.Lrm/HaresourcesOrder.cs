using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm;

/// <summary>An entry of haresources that names an agent by its standard (<c>ocf:heartbeat:pgsql::pgctl=/usr/bin/pg_ctl</c>), as an operation, and the answer in haresources' words.</summary>
public static class HaresourcesOrder
{
    public static OperationOrder Of(ResourceSpec resource, AgentSpec agent, ResourceAction action, TimeSpan timeout)
    {
        var order = new OperationOrder(InstanceName(resource, agent), agent, action == ResourceAction.Status ? "monitor" : ScriptRunner.Word(action), TimeSpan.Zero, timeout);
        if (agent.Standard == "heartbeat") return order with { Arguments = resource.Arguments };
        var parameters = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var argument in resource.Arguments)
            if (argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) parameters[argument[..at]] = argument[(at + 1)..];
        return order with { Parameters = parameters.ToImmutable() };
    }

    /// <summary>
    /// A name that can be part of a file's name, as agents make state files of it: the type, and where there are parameters a sum of them, so that two entries of one agent are two.
    /// </summary>
    public static string InstanceName(ResourceSpec resource, AgentSpec agent)
    {
        if (resource.Arguments.IsEmpty) return agent.Type;
        var sum = 14695981039346656037UL;       // FNV-1a, 64 bit: short, and the same for ever
        foreach (var b in Encoding.UTF8.GetBytes(resource.Text)) sum = (sum ^ b) * 1099511628211UL;
        return string.Create(CultureInfo.InvariantCulture, $"{agent.Type}_{(uint)(sum ^ (sum >> 32)):x8}");
    }

    /// <summary>What the end of an operation means for the group.</summary>
    /// <remarks>
    /// A monitor that ends with anything but "runs", "runs promoted" or "does not run" has found something broken that may still be active (OCF: generic error, failed promoted), unless the agent could never have
    /// started it here: not installed, not configured, no right, wrong arguments.
    /// </remarks>
    public static OperationResult Result(OperationOrder order, AgentEnd end)
    {
        var reason = end.Reason.Length > 0 ? end.Reason : end.Code == 0 ? "" : $"{order.Agent} {order.Action} answered {Word(end.Code)}";
        if (end.Status == OperationStatus.NotInstalled) return new(OperationOutcome.NotFound, end.Code, reason);
        if (end.Status == OperationStatus.Timeout) return new(OperationOutcome.TimedOut, -1, reason);
        if (end.Status != OperationStatus.Done) return new(order.Action == "monitor" ? OperationOutcome.Unclear : OperationOutcome.Failed, end.Code, reason);
        if (order.Action != "monitor") return end.Code == OcfCode.Success ? new(OperationOutcome.Ok, 0, "") : new(OperationOutcome.Failed, end.Code, reason);
        return end.Code switch
        {
            OcfCode.Success or OcfCode.RunningPromoted => new(OperationOutcome.Ok, end.Code, ""),
            OcfCode.NotRunning => new(OperationOutcome.NotRunning, end.Code, end.Reason),
            OcfCode.Installed or OcfCode.Configured or OcfCode.Permission or OcfCode.Arguments or OcfCode.Unimplemented => new(OperationOutcome.Failed, end.Code, reason),
            _ => new(OperationOutcome.Unclear, end.Code, reason),
        };
    }

    private static string Word(int code) => code switch
    {
        1 => "a failure (1)", 2 => "wrong arguments (2)", 3 => "not implemented (3)", 4 => "no permission (4)", 5 => "not installed (5)", 6 => "not configured (6)", 7 => "not running (7)", 9 => "failed while promoted (9)",
        _ => code.ToString(CultureInfo.InvariantCulture),
    };
}
