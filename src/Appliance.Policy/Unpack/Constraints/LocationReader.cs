using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>Preferences for nodes.</summary>
internal static class LocationReader
{
    public static void Read(Scheduling model, CibElement constraint, Func<string, ExtendedPattern?> patterns)
    {
        if (constraint["rsc"] is { } given && !ConstraintsReader.IsKnown(model, given)) return;
        var sets = ConstraintsReader.Sets(model, constraint);
        if (sets.Count == 0 && ConstraintsReader.Tagged(model, constraint["rsc"]) is not null && ConstraintsReader.AsSet(model, constraint["rsc"], constraint.Id!, constraint, single: false) is { } tagged) sets = [tagged];
        foreach (var set in sets)
        {
            var (role, score) = set.Xml == constraint ? (null, null) : (set.Xml["role"], set.Xml["score"]);
            foreach (var resource in set.Resources) Unpack(model, constraint, resource, role, score, null);
            if (set.IsBroken) return;
        }
        if (sets.Count > 0) return;
        if (ConstraintsReader.Resource(model, constraint["rsc"]) is { } single) Unpack(model, constraint, single, null, null, null);
        if (constraint["rsc-pattern"] is { } pattern) ReadPattern(model, constraint, pattern, patterns);
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
            if (model.FindNode(nodeName) is not { } node || Scores.Parse(score, model.Options.Health) is not { } points || !IsRole(roleText, out var role)) return;
            var location = Add(model, constraint.Id!, resource, role, discovery);
            location.Nodes.Add(new Candidate(node, points));
            return;
        }
        foreach (var element in constraint.Elements("rule"))
        {
            var rule = model.Resolve(element);
            if (IsRole(rule["role"], out var role)) ReadRule(model, rule, resource, role, discovery, groups);
        }
    }

    /// <summary>What is for started or unpromoted is for all; what is no role is for nothing.</summary>
    private static bool IsRole(string? text, out Role role)
    {
        role = Roles.Parse(text);
        if (role == Role.Unknown) return text is null;
        if (role is Role.Started or Role.Unpromoted) role = Role.Unknown;
        return true;
    }

    private static void ReadRule(Scheduling model, CibElement rule, PolicyResource resource, Role role, Discovery? discovery, string[]? groups)
    {
        var attribute = rule["score-attribute"];
        var fixedScore = Scores.Parse(rule["score"], model.Options.Health);
        if (attribute is null && fixedScore is null || rule["boolean-op"]?.ToUpperInvariant() is not (null or "AND" or "OR")) return;
        var location = Add(model, rule.Id ?? "", resource, role, discovery);
        foreach (var node in model.Nodes)
        {
            var input = model.RuleInput() with
            {
                NodeAttributes = node.Attributes, Parameters = Parameters.Of(model, resource, node), Meta = resource.Meta, Submatches = groups,
            };
            if (!Rule.Passes(rule, input, model.Next)) continue;
            if ((attribute is null ? fixedScore : Scores.Parse(AttributeFor(resource, node, Expand(attribute, groups)), model.Options.Health)) is not { } score) continue;
            location.Nodes.Insert(0, new Candidate(node, score));
        }
    }

    private static string? AttributeFor(PolicyResource resource, PolicyNode node, string name)
    {
        var host = node.IsGuest && Texts.Same(resource.Meta.GetValueOrDefault("container-attribute-target"), "host") ? node.Connection?.Launcher?.CurrentNode : node;
        return host?.Attribute(name);
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
