namespace Appliance.Cib;

/// <summary>References that lead to something, but not to what is meant.</summary>
internal static class References
{
    public static void Check(CibElement cib, ValidationRun check)
    {
        if (cib.Element("configuration") is not { } configuration) return;
        foreach (var primitive in configuration.Element("resources")?.Descendants("primitive") ?? [])
            Expect(primitive, "template", check, "template");
        foreach (var constraint in configuration.Element("constraints")?.Children ?? [])
        {
            foreach (var attribute in (ReadOnlySpan<string>)["rsc", "with-rsc", "first", "then"]) Resource(constraint, attribute, check);
            foreach (var reference in constraint.Descendants("resource_ref")) Resource(reference, "id", check);
        }
        foreach (var role in configuration.Element("acls")?.Descendants("role") ?? []) Expect(role, "id", check, "acl_role");

        // Two elements of one name in a set: the first counts, which is seldom what was meant.
        foreach (var set in configuration.Descendants().Where(e => e.Name is "cluster_property_set" or "instance_attributes" or "meta_attributes" or "utilization"))
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var pair in set.Elements("nvpair"))
                if (pair["name"] is { } name && !names.Add(name)) check.Warning(pair, $"{set.Name} {set.Id} has {name} more than once; the first counts");
        }
        var nodes = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in configuration.Element("nodes")?.Elements("node") ?? [])
            if (node["uname"] is { } name && !nodes.Add(name)) check.Error(node, $"two nodes are called {name}");
    }

    private static void Resource(CibElement element, string attribute, ValidationRun check)
    {
        if (element[attribute] is not { } id || check.Find(id) is not { } target) return;
        if (target.Name is not ("primitive" or "group" or "clone" or "bundle" or "template" or "tag"))
            check.Error(element, $"{(element.Name == "resource_ref" ? ValidationRun.Name(element.Parent!) : ValidationRun.Name(element))} is about {id}, which is a <{target.Name}>", "a resource, template or tag");
    }

    private static void Expect(CibElement element, string attribute, ValidationRun check, string name)
    {
        if (element[attribute] is { } id && check.Find(id) is { } target && target.Name != name)
            check.Error(element, $"{ValidationRun.Name(element)} refers to {id} as its {name}, which is a <{target.Name}>");
    }
}
