using Appliance.Policy.Model;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Assign;

/// <summary>Instances of a clone, containers of a bundle: their order, and their distribution over the nodes.</summary>
internal static class Instances
{
    /// <summary>The node an instance was given; of a group whose members are not all in one place it is none.</summary>
    public static Candidate? AssignedTo(PolicyResource instance)
    {
        if (instance.Children.Count == 0) return instance.Assigned;
        Candidate? place = null;
        return AllIn(instance, ref place) ? place : null;
    }

    private static bool AllIn(PolicyResource resource, ref Candidate? place)
    {
        foreach (var child in resource.Children) if (!AllIn(child, ref place)) return false;
        if (resource.Children.Count > 0 || resource.Assigned is null) return true;
        place ??= resource.Assigned;
        return place.Node == resource.Assigned.Node;
    }

    /// <summary>Whether an instance was given any node.</summary>
    public static bool IsAssigned(PolicyResource instance) => instance.Children.Count == 0 ? instance.Assigned is not null : instance.Children.Exists(IsAssigned);

    /// <summary>The node an instance is active on, if it is only one.</summary>
    public static PolicyNode? CurrentOf(PolicyResource instance)
    {
        PolicyNode? place = null;
        return AllActiveIn(instance, ref place) ? place : null;
    }

    private static bool AllActiveIn(PolicyResource resource, ref PolicyNode? place)
    {
        foreach (var child in resource.Children) if (!AllActiveIn(child, ref place)) return false;
        if (resource.Children.Count > 0) return true;
        foreach (var node in resource.Active)
        {
            place ??= node;
            if (place != node) return false;
        }
        return true;
    }

    /// <summary>The role an instance has, or will have: of a group the highest of its members.</summary>
    public static Role RoleOf(PolicyResource instance, bool current)
    {
        if (instance.Children.Count == 0) return current ? instance.Role : instance.NextRole;
        var role = Role.Unknown;
        foreach (var child in instance.Children)
        {
            var its = RoleOf(child, current);
            if (its > role) role = its;
        }
        return role;
    }

    public static List<PolicyResource> Of(PolicyResource collective)
    {
        if (collective is not Bundle bundle) return collective.Children;
        var containers = new List<PolicyResource>();
        foreach (var replica in bundle.Replicas) if (replica.Container is not null) containers.Add(replica.Container);
        return containers;
    }

    /// <summary>An instance that is, or will be, where a resource is: on its node, or on the best of those it may have.</summary>
    public static PolicyResource? Compatible(Scheduling model, PolicyResource resource, PolicyResource collective, Role role, bool current, string? attribute = null)
    {
        var place = current ? CurrentOf(resource) : AssignedTo(resource)?.Node;
        if (place is not null) return On(collective, HostFor(place, collective), role, current, attribute);
        foreach (var candidate in Placement.Sorted(model, resource.Allowed, null))
            if (On(collective, HostFor(candidate.Node, collective), role, current, attribute) is { } found) return found;
        return null;
    }

    /// <summary>What is inside a bundle is compared with another bundle's containers by where its own container is.</summary>
    private static PolicyNode? HostFor(PolicyNode node, PolicyResource collective) =>
        collective is Bundle && node.IsBundleNode ? node.Connection!.Launcher!.Node : node;

    private static PolicyResource? On(PolicyResource collective, PolicyNode? node, Role role, bool current, string? attribute)
    {
        if (node is null) return null;
        foreach (var instance in Of(collective))
        {
            if (HasBlocked(instance)) continue;
            if (role != Role.Unknown && RoleOf(instance, current) != role) continue;
            if ((current ? CurrentOf(instance) : AssignedTo(instance)?.Node) is not { } place) continue;
            if (attribute is null ? place == node : Texts.Same(ColocationScores.Attribute(place, attribute, instance), ColocationScores.Attribute(node, attribute, instance))) return instance;
        }
        return null;
    }

    public static bool HasBlocked(PolicyResource resource)
    {
        if (resource.Has(ResourceFlags.Blocked)) return true;
        foreach (var child in resource.Children) if (HasBlocked(child)) return true;
        return false;
    }

    // ---- order ----

    public static int Compare(Scheduling model, PolicyResource a, PolicyResource b)
    {
        var nodeA = a.ActiveNode(out var activeA, out _);
        var nodeB = b.ActiveNode(out var activeB, out _);
        if (activeA > 0 && activeB > 0 && activeA != activeB) return activeA.CompareTo(activeB);
        var canA = IsAllowedOn(a, ref nodeA);
        var canB = IsAllowedOn(b, ref nodeB);
        if (canA != canB) return canA ? -1 : 1;
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (nodeA is null && nodeB is null) return 0;
        if (nodeA is null) return 1;
        if (nodeB is null) return -1;
        canA = Availability.CanRun(nodeA);
        canB = Availability.CanRun(nodeB);
        if (canA != canB) return canA ? -1 : 1;
        var topA = TopAllowed(a, nodeA);
        var topB = TopAllowed(b, nodeB);
        if (topA is null && topB is null) return 0;
        if (topA is null) return 1;
        if (topB is null) return -1;
        if (topA.Count != topB.Count) return topA.Count.CompareTo(topB.Count);
        canA = !HasFailed(a);
        canB = !HasFailed(b);
        if (canA != canB) return canA ? -1 : 1;
        var by = CompareByColocation(model, a, b);
        return by != 0 ? by : Number(a).CompareTo(Number(b));
    }

    private static bool IsAllowedOn(PolicyResource instance, ref PolicyNode? node)
    {
        if (node is null) return true;
        if (instance.Allowed[node] is { Score: >= 0 }) return true;
        node = null;
        return false;
    }

    private static bool HasFailed(PolicyResource resource)
    {
        if (resource.Has(ResourceFlags.Failed)) return true;
        foreach (var child in resource.Children) if (HasFailed(child)) return true;
        return false;
    }

    public static int Number(PolicyResource instance)
    {
        // Clones number their instances after a colon, bundles theirs after a dash.
        var at = instance.Id.LastIndexOf(':');
        if (at < 0) at = instance.Id.LastIndexOf('-');
        return at < 0 ? 0 : (int)(Texts.Integer(instance.Id[(at + 1)..]) ?? 0);
    }

    /// <summary>The node as the collective above sees it; a resource without one sees it itself.</summary>
    public static Candidate? TopAllowed(PolicyResource instance, PolicyNode? node)
    {
        if (node is null) return null;
        return instance.Parent is null ? instance.Allowed[node] : instance.Parent.Allowed[node];
    }

    private static int CompareByColocation(Scheduling model, PolicyResource a, PolicyResource b)
    {
        var nodeA = a.CurrentNode!;
        var nodeB = b.CurrentNode!;
        var scoresA = WithColocations(model, a, nodeA)[nodeA]!.Score;
        var scoresB = WithColocations(model, b, nodeB)[nodeB]!.Score;
        return scoresB.CompareTo(scoresA);
    }

    private static Candidates WithColocations(Scheduling model, PolicyResource instance, PolicyNode node)
    {
        Candidates? nodes = new();
        nodes.Add(new Candidate(node, node.Score));
        foreach (var colocation in ColocationLists.ThisWith(instance))
            ColocationScores.AddPreferences(model, colocation.Primary, instance, ref nodes, colocation, (float)colocation.Score / Scores.Infinity, Preferences.None);
        foreach (var colocation in ColocationLists.WithThis(instance))
            if (ColocationScores.HasInfluence(colocation, instance))
                ColocationScores.AddPreferences(model, colocation.Dependent, instance, ref nodes, colocation, (float)colocation.Score / Scores.Infinity, Preferences.NonNegative);
        return nodes!;
    }

    // ---- distribution ----

    public static void Distribute(Scheduling model, PolicyResource collective, List<PolicyResource> instances, int max, int perNode)
    {
        var available = ResetCounts(collective);
        var optimal = Math.Max(1, available > 0 ? max / available : 1);
        var assigned = 0;
        foreach (var instance in instances)
        {
            if (assigned >= max) break;
            if (Keeping(instance, optimal) is { } node && Keep(model, collective, instance, node, perNode, max - assigned)) assigned++;
        }
        foreach (var instance in instances)
        {
            if (instance.CurrentNode is { } active && TopAllowed(instance, active) is null)
                model.Remarks?.Add(Complaint.Remark("distribute_children", $"{instance.Id} is running on {active.Name} which isn't allowed", isError: true));
            if (!instance.Assignable) continue;
            if (assigned >= max) ResourcesReader.AddScoreEverywhere(model, instance, -Scores.Infinity);
            model.Recorder?.Mark(instance, ScoreCause.Instances);
            if (assigned < max && Assign(model, instance, null, perNode) is { } chosen)
            {
                if (TopAllowed(instance, chosen) is { } there) there.Count++;
                assigned++;
            }
        }
    }

    public static int ResetCounts(PolicyResource collective)
    {
        var available = 0;
        foreach (var candidate in collective.Allowed)
        {
            candidate.Count = 0;
            if (Availability.CanRun(candidate.Node)) available++;
        }
        return available;
    }

    /// <summary>The node an instance should be kept on, if there is room below the optimum.</summary>
    private static PolicyNode? Keeping(PolicyResource instance, int optimal)
    {
        if (instance.CurrentNode is not { } node || !instance.Assignable || instance.Has(ResourceFlags.Failed) || !Availability.CanKeep(node)) return null;
        return TopAllowed(instance, node) is { } there && there.Count >= optimal ? null : node;
    }

    /// <summary>Tries to keep an instance; where another node is better, one of the places left is reserved there and it is tried again.</summary>
    private static bool Keep(Scheduling model, PolicyResource collective, PolicyResource instance, PolicyNode node, int perNode, int places)
    {
        if (instance.Allowed[node] is not { } wanted || !wanted.IsAvailable()) return false;
        var own = SaveAllowed(instance);
        var parents = collective.Allowed;
        collective.Allowed = parents.Copy();
        PolicyNode? chosen = null;
        for (var reserved = 0; reserved < places; reserved++)
        {
            chosen = Assign(model, instance, node, perNode);
            if (chosen == node) break;
            model.Moves++;
            if (chosen is null)
            {
                // It gets its turn again later; the members of a group have had theirs.
                instance.Set(ResourceFlags.Unassigned);
                RestoreAllowed(own);
                model.Recorder?.Rewind(instance);
                break;
            }
            Placement.Unassign(model, instance);
            RestoreAllowed(own);
            model.Recorder?.Rewind(instance);
            if (TopAllowed(instance, chosen) is { } there) there.Count++;
        }
        collective.Allowed = parents;
        if (chosen != node) return false;
        if (TopAllowed(instance, node) is { } kept) kept.Count++;
        return true;
    }

    private static List<KeyValuePair<PolicyResource, Candidates>> SaveAllowed(PolicyResource resource)
    {
        var saved = new List<KeyValuePair<PolicyResource, Candidates>>();
        void Add(PolicyResource r)
        {
            saved.Add(new(r, r.Allowed.Copy()));
            foreach (var child in r.Children) Add(child);
        }
        Add(resource);
        return saved;
    }

    private static void RestoreAllowed(List<KeyValuePair<PolicyResource, Candidates>> saved)
    {
        foreach (var (resource, allowed) in saved) resource.Allowed = allowed.Copy();
    }

    private static PolicyNode? Assign(Scheduling model, PolicyResource instance, PolicyNode? prefer, int perNode)
    {
        if (instance.Has(ResourceFlags.Assigning)) return null;
        foreach (var candidate in instance.Allowed)
        {
            var top = TopAllowed(instance, candidate.Node);
            if (top is null && !instance.IsRemoved && Availability.CanRun(candidate.Node))
                model.Remarks?.Add(Complaint.Remark("can_run_instance", $"{instance.Id} cannot run on {candidate.Node.Name}: node not allowed"));
            if (!Availability.CanRun(candidate.Node) || instance.IsRemoved || top is null || top.Score < 0 || top.Count >= perNode) Ban(instance, candidate.Node);
        }
        model.Recorder?.Mark(instance, ScoreCause.Instances);
        return Assigner.Assign(model, instance, prefer, stopIfFail: prefer is null);
    }

    private static void Ban(PolicyResource resource, PolicyNode node)
    {
        if (resource.Allowed[node] is { } candidate) candidate.Score = -Scores.Infinity;
        foreach (var child in resource.Children) Ban(child, node);
    }
}
