using Appliance.Policy.Criteria;
using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>What the preferences of collected resources are taken for.</summary>
[Flags]
internal enum Preferences
{
    None = 0,
    /// <summary>Follow what a resource depends on instead of what depends on it.</summary>
    ThisWith = 1,
    /// <summary>Give up what would leave no node.</summary>
    Active = 2,
    /// <summary>A node is not pushed below zero.</summary>
    NonNegative = 4,
}

/// <summary>The arithmetic of colocation: a dependent follows its primary, and a primary heeds its dependents' preferences.</summary>
internal static class ColocationScores
{
    /// <summary>Marks a node that would have fallen below zero, while the preferences are collected.</summary>
    private const int Fallen = Scores.Infinity * -100;

    private enum Affects { Nothing, Location, Priority }

    public static string? Attribute(PolicyNode node, string name, PolicyResource? resource)
    {
        // Who goes with what is inside a bundle goes with its container.
        var byHost = node.IsGuest && resource is not null
            && (node.IsBundleNode && resource.IsInBundle && resource.Top() == ((Bundle)node.Connection!.Launcher!.Parent!).Inner
                || resource.Meta.GetValueOrDefault("container-attribute-target") == "host");
        var at = byHost ? node.Connection!.Launcher!.Node : node;
        // A remote or guest node that is neither configured nor in the status has no attributes at all, not even its name: all such nodes are one place.
        return at?.Attribute(name);
    }

    public static bool HasInfluence(Colocation colocation, PolicyResource? about = null)
    {
        about ??= colocation.Primary;
        // A healthy active container is not moved for its connection's sake.
        if (colocation.Dependent.IsRemoteConnection && colocation.Dependent.Launcher?.Parent is Bundle && !about.Has(ResourceFlags.Failed) && about.Active.Count == 1) return false;
        return colocation.Influence || about.Active.Count == 0;
    }

    // ---- a dependent follows its primary ----

    public static void Apply(Scheduling model, PolicyResource dependent, PolicyResource primary, Colocation colocation, bool forDependent)
    {
        if (forDependent)
        {
            if (dependent is Group group) ApplyToGroup(model, group, primary, colocation);
            else Apply(model, dependent, primary, colocation, false);
            return;
        }
        switch (primary)
        {
            case Group group: ApplyWithGroup(model, dependent, group, colocation); break;
            case Clone clone: ApplyWithClone(model, dependent, clone, colocation); break;
            case Bundle bundle: ApplyWithBundle(model, dependent, bundle, colocation); break;
            default: ApplyWithOne(dependent, primary, colocation); break;
        }
    }

    private static void ApplyWithOne(PolicyResource dependent, PolicyResource primary, Colocation colocation)
    {
        switch (Judge(dependent, primary, colocation))
        {
            case Affects.Priority: ToPriority(dependent, primary, colocation); break;
            case Affects.Location: ToLocation(dependent, primary, colocation); break;
        }
    }

    private static void ApplyToGroup(Scheduling model, Group group, PolicyResource primary, Colocation colocation)
    {
        if (group.Children.Count == 0) return;
        if (group.Colocated) { Apply(model, group.First!, primary, colocation, true); return; }
        if (colocation.Score >= Scores.Infinity) return;
        // The members take any primary for one resource: a group or clone is nowhere then.
        foreach (var member in group.Children) ApplyWithOne(member, primary, colocation);
    }

    private static void ApplyWithGroup(Scheduling model, PolicyResource dependent, Group group, Colocation colocation)
    {
        if (group.Assignable) return;
        if (group.Colocated)
        {
            // What must be with the group needs all of it.
            if ((colocation.Score >= Scores.Infinity ? group.Last : group.First) is { } member) Apply(model, dependent, member, colocation, false);
            return;
        }
        if (colocation.Score >= Scores.Infinity) return;
        foreach (var member in group.Children) Apply(model, dependent, member, colocation, false);
    }

    private static void ApplyWithClone(Scheduling model, PolicyResource dependent, Clone clone, Colocation colocation)
    {
        if (clone.Assignable) return;
        if (clone.Has(ResourceFlags.Promotable) && colocation.PrimaryRole != Role.Unknown)
        {
            // Where the dependent is placed, else whether it is promoted there.
            if (dependent.Assignable)
            {
                Promotion.ApplyToDependent(dependent, clone, colocation);
                return;
            }
            if (colocation.DependentRole == Role.Promoted)
            {
                Promotion.ApplyToPriority(model, dependent, clone, colocation);
                return;
            }
        }
        if (Interleaves(colocation))
        {
            if (Instances.Compatible(model, dependent, clone, Role.Unknown, current: false) is { } instance) Apply(model, dependent, instance, colocation, false);
            else if (colocation.Score >= Scores.Infinity) Placement.Assign(model, dependent, null, force: true, stopIfFail: true);
            return;
        }
        if (colocation.Score >= Scores.Infinity)
        {
            var nodes = new List<Candidate>();
            foreach (var instance in clone.Children)
                if (Instances.AssignedTo(instance) is { } chosen && !IsBlocked(instance)) nodes.Add(chosen);
            Intersect(dependent, nodes, merge: false);
            return;
        }
        foreach (var instance in clone.Children) Apply(model, dependent, instance, colocation, false);
    }

    private static void ApplyWithBundle(Scheduling model, PolicyResource dependent, Bundle bundle, Colocation colocation)
    {
        if (bundle.Assignable) return;
        // Instances are paired with containers whether or not they ask for interleaving.
        if (colocation.Dependent is Clone or Bundle)
        {
            if (Instances.Compatible(model, dependent, bundle, Role.Unknown, current: false) is { } container) Apply(model, dependent, container, colocation, false);
            else if (colocation.Score >= Scores.Infinity) Placement.Assign(model, dependent, null, force: true, stopIfFail: true);
            return;
        }
        var nodes = new List<Candidate>();
        foreach (var replica in bundle.Replicas)
        {
            if (replica.Container is not { } container) continue;
            if (colocation.Score < Scores.Infinity) { Apply(model, dependent, container, colocation, false); continue; }
            if (container.Assigned is not { } chosen || IsBlocked(container)) continue;
            if (colocation.PrimaryRole >= Role.Promoted && replica.Child is null) continue;
            if (colocation.PrimaryRole >= Role.Promoted && replica.Child!.NextRole < Role.Promoted) continue;
            nodes.Add(chosen);
        }
        if (colocation.Score >= Scores.Infinity) Intersect(dependent, nodes, merge: false);
    }

    private static bool IsBlocked(PolicyResource resource)
    {
        if (resource.Has(ResourceFlags.Blocked)) return true;
        foreach (var child in resource.Children) if (IsBlocked(child)) return true;
        return false;
    }

    private static bool Interleaves(Colocation colocation)
    {
        if (colocation.Dependent is not (Clone or Bundle)) return false;
        if (!Texts.IsTrue(colocation.Dependent.Meta.GetValueOrDefault("interleave"))) return false;
        return PerNode(colocation.Dependent) == PerNode(colocation.Primary);
    }

    private static int PerNode(PolicyResource resource) => resource switch
    {
        Clone clone => clone.Unique ? clone.NodeMax : 1,
        Bundle bundle => bundle.NodeMax,
        _ => 1,
    };

    private static PolicyResource ForRole(PolicyResource resource)
    {
        if (resource.Parent is Bundle bundle)
            foreach (var replica in bundle.Replicas)
                if (replica.Container == resource && replica.Child is not null) return replica.Child;
        return resource;
    }

    /// <summary>Whether a colocation will be about where its dependent is placed, however far assignment has come.</summary>
    public static bool WouldPlace(PolicyResource dependent, PolicyResource primary, Colocation colocation) =>
        Judge(dependent, primary, colocation, preview: true) == Affects.Location;

    private static Affects Judge(PolicyResource dependent, PolicyResource primary, Colocation colocation, bool preview = false)
    {
        if (!preview && primary.Assignable) return Affects.Nothing;
        var acting = ForRole(dependent);
        if (colocation.DependentRole >= Role.Unpromoted && acting.Parent is not null && acting.Top().Has(ResourceFlags.Promotable) && !acting.Assignable) return Affects.Priority;
        if (!preview && !dependent.Assignable) return Affects.Nothing;
        if (colocation.DependentRole != Role.Unknown && colocation.DependentRole != acting.NextRole) return Affects.Nothing;
        if (colocation.PrimaryRole != Role.Unknown && colocation.PrimaryRole != ForRole(primary).NextRole) return Affects.Nothing;
        return Affects.Location;
    }

    private static void ToLocation(PolicyResource dependent, PolicyResource primary, Colocation colocation)
    {
        string? value = null;
        if (primary.Assigned is not null) value = Attribute(primary.Assigned.Node, colocation.NodeAttribute, primary);
        else if (colocation.Score < 0) return;
        var work = dependent.Allowed.Copy();
        foreach (var candidate in work)
        {
            if (primary.Assigned is null) candidate.Score = Scores.Add(-colocation.Score, candidate.Score);
            else if (Texts.Same(Attribute(candidate.Node, colocation.NodeAttribute, dependent), value))
            {
                if (colocation.Score < Scores.Infinity) candidate.Score = Scores.Add(colocation.Score, candidate.Score);
            }
            else if (colocation.Score >= Scores.Infinity) candidate.Score = -Scores.Infinity;
        }
        if (colocation.IsMandatory || work.AnyAvailable()) dependent.Allowed = work;
    }

    private static void ToPriority(PolicyResource dependent, PolicyResource primary, Colocation colocation)
    {
        if (dependent.Assigned is null) return;
        // Where the primary has no node it has no role either: then the dependent's node does not match.
        if (primary.Assigned is not null && colocation.PrimaryRole != Role.Unknown && colocation.PrimaryRole != ForRole(primary).NextRole) return;
        var there = primary.Assigned is null ? null : Attribute(primary.Assigned.Node, colocation.NodeAttribute, primary);
        var here = Attribute(dependent.Assigned.Node, colocation.NodeAttribute, dependent);
        var sign = 1;
        if (!Texts.Same(here, there))
        {
            if (colocation.Score < Scores.Infinity || colocation.DependentRole != Role.Promoted) return;
            sign = -1;
        }
        else if (colocation.DependentRole == Role.Unpromoted) sign = -1;
        AddPriority(dependent, sign * colocation.Score);
    }

    /// <summary>What speaks for promoting a member of a group speaks for the group's instance too.</summary>
    public static void AddPriority(PolicyResource dependent, int score)
    {
        for (var at = dependent; at is not null; at = at.Parent as Group) at.PromotionScore = Scores.Add(score, at.PromotionScore);
    }

    /// <summary>Leaves a dependent only the primary's nodes: these themselves, whatever attribute the colocation is by.</summary>
    public static void Intersect(PolicyResource dependent, List<Candidate> nodes, bool merge)
    {
        foreach (var candidate in dependent.Allowed)
        {
            var match = nodes.Find(n => n.Node == candidate.Node);
            if (match is null) candidate.Score = -Scores.Infinity;
            else if (merge) candidate.Score = Scores.Add(candidate.Score, match.Score);
        }
    }

    // ---- a primary heeds its dependents ----

    /// <summary>Adds the preferences of a source, and of what goes with it, to a target's scores; null takes the source's own.</summary>
    public static void AddPreferences(Scheduling model, PolicyResource source, PolicyResource target, ref Candidates? nodes, Colocation? colocation, float factor, Preferences flags)
    {
        if (source.Has(ResourceFlags.MergingColocations)) return;
        if (nodes is not null && factor == 1 && flags is Preferences.None or Preferences.Active && Followers.Add(model, source, colocation!, nodes) is { } sum)
        {
            nodes = sum;
            return;
        }
        source.Set(ResourceFlags.MergingColocations);
        try
        {
            if (source is Group group)
            {
                if (group.Children.Count == 0) return;
                var member = nodes is null ? group.Last! : group.First!;
                AddPreferences(model, member, target, ref nodes, colocation, factor, flags);
                return;
            }
            Candidates work;
            if (nodes is null)
            {
                work = source.Allowed.Copy();
                target = source;
            }
            else
            {
                work = nodes.Copy();
                AddScores(model, work, source, target, colocation!, factor, (flags & Preferences.NonNegative) != 0);
            }
            if (work.AnyAvailable())
            {
                var thisWith = (flags & Preferences.ThisWith) != 0;
                flags |= Preferences.Active;
                Candidates? collected = work;
                foreach (var next in thisWith ? ColocationLists.ThisWith(source) : ColocationLists.WithThis(source))
                {
                    if (!thisWith && !HasInfluence(next)) continue;
                    AddPreferences(model, thisWith ? next.Primary : next.Dependent, target, ref collected, next, factor * next.Score / Scores.Infinity, flags);
                }
                work = collected!;
            }
            else if ((flags & Preferences.Active) != 0) return;
            if ((flags & Preferences.NonNegative) != 0)
                foreach (var candidate in work) if (candidate.Score == Fallen) candidate.Score = 1;
            nodes = work;
        }
        finally { source.Clear(ResourceFlags.MergingColocations); }
    }

    private static void AddScores(Scheduling model, Candidates nodes, PolicyResource source, PolicyResource target, Colocation colocation, float factor, bool nonNegative)
    {
        var scores = source.Allowed;
        // A later member of a group has not got the group's locations: it follows the first. Speaking for the group, it must.
        if (source == colocation.Dependent && colocation.Explicit && source.Parent is Group group && source != group.First)
        {
            var own = source.Allowed;
            source.Allowed = own.Copy();
            for (var i = model.Locations.Count - 1; i >= 0; i--)
                if (model.Locations[i].Resource == group) Locations.ApplyToOne(source, model.Locations[i], model.Locations[i].Nodes);
            scores = source.Allowed;
            source.Allowed = own;
        }
        foreach (var candidate in nodes)
        {
            var score = Best(scores, source, colocation.NodeAttribute, Attribute(candidate.Node, colocation.NodeAttribute, target));
            if (factor < 0 && score < 0
                && (colocation.Primary.Stickiness >= -score || !HasInfluence(colocation) || !IsAllowedOnOne(colocation.Dependent))) continue;
            if (candidate.Score == Fallen) continue;
            var product = factor * score;
            var delta = (int)(product < 0 ? product - 0.5f : product + 0.5f);
            if (delta == 0 && score != 0) delta = factor > 0 ? 1 : factor < 0 ? -1 : 0;
            var sum = Scores.Add(delta, candidate.Score);
            if (nonNegative && sum < 0 && candidate.Score > 0) { candidate.Score = Fallen; continue; }
            if (nonNegative && sum < 0 && candidate.Score == 0) continue;
            candidate.Score = sum;
        }
    }

    private static int Best(Candidates scores, PolicyResource source, string attribute, string? value)
    {
        var best = -Scores.Infinity;
        foreach (var candidate in scores)
            if (candidate.Score > best && Availability.CanRun(candidate.Node) && Texts.Same(Attribute(candidate.Node, attribute, source), value)) best = candidate.Score;
        return best;
    }

    private static bool IsAllowedOnOne(PolicyResource resource)
    {
        var count = 0;
        foreach (var candidate in resource.Allowed) if (candidate.Score >= 0) count++;
        return count == 1;
    }
}
