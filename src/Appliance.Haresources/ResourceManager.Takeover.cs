using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>Between two attempts to fence a node (3.0.6). It is never given up.</summary>
    private static readonly TimeSpan FenceRetry = TimeSpan.FromSeconds(5);

    private bool CanFence => _cf.Stonith.Any(s => s.Host == "*" || s.Host == _me);

    /// <summary>A node is dead by silence: fence it if we can, then take what it had.</summary>
    private void Died(Peer peer, Instant now)
    {
        (peer.Stable, peer.GivesUpBy) = (false, Instant.Never);
        if (_standby != Standby.None && (_standbyPeer == peer.Name || _standbyPeer.Length == 0)) StandbyBroken(peer);
        if (_phase == Phase.Shutdown) return;
        if (!_communicationUp || _phase == Phase.Probing)
        {
            peer.ToTakeOver = true;     // not before we know what runs here
            return;
        }
        peer.ToTakeOver = false;
        if (peer.GaveUp)
        {
            Log(LogPriority.Info, $"Dead node {peer.Name} gave up resources.");
            Send(Message.Of("stonith", ("node", peer.Name), ("result", "unneeded")));
            if (Several || _phase != Phase.Stable || _mine != Holding.All || Takeable(peer).Any(g => g.State != GroupState.Starting)) TakeOver(peer, now);     // most often its shutdone did that
        }
        else if (peer.Fenced) TakeOver(peer, now);
        else if (CanFence && Several) FenceInTurn(peer, now);
        else if (CanFence) Fence(peer, now);
        else
        {
            Send(Message.Of("stonith", ("node", peer.Name), ("result", "n_stnth")));
            Log(LogPriority.Warn, "No STONITH device configured.");
            Log(LogPriority.Warn, "Shared disks are not protected.");
            TakeOver(peer, now);
        }
    }

    private void StandbyBroken(Peer peer)
    {
        Log(LogPriority.Warn, $"The standby with {peer.Name} is cancelled: it was away.");
        foreach (var activity in _activities.Where(a => a.Kind is ActivityKind.StandbyGive or ActivityKind.StandbyTake).ToList()) _activities.Remove(activity);
        if (!_standbyGiver && _standby == Standby.Done) _mine |= _standbyWhat.Mirrored();
        EndStandby();
    }

    private void Fence(Peer peer, Instant now)
    {
        peer.FenceAgainAt = Instant.Never;
        if (peer.Fencing != 0 || _phase == Phase.Shutdown || peer.Status != NodeStatus.Dead && !PeerIsBlocked(peer)) return;
        (peer.Fencing, peer.FencingIsStale) = (++_fencing, false);
        Log(LogPriority.Warn, $"Resetting node {peer.Name} with STONITH: {(peer.Status == NodeStatus.Dead ? "it is dead and did not give up its resources" : "a stop failed there")}");
        _effects.Add(new ResourceManagerEffect.Fence(peer.Fencing, peer.Name, peer.Status == NodeStatus.Dead ? "dead" : "stop failed"));
    }

    private void FencingEnded(ResourceManagerInput.FencingEnded ended, Instant now)
    {
        if (_peers.Find(p => p.Fencing == ended.FencingId && p.Fencing != 0) is not { } peer) return;
        peer.Fencing = 0;
        if (ended.Result == FencingResult.Confirmed)
        {
            Log(LogPriority.Info, $"node {peer.Name} now reset.");
            if (peer.FencingIsStale)
            {
                // It came back while the device was at work: that reset proves nothing about what it started since.
                if (peer.Status == NodeStatus.Dead) Fence(peer, now);
                return;
            }
            Send(Message.Of("stonith", ("node", peer.Name), ("result", "OK")));
            (peer.Fenced, peer.Holding, peer.Groups) = (true, Holding.None, peer.Groups.Clear());
            _blockedAt.Remove(peer.Name);
            if (peer.Status == NodeStatus.Dead) TakeOver(peer, now);
            return;
        }
        Log(LogPriority.Error, $"STONITH of {peer.Name} failed.  Retrying... ({(ended.Reason.Length > 0 ? ended.Reason : ended.Result.ToString())})");
        Send(Message.Of("stonith", ("node", peer.Name), ("result", ended.Result == FencingResult.BadHost ? "badhost" : "bad")));
        if (peer.Status == NodeStatus.Dead || PeerIsBlocked(peer)) peer.FenceAgainAt = now + FenceRetry;
    }

    /// <summary>Takes what a dead (or parted) node had, and our own if somebody had it.</summary>
    private void TakeOver(Peer peer, Instant now)
    {
        if (peer.GaveUp || peer.Fenced) peer.HeldWhenLost = Holding.None;
        else if (peer.Holding != Holding.None) peer.HeldWhenLost = peer.Holding;
        if (peer.Reported)
        {
            var held = ImmutableHashSet.CreateBuilder<string>();
            foreach (var (key, _) in peer.Groups) held.Add(key);
            peer.HeldBeforeSilence = held.ToImmutable();
        }
        (peer.Holding, peer.Groups, peer.Reported) = (Holding.None, peer.Groups.Clear(), false);
        AnnounceWhatIsOursAlone(peer);
        if (_phase == Phase.Shutdown)
        {
            Log(LogPriority.Warn, "Resource takeover cancelled - shutdown in progress.");
            return;
        }
        if (Several)
        {
            Forget(peer, now);
            return;
        }
        if (!IsHeir(peer)) return;
        Log(LogPriority.Info, $"Resources being acquired from {peer.Name}.");
        _failbackWanted = true;
        var wasSettled = _phase == Phase.Stable;
        if (!Legacy && !wasSettled)
        {
            _phase = Phase.ReportsReceived;
            if (_settleAt == Instant.Never) _settleAt = now + SettleTime;
            if (_peers.TrueForAll(p => !p.Alive))
            {
                // Alone there is nobody to wait for; what is ours by preference is taken below with the rest.
                Log(LogPriority.Info, "local resource transition completed.");
                (_phase, _settleAt) = (Phase.Stable, Instant.Never);
            }
        }
        _mine |= Holding.Local;
        if (!_peers.Exists(p => p.Alive && p.Holding.HasFlag(Holding.Local) && p.Name != peer.Name) || _peers.Count == 1) _mine |= Holding.Foreign;
        Start(Takeable(peer), ActivityKind.TakeOver, peer.Name, $"it was taken over from {peer.Name}, which {(peer.GaveUp ? "gave it up" : peer.Fenced ? "was fenced" : "is dead")}", now);
    }

    /// <summary>What we would start after this node's death or farewell.</summary>
    private IEnumerable<Group> Takeable(Peer peer) => _order.Select(k => _groups[k]).Where(g => !g.Removed && g.State != GroupState.Running && !HeldByPeer(g)
        && (g.Spec.Node == peer.Name || g.Spec.Node == _me || _peers.Count == 1 || PreferredIsGone(g)));

    /// <summary>With more than two nodes exactly one survivor takes a dead node's groups: the first of ha.cf's order that is active. Only ours agree on that.</summary>
    private bool IsHeir(Peer dead)
    {
        if (_peers.Count == 1 || !AllOurs) return true;
        var mine = _cf.Nodes.IndexOf(_me);
        return _peers.TrueForAll(p => p == dead || p.Status != NodeStatus.Active || p.Order > mine);
    }

    private bool PreferredIsGone(Group group) => group.Spec.Node != _me && PeerNamed(group.Spec.Node) is not { Alive: true };

    private void TakenOver(string from, Instant now)
    {
        if (_phase == Phase.Shutdown) return;
        Log(LogPriority.Info, $"mach_down takeover complete for node {from}.");
        Log(LogPriority.Info, "mach_down takeover complete.");
        if (Legacy) return;
        Send(Message.Of("resource", ("rsc_hold", "foreign"), ("info", "mach_down")));
        SendReport("req_our_resources()", now);
    }

    private void Restarted(string node, Instant now)
    {
        if (PeerNamed(node) is not { } peer) return;
        peer.ComesBack();
        (peer.Stable, peer.Reported, peer.HeldWhenLost, peer.GivesUpBy) = (false, false, Holding.None, Instant.Never);
        peer.Ours = false;      // its first status says so again if it is
        _blockedAt.Remove(node);
        if (_standby != Standby.None && _standbyPeer == node) StandbyBroken(peer);
        if (peer.Fencing == 0) peer.FenceAgainAt = Instant.Never;
    }

    // A stop that failed, here or there (docs/decisions/0004).

    private readonly SortedSet<string> _blockedAt = new(StringComparer.Ordinal);

    private bool PeerIsBlocked(Peer peer) => _blockedAt.Contains(peer.Name);

    void IGroupRunnerClient.Blocked(Group group, Instant now)
    {
        _changed = true;
        StandbyFailed(now);
        if (AllOurs && _peers.Exists(p => p.Alive)) Send(Message.Of("x_stopfail", ("ipaddr", group.Key), ("node", _me)));
        else FenceSelf($"group {group.Key} does not stop and no peer can fence us");
    }

    private void PeerBlocked(Peer peer, Message message, Instant now)
    {
        Log(LogPriority.Crit, $"{peer.Name} cannot stop group {message["ipaddr"]}.");
        if (CanFence)
        {
            _blockedAt.Add(peer.Name);
            if (Several) FenceInTurn(peer, now);
            else Fence(peer, now);
        }
        else Send(Message.Of("stonith", ("node", peer.Name), ("result", "n_stnth")));
    }

    /// <summary>
    /// A dead node may run any group, whatever its last report said: it had time to start others since. With a device to fence it nothing is started before
    /// that is confirmed.
    /// </summary>
    private bool AwaitsFencing => CanFence && _peers.Exists(p => p.Status == NodeStatus.Dead && !p.Fenced && !p.GaveUp);

    private void FencingHeardOf(Peer teller, Message message, Instant now)
    {
        if (!Several && teller.Ours && message["result"] == "OK" && PeerNamed(message["node"] ?? "") is { Status: NodeStatus.Dead, Fenced: false, FencingIsStale: false } fenced)
        {
            Log(LogPriority.Info, $"{teller.Name} has reset node {fenced.Name}.");
            (fenced.Fenced, fenced.FenceAgainAt) = (true, Instant.Never);
            TakeOver(fenced, now);
        }
        if (message["node"] == _me && message["result"] == "n_stnth" && _groups.Values.Any(g => g.State == GroupState.Blocked)) FenceSelf("a group does not stop and the peer has no fencing device for us");
    }

    private void FenceSelf(string why)
    {
        if (_cf.Watchdog is null)
        {
            Log(LogPriority.Crit, $"{char.ToUpperInvariant(why[0])}{why[1..]}, and there is no watchdog. Repair the resource, then run: appliance cleanup KEY");
            return;
        }
        Log(LogPriority.Crit, $"{char.ToUpperInvariant(why[0])}{why[1..]}: the watchdog resets this machine.");
        _effects.Add(new ResourceManagerEffect.SelfFence(why));
    }
}
