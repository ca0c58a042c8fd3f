using Appliance.Policy.Model;
using Appliance.Policy.Unpack;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Assign;

/// <summary>Which instances of a promotable clone are promoted.</summary>
internal static class Promotion
{
    /// <summary>Before assignment: what speaks for promoting an instance on a node speaks for having it there.</summary>
    public static void AddScores(Clone clone)
    {
        if (clone.PromotionScoresAdded) return;
        clone.PromotionScoresAdded = true;
        foreach (var instance in clone.Children)
            foreach (var candidate in instance.Allowed)
            {
                if (!Availability.CanRun(candidate.Node)) continue;
                var score = ScoreOn(instance, candidate.Node) ?? 0;
                if (score > 0) candidate.Score = Scores.Add(candidate.Score, score);
                if (score > instance.Priority) instance.Priority = score;
            }
    }

    /// <summary>The promotion score that the agent set; null if none applies.</summary>
    private static int? ScoreOn(PolicyResource resource, PolicyNode node)
    {
        if (resource.Children.Count > 0)
        {
            int? sum = null;
            foreach (var child in resource.Children)
                if (ScoreOn(child, node) is { } score) sum = Scores.Add(sum ?? 0, score);
            return sum;
        }
        if (!Applies(resource, node)) return null;
        var holder = node;
        if (node.IsGuest && resource.Meta.GetValueOrDefault("container-attribute-target") == "host")
        {
            var machine = node.Connection!.Launcher!;
            holder = resource.Assignable ? machine.CurrentNode : machine.Node;
            if (holder is null) return null;
        }
        var value = holder.Attribute("master-" + resource.NameInHistory);
        if (value is null && !resource.Unique && Naming.Base(resource.Id) is var name && name != resource.Id) value = holder.Attribute("master-" + name);
        return value is null ? null : Scores.Parse(value) ?? 0;
    }

    private static bool Applies(PolicyResource resource, PolicyNode node)
    {
        if (resource.Active.Count > 0 || resource.Known.Count > 0)
        {
            var name = Naming.Base(resource.Id);
            var top = resource.Top();
            PolicyResource? active = null;
            var known = false;
            foreach (var instance in top.Children)
            {
                var member = Scheduling.Find(instance, r => r.Children.Count == 0 && Naming.Base(r.Id) == name);
                if (member is null) continue;
                if (active is null && member.Active.Contains(node)) active = member;
                if (member.Known.Contains(node)) known |= !resource.Unique || member == resource;
            }
            if (active is not null ? active != resource : !known) return false;
        }
        return resource.Allowed[node] is { Score: >= 0 };
    }

    /// <summary>After assignment: ranks the instances and promotes the first ones.</summary>
    public static void SetRoles(Scheduling model, Clone clone)
    {
        Instances.ResetCounts(clone);
        foreach (var instance in clone.Children) SetScore(model, instance, clone);
        Sort(model, clone);
        var promoted = 0;
        foreach (var instance in clone.Children)
        {
            var where = Instances.AssignedTo(instance)?.Node;
            if (model.Noted) model.AssignmentNotes.Add(new AssignmentNote.Promotion(instance.Id, where?.Name, Scores.Text(instance.PromotionRank)));
            Candidate? there = null;
            if (instance.PromotionRank >= 0 && (promoted < clone.PromotedMax || !clone.Managed)) there = NodeToPromoteOn(instance, clone);
            if (there is not null && instance.Role < Role.Promoted && !model.Options.Quorate && model.Options.NoQuorumPolicy == NoQuorumPolicy.Freeze) there = null;
            if (there is null) { SetUnpromoted(instance); continue; }
            there.Count++;
            SetPromoted(instance);
            promoted++;
        }
        clone.PromotedCount = promoted;
    }

    private static void SetScore(Scheduling model, PolicyResource instance, Clone clone)
    {
        if (Instances.RoleOf(instance, current: true) == Role.Started) StartedIsUnpromoted(instance);
        // Only what will be active can be promoted.
        if (Instances.AssignedTo(instance)?.Node is not { } chosen) return;
        switch (Instances.RoleOf(instance, current: false))
        {
            case Role.Started or Role.Unknown:
                instance.Priority = ScoreOn(instance, chosen) ?? -1;
                break;
            case Role.Unpromoted or Role.Stopped:
                instance.Priority = -Scores.Infinity;
                break;
        }
        AddLocations(instance, instance.Locations, chosen);
        AddLocations(instance, clone.Locations, chosen);
        foreach (var colocation in ColocationLists.ThisWith(instance)) ColocationScores.Apply(model, instance, colocation.Primary, colocation, forDependent: true);
        instance.PromotionRank = Instances.RoleOf(instance, current: false) == Role.Promoted ? Scores.Infinity : instance.Priority;
    }

    private static void StartedIsUnpromoted(PolicyResource resource)
    {
        if (resource.Role == Role.Started) resource.Role = Role.Unpromoted;
        foreach (var child in resource.Children) StartedIsUnpromoted(child);
    }

    private static void AddLocations(PolicyResource instance, List<Location> locations, PolicyNode chosen)
    {
        for (var i = locations.Count - 1; i >= 0; i--)
        {
            if (locations[i].Role != Role.Promoted) continue;
            foreach (var node in locations[i].Nodes)
                if (node.Node == chosen) { instance.Priority = Scores.Add(instance.Priority, node.Score); break; }
        }
    }

    private static void Sort(Scheduling model, Clone clone)
    {
        if (clone.PromotionConstrained) return;
        clone.PromotionConstrained = true;
        clone.Set(ResourceFlags.MergingColocations);
        foreach (var instance in clone.Children)
            if (instance.PromotionRank >= 0 && Instances.AssignedTo(instance) is { } chosen && clone.Allowed[chosen.Node] is { } there)
                there.Score = Scores.Add(instance.PromotionRank, there.Score);
        Candidates? nodes = clone.Allowed;
        foreach (var colocation in ColocationLists.WithThis(clone))
        {
            if (colocation.PrimaryRole != Role.Promoted || !ColocationScores.HasInfluence(colocation)) continue;
            ColocationScores.AddPreferences(model, colocation.Dependent, clone, ref nodes, colocation, (float)colocation.Score / Scores.Infinity, Preferences.Active | Preferences.NonNegative);
        }
        clone.Allowed = nodes!;
        foreach (var ticketing in clone.Tickets)
            if (ticketing.Role == Role.Promoted && (!ticketing.Ticket.Granted || ticketing.Ticket.Standby)) ResourcesReader.AddScoreEverywhere(model, clone, -Scores.Infinity);
        foreach (var instance in clone.Children)
        {
            if (!instance.Managed && instance.NextRole == Role.Promoted) { instance.PromotionRank = Scores.Infinity; continue; }
            if (Instances.AssignedTo(instance) is not { } chosen) { instance.PromotionRank = -Scores.Infinity; continue; }
            if (instance.PromotionRank < 0) continue;
            if (clone.Allowed[chosen.Node] is { } there) instance.PromotionRank = there.Score;
        }
        MergeSort.By(clone.Children, (a, b) =>
        {
            if (a.PromotionRank != b.PromotionRank) return b.PromotionRank.CompareTo(a.PromotionRank);
            var (one, two) = (Instances.RoleOf(a, current: true), Instances.RoleOf(b, current: true));
            return one != two ? two.CompareTo(one) : Instances.Compare(model, a, b);
        });
        clone.Clear(ResourceFlags.MergingColocations);
    }

    private static Candidate? NodeToPromoteOn(PolicyResource instance, Clone clone)
    {
        foreach (var child in instance.Children)
            if (NodeToPromoteOn(child, clone) is null) return null;
        if (Instances.AssignedTo(instance)?.Node is not { } node) return null;
        if (!instance.Managed)
        {
            if (Instances.RoleOf(instance, current: true) != Role.Promoted) return null;
        }
        else if (instance.PromotionScore < 0) return null;
        else if (!Availability.CanRunWithMachine(node)) return null;
        if (clone.Allowed[node] is not { } there) return null;
        return there.Count >= clone.PromotedNodeMax && instance.Managed ? null : there;
    }

    private static void SetPromoted(PolicyResource resource)
    {
        if (resource.NextRole == Role.Unknown) resource.NextRole = Role.Promoted;
        foreach (var child in resource.Children) SetPromoted(child);
    }

    private static void SetUnpromoted(PolicyResource resource)
    {
        resource.NextRole = !Instances.IsAssigned(resource) ? Role.Stopped : Role.Unpromoted;
        foreach (var child in resource.Children) SetUnpromoted(child);
    }

    // ---- colocation with a role ----

    public static void ApplyToDependent(PolicyResource dependent, Clone primary, Colocation colocation)
    {
        var affected = new List<Candidate>();
        foreach (var instance in primary.Children)
        {
            if (Instances.AssignedTo(instance) is not { } node || Instances.RoleOf(instance, current: false) != colocation.PrimaryRole) continue;
            if (colocation.Score < Scores.Infinity)
            {
                var value = ColocationScores.Attribute(node.Node, colocation.NodeAttribute, primary);
                foreach (var candidate in dependent.Allowed)
                    if (Texts.Same(ColocationScores.Attribute(candidate.Node, colocation.NodeAttribute, dependent), value)) candidate.Score = Scores.Add(candidate.Score, colocation.Score);
            }
            affected.Insert(0, node);
        }
        if (colocation.Score >= Scores.Infinity && (colocation.DependentRole != Role.Promoted || colocation.PrimaryRole != Role.Promoted))
            ColocationScores.Intersect(dependent, affected, merge: true);
    }

    public static void ApplyToPriority(Scheduling model, PolicyResource dependent, Clone primary, Colocation colocation)
    {
        if (Instances.Compatible(model, dependent, primary, colocation.PrimaryRole, current: false, colocation.NodeAttribute) is not null)
            ColocationScores.AddPriority(dependent, colocation.Score);
        else if (colocation.Score >= Scores.Infinity) ColocationScores.AddPriority(dependent, -Scores.Infinity);
    }
}
