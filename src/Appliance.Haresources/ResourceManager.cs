using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Haresources.Ipfail;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>How far the first acquisition has come; the names of 3.0.6 are INIT, STARTING, BOTHSTARTING, RSCRCVD, STABLE, SHUTDOWN.</summary>
internal enum Phase
{
    /// <summary>Asking every group whether it runs: nothing is said and nothing started before that.</summary>
    Probing,
    Init,
    Starting,
    BothStarting,
    ReportsReceived,
    Stable,
    Shutdown,
}

/// <summary>The v1 resource manager: decides which node runs which groups of haresources, in messages that heartbeat 3.0.6 understands.</summary>
/// <remarks>
/// Parts: this file composes and dispatches; <c>.Acquisition</c> reports and first acquires, <c>.Standby</c> moves groups by agreement, <c>.Takeover</c> answers
/// death and fencing, <c>.Shutdown</c> leaves, <c>.Merge</c> ends double ownership, <c>.Monitoring</c> watches what runs, <c>.Addresses</c> what it leaves behind in the neighbours' tables, <c>.Several</c> is all of that for three and more nodes,
/// <c>.Legacy</c> is auto_failback legacy, <c>.Reporting</c> explains.
/// Rules: reference of 3.0.6, sections 9 to 14, and docs/decisions.
/// </remarks>
public sealed partial class ResourceManager : IResourceManager, IGroupRunnerClient
{
    private readonly ResourceManagerOptions _options;
    private readonly HaCf _cf;
    private readonly string _me;
    private readonly GroupRunner _runner;
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<Peer> _peers = [];
    private readonly List<Activity> _activities = [];
    private readonly IpfailCore? _ipfail;
    private List<ResourceManagerEffect> _effects = [];
    private Phase _phase = Phase.Probing;
    private Holding _mine;
    private Instant _settleAt = Instant.Never, _failbackAt = Instant.Never, _reportAgainAt = Instant.Never;
    private bool _communicationUp, _failbackWanted, _restart, _changed, _begun;
    private int _fencing;

    /// <summary>Our own groups are to be acquired when no dead node waits for its fencing any more.</summary>
    private bool _ownAwaitFencing;

    /// <summary>A manager at its birth; its first step asks every group whether it runs.</summary>
    public ResourceManager(ResourceManagerOptions options)
    {
        (_options, _cf, _me) = (options, options.HaCf, options.HaCf.LocalNode);
        _runner = new GroupRunner(this);
        for (var i = 0; i < _cf.Nodes.Length; i++)
            if (_cf.Nodes[i] != _me) _peers.Add(new Peer(_cf.Nodes[i], i));
        _monitorOff = options.Monitor?.Off == true;
        AddGroups(options.Groups);
        if (_cf.Clients.Any(IpfailCore.Is)) _ipfail = new IpfailCore(_cf, [.. _cf.PingNodes]);
    }

    private bool Legacy => _cf.AutoFailback == AutoFailback.Legacy;

    /// <inheritdoc/>
    public Instant NextDeadline
    {
        get
        {
            if (!_begun) return _options.Start;
            var next = Instant.Min(Instant.Min(_settleAt, _failbackAt), Instant.Min(Instant.Min(_standbyDeadline, _reportAgainAt), _adoptAt));
            if (Several) next = Instant.Min(next, SeveralDeadline);
            if (_ipfail is not null) next = Instant.Min(next, _ipfail.NextDeadline);
            next = Instant.Min(next, MonitorDeadline);
            foreach (var group in _groups.Values) next = Instant.Min(next, Instant.Min(group.RetryAt, group.OfferAt));
            foreach (var peer in _peers) next = Instant.Min(next, Instant.Min(peer.FenceAgainAt, peer.GivesUpBy));
            return next;
        }
    }

    /// <inheritdoc/>
    public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
    {
        _effects = effects;
        if (!_begun) Begin(now);
        switch (input)
        {
            case ResourceManagerInput.Cluster cluster: Happened(cluster.Event, now); break;
            case ResourceManagerInput.OperationEnded ended: _runner.Ended(ended.OperationId, ended.Result, now); break;
            case ResourceManagerInput.FencingEnded fenced: FencingEnded(fenced, now); break;
            case ResourceManagerInput.GroupsRead read: GroupsRead(read.Groups, now); break;
            case ResourceManagerInput.Inject inject: Inject(inject.Message, now); break;
            case ResourceManagerInput.ShutdownRequested: ShutdownRequested(now); break;
            case ResourceManagerInput.RestartRequested: RestartRequested(now); break;
            case ResourceManagerInput.Cleanup cleanup: Cleanup(cleanup.GroupKey, now); break;
            case ResourceManagerInput.ResourceLost lost: ResourceLost(lost.GroupKey, lost.Resource, lost.Reason, now); break;
            case ResourceManagerInput.SwitchMonitor change: SwitchMonitor(change.On, change.GroupKey, now); break;
        }
        if (Monitoring is not null) foreach (var group in _groups.Values) group.IsSpent = group.Monitor.IsSpent(now);
        Tick(now);
        if (Several) Place(now);
        else
        {
            if (_ownAwaitFencing && _phase == Phase.Stable && !AwaitsFencing && !AwaitsWord) AcquireOwn(now);
            Adopt(now);
        }
        Watch(now);
        if (_changed) Remember();
    }

    private void Begin(Instant now)
    {
        _begun = true;
        if (_groups.Count == 0) Probed(now);
        foreach (var key in _order) _runner.Probe(_groups[key], now);
    }

    private void Tick(Instant now)
    {
        foreach (var key in _order)
        {
            var group = _groups[key];
            _runner.Tick(group, now);
            if (group.OfferAt <= now)
            {
                if (HasFailed(group)) OfferFailed(group, now);
                else Offer(group, now);
            }
        }
        if (_settleAt <= now) Settle("local resource transition completed.", now);
        if (_standbyDeadline <= now) StandbyTimedOut(now);
        if (_failbackAt <= now) TryFailback(now);
        foreach (var peer in _peers)
        {
            if (peer.FenceAgainAt <= now) Fence(peer, now);
            if (peer.GivesUpBy <= now) GaveNothingUp(peer, now);
        }
        if (_reportAgainAt <= now)
        {
            _reportAgainAt = Instant.Never;
            SendReport(null, now);
        }
        if (_shutdownWanted && _phase != Phase.Shutdown) ShutdownRequested(now);
        if (_restart) RestartRequested(now);
        if (_ipfail is not null && _ipfail.NextDeadline <= now) foreach (var message in _ipfail.Tick(now, CanFailBack())) Send(message);
    }

    private void Happened(ClusterEvent happened, Instant now)
    {
        switch (happened)
        {
            case ClusterEvent.Received received: Received(received.Node, received.Message, received.FromSelf, now); break;
            case ClusterEvent.NodeStatusChanged changed: StatusChanged(changed, now); break;
            case ClusterEvent.NodeExtensions extensions:
                if (PeerNamed(extensions.Node) is { } known)
                {
                    known.Ours = extensions.Version > 0;
                    SettleEarly(now);
                }
                break;
            case ClusterEvent.NodeRestarted restarted: Restarted(restarted.Node, now); break;
            case ClusterEvent.NodeReturned returned: Returned(returned.Node, now); break;
            case ClusterEvent.CommunicationUp: CommunicationUp(now); break;
            case ClusterEvent.LocalPause pause: Paused(pause.Length, now); break;
            case ClusterEvent.LinkChanged link: LinkChanged(link); break;
        }
    }

    private void StatusChanged(ClusterEvent.NodeStatusChanged changed, Instant now)
    {
        if (changed.Cause is not null && changed.Before != changed.Now) _effects.Add(new ResourceManagerEffect.Hook("status", changed.Cause));
        _ipfail?.PingStatus(changed.Node, changed.Now);
        if (PeerNamed(changed.Node) is not { } peer)
        {
            NoteConnectivity(now);
            return;
        }
        peer.Status = changed.Now;
        if (changed.Cause is not null) peer.Heard(changed.Cause);
        if (changed.Now == NodeStatus.Dead)
        {
            if (changed.Before != NodeStatus.Dead) _effects.Add(new ResourceManagerEffect.Hook("status", Message.Of("status", ("st", "dead"), ("src", peer.Name))));
            Died(peer, now);
            return;
        }
        if (changed.Now is NodeStatus.Up or NodeStatus.Active) peer.EverHeard = true;
        if (changed.Before == NodeStatus.Dead)
        {
            peer.ComesBack();
            (peer.ToTakeOver, peer.FenceAgainAt) = (false, Instant.Never);
            if (changed.Now != NodeStatus.Active) (peer.Holding, peer.Groups, peer.Reported, peer.Stable) = (Holding.None, peer.Groups.Clear(), false, false);
        }
        if (changed.Now == NodeStatus.Active && peer.Stable) PlanFailback(now);      // its report was here before the status that was lost on the way
        NoteConnectivity(now);
    }

    private void Received(string node, Message message, bool fromSelf, Instant now)
    {
        var peer = fromSelf ? null : PeerNamed(node);
        if (!fromSelf && peer is null) return;
        peer?.Heard(message);
        if (peer is { Status: not NodeStatus.Dead }) peer.EverHeard = true;     // its status may be on its way still
        switch (message.Type)
        {
            case "starting" when !Legacy: if (peer is not null) PeerStarting(peer, message, now); break;
            case "resource" when !Legacy: if (peer is not null) PeerReported(peer, message, now); else OwnReport(message, now); break;
            case "ask_resources": AskResources(peer, message, now); break;
            case "hb_takeover": if (peer is not null) TakeoverAsked(peer, message, now); break;
            case "ip-request": if (peer is not null && Legacy) LegacyAsked(peer, message, now); break;
            case "ip-request-resp": if (peer is not null && Legacy) LegacyAnswered(message, now); break;
            case "shutdone": if (peer is not null) PeerShutDone(peer, message, now); break;
            case "x_cleanup": if (peer is { Ours: true }) ForgivenElsewhere(peer, message["ipaddr"]); break;
            case "x_stopfail": if (peer is not null) PeerBlocked(peer, message, now); break;
            case "stonith": if (peer is not null) FencingHeardOf(peer, message, now); break;
            case "addnode" or "delnode": NodesChanged(message); break;
            case "num_ping_nodes" or "you_are_dead" or "abort_giveup":
                if (_ipfail is not null && peer is not null) foreach (var answer in _ipfail.Received(peer.Name, message, CanFailBack(), now)) Send(answer);
                break;
            case "setweight" or "setsite" or "respond-cstatus" or "query-cstatus" or "hbapi-clstat": break;
            default: _effects.Add(new ResourceManagerEffect.Hook(message.Type, message)); break;
        }
    }

    private void NodesChanged(Message message)
    {
        var names = (message["nodelist"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => n.ToLowerInvariant()).ToImmutableArray();
        var add = message.Type == "addnode";
        if (add)
            foreach (var name in names)
                if (name != _me && PeerNamed(name) is null) _peers.Add(new Peer(name, _cf.Nodes.Length + _peers.Count));
        if (!add) _peers.RemoveAll(p => names.Contains(p.Name) && !p.Alive);
        Command(new ClusterCommand.ChangeNodes(add ? names : [], add ? [] : names));
    }

    private void NoteConnectivity(Instant now) => _ipfail?.Changed(now, _peers.Where(p => p.Status == NodeStatus.Active).Select(p => p.Name), Send);

    /// <summary>A dead link to a node that lives: ipfail compares ping nodes with it.</summary>
    private void LinkChanged(ClusterEvent.LinkChanged link)
    {
        if (!link.Up && PeerNamed(link.Node) is { Status: NodeStatus.Active } peer) _ipfail?.Ask(peer.Name, Send);
    }

    private bool CanFailBack() => _cf.AutoFailback == AutoFailback.On && _phase == Phase.Stable && _standby == Standby.None && _mine.HasFlag(Holding.Foreign)
        && _peers.Any(p => p.Status == NodeStatus.Active && p.Stable);

    /// <summary>haresources was edited: 3.0.6's scripts read it at every action, so what is not running follows at once, and what runs keeps its old line until it is given up.</summary>
    private void GroupsRead(ImmutableArray<ResourceGroup> groups, Instant now)
    {
        var keys = groups.Select(g => g.Key).ToHashSet();
        foreach (var group in _groups.Values.ToList())
        {
            if (keys.Contains(group.Key)) continue;
            if (group.Held && !group.Kept || group.Step != Haresources.Step.Idle)
            {
                if (!group.Removed) Log(LogPriority.Warn, $"Group {group.Key} was taken out of haresources while it runs here; it stays until it is given up.");
                group.Removed = true;
            }
            else
            {
                _changed |= group.Kept;
                _groups.Remove(group.Key);
                _order.Remove(group.Key);
            }
        }
        foreach (var spec in groups)
            if (_groups.TryGetValue(spec.Key, out var known))
            {
                known.Removed = false;
                if (known.Step == Haresources.Step.Idle && (!known.Held || known.Kept)) known.Spec = spec;
                else if (known.Spec.Resources.Length == spec.Resources.Length && known.Spec.ToString() == spec.ToString()) known.Spec = spec;
                else Log(LogPriority.Warn, $"The line of group {spec.Key} was changed while it is held here; the change counts from its next start.");
            }
        var fresh = groups.Where(g => !_groups.ContainsKey(g.Key)).ToImmutableArray();
        AddGroups(fresh);
        foreach (var spec in fresh) _runner.Probe(_groups[spec.Key], now);
    }

    private void AddGroups(IEnumerable<ResourceGroup> groups)
    {
        foreach (var spec in groups)
            if (_groups.TryAdd(spec.Key, new Group(spec)))
            {
                _order.Add(spec.Key);
                if (_options.Monitor?.Groups.TryGetValue(spec.Key, out var memory) == true) _groups[spec.Key].Monitor.Restore(memory);
            }
    }

    /// <summary>A message of a command or of the FIFO.</summary>
    private void Inject(Message message, Instant now)
    {
        if (Legacy && message.Type is "ask_resources" or "hb_takeover" && Legacy)
        {
            Log(LogPriority.Error, "Standby mode only implemented when nice_failback on");
            return;
        }
        if (message.Type == "ask_resources" && message["info"] == "me") Offer(message, now);
        else Send(message);
    }

    private void Cleanup(string key, Instant now)
    {
        if (!_groups.TryGetValue(key, out var group)) Log(LogPriority.Error, $"There is no group {key} in haresources.");
        else if (HasFailed(group))
        {
            Forgive(group);
            TellForgiven(key);
            Log(LogPriority.Info, $"Group {key}: cleaned up by the operator; its failures count no longer, and it is tried here at once.");
            TryAgain(group, "it was cleaned up by the operator after a failure", now);
        }
        else if (group.State is not (GroupState.Blocked or GroupState.Failed))
        {
            var had = Forgive(group);
            TellForgiven(key);
            Log(LogPriority.Info, had ? $"Group {key}: cleaned up by the operator; its failures count no longer." : $"Group {key} is neither blocked nor failed; nothing to clean up.");
        }
        else
        {
            Forgive(group);
            TellForgiven(key);
            Log(LogPriority.Info, $"Group {key}: cleaned up by the operator; its resources are asked for their status.");
            group.State = GroupState.Unknown;
            _runner.Probe(group, now);
        }
    }

    // What the runner tells.

    void IGroupRunnerClient.Run(int operation, Group group, ResourceSpec resource, ResourceAction action, Instant now) =>
        _effects.Add(new ResourceManagerEffect.Run(operation, group.Key, resource, action) { TakenFrom = action == ResourceAction.Start ? SilentOwner(group) : null });

    void IGroupRunnerClient.Log(LogPriority priority, string text) => Log(priority, text);

    void IGroupRunnerClient.Changed() => _changed = true;

    void IGroupRunnerClient.Ended(Group group, Instant now)
    {
        if (group.State == GroupState.Running) group.OfferAt = Instant.Never;
        if (group.State == GroupState.Failed && IsWatched(group) && _phase != Phase.Shutdown && !_activities.Exists(a => a.Waiting.Contains(group.Key) && a.GivesUp)) StartFailed(group, now);
        else if (group.State == GroupState.Failed)
        {
            group.OfferAt = now + OfferAfter;
            Log(LogPriority.Error, $"Group {group.Key} failed here; it is offered to the other node in {OfferAfter.TotalSeconds:0} s.");
        }
        Arrived(group.Key, now);
    }

    /// <summary>One group less to wait for.</summary>
    private void Arrived(string key, Instant now)
    {
        foreach (var activity in _activities.ToList())
            if (activity.Waiting.Remove(key)) CompleteIfDone(activity, now);
    }

    private void Begin(Activity activity, Instant now)
    {
        _activities.Add(activity);
        CompleteIfDone(activity, now);
    }

    private void CompleteIfDone(Activity activity, Instant now)
    {
        if (activity.Waiting.Count > 0 || !_activities.Remove(activity)) return;
        switch (activity.Kind)
        {
            case ActivityKind.AcquireOwn: OwnAcquired(now); break;
            case ActivityKind.TakeOver: TakenOver(activity.Subject, now); break;
            case ActivityKind.StandbyGive: StandbyGiven(now); break;
            case ActivityKind.StandbyTake: StandbyTaken(now); break;
            case ActivityKind.Shutdown: GivenUp(now); break;
            case ActivityKind.LegacyGive: LegacyGiven(activity.Subject); break;
            case ActivityKind.Yield: Yielded(now); break;
            case ActivityKind.Tidy: Tidied(now); break;
        }
    }

    private Activity? Underway(ActivityKind kind) => _activities.Find(a => a.Kind == kind);

    // What everybody uses.

    private Peer? PeerNamed(string node) => _peers.Find(p => p.Name == node);

    /// <summary>Groups whose line begins with our name, in haresources' order.</summary>
    private IEnumerable<Group> Own => _order.Select(k => _groups[k]).Where(g => g.Spec.Node == _me);

    private IEnumerable<Group> Foreign => _order.Select(k => _groups[k]).Where(g => g.Spec.Node != _me);

    private IEnumerable<Group> Of(Holding what) =>
        _order.Select(k => _groups[k]).Where(g => what.HasFlag(g.Spec.Node == _me ? Holding.Local : Holding.Foreign));

    private bool AllOurs => _peers.TrueForAll(p => !p.Alive || p.Ours);

    private bool OtherHas(Holding mine) => _peers.Exists(p => p.Alive && p.Holding.Mirrored().HasFlag(mine));

    /// <summary>A node that was silent is back and has not said (nor shown, if it is a 3.0.6) what it holds: it may have taken anything meanwhile.</summary>
    private bool AwaitsWord => _peers.Exists(p => p.Alive && p.EverHeard && !p.Reported && !p.GaveUp);

    private bool InTransition => _standby != Standby.None || _activities.Count > 0 || _runner.Pending > 0;

    /// <param name="told">A report goes out that names the groups, before anything that their completion says.</param>
    private void Start(IEnumerable<Group> groups, ActivityKind kind, string subject, string why, Instant now, bool told = false)
    {
        var all = groups.ToList();
        var activity = new Activity(kind, subject, all.Select(g => g.Key));
        _activities.Add(activity);
        if (told) activity.Waiting.Add("");     // no group's key: it cannot complete before it was told
        foreach (var group in all)
            if (group.State == GroupState.Blocked) activity.Waiting.Remove(group.Key);
            else _runner.Start(group, why, now);
        if (told)
        {
            SendReport(null, now);
            activity.Waiting.Remove("");
        }
        CompleteIfDone(activity, now);
    }

    private void Stop(IEnumerable<Group> groups, ActivityKind kind, string subject, string why, Instant now)
    {
        var all = groups.ToList();
        var activity = new Activity(kind, subject, all.Select(g => g.Key));
        _activities.Add(activity);
        foreach (var group in all) _runner.Stop(group, why, now);     // a blocked one stays in the set: nothing is handed over
        CompleteIfDone(activity, now);
    }

    private void Send(Message message)
    {
        if (message.Type == "ask_resources" && message["info"] == "me") _offersOut++;
        Command(new ClusterCommand.Send(message));
    }

    private void Command(ClusterCommand command) => _effects.Add(new ResourceManagerEffect.Command(command));

    private void Log(LogPriority priority, string text) => _effects.Add(new ResourceManagerEffect.Log(priority, text));

    private void Remember()
    {
        _changed = false;
        var since = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var group in _groups.Values.Where(g => g.Held)) since[group.Key] = _options.WallAtStart + (group.Since - _options.Start);
        _effects.Add(new ResourceManagerEffect.Remember(new(since.ToImmutable())));
    }
}
