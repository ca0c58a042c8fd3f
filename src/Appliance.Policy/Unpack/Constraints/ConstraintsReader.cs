using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>The constraints, in document order.</summary>
internal static class ConstraintsReader
{
    /// <param name="patterns">Makes patterns of extended regular expressions, and nothing of what is none.</param>
    public static void Read(Scheduling model, Func<string, ExtendedPattern?> patterns)
    {
        foreach (var constraint in model.Configuration.Element("constraints")?.Children ?? [])
        {
            if (constraint.Id is null || constraint.Element("lifetime") is { } lifetime && !IsInLifetime(model, lifetime)) continue;
            switch (constraint.Name)
            {
                case "rsc_location": LocationReader.Read(model, constraint, patterns); break;
                case "rsc_colocation": ColocationReader.Read(model, constraint); break;
                case "rsc_order": OrderingReader.Read(model, constraint); break;
                case "rsc_ticket": TicketReader.Read(model, constraint); break;
            }
        }
    }

    private static bool IsInLifetime(Scheduling model, CibElement lifetime)
    {
        foreach (var rule in lifetime.Elements("rule"))
            if (Rule.Passes(model.Resolve(rule), model.RuleInput(), model.Next)) return true;
        return lifetime.Element("rule") is null;
    }

    /// <summary>The resource a constraint names: a clone for its primitive's or group's plain name.</summary>
    public static PolicyResource? Resource(Scheduling model, string? name)
    {
        if (name is null) return null;
        foreach (var top in model.Resources)
            if (Scheduling.Find(top, r => r.Id == name || r.HistoryName == name) is { } found)
                return found.Parent is Clone clone && found.Id != name ? clone : found;
        return null;
    }

    /// <summary>The resources behind a tag or template; null when the name is neither.</summary>
    public static List<string>? Tagged(Scheduling model, string? name)
    {
        if (name is null || Resource(model, name) is not null) return null;
        return model.TemplateUsers.GetValueOrDefault(name) ?? (model.Templates.ContainsKey(name) ? [] : model.Tags.GetValueOrDefault(name));
    }

    public static void ReadTags(Scheduling model)
    {
        foreach (var tag in model.Configuration.Element("tags")?.Elements("tag") ?? [])
        {
            if (tag.Id is not { } id) continue;
            if (!model.Tags.TryGetValue(id, out var members)) model.Tags[id] = members = [];
            foreach (var member in tag.Elements("obj_ref"))
                if (member.Id is { } name && !members.Contains(name)) members.Add(name);
        }
    }

    /// <summary>A constraint's resource sets, references followed and tags put in their members' place.</summary>
    public static List<ResourceSet> Sets(Scheduling model, CibElement constraint)
    {
        var sets = new List<ResourceSet>();
        foreach (var element in constraint.Elements("resource_set"))
        {
            var xml = model.Resolve(element);
            var set = new ResourceSet(xml.Id ?? "", xml, Texts.Boolean(xml["sequential"]));
            foreach (var member in xml.Elements("resource_ref"))
            {
                if (member.Id is not { } name) continue;
                if (Resource(model, name) is { } resource) set.Resources.Add(resource);
                else
                    foreach (var tagged in Tagged(model, name) ?? [])
                        if (Resource(model, tagged) is { } one) set.Resources.Add(one);
            }
            sets.Add(set);
        }
        return sets;
    }

    /// <summary>A tag or template, or with <paramref name="single"/> a resource, as a set.</summary>
    public static ResourceSet? AsSet(Scheduling model, string? name, string id, CibElement attributes, bool single)
    {
        if (Tagged(model, name) is { } members)
        {
            var set = new ResourceSet(id, attributes, false);
            foreach (var member in members)
                if (Resource(model, member) is { } resource) set.Resources.Add(resource);
            return set;
        }
        if (!single || Resource(model, name) is not { } one) return null;
        var alone = new ResourceSet(id, attributes, null);
        alone.Resources.Add(one);
        return alone;
    }
}

/// <summary>Resources that a constraint names together.</summary>
internal sealed record ResourceSet(string Id, CibElement Xml, bool? SequentialAsGiven)
{
    public List<PolicyResource> Resources { get; } = [];
    public bool Sequential => SequentialAsGiven ?? true;
}
