using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;
using Appliance.Messaging.Wire;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Machines;

/// <summary>pulse on a simulated machine: the messaging core and the little its shell does around it.</summary>
internal sealed class PulseProcess : SimulatedProcess, IMessagingEffects
{
    private readonly World _world;
    private readonly Machine _machine;
    private readonly IMessaging _core;
    private readonly SerialFramer?[] _framers;
    private Instant _armed = Instant.Never, _nextCarriers = new(long.MinValue);
    private AuthKeys _keys;
    private long _highestStatus;
    private readonly List<AuthKey> _formerKeys = [];
    private bool _shutdownAsked;

    public PulseProcess(World world, Machine machine, long generation)
    {
        (_world, _machine, Generation, _keys) = (world, machine, generation, machine.AuthKeys);
        var options = new MessagingOptions(machine.HaCf, machine.AuthKeys, generation, machine.Uuid, world.Chance.Next(), [], Empty, machine.Extensions);
        _core = world.Mutation.Messaging(machine, effects => new MessagingCore(options, machine.Clock, effects), this);
        _framers = [.. machine.HaCf.Media.Select(m => world.Plan.SerialFraming && m is MediumSpec.Serial ? new SerialFramer() : null)];
        StartedAt = world.Now;
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, System.Collections.Immutable.ImmutableArray<byte>> Empty =>
        System.Collections.Immutable.ImmutableSortedDictionary<string, System.Collections.Immutable.ImmutableArray<byte>>.Empty;

    public long Generation { get; }

    public Instant StartedAt { get; }

    public AuthKeys Keys => _keys;

    /// <summary>Effects other than log lines since the counter was last set to zero.</summary>
    public int Deeds { get; set; }

    /// <summary>The answer to the last <see cref="ClusterCommand.Report"/> of the simulator's own.</summary>
    public ClusterReport? LastReport { get; private set; }

    public void Begin()
    {
        _core.Start(_machine.Clock, _machine.WallSeconds);
        Arm();
    }

    public void Receive(int medium, Packet packet) => Let(() =>
    {
        if (packet.Origin != Origin.Genuine)
        {
            _world.Rules.ReceivesBad(_machine, this, packet, () => Hand(medium, packet));
        }
        else Hand(medium, packet);

        Arm();
    }, maybeLost: true);

    private void Hand(int medium, Packet packet)
    {
        if (_framers[medium] is not { } framer)
        {
            if (packet.Origin == Origin.Genuine) _world.Rules.Hears(_machine, this, packet);
            _core.Received(medium, packet.Bytes, _machine.Clock, _machine.WallSeconds);
            return;
        }

        // A serial line brings bytes, not messages: in pieces, and sometimes with noise before them. What follows a damaged end is lost with it.
        var rest = packet.Bytes.AsSpan();
        while (Alive && !rest.IsEmpty)
        {
            var piece = rest[..Math.Min(rest.Length, _world.Chance.Between(1, 120))];
            rest = rest[piece.Length..];
            while (!piece.IsEmpty && Alive)
            {
                if (framer.Next(piece, out var consumed, out var message))
                {
                    if (packet.Origin == Origin.Genuine && message.SequenceEqual(packet.Bytes)) _world.Rules.Hears(_machine, this, packet);
                    _core.Received(medium, message, _machine.Clock, _machine.WallSeconds);
                }

                piece = piece[consumed..];
            }
        }
    }

    public void Execute(ClusterCommand command) => Let(() =>
    {
        switch (command)
        {
            case ClusterCommand.ManagerReady:
                _core.ControlAway(false, _machine.Clock);
                _core.Execute(command, _machine.Clock, _machine.WallSeconds);
                break;
            case ClusterCommand.ReloadKeys:
                ReloadKeys();
                break;
            case ClusterCommand.GiveUp:
                _machine.GivesUp(this);
                break;
            case ClusterCommand.Stop stop:
                _core.Execute(command, _machine.Clock, _machine.WallSeconds);
                _machine.DaemonStops(this, stop);
                break;
            default:
                _core.Execute(command, _machine.Clock, _machine.WallSeconds);
                break;
        }

        Arm();
    });

    /// <summary>Reads authkeys as the machine has it now.</summary>
    public void ReloadKeys()
    {
        _formerKeys.RemoveAll(k => k.Index == _keys.SigningIndex);
        _formerKeys.Add(_keys.Signing);
        _keys = _machine.AuthKeys;
        _core.KeysChanged(_keys, _machine.Clock);
    }

    public void ControlAway() => Let(() =>
    {
        _core.ControlAway(true, _machine.Clock);
        Arm();
    });

    public void MediumFault(int medium, string? fault) => Let(() =>
    {
        _core.MediumFault(medium, fault, _machine.Clock);
        Arm();
    });

    /// <summary>A signal to pulse.</summary>
    public void Signal(DaemonRequest request) => Let(() =>
    {
        _shutdownAsked |= request == DaemonRequest.Shutdown;
        Tell(new ClusterEvent.Asked(request));
    });

    /// <summary>A request for the end outlives a control that dies of it: its successor is told.</summary>
    public void AskAgain()
    {
        if (_shutdownAsked) Signal(DaemonRequest.Shutdown);
    }

    public ClusterReport Report()
    {
        LastReport = null;
        _core.Execute(new ClusterCommand.Report(-1), _machine.Clock, _machine.WallSeconds);
        return LastReport!;
    }

    /// <summary>Runs what is due, so that what follows shows only its own effect.</summary>
    public void Settle()
    {
        _core.Tick(_machine.Clock, _machine.WallSeconds);
        Arm();
    }

    private void Arm()
    {
        if (!Alive) return;
        var next = _core.NextDeadline;
        if (next == Instant.Never) return;
        var at = _machine.ToWorld(next);
        if (at < _world.Now) at = _world.Now;
        if (at >= _armed) return;
        _armed = at;
        // poll(2) wakes a little late; never early.
        _world.At(at + _world.Chance.Milliseconds(0, 0.3), Wake);
    }

    private void Wake()
    {
        _armed = Instant.Never;
        Let(() =>
        {
            if (_core.NextDeadline <= _machine.Clock)
            {
                _core.Tick(_machine.Clock, _machine.WallSeconds);
                ReadCarriers();
            }
            Arm();
        });
    }

    /// <summary>Once with each heartbeat, as the real one does.</summary>
    private void ReadCarriers()
    {
        if (_nextCarriers > _machine.Clock) return;
        _nextCarriers = _machine.Clock + _machine.HaCf.KeepAlive * 0.75;
        for (var medium = 0; medium < _machine.Ports.Length && Alive; medium++)
        {
            if (_machine.Ports[medium] is not SerialLine line) continue;
            var shown = line.Shows(_machine);
            _world.Rules.Shown(_machine, this, shown);
            _core.CarrierRead(medium, shown, _machine.Clock);
        }
    }

    /// <inheritdoc/>
    public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line)
    {
        if (!_machine.CountsEffect(this)) return;
        Deeds++;
        _world.Trace.Mix(datagram);
        var isNewStatus = IsNewStatus(datagram);
        if (_world.Trace.InWords && !isNewStatus) _world.Trace.Say(0x10, _machine.Name, $"sends {PacketText.Describe(datagram)}");
        var packet = new Packet(_machine.Index, datagram.ToArray(), _world.Now, isNewStatus, SignedWith(datagram), Origin.Genuine);
        var onSerial = line.IsEmpty ? null : packet with { Bytes = line.ToArray() };
        _world.Recorder.Keep(packet);
        for (var medium = 0; medium < _machine.Ports.Length; medium++)
        {
            if (_machine.HaCf.Media[medium] is MediumSpec.Ping or MediumSpec.PingGroup) continue;
            if (_machine.HaCf.Media[medium] is not MediumSpec.Serial) _machine.Ports[medium].Send(_machine, packet);
            else if (onSerial is not null) _machine.Ports[medium].Send(_machine, onSerial);
        }
    }

    /// <inheritdoc/>
    public void Ping(int medium, ReadOnlySpan<byte> data)
    {
        if (!_machine.CountsEffect(this)) return;
        _machine.Ports[medium].Send(_machine, new Packet(_machine.Index, data.ToArray(), _world.Now, false, _keys.Signing, Origin.Genuine));
    }

    /// <inheritdoc/>
    public void Forward(int fromMedium, ReadOnlySpan<byte> line)
    {
        if (!_machine.CountsEffect(this)) return;
        var packet = new Packet(_machine.Index, line.ToArray(), _world.Now, false, _keys.Signing, Origin.Genuine);
        for (var medium = 0; medium < _machine.Ports.Length; medium++)
            if (medium != fromMedium && _machine.HaCf.Media[medium] is MediumSpec.Serial) _machine.Ports[medium].Send(_machine, packet);
    }

    /// <inheritdoc/>
    public void Tell(ClusterEvent happened)
    {
        if (happened is ClusterEvent.Reported { RequestId: -1 } own)
        {
            LastReport = own.Report;
            return;
        }

        if (!_machine.CountsEffect(this)) return;
        if (happened is ClusterEvent.Logged line)
        {
            if (_world.Trace.InWords) _world.Trace.Say(0x11, _machine.Name, $"pulse {line.Priority}: {line.Text}");
            return;
        }

        Deeds++;
        _world.Rules.Told(_machine, this, happened);
        _machine.Control?.Hear(OverTheBridge(happened));
        if (happened is ClusterEvent.NodeReturned && _machine.Extensions == 0) _machine.RestartsAs306(this);
    }

    private ClusterEvent OverTheBridge(ClusterEvent happened)
    {
        if (!_world.Plan.BridgeInBytes) return happened;
        var frame = BridgeFrame.OfThisThread;
        var length = BridgeCodec.Write(happened, frame);
        if (length < 0 || !BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterEvent? read))
            throw new Engine.RuleBroken("bridge", _world.Now, $"an event does not survive the bridge: {happened}");
        return read;
    }

    /// <summary>The key a packet was signed with: one that is sent again carries the signature of its first time.</summary>
    private AuthKey SignedWith(ReadOnlySpan<byte> datagram)
    {
        var index = PacketText.KeyIndex(datagram);
        if (index == _keys.SigningIndex) return _keys.Signing;
        foreach (var key in _formerKeys)
            if (key.Index == index) return key;
        return _keys.Signing;
    }

    private bool IsNewStatus(ReadOnlySpan<byte> datagram)
    {
        if (PacketText.Field(datagram, "t="u8) is var type && !type.StartsWith("status"u8)) return false;
        var sequence = PacketText.Hex(PacketText.Field(datagram, "seq="u8));
        if (sequence <= _highestStatus) return false;
        _highestStatus = sequence;
        return true;
    }
}
