using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>How much of a status is shown. As it stands: what <c>crm_simulate</c> of 3.0.2 shows.</summary>
public sealed record StatusScope
{
    /// <summary>What is being done with a resource, instead of its role.</summary>
    public bool Pending { get; init; } = true;

    /// <summary>Resources too that run nowhere.</summary>
    public bool Inactive { get; init; } = true;

    /// <summary>Ids of nodes, every instance of a clone, the parts of bundles, and operations in the words of the machine.</summary>
    public bool Details { get; init; }

    /// <summary>Primitives counted instead of named.</summary>
    public bool Brief { get; init; }

    /// <summary>Resources below the nodes they run on.</summary>
    public bool ByNode { get; init; }

    /// <summary>When and for how long operations were done.</summary>
    public bool Timing { get; init; }

    /// <summary>Words and order of Pacemaker 2.1.5, where they differ.</summary>
    public bool Old { get; init; }

    /// <summary>Only these nodes; <c>null</c>: all.</summary>
    public IReadOnlyList<string>? Nodes { get; init; }

    /// <summary>Only these resources, by id or by the name that instances have in common; <c>null</c>: all.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    internal bool Shows(PolicyNode node) => Shows(Nodes, node.Name);

    internal static bool Shows(IReadOnlyList<string>? only, string? name)
    {
        if (only is null) return true;
        foreach (var one in only)
            if (Texts.Same(one, name)) return true;
        return false;
    }

    /// <summary>Whether it is named itself.</summary>
    internal bool Names(PolicyResource resource) => Shows(Resources, StatusReport.Name(resource)) || Shows(Resources, resource.Id);

    /// <summary>Whether it is named, or something in it, or (for a member) what it is a part of.</summary>
    internal bool Shows(PolicyResource resource, bool parents = true)
    {
        if (Resources is null || Names(resource)) return true;
        if (parents && resource.Parent is not null && resource.Top(includeBundle: true) is var top)
            return resource is Group ? Names(top) || ShowsPart(resource) : Shows(top, parents: false);
        return ShowsPart(resource);
    }

    private bool ShowsPart(PolicyResource resource)
    {
        foreach (var part in Parts(resource))
            if (Shows(part, parents: false)) return true;
        return false;
    }

    /// <summary>What a collective consists of.</summary>
    internal static List<PolicyResource> Parts(PolicyResource resource)
    {
        if (resource is not Bundle bundle) return resource.Children;
        var parts = new List<PolicyResource>();
        foreach (var replica in bundle.Replicas) parts.AddRange(replica.Parts);
        return parts;
    }

    /// <summary>Whether it runs, but on no node that is shown.</summary>
    internal bool RunsElsewhere(PolicyResource resource) => Nodes is not null && resource.IsActive(all: false) && !RunsHere(resource);

    private bool RunsHere(PolicyResource resource)
    {
        foreach (var node in resource.Active)
            if (Shows(node)) return true;
        foreach (var part in Parts(resource))
            if (RunsHere(part)) return true;
        return false;
    }
}
