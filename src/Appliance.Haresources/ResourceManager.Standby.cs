using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>Where a move by agreement stands on this node.</summary>
internal enum Standby
{
    None,
    /// <summary>We offered to give up and wait for the answer, or are giving up.</summary>
    Me,
    /// <summary>The other gives up; we wait for its <c>done</c>.</summary>
    Other,
    /// <summary>Given up: waiting until the other has started them. Or: starting what was given.</summary>
    Done,
}

public sealed partial class ResourceManager
{
    /// <summary>How long an offer waits for its answer, and a running move for its end (3.0.6).</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10), MoveTime = TimeSpan.FromHours(1);

    private Standby _standby;
    private bool _standbyGiver;
    private Holding _standbyWhat;

    /// <summary>The one group of that side that moves (<c>xo</c>, only between nodes that understand it); <c>null</c>: all of them.</summary>
    private string? _standbyOnly;
    private string _standbyPeer = "";

    /// <summary>Offers of our own that were sent and have not come back to us yet.</summary>
    private int _offersOut;

    /// <summary>The other side's newest message when we last said something in this move: its answer has a higher number, whatever is lower belongs to an earlier move.</summary>
    private MessageNumber _standbyMark;
    private Instant _standbyDeadline = Instant.Never;

    private void AskResources(Peer? peer, Message message, Instant now)
    {
        if (peer is null && message["info"] == "me") _offersOut = Math.Max(0, _offersOut - 1);
        if (Legacy)
        {
            Log(LogPriority.Error, "Standby mode only implemented when nice_failback on");
            return;
        }
        if (HoldingWords.Parse(message["rsc_hold"]) is not { } what || what == Holding.None) return;
        if (Several)
        {
            if (peer is null && message["info"] == "me") GiveUp(what, now);
            return;
        }
        var only = message["xo"];
        var isAnswer = MessageNumber.Of(message) is var number && (number.Sequence == 0 || number.CompareTo(_standbyMark) > 0);
        switch (message["info"])
        {
            case "me" when peer is not null && IsOutdated(peer, message):
                Log(LogPriority.Info, $"standby message [me] from {peer.Name} ignored: it is older than the time it waits for an answer.");
                break;
            case "me" when only is not null && !_groups.ContainsKey(only):
                Log(LogPriority.Warn, $"{peer?.Name ?? _me} offers group {only}, which haresources does not name here; it is left where it is.");
                break;
            case "me": StandbyOffered(peer, what, only, now); break;
            case "other" when peer is { Ours: true } && _standby == Standby.None && _phase is Phase.Stable: StandbyRefused(peer, what, only, now); break;
            case "other" when peer is { Ours: true } && _standby == Standby.Me && _standbyGiver && peer.Name == _standbyPeer && isAnswer && (what != _standbyWhat || only != _standbyOnly):
                StandbyRefused(peer, what, only, now);
                break;
            case "other" or "not" when what != _standbyWhat || only != _standbyOnly: break;      // about another offer than the one that counts here
            case "done" when peer is { Ours: true } && _standby == Standby.None && _phase == Phase.Stable: SendReport(null, now); break;     // it waits for us to take it: our report says that we do not
            case "done" when peer is { Ours: false, Stable: false } && Extends && _standby == Standby.None && _phase is Phase.ReportsReceived or Phase.Stable && !AwaitsFencing:
                // We accepted it before our control was restarted: a 3.0.6 has given up and waits for an hour. One who has taken calls itself stable first.
                (_standbyPeer, _standbyGiver, _standbyDeadline) = (peer.Name, false, now + MoveTime);
                StandbyTake(peer, what, only, now);
                break;
            case "other" or "done" or "not" when peer is not null && (peer.Name != _standbyPeer || !isAnswer): break;
            case "other" when peer is not null && _standby == Standby.Me && _standbyGiver: StandbyAccepted(peer, now); break;
            case "done" when peer is not null && _standby == Standby.Other: StandbyTake(peer, what, only, now); break;
            case "done" when peer is not null && _standby == Standby.Done && _standbyGiver: StandbyCompleted(now); break;
            case "not" when peer is not null && _standby == Standby.Other:
                Log(LogPriority.Warn, $"{peer.Name} does not give up its resources; the standby is over.");
                EndStandby();
                peer.Stable = peer.Reported && peer.Status == NodeStatus.Active;
                SendReport(null, now);
                break;
        }
    }

    /// <summary>
    /// The other is ready to take what we do not give: we refused our own offer when it came back to us, or it was cancelled. A 3.0.6 stays in
    /// that state for an hour and knows no <c>not</c>; one of ours is told, and is where it was at once.
    /// </summary>
    private void StandbyRefused(Peer peer, Holding what, string? only, Instant now)
    {
        Log(LogPriority.Warn, $"{peer.Name} waits for our {only ?? what.Word() + " resources"}, which we do not give up now; it is told so.");
        Send(Asking(what, only, "not"));
        SendReport(null, now);
    }

    /// <summary>An offer that was lost and comes late: by its sender's own clock it waits for an answer no longer.</summary>
    private static bool IsOutdated(Peer peer, Message message) =>
        message["ts"] is { } seconds && Math.Abs(peer.NewestSeconds - MessageNumber.Hex(seconds)) >= (long)AnswerTime.TotalSeconds;

    private void StandbyOffered(Peer? peer, Holding what, string? only, Instant now)
    {
        var from = peer?.Name ?? _me;
        // Its first offer was cancelled, for it got no answer; once it gives up it cannot offer anything else.
        var renewed = _standby == Standby.Other && peer is not null && peer.Name == _standbyPeer && _standbyDeadline - now <= 2 * AnswerTime;
        // Two offers cross (3.0.6 ignores ours then, and lets its own run out after 10 s): of two of ours the first by name keeps its own, the other answers it;
        // beside a 3.0.6 it is always ours that yields.
        var crossed = peer is not null && (peer.Ours || Extends) && (_offersOut > 0 || _standby == Standby.Me && _standbyGiver && peer.Name == _standbyPeer && Underway(ActivityKind.StandbyGive) is null);
        if (crossed && peer!.Ours && string.CompareOrdinal(_me, peer.Name) < 0)
        {
            Log(LogPriority.Info, $"standby message [me] from {from} ignored: ours crossed it and goes first.");
            return;
        }
        var yields = crossed && _standby == Standby.Me;
        if (yields) Log(LogPriority.Info, $"Our own standby request is withdrawn: {from}'s crossed it.");
        if (Refuses(peer, renewed || yields, now)) return;
        var other = peer ?? _peers.Find(p => p.Status == NodeStatus.Active);
        Log(LogPriority.Info, $"{from} wants to go standby [{what.Word()}]{(only is null ? "" : $", for group {only} alone")}");
        (_standbyWhat, _standbyOnly, _standbyPeer, _standbyGiver, _standbyMark) = (what, only, other?.Name ?? "", peer is null, other?.Newest ?? default);
        if (other is not null) other.Stable = false;
        if (peer is null) (_standby, _standbyDeadline) = (Standby.Me, now + AnswerTime);
        else
        {
            // 3.0.6 waits an hour here; but one who does not begin within its own answer time has cancelled.
            (_standby, _standbyDeadline) = (Standby.Other, now + 2 * AnswerTime);
            Send(Asking(what, only, "other"));
        }
    }

    /// <summary>What stands in the way of an offer, the peer's or (without <paramref name="peer"/>) our own, is said in 3.0.6's words.</summary>
    private bool Refuses(Peer? peer, bool again, Instant now)
    {
        var from = peer?.Name ?? _me;
        var other = peer ?? _peers.Find(p => p.Status == NodeStatus.Active);
        var why = _standby != Standby.None && !again ? $"Standby in progress- new request from {from} ignored [{Math.Max(0, (int)(_standbyDeadline - now).TotalSeconds)} seconds left]"
            : !again && (other is { Stable: false } || peer is null && other is not null && other.GivesUpBy != Instant.Never) ? $"standby message [me] from {from} ignored.  Other side is in flux."
            : _phase != Phase.Stable || _activities.Exists(a => a.Kind is not ActivityKind.Tidy) || OwnedTwice ? $"standby message [me] from {from} ignored.  local resources in flux."
            : null;
        if (why is not null) Log(LogPriority.Warn, why);
        return why is not null;
    }

    /// <summary>An offer of our own. One that we would refuse as soon as it comes back to us is not sent: a 3.0.6 that accepts it waits for an hour.</summary>
    private void Offer(Message message, Instant now)
    {
        Log(LogPriority.Info, $"Going standby [{message["rsc_hold"]}].");
        if (!Extends || Several || !Refuses(null, again: false, now)) Send(message);
    }

    private void StandbyAccepted(Peer peer, Instant now)
    {
        if (Underway(ActivityKind.StandbyGive) is not null) return;
        Log(LogPriority.Info, $"standby: {peer.Name} can take our {_standbyWhat.Word()} resources");
        _standbyDeadline = now + MoveTime;
        if (_standbyWhat.HasFlag(Holding.Foreign) && _standbyOnly is null) _failbackWanted = false;
        SendReport("standby", now, Left, stable: false);
        if (Moved.FirstOrDefault(g => g.State == GroupState.Blocked) is { } blocked)
        {
            Log(LogPriority.Error, $"Standby of {_standbyWhat.Word()} resources is not begun: group {blocked.Key} does not stop.");
            Send(Asking(_standbyWhat, _standbyOnly, "not"));
            EndStandby();
            SendReport(null, now);
            return;
        }
        Log(LogPriority.Info, $"give up {_standbyWhat.Word()} HA resources (standby).");
        NoteHandedOver(Moved, now);
        var why = _standbyOnly is null ? $"{_me} went standby for {_standbyWhat.Word()} resources" : $"it failed here and was handed over to {peer.Name}";
        Stop(Moved.Where(g => g.State is not (GroupState.Stopped or GroupState.Failed) || g.Kept), ActivityKind.StandbyGive, peer.Name, why, now);
    }

    private void StandbyGiven(Instant now)
    {
        foreach (var group in Moved.Where(g => g.State == GroupState.Failed)) (group.State, group.OfferAt) = (GroupState.Stopped, Instant.Never);
        Log(LogPriority.Info, $"{_standbyWhat.Word()} HA resource release completed (standby).");
        if (_standby != Standby.Me) return;     // the peer died meanwhile; its death decided
        Log(LogPriority.Info, $"Local standby process completed [{_standbyWhat.Word()}].");
        _mine = Left;
        _standby = Standby.Done;
        _standbyMark = PeerNamed(_standbyPeer)?.Newest ?? default;
        Send(Asking(_standbyWhat, _standbyOnly, "done"));
    }

    private void StandbyTake(Peer peer, Holding what, string? only, Instant now)
    {
        (_standbyWhat, _standbyOnly) = (what, only);        // what it gave up, whatever it may have offered besides
        _standby = Standby.Done;
        Log(LogPriority.Info, $"standby: acquire [{_standbyWhat.Word()}] resources from {peer.Name}");
        Log(LogPriority.Info, $"acquire {_standbyWhat.Word()} HA resources (standby).");
        peer.Groups = peer.Groups.RemoveRange(Moving(_standbyWhat.Mirrored()).Select(g => g.Key));
        if (_standbyOnly is null || !Of(_standbyWhat.Mirrored()).Any(g => peer.Groups.ContainsKey(g.Key))) peer.Holding &= ~_standbyWhat;
        Start(Moving(_standbyWhat.Mirrored()), ActivityKind.StandbyTake, peer.Name, _standbyOnly is null ? $"{peer.Name} gave it up (standby {_standbyWhat.Word()})" : $"it failed on {peer.Name}", now);
    }

    private void StandbyTaken(Instant now)
    {
        if (_standby != Standby.Done || _standbyGiver) return;
        Log(LogPriority.Info, $"{_standbyWhat.Word()} HA resource acquisition completed (standby).");
        Log(LogPriority.Info, $"Standby resource acquisition done [{_standbyWhat.Word()}].");
        Log(LogPriority.Info, "Initial resource acquisition complete (auto_failback)");
        _mine |= _standbyWhat.Mirrored();
        SendReport(null, now, stable: true);
        Send(Asking(_standbyWhat, _standbyOnly, "done"));
        EndStandby();
    }

    private void StandbyCompleted(Instant now)
    {
        Log(LogPriority.Info, $"Other node completed standby takeover of {_standbyWhat.Word()} resources.");
        if (PeerNamed(_standbyPeer) is { } taker && taker.Report.CompareTo(_standbyMark) <= 0)
        {
            if (_standbyOnly is not null) taker.Groups = taker.Groups.SetItem(_standbyOnly, TimeSpan.Zero);
            else (taker.Holding, taker.NamesGroups) = (taker.Holding | _standbyWhat.Mirrored(), false);      // its report, sent before its word, is still on the way
        }
        EndStandby();
        SendReport(null, now);
    }

    private void StandbyTimedOut(Instant now)
    {
        var waiting = _standby == Standby.Other || _standby == Standby.Me && Underway(ActivityKind.StandbyGive) is null;
        if (waiting) Log(LogPriority.Warn, "No reply to standby request.  Standby request cancelled.");
        else Log(LogPriority.Error, $"Standby of {_standbyWhat.Word()} resources with {_standbyPeer} did not end in time and is given up.");
        EndStandby();
        if (_peers.Find(p => p.Name == _standbyPeer) is { } peer) peer.Stable = peer.Reported && peer.Status == NodeStatus.Active;
        SendReport(null, now);
    }

    /// <summary>We wait for what another gives up, or are starting it: until then our reports call us unstable, so that the giver can tell whether we still do.</summary>
    private bool IsTaking => _standby == Standby.Other || _standby == Standby.Done && !_standbyGiver;

    /// <summary>We are giving up what was accepted, or wait until the other has started it: a report that calls us stable again means that we do not any more.</summary>
    private bool IsGiving => _standby == Standby.Done && _standbyGiver || Underway(ActivityKind.StandbyGive) is not null;

    /// <summary>What the other side's report says about the move under way.</summary>
    private void NoteStandbyOf(Peer peer, Message message, Instant now)
    {
        if (_standby == Standby.None || peer.Name != _standbyPeer || MessageNumber.Of(message).CompareTo(_standbyMark) <= 0) return;
        if (_standby == Standby.Other && message["info"] == "standby") (_standbyDeadline, _standbyMark) = (now + MoveTime, MessageNumber.Of(message));  // it gives up now: that takes as long as it takes
        else if (_standby == Standby.Other && _standbyDeadline - now > 2 * AnswerTime && peer is { Ours: true, Stable: true })
        {
            Log(LogPriority.Warn, $"{peer.Name} gives nothing up any more; the standby is over.");
            EndStandby();
            SendReport(null, now);
            return;
        }
        if (_standby != Standby.Done || !_standbyGiver || !peer.Stable) return;
        if (peer.NamesGroups ? Moved.Any(g => peer.Groups.ContainsKey(g.Key)) : peer.Holding.HasFlag(_standbyWhat.Mirrored()))
        {
            StandbyCompleted(now);      // it has them, and is stable: its own word of that is lost, or it had them before
            return;
        }
        if (!peer.NamesGroups) return;
        Log(LogPriority.Warn, $"{peer.Name} did not take our {_standbyWhat.Word()} resources.");
        EndStandby();
        SendReport(null, now);
    }

    private void EndStandby() => (_standby, _standbyDeadline, _standbyGiver, _standbyOnly) = (Standby.None, Instant.Never, false, null);

    /// <summary>What moves, seen by the node that gives it up.</summary>
    private IEnumerable<Group> Moved => Moving(_standbyWhat);

    private IEnumerable<Group> Moving(Holding side) => Of(side).Where(g => _standbyOnly is null || g.Key == _standbyOnly);

    /// <summary>What we hold when the move is done: a side stays ours while another group of it is.</summary>
    private Holding Left => _standbyOnly is null || !Of(_standbyWhat).Any(g => g.Held && g.Key != _standbyOnly) ? _mine & ~_standbyWhat : _mine;

    private static Message Asking(Holding what, string? only, string info) => Message.Of("ask_resources", ("rsc_hold", what.Word()), ("info", info), ("xo", only));

    /// <summary>A stop of a standby failed for good: nothing of it is handed over, and what was stopped already comes back.</summary>
    private void StandbyFailed(Instant now)
    {
        if (_standby != Standby.Me || Underway(ActivityKind.StandbyGive) is not { } giving) return;
        _activities.Remove(giving);
        Log(LogPriority.Error, $"Standby of {_standbyWhat.Word()} resources is given up: a group does not stop.");
        Send(Asking(_standbyWhat, _standbyOnly, "not"));
        foreach (var group in Moving(_standbyWhat & _mine)) _runner.Start(group, "the standby was given up", now);
        EndStandby();
        SendReport(null, now);
    }

    /// <summary>hb_takeover at the peer: we give up the mirror image. 3.0.6's script has no case for <c>failback</c> and moves everything; we give back what is the peer's.</summary>
    private void TakeoverAsked(Peer peer, Message message, Instant now)
    {
        if (Legacy)
        {
            Log(LogPriority.Error, "Standby mode only implemented when nice_failback on");
            return;
        }
        if (Several)
        {
            GiveTo(peer, message["rsc_hold"], now);
            return;
        }
        var what = message["rsc_hold"] switch { "all" => Holding.All, "local" or "failback" => Holding.Foreign, "foreign" => Holding.Local, _ => Holding.None };
        if (what == Holding.None) return;
        Offer(Message.Of("ask_resources", ("rsc_hold", what.Word()), ("info", "me")), now);
    }
}
