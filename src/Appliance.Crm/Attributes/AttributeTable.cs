using System.Collections.Immutable;

namespace Appliance.Crm.Attributes;

/// <summary>One attribute, on all nodes.</summary>
public sealed class NodeAttribute(string name)
{
    public string Name => name;
    public string? Set { get; internal set; }
    public bool IsPrivate { get; internal set; }
    public TimeSpan Dampening { get; internal set; }

    /// <summary>Node to value, by node.</summary>
    public SortedDictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes that it was taken from: they are still told of when somebody asks for it.</summary>
    public SortedSet<string> TakenFrom { get; } = new(StringComparer.Ordinal);

    internal AttributeChange On(string host, string? value) => new(name, host, value) { Set = Set, IsPrivate = IsPrivate, Dampening = Dampening };
}

/// <summary>Every node's attributes as this node knows them: what is asked is answered from here.</summary>
public sealed class AttributeTable
{
    private readonly SortedDictionary<string, NodeAttribute> _byName = new(StringComparer.Ordinal);

    /// <summary>By name.</summary>
    public IReadOnlyCollection<NodeAttribute> All => _byName.Values;

    public NodeAttribute? Find(string name) => _byName.GetValueOrDefault(name);

    /// <returns>Whether a value is another one now.</returns>
    internal bool Apply(AttributeChange change)
    {
        if (!_byName.TryGetValue(change.Name, out var attribute)) _byName[change.Name] = attribute = new NodeAttribute(change.Name);
        if (change.Dampening is { } dampening) attribute.Dampening = dampening;
        if (change.DampeningOnly) return false;
        // Which set, and whether it is private, whoever names it first says.
        if (attribute.Values.Count == 0) (attribute.Set, attribute.IsPrivate) = (change.Set, change.IsPrivate);
        if (change.Value is null) attribute.TakenFrom.Add(change.Host);
        else attribute.TakenFrom.Remove(change.Host);
        var before = attribute.Values.GetValueOrDefault(change.Host);
        if (before == change.Value) return false;
        if (change.Value is null) attribute.Values.Remove(change.Host);
        else attribute.Values[change.Host] = change.Value;
        return true;
    }

    /// <returns>Names of the attributes that the node had.</returns>
    internal ImmutableArray<string> Forget(string host)
    {
        var had = ImmutableArray.CreateBuilder<string>();
        foreach (var attribute in _byName.Values)
        {
            attribute.TakenFrom.Remove(host);
            if (attribute.Values.Remove(host)) had.Add(attribute.Name);
        }
        return had.ToImmutable();
    }

    internal void Clear() => _byName.Clear();

    /// <summary>Everything that a node has, or all nodes, as changes.</summary>
    internal List<AttributeChange> Of(string? host)
    {
        var all = new List<AttributeChange>();
        foreach (var attribute in _byName.Values)
            foreach (var (node, value) in attribute.Values)
                if (host is null || node == host) all.Add(attribute.On(node, value));
        return all;
    }
}
