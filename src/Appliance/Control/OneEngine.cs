using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Two engines never manage one cluster: what this node's engine hears of nodes that have the other one (<c>crm yes</c> beside <c>crm no</c>).</summary>
/// <remarks>
/// While a live node has the other engine, this one does not begin: it is not told that communication is up. One that has begun goes on, and such a node is as good as dead for it: the other
/// engine has not begun there, because this one was alive.
/// </remarks>
/// <param name="crm">This node has the CRM.</param>
internal sealed class OneEngine(string localNode, bool crm, Action<LogPriority, string> log)
{
    private readonly SortedDictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly List<ClusterEvent> _passed = [];
    private bool _isUp, _begun;

    /// <summary>Another node.</summary>
    private sealed class Peer
    {
        public NodeStatus Status { get; set; } = NodeStatus.Init;
        public int Version { get; set; }
        public bool Crm { get; set; }

        /// <summary>A move from one engine to the other is under way there.</summary>
        public bool Moves { get; set; }

        /// <summary>As the engine knows it.</summary>
        public NodeStatus Told { get; set; } = NodeStatus.Init;
        public bool IsComplainedOf { get; set; }
    }

    /// <summary>The engine was told that communication is up.</summary>
    public bool HasBegun => _begun;

    /// <summary>Why nothing is managed here; null: all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>What the engine is to be told of an event; valid until the next.</summary>
    public IReadOnlyList<ClusterEvent> Pass(ClusterEvent happened)
    {
        _passed.Clear();
        switch (happened)
        {
            case ClusterEvent.CommunicationUp:
                _isUp = true;
                if (_begun) _passed.Add(happened);
                break;
            case ClusterEvent.NodeStatusChanged change when change.Node != localNode && change.Now != NodeStatus.Ping:
                var peer = Known(change.Node);
                peer.Status = change.Now;
                if (_begun && change.Now == NodeStatus.Dead && peer.Told == NodeStatus.Dead) break;      // it is as dead as it was
                if (!IsHidden(peer)) Tell(peer, change);
                else if (peer.Told != NodeStatus.Dead) Tell(peer, change with { Now = NodeStatus.Dead, Cause = null });
                break;
            case ClusterEvent.NodeExtensions extensions when extensions.Node != localNode:
                Extensions(Known(extensions.Node), extensions);
                break;
            case ClusterEvent.Received { FromSelf: false } received when IsHidden(received.Node):
            case ClusterEvent.NodeReturned returned when IsHidden(returned.Node):
            case ClusterEvent.NodeRestarted restarted when IsHidden(restarted.Node):
                break;
            default:
                _passed.Add(happened);
                break;
        }
        Judge();
        return _passed;
    }

    private void Extensions(Peer peer, ClusterEvent.NodeExtensions told)
    {
        var wasHidden = IsHidden(peer);
        (peer.Version, peer.Crm, peer.Moves) = (told.Version, told.Crm, told.Move is not null);
        if (IsHidden(peer))
        {
            if (peer.Told != NodeStatus.Dead) Tell(peer, new(told.Node, peer.Told, NodeStatus.Dead, null));
            return;
        }
        _passed.Add(told);
        if (wasHidden && peer.Status != peer.Told) Tell(peer, new(told.Node, peer.Told, peer.Status, null));
    }

    /// <summary>Whether the engine may begin, and what is to be said of those who stand in its way.</summary>
    private void Judge()
    {
        if (!_isUp) return;
        Problem = null;
        foreach (var (name, peer) in _peers)
        {
            if (!IsForeign(peer))
            {
                peer.IsComplainedOf = false;
                continue;
            }
            var sentence = $"{name} has {Engine(!crm)} and this node has {Engine(crm)}: {(_begun ? $"{name} takes no part" : "nothing is managed here")} until both say the same in ha.cf";
            Problem ??= sentence;
            if (!peer.IsComplainedOf) log(peer.Moves ? LogPriority.Notice : LogPriority.Crit, sentence);
            peer.IsComplainedOf = true;
        }
        if (_begun || Problem is not null) return;
        _begun = true;
        _passed.Add(new ClusterEvent.CommunicationUp());
    }

    private static string Engine(bool crm) => crm ? "the CRM (crm yes)" : "the resources of haresources (crm no)";

    private void Tell(Peer peer, ClusterEvent.NodeStatusChanged change)
    {
        peer.Told = change.Now;
        _passed.Add(change);
    }

    private bool IsHidden(string node) => _peers.TryGetValue(node, out var peer) && IsHidden(peer);

    private bool IsHidden(Peer peer) => _begun && IsForeign(peer);

    /// <summary>A 3.0.6 has the resources of haresources.</summary>
    private bool IsForeign(Peer peer) => peer.Status is NodeStatus.Up or NodeStatus.Active && (peer.Version > 0 && peer.Crm) != crm;

    private Peer Known(string name)
    {
        if (!_peers.TryGetValue(name, out var peer)) _peers[name] = peer = new();
        return peer;
    }
}
