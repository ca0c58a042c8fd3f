using System.Text;
using Appliance.Cib;
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
    public IReadOnlyList<string> ScoreLines => _model.ScoreLines;

    /// <summary>What will be done, a line for each resource and node.</summary>
    public IReadOnlyList<string> Changes { get; private set; } = [];

    /// <summary>The transition graph.</summary>
    public CibElement Graph => _graph ?? throw new InvalidOperationException("only the status was read");

    /// <summary>Reads configuration and status and goes no further: what is shown as the cluster's status.</summary>
    /// <param name="cib">The document; it is not changed.</param>
    /// <param name="now">The instant, seconds of the epoch.</param>
    public static PolicyRun ReadStatus(CibElement cib, long now, bool secretsBlotted = true)
    {
        var model = new Scheduling(cib, now) { SecretsBlotted = secretsBlotted };
        OptionsReader.Read(model);
        NodesReader.Read(model);
        ConstraintsReader.ReadTags(model);
        ResourcesReader.Read(model);
        StatusReader.Read(model);
        return new(model);
    }

    /// <summary>Reads the constraints of one whose status was read.</summary>
    public void ReadConstraints() => ConstraintsReader.Read(_model);

    /// <summary>Everything, to the graph.</summary>
    /// <param name="transition">The number of the transition.</param>
    /// <param name="secretsBlotted">The document is a copy for others, in which passwords cannot be compared.</param>
    public static PolicyRun Schedule(CibElement cib, long now, int transition = 1, bool secretsBlotted = true)
    {
        var run = ReadStatus(cib, now, secretsBlotted);
        run.Decide(transition);
        return run;
    }

    private void Decide(int transition)
    {
        NodeCriteria.ApplyHealth(_model);
        ConstraintsReader.Read(_model);
        NodeCriteria.Apply(_model);
        foreach (var resource in _model.Resources) InternalOrders.Add(_model, resource);
        ConfigurationChanges.Check(_model);
        Assigner.Run(_model);
        ActionCreation.Run(_model);
        RemoteOrders.Add(_model);
        FencingOrders.Schedule(_model);
        OrderApplication.Run(_model);
        // Said before the graph is made, and not only for its own sake: an action that an ordering made for its resource, without a node, has the resource's node from here on.
        Changes = TransitionSummary.Lines(_model);
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
    public string Dot() => DotGraph.Draw(_model);
}
