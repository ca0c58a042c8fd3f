using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>Scripts of heartbeat's resource.d: positional arguments, and a status that is judged by words.</summary>
public sealed class HeartbeatClass(LrmPaths paths, AgentLog log) : IResourceClass
{
    public TimeSpan Grace { get; init; } = ActionTimeouts.Grace;
    public AgentMarks? Marks { get; init; }

    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        var word = order.Action == "monitor" ? "status" : order.Action;
        if (word is not "start" and not "stop" and not "status") return new(OcfCode.Unimplemented, OperationStatus.NotSupported, $"a heartbeat script has no action {order.Action}");
        var words = new StatusWords();
        var end = new AgentProgram($"{paths.ResourceDirectory}/{order.Agent.Type}", [.. Arguments(order), word], environment, order.Resource, order.Timeout, Grace, log)
        {
            IsLoud = word != "status",
            WorkingDirectory = paths.ExistingWorkingDirectory, Marks = Marks,
            Listener = bytes => words.Read(bytes),
        }.Run(status => status, cancel);
        if (end.Status != OperationStatus.Done) return end;
        if (word == "status") return end with { Code = words.IsRunning ? OcfCode.Success : OcfCode.NotRunning };
        return end.Code == 0 ? end : end with { Code = OcfCode.Generic, Reason = end.Reason.Length > 0 ? end.Reason : string.Create(CultureInfo.InvariantCulture, $"exit status {end.Code}") };
    }

    /// <summary>Those of a haresources entry, or the parameters named 1, 2, 3... as Pacemaker's CIBs had them.</summary>
    private static List<string> Arguments(OperationOrder order)
    {
        var arguments = new List<string>(order.Arguments);
        for (var i = 1; arguments.Count == i - 1 && order.Parameters.TryGetValue(i.ToString(CultureInfo.InvariantCulture), out var value); i++) arguments.Add(value);
        return arguments;
    }
}
