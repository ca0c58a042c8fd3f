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
        var place = 0;
        foreach (var constraint in model.Configuration.Element("constraints")?.Children ?? [])
        {
            place++;
            if (!IsInForce(model, constraint) || constraint.Id is not { } id) continue;
            model.Reading = new(constraint.Name, id, place, constraint.Name != "rsc_order" || OrderingReader.IsFirm(constraint));
            switch (constraint.Name)
            {
                case "rsc_location": LocationReader.Read(model, constraint, patterns); break;
                case "rsc_colocation": ColocationReader.Read(model, constraint); break;
                case "rsc_order": OrderingReader.Read(model, constraint); break;
                case "rsc_ticket": TicketReader.Read(model, constraint); break;
            }
        }
        model.Reading = null;
    }

    /// <summary>It has an id, and its lifetime, if it has one, is not over.</summary>
    public static bool IsInForce(Scheduling model, CibElement constraint)
    {
        if (constraint.Id is null) return false;
        if (constraint.Element("lifetime") is not { } lifetime) return true;
        foreach (var rule in lifetime.Elements("rule"))
            if (Rule.Passes(model.Resolve(rule), model.RuleInput(), model.Next)) return true;
        return lifetime.Element("rule") is null;
    }

    /// <summary>The resource a constraint names: a clone for its primitive's or group's plain name.</summary>
    public static PolicyResource? Resource(Scheduling model, string? name)
    {
        if (name is null || model.Find(name) is not { } found) return null;
        return found.Id == name ? found : found.Top();
    }

    /// <summary>The resources behind a tag or template; null when the name is neither.</summary>
    public static List<string>? Tagged(Scheduling model, string? name)
    {
        if (name is null || Resource(model, name) is not null) return null;
        return model.TemplateUsers.GetValueOrDefault(name) ?? (model.Templates.ContainsKey(name) ? null : model.Tags.GetValueOrDefault(name));
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

    /// <summary>Whether a name says anything: a resource, or a template or tag that stands for some.</summary>
    public static bool IsKnown(Scheduling model, string? name) => Resource(model, name) is not null || Tagged(model, name) is not null;

    /// <summary>A constraint's resource sets, references followed and tags put in their members' place (unless one of all the names says nothing).</summary>
    public static List<ResourceSet> Sets(Scheduling model, CibElement constraint)
    {
        var sets = new List<ResourceSet>();
        var whole = true;
        var expanded = new List<ResourceSet>();
        foreach (var element in constraint.Elements("resource_set"))
        {
            var xml = model.Resolve(element);
            var set = new ResourceSet(xml.Id ?? "", xml, Texts.Boolean(xml["sequential"]));
            foreach (var member in xml.Elements("resource_ref")) set.Add(Resource(model, member.Id));
            sets.Add(set);
            if (xml == element)
            {
                var names = new List<string>();
                foreach (var member in xml.Elements("resource_ref")) whole &= Expand(model, member.Id ?? "", names, []);
                set = new ResourceSet(set.Id, xml, set.SequentialAsGiven);
                foreach (var name in names) set.Add(Resource(model, name));
            }
            expanded.Add(set);
        }
        return whole ? expanded : sets;
    }

    /// <summary>The names a name stands for: itself, or for a tag's those of its members; false when one of them says nothing.</summary>
    private static bool Expand(Scheduling model, string name, List<string> into, List<string> within)
    {
        if (Resource(model, name) is not null)
        {
            into.Add(name);
            return true;
        }
        if (Tagged(model, name) is not { } members || within.Contains(name)) return false;
        foreach (var member in members)
            if (!Expand(model, member, into, [.. within, name])) return false;
        return true;
    }

    /// <summary>A tag or template, or with <paramref name="single"/> a resource, as a set.</summary>
    public static ResourceSet? AsSet(Scheduling model, string? name, string id, CibElement attributes, bool single)
    {
        if (Tagged(model, name) is { } members)
        {
            var set = new ResourceSet(id, attributes, false);
            foreach (var member in members) set.Add(Resource(model, member));
            return set;
        }
        if (!single || Resource(model, name) is not { } one) return null;
        var alone = new ResourceSet(id, attributes, null);
        alone.Add(one);
        return alone;
    }
}

/// <summary>Resources that a constraint names together.</summary>
internal sealed record ResourceSet(string Id, CibElement Xml, bool? SequentialAsGiven)
{
    /// <summary>All that are named; null for a name that says nothing.</summary>
    public List<PolicyResource?> Named { get; } = [];
    /// <summary>Those named before the first name that says nothing.</summary>
    public List<PolicyResource> Resources { get; } = [];
    public bool Sequential => SequentialAsGiven ?? true;
    /// <summary>A name says nothing: what comes after it does not count.</summary>
    public bool IsBroken => Resources.Count < Named.Count;

    public void Add(PolicyResource? resource)
    {
        if (resource is not null && !IsBroken) Resources.Add(resource);
        Named.Add(resource);
    }
}
