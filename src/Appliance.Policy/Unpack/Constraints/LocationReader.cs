using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>Preferences for nodes.</summary>
internal static class LocationReader
{
    public static void Read(Scheduling model, CibElement constraint, Func<string, ExtendedPattern?> patterns)
    {
        if (constraint["rsc"] is { } name)
        {
            if (ConstraintsReader.Resource(model, name) is { } resource) Unpack(model, constraint, resource, null, null, null);
            else
                foreach (var member in ConstraintsReader.Tagged(model, name) ?? [])
                    if (ConstraintsReader.Resource(model, member) is { } tagged) Unpack(model, constraint, tagged, null, null, null);
        }
        if (constraint["rsc-pattern"] is { } pattern) ReadPattern(model, constraint, pattern, patterns);
        foreach (var set in ConstraintsReader.Sets(model, constraint))
            foreach (var resource in set.Resources) Unpack(model, constraint, resource, set.Xml["role"], set.Xml["score"], null);
    }

    private static void ReadPattern(Scheduling model, CibElement constraint, string pattern, Func<string, ExtendedPattern?> patterns)
    {
        var invert = pattern.StartsWith('!');
        if (patterns(invert ? pattern[1..] : pattern) is not { } expression) return;
        foreach (var resource in model.Resources)
        {
            var groups = expression.Match(resource.Id);
            if ((groups is null) == invert) Unpack(model, constraint, resource, null, null, groups);
        }
    }

    private static void Unpack(Scheduling model, CibElement constraint, PolicyResource resource, string? setRole, string? setScore, string[]? groups)
    {
        var discovery = constraint["resource-discovery"]?.ToUpperInvariant() switch
        {
            "ALWAYS" => Discovery.Always,
            "NEVER" => Discovery.Never,
            "EXCLUSIVE" => Discovery.Exclusive,
            _ => (Discovery?)null,
        };
        var roleText = setRole ?? constraint["role"];
        var score = setScore ?? constraint["score"];
        if (constraint["node"] is { } nodeName && score is not null)
        {
            if (model.FindNode(nodeName) is not { } node) return;
            var location = Add(model, constraint.Id!, resource, Role(roleText), discovery);
            location.Nodes.Add(new Candidate(node, Scores.Parse(score, model.Options.Health) ?? 0));
            return;
        }
        foreach (var element in constraint.Elements("rule"))
        {
            var rule = model.Resolve(element);
            ReadRule(model, rule, resource, Role(rule["role"] ?? roleText), discovery, groups);
        }
    }

    private static Role Role(string? text) => Roles.Parse(text) is var role && role is Model.Role.Started or Model.Role.Unpromoted ? Model.Role.Unknown : Roles.Parse(text);

    private static void ReadRule(Scheduling model, CibElement rule, PolicyResource resource, Role role, Discovery? discovery, string[]? groups)
    {
        var location = Add(model, rule.Id ?? "", resource, role, discovery);
        foreach (var node in model.Nodes)
        {
            var input = model.RuleInput() with
            {
                NodeAttributes = node.Attributes, Parameters = Parameters.Of(model, resource, node), Meta = resource.Meta, Submatches = groups,
            };
            if (!Rule.Passes(rule, input, model.Next)) continue;
            int score;
            if (rule["score"] is { } text) score = Scores.Parse(text, model.Options.Health) ?? 0;
            else if (rule["score-attribute"] is { } attribute)
                score = node.Attribute(Expand(attribute, groups)) is { } value ? Scores.Parse(value, model.Options.Health) ?? 0 : -Scores.Infinity;
            else score = 0;
            location.Nodes.Insert(0, new Candidate(node, score));
        }
    }

    /// <summary>Puts what a pattern matched in the place of <c>%0</c> to <c>%9</c>.</summary>
    private static string Expand(string text, string[]? groups)
    {
        if (groups is null) return text;
        for (var i = 0; i < 10; i++) text = text.Replace($"%{i}", i < groups.Length ? groups[i] : "", StringComparison.Ordinal);
        return text;
    }

    public static Location Add(Scheduling model, string id, PolicyResource resource, Role role, Discovery? discovery)
    {
        var location = new Location(id, resource, role, discovery);
        if (discovery == Discovery.Exclusive) resource.Set(ResourceFlags.ExclusiveDiscovery);
        model.Locations.Add(location);
        resource.Locations.Add(location);
        return location;
    }
}
