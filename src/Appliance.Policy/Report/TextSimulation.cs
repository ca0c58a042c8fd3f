using System.Globalization;
using Appliance.Policy.Model;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Report;

/// <summary>The story as text.</summary>
/// <param name="fancy">With titles, bullets and indentation; otherwise bare lines.</param>
/// <param name="quiet">Only scores, utilization and problems.</param>
public sealed class TextSimulation(bool fancy, bool quiet) : SimulationReport
{
    private readonly ReportText _text = new(fancy);
    private readonly List<ReportPart> _parts = [];

    /// <summary>What was told since it was taken last.</summary>
    public List<ReportPart> Take()
    {
        Flush();
        var parts = new List<ReportPart>(_parts);
        _parts.Clear();
        return parts;
    }

    private void Flush()
    {
        if (_text.Take() is { Length: > 0 } text) _parts.Add(new(false, text));
    }

    public override void Note(string line)
    {
        if (!quiet) _text.Line(line);
    }

    public override void Problem(string text)
    {
        Flush();
        _parts.Add(new(true, text + "\n"));
    }

    public override void Spacer() => _text.Spacer();

    public override bool Maintenance(Scheduling model)
    {
        if (model.Options.MaintenanceMode)
            _text.Line("\n              *** Resource management is DISABLED ***\n  The cluster will not attempt to start, stop or recover services");
        else if (model.Options.StopAll) _text.Line("\n    *** Resource management is DISABLED ***\n  The cluster will keep all resources stopped");
        else return false;
        return true;
    }

    public override void Status(Scheduling model, bool revised, bool showPending, StatusSections sections)
    {
        _text.Begin(revised ? "Revised Cluster Status" : "Current cluster status");
        StatusReport.Write(model, showPending, _text);
        if ((sections & StatusSections.Attributes) != 0) Attributes(model);
        if ((sections & StatusSections.FailCounts) != 0)
        {
            FailCounts(model);
            Failures(model);
        }
        _text.End();
    }

    private void Attributes(Scheduling model)
    {
        var any = false;
        foreach (var node in model.Nodes)
        {
            var attributes = StatusDetails.AttributesOf(model, node);
            if (attributes.Count == 0) continue;
            Open(ref any, "Node Attributes");
            _text.Begin($"Node: {node.Name}");
            foreach (var attribute in attributes) _text.Item(attribute.Text);
            _text.End();
        }
        if (any) _text.End();
    }

    private void Open(ref bool opened, string title)
    {
        if (opened) return;
        opened = true;
        _text.Spacer();
        _text.Begin(title);
    }

    private void FailCounts(Scheduling model)
    {
        var any = false;
        foreach (var state in StatusDetails.StatesOfPresent(model))
        {
            Open(ref any, "Migration Summary");
            var failures = StatusDetails.FailuresOn(model, state, out var node);
            if (failures.Count == 0) continue;
            _text.Begin($"Node: {node.Name}");
            foreach (var one in failures) _text.Item(one.Text);
            _text.End();
        }
        if (any) _text.End();
    }

    private void Failures(Scheduling model)
    {
        var any = false;
        foreach (var entry in model.FailedOperations)
        {
            if (StatusDetails.FailedText(entry.Xml) is not { } text) continue;
            Open(ref any, "Failed Resource Actions");
            _text.Item(text);
        }
        if (any) _text.End();
    }

    public override void BeginModifications(Injections wanted)
    {
        if (quiet) return;
        _text.Begin("Performing Requested Modifications");
        if (wanted.Quorum is not null) _text.Item($"Setting quorum: {wanted.Quorum}");
        if (wanted.Watchdog is not null) _text.Item($"Setting watchdog: {wanted.Watchdog}");
    }

    public override void BeginTransition()
    {
        if (!quiet) _text.Begin("Executing Cluster Transition");
    }

    public override void End()
    {
        if (!quiet) _text.End();
    }

    public override void Tell(Step step)
    {
        if (step is Step.Problem problem) Problem(problem.Text);
        else if (step is Step.Pretended pretended) Note(string.Create(CultureInfo.InvariantCulture, $"Pretending action {pretended.Action} failed with rc={pretended.Code}"));
        else if (!quiet) _text.Item(Line(step));
    }

    private static string Line(Step step) => step switch
    {
        Step.NodeChanged { Change: NodeChange.Online } node => $"Bringing node {node.Name} online",
        Step.NodeChanged { Change: NodeChange.Offline } node => $"Taking node {node.Name} offline",
        Step.NodeChanged node => $"Failing node {node.Name}",
        Step.TicketChanged { Change: "Standby" } ticket => $"Making ticket {ticket.Id} standby",
        Step.TicketChanged ticket => $"{ticket.Change} ticket {ticket.Id}",
        Step.ResultGiven spec => $"Injecting {spec.Text} into the configuration",
        Step.AttributeSet attribute => $"Injecting attribute {attribute.Name}={attribute.Value} into /node_state '{attribute.NodeId}'",
        Step.PseudoAction pseudo => $"Pseudo action:   {pseudo.Task}{(pseudo.Node is null ? "" : $" on {pseudo.Node}")}",
        Step.ResourceAction action => $"Resource action: {action.Name,-15} {action.Operation}{(action.IntervalMs > 0 ? $"={Texts.Text(action.IntervalMs)}" : "")} on {action.Node}",
        Step.ClusterAction action => $"Cluster action:  {action.Task}{(action.Resource is null ? "" : $" for {action.Resource}")} on {action.Node}",
        Step.NodeFenced fencing => $"Fencing {fencing.Target} ({fencing.Operation})",
        _ => "",
    };

    public override void Assignment(IReadOnlyList<AssignmentNote> notes, bool scores, bool utilization)
    {
        _text.Begin(!scores ? "Utilization Information" : utilization ? "Assignment Scores and Utilization Information" : "Assignment Scores");
        foreach (var note in notes) _text.Item(note.ToString()!);
        _text.End();
    }

    public override void Changes(IReadOnlyList<PlannedChange> changes)
    {
        _text.Begin("Transition Summary");
        // A name that is too long for its column makes it two blanks wider than itself.
        int name = 5, details = 5;
        foreach (var change in changes)
        {
            if (change is not PlannedChange.OfResource resource) continue;
            if (resource.Resource.Length > name) name = resource.Resource.Length + 2;
            details = Math.Max(details, resource.Details.Length);
        }
        foreach (var change in changes) _text.Item(change is PlannedChange.OfResource resource ? resource.Text(name, details) : change.ToString()!);
        _text.End();
    }
}
