using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging.Membership;
using Appliance.Messaging.Sequencing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging;

public sealed partial class MessagingCore
{
    private readonly WireMessage _in = new();
    private byte[] _expanded = [];

    /// <inheritdoc/>
    public void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds)
    {
        if (!_started) return;
        NoticeOwnPause(now);
        var counters = _media[medium];
        counters.Received++;
        var error = Authenticate(packet, out var keyIndex);
        if (error != WireError.None)
        {
            if (error is WireError.BadSignature or WireError.NoSignature)
            {
                counters.BadSignature++;
                LogBad(now, LogPriority.Warn, $"string2msg_ll: node [{Printable(Claimed(packet))}] failed authentication on {_cf.Media[medium].Link}");
            }
            else
            {
                counters.Malformed++;
                LogBad(now, LogPriority.Warn, $"Malformed packet of {packet.Length} bytes on {_cf.Media[medium].Type} {_cf.Media[medium].Link}: {error}");
            }
            return;
        }
        Judge(medium, counters, packet, keyIndex, now, wallSeconds);
    }

    /// <summary>Reads and authenticates a packet into <see cref="_in"/>. Nothing of it is believed before the signature is.</summary>
    private WireError Authenticate(ReadOnlySpan<byte> packet, out int keyIndex)
    {
        keyIndex = -1;
        WireError error;
        if (Netstring.IsOne(packet))
        {
            error = Netstring.Parse(packet, _in, out var signed, out var trailer);
            if (error != WireError.None) return error;
            if (trailer.IsEmpty) return WireError.NoSignature;
            if (!_keys.Check(trailer, signed, out keyIndex)) return WireError.BadSignature;
            return _in.Find("_compressed_payload"u8) >= 0 ? Expand() : WireError.None;
        }
        // What the field signs is the text as it came: checked before anything of it is interpreted.
        _in.Clear();
        error = Classic.Extract(packet, _signed, out var text, out var auth);
        if (error != WireError.None) return error;
        return _keys.Check(auth, _signed.AsSpan(0, text), out keyIndex) ? Classic.Parse(packet, _in) : WireError.BadSignature;
    }

    /// <summary>Who a packet that failed says it is from.</summary>
    private ReadOnlySpan<byte> Claimed(ReadOnlySpan<byte> packet) => _in.Count > 0 ? _in["src"u8] : Classic.Peek(packet, "src"u8);

    /// <summary>The outer trailer was checked; the message inside is classic text with a NUL (reference, 2.4).</summary>
    private WireError Expand()
    {
        var algorithm = _in["_compression_algorithm"u8];
        foreach (var compressor in _options.Compressors)
        {
            if (!algorithm.SequenceEqual(Encoding.ASCII.GetBytes(compressor.Algorithm))) continue;
            if (_expanded.Length == 0) _expanded = new byte[2 * 1024 * 1024];      // MAXUNCOMPRESSED of 3.0.6
            var length = compressor.Expand(_in["_compressed_payload"u8], _expanded);
            return length < 0 ? WireError.BadCompression : Classic.Parse(_expanded.AsSpan(0, length), _in);
        }
        return WireError.BadCompression;
    }

    private void Judge(int medium, MediumCounters counters, ReadOnlySpan<byte> packet, int keyIndex, Instant now, long wallSeconds)
    {
        if (!_in.TryHex("ts"u8, out var timestamp) || timestamp == 0 || _in["t"u8].IsEmpty)
        {
            counters.Malformed++;
            LogBad(now, LogPriority.Warn, $"A message without type or time on {_cf.Media[medium].Link} was dropped");
            return;
        }
        if (_cf.Media[medium] is MediumSpec.Ping or MediumSpec.PingGroup)
        {
            PingAnswered(medium, timestamp, now, wallSeconds);
            return;
        }
        if (Sender(counters, now) is not { } node) return;
        if (node.IsSelf)
        {
            OwnCameBack(medium, counters, now);
            return;
        }
        var hasGeneration = _in.TryHex("hg"u8, out var generation) && generation > 0;
        if (!_in.TryHex("seq"u8, out var sequence) || sequence <= 0)
        {
            Unnumbered(node, medium, counters, packet, generation, timestamp, now, wallSeconds);
            return;
        }
        if (!hasGeneration)
        {
            counters.Replayed++;        // 3.0.6 takes it for 0 and drops it as a replay from the second message on; nobody sends it so
            LogBad(now, LogPriority.Error, $"A message of {node.Name} without generation was dropped");
            return;
        }
        var startedAnew = generation > node.Generation;
        if (!AcceptGeneration(node, counters, generation, now)) return;
        var verdict = node.Sequence.Take(sequence, now, FirstRexmitDelay(), _cf.MaxRexmitDelay, out var gap);
        if (verdict == SequenceVerdict.Duplicate)
        {
            if (IsOfNow(node, timestamp)) HeardOver(node, medium, sequence, duplicate: true, now);
            else counters.Replayed++;
            if (_isRing && counters.IsSerial && _ring.TakeWanted(node, sequence)) _effects.Forward(medium, packet);
            return;
        }
        HeardOver(node, medium, sequence, duplicate: false, now);
        node.KeyIndex = keyIndex;
        LearnUuid(node);
        if (gap < 0) Release(node);     // what came before the many that are lost
        if (gap > 0) Log(LogPriority.Warn, $"{gap} lost packet(s) for [{node.Name}] [{sequence - gap - 1}:{sequence}]");
        else if (gap < 0) Log(LogPriority.Error, $"lost a lot of packets from {node.Name}! None of them is asked for again.");
        var gapClosed = verdict == SequenceVerdict.AcceptMissing;
        if (gapClosed && node.Sequence.MissingCount == 0) Log(LogPriority.Info, $"No pkts missing from {node.Name}!");
        if (_isRing && counters.IsSerial && _in.TryDecimal("ttl"u8, out var ttl) && ttl > 1) _effects.Forward(medium, packet);
        // A node that starts hears our status before anything else of us: a 3.0.6 takes any packet as a sign of life, and with auto_failback legacy takes its
        // groups without asking when the packet that completes its round is an acknowledgement.
        if (startedAnew) SendStatus(now, wallSeconds);
        if (gapClosed || sequence % 10 == node.AckTrigger) Acknowledge(node, sequence, gapClosed, now, wallSeconds);
        Dispatch(node, sequence, timestamp, now, wallSeconds);
        Release(node);
    }

    /// <summary>Types that begin with NS_ carry no number: the sender's clock tells a recorded one from a new one.</summary>
    private void Unnumbered(Node node, int medium, MediumCounters counters, ReadOnlySpan<byte> packet, long generation, long timestamp, Instant now, long wallSeconds)
    {
        if (node.Generation == 0 || generation != node.Generation || !_in["t"u8].StartsWith("NS_"u8) || !IsOfNow(node, timestamp))
        {
            if (node.Generation > 0) counters.Replayed++;
            return;
        }
        node.Links[_linkOfMedium[medium]].Packets++;
        if (IsForUs()) Dispatch(node, 0, timestamp, now, wallSeconds);
        else if (_isRing && counters.IsSerial && _ring.IsNew(packet, now))
        {
            if (_in["t"u8].SequenceEqual("NS_rexmit"u8) && NodeNamed(_in["dest"u8]) is { } wanted && _in.TryDecimal("firstseq"u8, out var first) && _in.TryDecimal("lastseq"u8, out var last))
                _ring.Want(wanted, first, Math.Min(last, first + MaxResentAtOnce - 1));
            _effects.Forward(medium, packet);
        }
    }

    /// <summary>Our own message, heard on a broadcast medium or at the end of a ring. Or not quite our own.</summary>
    private void OwnCameBack(int medium, MediumCounters counters, Instant now)
    {
        if (!_in.TryHex("hg"u8, out var generation) || generation < _self.Generation) counters.Replayed++;
        else if (generation > _self.Generation || _in.TryHex("seq"u8, out var sequence) && sequence > _sequence)
        {
            counters.UnknownNode++;
            LogBad(now, LogPriority.Error, $"Another machine calls itself {_self.Name} and has our UUID: was this machine cloned? Its messages are ignored");
        }
        else if (sequence > 0) HeardOver(_self, medium, sequence, duplicate: false, now);
    }

    /// <summary>
    /// The same message by another, slower way shows that this way works; an old one played back shows nothing. The two are told apart by the sender's
    /// clock: no older (or newer) than a dead time and a second of rounding, from a node that is alive.
    /// </summary>
    private static bool IsOfNow(Node node, long timestamp) =>
        node.Status != NodeStatus.Dead && Math.Abs(timestamp - node.StatusTimestamp) <= (long)node.DeadTime.TotalSeconds + 1;

    private TimeSpan FirstRexmitDelay() => new((long)(Random() % (ulong)Math.Max(1, _cf.MaxRexmitDelay.Ticks)));

    /// <summary>Who sent it, by name; the UUID must not contradict. Who is not in the configuration changes nothing.</summary>
    /// <remarks>Where 3.0.6 renames a node whose UUID comes with another name, we refuse: two machines with a copied hb_uuid would destroy each other.</remarks>
    private Node? Sender(MediumCounters counters, Instant now)
    {
        ReadOnlySpan<byte> uuid = _in["srcuuid"u8], name = _in["src"u8];
        if (NodeNamed(name) is not { IsPing: false } named)
        {
            counters.UnknownNode++;
            LogBad(now, LogPriority.Warn, $"A correctly signed message from [{Printable(name)}], which is not in ha.cf, was ignored");
            return null;
        }
        if (uuid.Length != 16) return named;
        foreach (var other in _nodes)
            if (other != named && (other.IsSelf || other.Generation > 0) && uuid.SequenceEqual(other.Uuid))
            {
                counters.UnknownNode++;
                LogBad(now, LogPriority.Error, $"{named.Name} sends with the UUID of {other.Name}: was hb_uuid copied from one machine to the other? Remove it on one of them and restart it. Its messages are ignored");
                return null;
            }
        if (named.Uuid.Length == 16 && !uuid.SequenceEqual(named.Uuid) && (named.IsSelf || named.Alive && !HigherGeneration(named)))
        {
            counters.UnknownNode++;
            LogBad(now, LogPriority.Error, $"Two machines call themselves {named.Name}. Messages of the one with the new UUID are ignored");
            return null;
        }
        return named;
    }

    private bool HigherGeneration(Node node) => _in.TryHex("hg"u8, out var generation) && generation > node.Generation;

    private void LearnUuid(Node node)
    {
        var uuid = _in["srcuuid"u8];
        if (uuid.Length == 16 && !uuid.SequenceEqual(node.Uuid)) node.Uuid = uuid.ToArray();
    }

    /// <summary>Only a status raises the generation; anything of an older one is a replay.</summary>
    private bool AcceptGeneration(Node node, MediumCounters counters, long generation, Instant now)
    {
        if (generation == node.Generation) return true;
        if (generation < node.Generation)
        {
            counters.Replayed++;
            LogBad(now, LogPriority.Error, $"should_drop_message: attempted replay attack [{node.Name}]? [gen = {generation}, curgen = {node.Generation}]");
            return false;
        }
        if (!_in["t"u8].SequenceEqual("status"u8)) return false;    // its first status comes, and what we miss is sent again
        var first = node.Generation == 0;
        node.Generation = generation;
        node.Sequence.Reset();
        node.Held.Clear();
        (node.StatusSequence, node.StatusTimestamp, node.Acked, node.LastAckSent) = (0, 0, 0, 0);
        foreach (var link in node.Links) link.HighestSequence = 0;
        if (first) return true;
        node.Extensions = Node.ExtensionsUnknown;       // another daemon may have been started: told anew, whatever it says
        Log(LogPriority.Info, $"Heartbeat restart on node {node.Name}");
        if (node.Status != NodeStatus.Dead) _effects.Tell(new ClusterEvent.NodeRestarted(node.Name, generation));
        return true;
    }

    private bool IsForUs()
    {
        var uuid = _in["destuuid"u8];
        if (uuid.Length == 16 && uuid.ContainsAnyExcept((byte)0)) return uuid.SequenceEqual(_self.Uuid);
        var name = _in["dest"u8];
        return name.IsEmpty || EqualsIgnoringCase(name, _self.WireName);
    }

    private void Dispatch(Node node, long sequence, long timestamp, Instant now, long wallSeconds)
    {
        var type = _in["t"u8];
        if (type.SequenceEqual("status"u8)) StatusHeard(node, sequence, timestamp, now, wallSeconds);
        else if (!IsForUs()) return;
        else if (type.SequenceEqual("NS_ackmsg"u8)) Acked(node, now);
        else if (type.SequenceEqual("NS_rexmit"u8)) Resend(_in, node, now, wallSeconds);
        else if (type.SequenceEqual("NS_nak_rexmit"u8)) CannotResend(node);
        else if (type.StartsWith("NS_"u8)) return;
        else if (type.SequenceEqual("reqnodes"u8)) AnswerNodes(node, now, wallSeconds);
        else if (type.SequenceEqual("repnodes"u8))
        {
            CompareNodeList(node);
            _nodesExchanged = true;
            TryCommunicationUp(now, wallSeconds);
        }
        else
        {
            var message = _in.ToMessage();
            NoteWeightAndSite(message);
            if (KeepsOrder(type) && !node.Sequence.CompleteThrough(sequence)) Hold(node, sequence, message);
            else _effects.Tell(new ClusterEvent.Received(node.Name, message, FromSelf: false));
        }
    }

    /// <summary>The CRMs' words (<c>x_cib</c>, <c>x_crm</c>, <c>x_crm_member</c>, <c>x_crm_attr</c>) are heard in the order in which they were said: an order that overtakes another, or what a node tells of itself, would undo what came after.</summary>
    private static bool KeepsOrder(ReadOnlySpan<byte> type) => type.StartsWith("x_c"u8);

    /// <summary>Something before it is missing and asked for. It is held no longer than that may still come.</summary>
    private static void Hold(Node node, long sequence, Message message)
    {
        var at = node.Held.Count;
        while (at > 0 && node.Held[at - 1].Sequence > sequence) at--;
        node.Held.Insert(at, new(sequence, message));
    }

    /// <summary>What waited for a message that has come, or will never come.</summary>
    private void Release(Node node)
    {
        while (node.Held.Count > 0 && node.Sequence.CompleteThrough(node.Held[0].Sequence))
        {
            var held = node.Held[0];
            node.Held.RemoveAt(0);
            _effects.Tell(new ClusterEvent.Received(node.Name, held.Message, FromSelf: false));
        }
    }

    private void Acked(Node node, Instant now)
    {
        if (!_in.TryHex("ackseq"u8, out var acked) || acked == 0) return;
        if (acked > _sequence) LogBad(now, LogPriority.Error, $"{node.Name} acknowledges message {acked}, but only {_sequence} were sent");
        else node.Acked = Math.Max(node.Acked, acked);
    }

    private void CannotResend(Node node)
    {
        if (_in.TryHex("firstseq"u8, out var sequence) && node.Sequence.GiveUp(sequence))
        {
            Log(LogPriority.Error, $"Irretrievably lost packet: node {node.Name} seq {sequence}");
            Release(node);
        }
    }

    private void AnswerNodes(Node node, Instant now, long wallSeconds)
    {
        var names = string.Concat(_nodes.Where(n => !n.IsPing).Select(n => n.Name + " "));
        _out.Clear();
        _out.Add("dest"u8, node.WireName);
        _out.Add("t"u8, "repnodes"u8);
        _out.Add("nodelist"u8, Encoding.Latin1.GetBytes(names));
        _out.Add("delnodelist"u8, " "u8);
        Finish(null, now, wallSeconds);
    }

    /// <summary>3.0.6 takes over what the peer has; here ha.cf decides (as with <c>autojoin none</c>), but two opinions must not stay unnoticed.</summary>
    private void CompareNodeList(Node node)
    {
        if (_nodesExchanged) return;
        var theirs = Encoding.Latin1.GetString(_in["nodelist"u8]).Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToList();
        var ours = _nodes.Where(n => !n.IsPing).Select(n => n.Name).Order(StringComparer.Ordinal).ToList();
        if (!theirs.SequenceEqual(ours, StringComparer.OrdinalIgnoreCase))
            Log(LogPriority.Warn, $"{node.Name} has the nodes [{Printable(_in["nodelist"u8])}], our ha.cf has [{string.Join(' ', ours)}]: correct one of them");
    }

    private Node? NodeNamed(ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty)
            foreach (var node in _nodes)
                if (EqualsIgnoringCase(name, node.WireName)) return node;
        return null;
    }

    private static bool EqualsIgnoringCase(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => Ascii.EqualsIgnoreCase(a, b);

    private static string Printable(ReadOnlySpan<byte> text) =>
        string.Create(Math.Min(64, text.Length), text[..Math.Min(64, text.Length)].ToArray(), static (shown, bytes) =>
        {
            for (var i = 0; i < bytes.Length; i++) shown[i] = char.IsControl((char)bytes[i]) ? '.' : (char)bytes[i];
        });
}
