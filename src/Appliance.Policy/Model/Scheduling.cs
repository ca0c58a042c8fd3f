using Appliance.Cib;
using Appliance.Policy.Report;

namespace Appliance.Policy.Model;

/// <summary>
/// The working model of one run: every stage reads it and adds to it, in the order of the folders (Unpack, Criteria, Assign, Create, Order, Graph). Nothing outlives it.
/// </summary>
public sealed class Scheduling(CibElement cib, long now)
{
    public CibElement Cib { get; } = cib;
    public CibElement Configuration { get; } = cib.Element("configuration") ?? cib;
    /// <summary>The instant of the run, seconds of the epoch.</summary>
    public long Now { get; } = now;
    /// <summary>Seconds by which local time is ahead of UTC at that instant.</summary>
    public int Offset { get; init; }
    public CibTime LocalNow => CibTime.FromEpoch(Now, Offset);
    /// <summary>The earliest later instant at which the answer would be another, or 0.</summary>
    public long RecheckBy { get; set; }

    public ClusterOptions Options { get; set; } = new();
    /// <summary>The CIB may have been made readable to others, passwords blotted out.</summary>
    public bool SecretsBlotted { get; init; }
    public bool HaveFencing { get; set; }
    public bool HaveRemoteNodes { get; set; }
    public bool ShutdownLock => Options.ShutdownLock;

    /// <summary>Nodes by name.</summary>
    public List<PolicyNode> Nodes { get; } = [];
    public PolicyNode? Dc { get; set; }
    /// <summary>Top resources: by document, then those found in the status; by priority once that is known.</summary>
    public List<PolicyResource> Resources { get; } = [];
    public Dictionary<string, CibElement> Templates { get; } = new(StringComparer.Ordinal);
    /// <summary>Tags and templates: name, and what carries it.</summary>
    public Dictionary<string, List<string>> Tags { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, List<string>> TemplateUsers { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, Ticket> Tickets { get; } = new(StringComparer.Ordinal);
    public CibElement? ResourceDefaults => Configuration.Element("rsc_defaults");
    public CibElement? OperationDefaults => Configuration.Element("op_defaults");

    /// <summary>In order of creation; stages that want the newest first walk backwards.</summary>
    public List<Location> Locations { get; } = [];
    public List<Colocation> Colocations { get; } = [];
    public List<Ticketing> Ticketings { get; } = [];
    public List<Ordering> Orderings { get; } = [];
    /// <summary>The constraint that is being read: what is noted meanwhile is its doing.</summary>
    public Configured? Reading { get; set; }
    public List<PolicyAction> Actions { get; } = [];

    public List<FailedOperation> FailedOperations { get; } = [];
    /// <summary>Restart digests put in place of the recorded ones, so that an operation is rescheduled.</summary>
    public Dictionary<CibElement, string> Overrides { get; } = [];
    public List<DeferredCheck> DeferredChecks { get; } = [];
    public List<PolicyResource> StopNeeded { get; } = [];
    /// <summary>Lines for people, in the order in which they came up.</summary>
    public List<string> Notices { get; } = [];
    /// <summary>Configuration that could not be followed, for those who wrote it.</summary>
    public List<Complaint> Complaints { get; } = [];
    /// <summary>What Pacemaker's scheduler writes to the log on its way, as a warning or worse, if somebody asks for it; it changes nothing.</summary>
    public List<Complaint>? Remarks { get; init; }
    /// <summary>Scores and capacities in the order of assignment.</summary>
    public List<AssignmentNote> AssignmentNotes { get; } = [];

    /// <summary>Where scores come from, if somebody asks; it changes nothing.</summary>
    public ScoreRecorder? Recorder { get; init; }

    public int BlockedResources { get; set; }
    public int DisabledResources { get; set; }
    public int ResourceCount { get; set; }

    private int _orderId = 1;

    public int NextOrderId() => _orderId++;

    public PolicyNode? FindNode(string? nameOrId)
    {
        if (nameOrId is null) return null;
        foreach (var node in Nodes) if (Texts.Same(node.Name, nameOrId)) return node;
        return null;
    }

    public PolicyNode? FindNodeById(string? id)
    {
        if (id is null) return null;
        foreach (var node in Nodes) if (Texts.Same(node.Id, id)) return node;
        return null;
    }

    /// <summary>The resource of that id, or whose history is kept under it, top resources first to last, each before its children.</summary>
    public PolicyResource? Find(string id)
    {
        foreach (var resource in Resources)
            if (Find(resource, r => r.Id == id || r.HistoryName == id) is { } found) return found;
        return null;
    }

    public static PolicyResource? Find(PolicyResource under, Predicate<PolicyResource> wanted)
    {
        if (wanted(under)) return under;
        foreach (var child in under.Children)
            if (Find(child, wanted) is { } found) return found;
        return null;
    }

    /// <summary>Finds what is referred to.</summary>
    public IdIndex Ids { get; } = new(cib);

    /// <summary>When a rule that was looked at says something else.</summary>
    public NextChange Next { get; } = new();

    /// <summary>What every rule sees: the instant, and what references mean.</summary>
    public RuleInput RuleInput() => new(LocalNow) { Ids = Ids };

    /// <summary>What an element refers to, or itself.</summary>
    public CibElement Resolve(CibElement element) => IdIndex.Resolve(element, Ids) ?? element;

    /// <summary>Notes an instant at which this decision would be another.</summary>
    public void Recheck(long at)
    {
        if (at > Now && (RecheckBy == 0 || at < RecheckBy)) RecheckBy = at;
    }
}

/// <summary>A recorded operation whose parameters can only be compared once resources are assigned (a bundle's address).</summary>
public sealed record DeferredCheck(PolicyResource Resource, PolicyNode Node, CibElement Entry, DeferredKind Kind);

/// <summary>Why parameters are compared late.</summary>
public enum DeferredKind { Active, LastFailure }

/// <summary>A failed operation as the status tells it.</summary>
public sealed record FailedOperation(PolicyNode Node, CibElement Xml);
