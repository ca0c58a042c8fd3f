using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary><c>auto_failback legacy</c>: each node asks for its own groups one by one; there are no reports and no standby (reference, 10.4).</summary>
public sealed partial class ResourceManager
{
    private void LegacyStart(Instant now)
    {
        _phase = Phase.Stable;
        foreach (var peer in _peers.Where(p => p.Status == NodeStatus.Dead || p.ToTakeOver).ToList()) Died(peer, now);
        var asked = _peers.Exists(p => p.Status == NodeStatus.Active);
        foreach (var group in Own.Where(g => g.State != GroupState.Running).ToList())
            if (asked) Send(Message.Of("ip-request", ("ipaddr", group.Key)));
            else if (group.State == GroupState.Stopped) Start([group], ActivityKind.AcquireOwn, _me, $"{_me} is its preferred node", now);
    }

    private void LegacyAsked(Peer peer, Message message, Instant now)
    {
        if (message["ipaddr"] is not { } key) return;
        if (!_groups.TryGetValue(key, out var group) || group is { State: GroupState.Stopped or GroupState.Failed, Kept: false })
            Send(Message.Of("ip-request-resp", ("dest", peer.Name), ("ipaddr", key), ("weown", "no"), ("ok", "OK")));
        else
        {
            Log(LogPriority.Info, $"{peer.Name} wants its group {key} back.");
            Stop([group], ActivityKind.LegacyGive, peer.Name + " " + key, $"{peer.Name}, its preferred node, asked for it", now);
        }
    }

    private void LegacyGiven(string peerAndKey)
    {
        var words = peerAndKey.Split(' ', 2);
        Send(Message.Of("ip-request-resp", ("dest", words[0]), ("ipaddr", words[1]), ("weown", "yes"), ("ok", "OK")));
    }

    private void LegacyAnswered(Message message, Instant now)
    {
        if (message["ipaddr"] is not { } key || message["ok"] != "OK" || !_groups.TryGetValue(key, out var group) || group.Spec.Node != _me || _phase == Phase.Shutdown) return;
        Log(LogPriority.Info, $"received ip-request-resp {key} OK {message["weown"]}");
        Start([group], ActivityKind.AcquireOwn, _me, $"{_me} is its preferred node", now);
    }
}
