using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>Three and more nodes of ours: who starts a group, and with whose consent (docs/decisions/0006). Standby, takeover and failback are the same few rules.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A group is free when no live node says it holds it. Its candidate is its preferred node, else the first by ha.cf that is able and does not refuse it.</item>
/// <item>The candidate claims it (<c>xk</c>), and starts it when every live node has granted that very claim (<c>xa</c>) and every dead one has given up, was
/// fenced, or cannot be fenced for want of a device.</item>
/// <item>A node grants what it does not hold. Of two that claim the same group the better candidate goes on; the other withdraws, and then grants.</item>
/// <item>A node that gives a group up stops it and refuses it (<c>xr</c>) until another has it: the rest follows from the above.</item>
/// </list>
/// Two nodes that hear each other never both start a group: each grant is given while its giver neither holds the group nor goes on claiming it, so each
/// of two claims would have to be made after the other's grant, which answers a claim made before.
/// </remarks>
public sealed partial class ResourceManager
{
    /// <summary>How long a free group waits for a preferred node that is up but not ready yet; as long as 3.0.6's settling time.</summary>
    private static readonly TimeSpan PreferredTime = TimeSpan.FromSeconds(10);

    /// <summary>The next in order fences when the one before it has not within this time: a device's time and its retry.</summary>
    private static readonly TimeSpan FenceTurn = TimeSpan.FromSeconds(15);

    /// <summary>A refusal that nobody profits from ends.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromSeconds(60);

    private readonly SortedDictionary<string, long> _claims = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Refusal> _refused = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _granted = new(StringComparer.Ordinal);
    private long _lastClaim;
    private string _told = "";
    private bool _gone;

    /// <param name="For">Ends when this node holds the group; <c>null</c>: when anybody else does.</param>
    private readonly record struct Refusal(string? For, Instant Until);

    private bool Several => _peers.Count > 1 && !Legacy && Extends;

    private Instant SeveralDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var refusal in _refused.Values) next = Instant.Min(next, refusal.Until);
            if (_phase != Phase.Stable || _shutdownWanted || _restart) return next;
            foreach (var group in _groups.Values)
                if (!group.PatienceIsOver) next = Instant.Min(next, group.PatientUntil);
            return next;
        }
    }

    /// <summary>After every input: answers claims, makes and withdraws our own, starts what was granted, gives back, and tells what changed.</summary>
    private void Place(Instant now)
    {
        if (_phase == Phase.Probing || _gone) return;       // what runs here is not known yet, or nothing any more
        EndRefusals(now);
        AnswerClaims();
        if (_phase == Phase.Stable && !_shutdownWanted && !_restart)
        {
            foreach (var key in _order) Claim(_groups[key], now);
            StartGranted(now);
            GiveBack(now);
        }
        else _claims.Clear();
        if (_phase != Phase.Init || _peers.Exists(p => p.Reported)) TellChanges(now);
    }

    // Whose turn it is.

    private static bool IsAble(Peer peer, string key) => peer is { Status: NodeStatus.Active, Reported: true, Stable: true, GaveUp: false } && !peer.Refuses.Contains(key);

    private bool IsAble(Group group) => group.State is not (GroupState.Failed or GroupState.Blocked) && !group.Removed && !_refused.ContainsKey(group.Key) && !LeavesToOthers(group);

    private bool IsCandidate(Group group, Instant now)
    {
        if (!IsAble(group)) return false;
        if (group.Spec.Node == _me) return true;
        var preferred = PeerNamed(group.Spec.Node);
        if (preferred is not null && IsAble(preferred, group.Key))
        {
            group.StopsWaiting();
            return false;
        }
        if (WaitsFor(preferred, group, now)) return false;
        var mine = _cf.Nodes.IndexOf(_me);
        return _peers.TrueForAll(p => p.Order > mine || !IsAble(p, group.Key));
    }

    /// <summary>The preferred node is up and will be ready soon: it gets some time.</summary>
    private static bool WaitsFor(Peer? preferred, Group group, Instant now)
    {
        if (group.PatienceIsOver || preferred is not { Alive: true, GaveUp: false } || preferred.Refuses.Contains(group.Key)) return false;
        group.PatientUntil = Instant.Min(group.PatientUntil, now + PreferredTime);
        if (group.PatientUntil > now) return true;
        group.PatienceIsOver = true;
        return false;
    }

    /// <summary>Of two claims the better one: the preferred node's, else the earlier in ha.cf. Every node computes the same.</summary>
    private bool PrecedesUs(Peer peer, Group group) => group.Spec.Node == peer.Name || group.Spec.Node != _me && peer.Order < _cf.Nodes.IndexOf(_me);

    // Claims and grants.

    private void Claim(Group group, Instant now)
    {
        var isFree = group is { State: GroupState.Stopped, Step: Haresources.Step.Idle } && !HeldByPeer(group) && !_peers.Exists(p => p.Claims.ContainsKey(group.Key) && PrecedesUs(p, group));
        if (!isFree || !IsAble(group))
        {
            _claims.Remove(group.Key);
            group.StopsWaiting();
        }
        else if (!_claims.ContainsKey(group.Key) && IsCandidate(group, now)) _claims[group.Key] = _lastClaim = Math.Max(now.Ticks, _lastClaim + 1);
    }

    private void AnswerClaims()
    {
        _granted.Clear();
        foreach (var peer in _peers)
            foreach (var (key, claim) in peer.Claims)
            {
                if (_groups.TryGetValue(key, out var group))
                {
                    if (group.State is not (GroupState.Stopped or GroupState.Failed) || group.Kept || group.Step != Haresources.Step.Idle) continue;
                    if (_claims.ContainsKey(key) && !PrecedesUs(peer, group)) continue;
                    _claims.Remove(key);
                }
                _granted[$"{peer.Name}/{key}"] = $"{peer.Name}/{key}@{claim}";
            }
    }

    private void StartGranted(Instant now)
    {
        if (_claims.Count == 0 || AwaitsFencing) return;
        var granted = _order.Where(k => _claims.TryGetValue(k, out var claim) && _peers.TrueForAll(p => Consents(p, _groups[k], claim))).Select(k => _groups[k]).ToList();
        if (granted.Count == 0) return;
        foreach (var group in granted)
        {
            _claims.Remove(group.Key);
            group.StopsWaiting();
            group.GoesBack = group.Spec.Node != _me && !(PeerNamed(group.Spec.Node) is { Alive: true } preferred && preferred.Refuses.Contains(group.Key));
        }
        Log(LogPriority.Info, $"Resources being acquired: {string.Join(", ", granted.Select(g => g.Key))}; nobody holds them, and all agree.");
        Start(granted, ActivityKind.AcquireOwn, _me, "nobody held it, and its turn was ours", now);
    }

    private bool Consents(Peer peer, Group group, long claim)
    {
        if (peer.GaveUp) return true;
        if (!peer.Alive) return peer.Status == NodeStatus.Dead;       // fenced where there is a device (AwaitsFencing); one that was never heard nor declared dead is unknown
        if (!peer.Reported || HeldByPeer(group)) return false;
        return !peer.Ours || peer.Grants.TryGetValue(group.Key, out var granted) && granted == claim;
    }

    // Giving up: hb_standby, hb_takeover, failback.

    /// <summary>hb_standby and ipfail: what we hold of it goes to whoever is next.</summary>
    private void GiveUp(Holding what, Instant now)
    {
        if (_phase != Phase.Stable)
        {
            Log(LogPriority.Warn, $"standby message [me] from {_me} ignored.  local resources in flux.");
            return;
        }
        Log(LogPriority.Info, $"{_me} wants to go standby [{what.Word()}]");
        HandOver(Of(what), null, now);
    }

    /// <summary>hb_takeover at a peer: what it wants goes to it.</summary>
    private void GiveTo(Peer peer, string? what, Instant now)
    {
        if (_phase != Phase.Stable) return;
        Log(LogPriority.Info, $"{peer.Name} wants to take over [{what}]");
        HandOver(_order.Select(k => _groups[k]).Where(g => what == "all" || what == "foreign" == (g.Spec.Node != peer.Name)), peer, now);
    }

    private void HandOver(IEnumerable<Group> groups, Peer? to, Instant now)
    {
        var leaving = new List<Group>();
        foreach (var group in groups.ToList())
        {
            if (to is null ? !_peers.Exists(p => IsAble(p, group.Key)) : !IsAble(to, group.Key))
            {
                if (group.Held) Log(LogPriority.Warn, $"Group {group.Key} stays: {(to is null ? "no other node is" : to.Name + " is not")} able to take it.");
                continue;
            }
            _refused[group.Key] = new(to?.Name, now + RefusalTime);
            if (group.Kept) _runner.Stop(group, "it failed here and is handed over", now);
            if (group is { State: GroupState.Running, Step: Haresources.Step.Idle }) leaving.Add(group);
        }
        if (leaving.Count > 0) Stop(leaving, ActivityKind.HandOver, to?.Name ?? _me, to is null ? $"{_me} went standby" : $"{to.Name} asked for it", now);
    }

    private void EndRefusals(Instant now)
    {
        if (_refused.Count == 0) return;
        foreach (var key in _refused.Keys.ToList())
        {
            var refusal = _refused[key];
            var taken = _peers.Exists(p => p.Alive && p.Groups.ContainsKey(key) && (refusal.For is null || refusal.For == p.Name));
            if (taken || refusal.Until <= now || !_groups.TryGetValue(key, out var group) || !group.Held && !_peers.Exists(p => IsAble(p, key))) _refused.Remove(key);
        }
    }

    /// <summary>auto_failback: what was taken in the absence of its preferred node goes back when that is able again and nothing is in motion anywhere.</summary>
    private void GiveBack(Instant now)
    {
        if (_cf.AutoFailback != AutoFailback.On || InTransition || _claims.Count > 0 || AwaitsFencing || !_groups.Values.Any(g => g.GoesBack && g.State == GroupState.Running)) return;
        if (!_peers.TrueForAll(p => p.GaveUp || p.Status == NodeStatus.Dead || p is { Status: NodeStatus.Active, Reported: true, Stable: true } && p.Claims.IsEmpty)) return;
        var back = _order.Select(k => _groups[k]).Where(g => g is { GoesBack: true, State: GroupState.Running } && PeerNamed(g.Spec.Node) is { } home && IsAble(home, g.Key) && !home.Groups.ContainsKey(g.Key)).ToList();
        if (back.Count == 0) return;
        Log(LogPriority.Info, $"Failback: {string.Join(", ", back.Select(g => g.Key))} to the preferred node.");
        Stop(back, ActivityKind.HandOver, _me, "its preferred node is back", now);
    }

    // What is told.

    private string Claimed => string.Join(' ', _claims.Keys.ToList().ConvertAll(k => $"{k}@{_claims[k]}"));

    private string Refused => string.Join(' ', _order.Where(k => !IsAble(_groups[k])));

    private string FencedDead => string.Join(' ', _peers.Where(p => p is { Status: NodeStatus.Dead, Fenced: true }).Select(p => $"{p.Name}@{p.Newest.Generation}"));

    private void TellChanges(Instant now)
    {
        if (State() != _told) SendReport(null, now);
        if (_claims.Count > 0) _reportAgainAt = Instant.Min(_reportAgainAt, now + TellAgain);
    }

    private string State() => $"{_phase}|{string.Join(' ', _order.Where(k => _groups[k].Held))}|{Claimed}|{string.Join(' ', _granted.Values)}|{Refused}|{FencedDead}";

    /// <summary>Says in 3.0.6's words of sides what is true of the groups.</summary>
    private void CountSides() => _mine = (Own.Any(g => g.Held) ? Holding.Local : Holding.None) | (Foreign.Any(g => g.Held) ? Holding.Foreign : Holding.None);

    /// <summary>What a peer's full report says beyond what it holds.</summary>
    private void ReadPlacement(Peer peer, Message message, Instant now)
    {
        peer.Claims = Peer.ReadNumbers(message["xk"]);
        peer.Grants = Peer.ReadNumbers(message["xa"], _me + "/");
        peer.Refuses = [.. (message["xr"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        peer.HasFenced = Peer.ReadNumbers(message["xf"]);
        foreach (var other in _peers) NoteFencedBy(other, now);
    }

    // Dead nodes.

    /// <summary>
    /// One survivor fences at once: the first by ha.cf that is active. The next ones only if that does not become true. Whoever had it confirmed says so in its reports,
    /// with the life of the dead node that it ended: of a later life it proves nothing.
    /// </summary>
    private void FenceInTurn(Peer dead, Instant now)
    {
        if (NoteFencedBy(dead, now)) return;
        var mine = _cf.Nodes.IndexOf(_me);
        var before = _peers.Count(p => p != dead && p.Status == NodeStatus.Active && p.Order < mine);
        if (before == 0) Fence(dead, now);
        else dead.FenceAgainAt = now + before * FenceTurn;
    }

    private bool NoteFencedBy(Peer dead, Instant now)
    {
        if (dead is not { Status: NodeStatus.Dead, Fenced: false, GaveUp: false } || dead.FencingIsStale && dead.Fencing != 0) return false;
        var by = _peers.Find(p => p != dead && p is { Alive: true, Ours: true } && p.HasFenced.TryGetValue(dead.Name, out var life) && life >= dead.Newest.Generation);
        if (by is null) return false;
        Log(LogPriority.Info, $"{by.Name} has reset node {dead.Name}.");
        (dead.Fenced, dead.FenceAgainAt) = (true, Instant.Never);
        Forget(dead, now);
        return true;
    }

    /// <summary>Nothing of what it held is there any more, or nobody can tell: its groups are free.</summary>
    private void Forget(Peer dead, Instant now)
    {
        (dead.Holding, dead.Groups, dead.Reported) = (Holding.None, dead.Groups.Clear(), false);
        if (_phase is not (Phase.Starting or Phase.BothStarting or Phase.ReportsReceived)) return;
        _phase = Phase.ReportsReceived;
        if (_settleAt == Instant.Never) _settleAt = now + SettleTime;
        if (_peers.TrueForAll(p => !p.Alive)) Settle("local resource transition completed.", now);
    }
}
