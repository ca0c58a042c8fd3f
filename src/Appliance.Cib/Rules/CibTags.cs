namespace Appliance.Cib;

/// <summary>Names for several resources at once: a tag stands for what it lists, a template for the resources made from it.</summary>
public sealed class CibTags
{
    private readonly Dictionary<string, List<string>> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _templates = new(StringComparer.Ordinal);

    /// <param name="configuration">The element of that name, in a document of the latest schema.</param>
    public CibTags(CibElement configuration)
    {
        foreach (var template in configuration.Element("resources")?.Elements("template") ?? [])
            if (template.Id is { } id && _templates.Add(id)) _members.TryAdd(id, []);
        foreach (var primitive in configuration.Element("resources")?.Descendants("primitive") ?? [])
            if (primitive["template"] is { } template && primitive.Id is { } id && _members.TryGetValue(template, out var made)) made.Add(id);
        foreach (var tag in configuration.Element("tags")?.Elements("tag") ?? [])
        {
            if (tag.Id is not { } id || _members.ContainsKey(id)) continue;
            var members = new List<string>();
            foreach (var reference in tag.Elements("obj_ref"))
                if (reference.Id is { } member) members.Add(member);
            _members.Add(id, members);
        }
    }

    /// <summary>Whether the id is that of a tag or a template.</summary>
    public bool IsName(string id) => _members.ContainsKey(id);

    public bool IsTemplate(string id) => _templates.Contains(id);

    /// <summary>What the id stands for, in the order of the document; itself if it is neither a tag nor a template. A tag's members are not looked up in turn.</summary>
    public IReadOnlyList<string> Expand(string id) => _members.TryGetValue(id, out var members) ? members : [id];

    /// <summary>The tags (and the template) that an element is in.</summary>
    public List<string> Of(string id)
    {
        var names = new List<string>();
        foreach (var (name, members) in _members)
            if (members.Contains(id)) names.Add(name);
        return names;
    }
}
