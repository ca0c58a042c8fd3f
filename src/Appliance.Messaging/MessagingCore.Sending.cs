using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging.Membership;
using Appliance.Messaging.Sequencing;
using Appliance.Messaging.Signing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging;

public sealed partial class MessagingCore
{
    /// <summary>Unacknowledged messages at which 3.0.6 pauses its clients, warns, and cries (MAXMSGHIST / 2, 3/4, 9/10).</summary>
    private const int HistoryWarns = 375, HistoryCries = 450;

    /// <summary>Most packets sent again for one request (3.0.6).</summary>
    private const int MaxResentAtOnce = 50;

    /// <summary>A UDP datagram cannot be larger.</summary>
    private const int MaxDatagram = 65507;

    private readonly WireMessage _out = new();
    private readonly SendHistory _history = new();
    private readonly byte[] _datagram = GC.AllocateUninitializedArray<byte>(MaxDatagram);
    private readonly byte[] _line = GC.AllocateUninitializedArray<byte>(MaxDatagram);
    private readonly byte[] _signed = GC.AllocateUninitializedArray<byte>(MaxDatagram);
    private WireMessage? _kept;
    private long _sequence;
    private Instant _lastFull;

    /// <summary>The dead time our peers shall use for us.</summary>
    private TimeSpan AnnouncedDeadTime(Instant now)
    {
        var time = _cf.DeadTime;
        if (now - _start < StartPeriod && !(_communicationUp && AllPeersOurs())) time += StartAllowance;     // pulse needs none; a 3.0.6 expects it
        if (now < _extendedUntil) time += _extension;
        return time;
    }

    private void SetOwnStatus(NodeStatus status, Instant now, long wallSeconds)
    {
        var before = _self.Status;
        _self.Status = status;
        if (status != NodeStatus.Init) Log(LogPriority.Info, $"Local status now set to: '{status.Word()}'");
        SendStatus(now, wallSeconds);
        if (before != status) _effects.Tell(new ClusterEvent.NodeStatusChanged(_self.Name, before, status, null));
    }

    private void SendStatus(Instant now, long wallSeconds)
    {
        _out.Clear();
        _out.Add("t"u8, "status"u8);
        _out.Add("st"u8, _self.Status switch { NodeStatus.Init => "init"u8, NodeStatus.Up => "up"u8, _ => "active"u8 });
        _announced = AnnouncedDeadTime(now);
        _out.AddHex("dt"u8, (long)_announced.TotalMilliseconds);
        _out.Add("protocol"u8, "1"u8);
        if (_options.Extensions > 0)
        {
            _out.AddDecimal("xv"u8, _options.Extensions);
            if (_cf.Crm) _out.Add("xe"u8, "crm"u8);
            if (_controlAway) _out.Add("xc"u8, "away"u8);
            if (_move.Length > 0) _out.Add("xmove"u8, _move);
        }
        _lastBeat = now;
        Finish(null, now, wallSeconds);
        SendPing(wallSeconds);
    }

    /// <summary>The data of an echo request: the reply brings it back as the ping node's status (reference, 5.2).</summary>
    private void SendPing(long wallSeconds)
    {
        for (var medium = 0; medium < _cf.Media.Length; medium++)
        {
            var (source, info) = _cf.Media[medium] switch
            {
                MediumSpec.Ping ping => (ping.Host, "ping"),
                MediumSpec.PingGroup group => (group.Name, "ping_group"),
                _ => ("", ""),
            };
            if (source.Length == 0) continue;
            var node = NodeOfPing(source);
            _out.Clear();
            _out.Add("t"u8, "NS_st"u8);
            _out.Add("st"u8, "ping"u8);
            _out.Add("info"u8, info == "ping" ? "ping"u8 : "ping_group"u8);
            _out.Add("src"u8, node.WireName);
            _out.AddHex("ts"u8, wallSeconds);
            AddAuthField();
            var length = WriteNetstring();
            if (length > 0) _effects.Ping(medium, _datagram.AsSpan(0, length));
        }
    }

    private Node NodeOfPing(string name)
    {
        foreach (var node in _nodes)
            if (node.IsPing && node.Name == name) return node;
        throw new InvariantViolation("a ping medium has a node");
    }

    private void SendForControl(Message message, Instant now, long wallSeconds)
    {
        if (!_out.Load(message))
        {
            Log(LogPriority.Error, $"A message of type {message.Type} is too large to be sent; it was dropped.");
            return;
        }
        NoteOwnMessage(message);
        Finish(message, now, wallSeconds);
    }

    /// <summary>Adds the sender's fields in 3.0.6's order, delivers to ourselves, signs, keeps and transmits what stands in <see cref="_out"/>.</summary>
    private void Finish(Message? forControl, Instant now, long wallSeconds)
    {
        var type = _out["t"u8];
        var sequenced = !type.StartsWith("NS_"u8);
        if (NodeNamed(_out["dest"u8]) is { Uuid.Length: 16 } addressee && _out.Find("destuuid"u8) < 0) _out.Add("destuuid"u8, FieldType.Binary, addressee.Uuid);
        if (_out.Find("src"u8) < 0) _out.Add("src"u8, _self.WireName);
        _out.Add("srcuuid"u8, FieldType.Binary, _self.Uuid);
        if (sequenced) _out.AddHex("seq"u8, ++_sequence);
        _out.AddHex("hg"u8, _options.Generation);
        _out.AddHex("ts"u8, Math.Max(1, wallSeconds));
        if (sequenced) _out.Add("ld"u8, _self.LoadLength == 0 ? "n/a"u8 : _self.Load.AsSpan(0, _self.LoadLength));
        _out.AddDecimal("ttl"u8, _cf.HopFudge + _nodes.Count);
        var datagram = Encode(out var onSerial);
        if (datagram <= 0)
        {
            Log(LogPriority.Error, "A message is too large for a datagram; it was dropped.");
            return;
        }
        if (sequenced)
        {
            _history.Keep(_sequence, _datagram.AsSpan(0, datagram), onSerial, _keys.Signing.Index);
            WatchHistory(now);
        }
        foreach (var medium in _media) medium.Sent++;
        if (forControl is not null && (forControl["dest"] is not { } to || to == _self.Name))
            _effects.Tell(new ClusterEvent.Received(_self.Name, _out.ToMessage(), FromSelf: true));
        _effects.Transmit(_datagram.AsSpan(0, datagram), onSerial);
    }

    /// <summary>Signs and writes what stands in <see cref="_out"/>: a datagram into <see cref="_datagram"/>, and where it is needed a serial line.</summary>
    /// <returns>Length of the datagram; 0 or less if it does not fit.</returns>
    private int Encode(out ReadOnlySpan<byte> onSerial)
    {
        var classic = UseClassicDatagrams();
        var bare = _cf.MessageFormat == MessageFormat.Netstring && !classic;     // then only serial lines carry the field auth
        var datagram = bare ? WriteNetstring() : 0;
        var line = 0;
        if (!bare || NeedsLine())
        {
            AddAuthField();
            line = Classic.Write(_out, _line);
        }
        if (!bare) datagram = classic ? Copy(line) : WriteNetstring();
        if (datagram > 0 && !classic) datagram = MaybeCompress(datagram, line);
        onSerial = line is > 0 and <= SerialFramer.MaxMessage ? _line.AsSpan(0, line) : default;
        return datagram;
    }

    /// <summary>Somebody may be given the message in classic form: a serial line, now; or a 3.0.6 that missed it, later, after a change of keys; or a compressor.</summary>
    private bool NeedsLine()
    {
        if (_hasSerial || _cf.TraditionalCompression) return true;
        foreach (var node in _nodes)
            if (!node.IsSelf && !node.IsPing && node.Extensions <= 0) return true;
        return false;
    }

    private int Copy(int line)
    {
        if (line > 0) _line.AsSpan(0, line).CopyTo(_datagram);
        return line;
    }

    private void AddAuthField()
    {
        Span<byte> signature = stackalloc byte[Keyring.MaxSignature];
        var text = Classic.WriteSigned(_out, _signed);
        if (text >= 0) _out.Add("auth"u8, signature[.._keys.Sign(_signed.AsSpan(0, text), signature)]);
    }

    private int WriteNetstring()
    {
        var length = Netstring.Write(_out, _datagram);
        if (length < 0) return -1;
        Span<byte> signature = stackalloc byte[Keyring.MaxSignature];
        var trailer = Netstring.WriteTrailer(signature[.._keys.Sign(_datagram.AsSpan(0, length), signature)], _datagram.AsSpan(length));
        return trailer < 0 ? -1 : length + trailer;
    }

    /// <summary>During a key rotation a 3.0.6 checks only classic datagrams rightly (docs/decisions/0005).</summary>
    private bool UseClassicDatagrams()
    {
        foreach (var node in _nodes)
            if (!node.IsSelf && !node.IsPing && node.Alive && node.KeyIndex >= 0 && node.Extensions == 0 && node.KeyIndex != _keys.Signing.Index) return true;
        return false;
    }

    /// <summary>Whole-message compression, as <c>traditional_compression on</c> asks (reference, 2.4).</summary>
    /// <remarks>A serial line takes the message as it is.</remarks>
    private int MaybeCompress(int datagram, int line)
    {
        if (_cf.Compression is null || !_cf.TraditionalCompression || datagram <= _cf.CompressionThresholdKib * 1024 || line <= 0 || line == _line.Length) return datagram;
        foreach (var compressor in _options.Compressors)
        {
            if (compressor.Algorithm != _cf.Compression) continue;
            _line[line] = 0;
            var packed = compressor.Compress(_line.AsSpan(0, line + 1), _signed);
            if (packed < 0) return datagram;
            var whole = new WireMessage();      // seldom and large: not the heartbeat path
            whole.Add("_compressed_payload"u8, FieldType.Binary, _signed.AsSpan(0, packed));
            whole.Add("_compression_algorithm"u8, compressor.Algorithm == "zlib" ? "zlib"u8 : "bz2"u8);
            if (packed >= datagram) return datagram;
            var length = Netstring.Write(whole, _datagram);
            Span<byte> signature = stackalloc byte[Keyring.MaxSignature];
            return length + Netstring.WriteTrailer(signature[.._keys.Sign(_datagram.AsSpan(0, length), signature)], _datagram.AsSpan(length));
        }
        return datagram;
    }

    private void WatchHistory(Instant now)
    {
        if (!_flowControl) return;
        long lowest = long.MaxValue;
        foreach (var node in _nodes)
            if (!node.IsSelf && !node.IsPing && node.Alive && node.Acked > 0) lowest = Math.Min(lowest, node.Acked);
        if (lowest == long.MaxValue) return;
        var queued = _sequence - lowest;
        if (queued <= HistoryWarns || now - _lastFull < TimeSpan.FromSeconds(1)) return;
        _lastFull = now;
        Log(queued > HistoryCries ? LogPriority.Error : LogPriority.Warn, $"Message hist queue is filling up ({queued} messages in queue)");
    }

    private void Resend(WireMessage request, Node asker, Instant now, long wallSeconds)
    {
        if (!request.TryDecimal("firstseq"u8, out var first) || !request.TryDecimal("lastseq"u8, out var last) || first < 1 || last < first || last > _sequence) return;
        var again = _cf.MaxRexmitDelay - TimeSpan.FromMilliseconds(10);
        for (var sequence = first; sequence <= last && sequence < first + MaxResentAtOnce; sequence++)
        {
            if (sequence <= asker.Acked) continue;
            if (!_history.TryGet(sequence, out var datagram, out var line, out var key, out var lastResent))
            {
                SendUnsequenced("NS_nak_rexmit"u8, asker, "firstseq"u8, sequence, hex: true, default, 0, "seqno too low"u8, now, wallSeconds);
                return;
            }
            if (lastResent is { } before && now - before < again) continue;
            if (!_keys.Has(key) && SignAgain(sequence, datagram, now)) continue;
            _history.Resent(sequence, now);
            // Keys were changed since: a 3.0.6 checks such a message only in classic form rightly (docs/decisions/0005).
            _effects.Transmit(asker.Extensions <= 0 && asker.KeyIndex != key && !line.IsEmpty ? line : datagram, line);
        }
    }

    /// <summary>The key it was signed with is in no file any more: signed anew, as 3.0.6 signs whatever it sends again, for nobody could check it otherwise.</summary>
    /// <returns>False when it stays as it is: a compressed one.</returns>
    private bool SignAgain(long sequence, ReadOnlySpan<byte> datagram, Instant now)
    {
        _kept ??= new WireMessage();        // after a change of keys only: not the heartbeat path
        _kept.Clear();
        var error = Netstring.IsOne(datagram) ? Netstring.Parse(datagram, _kept, out _, out _) : Classic.Parse(datagram, _kept);
        if (error != WireError.None || _kept.Find("_compressed_payload"u8) >= 0) return false;
        _out.Clear();
        for (var i = 0; i < _kept.Count; i++)
            if (!_kept.NameAt(i).SequenceEqual("auth"u8)) _out.Add(_kept.NameAt(i), _kept.TypeAt(i), _kept.ValueAt(i));
        var length = Encode(out var onSerial);
        if (length <= 0) return false;
        _history.Keep(sequence, _datagram.AsSpan(0, length), onSerial, _keys.Signing.Index);
        _history.Resent(sequence, now);
        _effects.Transmit(_datagram.AsSpan(0, length), onSerial);
        return true;
    }

    /// <summary>The three types without a sequence number; field orders as in the reference, section 6.</summary>
    private void SendUnsequenced(ReadOnlySpan<byte> type, Node to, ReadOnlySpan<byte> name, long value, bool hex, ReadOnlySpan<byte> secondName, long second,
        ReadOnlySpan<byte> info, Instant now, long wallSeconds)
    {
        _out.Clear();
        _out.Add("t"u8, type);
        if (info.IsEmpty) _out.Add("dest"u8, to.WireName);
        if (hex) _out.AddHex(name, value);
        else _out.AddDecimal(name, value);
        if (!secondName.IsEmpty) _out.AddDecimal(secondName, second);
        if (!info.IsEmpty)
        {
            _out.Add("dest"u8, to.WireName);
            _out.Add("info"u8, info);
        }
        Finish(null, now, wallSeconds);
    }

    private void AskForMissing(Instant now, long wallSeconds)
    {
        foreach (var node in _nodes)
        {
            if (node.IsSelf || node.Sequence.MissingCount == 0 || node.Status == NodeStatus.Dead) continue;
            // 3.0.6 asks for each number by itself; ours understand a range, which is kinder to a serial line.
            while (node.Sequence.DueAsk(now, _cf.MaxRexmitDelay, node.Extensions > 0 ? MaxResentAtOnce : 1, out var last) is > 0 and var first)
                SendUnsequenced("NS_rexmit"u8, node, "firstseq"u8, first, hex: false, "lastseq"u8, last, default, now, wallSeconds);
        }
    }

    /// <summary>Acknowledges every tenth message of a node once nothing before it is missing.</summary>
    /// <remarks>3.0.6 also acknowledges its own messages to itself on the wire; nobody uses those, so we do not send them.</remarks>
    private void Acknowledge(Node node, long sequence, bool gapClosed, Instant now, long wallSeconds)
    {
        if (!_flowControl) return;
        var through = gapClosed ? node.Sequence.CompleteTo - (node.Sequence.CompleteTo - node.AckTrigger + 10) % 10 : sequence;
        if (through <= node.LastAckSent || through % 10 != node.AckTrigger || !node.Sequence.CompleteThrough(through)) return;
        node.LastAckSent = through;
        SendUnsequenced("NS_ackmsg"u8, node, "ackseq"u8, through, hex: true, default, 0, default, now, wallSeconds);
    }
}
