using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>What a resource's agent is given, which may differ by node.</summary>
internal static class Parameters
{
    public static Dictionary<string, string> Of(Scheduling model, PolicyResource resource, PolicyNode? node)
    {
        var key = node?.Id ?? "";
        if (resource.ParameterCache.TryGetValue(key, out var known)) return known;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var input = model.RuleInput() with
        {
            NodeAttributes = node?.Attributes, Class = resource.Xml["class"], Provider = resource.Xml["provider"], Type = resource.Xml["type"],
        };
        for (var at = resource; at is not null; at = at.Parent) AttributeSets.Read(at.Xml, "instance_attributes", input, values, model);
        return resource.ParameterCache[key] = values;
    }
}
