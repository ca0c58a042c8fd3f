using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Report;

/// <summary>The story as the elements of Pacemaker's API (crm_simulate-2.24.rng), which stand in a pacemaker-result.</summary>
public sealed class XmlSimulation(bool quiet) : SimulationReport
{
    private CibElement? _open;

    public List<CibElement> Elements { get; } = [];

    /// <summary>What stands in the result's status.</summary>
    public List<string> Problems { get; } = [];

    public override void Note(string line) { }

    public override void Problem(string text) => Problems.Add(text);

    public override void Spacer() { }

    public override bool Maintenance(Scheduling model) => false;

    public override void Status(Scheduling model, bool revised, bool showPending, StatusSections sections)
    {
        var status = new CibElement(revised ? "revised_cluster_status" : "cluster_status");
        Elements.Add(status);
        var nodes = status.Add("nodes");
        foreach (var node in model.Nodes) nodes.Add(StatusXml.Node(model, node));
        var resources = new CibElement("resources");
        foreach (var resource in model.Resources)
            if (!StatusReport.IsHidden(resource)) StatusXml.Add(resources, resource, new() { Pending = showPending });
        if (resources.Children.Count > 0) status.Add(resources);
        if ((sections & StatusSections.Attributes) != 0) Attributes(model, status);
        if ((sections & StatusSections.FailCounts) == 0) return;
        FailCounts(model, status);
        Failures(model, status);
    }

    private static void Attributes(Scheduling model, CibElement status)
    {
        CibElement? list = null;
        foreach (var node in model.Nodes)
        {
            var attributes = StatusDetails.AttributesOf(model, node);
            if (attributes.Count == 0) continue;
            list ??= status.Add("node_attributes");
            var one = list.Add("node").Set("name", node.Name);
            foreach (var attribute in attributes)
                one.Add("attribute").Set("name", attribute.Name).Set("value", attribute.Value).Set("expected", attribute.Expected is { } expected ? Texts.Text(expected) : null);
        }
    }

    private static void FailCounts(Scheduling model, CibElement status)
    {
        CibElement? list = null;
        foreach (var state in StatusDetails.StatesOfPresent(model))
        {
            list ??= status.Add("node_history");
            var failures = StatusDetails.FailuresOn(model, state, out var node);
            if (failures.Count == 0) continue;
            var one = list.Add("node").Set("name", node.Name);
            foreach (var each in failures) one.Add(each.Xml);
        }
    }

    private static void Failures(Scheduling model, CibElement status)
    {
        CibElement? list = null;
        foreach (var entry in model.FailedOperations)
            if (StatusDetails.FailedXml(entry.Xml) is { } failure) (list ??= status.Add("failures")).Add(failure);
    }

    public override void BeginModifications(Injections wanted) => Begin(new CibElement("modifications").Set("quorum", wanted.Quorum).Set("watchdog", wanted.Watchdog));

    public override void BeginTransition() => Begin(new CibElement("transition"));

    private void Begin(CibElement element)
    {
        _open = element;
        if (!quiet) Elements.Add(element);
    }

    public override void End() => _open = null;

    public override void Tell(Step step)
    {
        if (step is Step.Problem problem) Problems.Add(problem.Text);
        else if (step is not Step.Pretended) _open?.Add(Element(step));
    }

    private static CibElement Element(Step step) => step switch
    {
        Step.NodeChanged node => new CibElement("modify_node").Set("action", node.Change.ToString()).Set("node", node.Name),
        Step.TicketChanged ticket => new CibElement("modify_ticket").Set("action", ticket.Change).Set("ticket", ticket.Id),
        Step.ResultGiven spec => new CibElement("inject_spec").Set("spec", spec.Text),
        Step.AttributeSet attribute => new CibElement("inject_attr").Set("name", attribute.Name).Set("value", attribute.Value).Set("node_path", "/node_state").Set("cib_node", attribute.NodeId),
        Step.PseudoAction pseudo => new CibElement("pseudo_action").Set("task", pseudo.Task).Set("node", pseudo.Node),
        Step.ResourceAction action => new CibElement("rsc_action").Set("resource", action.Name).Set("op", action.Operation).Set("node", action.Node)
            .Set("interval", action.IntervalMs > 0 ? Texts.Text(action.IntervalMs) : null),
        Step.ClusterAction action => new CibElement("cluster_action").Set("task", action.Task).Set("node", action.Node).Set("id", action.Resource),
        Step.NodeFenced fencing => new CibElement("fencing_action").Set("target", fencing.Target).Set("op", fencing.Operation),
        _ => new CibElement("step"),
    };

    public override void Assignment(IReadOnlyList<AssignmentNote> notes, bool scores, bool utilization)
    {
        var list = new CibElement(!scores ? "utilizations" : utilization ? "allocations_utilizations" : "allocations");
        Elements.Add(list);
        foreach (var note in notes)
            switch (note)
            {
                case AssignmentNote.Weight weight:
                    list.Add("node_weight").Set("function", weight.Function).Set("node", weight.Node).Set("score", weight.Score).Set("id", weight.Resource);
                    break;
                case AssignmentNote.Promotion promotion:
                    list.Add("promotion_score").Set("id", promotion.Resource).Set("score", promotion.Score).Set("node", promotion.Node);
                    break;
                case AssignmentNote.Capacity capacity:
                    Amounts(list.Add("capacity").Set("node", capacity.Node).Set("comment", capacity.Comment), capacity.Amounts);
                    break;
                case AssignmentNote.Use use:
                    Amounts(list.Add("utilization").Set("resource", use.Resource).Set("node", use.Node).Set("function", use.Function), use.Amounts);
                    break;
            }
    }

    private static void Amounts(CibElement of, List<string> amounts)
    {
        for (var i = 0; i + 1 < amounts.Count; i += 2) of.Add(amounts[i]).Text = amounts[i + 1];
    }

    public override void Changes(IReadOnlyList<PlannedChange> changes)
    {
        var list = new CibElement("actions");
        Elements.Add(list);
        foreach (var change in changes)
            if (change.Xml() is { } xml) list.Add(xml);
    }
}
