using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>With a placement strategy, resources that want a node more are assigned before others.</summary>
internal static class ResourceOrder
{
    public static void Sort(Scheduling model)
    {
        var nodes = new List<Candidate>();
        foreach (var node in model.Nodes) nodes.Add(new Candidate(node, node.Score));
        Placement.Sort(model, nodes, null);
        MergeSort.By(model.Resources, (a, b) => Compare(model, a, b, nodes));
    }

    private static int Compare(Scheduling model, PolicyResource a, PolicyResource b, List<Candidate> nodes)
    {
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (nodes.Count == 0) return 0;
        var one = WithDependencies(model, a);
        var two = WithDependencies(model, b);
        var scoreA = a.Active.Count > 0 ? one[a.CurrentNode]?.Score ?? -Scores.Infinity : -Scores.Infinity;
        var scoreB = b.Active.Count > 0 ? two[b.CurrentNode]?.Score ?? -Scores.Infinity : -Scores.Infinity;
        if (scoreA != scoreB) return scoreB.CompareTo(scoreA);
        foreach (var node in nodes)
        {
            scoreA = one[node.Node]?.Score ?? -Scores.Infinity;
            scoreB = two[node.Node]?.Score ?? -Scores.Infinity;
            if (scoreA != scoreB) return scoreB.CompareTo(scoreA);
        }
        return 0;
    }

    private static Candidates WithDependencies(Scheduling model, PolicyResource resource)
    {
        Candidates? nodes = null;
        ColocationScores.AddPreferences(model, resource, resource, ref nodes, null, 1, Preferences.ThisWith);
        return nodes ?? resource.Allowed;
    }
}
