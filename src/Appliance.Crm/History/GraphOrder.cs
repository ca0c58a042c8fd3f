using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Crm.Transition;
using Appliance.Operations;
using AgentSpec = Appliance.Core.Resources.AgentSpec;

namespace Appliance.Crm.History;

/// <summary>An operation as a transition orders it (<c>rsc_op</c>), read for the one who carries it out.</summary>
/// <param name="Task">As the graph says it: a <c>cancel</c> or <c>delete</c> is no order for an agent.</param>
/// <param name="Node">Where it is to happen.</param>
/// <param name="OtherName">The resource's name with, or without, its instance's number: under which it may be known here from before it was configured otherwise.</param>
/// <param name="LockTime">When the resource was locked to its node, which its shutdown left; 0: it is not.</param>
public sealed record GraphOrder(string Task, string Node, TransitionKey Key, OperationOrder Order, string? OtherName, long LockTime)
{
    /// <summary>A time-out that fencing devices have instead of the operation's own for a recurring monitor.</summary>
    private const string FencingTimeout = "pcmk_monitor_timeout";

    /// <returns>Null, and what is wrong with it, when it cannot be carried out.</returns>
    public static GraphOrder? Read(CibElement action, out string problem)
    {
        var primitive = action.Element("primitive");
        problem = "";
        if (action["operation"] is not { Length: > 0 } task) problem = "it names no operation";
        else if (TransitionKey.Parse(action["transition-key"]) is not { } key) problem = $"its transition key cannot be read: {action["transition-key"]}";
        else if (primitive?.Id is not { Length: > 0 } resource) problem = "it names no resource";
        else if (primitive["class"] is not { Length: > 0 } standard || primitive["type"] is not { Length: > 0 } type) problem = $"it does not say what {resource} is";
        else
        {
            var parameters = Parameters(action);
            var interval = Milliseconds(parameters, "CRM_meta_interval");
            if (task is "start" or "stop") interval = 0;
            var timeout = Milliseconds(parameters, "CRM_meta_timeout");
            if (standard == "stonith" && task == "monitor" && interval > 0 && parameters.TryGetValue(FencingTimeout, out var own) && Values.TryMilliseconds(own, out var ownMs) && ownMs >= 0) timeout = ownMs;
            var order = new OperationOrder(resource, new AgentSpec(standard, primitive["provider"] ?? "", type), task, TimeSpan.FromMilliseconds(interval), TimeSpan.FromMilliseconds(timeout > 0 ? timeout : interval))
            {
                StartDelay = TimeSpan.FromMilliseconds(Milliseconds(parameters, "CRM_meta_start_delay")),
                Parameters = parameters,
                Expected = key.TargetRc,
                Origin = key.ToString(),
            };
            return new(task, action["on_node"] ?? "", key, order, primitive["long-id"], Values.TryInteger(action["shutdown-lock"], out var since) ? since : 0);
        }
        return null;
    }

    /// <summary>All that goes with an operation: what the agent gets, and the cluster's own. The exit code that is wanted is in the key.</summary>
    private static ImmutableSortedDictionary<string, string> Parameters(CibElement action)
    {
        var parameters = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (action.Element("attributes") is not { } attributes) return parameters.ToImmutable();
        foreach (var attribute in attributes.Attributes) parameters[attribute.Name] = attribute.Value;
        // A name that begins with a digit cannot be an attribute's.
        foreach (var odd in attributes.Elements("param"))
            if (odd["name"] is { } name) parameters[name] = odd["value"] ?? "";
        parameters.Remove("CRM_meta_op_target_rc");
        return parameters.ToImmutable();
    }

    private static long Milliseconds(ImmutableSortedDictionary<string, string> parameters, string name) => Milliseconds(parameters.GetValueOrDefault(name));
    private static long Milliseconds(string? text) => Values.TryInteger(text, out var value) && value is > 0 and <= int.MaxValue ? value : 0;
}
