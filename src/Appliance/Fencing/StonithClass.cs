using System.Collections.Concurrent;
using System.Collections.Immutable;
using Appliance.Commands.FencingTools;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Classes;
using Appliance.Stonith;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;

namespace Appliance.Fencing;

/// <summary>Fencing devices as resources: started, a device is ready to be used from here, and its monitor asks it whether it would work. Nothing is ever switched by it.</summary>
/// <remarks>As Pacemaker's executor: a start asks the device as well, and a device that was not started in this life does not run.</remarks>
/// <param name="refuses">Why the fencer does not use a device (its name, agent and parameters); <c>null</c>: nobody's fencer is asked.</param>
internal sealed class StonithClass(Func<string, string, IReadOnlyDictionary<string, string>, string?>? refuses = null) : IResourceClass
{
    private readonly ConcurrentDictionary<string, bool> _started = new(StringComparer.Ordinal);

    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        if (order.Action == "stop")     // also of an agent that has gone: a stop that fails would have this node fenced
        {
            _started.TryRemove(order.Resource, out _);
            return new(OcfCode.Success, OperationStatus.Done);
        }
        if (order.Action == "meta-data" && Agents.Metadata(order.Agent.Type) is { } metadata) return new(OcfCode.Success, OperationStatus.Done, "", metadata);
        if (Find(order.Agent.Type) is not { } found) return new(OcfCode.Installed, OperationStatus.NotInstalled, $"there is no fencing agent {order.Agent.Type}");
        Dictionary<string, string> all = new(StringComparer.Ordinal), given = new(StringComparer.Ordinal);
        foreach (var (name, value) in order.Parameters)
        {
            if (ParameterNames.IsMeta(name)) continue;
            all[name] = value;
            if (!name.StartsWith("pcmk_", StringComparison.Ordinal) && name is not ("provides" or "stonith-timeout" or "priority")) given[name] = value;
        }
        var parameters = DeviceParameters.Read(found.Type.Parameters, given, found.Defaults);
        string problems = string.Join("; ", parameters.Problems.IsEmpty ? [.. found.Type.Check(parameters)] : parameters.Problems);
        switch (order.Action)
        {
            case "validate-all":
                return problems.Length == 0 ? new(OcfCode.Success, OperationStatus.Done) : new(OcfCode.Configured, OperationStatus.Done, problems);
            case "monitor" when !_started.ContainsKey(order.Resource):
                return new(OcfCode.NotRunning, OperationStatus.Done);
            case "start" or "monitor":
                if (problems.Length > 0) return new(OcfCode.Configured, OperationStatus.Done, problems);
                // The device answers, perhaps; but nobody would be fenced with it.
                if (refuses?.Invoke(order.Resource, order.Agent.Type, all) is { } refusal) return new(OcfCode.Configured, OperationStatus.Done, $"not used by the fencer: {refusal}");
                var end = Ask(found.Type, parameters, order.Timeout, cancel);
                if (order.Action == "start" && end.Code == OcfCode.Success) _started[order.Resource] = true;
                return end;
            default:
                return new(OcfCode.Unimplemented, OperationStatus.NotSupported, $"a fencing device has no action {order.Action}");
        }
    }

    private static (DeviceType Type, ImmutableSortedDictionary<string, string> Defaults)? Find(string agent) =>
        (LegacyTypes.Find(agent) is { } legacy ? DeviceTypes.Find(legacy.Native) : DeviceTypes.Find(agent))
        ?? (ExternalAgents.Find(agent, out _) is { } program ? (program, ImmutableSortedDictionary<string, string>.Empty) : null);

    private static AgentEnd Ask(DeviceType type, DeviceParameters parameters, TimeSpan timeout, CancellationToken cancel)
    {
        var deadline = Clock.Now() + timeout;
        if (OutsideParameters.Complete(type, parameters, deadline, cancel, out parameters) is { } missing) return End(missing);
        var conversation = type.Converse(new(FenceAction.Monitor, parameters.Plugs(), parameters, new(), new KernelEntropy()));
        conversation.Deadline = deadline;
        return End(new ConversationRunner(_ => { }, cancel).Run(conversation));
    }

    private static AgentEnd End(DeviceVerdict verdict) => verdict.Kind switch
    {
        VerdictKind.Proven => new(OcfCode.Success, OperationStatus.Done),
        VerdictKind.TimedOut => new(OcfCode.Generic, OperationStatus.Timeout, verdict.Sentence),
        VerdictKind.Misconfigured => new(OcfCode.Configured, OperationStatus.Done, verdict.Sentence),
        _ => new(OcfCode.Generic, OperationStatus.Done, verdict.Sentence),
    };
}
