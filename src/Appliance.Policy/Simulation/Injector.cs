using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>Puts changes into a CIB that did not happen: nodes that come and go, tickets, results of operations.</summary>
/// <remarks>
/// As Pacemaker 3.0.2 does: a failed stop counts as infinitely many, a failed start does unless the cluster is told otherwise. Where the original gives up with a failed assertion (a node that
/// nobody knows, a collective resource) this says so and goes on.
/// </remarks>
public static class Injector
{
    /// <summary>A changed copy, and what was done to it. The same inputs give the same copy.</summary>
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
        foreach (var node in wanted.NodesUp) Change(copy, node, NodeChange.Online, steps);
        foreach (var node in wanted.NodesDown) Change(copy, node, NodeChange.Offline, steps);
        foreach (var node in wanted.NodesFailed) Change(copy, node, NodeChange.Failing, steps);
        Tickets(copy, wanted.TicketsGranted, "Granting", "granted", true, steps);
        Tickets(copy, wanted.TicketsRevoked, "Revoking", "granted", false, steps);
        Tickets(copy, wanted.TicketsStandby, "Standby", "standby", true, steps);
        Tickets(copy, wanted.TicketsActive, "Activating", "standby", false, steps);
        foreach (var spec in wanted.Operations) Operate(copy, spec, status, steps);
        return copy.Root;
    }

    private static void Change(SimulatedCib copy, string node, NodeChange change, List<Step> steps)
    {
        steps.Add(new Step.NodeChanged(node, change));
        if (copy.SetState(node, up: change != NodeChange.Offline) is not { } state)
        {
            steps.Add(new Step.Problem(Unknown(node)));
            return;
        }
        if (change == NodeChange.Failing) state.Set("in_ccm", "false");
        copy.StatusChanged();
        if (change == NodeChange.Offline) copy.Forget(node);
    }

    private static string Unknown(string node) => $"Unknown node: {node} (--node-up makes it known)";

    private static void Tickets(SimulatedCib copy, List<string> ids, string change, string attribute, bool value, List<Step> steps)
    {
        foreach (var id in ids)
        {
            steps.Add(new Step.TicketChanged(id, change));
            copy.SetTicket(id, attribute, value);
        }
    }

    private static void Operate(SimulatedCib copy, string text, PolicyRun status, List<Step> steps)
    {
        steps.Add(new Step.ResultGiven(text));
        if (!OperationSpec.TryParse(text, out var spec, out var fields))
        {
            steps.Add(new Step.Problem($"Invalid operation spec: {text}.  Only found {fields} fields"));
            return;
        }
        if (spec.Resource.Length == 0 || status.Model.Find(spec.Resource) is not { } resource)
        {
            steps.Add(new Step.Problem($"Invalid resource name: {(spec.Resource.Length == 0 ? "(null)" : spec.Resource)}"));
            return;
        }
        if (copy.StateOf(spec.Node) is not { } state)
        {
            steps.Add(new Step.Problem(Unknown(spec.Node)));
            return;
        }
        var fatal = spec.Task == Operation.Stop || spec.Task == Operation.Start && status.Model.Options.StartFailureIsFatal;
        copy.CountFailure(state, spec.Resource, spec.Task, spec.IntervalMs, spec.Code, fatal, steps);
        if (SimulatedCib.HistoryOf(state, spec.Resource, spec.Resource, resource.Xml, out var problem) is not { } history) steps.Add(new Step.Problem(problem!));
        else copy.Record(history, new(spec.Resource, spec.Task, spec.IntervalMs, spec.Code, 0, "Simulated action result", spec.Node), null);
    }
}
