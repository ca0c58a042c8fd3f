using Appliance.Policy.Model;

namespace Appliance.Policy.Graph;

/// <summary>An order of some actions that agrees with every relation taken into it; one that would close a circle is not taken.</summary>
/// <remarks>
/// A relation that agrees already costs nothing more. Where one does not, only what stands between its two ends is looked at and moved (Marchetti-Spaccamela, Nanni and Rohnert, "Maintaining a
/// topological order under edge insertions", 1996).
/// </remarks>
internal sealed class KeptOrder
{
    private readonly List<PolicyAction> _order;
    private readonly Dictionary<PolicyAction, Place> _places = [];

    private sealed class Place(int rank)
    {
        public int Rank { get; set; } = rank;
        public List<Relation> After { get; } = [];
        /// <summary>How the search that found it came here.</summary>
        public Relation? Way { get; set; }
        public int Search { get; set; }
    }

    private int _search;

    public KeptOrder(List<PolicyAction> actions)
    {
        _order = actions;
        for (var i = 0; i < actions.Count; i++) _places[actions[i]] = new(i);
    }

    /// <summary>Takes a relation; or, when its end leads back to its beginning, the shortest way there over relations taken before (none for one that waits for itself).</summary>
    public List<Relation>? Take(Relation relation)
    {
        Place first = _places[relation.First], then = _places[relation.Then];
        if (first.Rank >= then.Rank)
        {
            _search++;
            if (Reaches(relation.Then, relation.First, first.Rank) is { } way) return way;
            PutBehind(then.Rank, first.Rank);
        }
        first.After.Add(relation);
        return null;
    }

    private List<Relation>? Reaches(PolicyAction from, PolicyAction to, int highest)
    {
        var found = new List<PolicyAction> { from };
        (_places[from].Search, _places[from].Way) = (_search, null);
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i] == to) return Way(to);
            foreach (var next in _places[found[i]].After)
            {
                var place = _places[next.Then];
                if (place.Rank > highest || place.Search == _search) continue;
                (place.Search, place.Way) = (_search, next);
                found.Add(next.Then);
            }
        }
        return null;
    }

    private List<Relation> Way(PolicyAction to)
    {
        var way = new List<Relation>();
        for (var step = _places[to].Way; step is not null; step = _places[step.First].Way) way.Add(step);
        way.Reverse();
        return way;
    }

    /// <summary>Between two ranks, what the last search found goes behind what it did not find.</summary>
    private void PutBehind(int from, int to)
    {
        var (before, behind) = (new List<PolicyAction>(), new List<PolicyAction>());
        for (var rank = from; rank <= to; rank++) (_places[_order[rank]].Search == _search ? behind : before).Add(_order[rank]);
        before.AddRange(behind);
        foreach (var action in before)
        {
            _order[from] = action;
            _places[action].Rank = from++;
        }
    }
}
