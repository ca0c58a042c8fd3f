using Appliance.Policy.Model;

namespace Appliance.Policy.Criteria;

/// <summary>What a location constraint does to the scores of a resource and its parts.</summary>
internal static class Locations
{
    public static void Apply(PolicyResource resource, Location location, List<Candidate> nodes)
    {
        switch (resource)
        {
            case Group group:
                ApplyToOne(group, location, nodes);
                // Of members that stay together only the first gets the score: the others follow it.
                var given = nodes;
                foreach (var member in group.Children)
                {
                    Apply(member, location, given);
                    if (given == nodes && group.Colocated) given = nodes.ConvertAll(static c => new Candidate(c.Node, 0, c.Discovery));
                }
                break;
            case Clone clone:
                ApplyToOne(clone, location, nodes);
                foreach (var instance in clone.Children) Apply(instance, location, nodes);
                break;
            case Bundle bundle:
                ApplyToOne(bundle, location, nodes);
                foreach (var replica in bundle.Replicas)
                {
                    if (replica.Container is not null) Apply(replica.Container, location, nodes);
                    if (replica.Ip is not null) Apply(replica.Ip, location, nodes);
                }
                if (bundle.Inner is not null && location.Role is Role.Promoted or Role.Unpromoted)
                {
                    Apply(bundle.Inner, location, nodes);
                    bundle.Inner.Locations.Add(location);
                }
                break;
            default:
                ApplyToOne(resource, location, nodes);
                break;
        }
    }

    public static void ApplyToOne(PolicyResource resource, Location location, List<Candidate> nodes)
    {
        if (location.Role > Role.Unknown && location.Role != resource.NextRole) return;
        foreach (var node in nodes)
        {
            var candidate = resource.Allowed[node.Node];
            if (candidate is null) resource.Allowed.Add(candidate = new Candidate(node.Node, node.Score, node.Node.Discovery));
            else candidate.Score = Scores.Add(candidate.Score, node.Score);
            if (location.Discovery is not { } discovery || candidate.Discovery >= discovery) continue;
            candidate.Discovery = discovery;
            if (discovery == Discovery.Exclusive) resource.Set(ResourceFlags.ExclusiveDiscovery);
        }
    }
}
