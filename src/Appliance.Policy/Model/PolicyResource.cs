using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>What is true of a resource.</summary>
[Flags]
public enum ResourceFlags
{
    None = 0,
    Managed = 1 << 0,
    Unique = 1 << 1,
    Notify = 1 << 2,
    Promotable = 1 << 3,
    Maintenance = 1 << 4,
    Critical = 1 << 5,
    /// <summary>Found in the status only: nobody configures it any more.</summary>
    Removed = 1 << 6,
    /// <summary>Removed, and container of a removed guest connection.</summary>
    RemovedLauncher = 1 << 7,
    Failed = 1 << 8,
    StopIfFailed = 1 << 9,
    Blocked = 1 << 10,
    FailureIgnored = 1 << 11,
    StartPending = 1 << 12,
    Migratable = 1 << 13,
    ExclusiveDiscovery = 1 << 14,
    FenceDevice = 1 << 15,
    RemoteConnection = 1 << 16,
    NeedsQuorum = 1 << 17,
    NeedsFencing = 1 << 18,
    NeedsUnfencing = 1 << 19,
    /// <summary>Its final node is not decided yet.</summary>
    Unassigned = 1 << 20,
    Assigning = 1 << 21,
    MergingColocations = 1 << 22,
    Reload = 1 << 23,
    StopUnexpected = 1 << 24,
    DetectLoop = 1 << 25,
    Replica = 1 << 26,
    RestartingLauncher = 1 << 27,
    /// <summary>Lives inside a launcher (a guest's or a bundle's machine).</summary>
    HasFiller = 1 << 28,
    ReplicaOutdated = 1 << 29,
}

/// <summary>Something that can run: a primitive, or a collective of such.</summary>
public abstract class PolicyResource(string id, CibElement xml, PolicyResource? parent)
{
    public string Id { get; } = id;
    /// <summary>Its definition, with the template's parts taken in.</summary>
    public CibElement Xml { get; set; } = xml;
    public PolicyResource? Parent { get; set; } = parent;
    public List<PolicyResource> Children { get; } = [];
    /// <summary>The rank of its kind where kinds are compared: primitive, group, clone, bundle.</summary>
    public abstract int Rank { get; }

    /// <summary>The name its history is kept under where that is not its id.</summary>
    public string? HistoryName { get; set; }
    public string NameInHistory => HistoryName ?? Id;

    public ResourceFlags Flags { get; set; } = ResourceFlags.Managed | ResourceFlags.Unassigned;
    public Dictionary<string, string> Meta { get; } = new(StringComparer.Ordinal);
    /// <summary>Parameters by node id; "" is no node.</summary>
    public Dictionary<string, Dictionary<string, string>> ParameterCache { get; } = new(StringComparer.Ordinal);
    public List<CibElement> Operations { get; } = [];
    public Dictionary<string, string> Utilization { get; } = new(StringComparer.Ordinal);

    public int Priority { get; set; }
    /// <summary>How much speaks for promoting this instance, as it is collected; and the sum by which instances are ranked.</summary>
    public int PromotionScore { get => Priority; set => Priority = value; }
    public int PromotionRank { get; set; }
    public int Stickiness { get; set; }
    public int MigrationThreshold { get; set; } = Scores.Infinity;
    public long FailureTimeoutMs { get; set; }
    public long ReconnectMs { get; set; }
    public MultipleActive MultipleActive { get; set; }

    /// <summary>The role at the beginning, and the role as it stands while actions are made.</summary>
    public Role OriginalRole { get; set; } = Role.Unknown;
    public Role Role { get; set; } = Role.Stopped;
    public Role NextRole { get; set; } = Role.Unknown;

    public Candidates Allowed { get; set; } = new();
    /// <summary>Nodes where it is known whether the resource is active.</summary>
    public List<PolicyNode> Known { get; } = [];
    public List<PolicyNode> Active { get; } = [];
    public Candidate? Assigned { get; set; }
    public PolicyNode? Node => Assigned?.Node;

    public string? PendingTask { get; set; }
    public PolicyNode? PendingNode { get; set; }
    public PolicyNode? MigrationSource { get; set; }
    public PolicyNode? MigrationTarget { get; set; }
    public List<PolicyNode> DanglingMigrations { get; } = [];

    public PolicyNode? LockNode { get; set; }
    public long LockTime { get; set; }

    /// <summary>The resource whose machine this one lives in.</summary>
    public PolicyResource? Launcher { get; set; }
    public List<PolicyResource> Launched { get; } = [];
    /// <summary>The node a connection resource gives.</summary>
    public PolicyNode? RemoteNode { get; set; }

    public List<Location> Locations { get; } = [];
    /// <summary>Colocations in which this is the dependent, and in which it is the primary, in the order of their rank.</summary>
    public List<Colocation> ThisWith { get; } = [];
    public List<Colocation> WithThis { get; } = [];
    /// <summary>What it and all that follow it want of nodes, if that was summed.</summary>
    internal Assign.Followers? Wanted { get; set; }
    public List<Ticketing> Tickets { get; } = [];
    /// <summary>Actions in order of creation; the newest is last.</summary>
    public List<PolicyAction> Actions { get; } = [];

    public bool Has(ResourceFlags flags) => (Flags & flags) == flags;
    public void Set(ResourceFlags flags) => Flags |= flags;
    public void Clear(ResourceFlags flags) => Flags &= ~flags;

    public void SetWithChildren(ResourceFlags flags)
    {
        Set(flags);
        foreach (var child in Children) child.SetWithChildren(flags);
    }

    public void ClearWithChildren(ResourceFlags flags)
    {
        Clear(flags);
        foreach (var child in Children) child.ClearWithChildren(flags);
    }

    public bool Managed => Has(ResourceFlags.Managed);
    public bool Unique => Has(ResourceFlags.Unique);
    public bool IsRemoved => Has(ResourceFlags.Removed);
    public bool IsRemoteConnection => Has(ResourceFlags.RemoteConnection);
    public bool IsFenceDevice => Has(ResourceFlags.FenceDevice);
    public bool Assignable => Has(ResourceFlags.Unassigned);
    public bool IsPromotableClone => this is Clone && Has(ResourceFlags.Promotable);
    public bool IsAnonymousClone => this is Clone && !Unique;

    public string Class => Xml["class"] ?? "";
    public string? Provider => Xml["provider"];
    public string Type => Xml["type"] ?? "";

    /// <summary>The resource without a parent above this one; a bundle counts as one only when asked for.</summary>
    public PolicyResource Top(bool includeBundle = false)
    {
        var at = this;
        while (at.Parent is { } up && (includeBundle || up is not Bundle)) at = up;
        return at;
    }

    /// <summary>A launcher that is a part of a bundle, or the launcher of a guest this resource connects to.</summary>
    public bool IsInBundle => Top(includeBundle: true) is Bundle;

    /// <summary>The first node found active, the migration's source before its target.</summary>
    public PolicyNode? CurrentNode => ActiveNode(out _, out _);

    /// <summary>The node to take for the current one, how many nodes are active, and how many of them are online and clean.</summary>
    public virtual PolicyNode? ActiveNode(out int all, out int clean)
    {
        all = clean = 0;
        PolicyNode? chosen = null;
        foreach (var node in Active)
        {
            all++;
            var isClean = node.Online && !node.Unclean;
            if (isClean) clean++;
            Prefer(node, isClean, Has(ResourceFlags.NeedsFencing), ref chosen);
        }
        return chosen;
    }

    /// <summary>Of a resource that migrates the source is the current node; else it is the first one, and where no fencing is needed the first clean one.</summary>
    protected void Prefer(PolicyNode node, bool clean, bool needsFencing, ref PolicyNode? chosen)
    {
        if (MigrationSource is not null ? ReferenceEquals(node, MigrationSource) : !needsFencing && clean && (chosen is null || !chosen.Online || chosen.Unclean)) chosen = node;
        else chosen ??= node;
    }

    public abstract bool IsActive(bool all);

    public abstract Role CurrentRole { get; }

    public override string ToString() => Id;
}
