using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Criteria;

/// <summary>What speaks for and against nodes before anything is assigned: locks, locations, stickiness, failures, discovery.</summary>
internal static class NodeCriteria
{
    /// <summary>Node health counts as locations of every resource, made before the configured ones.</summary>
    public static void ApplyHealth(Scheduling model)
    {
        var health = model.Options.Health;
        if (health.Strategy == "none") return;
        foreach (var node in model.Nodes)
        {
            var score = health.Strategy == "progressive" ? health.Base : 0;
            foreach (var (name, value) in node.Attributes)
                if (name.StartsWith("#health", StringComparison.Ordinal)) score = Scores.Add(score, Scores.Parse(value, health) ?? 0);
            if (score == 0) continue;
            foreach (var resource in model.Resources)
            {
                if (score < 0 && Texts.IsTrue(resource.Meta.GetValueOrDefault("allow-unhealthy-nodes"))) continue;
                LocationReader.Add(model, health.Strategy, resource, Role.Unknown, null).Nodes.Add(new Candidate(node, score));
            }
        }
    }

    public static void Apply(Scheduling model)
    {
        if (model.ShutdownLock)
            foreach (var resource in model.Resources) ShutdownLocks.Apply(model, resource);
        model.Recorder?.MarkAll(model, ScoreCause.ShutdownLock);
        for (var i = model.Locations.Count - 1; i >= 0; i--)
        {
            Locations.Apply(model.Locations[i].Resource, model.Locations[i], model.Locations[i].Nodes);
            model.Recorder?.Mark(model.Locations[i].Resource, ScoreCause.Location, model.Locations[i].Id);
        }
        foreach (var resource in model.Resources) ApplyStickiness(model, resource);
        model.Recorder?.MarkAll(model, ScoreCause.Stickiness);
        foreach (var node in model.Nodes)
            foreach (var resource in model.Resources)
            {
                ApplyFailures(model, resource, node);
                model.Recorder?.Mark(resource, ScoreCause.Threshold);
                ApplyExclusiveDiscovery(resource, node);
                model.Recorder?.Mark(resource, ScoreCause.Discovery);
            }
    }

    private static void ApplyStickiness(Scheduling model, PolicyResource resource)
    {
        foreach (var child in resource.Children) ApplyStickiness(model, child);
        if (resource.Children.Count > 0 || !resource.Managed || resource.Stickiness < 1 || resource.Active.Count != 1) return;
        var node = resource.Active[0];
        // Where nodes must be named, it does not stay where it is not named any more.
        if (!model.Options.SymmetricCluster && resource.Allowed[node] is null) return;
        ResourcesReader.AddScore(resource, node, resource.Stickiness);
    }

    private static void ApplyFailures(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) ApplyFailures(model, child, node);
            return;
        }
        // What is going to be forgotten drives nothing away.
        if (Actions.First(resource, null, Operation.ClearFailcount, node) is not null) return;
        if (ThresholdReached(model, resource, node) is { } banned) ResourcesReader.AddScore(banned, node, -Scores.Infinity);
    }

    /// <summary>What must leave a node because a resource failed too often there; null if nothing.</summary>
    public static PolicyResource? ThresholdReached(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        // A threshold of 0 is never reached.
        if (resource.Has(ResourceFlags.FailureIgnored) || resource.MigrationThreshold == 0) return null;
        var count = FailCounts.Of(model, node, resource, effective: true, launched: true, null, out _);
        if (count <= 0 || count < resource.MigrationThreshold) return null;
        var banned = resource.Unique ? resource : resource.Top();
        model.Remarks?.Add(Complaint.Remark("pcmk__threshold_reached",
            $"{banned.Id} cannot run on {node.Name} due to reaching migration threshold (clean up resource to allow again)| failures={Texts.Text(count)} migration-threshold={Texts.Text(resource.MigrationThreshold)}"));
        return banned;
    }

    private static void ApplyExclusiveDiscovery(PolicyResource resource, PolicyNode node)
    {
        if (!resource.Has(ResourceFlags.ExclusiveDiscovery) && !resource.Top().Has(ResourceFlags.ExclusiveDiscovery)) return;
        foreach (var child in resource.Children) ApplyExclusiveDiscovery(child, node);
        if (resource.Allowed[node] is { } candidate && candidate.Discovery != Discovery.Exclusive) candidate.Score = -Scores.Infinity;
    }
}
