namespace Appliance.Cib;

/// <summary>Finds elements by their <c>id</c>, and what an <c>id-ref</c> stands for. Made from a document as it is; later changes to that are not seen.</summary>
public sealed class IdIndex
{
    private readonly Dictionary<string, CibElement> _byId = new(StringComparer.Ordinal);
    private readonly CibElement _root;

    public IdIndex(CibElement root)
    {
        _root = root;
        if (root.Id is { } own) _byId[own] = root;
        foreach (var element in root.Descendants())
            if (element.Id is { } id) _byId.TryAdd(id, element);
    }

    /// <summary>The first element with that id.</summary>
    public CibElement? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The first element of that name with that id: histories repeat ids of the configuration under other names.</summary>
    public CibElement? Find(string name, string id)
    {
        if (!_byId.TryGetValue(id, out var found) || found.Name == name) return found;
        return _root.Descendants(name).FirstOrDefault(e => e.Id == id);
    }

    /// <summary>The element itself, or what its <c>id-ref</c> refers to: an element of the same name. Null when there is none.</summary>
    public CibElement? Resolve(CibElement element) => element["id-ref"] is not { } id ? element : Find(element.Name, id);

    /// <summary>As <see cref="Resolve(CibElement)"/>; without an index the element's document is searched.</summary>
    public static CibElement? Resolve(CibElement element, IdIndex? ids) => element["id-ref"] is not { } id ? element
        : ids is not null ? ids.Find(element.Name, id) : element.Root.Descendants(element.Name).FirstOrDefault(e => e.Id == id);
}
