using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>Bundles: containers over the nodes as instances, and what belongs to each container with it.</summary>
internal static class BundleAssignment
{
    public static PolicyNode? Assign(Scheduling model, Bundle bundle, PolicyNode? prefer, bool stopIfFail)
    {
        // No guard against itself: a bundle that is asked for while it is being assigned begins again, and its containers end that.
        if (bundle.Has(ResourceFlags.Assigning) || !bundle.Assignable) ScoreLines.AddAgain(model, bundle, "pcmk__bundle_assign");
        else ScoreLines.Add(model, bundle, "pcmk__bundle_assign");
        if (bundle.SettledAt == model.Moves)
        {
            // Each part asks for it once more, in each of the rounds: only that there is nothing left to do makes an end of that in time.
            Instances.ResetCounts(bundle);
            bundle.Clear(ResourceFlags.Assigning | ResourceFlags.Unassigned);
            return null;
        }
        var begun = model.Moves;
        bundle.Set(ResourceFlags.Assigning);
        var containers = new List<PolicyResource>(Instances.Of(bundle));
        MergeSort.By(containers, (a, b) => Instances.Compare(model, a, b));
        Instances.Distribute(model, bundle, containers, bundle.Max, bundle.NodeMax);
        foreach (var replica in bundle.Replicas)
        {
            if (replica.Ip is not null) Assigner.Assign(model, replica.Ip, prefer, stopIfFail);
            var host = replica.Container?.Node;
            if (replica.Remote is { } remote)
            {
                if (host is { IsRemoteKind: true, Connection: { } connection } && !remote.ThisWith.Exists(c => c.Primary == connection))
                    Unpack.Constraints.Colocations.Add(model, "#replica-remote-with-host-remote", null, Scores.Infinity, remote, connection, null, null, influence: true, isExplicit: false);
                Assigner.Assign(model, remote, prefer, stopIfFail);
            }
            if (replica.Child is not { } child) continue;
            foreach (var candidate in child.Allowed)
                candidate.Score = candidate.Node != replica.Node ? -Scores.Infinity
                    : Criteria.NodeCriteria.ThresholdReached(model, child, candidate.Node) is null ? Scores.Infinity : candidate.Score;
            child.Parent!.Set(ResourceFlags.Assigning);
            Assigner.Assign(model, child, replica.Node, stopIfFail);
            child.Parent.Clear(ResourceFlags.Assigning);
        }
        if (bundle.Inner is { } inner)
        {
            foreach (var candidate in inner.Allowed) candidate.Score = IsOurs(bundle, candidate.Node) ? 0 : -Scores.Infinity;
            Assigner.Assign(model, inner, prefer, stopIfFail);
        }
        bundle.Clear(ResourceFlags.Assigning | ResourceFlags.Unassigned);
        if (model.Moves == begun) bundle.SettledAt = begun;
        return null;
    }

    private static bool IsOurs(Bundle bundle, PolicyNode node)
    {
        foreach (var replica in bundle.Replicas) if (replica.Node == node) return true;
        return false;
    }
}
