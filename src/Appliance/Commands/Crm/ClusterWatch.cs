using System.Diagnostics;
using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Control;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Simulation;

namespace Appliance.Commands.Crm;

/// <summary>A running cluster while it does what it was told: what it still has to do, what runs, and when that changes. The policy engine is asked here, as Pacemaker's tools ask it.</summary>
internal sealed class ClusterWatch(CrmWorld world, ICib cib)
{
    /// <summary>A change may be one that the version does not show to a tool, and the clock changes too.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    public CibElement Document { get; private set; } = new("cib");

    /// <summary>Reads the CIB; false when nobody answers any more.</summary>
    public bool Read()
    {
        if (cib.Perform(new(CibOperation.Query)).Answer is not { } document) return false;
        Document = document;
        return true;
    }

    /// <summary>Waits until the CIB is another, for a short time at most.</summary>
    public void WaitForChange(TimeSpan atMost)
    {
        if (atMost <= TimeSpan.Zero) return;
        var within = atMost < Look ? atMost : Look;
        var clock = Stopwatch.StartNew();
        var reply = world.Ask(new("change") { Version = CibVersion.Of(Document).ToString(), WithinMs = Math.Max(1, (long)within.TotalMilliseconds) });
        if (reply is null && clock.Elapsed < within) Thread.Sleep(within - clock.Elapsed);
    }

    public PolicyRun Plan() => PolicyRun.Schedule(Document, world.Now(), PosixPattern.Of, secretsBlotted: false, noted: false);

    /// <summary>What the cluster still has to do, a line each: the last first, as 2.1.5 lists it.</summary>
    public static List<string> Pending(PolicyRun run)
    {
        var pending = new List<string>();
        foreach (var action in run.Graph.Descendants())
        {
            if (action.Name is not ("rsc_op" or "crm_event") || action.Parent is not { Name: "action_set" } || action["operation"] == "notify") continue;
            pending.Insert(0, $"\tAction {action.Id}: {action["operation_key"]}" + (action["on_node"] is { } node ? $"\ton {node}" : ""));
        }
        return pending;
    }

    /// <summary>What runs when all is done that is to be done, as far as can be said.</summary>
    public PolicyRun Afterwards()
    {
        var now = world.Now();
        var run = Plan();
        var after = Simulator.Run(Document, run.Graph, now, name => run.Model.Find(name) is not null).Cib;
        return PolicyRun.ReadStatus(after, now);
    }

    public PolicyRun Status() => PolicyRun.ReadStatus(Document, world.Now());
}
