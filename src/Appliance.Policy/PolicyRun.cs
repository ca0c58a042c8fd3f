using System.Text;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Assign;
using Appliance.Policy.Create;
using Appliance.Policy.Criteria;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;
using Appliance.Policy.Order;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy;

/// <summary>One run of the policy engine: a CIB and an instant in; scores, actions and the transition graph out. The same inputs give the same outputs.</summary>
public sealed class PolicyRun
{
    private readonly Scheduling _model;
    private CibElement? _graph;

    private PolicyRun(Scheduling model) => _model = model;

    public Scheduling Model => _model;

    /// <summary>Scores as they stood when each resource was assigned.</summary>
    public IReadOnlyList<string> ScoreLines => _model.AssignmentNotes.FindAll(static n => !n.IsUtilization).ConvertAll(static n => n.ToString()!);

    /// <summary>What will be done, one entry for each resource and node.</summary>
    public IReadOnlyList<PlannedChange> Changes { get; private set; } = [];

    /// <summary>The transition graph.</summary>
    public CibElement Graph => _graph ?? throw new InvalidOperationException("only the status was read");

    /// <summary>Reads configuration and status and goes no further: what is shown as the cluster's status.</summary>
    /// <param name="cib">The document; it is not changed.</param>
    /// <param name="now">The instant, seconds of the epoch.</param>
    /// <param name="offset">Seconds by which the machine's clock is ahead of UTC then: what hours and days of a <c>date_spec</c> are counted in.</param>
    public static PolicyRun ReadStatus(CibElement cib, long now, bool secretsBlotted = true, bool recorded = false, int offset = 0, bool remarked = false)
    {
        var model = new Scheduling(cib, now) { Offset = offset, SecretsBlotted = secretsBlotted, Recorder = recorded ? new() : null, Remarks = remarked ? [] : null };
        OptionsReader.Read(model);
        if (!model.Options.Quorate && model.Options.NoQuorumPolicy != NoQuorumPolicy.Ignore)
            model.Remarks?.Add(Complaint.Remark("cluster_status", "Fencing and resource management disabled due to lack of quorum"));
        NodesReader.Read(model);
        ConstraintsReader.ReadTags(model);
        ResourcesReader.Read(model);
        StatusReader.Read(model);
        return new(model);
    }

    /// <summary>Reads the constraints of one whose status was read.</summary>
    /// <param name="patterns">As <see cref="Schedule"/> takes them.</param>
    public void ReadConstraints(Func<string, ExtendedPattern?> patterns) => ConstraintsReader.Read(_model, patterns);

    /// <summary>Everything, to the graph.</summary>
    /// <param name="patterns">Makes patterns of extended regular expressions (<c>PosixPattern.Of</c>), and nothing of what is none.</param>
    /// <param name="transition">The number of the transition.</param>
    /// <param name="secretsBlotted">The document is a copy for others, in which passwords cannot be compared.</param>
    /// <param name="recorded">Keep how scores come about (<see cref="Scheduling.Recorder"/>).</param>
    /// <param name="remarked">Keep what the stages have to say (<see cref="Scheduling.Remarks"/>).</param>
    /// <param name="noted">Keep the scores as they stood at each assignment (<see cref="ScoreLines"/>).</param>
    public static PolicyRun Schedule(CibElement cib, long now, Func<string, ExtendedPattern?> patterns, int transition = 1, bool secretsBlotted = true, bool recorded = false, int offset = 0, bool remarked = false, bool noted = true)
    {
        var run = ReadStatus(cib, now, secretsBlotted, recorded, offset, remarked);
        run.Decide(patterns, transition, noted: noted);
        return run;
    }

    /// <summary>The rest, for one whose status was read; once.</summary>
    /// <param name="patterns">As <see cref="Schedule"/> takes them.</param>
    /// <param name="transition">The number of the transition.</param>
    /// <param name="stage">Told what is done next, for somebody who waits.</param>
    /// <param name="noted">As <see cref="Schedule"/> takes it.</param>
    public void Decide(Func<string, ExtendedPattern?> patterns, int transition = 1, Action<string>? stage = null, bool noted = true)
    {
        Invariant.Require(_graph is null, "a run is decided once");
        _model.Noted = noted;
        _model.Recorder?.MarkHistory(_model);
        NodeCriteria.ApplyHealth(_model);
        ConstraintsReader.Read(_model, patterns);
        _model.Recorder?.MarkAll(_model, ScoreCause.Ticket);
        NodeCriteria.Apply(_model);
        foreach (var resource in _model.Resources) InternalOrders.Add(_model, resource);
        _model.Recorder?.MarkAll(_model, ScoreCause.Launcher);
        ConfigurationChanges.Check(_model);
        stage?.Invoke("assigning resources");
        Assigner.Run(_model);
        stage?.Invoke("making actions");
        ActionCreation.Run(_model);
        RemoteOrders.Add(_model);
        FencingOrders.Schedule(_model);
        stage?.Invoke("ordering actions");
        OrderApplication.Run(_model);
        stage?.Invoke("making the graph");
        // Said before the graph is made, and not only for its own sake: an action that an ordering made for its resource, without a node, has the resource's node from here on.
        Changes = TransitionSummary.Of(_model);
        if (_model.Next.At is { } change) _model.Recheck(change.Epoch);
        _graph = new GraphBuilder(_model).Build(transition);
    }

    /// <summary>The graph as text.</summary>
    public string GraphText()
    {
        var text = new StringBuilder();
        Graph.WriteTo(text);
        return text.ToString();
    }

    /// <summary>All actions and relations as a drawing in dot's language.</summary>
    /// <param name="all">Those too that are optional or of resources nobody manages.</param>
    /// <param name="numbers">With the actions' numbers.</param>
    public string Dot(bool all = false, bool numbers = false) => DotGraph.Draw(_model, all, numbers);
}
