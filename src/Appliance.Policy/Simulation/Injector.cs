using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>Puts changes into a CIB that did not happen: nodes that come and go, tickets, results of operations.</summary>
/// <remarks>
/// As Pacemaker 3.0.2 does: a failed stop counts as infinitely many, a failed start does unless the cluster is told otherwise. Where the original gives up with a failed assertion (a node that
/// nobody knows, a collective resource) this says so and gives up as well: a question about something else than was meant deserves no answer.
/// </remarks>
public static class Injector
{
    /// <summary>A changed copy, and what was done to it; it ends at a fatal problem. The same inputs give the same copy.</summary>
    /// <param name="status">The document's status as it was read.</param>
    public static CibElement Apply(CibElement cib, Injections wanted, PolicyRun status, long now, out List<Step> steps)
    {
        var copy = new SimulatedCib(cib, now, wanted.NodesUp.Count > 0);
        steps = [];
        if (wanted.Quorum is { } quorum && copy.Root["have-quorum"] != quorum)
        {
            copy.Root.Set("have-quorum", quorum);
            copy.StatusChanged();
        }
        if (wanted.Watchdog is { } watchdog) copy.SetWatchdog(watchdog);
        if (!Change(copy, wanted.NodesUp, NodeChange.Online, steps) || !Change(copy, wanted.NodesDown, NodeChange.Offline, steps)
            || !Change(copy, wanted.NodesFailed, NodeChange.Failing, steps)) return copy.Root;
        Tickets(copy, wanted.TicketsGranted, "Granting", "granted", true, steps);
        Tickets(copy, wanted.TicketsRevoked, "Revoking", "granted", false, steps);
        Tickets(copy, wanted.TicketsStandby, "Standby", "standby", true, steps);
        Tickets(copy, wanted.TicketsActive, "Activating", "standby", false, steps);
        foreach (var spec in wanted.Operations)
            if (!Operate(copy, spec, status, steps)) break;
        return copy.Root;
    }

    private static bool Change(SimulatedCib copy, List<string> nodes, NodeChange change, List<Step> steps)
    {
        foreach (var node in nodes)
        {
            steps.Add(new Step.NodeChanged(node, change));
            if (copy.SetState(node, up: change != NodeChange.Offline) is not { } state) return GiveUp(Unknown(node), steps);
            if (change == NodeChange.Failing) state.Set("in_ccm", "false");
            copy.StatusChanged();
            if (change == NodeChange.Offline) copy.Forget(node);
        }
        return true;
    }

    private static string Unknown(string node) => $"Unknown node: {node} (--node-up makes it known)";

    private static bool GiveUp(string problem, List<Step> steps)
    {
        steps.Add(new Step.Problem(problem, isFatal: true));
        return false;
    }

    private static void Tickets(SimulatedCib copy, List<string> ids, string change, string attribute, bool value, List<Step> steps)
    {
        foreach (var id in ids)
        {
            steps.Add(new Step.TicketChanged(id, change));
            copy.SetTicket(id, attribute, value);
        }
    }

    /// <summary>Notes one result; false when there is no use in going on.</summary>
    private static bool Operate(SimulatedCib copy, string text, PolicyRun status, List<Step> steps)
    {
        steps.Add(new Step.ResultGiven(text));
        if (!OperationSpec.TryParse(text, out var spec, out var fields))
        {
            steps.Add(new Step.Problem($"Invalid operation spec: {text}.  Only found {fields} fields"));
            return true;
        }
        if (spec.Resource.Length == 0 || status.Model.Find(spec.Resource) is not { } resource)
        {
            steps.Add(new Step.Problem($"Invalid resource name: {(spec.Resource.Length == 0 ? "(null)" : spec.Resource)}"));
            return true;
        }
        if (copy.StateOf(spec.Node) is not { } state) return GiveUp(Unknown(spec.Node), steps);
        var fatal = spec.Task == Operation.Stop || spec.Task == Operation.Start && status.Model.Options.StartFailureIsFatal;
        copy.CountFailure(state, spec.Resource, spec.Task, spec.IntervalMs, spec.Code, fatal, steps);
        if (copy.HistoryOf(state, spec.Resource, spec.Resource, resource.Xml, out var problem) is not { } history) return GiveUp(problem!, steps);
        copy.Record(history, new(spec.Resource, spec.Task, spec.IntervalMs, spec.Code, 0, "Simulated action result", spec.Node), null);
        return true;
    }
}
