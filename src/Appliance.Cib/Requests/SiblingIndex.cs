namespace Appliance.Cib.Requests;

/// <summary>Finds the first child of a name, or of a name and an id, in an element to which children are only added: by looking along them, or, where that would be done too often, by a table.</summary>
/// <param name="wanted">How often somebody will ask.</param>
internal sealed class SiblingIndex(CibElement parent, int wanted)
{
    /// <summary>What is looked at without a table: one costs about as much to make.</summary>
    private const int Few = 64;

    private readonly Dictionary<string, CibElement>? _table = wanted > 1 && (long)wanted * (parent.Nodes.Count + wanted) > Few ? Table(parent) : null;

    /// <param name="id">Null: any, or none.</param>
    public CibElement? Find(string name, string? id)
    {
        if (_table is not null) return _table.GetValueOrDefault(Key(name, id));
        foreach (var child in parent.Elements(name))
            if (id is null || child.Id == id) return child;
        return null;
    }

    /// <summary>A new child at the end, which gets this id.</summary>
    public CibElement Add(string name, string? id)
    {
        var child = parent.Add(name);
        if (_table is null) return child;
        _table.TryAdd(Key(name, null), child);
        if (id is not null) _table.TryAdd(Key(name, id), child);
        return child;
    }

    private static Dictionary<string, CibElement> Table(CibElement parent)
    {
        var table = new Dictionary<string, CibElement>(StringComparer.Ordinal);
        foreach (var child in parent.Children)
        {
            table.TryAdd(Key(child.Name, null), child);
            if (child.Id is { } id) table.TryAdd(Key(child.Name, id), child);
        }
        return table;
    }

    // No name has a blank in it.
    private static string Key(string name, string? id) => id is null ? name : $"{name} {id}";
}
