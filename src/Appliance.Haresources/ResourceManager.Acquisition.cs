using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>3.0.6 waits so long after the first report before it takes its own groups; among ours reports are proof and nobody waits (docs/decisions/0003).</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(10);

    /// <summary>Between a failed start and the offer of the group to the peer (ResourceManager of 3.0.6).</summary>
    private static readonly TimeSpan OfferAfter = TimeSpan.FromSeconds(30);

    void IGroupRunnerClient.Probed(Group group, Instant now)
    {
        var total = group.Spec.Resources.Length;
        if (group.Running == total && !group.IsUnclear)
        {
            group.State = GroupState.Running;
            group.Since = _options.Held?.SinceByKey.TryGetValue(group.Key, out var since) == true && since <= _options.WallAtStart ? _options.Start + (since - _options.WallAtStart) : now;
            group.Why = "it ran here already when the daemon started";
            group.GoesBack = group.Spec.Node != _me;
            _changed = true;
            // A blocked group that the operator cleaned up, while a shutdown or a hand-over waits for it: it is stopped after all.
            if (_activities.Exists(a => a.Waiting.Contains(group.Key))) _runner.Stop(group, group.Why, now);
            else Log(LogPriority.Info, $"Group {group.Key} runs here; it is kept.");
        }
        else if (group.Running > 0)
        {
            // A status that did not come is no proof that it runs: kept, it might be missed for ever.
            Log(LogPriority.Warn, $"Group {group.Key}: {group.Running} of its {total} resources run here{(group.IsUnclear ? " or do not say" : "")}; they are stopped before anything is decided.");
            (group.State, group.Since) = (GroupState.Running, now);
            Stop([group], ActivityKind.Tidy, group.Key, group.IsUnclear ? "it did not say whether it ran here when the daemon started" : "only a part of it ran here when the daemon started", now);
        }
        else
        {
            group.State = GroupState.Stopped;
            group.Why = "it does not run here";
            Arrived(group.Key, now);        // a blocked group that the operator repaired
        }
        if (_phase == Phase.Probing && _groups.Values.All(g => g.State != GroupState.Unknown)) Probed(now);
    }

    /// <summary>We know what runs here: from now on we can speak.</summary>
    private void Probed(Instant now)
    {
        _phase = Phase.Init;
        if (Own.Any(g => g.Held)) _mine |= Holding.Local;
        if (Foreign.Any(g => g.Held)) (_mine, _failbackWanted) = (_mine | Holding.Foreign, true);       // whoever knew why it is here is gone
        Command(new ClusterCommand.ManagerReady());
        if (_shutdownWanted) ShutdownRequested(now);
        else if (_communicationUp) CommunicationUp(now);
    }

    /// <summary>Leftovers of a half-started group made us say that we hold its side: we do not any more.</summary>
    private void Tidied(Instant now)
    {
        var before = _mine;
        if (Own.Any() && !Own.Any(g => g.Held)) _mine &= ~Holding.Local;
        if (!Foreign.Any(g => g.Held)) _mine &= ~Holding.Foreign;
        if ((_mine != before || AllOurs) && _phase is not (Phase.Probing or Phase.Init or Phase.Shutdown)) SendReport(null, now);
    }

    private void CommunicationUp(Instant now)
    {
        if (_communicationUp && _phase is not (Phase.Probing or Phase.Init)) return;     // told again to a control that knows
        _communicationUp = true;
        if (_phase is Phase.Probing or Phase.Shutdown) return;
        _effects.Add(new ResourceManagerEffect.Clients(true));
        if (Legacy)
        {
            LegacyStart(now);
            return;
        }
        _phase = Phase.Starting;
        Send(Message.Of("starting"));
        if (_mine != Holding.None) SendReport(null, now);       // what ran here before this start: a 3.0.6 forgets it, and its peer takes it as well
        foreach (var peer in _peers.Where(p => p.Status == NodeStatus.Dead || p.ToTakeOver).ToList()) Died(peer, now);
    }

    private void PeerStarting(Peer peer, Message message, Instant now)
    {
        switch (_phase)
        {
            case Phase.Probing or Phase.Init or Phase.BothStarting:
                if (!AllOurs) Log(LogPriority.Error, $"Received a starting message from {peer.Name} which is not expected now; it is ignored.");
                if (_phase is Phase.Probing or Phase.Init) return;
                break;
            case Phase.Starting:
                _phase = Phase.BothStarting;
                break;
        }
        // Lost and sent again, it may come after a report that says more.
        if (MessageNumber.Of(message).CompareTo(peer.Report) >= 0) peer.Stable = false;
        if (_phase != Phase.Shutdown) SendReport(null, now);
    }

    /// <summary>A full report of what we hold; among ours with each group and how long it has been here.</summary>
    private void SendReport(string? info, Instant now, Holding? holding = null, bool? stable = null, bool answers = false)
    {
        if (Legacy) return;
        if (Several)
        {
            if (_phase == Phase.Probing || _gone) return;
            if (_phase != Phase.Shutdown) CountSides();
            _told = State();
        }
        var asks = !answers && _phase is not Phase.Shutdown && AllOurs && _peers.Exists(p => p.Status == NodeStatus.Active && p.Ours && !p.Reported);
        if (asks) _reportAgainAt = Instant.Min(_reportAgainAt, now + TellAgain);
        Send(Message.Of("resource", ("rsc_hold", (holding ?? _mine).Word()), ("rtype", "full"), ("isstable", stable ?? _phase == Phase.Stable && !IsTaking && !IsGiving ? "1" : "0"), ("info", info),
            ("xg", Several || AllOurs && _peers.Exists(p => p.Alive) ? HeldWords(now) : null), ("xm", Several || AllOurs && _peers.Exists(p => p.Alive) ? SpentWords(now) : null), ("xq", asks ? "1" : null),
            ("xk", Several ? Claimed : null), ("xa", Several ? string.Join(' ', _granted.Values) : null), ("xr", Several ? Refused : null), ("xf", Several ? FencedDead : null)));
        SettleEarly(now);
    }

    private string HeldWords(Instant now) =>
        string.Join(' ', _order.Select(k => _groups[k]).Where(g => g.Held).Select(g => $"{g.Key}@{(long)HeldFor(g, now).TotalMilliseconds}"));

    /// <summary>What failed and runs nowhere must not count as the older holding when another node runs it.</summary>
    private static TimeSpan HeldFor(Group group, Instant now) => group.Kept ? TimeSpan.Zero : now - group.Since;

    private static ImmutableSortedDictionary<string, TimeSpan> ReadHeld(string words)
    {
        var held = ImmutableSortedDictionary.CreateBuilder<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (word.LastIndexOf('@') is > 0 and var at && long.TryParse(word[(at + 1)..], out var ms) && ms >= 0) held[word[..at]] = TimeSpan.FromMilliseconds(Math.Min(ms, 1e15));
        return held.ToImmutable();
    }

    /// <summary>Our own report came back: it starts the settling time.</summary>
    private void OwnReport(Message message, Instant now)
    {
        if (_phase is not (Phase.Starting or Phase.BothStarting)) return;
        _phase = Phase.ReportsReceived;
        _settleAt = now + SettleTime;
        SettleEarly(now);
    }

    private void PeerReported(Peer peer, Message message, Instant now)
    {
        if (HoldingWords.Parse(message["rsc_hold"]) is not { } holding) return;
        var full = message["rtype"] == "full";
        if (IsHistory(peer, message, full)) return;
        peer.Holding = full || holding == Holding.None ? holding : peer.Holding | holding;
        if (full) (peer.Reported, peer.GaveUp) = (true, false);     // who reports after its shutdone goes on
        if (message["info"] == "shutdown") peer.GivesUpBy = Instant.Never;
        if (message["xg"] is { } held) (peer.Groups, peer.Ours, peer.NamesGroups) = (ReadHeld(held), true, true);
        else if (full) (peer.Groups, peer.NamesGroups) = (peer.Groups.Clear(), holding == Holding.None && peer.Ours);
        if (full) ReadSpent(peer, message["xm"], now);
        if (full && Several) ReadPlacement(peer, message, now);
        if (_phase is Phase.Starting or Phase.BothStarting)
        {
            _phase = Phase.ReportsReceived;
            _settleAt = now + SettleTime;
        }
        var wasStable = peer.Stable;
        if (message["isstable"] is { } word) peer.Stable = word == "1";
        if (full) NoteStandbyOf(peer, message, now);
        if (peer.Stable && !wasStable)
        {
            Log(LogPriority.Info, "remote resource transition completed.");
            if (_phase is not (Phase.Probing or Phase.Init or Phase.Shutdown)) SendReport(null, now);      // by our state as it was when the peer asked
            if (_phase is Phase.Starting or Phase.BothStarting or Phase.ReportsReceived) Settle(null, now);
            PlanFailback(now);
        }
        SettleEarly(now);
        if (full) EndDoubleOwnership(peer, now);
        if (full) AnnounceWhatIsOursAlone(peer);
        if (message["xq"] is not null && (Several || _phase is not (Phase.Probing or Phase.Init or Phase.Shutdown))) SendReport(null, now, answers: true);
    }

    /// <summary>A report that is older than the last full one says nothing of now: it was lost, and sent again.</summary>
    private static bool IsHistory(Peer peer, Message message, bool full)
    {
        var number = MessageNumber.Of(message);
        if (number.Sequence == 0) return false;
        if (number.CompareTo(peer.Report) < 0) return true;
        if (full) peer.Report = number;
        return false;
    }

    /// <summary>Among ours nobody waits ten seconds: when every live peer has reported, all is known.</summary>
    private void SettleEarly(Instant now)
    {
        if (_phase == Phase.ReportsReceived && AllOurs && _peers.TrueForAll(p => !p.Alive || p.Ours && p.Reported)
            && _peers.Exists(p => p.Alive) && _peers.TrueForAll(p => p.EverHeard || p.Status == NodeStatus.Dead)) Settle("local resource transition completed.", now);
    }

    /// <summary>The first acquisition: own groups, unless somebody has them.</summary>
    private void Settle(string? log, Instant now)
    {
        _settleAt = Instant.Never;
        if (_phase is Phase.Stable or Phase.Shutdown or Phase.Probing or Phase.Init) return;
        if (log is not null) Log(LogPriority.Info, log);
        _phase = Phase.Stable;
        Log(LogPriority.Info, "Initial resource acquisition complete (T_RESOURCES(us))");
        AcquireOwn(now);
        PlanFailback(now);
    }

    /// <summary>Takes what is ours by preference and free. The report that claims it goes out before anything else is said, as with 3.0.6.</summary>
    private void AcquireOwn(Instant now)
    {
        _ownAwaitFencing = !Several && AwaitsFencing && Underway(ActivityKind.AcquireOwn) is null;
        if (Several || _ownAwaitFencing || Underway(ActivityKind.AcquireOwn) is not null)
        {
            SendReport(null, now);
            return;
        }
        var free = Own.Where(g => g.State is not GroupState.Failed && !HeldByPeer(g)).ToList();
        if (OtherHas(Holding.Local) && free.Count == 0 || _mine.HasFlag(Holding.Local) && free.TrueForAll(g => g.State == GroupState.Running))
        {
            if (!OtherHas(Holding.Local)) _mine |= Holding.Local;
            Log(LogPriority.Info, "Local Resource acquisition completed. (none)");
            SendReport(null, now);
            return;
        }
        _mine |= Holding.Local;
        Start(free, ActivityKind.AcquireOwn, _me, $"{_me} is its preferred node", now, told: true);
    }

    /// <summary>Somebody alive says it holds this group (from ours by name, from a 3.0.6 by side).</summary>
    private bool HeldByPeer(Group group) => _peers.Exists(p => p.Alive && (p.Ours && p.NamesGroups
        ? p.Groups.ContainsKey(group.Key)
        : p.Holding.HasFlag(group.Spec.Node == p.Name ? Holding.Local : Holding.Foreign)));

    private void OwnAcquired(Instant now)
    {
        if (_phase == Phase.Shutdown) return;
        Log(LogPriority.Info, Own.Any() ? "Local Resource acquisition completed." : "No local resources [listkeys " + _me + "] to acquire.");
        SendReport("req_our_resources()", now);
    }

    private void PlanFailback(Instant now)
    {
        if (!Several && _cf.AutoFailback == AutoFailback.On && _failbackWanted && _mine.HasFlag(Holding.Foreign)) _failbackAt = now;
    }

    /// <summary>Gives the peer its groups back, by the same agreement as a standby; tried every second until nothing is in motion.</summary>
    private void TryFailback(Instant now)
    {
        _failbackAt = Instant.Never;
        if (!_failbackWanted || !_mine.HasFlag(Holding.Foreign) || _phase == Phase.Shutdown || !_peers.Exists(p => p.Status == NodeStatus.Active)) return;
        if (AllOurs && !Foreign.Any(g => g.Held))
        {
            // The side is ours in name only: there is nothing on it to give back.
            (_failbackWanted, _mine) = (false, _mine & ~Holding.Foreign);
            SendReport(null, now);
            return;
        }
        if (_phase != Phase.Stable || InTransition || OwnedTwice || _peers.Exists(p => p.GivesUpBy != Instant.Never) || !_peers.Exists(p => p.Status == NodeStatus.Active && p.Stable))
        {
            _failbackAt = now + TimeSpan.FromSeconds(1);
            return;
        }
        _failbackAt = now + TimeSpan.FromSeconds(1);     // an offer may be lost in another one that crosses it; accepted, it is wanted no more
        Send(Message.Of("ask_resources", ("rsc_hold", "foreign"), ("info", "me")));
    }

    /// <summary>A group whose start failed here goes to the other node, as ResourceManager of 3.0.6 does 30 s later.</summary>
    private void Offer(Group group, Instant now)
    {
        group.OfferAt = Instant.Never;
        if (_phase != Phase.Stable || Legacy) return;
        if (Several)
        {
            if (group.State == GroupState.Failed) group.State = GroupState.Stopped;     // it was free for the others until now; whoever is next may try again
            return;
        }
        if (InTransition)
        {
            group.OfferAt = now + TimeSpan.FromSeconds(1);
            return;
        }
        if (!_peers.Exists(p => p.Status == NodeStatus.Active))
        {
            group.OfferAt = now + OfferAfter;
            Log(LogPriority.Warn, $"Group {group.Key} failed here and no other node is active; it is tried here again.");
            _runner.Start(group, "no other node could take it after its failure", now);
            return;
        }
        Send(Message.Of("ask_resources", ("rsc_hold", group.Spec.Node == _me ? "local" : "foreign"), ("info", "me")));
    }
}
