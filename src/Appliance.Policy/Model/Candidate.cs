using System.Collections;
using System.Text;

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

    /// <summary>
    /// Candidates in the order in which Pacemaker happens to see them; it decides between nodes with equal room, and where comparing room goes round in a circle. They are in a GLib
    /// hash table of node ids: places by a prime modulus of eleven times the hash, the next free one further and further on where a place is taken, more places when nearly all are.
    /// </summary>
    public List<Candidate> InTableOrder()
    {
        var shift = 3;
        while (1 << shift <= Count + Count / 16) shift++;
        int[] primes = [1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381];
        if (shift >= primes.Length) return [.. _order];
        var places = new Candidate?[1 << shift];
        foreach (var candidate in _order)
        {
            var hash = 0u;
            foreach (var letter in Encoding.UTF8.GetBytes(candidate.Node.Id)) hash = unchecked(hash * 31 + (uint)(sbyte)letter);
            if (hash < 2) hash = 2;
            var place = (int)(unchecked(hash * 11) % (uint)primes[shift]);
            for (var step = 1; places[place] is not null; step++) place = (place + step) & (places.Length - 1);
            places[place] = candidate;
        }
        var order = new List<Candidate>(Count);
        foreach (var candidate in places)
            if (candidate is not null) order.Add(candidate);
        return order;
    }

    public List<Candidate>.Enumerator GetEnumerator() => _order.GetEnumerator();
    IEnumerator<Candidate> IEnumerable<Candidate>.GetEnumerator() => _order.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => _order.GetEnumerator();
}
