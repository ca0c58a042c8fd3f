using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>
/// What a resource, and all that must be with it, want of each node, summed once: along a chain or a group of thousands each would ask all that come after it again. It is for what is plain:
/// primitives that nothing has changed yet, each with the next in any case and by the node's name. Whatever else there is has to be asked one by one.
/// </summary>
internal sealed class Followers
{
    private static readonly Followers None = new(0);

    /// <summary>By the place of the node among the resource's candidates: the sum of what is finite, the sum of the amounts of that, and the least and the most that any wants.</summary>
    private readonly long[] _sum, _amount;
    private readonly int[] _least, _most;

    private Followers(int count) => (_sum, _amount, _least, _most) = (new long[count], new long[count], new int[count], new int[count]);

    /// <summary>Adds what a dependent and its followers want to the scores of what it must be with; null where that has to be asked one by one.</summary>
    public static Candidates? Add(Scheduling model, PolicyResource source, Colocation colocation, Candidates nodes)
    {
        if (!IsPlain(source, colocation) || Of(model, source) is not { } wanted || wanted == None || !SameNodes(source.Allowed, nodes)) return null;
        var (at, possible) = (0, false);
        foreach (var candidate in nodes)
        {
            // One node that stays possible all the way, and nobody's wish is left out for want of one.
            possible |= candidate.IsAvailable() && wanted._least[at] >= 0;
            // What is clamped on the way would depend on the order.
            if (candidate.Score > -Scores.Infinity && wanted._least[at] > -Scores.Infinity && candidate.Score < Scores.Infinity && Math.Abs(candidate.Score) + wanted._amount[at] >= Scores.Infinity) return null;
            at++;
        }
        if (!possible) return null;
        var sum = nodes.Copy();
        at = 0;
        foreach (var candidate in sum)
        {
            if (candidate.Score <= -Scores.Infinity || wanted._least[at] <= -Scores.Infinity) candidate.Score = -Scores.Infinity;
            else if (candidate.Score >= Scores.Infinity || wanted._most[at] >= Scores.Infinity) candidate.Score = Scores.Infinity;
            else candidate.Score += (int)wanted._sum[at];
            at++;
        }
        return sum;
    }

    /// <summary>A resource's scores are no longer what the sums were made of.</summary>
    public static void Touch(PolicyResource resource)
    {
        if (resource.Wanted == None) return;
        resource.Wanted = None;
        foreach (var colocation in resource.ThisWith) TouchAbove(colocation);
    }

    private static void TouchAbove(Colocation colocation)
    {
        var primary = colocation.Primary;
        if (primary.Wanted is not null) Touch(primary);
        // A group's last member speaks for the group, and for what is configured for its members.
        if (colocation.Explicit && (primary as Group ?? primary.Parent as Group)?.Last is { Wanted: not null } last) Touch(last);
    }

    private static bool IsPlain(PolicyResource source, Colocation colocation) =>
        source is Primitive && colocation.Score >= Scores.Infinity && colocation.NodeAttribute == "#uname" && source.Parent is null or Group { Parent: null }
        && !(colocation.Explicit && source.Parent is Group group && source != group.First);

    private static Followers? Of(Scheduling model, PolicyResource source)
    {
        if (source.Wanted is { } known) return known;
        if (!model.NamesArePlain || !source.Assignable) return source.Wanted = None;
        // Asked again before it is known: a circle.
        source.Wanted = None;
        var wanted = new Followers(source.Allowed.Count);
        var at = 0;
        foreach (var candidate in source.Allowed)
        {
            if (candidate.Node.IsRemoteKind) return null;
            var score = Availability.CanRun(candidate.Node) ? candidate.Score : -Scores.Infinity;
            wanted.Put(at++, Math.Abs(score) < Scores.Infinity ? score : 0, Math.Abs(score) < Scores.Infinity ? Math.Abs(score) : 0, score, score);
        }
        foreach (var next in ColocationLists.WithThis(source))
        {
            if (!ColocationScores.HasInfluence(next)) continue;
            if (!IsPlain(next.Dependent, next) || Of(model, next.Dependent) is not { } more || more == None || !SameNodes(next.Dependent.Allowed, source.Allowed)) return null;
            for (var i = 0; i < at; i++) wanted.Put(i, more._sum[i], more._amount[i], more._least[i], more._most[i]);
        }
        return source.Wanted = wanted;
    }

    private void Put(int at, long sum, long amount, int least, int most)
    {
        _sum[at] += sum;
        _amount[at] = Math.Min(Scores.Infinity, _amount[at] + amount);
        if (_amount[at] >= Scores.Infinity) _sum[at] = 0;
        _least[at] = Math.Min(_least[at], least);
        _most[at] = Math.Max(_most[at], most);
    }

    private static bool SameNodes(Candidates one, Candidates two)
    {
        if (one.Count != two.Count) return false;
        var others = two.GetEnumerator();
        foreach (var candidate in one)
            if (!others.MoveNext() || others.Current.Node != candidate.Node) return false;
        return true;
    }
}
