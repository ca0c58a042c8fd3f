using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>Containers on several nodes, each with an address and, if something runs inside, a connection to it.</summary>
public sealed class Bundle(string id, CibElement xml, PolicyResource? parent) : PolicyResource(id, xml, parent)
{
    public List<Replica> Replicas { get; } = [];
    public PolicyResource? Inner { get; set; }
    public int Max { get; set; }
    public int NodeMax { get; set; }
    public int PromotedMax { get; set; }
    /// <summary>When assigning it again changed nothing (<see cref="Scheduling.Moves"/>).</summary>
    public int SettledAt { get; set; } = -1;
    public string? Image { get; set; }
    public string Agent { get; set; } = "docker";

    public override int Rank => 4;

    /// <summary>A bundle is where its containers are, wherever its addresses and connections may be.</summary>
    public override PolicyNode? ActiveNode(out int all, out int clean)
    {
        all = clean = 0;
        var containers = new List<PolicyResource>();
        foreach (var replica in Replicas) if (replica.Container is { Active.Count: > 0 } container) containers.Add(container);
        if (containers.Count == 1) return containers[0].ActiveNode(out all, out clean);
        PolicyNode? chosen = null;
        var seen = new HashSet<PolicyNode>();
        foreach (var container in containers)
            foreach (var node in container.Active)
            {
                if (!seen.Add(node)) continue;
                all++;
                var isClean = node.Online && !node.Unclean;
                if (isClean) clean++;
                Prefer(node, isClean, Has(ResourceFlags.NeedsFencing), ref chosen);
            }
        return chosen;
    }

    public override bool IsActive(bool all)
    {
        foreach (var replica in Replicas)
            foreach (var part in replica.Parts)
            {
                var active = part.IsActive(all);
                if (all && !active) return false;
                if (!all && active) return true;
            }
        return all;
    }

    public override Role CurrentRole
    {
        get
        {
            var role = Role.Unknown;
            foreach (var child in Children) if (child.CurrentRole > role) role = child.CurrentRole;
            return role;
        }
    }
}

/// <summary>One container of a bundle with what belongs to it.</summary>
public sealed class Replica(int offset)
{
    public int Offset { get; } = offset;
    public string? IpAddress { get; set; }
    public PolicyNode? Node { get; set; }
    public PolicyResource? Ip { get; set; }
    public PolicyResource? Child { get; set; }
    public PolicyResource? Container { get; set; }
    public PolicyResource? Remote { get; set; }
    /// <summary>Its container is probed, on one node at least.</summary>
    public bool Probed { get; set; }

    /// <summary>What there is of child, ip, container and remote.</summary>
    public List<PolicyResource> Parts
    {
        get
        {
            var parts = new List<PolicyResource>(4);
            if (Child is not null) parts.Add(Child);
            if (Ip is not null) parts.Add(Ip);
            if (Container is not null) parts.Add(Container);
            if (Remote is not null) parts.Add(Remote);
            return parts;
        }
    }
}
