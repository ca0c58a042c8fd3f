using System.Text;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Graph;

/// <summary>
/// Finds actions of a graph that wait for each other, and leaves out one relation of each circle. Nobody configures a circle on purpose, but several who each add an order may have made one;
/// everything in it would wait for ever (in Pacemaker it does: its graph "terminates").
/// </summary>
/// <remarks>
/// Circles lie within strongly connected sets of actions; where there are none, one walk over actions and relations finds that out. Within such a set relations are taken again, the firmest
/// first: what a resource or a node needs by itself; what resources have to do with each other by what they are; then constraints, in the order of the configuration. One that closes a circle with
/// those before it is left out. So a circle loses the constraint that stands last, and the same one when resources are started and when they are stopped.
/// </remarks>
internal sealed class Circles(List<PolicyAction> actions)
{
    private const int None = -1;

    /// <summary>The strongly connected set an action belongs to; only those with circles have a number.</summary>
    private readonly int[] _set = new int[actions.Count];
    private readonly List<List<PolicyAction>> _sets = [];
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>Relations left out.</summary>
    public List<Relation> Broken { get; } = [];

    /// <summary>What to tell who configured it: one sentence for each constraint. A circle that is nobody's doing is only remarked on.</summary>
    public List<Complaint> Complaints { get; } = [];

    public void Break()
    {
        for (var i = 0; i < actions.Count; i++) (actions[i].Visited, _set[i]) = (i, None);
        FindSets();
        for (var i = 0; i < actions.Count; i++) if (_set[i] != None) _sets[_set[i]].Add(actions[i]);
        foreach (var set in _sets) Untie(set);
    }

    // ---- sets (Tarjan, "Depth-first search and linear graph algorithms", 1972; with a path of its own, as chains may be long) ----

    private void FindSets()
    {
        var number = new int[actions.Count];
        var low = new int[actions.Count];
        var next = new int[actions.Count];
        var isOpen = new bool[actions.Count];
        var (path, open) = (new List<PolicyAction>(), new List<PolicyAction>());
        var count = 0;
        foreach (var start in actions)
        {
            if (number[start.Visited] == 0) Enter(start);
            while (path.Count > 0)
            {
                var action = path[^1];
                var at = action.Visited;
                if (next[at] < action.Before.Count)
                {
                    var relation = action.Before[next[at]++];
                    if (relation.State != RelationState.Taken) continue;
                    var first = relation.First.Visited;
                    if (number[first] == 0) Enter(relation.First);
                    else if (isOpen[first]) low[at] = Math.Min(low[at], number[first]);
                    continue;
                }
                path.RemoveAt(path.Count - 1);
                if (path.Count > 0) low[path[^1].Visited] = Math.Min(low[path[^1].Visited], low[at]);
                if (low[at] == number[at]) Close(action);
            }
        }

        void Enter(PolicyAction action)
        {
            number[action.Visited] = low[action.Visited] = ++count;
            isOpen[action.Visited] = true;
            path.Add(action);
            open.Add(action);
        }

        void Close(PolicyAction root)
        {
            var isCircle = open[^1] != root || WaitsForItself(root);
            PolicyAction last;
            do
            {
                last = open[^1];
                open.RemoveAt(open.Count - 1);
                isOpen[last.Visited] = false;
                if (isCircle) _set[last.Visited] = _sets.Count;
            }
            while (last != root);
            if (isCircle) _sets.Add([]);
        }
    }

    private static bool WaitsForItself(PolicyAction action)
    {
        foreach (var relation in action.Before) if (relation.State == RelationState.Taken && relation.First == action) return true;
        return false;
    }

    // ---- which relation is left out ----

    private void Untie(List<PolicyAction> set)
    {
        var relations = new List<Relation>();
        foreach (var action in set)
            foreach (var relation in action.Before)
                if (relation.State == RelationState.Taken && _set[relation.First.Visited] == _set[action.Visited]) relations.Add(relation);
        MergeSort.By(relations, static (a, b) => CompareFirmness(b, a));
        var kept = new KeptOrder(set);
        foreach (var relation in relations)
        {
            if (kept.Take(relation) is not { } circle) continue;
            Tell(relation, circle);
            (relation.State, relation.Flags) = (RelationState.Undecided, OrderFlags.None);
            Broken.Add(relation);
        }
    }

    /// <summary>Greater is firmer.</summary>
    private static int CompareFirmness(Relation one, Relation other) =>
        one.By is { } its && other.By is { } others ? its.CompareTo(others)
        : one.By is null && other.By is null ? Need(one).CompareTo(Need(other))
        : one.By is null ? 1 : -1;

    /// <summary>How much nobody's constraint matters: a probe before what another resource does can best come late; what is within one resource or about a node as a whole must not.</summary>
    private static int Need(Relation relation)
    {
        var (first, then) = (relation.First, relation.Then);
        if (first.Resource == then.Resource || first.Task is Operation.Fence or Operation.Shutdown || then.Task is Operation.Fence or Operation.Shutdown) return 3;
        return relation.Asked != OrderFlags.Ordered ? 2 : first.Task != Operation.Monitor ? 1 : 0;
    }

    // ---- what is said ----

    /// <summary>A long circle is told from its beginning only.</summary>
    private const int Told = 8;

    private const string Where = "transition_graph";

    private void Tell(Relation relation, List<Relation> circle)
    {
        var about = relation.By?.Id ?? "";
        if (!_said.Add(about)) return;
        var steps = new StringBuilder(DotGraph.Name(relation.First)).Append(" -> ").Append(DotGraph.Name(relation.Then));
        var others = new List<string>();
        var implied = false;
        for (var i = 0; i < circle.Count; i++)
        {
            if (i < Told) steps.Append(" -> ").Append(DotGraph.Name(circle[i].Then));
            else if (i == Told) steps.Append(" -> (").Append(Texts.Text(circle.Count - Told)).Append(" more)");
            if (circle[i].By is not { } by) implied |= circle[i].First.Resource != circle[i].Then.Resource;
            else if (by.Id != about && !others.Contains(by.Id)) others.Add(by.Id);
        }
        if (relation.By is not { } left)
        {
            Complaints.Add(new(false, Where, $"Actions wait for each other, though no constraint asks for it: {steps}. {DotGraph.Name(relation.Then)} does not wait for {DotGraph.Name(relation.First)} this time", Counts: false));
            return;
        }
        var remedy = circle.Count == 0 ? "Remove it or name two resources" : others.Count == 0 ? "Remove it or turn it round" : "Remove one of these constraints or turn it round";
        if (implied) others.Add("what these resources are to each other");
        var why = circle.Count == 0 ? $"puts {DotGraph.Name(relation.Then)} before itself" : $"closes a circle {(others.Count == 0 ? "by itself" : "with " + string.Join(", ", others))}: {steps}";
        Complaints.Add(new(true, Where, $"Constraint '{left.Id}' is not followed because it {why}. {remedy}"));
    }
}
