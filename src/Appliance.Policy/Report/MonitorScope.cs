using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>What <c>crm_mon</c> can show.</summary>
[Flags]
public enum MonitorSections
{
    None = 0,
    Stack = 1 << 0,
    Dc = 1 << 1,
    Times = 1 << 2,
    Counts = 1 << 3,
    Options = 1 << 4,
    Nodes = 1 << 5,
    Resources = 1 << 6,
    Attributes = 1 << 7,
    FailCounts = 1 << 8,
    Operations = 1 << 9,
    Failures = 1 << 10,
    FencingFailed = 1 << 11,
    FencingSucceeded = 1 << 12,
    FencingPending = 1 << 13,
    Tickets = 1 << 14,
    Bans = 1 << 15,
    MaintenanceMode = 1 << 16,
    Summary = Stack | Dc | Times | Counts | MaintenanceMode,
    Fencing = FencingFailed | FencingSucceeded | FencingPending,
    All = (1 << 17) - 1,
}

/// <summary>What came of ordering a node fenced.</summary>
public enum FencingState { Pending, Failed, Done }

/// <summary>A node that was fenced, or was to be.</summary>
/// <param name="Completed">Milliseconds since 1970; <c>null</c> while it is going on.</param>
public sealed record FencingEvent(string Action, string Target, string Client, string Origin, string? Delegate, FencingState State, string? Reason, long? Completed);

/// <summary>How many instances of resources there are, how many are disabled and how many blocked.</summary>
public sealed record ResourceCounts(int All, int Disabled, int Blocked);

/// <summary>What <c>crm_mon</c> is to show, and what it needs to know besides the CIB.</summary>
public sealed record MonitorScope
{
    public MonitorSections Sections { get; init; }
    public required StatusScope Status { get; init; }

    /// <summary>As they were before constraints were read, which block resources of lost tickets.</summary>
    public required ResourceCounts Counts { get; init; }

    /// <summary>Bans whose ids begin so.</summary>
    public string BanPrefix { get; init; } = "";

    /// <summary>The instants as this machine's clock shows them, as ctime(3) has it.</summary>
    public required Func<long, string> Date { get; init; }

    /// <summary>The order in which Pacemaker's tables give their keys.</summary>
    public required Func<IEnumerable<string>, List<string>> Order { get; init; }

    /// <summary>The newest first; <c>null</c>: nobody could be asked.</summary>
    public IReadOnlyList<FencingEvent>? History { get; init; }

    /// <summary>When the cluster's daemon on this node was seen running, as text; <c>null</c>: a CIB in a file has none.</summary>
    public string? DaemonSeen { get; init; }

    /// <summary>Fencing of every state is shown: an event is told as one of all, and not as the last of its kind.</summary>
    public bool FullHistory { get; init; }

    public bool Shows(MonitorSections any) => (Sections & any) != 0;

    /// <summary>Nodes of a name, or of a tag.</summary>
    public static List<string> NodesNamed(Scheduling model, string name)
    {
        if (model.FindNode(name) is { } node) return [node.Name];
        return model.Tags.TryGetValue(name, out var tagged) ? tagged.FindAll(id => model.FindNodeById(id) is not null).ConvertAll(id => model.FindNodeById(id)!.Name) : [];
    }

    /// <summary>Resources of a name, or of a tag. A name with a number means that instance only.</summary>
    public static List<string> ResourcesNamed(Scheduling model, string name)
    {
        if (ResourceReport.Find(model, name, any: true) is { } resource) return [name.Contains(':', StringComparison.Ordinal) ? resource.Id : StatusReport.Name(resource)];
        return model.Tags.TryGetValue(name, out var tagged) ? tagged.FindAll(id => model.Find(id) is not null) : [];
    }
}
