namespace Appliance.Policy.Model;

/// <summary>What changed a resource's score for a node.</summary>
public enum ScoreCause
{
    /// <summary>A location constraint, or a rule of one.</summary>
    Location,
    /// <summary>node-health-strategy.</summary>
    Health,
    /// <summary>resource-stickiness, where it is active.</summary>
    Stickiness,
    /// <summary>It failed there as often as migration-threshold allows.</summary>
    Threshold,
    /// <summary>A failure that forbids the node, whatever the count.</summary>
    Failure,
    /// <summary>It follows another resource.</summary>
    Colocation,
    /// <summary>Another resource follows it, and that one's preferences count.</summary>
    Dependent,
    /// <summary>A ticket is not granted.</summary>
    Ticket,
    /// <summary>resource-discovery=exclusive elsewhere.</summary>
    Discovery,
    /// <summary>It waits for a node that was shut down cleanly.</summary>
    ShutdownLock,
    /// <summary>The agent's promotion score.</summary>
    Promotion,
    /// <summary>The rules of a clone: how many instances there are, and how many on a node.</summary>
    Instances,
    /// <summary>The node has no room.</summary>
    Utilization,
    /// <summary>It is to be stopped.</summary>
    Stopped,
    /// <summary>It is not managed, and stays where it is.</summary>
    Unmanaged,
    /// <summary>Where connections, containers and fencing devices may be.</summary>
    Launcher,
    Other,
}

/// <summary>One step of a score.</summary>
/// <param name="Id">The constraint, rule or colocation, where there is one.</param>
/// <param name="With">The other resource of a colocation.</param>
public sealed record ScoreStep(ScoreCause Cause, string? Id, string? With, int Before, int After);

/// <summary>A node as it stood in the choice.</summary>
public sealed record Choice(PolicyNode Node, int Score, bool CanRun, int Assigned);

/// <summary>
/// Keeps how scores came about: after each stage that may change a resource's scores it is told why, and notes what is different from before. It only reads; a run with it
/// gives the same results as one without.
/// </summary>
public sealed class ScoreRecorder
{
    private readonly Dictionary<PolicyResource, Dictionary<string, List<ScoreStep>>> _steps = [];
    private readonly Dictionary<PolicyResource, List<Choice>> _choices = [];

    /// <summary>The steps of a resource's score for a node, from 0.</summary>
    public IReadOnlyList<ScoreStep> Steps(PolicyResource resource, PolicyNode node) =>
        _steps.TryGetValue(resource, out var nodes) && nodes.TryGetValue(node.Id, out var steps) ? steps : [];

    /// <summary>The nodes among which its node was chosen at last, best first.</summary>
    public IReadOnlyList<Choice> Choices(PolicyResource resource) => _choices.TryGetValue(resource, out var choices) ? choices : [];

    /// <summary>Whatever is different in the scores of the resource and its parts has this cause.</summary>
    public void Mark(PolicyResource resource, ScoreCause cause, string? id = null, string? with = null)
    {
        foreach (var candidate in resource.Allowed)
        {
            var steps = StepsOf(resource, candidate.Node);
            var before = steps.Count > 0 ? steps[^1].After : 0;
            if (before != candidate.Score) steps.Add(new(cause, id, with, before, candidate.Score));
        }
        foreach (var child in resource.Children) Mark(child, cause, id, with);
    }

    public void MarkAll(Scheduling model, ScoreCause cause)
    {
        foreach (var resource in model.Resources) Mark(resource, cause);
    }

    /// <summary>What the history alone has done: a resource that is not managed stays, and failures forbid nodes.</summary>
    public void MarkHistory(Scheduling model)
    {
        foreach (var resource in model.Resources) Mark(resource);
        void Mark(PolicyResource resource)
        {
            foreach (var child in resource.Children) Mark(child);
            this.Mark(resource, resource.IsRemoved ? ScoreCause.Stopped : resource.Managed ? ScoreCause.Failure : ScoreCause.Unmanaged);
        }
    }

    /// <summary>Scores were put back to what they had been: the steps since then are forgotten.</summary>
    public void Rewind(PolicyResource resource)
    {
        foreach (var candidate in resource.Allowed)
        {
            var steps = StepsOf(resource, candidate.Node);
            var known = steps.FindLastIndex(s => s.After == candidate.Score);
            if (known >= 0) steps.RemoveRange(known + 1, steps.Count - known - 1);
            else if (candidate.Score == 0) steps.Clear();
        }
        foreach (var child in resource.Children) Rewind(child);
    }

    /// <summary>The choice as it was made.</summary>
    public void Choose(PolicyResource resource, List<Candidate> sorted)
    {
        Mark(resource, ScoreCause.Other);
        var choices = new List<Choice>(sorted.Count);
        foreach (var candidate in sorted) choices.Add(new(candidate.Node, candidate.Score, Availability.CanRun(candidate.Node), candidate.Node.AssignedCount));
        _choices[resource] = choices;
    }

    private List<ScoreStep> StepsOf(PolicyResource resource, PolicyNode node)
    {
        if (!_steps.TryGetValue(resource, out var nodes)) _steps[resource] = nodes = new(StringComparer.OrdinalIgnoreCase);
        if (!nodes.TryGetValue(node.Id, out var steps)) nodes[node.Id] = steps = [];
        return steps;
    }
}
