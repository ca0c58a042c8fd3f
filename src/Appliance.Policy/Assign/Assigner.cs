using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Assign;

/// <summary>Every resource gets its node, what it depends on before it.</summary>
internal static class Assigner
{
    public static void Run(Scheduling model)
    {
        Utilization.Reset(model);
        Utilization.Note(model, "Original");
        if (model.Options.PlacementStrategy != "default") ResourceOrder.Sort(model);
        if (model.HaveRemoteNodes)
            foreach (var resource in model.Resources)
                if (resource.IsRemoteConnection) Assign(model, resource, resource.MigrationTarget, stopIfFail: true);
        foreach (var resource in model.Resources)
            if (!resource.IsRemoteConnection) Assign(model, resource, null, stopIfFail: true);
        Utilization.Note(model, "Remaining");
    }

    public static PolicyNode? Assign(Scheduling model, PolicyResource resource, PolicyNode? prefer, bool stopIfFail) => resource switch
    {
        Group group => AssignGroup(model, group, prefer, stopIfFail),
        Clone clone => AssignClone(model, clone, prefer, stopIfFail),
        Bundle bundle => BundleAssignment.Assign(model, bundle, prefer, stopIfFail),
        _ => AssignPrimitive(model, resource, prefer, stopIfFail),
    };

    private static PolicyNode? AssignPrimitive(Scheduling model, PolicyResource resource, PolicyNode? prefer, bool stopIfFail)
    {
        if (resource.Parent is { } parent && !parent.Has(ResourceFlags.Assigning)) Assign(model, parent, prefer, stopIfFail);
        if (!resource.Assignable) return resource.Node;
        if (resource.Has(ResourceFlags.Assigning)) return null;
        resource.Set(ResourceFlags.Assigning);
        model.Moves++;
        model.Recorder?.Mark(resource, resource.IsInBundle ? ScoreCause.Launcher : ScoreCause.Other);
        var thisWith = ColocationLists.ThisWith(resource);
        var withThis = ColocationLists.WithThis(resource);
        foreach (var mandatory in new[] { true, false })
        {
            foreach (var colocation in thisWith) if (colocation.IsMandatory == mandatory) Follow(model, resource, colocation);
            foreach (var colocation in withThis) if (colocation.IsMandatory == mandatory) Heed(model, resource, colocation);
        }
        Followers.Touch(resource);
        if (resource.NextRole == Role.Stopped) ResourcesReader.AddScoreEverywhere(model, resource, -Scores.Infinity);
        else if (resource.NextRole > resource.Role && !model.Options.Quorate && model.Options.NoQuorumPolicy == NoQuorumPolicy.Freeze) resource.NextRole = resource.Role;
        model.Recorder?.Mark(resource, ScoreCause.Stopped);
        ScoreLines.Add(model, resource, "pcmk__primitive_assign");
        if (model.Options.FencingEnabled && !model.HaveFencing) resource.Clear(ResourceFlags.Managed);
        if (!resource.Managed)
        {
            resource.NextRole = resource.Role;
            var stays = resource.CurrentNode;
            Placement.Assign(model, resource, stays is null ? null : new Candidate(stays, stays.Score), force: true, stopIfFail);
        }
        else if (model.Options.StopAll) Placement.Assign(model, resource, null, force: true, stopIfFail);
        else Placement.AssignBest(model, resource, prefer, stopIfFail);
        resource.Clear(ResourceFlags.Assigning);
        if (resource.IsRemoteConnection) ConnectionAssigned(model, resource);
        model.Moves++;
        return resource.Node;
    }

    private static void Follow(Scheduling model, PolicyResource resource, Colocation colocation)
    {
        var other = colocation.Primary;
        var before = colocation.DependentRole >= Role.Promoted || colocation.Score is < 0 and > -Scores.Infinity ? resource.Allowed.Copy() : null;
        if (other.Assignable) Assign(model, other, null, stopIfFail: true);
        Followers.Touch(resource);
        ColocationScores.Apply(model, resource, other, colocation, forDependent: true);
        if (before is not null && !resource.Allowed.AnyAvailable()) resource.Allowed = before;
        model.Moves++;
        model.Recorder?.Mark(resource, ScoreCause.Colocation, colocation.Id, other.Id);
    }

    private static void Heed(Scheduling model, PolicyResource resource, Colocation colocation)
    {
        if (!ColocationScores.HasInfluence(colocation)) return;
        Followers.Touch(resource);
        Candidates? nodes = resource.Allowed;
        ColocationScores.AddPreferences(model, colocation.Dependent, resource, ref nodes, colocation, (float)colocation.Score / Scores.Infinity, Preferences.Active);
        resource.Allowed = nodes!;
        model.Moves++;
        model.Recorder?.Mark(resource, ScoreCause.Dependent, colocation.Id, colocation.Dependent.Id);
    }

    private static void ConnectionAssigned(Scheduling model, PolicyResource connection)
    {
        if (model.FindNode(connection.Id) is not { } node) return;
        if (connection.Assigned is not null && connection.NextRole != Role.Stopped)
        {
            node.Online = true;
            // Nothing was ever seen of it: it will tell when it is connected.
            if (node.Unseen) node.Unclean = false;
        }
        else node.Shutdown = true;
    }

    private static PolicyNode? AssignGroup(Scheduling model, Group group, PolicyNode? prefer, bool stopIfFail)
    {
        if (!group.Assignable) return group.Colocated && group.First is { } known ? known.Node : null;
        if (group.Has(ResourceFlags.Assigning)) return null;
        if (group.Parent is { } parent && !parent.Has(ResourceFlags.Assigning)) { Assign(model, parent, prefer, stopIfFail); return group.First?.Node; }
        if (group.Children.Count == 0) { group.Clear(ResourceFlags.Unassigned); return null; }
        group.Set(ResourceFlags.Assigning);
        group.Role = group.First!.Role;
        model.Moves++;
        ScoreLines.Add(model, group, "pcmk__group_assign");
        PolicyNode? chosen = null;
        foreach (var member in group.Children)
        {
            var node = Assign(model, member, prefer, stopIfFail);
            chosen ??= node;
        }
        group.NextRole = group.First.NextRole;
        group.Clear(ResourceFlags.Assigning | ResourceFlags.Unassigned);
        model.Moves++;
        return group.Colocated ? chosen : null;
    }

    private static PolicyNode? AssignClone(Scheduling model, Clone clone, PolicyNode? prefer, bool stopIfFail)
    {
        if (!clone.Assignable || clone.Has(ResourceFlags.Assigning)) return null;
        clone.Set(ResourceFlags.Assigning);
        if (clone.Has(ResourceFlags.Promotable)) Promotion.AddScores(clone);
        model.Moves++;
        model.Recorder?.Mark(clone, ScoreCause.Promotion);
        foreach (var colocation in ColocationLists.ThisWith(clone)) Assign(model, colocation.Primary, prefer, stopIfFail);
        HeedDependents(model, clone, Preferences.Active | Preferences.NonNegative);
        model.Moves++;
        ScoreLines.Add(model, clone, "pcmk__clone_assign");
        MergeSort.By(clone.Children, (a, b) => Instances.Compare(model, a, b));
        Instances.Distribute(model, clone, clone.Children, clone.Max, clone.NodeMax);
        if (clone.Has(ResourceFlags.Promotable)) Promotion.SetRoles(model, clone);
        clone.Clear(ResourceFlags.Assigning | ResourceFlags.Unassigned);
        model.Moves++;
        return null;
    }

    public static void HeedDependents(Scheduling model, PolicyResource resource, Preferences flags)
    {
        foreach (var colocation in ColocationLists.WithThis(resource))
        {
            if (!ColocationScores.HasInfluence(colocation)) continue;
            Candidates? nodes = resource.Allowed;
            ColocationScores.AddPreferences(model, colocation.Dependent, resource, ref nodes, colocation, (float)colocation.Score / Scores.Infinity, flags);
            resource.Allowed = nodes!;
            model.Recorder?.Mark(resource, ScoreCause.Dependent, colocation.Id, colocation.Dependent.Id);
        }
    }
}
