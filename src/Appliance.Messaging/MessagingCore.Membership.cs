using System.Collections.Immutable;
using System.Text;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging.Membership;

namespace Appliance.Messaging;

public sealed partial class MessagingCore
{
    /// <summary>An accepted status of a real node.</summary>
    private void StatusHeard(Node node, long sequence, long timestamp, Instant now, long wallSeconds)
    {
        if (sequence < node.StatusSequence) return;     // an old one, found again: no sign of life
        var announced = Announced(_in["st"u8]);
        if (announced is not { } status) return;
        if (_in.Find("protocol"u8) < 0 && _flowControl)
        {
            _flowControl = false;
            Log(LogPriority.Info, "flow control disabled due to different version heartbeat");
        }
        (node.StatusSequence, node.StatusTimestamp) = (sequence, timestamp);
        if (_in.TryHex("dt"u8, out var dead) && dead is > 0 and < int.MaxValue) node.DeadTime = TimeSpan.FromMilliseconds(dead);
        var load = _in["ld"u8];
        load = load[..Math.Min(load.Length, node.Load.Length)];
        load.CopyTo(node.Load);
        node.LoadLength = load.Length;
        ReadExtensions(node);
        NoticeLate(node, now);
        var before = node.Status;
        if (before == NodeStatus.Dead && status == NodeStatus.Active) Returned(node, now, wallSeconds);
        (node.LastStatus, node.Heard, node.Warned) = (now, true, false);
        if (before != status)
        {
            node.Status = status;
            Log(LogPriority.Info, $"Status update for node {node.Name}: status {status.Word()}");
            _effects.Tell(new ClusterEvent.NodeStatusChanged(node.Name, before, status, _in.ToMessage()));
        }
        if (!_communicationUp) TryCommunicationUp(now, wallSeconds);
    }

    private void ReadExtensions(Node node)
    {
        var version = _options.Extensions > 0 && _in.TryDecimal("xv"u8, out var v) ? (int)Math.Clamp(v, 0, 1000) : 0;
        var away = version > 0 && !_in["xc"u8].IsEmpty;
        if (away != node.ControlAway)
        {
            node.ControlAway = away;
            Log(away ? LogPriority.Warn : LogPriority.Info, away ? $"{node.Name} restarts its control process; its resources run on" : $"{node.Name} has its control process back");
        }
        var crm = version > 0 && _in["xe"u8].SequenceEqual("crm"u8);
        var move = version > 0 ? _in["xmove"u8] : default;
        if (version == node.Extensions && crm == node.IsCrm && move.SequenceEqual(node.Move)) return;
        (node.Extensions, node.IsCrm, node.Move) = (version, crm, move.ToArray());
        _effects.Tell(Extensions(node));
    }

    private static ClusterEvent.NodeExtensions Extensions(Node node) => new(node.Name, node.Extensions, node.IsCrm, node.Move.Length == 0 ? null : Encoding.Latin1.GetString(node.Move));

    /// <summary>It was declared dead and runs: a partition healed, or it was frozen. Our own status goes out at once, as in 3.0.6.</summary>
    private void Returned(Node node, Instant now, long wallSeconds)
    {
        Log(LogPriority.Crit, $"Cluster node {node.Name} returning after partition.");
        Log(LogPriority.Info, "For information on cluster partitions, See URL: http://linux-ha.org/wiki/Split_Brain");
        Log(LogPriority.Warn, "Deadtime value may be too small.");
        _effects.Tell(new ClusterEvent.NodeReturned(node.Name));
        SendStatus(now, wallSeconds);
    }

    private void NoticeLate(Node node, Instant now)
    {
        if (!node.Heard || node.Status is not (NodeStatus.Up or NodeStatus.Active)) return;
        var interval = now - node.LastStatus;
        if (interval <= _cf.WarnTime) return;
        node.LateBeats++;
        if (interval > node.DeadTime) Log(LogPriority.Crit, $"Late heartbeat: Node {node.Name}: interval {(long)interval.TotalMilliseconds} ms (> deadtime)");
        else Log(LogPriority.Warn, $"Late heartbeat: Node {node.Name}: interval {(long)interval.TotalMilliseconds} ms");
    }

    /// <summary>Our own echo request came back.</summary>
    private void PingAnswered(int medium, long timestamp, Instant now, long wallSeconds)
    {
        var node = NodeOfPing(_cf.Media[medium].Link);
        if (!_in["st"u8].SequenceEqual("ping"u8) || !_in["src"u8].SequenceEqual(node.WireName)
            || Math.Abs(wallSeconds - timestamp) > (long)_cf.DeadPing.TotalSeconds + 2)
        {
            _media[medium].Replayed++;      // recorded, or somebody else's
            return;
        }
        HeardOver(node, medium, sequence: 0, duplicate: false, now);
        var before = node.Status;
        (node.LastStatus, node.Heard) = (now, true);
        if (before == NodeStatus.Ping) return;
        node.Status = NodeStatus.Ping;
        Log(LogPriority.Info, $"Status update for node {node.Name}: status ping");
        _effects.Tell(new ClusterEvent.NodeStatusChanged(node.Name, before, NodeStatus.Ping, _in.ToMessage()));
        if (!_communicationUp) TryCommunicationUp(now, wallSeconds);
    }

    /// <summary>A packet of a node, duplicates too, shows that its link works: unless this link had that number or a higher one already.</summary>
    /// <param name="sequence">0 for a ping node.</param>
    private void HeardOver(Node node, int medium, long sequence, bool duplicate, Instant now)
    {
        var device = _linkOfMedium[medium];
        var link = node.Links[device];
        link.Packets++;
        _media[medium].Heard++;
        if (duplicate) link.Duplicates++;
        if (sequence > 0)
        {
            if (sequence <= link.HighestSequence) return;
            link.HighestSequence = sequence;
        }
        if (link.EverHeard && link.Up && _in["t"u8] is var type && (type.SequenceEqual("status"u8) || node.IsPing) && now > link.LastPacket) link.Intervals.Add(now - link.LastPacket);
        (link.LastPacket, link.EverHeard) = (now, true);
        if (link.Up) return;
        link.Up = true;
        Log(LogPriority.Info, $"Link {node.Name}:{_links[device]} up.");
        if (!node.IsSelf) _effects.Tell(new ClusterEvent.LinkChanged(node.Name, _links[device], true));
    }

    private TimeSpan LinkDeadTime(Node node) => node.IsSelf ? _cf.DeadTime : node.DeadTime;

    /// <summary>Declares dead who was silent for its dead time, exactly then; 3.0.6 looks only every 250 ms.</summary>
    private void Bury(Instant now)
    {
        foreach (var node in _nodes)
        {
            for (var device = 0; device < node.Links.Length; device++)
            {
                var link = node.Links[device];
                if (!link.Up || now - link.LastPacket < LinkDeadTime(node)) continue;
                link.Up = false;
                Log(LogPriority.Info, $"Link {node.Name}:{_links[device]} dead.");
                if (!node.IsSelf) _effects.Tell(new ClusterEvent.LinkChanged(node.Name, _links[device], false));
            }
            if (node.IsSelf || node.Status == NodeStatus.Dead) continue;
            if (now < DeathOf(node)) continue;
            var before = node.Status;
            (node.Status, node.Heard) = (NodeStatus.Dead, false);
            Log(LogPriority.Warn, $"node {node.Name}: is dead");
            if (!node.IsPing) SayCarriers(node);
            _effects.Tell(new ClusterEvent.NodeStatusChanged(node.Name, before, NodeStatus.Dead, null));
        }
    }

    /// <summary>In a pair a serial line leads to the other machine: whoever reads the log may want to know what it shows of one that is silent.</summary>
    private void SayCarriers(Node silent)
    {
        if (_cf.Nodes.Length != 2) return;
        for (var medium = 0; medium < _media.Length; medium++)
            if (_media[medium].Carrier.Carrier is { } carrier)
                Log(LogPriority.Info, $"serial {_cf.Media[medium].Link}: {(carrier ? $"carrier: the machine of {silent.Name} has power" : $"no carrier: the machine of {silent.Name} has no power, or the cable is out")}");
    }

    /// <summary>While we ourselves did not run, silence proves nothing.</summary>
    /// <remarks>
    /// Called before anything else is done with a new instant. Time by which we ran later than our own deadline is nobody's silence and is taken out of every node's.
    /// When we did not beat for our own dead time, the others have declared us dead: control is told, and everybody gets one more dead time.
    /// </remarks>
    private void NoticeOwnPause(Instant now)
    {
        var due = NextDeadline;                 // nothing has changed since the last call: this is when we should have run
        var late = now - (due > _accountedFor ? due : _accountedFor);
        if (late * 10 < _cf.KeepAlive) return;  // scheduling: too little to matter, and the dead time stays exact
        _accountedFor = now;
        foreach (var node in _nodes)
        {
            if (node.Heard && node.Status != NodeStatus.Dead) node.LastStatus += late;
            foreach (var link in node.Links)
                if (link.Up) link.LastPacket += late;
        }
        _initialDeath += late;
        var silent = now - _lastBeat;
        if (silent < _announced)
        {
            if (late > _cf.KeepAlive && _lateness.Allows(now, out var more))
                Log(LogPriority.Warn, $"pulse ran {(long)late.TotalMilliseconds} ms late; heartbeats that came late meanwhile are not the peers' fault{(more > 0 ? $" (and {more} times more)" : "")}");
            return;
        }
        Log(LogPriority.Error, $"pulse did not run for {(long)silent.TotalMilliseconds} ms, longer than our own deadtime: the peer has taken over, or will. No node is blamed for that silence.");
        _lastBeat = now;
        foreach (var node in _nodes)
        {
            if (node.Heard && node.Status != NodeStatus.Dead) node.LastStatus = now;
            foreach (var link in node.Links)
                if (link.Up) link.LastPacket = now;
        }
        if (_initialDeath < now + _cf.DeadTime) _initialDeath = now + _cf.DeadTime;
        _effects.Tell(new ClusterEvent.LocalPause(silent));
    }

    /// <summary>When silence makes a node dead: its own dead time after its last status; initdead after our start if it was never heard.</summary>
    private Instant DeathOf(Node node) => node.Heard ? node.DeadAt : _initialDeath;

    /// <summary>Communication is up when every configured node was heard or declared dead, the node list was exchanged, and control can take messages.</summary>
    private void TryCommunicationUp(Instant now, long wallSeconds)
    {
        if (_communicationUp) return;
        if (!_managerReady)
        {
            _nextReqNodes = Instant.Never;
            return;
        }
        Node? peer = null;
        var peers = 0;
        foreach (var node in _nodes)
        {
            if (node.IsSelf) continue;
            if (!node.Heard && node.Status != NodeStatus.Dead)
            {
                _nextReqNodes = Instant.Never;      // asked again when the last node is known
                return;
            }
            if (!node.IsPing && node.Status != NodeStatus.Dead && peers++ <= _reqNodesTo) peer = node;
        }
        if (_flowControl && peer is not null && !_nodesExchanged)
        {
            if (now < _nextReqNodes && _nextReqNodes != Instant.Never) return;
            _reqNodesTo = (_reqNodesTo + 1) % Math.Max(1, peers);
            _nextReqNodes = now + ReqNodesRetry;
            _out.Clear();
            _out.Add("t"u8, "reqnodes"u8);
            _out.Add("dest"u8, peer.WireName);
            Finish(null, now, wallSeconds);
            return;
        }
        _nextReqNodes = Instant.Never;
        _communicationUp = true;
        Log(LogPriority.Info, "Comm_now_up(): updating status to active");
        SetOwnStatus(NodeStatus.Active, now, wallSeconds);
        _effects.Tell(new ClusterEvent.CommunicationUp());
    }

    /// <summary>A control process that starts while we run learns where things stand: each node's status (unchanged: before = now), extensions, links, carriers, then communication.</summary>
    private void RepeatStateToControl()
    {
        foreach (var node in _nodes)
        {
            _effects.Tell(new ClusterEvent.NodeStatusChanged(node.Name, node.Status, node.Status, null));
            if (node.Extensions > 0) _effects.Tell(Extensions(node));
            if (node.IsSelf) continue;
            for (var device = 0; device < node.Links.Length; device++)
                if (node.Links[device].EverHeard) _effects.Tell(new ClusterEvent.LinkChanged(node.Name, _links[device], node.Links[device].Up));
        }
        for (var medium = 0; medium < _media.Length; medium++)
            if (_media[medium].Carrier.Carrier is { } carrier) _effects.Tell(new ClusterEvent.CarrierChanged(_cf.Media[medium].Link, carrier));
        if (_communicationUp) _effects.Tell(new ClusterEvent.CommunicationUp());
    }

    private void ChangeNodes(ImmutableArray<string> add, ImmutableArray<string> remove)
    {
        foreach (var name in add)
            if (NodeNamed(Encoding.Latin1.GetBytes(name)) is null)
            {
                _nodes.Insert(_nodes.Count(n => !n.IsPing), NewNode(name, isPing: false));
                Log(LogPriority.Info, $"Node {name} was added; write it into ha.cf as well.");
            }
        foreach (var name in remove)
            if (NodeNamed(Encoding.Latin1.GetBytes(name)) is { IsSelf: false, Alive: false } node)
            {
                _nodes.Remove(node);
                Log(LogPriority.Info, $"Node {name} was removed; take it out of ha.cf as well.");
            }
    }

    private void NoteOwnMessage(Message message) => NoteWeightAndSite(message);

    private void NoteWeightAndSite(Message message)
    {
        if (message.Type is not ("setweight" or "setsite") || NodeNamed(Encoding.Latin1.GetBytes(message["node"] ?? "")) is not { } node) return;
        if (message.Type == "setweight" && int.TryParse(message["weight"], out var weight)) node.Weight = weight;
        if (message.Type == "setsite") node.Site = message["site"] ?? "";
    }

    private static NodeStatus? Announced(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("active"u8) ? NodeStatus.Active : word.SequenceEqual("up"u8) ? NodeStatus.Up : word.SequenceEqual("init"u8) ? NodeStatus.Init : null;
}
