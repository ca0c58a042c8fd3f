using System.Collections;

namespace Appliance.Policy.Model;

/// <summary>A node as one resource sees it.</summary>
public sealed class Candidate(PolicyNode node, int score, Discovery discovery = Discovery.Always)
{
    public PolicyNode Node { get; } = node;
    public int Score { get; set; } = score;
    public Discovery Discovery { get; set; } = discovery;
    /// <summary>Instances of a collective already assigned there.</summary>
    public int Count { get; set; }

    public Candidate Copy() => new(Node, Score, Discovery) { Count = Count };

    public override string ToString() => $"{Node.Name}={Scores.Text(Score)}";
}

/// <summary>The nodes a resource may run on, with its scores for them, in the order in which they became known to it.</summary>
public sealed class Candidates : IEnumerable<Candidate>
{
    private readonly Dictionary<string, Candidate> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Candidate> _order = [];

    public int Count => _order.Count;

    public Candidate? this[PolicyNode? node] => node is null ? null : _byId.GetValueOrDefault(node.Id);

    public void Add(Candidate candidate)
    {
        if (_byId.Remove(candidate.Node.Id, out var old)) _order.Remove(old);
        _byId.Add(candidate.Node.Id, candidate);
        _order.Add(candidate);
    }

    public void Remove(PolicyNode node)
    {
        if (_byId.Remove(node.Id, out var old)) _order.Remove(old);
    }

    public Candidates Copy()
    {
        var copy = new Candidates();
        foreach (var candidate in _order) copy.Add(candidate.Copy());
        return copy;
    }

    /// <summary>Candidates by node name: the order of printing and of everything that must not depend on chance.</summary>
    public List<Candidate> ByName()
    {
        var sorted = new List<Candidate>(_order);
        MergeSort.By(sorted, static (a, b) => NodeNames.Order.Compare(a.Node.Name, b.Node.Name));
        return sorted;
    }

    public List<Candidate>.Enumerator GetEnumerator() => _order.GetEnumerator();
    IEnumerator<Candidate> IEnumerable<Candidate>.GetEnumerator() => _order.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => _order.GetEnumerator();
}
