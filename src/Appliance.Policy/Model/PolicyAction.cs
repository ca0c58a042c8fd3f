using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>What is true of an action.</summary>
[Flags]
public enum ActionFlags
{
    None = 0,
    Optional = 1 << 0,
    Runnable = 1 << 1,
    Pseudo = 1 << 2,
    Migratable = 1 << 3,
    AlwaysInGraph = 1 << 4,
    Reschedule = 1 << 5,
    OnDc = 1 << 6,
    MigrationAbort = 1 << 7,
    NeedsMinimum = 1 << 8,
    DetectLoop = 1 << 9,
    InputsMerged = 1 << 10,
    /// <summary>It stands in the graph.</summary>
    InGraph = 1 << 11,
    Drawn = 1 << 12,
    ParametersRead = 1 << 13,
    PriorityDelay = 1 << 14,
}

/// <summary>One thing to be done, or not: its key says what, its node where.</summary>
public sealed class PolicyAction(int id, string key, string task, PolicyResource? resource, PolicyNode? node)
{
    public int Id { get; } = id;
    public string Key { get; } = key;
    public string Task { get; set { field = value; Change(); } } = task;
    public PolicyResource? Resource { get; } = resource;
    public PolicyNode? Node { get; set { field = value; Change(); } } = node;
    public ActionFlags Flags
    {
        get;
        set
        {
            if (field == value) return;
            field = value;
            Change();
        }
    } = ActionFlags.Runnable;
    public CibElement? Definition { get; set; }
    public Dictionary<string, string> Meta { get; } = new(StringComparer.Ordinal);
    /// <summary>Parameters of the operation itself.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);
    public Needs Needs { get; set; } = Needs.Nothing;
    public OnFail OnFail { get; set; } = OnFail.Ignore;
    public Role FailRole { get; set; }
    public string? Reason { get; set; }
    public string? CancelTask { get; set; }
    public int Priority { get; set; }
    /// <summary>How many of those before must be runnable, and how many are.</summary>
    public int RequiredBefore { get; set; }
    public int RunnableBefore { get; set; }
    /// <summary>Actions before this one and after it, in order of creation.</summary>
    public List<Relation> Before { get; } = [];
    public List<Relation> After { get; } = [];
    /// <summary>A bit for each few of the actions after this one: where it is not set, none of those is after it. There may be thousands, and each is asked for before it is added.</summary>
    private ulong[]? _after;

    /// <summary>Adds what comes after this one, to both.</summary>
    public void Add(Relation relation)
    {
        After.Add(relation);
        relation.Then.Before.Add(relation);
        if (_after is not null && After.Count <= _after.Length * 8) Note(relation.Then.Id);
        else if (After.Count > 16)
        {
            _after = new ulong[_after is null ? 4 : _after.Length * 2];
            foreach (var known in After) Note(known.Then.Id);
        }
    }

    private void Note(int id) => _after![Slot(id) >> 6] |= 1UL << Slot(id);

    private int Slot(int id) => (int)((uint)id * 2654435769u >> 7) & (_after!.Length * 64 - 1);

    /// <summary>Whether there can be a relation of the two; never no where there is one.</summary>
    public bool MayBeBefore(PolicyAction then) => _after is null || (_after[Slot(then.Id) >> 6] & 1UL << Slot(then.Id)) != 0;

    /// <summary>For a stamped walk over the actions.</summary>
    public int Visited { get; set; }

    /// <summary>Tells the group this is in.</summary>
    public void Change() => (Resource?.Parent as Group)?.Change(Task);

    public bool Is(ActionFlags flags) => (Flags & flags) == flags;
    public bool IsAny(ActionFlags flags) => (Flags & flags) != 0;
    public void Set(ActionFlags flags) => Flags |= flags;
    public void Clear(ActionFlags flags) => Flags &= ~flags;

    public bool Optional => Is(ActionFlags.Optional);
    public bool Runnable => Is(ActionFlags.Runnable);
    public bool Pseudo => Is(ActionFlags.Pseudo);

    public long IntervalMs => Meta.TryGetValue("interval", out var text) ? Texts.Integer(text) ?? 0 : 0;
    public bool IsRecurring => Meta.ContainsKey("interval");

    public void SetReason(string? reason, bool overwrite)
    {
        if (overwrite || Reason is null) Reason = reason;
    }

    public override string ToString() => $"{Id} {Key} {Node?.Name}";
}

/// <summary>One action before another. What was asked stays; what still holds may shrink while orderings are applied.</summary>
public sealed class Relation(PolicyAction first, PolicyAction then, OrderFlags flags, Configured? by = null)
{
    public PolicyAction First { get; } = first;
    public PolicyAction Then { get; } = then;
    // There may be a million of them: what was asked and what became of it share a word.
    private const int StateShift = 24;
    private int _asked = (int)flags;

    public OrderFlags Asked => (OrderFlags)(_asked & (1 << StateShift) - 1);
    public OrderFlags Flags { get; set; } = flags;
    public RelationState State { get => (RelationState)(_asked >> StateShift); set => _asked = (int)Asked | (int)value << StateShift; }
    /// <summary>The constraint it comes from; null when it would be there without any.</summary>
    public Configured? By { get; set; } = by;
}

/// <summary>What became of a relation when the graph was made.</summary>
public enum RelationState { Undecided, Taken, Duplicate }

/// <summary>What one action being before another means.</summary>
[Flags]
public enum OrderFlags
{
    None = 0,
    Ordered = 1 << 0,
    FirstImpliesThen = 1 << 1,
    ThenImpliesFirst = 1 << 2,
    UnrunnableFirstBlocks = 1 << 3,
    PromotedThenImpliesFirst = 1 << 4,
    UnmigratableThenBlocks = 1 << 5,
    FirstElseThen = 1 << 6,
    FirstImpliesSameNodeThen = 1 << 7,
    IntermediateStop = 1 << 8,
    NestedRemoteProbe = 1 << 9,
    MinRunnable = 1 << 10,
    Asymmetric = 1 << 11,
    Serialize = 1 << 12,
    IfOnSameNode = 1 << 13,
    IfOnSameNodeOrTarget = 1 << 14,
    IfRequiredOnSameNode = 1 << 15,
    IfFirstUnmigratable = 1 << 16,
    FirstImpliesThenGraphed = 1 << 17,
    ThenImpliesFirstGraphed = 1 << 18,
    GuestAllowed = 1 << 19,
    ThenCancelsFirst = 1 << 20,
}
