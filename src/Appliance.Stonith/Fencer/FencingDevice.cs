using System.Collections.Immutable;

namespace Appliance.Stonith.Fencer;

/// <summary>How it is found out which nodes a device can fence (<c>pcmk_host_check</c>).</summary>
public enum HostCheck
{
    /// <summary>Those of its host list or map.</summary>
    StaticList,
    /// <summary>Those that its <c>list</c> names; asked at most every 60 s.</summary>
    DynamicList,
    /// <summary>Those whose state it can read.</summary>
    Status,
    /// <summary>Any: the administrator said so by name. Never chosen for a device whose agent says nothing of itself.</summary>
    None,
}

/// <summary>What the device's agent can do, from its metadata.</summary>
public sealed record DeviceAbilities(bool Reboot, bool On, bool List, bool Status)
{
    /// <summary><c>on</c> is run for every node that joins (fabric devices).</summary>
    public bool UnfencesAutomatically { get; init; }

    /// <summary>That <c>on</c> must run on the node itself.</summary>
    public bool UnfencesOnTarget { get; init; }
}

/// <summary>How long to wait before off and reboot, so that of two nodes that shoot at each other one is late.</summary>
/// <param name="Base">For every target that <paramref name="BaseByTarget"/> does not name.</param>
/// <param name="Max">The wait is the base and a random part, together at most this.</param>
public sealed record DelayRule(TimeSpan Base, ImmutableSortedDictionary<string, TimeSpan> BaseByTarget, TimeSpan Max)
{
    public static readonly DelayRule None = new(TimeSpan.Zero, ImmutableSortedDictionary<string, TimeSpan>.Empty, TimeSpan.Zero);

    public TimeSpan BaseFor(string target)
    {
        var own = BaseByTarget.GetValueOrDefault(target, Base);
        return Max > TimeSpan.Zero && own > Max ? Max : own;
    }

    public TimeSpan LongestFor(string target) => Max > TimeSpan.Zero ? Max : BaseFor(target);
}

/// <summary>A fencing device as one node uses it: an agent with parameters, and the rules for its use (the <c>pcmk_*</c> parameters).</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Agent">A native type's name or an agent's.</param>
public sealed record FencingDevice(string Id, string Agent, DeviceAbilities Abilities)
{
    public HostCheck Check { get; init; } = HostCheck.StaticList;

    /// <summary>Nodes it can fence.</summary>
    public ImmutableSortedSet<string> Hosts { get; init; } = ImmutableSortedSet<string>.Empty;

    /// <summary>Node to outlets; a node that is not in it is its own outlet's name.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Map { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
    public DelayRule Delay { get; init; } = DelayRule.None;

    /// <summary>Actions at a time; 0: no limit.</summary>
    public int ActionLimit { get; init; } = 1;

    /// <summary>Another action to send instead (<c>pcmk_reboot_action=off</c>).</summary>
    public ImmutableSortedDictionary<FenceAction, FenceAction> Instead { get; init; } = ImmutableSortedDictionary<FenceAction, FenceAction>.Empty;
    public ImmutableSortedDictionary<FenceAction, TimeSpan> Timeouts { get; init; } = ImmutableSortedDictionary<FenceAction, TimeSpan>.Empty;

    /// <summary>How often an action is tried in all.</summary>
    public ImmutableSortedDictionary<FenceAction, int> Tries { get; init; } = ImmutableSortedDictionary<FenceAction, int>.Empty;

    /// <summary>It may be used from this node; a banned or disabled one may not.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Pacemaker's default: two tries in all.</summary>
    public int TriesOf(FenceAction action) => Tries.GetValueOrDefault(action, 2);

    public ImmutableArray<string> PlugsOf(string node) => Map.GetValueOrDefault(node, [node]);

    /// <summary>The action the agent is really given: a device that knows no reboot is told to switch off.</summary>
    public FenceAction Effective(FenceAction action)
    {
        action = Instead.GetValueOrDefault(action, action);
        return action == FenceAction.Reboot && !Abilities.Reboot ? FenceAction.Off : action;
    }

    /// <summary>What this action may take here: its own timeout or the request's, and the longest delay.</summary>
    public TimeSpan TimeFor(FenceAction action, string target, TimeSpan asked) =>
        Timeouts.GetValueOrDefault(Effective(action), asked) + (action is FenceAction.Off or FenceAction.Reboot ? Delay.LongestFor(target) : TimeSpan.Zero);
}
