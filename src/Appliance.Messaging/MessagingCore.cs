using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging.Membership;
using Appliance.Messaging.Sequencing;
using Appliance.Messaging.Signing;

namespace Appliance.Messaging;

/// <summary>Turns packets, their absence and control's commands into node states, delivered messages and packets to send.</summary>
/// <remarks>
/// Parts: this file composes; <c>.Receiving</c> judges what arrives, <c>.Sending</c> writes, signs and resends, <c>.Membership</c> moves nodes and links,
/// <c>.Reporting</c> answers status questions. Wire and rules: Linux-HA heartbeat 3.0.6; departures are said where they are made.
/// </remarks>
public sealed partial class MessagingCore : IMessaging
{
    /// <summary>For how long after its start a node announces <see cref="StartAllowance"/> more dead time (3.0.6).</summary>
    private static readonly TimeSpan StartPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StartAllowance = TimeSpan.FromSeconds(2);

    /// <summary>How often an unanswered <c>reqnodes</c> goes to the next peer (3.0.6).</summary>
    private static readonly TimeSpan ReqNodesRetry = TimeSpan.FromSeconds(1);

    private readonly MessagingOptions _options;
    private readonly IMessagingEffects _effects;
    private readonly HaCf _cf;
    private readonly List<Node> _nodes = [];
    private readonly Node _self;
    private readonly string[] _links;
    private readonly int[] _linkOfMedium;
    private readonly MediumCounters[] _media;
    private readonly Instant _start;
    private readonly bool _isRing, _hasSerial;
    private readonly RingMemory _ring = new();
    private readonly LogLimiter _limiter = new(), _lateness = new();
    private Keyring _keys;
    private Instant _nextBeat, _nextReqNodes = Instant.Never, _extendedUntil, _lastBeat, _accountedFor, _initialDeath;
    private TimeSpan _extension, _announced;
    private bool _started, _managerReady, _communicationUp, _controlAway, _flowControl = true, _nodesExchanged;
    private int _reqNodesTo;
    private ulong _random;
    private byte[] _move;

    /// <summary>A node at its birth: nothing is sent before <see cref="Start"/>.</summary>
    public MessagingCore(MessagingOptions options, Instant start, IMessagingEffects effects)
    {
        (_options, _effects, _cf, _start, _keys) = (options, effects, options.HaCf, start, new Keyring(options.Keys));
        _random = options.Seed | 1;
        _move = Encoding.Latin1.GetBytes(options.Move ?? "");
        _links = [.. _cf.Media.Select(m => m.Link).Distinct()];
        _linkOfMedium = Array.ConvertAll([.. _cf.Media], m => Array.IndexOf(_links, m.Link));
        _media = [.. _cf.Media.Select(m => new MediumCounters { IsSerial = m is MediumSpec.Serial, Carrier = new(_cf.DeadTime) })];
        _isRing = _media.Count(m => m.IsSerial) > 1;
        _hasSerial = _media.Any(m => m.IsSerial);
        foreach (var name in _cf.Nodes) _nodes.Add(NewNode(name, isPing: false));
        foreach (var name in _cf.PingNodes) _nodes.Add(NewNode(name, isPing: true));
        _self = _nodes.First(n => n.IsSelf);
        _self.Uuid = [.. options.LocalUuid];
        _self.Generation = options.Generation;
        (_nextBeat, _lastBeat, _accountedFor, _initialDeath) = (start, start, start, start + _cf.InitDead);
        _announced = _cf.DeadTime;
    }

    /// <inheritdoc/>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Min(_nextBeat, _nextReqNodes);
            foreach (var node in _nodes)
            {
                if (!node.IsSelf && node.Status != NodeStatus.Dead) next = Instant.Min(next, Instant.Min(DeathOf(node), node.Sequence.NextAsk));
                foreach (var link in node.Links)
                    if (link.Up) next = Instant.Min(next, link.LastPacket + LinkDeadTime(node));
            }
            return next;
        }
    }

    /// <inheritdoc/>
    public void Start(Instant now, long wallSeconds)
    {
        _started = true;
        _accountedFor = now;
        Log(LogPriority.Info, $"Heartbeat generation: {_options.Generation}");
        SetOwnStatus(NodeStatus.Init, now, wallSeconds);
        SetOwnStatus(NodeStatus.Up, now, wallSeconds);
        _nextBeat = now + _cf.KeepAlive;
    }

    /// <inheritdoc/>
    public void Tick(Instant now, long wallSeconds)
    {
        if (!_started) return;
        NoticeOwnPause(now);
        if (now >= _nextBeat)
        {
            SendStatus(now, wallSeconds);
            _nextBeat = _nextBeat + _cf.KeepAlive;
            if (_nextBeat <= now) _nextBeat = now + _cf.KeepAlive;
        }
        Bury(now);
        AskForMissing(now, wallSeconds);
        TryCommunicationUp(now, wallSeconds);
    }

    /// <inheritdoc/>
    public void Execute(ClusterCommand command, Instant now, long wallSeconds)
    {
        switch (command)
        {
            case ClusterCommand.Send send:
                SendForControl(send.Message, now, wallSeconds);
                break;
            case ClusterCommand.ManagerReady:
                _managerReady = true;
                RepeatStateToControl();
                TryCommunicationUp(now, wallSeconds);
                break;
            case ClusterCommand.ExtendDeadTime extend:
                (_extension, _extendedUntil) = (extend.Extra, now + extend.For);
                SendStatus(now, wallSeconds);
                break;
            case ClusterCommand.SayMove move:
                _move = Encoding.Latin1.GetBytes(move.Move ?? "");
                SendStatus(now, wallSeconds);
                break;
            case ClusterCommand.Report report:
                _effects.Tell(new ClusterEvent.Reported(report.RequestId, Report(now)));
                break;
            case ClusterCommand.ChangeNodes change:
                ChangeNodes(change.Add, change.Remove);
                break;
            case ClusterCommand.Stop:
                break;      // the shell ends the process when the time has come; until then we beat
        }
    }

    /// <inheritdoc/>
    public void SetLoad(ReadOnlySpan<byte> load)
    {
        load = load[..Math.Min(load.Length, _self.Load.Length)];
        if (load.IndexOf((byte)'\n') is >= 0 and var end) load = load[..end];
        load.CopyTo(_self.Load);
        _self.LoadLength = load.Length;
    }

    /// <inheritdoc/>
    public void MediumFault(int medium, string? fault, Instant now) => _media[medium].Fault = fault;      // for the report; the shell, which knows more, logs it

    /// <inheritdoc/>
    public void CarrierRead(int medium, bool? shown, Instant now)
    {
        var watch = _media[medium].Carrier;
        if (!watch.Read(shown, _media[medium].Heard, now)) return;
        var line = _cf.Media[medium].Link;
        if (watch.Carrier is not { } carrier) Log(LogPriority.Warn, $"serial {line}: {(shown is null ? "its modem status cannot be read any more" : "nodes are heard over it though it shows no carrier")}; whether it has one is not known");
        else if (carrier) Log(LogPriority.Info, $"serial {line}: carrier: there is a machine with power at the other end");
        else Log(LogPriority.Warn, $"serial {line}: no carrier: the machine at the other end has no power, or the cable is out");
        _effects.Tell(new ClusterEvent.CarrierChanged(line, watch.Carrier));
    }

    /// <inheritdoc/>
    public void KeysChanged(AuthKeys keys, Instant now)
    {
        _keys = new Keyring(keys);
        Log(LogPriority.Info, $"Authentication keys read again; we sign with key {keys.SigningIndex}.");
    }

    /// <inheritdoc/>
    public void ControlAway(bool away, Instant now)
    {
        _controlAway = away;
        if (away) _managerReady = false;
    }

    private Node NewNode(string name, bool isPing)
    {
        var node = new Node(name, isPing, name == _cf.LocalNode, isPing ? _cf.DeadPing : _cf.DeadTime, _links.Length) { LastStatus = _start, AckTrigger = (int)(Random() % 10) };
        if (_options.KnownUuids.TryGetValue(name, out var uuid)) node.Uuid = [.. uuid];
        return node;
    }

    /// <summary>xorshift64*: enough for a delay and a digit, and the same for the same seed.</summary>
    private ulong Random()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 2685821657736338717UL >> 11;
    }

    private bool AllPeersOurs() => _options.Extensions > 0 && _nodes.TrueForAll(n => n.IsSelf || n.IsPing || !n.Alive || n.Extensions > 0);

    private void Log(LogPriority priority, string text) => _effects.Tell(new ClusterEvent.Logged(priority, text));

    private sealed class MediumCounters
    {
        public bool IsSerial { get; init; }
        public string? Fault { get; set; }
        public required CarrierWatch Carrier { get; init; }

        /// <summary>Packets of other nodes that were neither bad nor old.</summary>
        public long Heard { get; set; }
        public long Sent { get; set; }
        public long Received { get; set; }
        public long Malformed { get; set; }
        public long BadSignature { get; set; }
        public long Replayed { get; set; }
        public long UnknownNode { get; set; }
    }

    /// <summary>A flood of bad packets gives a few lines a minute and a count, not a full disk.</summary>
    private sealed class LogLimiter
    {
        private const int Burst = 5;
        private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
        private Instant _until;
        private int _said;
        private long _swallowed;

        public bool Allows(Instant now, out long swallowed)
        {
            swallowed = 0;
            if (now >= _until) (_until, _said, swallowed, _swallowed) = (now + Period, 0, _swallowed, 0);
            if (_said++ < Burst) return true;
            _swallowed++;
            return false;
        }
    }

    private void LogBad(Instant now, LogPriority priority, string text)
    {
        if (!_cf.LogBadPackets || !_limiter.Allows(now, out var swallowed)) return;
        Log(priority, swallowed == 0 ? text : $"{text} ({swallowed} similar lines were left out)");
    }
}
