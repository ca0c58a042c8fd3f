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
    /// <summary>Actions without a resource by their keys, the first of each.</summary>
    public Dictionary<string, PolicyAction> Singletons { get; } = new(StringComparer.Ordinal);

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
    /// <summary>Scores and capacities in the order of assignment; empty where nobody will read them (<see cref="Noted"/>).</summary>
    public List<AssignmentNote> AssignmentNotes { get; } = [];
    public bool Noted { get; set; } = true;
    /// <summary>Every node has a name, and no two the same: by its name a node is that node.</summary>
    public bool NamesArePlain => _namesArePlain ??= AreNamesPlain();
    private bool? _namesArePlain;

    private bool AreNamesPlain()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in Nodes)
            if (!node.IsRemoteKind && (node.Attribute("#uname") is not { } name || !names.Add(name))) return false;
        return true;
    }

    /// <summary>Goes on with everything that assignment decides: while it stands, whoever looks again sees what was seen before.</summary>
    public int Moves { get; set; }

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

    /// <summary>Under which resource all those of a name are: the only one of that name, or what they are all part of; null where that is not one.</summary>
    private Dictionary<string, PolicyResource?>? _named;

    /// <summary>From now on resources are found by their names at once: every name that comes up later is told (<see cref="Name"/>).</summary>
    public void IndexNames()
    {
        _named = new(StringComparer.Ordinal);
        foreach (var resource in Resources) NameAll(resource);
    }

    /// <summary>A resource, with all that is in it, has become part of the model.</summary>
    public void NameAll(PolicyResource resource)
    {
        if (_named is null) return;
        Name(resource, resource.Id);
        if (resource.HistoryName is { } name) Name(resource, name);
        foreach (var child in resource.Children) NameAll(child);
    }

    /// <summary>A resource goes by this name, and may go by others.</summary>
    public void Name(PolicyResource resource, string name)
    {
        if (_named is null || _named.TryAdd(name, resource) || _named[name] is not { } known || known == resource) return;
        var top = resource.Top(includeBundle: true);
        _named[name] = known.Top(includeBundle: true) == top ? top : null;
    }

    /// <summary>The resource of that id, or whose history is kept under it, top resources first to last, each before its children.</summary>
    public PolicyResource? Find(string id)
    {
        bool Wanted(PolicyResource resource) => resource.Id == id || resource.HistoryName == id;

        if (_named is not null)
        {
            if (!_named.TryGetValue(id, out var under)) return null;
            if (under is not null) return Find(under, Wanted);
        }
        foreach (var resource in Resources)
            if (Find(resource, Wanted) is { } found) return found;
        return null;
    }

    /// <summary>All resources of that id or that name in a history, in the same order.</summary>
    public List<PolicyResource> FindAll(string id)
    {
        var found = new List<PolicyResource>();
        PolicyResource? under = null;
        if (_named is not null && !_named.TryGetValue(id, out under)) return found;
        if (under is not null) Collect(under);
        else
            foreach (var resource in Resources) Collect(resource);
        return found;

        void Collect(PolicyResource resource)
        {
            if (resource.Id == id || resource.HistoryName == id) found.Add(resource);
            foreach (var child in resource.Children) Collect(child);
        }
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
