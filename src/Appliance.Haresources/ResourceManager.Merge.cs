using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>Closer than this, two holding times count as equal.</summary>
    private static readonly TimeSpan SameTime = TimeSpan.FromSeconds(1);

    /// <summary>How often a double ownership is told again until it has ended.</summary>
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(1);

    /// <summary>Longer than a 3.0.6 takes from hearing of a partition to its own restart (2 s, reference section 9) and its next two heartbeats.</summary>
    private static readonly TimeSpan RestartsWithin = TimeSpan.FromSeconds(5);

    /// <summary>A report of a 3.0.6 that ours crossed is followed by another within this time.</summary>
    private static readonly TimeSpan CrossingTime = TimeSpan.FromSeconds(2);

    /// <summary>Beside a 3.0.6, whose reports name sides and not groups, so long nobody must have held a group before we take it.</summary>
    private static readonly TimeSpan OrphanTime = TimeSpan.FromSeconds(5);

    private Instant _adoptAt = Instant.Never;

    /// <summary>We decide as this project does, not as 3.0.6.</summary>
    private bool Extends => _options.Extensions > 0;

    /// <summary>A node we had declared dead speaks: compare what both hold (docs/decisions/0002). A 3.0.6 restarts by itself and says <c>shutdone</c> first.</summary>
    private void Returned(string node, Instant now)
    {
        if (PeerNamed(node) is not { } peer) return;
        peer.ComesBack();
        (peer.Reported, peer.Stable, peer.EverHeard, peer.ToTakeOver) = (false, false, true, false);
        if (peer.Status == NodeStatus.Dead) peer.Status = NodeStatus.Active;
        HoldBack(now);
        // An offer made into the silence: whatever answers it now is about another time, and what both hold is settled first.
        if (_standby != Standby.None && (_standbyPeer == node || _standbyPeer.Length == 0))
        {
            var (withdrawn, what, only) = (_standby == Standby.Me && _standbyGiver, _standbyWhat, _standbyOnly);
            StandbyBroken(peer);
            if (withdrawn && peer.Ours) Send(Asking(what, only, "not"));     // it may have heard it all the same
        }
        if (_phase is Phase.Shutdown or Phase.Probing or Phase.Init || Legacy) return;
        if (!peer.Ours && Extends)
        {
            Log(LogPriority.Info, $"{node} runs 3.0.6: it will give up its resources and restart if it missed us as well; ours stay where they are.");
            peer.Asked = false;
            (peer.Holding, peer.GivesUpBy) = (peer.Holding | peer.HeldWhenLost, now + RestartsWithin);
            foreach (var group in _groups.Values)
                if (group.Held && HeldByPeer(group)) _heldTwice[group.Key] = node;
        }
        SendReport(null, now);
    }

    /// <summary>
    /// A 3.0.6 never gives up what another holds as well, unless it restarts: it missed us and does not, or it took what still ran here while our
    /// daemon was away. What it holds stops here.
    /// </summary>
    private void GaveNothingUp(Peer peer, Instant now)
    {
        if (_phase != Phase.Stable || InTransition)
        {
            peer.GivesUpBy = now + TimeSpan.FromSeconds(1);
            return;
        }
        peer.GivesUpBy = Instant.Never;
        if (!peer.Reported && peer.Holding == Holding.None && !peer.Asked)
        {
            // We never heard what it holds. A 3.0.6 answers this, and nothing else, with its report.
            (peer.Asked, peer.GivesUpBy) = (true, now + CrossingTime);
            Send(Message.Of("starting"));
            SendReport(null, now);
            return;
        }
        if (!peer.Reported) (peer.Stable, peer.Reported) = (true, true);        // it noticed nothing, and has nothing to say
        var twice = _order.Select(k => _groups[k]).Where(g => g.Held && HeldByPeer(g)).ToList();
        if (twice.Count == 0) return;
        Log(LogPriority.Error, $"{peer.Name} runs 3.0.6, holds its {peer.Holding.Word()} resources and does not give them up; what we hold of them stops here.");
        _mine &= ~peer.Holding.Mirrored();
        Stop(twice, ActivityKind.Yield, peer.Name, $"{peer.Name} runs 3.0.6, holds it and does not give it up", now);
    }

    /// <summary>We did not run for longer than our dead time: the peer may have taken everything. Say what we hold and start nothing before it has answered.</summary>
    private void Paused(TimeSpan length, Instant now)
    {
        if (_phase is Phase.Shutdown or Phase.Probing or Phase.Init || Legacy) return;
        foreach (var peer in _peers) (peer.Reported, peer.Stable) = (false, false);
        HoldBack(now);
        SendReport(null, now);
    }

    private bool OwnedTwice => _peers.Exists(p => p.Alive && p.Ours && _groups.Values.Any(g => g.Held && p.Groups.ContainsKey(g.Key)));

    /// <summary>Ends what both nodes hold, on one side chosen by rule from the same two reports.</summary>
    private void EndDoubleOwnership(Peer peer, Instant now)
    {
        if (_phase != Phase.Stable || !peer.Stable || _standby != Standby.None || Underway(ActivityKind.Yield) is not null) return;
        if (!peer.Ours)
        {
            if (_mine.HasFlag(Holding.Local) && peer.Holding.HasFlag(Holding.Foreign)) Log(LogPriority.Error, "Both machines own our resources!");
            if (_mine.HasFlag(Holding.Foreign) && peer.Holding.HasFlag(Holding.Local)) Log(LogPriority.Error, "Both machines own foreign resources!");
            // One that was just heard again may be about to restart: it keeps the time it was given for that.
            if (Extends && peer.GivesUpBy == Instant.Never && _groups.Values.Any(g => g.Held && HeldByPeer(g))) peer.GivesUpBy = now + CrossingTime;
            return;
        }
        var losing = new List<Group>();
        foreach (var key in _order)
        {
            var group = _groups[key];
            if (!group.Held || !peer.Groups.TryGetValue(key, out var theirs)) continue;
            var keep = KeepsIt(group, peer, theirs, now);
            Log(LogPriority.Error, $"Both {_me} and {peer.Name} hold group {key}: {(keep ? _me : peer.Name)} keeps it, having it longer or being preferred; it stops on the other.");
            if (keep) (_reportAgainAt, _heldTwice[key]) = (now + TellAgain, peer.Name);
            else losing.Add(group);
        }
        if (losing.Count > 0) Stop(losing, ActivityKind.Yield, peer.Name, $"{peer.Name} held it as well when the partition healed, and keeps it", now);
        Recount(peer);
    }

    private bool KeepsIt(Group group, Peer peer, TimeSpan theirs, Instant now)
    {
        if (group.State == GroupState.Blocked) return true;
        var difference = HeldFor(group, now) - theirs;
        if (difference.Duration() >= SameTime) return difference > TimeSpan.Zero;
        if (group.Spec.Node == _me) return true;
        return group.Spec.Node != peer.Name && string.CompareOrdinal(_me, peer.Name) < 0;
    }

    private void Yielded(Instant now)
    {
        foreach (var peer in _peers.Where(p => p.Alive)) Recount(peer);
        // A 3.0.6 gives groups back only when its peer becomes stable (reference, section 10.3): what it took of ours while it thought us dead would stay there.
        if (_phase == Phase.Stable && _peers.Exists(p => p.Alive && !p.Ours && p.Holding.HasFlag(Holding.Foreign))) SendReport(null, now, stable: false);
        if (_phase != Phase.Shutdown) SendReport(null, now);
        _failbackWanted = _mine.HasFlag(Holding.Foreign);
        PlanFailback(now);
    }

    /// <summary>Says in 3.0.6's words of sides what is true of the groups.</summary>
    private void Recount(Peer peer)
    {
        if (!peer.Ours || _phase != Phase.Stable) return;
        if (Own.Any() && Own.All(g => !g.Held || g.Goal == Goal.Stop)) _mine &= ~Holding.Local;
        if (Foreign.Any() && Foreign.All(g => !g.Held || g.Goal == Goal.Stop)) _mine &= ~Holding.Foreign;
        if (Own.Any(g => g.Held && g.Goal != Goal.Stop)) _mine |= Holding.Local;
        if (Foreign.Any(g => g.Held && g.Goal != Goal.Stop)) _mine |= Holding.Foreign;
    }

    /// <summary>
    /// A group that nobody holds once all have reported and nothing moves goes to its preferred node. A 3.0.6 takes nothing any more once it is
    /// stable: what it has not got by then (it was told of a holder that lost it since) is ours to take.
    /// </summary>
    private void Adopt(Instant now)
    {
        var calm = _phase == Phase.Stable && !InTransition && !_shutdownWanted && !Legacy && (AllOurs || Extends)
            && _peers.TrueForAll(p => !p.Alive || p.Reported && p.Stable && p.Status == NodeStatus.Active && p.GivesUpBy == Instant.Never);
        var orphans = !calm || !_order.Exists(k => IsOrphan(_groups[k])) ? [] : _order.Select(k => _groups[k]).Where(IsOrphan).ToList();
        if (orphans.Count == 0)
        {
            _adoptAt = Instant.Never;
            return;
        }
        if (!AllOurs && _adoptAt > now)
        {
            _adoptAt = Instant.Min(_adoptAt, now + OrphanTime);
            return;
        }
        _adoptAt = Instant.Never;
        Log(LogPriority.Warn, $"Nobody holds {string.Join(", ", orphans.Select(g => g.Key))}; {_me} takes it.");
        if (orphans.Exists(g => g.Spec.Node == _me)) _mine |= Holding.Local;
        if (orphans.Exists(g => g.Spec.Node != _me)) (_mine, _failbackWanted) = (_mine | Holding.Foreign, true);
        Start(orphans, ActivityKind.AcquireOwn, _me, "nobody held it", now);
        PlanFailback(now);
    }

    private bool IsOrphan(Group group) => group.State == GroupState.Stopped && !group.Removed && !HeldByPeer(group) && !AwaitsFencing
        && (group.Spec.Node == _me || PreferredIsGone(group) && IsFirst() || PeerNamed(group.Spec.Node) is { Ours: false });

    private bool IsFirst()
    {
        var mine = _cf.Nodes.IndexOf(_me);
        return _peers.TrueForAll(p => p.Status != NodeStatus.Active || p.Order > mine);
    }
}
