namespace Appliance.Policy.Model;

/// <summary>What kind of machine a node is.</summary>
public enum NodeKind { Cluster, Remote }

/// <summary>One node of the cluster: what is known of it, and what the run decides about it.</summary>
public sealed class PolicyNode(string id, string name, NodeKind kind, int score)
{
    public string Id { get; } = id;
    public string Name { get; set; } = name;
    public NodeKind Kind { get; } = kind;

    /// <summary>The node's own score: what each resource's view of it starts from.</summary>
    public int Score { get; set; } = score;
    /// <summary>Whether resources are looked for here (never on a bundle's node, except its own).</summary>
    public Discovery Discovery { get; set; }

    public bool Online { get; set; }
    public bool Pending { get; set; }
    public bool Unclean { get; set; }
    public bool Unseen { get; set; } = true;
    public bool Standby { get; set; }
    public bool StandbyOnFail { get; set; }
    public bool Maintenance { get; set; }
    public bool Shutdown { get; set; }
    public bool ExpectedUp { get; set; }
    public bool IsDc { get; set; }
    public bool ProbesAllowed { get; set; } = true;
    public bool HistoryUnpacked { get; set; }
    /// <summary>A guest whose machine must be started anew before anything can be said of it.</summary>
    public bool NeedsReset { get; set; }
    public bool RemoteWasFenced { get; set; }
    public bool RemoteMaintenance { get; set; }

    /// <summary>The connection resource of a remote, guest or bundle node.</summary>
    public PolicyResource? Connection { get; set; }

    public Dictionary<string, string> Attributes { get; } = new(StringComparer.Ordinal);
    /// <summary>Those of the attributes that tell of failures, by the resources they may be of (FailCounts); null while nobody has asked since they were read.</summary>
    public Dictionary<string, List<KeyValuePair<string, string>>>? Failures { get; set; }
    public Dictionary<string, string> Utilization { get; } = new(StringComparer.Ordinal);
    /// <summary>Capacity left in this run.</summary>
    public Dictionary<string, int> Free { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, OperationDigest> OperationDigests { get; } = new(StringComparer.Ordinal);

    /// <summary>Resources active here, in the order they were found.</summary>
    public List<PolicyResource> Running { get; } = [];
    /// <summary>Resources assigned here in this run.</summary>
    public List<PolicyResource> AssignedResources { get; } = [];
    public int AssignedCount { get; set; }
    /// <summary>Sum of the priorities of what runs here.</summary>
    public int Priority { get; set; }

    public bool IsRemoteKind => Kind == NodeKind.Remote;
    /// <summary>A guest or bundle node: its machine is itself a resource.</summary>
    public bool IsGuest => IsRemoteKind && Connection?.Launcher is not null;
    public bool IsRemote => IsRemoteKind && (Connection is null || Connection.Launcher is null);
    public bool IsBundleNode => IsGuest && Connection!.Launcher!.Parent is Bundle;

    public string? Attribute(string name) => Attributes.GetValueOrDefault(name);

    public override string ToString() => Name;
}

/// <summary>OperationDigests of an operation's definition on a node, and what they say about the entry of the history that was compared last.</summary>
public sealed class OperationDigest(string all, string? restart)
{
    public string All { get; } = all;
    public string? Restart { get; } = restart;
    /// <summary>The digest without what is secret.</summary>
    public string? Secure { get; init; }
    public DigestVerdict Verdict { get; set; }
}

/// <summary>What the comparison of recorded and present definition says.</summary>
public enum DigestVerdict { Unknown, Match, Mismatch, Restart }
