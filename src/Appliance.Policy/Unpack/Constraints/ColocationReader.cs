using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>Colocations as configured.</summary>
internal static class ColocationReader
{
    public static void Read(Scheduling model, CibElement constraint)
    {
        var score = 0;
        if (constraint["score"] is { } text && !TryScore(model, text, out score)) return;
        var sets = ConstraintsReader.Sets(model, constraint);
        if (sets.Count == 0 && AsSets(model, constraint) is { } expanded) sets = expanded;
        if (sets.Count == 0) { ReadSimple(model, constraint, score); return; }
        ResourceSet? last = null;
        foreach (var set in sets)
        {
            ReadSet(model, set, score, constraint);
            if (last is not null) Between(model, constraint, last, set, score);
            last = set;
        }
    }

    private static bool TryScore(Scheduling model, string text, out int score)
    {
        var parsed = Scores.Parse(text, model.Options.Health);
        score = parsed ?? 0;
        return parsed is not null;
    }

    private static List<ResourceSet>? AsSets(Scheduling model, CibElement constraint)
    {
        if (ConstraintsReader.Tagged(model, constraint["rsc"]) is null && ConstraintsReader.Tagged(model, constraint["with-rsc"]) is null) return null;
        // Which of many with which of many: that cannot be meant.
        if (ConstraintsReader.Tagged(model, constraint["rsc"]) is not null && ConstraintsReader.Tagged(model, constraint["with-rsc"]) is not null) return [];
        var dependent = new CibElement("resource_set").Set("role", constraint["rsc-role"]);
        var primary = new CibElement("resource_set").Set("role", constraint["with-rsc-role"]);
        var one = ConstraintsReader.AsSet(model, constraint["rsc"], constraint.Id + "-rsc", dependent, single: true);
        var two = ConstraintsReader.AsSet(model, constraint["with-rsc"], constraint.Id + "-with-rsc", primary, single: true);
        return one is null || two is null ? [] : [one, two];
    }

    private static bool Influence(CibElement constraint, PolicyResource dependent) =>
        Texts.Boolean(constraint["influence"]) ?? dependent.Has(ResourceFlags.Critical);

    private static void ReadSimple(Scheduling model, CibElement constraint, int score)
    {
        if (ConstraintsReader.Resource(model, constraint["rsc"]) is not { } dependent || ConstraintsReader.Resource(model, constraint["with-rsc"]) is not { } primary) return;
        Colocations.Add(model, constraint.Id!, constraint["node-attribute"], score, dependent, primary, constraint["rsc-role"], constraint["with-rsc-role"],
            Influence(constraint, dependent), isExplicit: true);
    }

    private static void ReadSet(Scheduling model, ResourceSet set, int score, CibElement constraint)
    {
        var own = score;
        if (set.Xml["score"] is { } text && !TryScore(model, text, out own)) return;
        var role = set.Xml["role"];
        if (own == 0 || !set.Sequential) return;
        if (own > 0)
        {
            var withPrevious = set.Xml["ordering"] is null || Texts.Same(set.Xml["ordering"], "group");
            PolicyResource? other = null;
            foreach (var resource in set.Resources)
            {
                if (other is not null)
                {
                    var (dependent, primary) = withPrevious ? (resource, other) : (other, resource);
                    Colocations.Add(model, set.Id, null, own, dependent, primary, role, role, Influence(constraint, dependent), isExplicit: true);
                }
                other = resource;
            }
            return;
        }
        foreach (var resource in set.Resources)
            foreach (var other in set.Resources)
            {
                if (other == resource) break;
                Colocations.Add(model, set.Id, null, own, resource, other, role, role, Influence(constraint, resource), isExplicit: true);
            }
    }

    private static void Between(Scheduling model, CibElement constraint, ResourceSet one, ResourceSet two, int score)
    {
        // The end of a sequential set must be known; of another, who is not known does not count.
        if (score == 0 || one.Sequential && one.Named is [null, ..] || two.Sequential && (two.Named.Count == 0 || two.Named[^1] is null)) return;
        List<PolicyResource?> dependents = one.Sequential && one.Named.Count > 0 ? [one.Named[0]] : one.Named;
        List<PolicyResource?> primaries = two.Sequential ? [two.Named[^1]] : two.Named;
        foreach (var dependent in dependents)
            foreach (var primary in primaries)
                if (dependent is not null && primary is not null)
                    Colocations.Add(model, constraint.Id!, null, score, dependent, primary, one.Xml["role"], two.Xml["role"], Influence(constraint, dependent), isExplicit: true);
    }
}
