using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Assign;

/// <summary>Giving a resource a node, taking it back, and choosing the best.</summary>
internal static class Placement
{
    /// <summary>Assigns a resource (a collective: all its parts) to a node, or to none; unforced only where it may and can run.</summary>
    public static void Assign(Scheduling model, PolicyResource resource, Candidate? candidate, bool force, bool stopIfFail)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) Assign(model, child, candidate is null ? null : child.Allowed[candidate.Node] ?? candidate, force, stopIfFail);
            return;
        }
        if (!force && candidate is not null && (candidate.Score < 0 || !candidate.IsAvailable() && !candidate.Node.IsGuest))
        {
            if (stopIfFail) resource.NextRole = Role.Stopped;
            candidate = null;
        }
        Unassign(model, resource);
        model.Moves++;
        resource.Clear(ResourceFlags.Unassigned);
        if (candidate is null)
        {
            if (!stopIfFail) return;
            resource.NextRole = Role.Stopped;
            foreach (var action in resource.Actions)
            {
                if (action.Task == Operation.Stop) action.Clear(ActionFlags.Optional);
                else if (action.Task == Operation.Start) action.Clear(ActionFlags.Runnable);
                else if (action.IsRecurring && action.Meta.GetValueOrDefault("op_target_rc") != "7") action.Clear(ActionFlags.Runnable);
            }
            return;
        }
        resource.Assigned = candidate.Copy();
        candidate.Node.AssignedResources.Add(resource);
        candidate.Node.AssignedCount++;
        Utilization.Consume(candidate.Node, resource);
        if (model.Noted) model.AssignmentNotes.Add(new AssignmentNote.Use("pcmk__assign_resource", resource.Id, candidate.Node.Name, Utilization.Amounts(resource.Utilization)));
    }

    public static void Unassign(Scheduling model, PolicyResource resource)
    {
        foreach (var child in resource.Children) Unassign(model, child);
        model.Moves++;
        resource.Set(ResourceFlags.Unassigned);
        if (resource.Assigned is not { } old) return;
        resource.Assigned = null;
        if (resource.Children.Count > 0) return;
        old.Node.AssignedResources.Remove(resource);
        old.Node.AssignedCount--;
        Utilization.Release(old.Node, resource);
    }

    /// <summary>Candidates best first.</summary>
    public static List<Candidate> Sorted(Scheduling model, Candidates candidates, PolicyNode? active)
    {
        // Comparing room is not transitive: of three nodes each can be ahead of the next, and then it matters how they stood.
        var list = model.Options.PlacementStrategy == "balanced" ? candidates.InTableOrder() : [.. candidates];
        if (model.Options.PlacementStrategy == "balanced") list.Reverse();
        Sort(model, list, active);
        return list;
    }

    public static void Sort(Scheduling model, List<Candidate> list, PolicyNode? active) =>
        MergeSort.By(list, (a, b) =>
        {
            var one = Availability.CanRun(a.Node) ? a.Score : -Scores.Infinity;
            var two = Availability.CanRun(b.Node) ? b.Score : -Scores.Infinity;
            if (one != two) return two.CompareTo(one);
            if (model.Options.PlacementStrategy != "minimal")
            {
                if (model.Options.PlacementStrategy == "balanced" && Utilization.CompareCapacity(a.Node, b.Node) is var by && by != 0) return by;
                if (a.Node.AssignedCount != b.Node.AssignedCount) return a.Node.AssignedCount.CompareTo(b.Node.AssignedCount);
                if (active is not null && a.Node == active) return -1;
                if (active is not null && b.Node == active) return 1;
            }
            return string.CompareOrdinal(a.Node.Name, b.Node.Name);
        });

    /// <summary>Assigns a primitive to the best node it may have; a preferred one only if none is better.</summary>
    public static bool AssignBest(Scheduling model, PolicyResource resource, PolicyNode? prefer, bool stopIfFail)
    {
        var roomiest = Utilization.BanWithoutCapacity(model, resource);
        model.Recorder?.Mark(resource, ScoreCause.Utilization);
        prefer ??= roomiest;
        if (!resource.Assignable) return resource.Assigned is not null;
        var nodes = Sorted(model, resource.Allowed, resource.CurrentNode);
        model.Recorder?.Choose(resource, nodes);
        Candidate? chosen = null;
        if (nodes.Count > 0)
        {
            var best = nodes[0];
            if (resource.Allowed[prefer] is { } wanted && wanted.Score >= best.Score && wanted.IsAvailable()) chosen = wanted;
            if (chosen is null)
            {
                chosen = best;
                if (!(resource.Parent is Clone { Unique: true }) && chosen.Score > 0 && Availability.CanRun(chosen.Node)
                    && resource.CurrentNode is { } current && Availability.CanKeep(current) && resource.Allowed[current] is { } staying && staying.Score == chosen.Score)
                    chosen = staying;
                RemarkEqual(model, resource, nodes, chosen);
            }
        }
        Assign(model, resource, chosen, force: false, stopIfFail);
        return resource.Assigned is not null;
    }

    /// <summary>Who asks for an active resource to be on more than one node in any case hardly means it.</summary>
    private static void RemarkEqual(Scheduling model, PolicyResource resource, List<Candidate> nodes, Candidate chosen)
    {
        if (model.Remarks is null || chosen.Score < Scores.Infinity || resource.Parent is Clone { Unique: true } || !Availability.CanRun(nodes[0].Node) || resource.CurrentNode is not { } current || !Availability.CanRun(current)) return;
        var equal = nodes.FindAll(c => c.Score == chosen.Score).Count;
        if (equal > 1) model.Remarks.Add(Complaint.Remark("assign_best_node", $"Chose {chosen.Node.Name} for {resource.Id} from {Texts.Text(equal)} nodes with score INFINITY"));
    }
}
