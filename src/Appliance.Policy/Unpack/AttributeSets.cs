using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Sets of name-value pairs, read with the model's instant and references.</summary>
internal static class AttributeSets
{
    /// <summary>Adds what the sets of one kind below an element say; what is there already stays unless <paramref name="overwrite"/>.</summary>
    public static void Read(CibElement? owner, string kind, RuleInput input, Dictionary<string, string> values, Scheduling model, string? firstId = null, bool overwrite = false)
    {
        if (owner is null) return;
        if (!overwrite)
        {
            NvSets.Unpack(owner, kind, firstId, input, values, model.Next);
            return;
        }
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        NvSets.Unpack(owner, kind, firstId, input, said, model.Next);
        foreach (var (name, value) in said) values[name] = value;
    }

    /// <summary>What a rule sees of a resource.</summary>
    public static RuleInput For(Scheduling model, PolicyResource resource) => model.RuleInput() with { Class = resource.Xml["class"], Provider = resource.Xml["provider"], Type = resource.Xml["type"] };
}
