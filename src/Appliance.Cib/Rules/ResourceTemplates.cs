namespace Appliance.Cib;

/// <summary>Primitives that take most of what they are from a <c>template</c>.</summary>
public static class ResourceTemplates
{
    /// <summary>The primitive as if it had been written out: the template's content first, then its own, and the template's operations that it does not have itself.</summary>
    /// <returns>A new element; the primitive itself when it refers to no template; null, and why, when it refers to one that cannot be used.</returns>
    public static CibElement? Expand(CibElement primitive, IdIndex ids, out string problem)
    {
        problem = "";
        if (primitive["template"] is not { } reference) return primitive;
        if (reference == primitive.Id)
        {
            problem = $"resource {primitive.Id} refers to itself as its template";
            return null;
        }
        if (ids.Find("template", reference) is not { } template)
        {
            problem = $"resource {primitive.Id} refers to the template {reference}, which does not exist";
            return null;
        }
        var whole = template.Clone().Rename(primitive.Name);
        whole.Set("id", primitive.Id);
        var inherited = whole.Element("operations");
        CibElement? own = null;
        foreach (var child in primitive.Children)
        {
            var copy = whole.Add(child.Clone());
            if (copy.Name == "operations") own = copy;
        }
        if (inherited is null || own is null) return whole;

        var known = new HashSet<string>(own.Children.Select(Key), StringComparer.Ordinal);
        foreach (var operation in inherited.Children)
            if (!known.Contains(Key(operation))) own.Add(operation.Clone());
        inherited.Remove();
        return whole;
    }

    /// <summary>Which operations replace each other: those of one name and role; no role, Started and the unpromoted role are one.</summary>
    private static string Key(CibElement operation)
    {
        var role = operation["role"];
        if (role is null || Values.Same(role, "Started") || Values.Same(role, "Slave") || Values.Same(role, "Unpromoted")) role = "";
        if (Values.Same(role, "Master")) role = "Promoted";
        return operation["name"] + "\n" + role.ToLowerInvariant();
    }
}
