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
    private string _standbyPeer = "";
    private Instant _standbyDeadline = Instant.Never;

    private void AskResources(Peer? peer, Message message, Instant now)
    {
        if (Legacy)
        {
            Log(LogPriority.Error, "Standby mode only implemented when nice_failback on");
            return;
        }
        if (HoldingWords.Parse(message["rsc_hold"]) is not { } what || what == Holding.None) return;
        switch (message["info"])
        {
            case "me": StandbyOffered(peer, what, now); break;
            case "other" when peer is not null && _standby == Standby.Me && _standbyGiver: StandbyAccepted(peer, now); break;
            case "done" when peer is not null && _standby == Standby.Other: StandbyTake(peer, now); break;
            case "done" when peer is not null && _standby == Standby.Done && _standbyGiver: StandbyCompleted(now); break;
            case "not" when peer is not null && _standby == Standby.Other:
                Log(LogPriority.Warn, $"{peer.Name} could not give up its resources; the standby is over.");
                EndStandby();
                break;
        }
    }

    private void StandbyOffered(Peer? peer, Holding what, Instant now)
    {
        var from = peer?.Name ?? _me;
        if (_standby != Standby.None)
        {
            Log(LogPriority.Warn, $"Standby in progress- new request from {from} ignored [{Math.Max(0, (int)(_standbyDeadline - now).TotalSeconds)} seconds left]");
            return;
        }
        var other = peer ?? _peers.Find(p => p.Status == NodeStatus.Active);
        if (other is { Stable: false } && (peer is not null || other.Status == NodeStatus.Active))
        {
            Log(LogPriority.Warn, $"standby message [me] from {from} ignored.  Other side is in flux.");
            return;
        }
        if (_phase != Phase.Stable || _activities.Exists(a => a.Kind is not ActivityKind.Tidy))
        {
            Log(LogPriority.Warn, $"standby message [me] from {from} ignored.  local resources in flux.");
            return;
        }
        Log(LogPriority.Info, $"{from} wants to go standby [{what.Word()}]");
        (_standbyWhat, _standbyPeer, _standbyGiver) = (what, other?.Name ?? "", peer is null);
        if (other is not null) other.Stable = false;
        if (peer is null) (_standby, _standbyDeadline) = (Standby.Me, now + AnswerTime);
        else
        {
            (_standby, _standbyDeadline) = (Standby.Other, now + MoveTime);
            Send(Message.Of("ask_resources", ("rsc_hold", what.Word()), ("info", "other")));
        }
    }

    private void StandbyAccepted(Peer peer, Instant now)
    {
        if (Underway(ActivityKind.StandbyGive) is not null) return;
        Log(LogPriority.Info, $"standby: {peer.Name} can take our {_standbyWhat.Word()} resources");
        _standbyDeadline = now + MoveTime;
        if (_standbyWhat.HasFlag(Holding.Foreign)) _failbackWanted = false;
        SendReport("standby", now, _mine & ~_standbyWhat, stable: false);
        Log(LogPriority.Info, $"give up {_standbyWhat.Word()} HA resources (standby).");
        Stop(Of(_standbyWhat).Where(g => g.State is not (GroupState.Stopped or GroupState.Failed)), ActivityKind.StandbyGive, peer.Name, $"{_me} went standby for {_standbyWhat.Word()} resources", now);
    }

    private void StandbyGiven(Instant now)
    {
        foreach (var group in Of(_standbyWhat).Where(g => g.State == GroupState.Failed)) (group.State, group.OfferAt) = (GroupState.Stopped, Instant.Never);
        Log(LogPriority.Info, $"{_standbyWhat.Word()} HA resource release completed (standby).");
        if (_standby != Standby.Me) return;     // the peer died meanwhile; its death decided
        Log(LogPriority.Info, $"Local standby process completed [{_standbyWhat.Word()}].");
        _mine &= ~_standbyWhat;
        _standby = Standby.Done;
        Send(Message.Of("ask_resources", ("rsc_hold", _standbyWhat.Word()), ("info", "done")));
    }

    private void StandbyTake(Peer peer, Instant now)
    {
        _standby = Standby.Done;
        Log(LogPriority.Info, $"standby: acquire [{_standbyWhat.Word()}] resources from {peer.Name}");
        Log(LogPriority.Info, $"acquire {_standbyWhat.Word()} HA resources (standby).");
        peer.Holding &= ~_standbyWhat;
        peer.Groups = peer.Groups.Clear();
        Start(Of(_standbyWhat.Mirrored()), ActivityKind.StandbyTake, peer.Name, $"{peer.Name} gave it up (standby {_standbyWhat.Word()})", now);
    }

    private void StandbyTaken(Instant now)
    {
        if (_standby != Standby.Done || _standbyGiver) return;
        Log(LogPriority.Info, $"{_standbyWhat.Word()} HA resource acquisition completed (standby).");
        Log(LogPriority.Info, $"Standby resource acquisition done [{_standbyWhat.Word()}].");
        Log(LogPriority.Info, "Initial resource acquisition complete (auto_failback)");
        _mine |= _standbyWhat.Mirrored();
        SendReport(null, now);
        Send(Message.Of("ask_resources", ("rsc_hold", _standbyWhat.Word()), ("info", "done")));
        EndStandby();
    }

    private void StandbyCompleted(Instant now)
    {
        Log(LogPriority.Info, $"Other node completed standby takeover of {_standbyWhat.Word()} resources.");
        EndStandby();
        SendReport(null, now);
    }

    private void StandbyTimedOut(Instant now)
    {
        var waiting = _standby == Standby.Me && Underway(ActivityKind.StandbyGive) is null;
        if (waiting) Log(LogPriority.Warn, "No reply to standby request.  Standby request cancelled.");
        else Log(LogPriority.Error, $"Standby of {_standbyWhat.Word()} resources with {_standbyPeer} did not end in time and is given up.");
        EndStandby();
        if (_peers.Find(p => p.Name == _standbyPeer) is { } peer) peer.Stable = peer.Reported && peer.Status == NodeStatus.Active;
        SendReport(null, now);
    }

    private void EndStandby() => (_standby, _standbyDeadline, _standbyGiver) = (Standby.None, Instant.Never, false);

    /// <summary>A stop of a standby failed for good: nothing of it is handed over, and what was stopped already comes back.</summary>
    private void StandbyFailed(Instant now)
    {
        if (_standby != Standby.Me || Underway(ActivityKind.StandbyGive) is not { } giving) return;
        _activities.Remove(giving);
        Log(LogPriority.Error, $"Standby of {_standbyWhat.Word()} resources is given up: a group does not stop.");
        Send(Message.Of("ask_resources", ("rsc_hold", _standbyWhat.Word()), ("info", "not")));
        foreach (var group in Of(_standbyWhat & _mine)) _runner.Start(group, "the standby was given up", now);
        EndStandby();
        SendReport(null, now);
    }

    /// <summary>hb_takeover at the peer: we give up the mirror image. 3.0.6's script has no case for <c>failback</c> and moves everything; we give back what is the peer's.</summary>
    private void TakeoverAsked(Message message, Instant now)
    {
        if (Legacy)
        {
            Log(LogPriority.Error, "Standby mode only implemented when nice_failback on");
            return;
        }
        var what = message["rsc_hold"] switch { "all" => Holding.All, "local" or "failback" => Holding.Foreign, "foreign" => Holding.Local, _ => Holding.None };
        if (what == Holding.None) return;
        Log(LogPriority.Info, $"Going standby [{what.Word()}].");
        Send(Message.Of("ask_resources", ("rsc_hold", what.Word()), ("info", "me")));
    }
}
