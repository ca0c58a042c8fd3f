using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>How long heartbeats go on after <c>shutdone</c> (3.0.6: 1 s, then 1 s).</summary>
    private static readonly TimeSpan AfterShutDone = TimeSpan.FromSeconds(2);

    /// <summary>What a restart in place adds to the dead time it announces, and for how long (3.0.6).</summary>
    private static readonly TimeSpan RestartAllowance = TimeSpan.FromSeconds(30);

    private bool _shutdownWanted, _delayLogged;

    private void ShutdownRequested(Instant now)
    {
        if (_phase == Phase.Shutdown) return;
        _shutdownWanted = true;
        if (_phase == Phase.Probing || _standby != Standby.None || _activities.Count > 0)
        {
            if (!_delayLogged) Log(LogPriority.Warn, "Shutdown delayed until current resource activity finishes.");
            _delayLogged = true;
            return;
        }
        _phase = Phase.Shutdown;
        (_mine, _settleAt, _failbackAt) = (Holding.None, Instant.Never, Instant.Never);
        Log(LogPriority.Info, "Heartbeat shutdown in progress.");
        if (_communicationUp) SendReport("shutdown", now, Holding.None, stable: false);
        Log(LogPriority.Info, "Giving up all HA resources.");
        Stop(_order.Select(k => _groups[k]).Where(g => g.State is not (GroupState.Stopped or GroupState.Failed) || g.Kept), ActivityKind.Shutdown, _me, $"{_me} is shutting down", now);
    }

    /// <summary>Everything is stopped: only now may the peer take it.</summary>
    private void GivenUp(Instant now)
    {
        Log(LogPriority.Info, "All HA resources relinquished.");
        _gone = true;
        _refused.Clear();
        if (_communicationUp) Send(Message.Of("shutdone", ("st", "dead")));
        _effects.Add(new ResourceManagerEffect.Clients(false));
        Command(new ClusterCommand.Stop(_communicationUp ? AfterShutDone : TimeSpan.Zero, RestartInPlace: false));
    }

    private void PeerShutDone(Peer peer, Message message, Instant now)
    {
        if (IsHistory(peer, message, full: true)) return;       // it has reported since: somebody made it go on
        Log(LogPriority.Info, $"Received shutdown notice from '{peer.Name}'.");
        (peer.Holding, peer.Groups, peer.GaveUp, peer.Stable, peer.GivesUpBy) = (Holding.None, peer.Groups.Clear(), true, false, Instant.Never);
        if (_standby != Standby.None && _standbyPeer == peer.Name) StandbyBroken(peer);
        (peer.Claims, peer.Grants) = (peer.Claims.Clear(), peer.Grants.Clear());
        if (_phase == Phase.Shutdown) Log(LogPriority.Warn, "Resource takeover cancelled - shutdown in progress.");
        else if (!_communicationUp || _phase == Phase.Probing) peer.ToTakeOver = true;
        else TakeOver(peer, now);
    }

    /// <summary>The daemon is replaced in place; services run on, and the new one finds them by their status.</summary>
    private void RestartRequested(Instant now)
    {
        if (_phase == Phase.Shutdown) return;
        if (InTransition)
        {
            if (!_restart) Log(LogPriority.Warn, "Restart delayed until current resource activity finishes.");
            _restart = true;
            return;
        }
        _restart = false;
        Log(LogPriority.Info, "Restarting in place; resources stay as they are.");
        Command(new ClusterCommand.ExtendDeadTime(RestartAllowance, RestartAllowance));
        Command(new ClusterCommand.Stop(TimeSpan.FromMilliseconds(100), RestartInPlace: true));
    }
}
