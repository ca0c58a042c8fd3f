using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>Init scripts, judged by the exit statuses of the Linux Standard Base.</summary>
public sealed class LsbClass(LrmPaths paths, AgentLog log) : IResourceClass
{
    /// <summary>Of <c>status</c> (LSB 5.0, 22.2), and two that Pacemaker's own callers of scripts answer with.</summary>
    private const int DeadWithPidFile = 1, DeadWithLock = 2, Stopped = 3, NotInstalled = 150, NoPermission = 151;

    public TimeSpan Grace { get; init; } = ActionTimeouts.Grace;
    public AgentMarks? Marks { get; init; }

    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        var word = order.Action == "monitor" ? "status" : order.Action;
        if (word is not "start" and not "stop" and not "status" and not "restart" and not "reload" and not "force-reload")
            return new(OcfCode.Unimplemented, OperationStatus.NotSupported, $"an init script has no action {order.Action}");
        var script = $"{paths.InitDirectory}/{order.Agent.Type}";
        // Whether it is one is judged here: a script that is not there and one that says "not installed" are the same answer.
        return new AgentProgram(script, [word], environment, order.Resource, order.Timeout, Grace, log) { IsLoud = word != "status", WorkingDirectory = paths.ExistingWorkingDirectory, Marks = Marks }
            .Run(status => Code(word, status), cancel);
    }

    /// <summary>Pacemaker's mapping: a dead service with its pid or lock file left behind is not running; other actions have OCF's numbers up to 7 already.</summary>
    public static int Code(string word, int status) => word == "status"
        ? status switch
        {
            0 => OcfCode.Success,
            DeadWithPidFile or DeadWithLock or Stopped => OcfCode.NotRunning,
            NotInstalled => OcfCode.Installed,
            NoPermission => OcfCode.Permission,
            _ => OcfCode.Generic,
        }
        : status is >= 0 and <= OcfCode.NotRunning ? status : OcfCode.Generic;
}
