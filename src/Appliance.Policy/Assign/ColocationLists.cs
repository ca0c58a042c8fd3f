using Appliance.Policy.Model;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Assign;

/// <summary>Which colocations affect a resource: its own and those of what it is part of.</summary>
internal static class ColocationLists
{
    /// <summary>Those in which it is the dependent.</summary>
    public static List<Colocation> ThisWith(PolicyResource resource)
    {
        var list = new List<Colocation>();
        AddThisWith(resource, resource, list);
        return list;
    }

    /// <summary>Those in which it is the primary.</summary>
    public static List<Colocation> WithThis(PolicyResource resource)
    {
        var list = new List<Colocation>();
        AddWithThis(resource, resource, list);
        return list;
    }

    private static void AddThisWith(PolicyResource resource, PolicyResource asked, List<Colocation> list)
    {
        switch (resource)
        {
            case Group group:
                if (asked == group || asked == group.First)
                {
                    Merge(list, group.ThisWith, Colocations.ByPrimary);
                    if (group.Parent is not null) AddThisWith(group.Parent, asked, list);
                    if (!group.Colocated) return;
                    foreach (var member in group.Children)
                        if (member != asked) AddThisWith(member, asked, list);
                    return;
                }
                // Later members follow the first by the group's own colocations, unless that chain is broken.
                foreach (var member in group.Children)
                {
                    if (member == asked) return;
                    if (member.Managed) continue;
                    foreach (var colocation in group.ThisWith)
                        if (colocation.Score >= Scores.Infinity) MergeSort.Insert(list, colocation, Colocations.ByPrimary);
                    return;
                }
                return;
            case Clone clone:
                Merge(list, clone.ThisWith, Colocations.ByPrimary);
                if (clone.Parent is not null) AddThisWith(clone.Parent, asked, list);
                return;
            case Bundle bundle:
                // The bundle, its containers, and the instances inside once these have their nodes.
                if (asked == bundle || IsContainer(bundle, asked) || !asked.Assignable && asked != bundle.Inner && asked.Parent == bundle.Inner)
                    Merge(list, bundle.ThisWith, Colocations.ByPrimary);
                else if (asked == bundle.Inner && IsChoosingRoles(bundle)) Merge(list, bundle.ThisWith, Colocations.ByPrimary);
                return;
            default:
                if (resource == asked)
                {
                    Merge(list, resource.ThisWith, Colocations.ByPrimary);
                    if (resource.Parent is not null) AddThisWith(resource.Parent, asked, list);
                    return;
                }
                foreach (var colocation in resource.ThisWith)
                    if (colocation.Explicit) MergeSort.Insert(list, colocation, Colocations.ByPrimary);
                return;
        }
    }

    private static void AddWithThis(PolicyResource resource, PolicyResource asked, List<Colocation> list)
    {
        switch (resource)
        {
            case Group group:
                if (asked != group && asked != group.Last) return;
                Merge(list, group.WithThis, Colocations.ByDependent);
                if (group.Parent is not null) AddWithThis(group.Parent, asked, list);
                if (!group.Colocated) return;
                foreach (var member in group.Children)
                    if (member != asked) AddWithThis(member, asked, list);
                return;
            case Clone clone:
                Merge(list, clone.WithThis, Colocations.ByDependent);
                if (clone.Parent is not null) AddWithThis(clone.Parent, asked, list);
                return;
            case Bundle bundle:
                if (asked == bundle || IsContainer(bundle, asked)) Merge(list, bundle.WithThis, Colocations.ByDependent);
                else if (asked == bundle.Inner && IsChoosingRoles(bundle)) Merge(list, bundle.WithThis, Colocations.ByDependent);
                return;
            default:
                if (resource == asked)
                {
                    Merge(list, resource.WithThis, Colocations.ByDependent);
                    if (resource.Parent is not null) AddWithThis(resource.Parent, asked, list);
                    return;
                }
                foreach (var colocation in resource.WithThis)
                    if (colocation.Explicit) MergeSort.Insert(list, colocation, Colocations.ByDependent);
                return;
        }
    }

    private static bool IsChoosingRoles(Bundle bundle) => bundle.Inner is Clone { PromotionConstrained: true } inner && inner.Has(ResourceFlags.Promotable);

    private static bool IsContainer(Bundle bundle, PolicyResource resource)
    {
        foreach (var replica in bundle.Replicas) if (replica.Container == resource) return true;
        return false;
    }

    /// <summary>
    /// Into an empty list the other one is copied; into any other its first element is put as many times as it has elements. That is what 3.0.2 does, and placements
    /// depend on it.
    /// </summary>
    private static void Merge(List<Colocation> list, List<Colocation> addition, Comparison<Colocation> rank)
    {
        if (list.Count == 0) { list.AddRange(addition); return; }
        for (var i = 0; i < addition.Count; i++) MergeSort.Insert(list, addition[0], rank);
    }
}
