using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Signing;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests;

/// <summary>One core in virtual time, and the other end of its cables in the test's hand: said by name, signed with the same key.</summary>
internal sealed class Solo : IMessagingEffects
{
    public static readonly byte[] AlphaUuid = [.. Enumerable.Repeat((byte)0xA1, 16)], BetaUuid = [.. Enumerable.Repeat((byte)0xB2, 16)];
    private readonly WireMessage _wire = new();

    public MessagingCore Core { get; }
    public HaCf Cf { get; }
    public AuthKeys Keys { get; }
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public Instant Begun { get; }
    public long WallAtStart { get; init; } = 0x6b000000;
    public long Wall => WallAtStart + (long)(Now - Begun).TotalSeconds;
    public List<ClusterEvent> Events { get; } = [];
    public List<(Instant At, Message Message, bool Classic, bool Serial)> Sent { get; } = [];
    public List<(int From, byte[] Line)> Forwarded { get; } = [];
    public List<Message> Pings { get; } = [];

    public Solo(AuthKeys? keys = null, Func<HaCf, HaCf>? change = null, int extensions = 0, long generation = 0x6b000001, byte[]? uuid = null, string name = "alpha")
    {
        Keys = keys ?? Pair.Keys("1 sha1 TestKey");
        Cf = new HaCf
        {
            Nodes = ["alpha", "beta"], LocalNode = name, KeepAlive = TimeSpan.FromMilliseconds(200), DeadTime = TimeSpan.FromSeconds(2), WarnTime = TimeSpan.FromSeconds(1),
            InitDead = TimeSpan.FromSeconds(6), DeadPing = TimeSpan.FromSeconds(2), Media = [new MediumSpec.Bcast("eth0", 694, 1)],
        };
        if (change is not null) Cf = change(Cf);
        Begun = Now;
        Core = new(new(Cf, Keys, generation, [.. uuid ?? AlphaUuid], 7, [new Zlib()], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty, extensions), Now, this);
    }

    public Solo Start()
    {
        Core.Start(Now, Wall);
        Core.Execute(new ClusterCommand.ManagerReady(), Now, Wall);
        return this;
    }

    /// <summary>Ticks when the core wants it, until a moment after the start.</summary>
    public void RunTo(double seconds)
    {
        var end = Begun + TimeSpan.FromSeconds(seconds);
        while (Core.NextDeadline < end)
        {
            Now = Core.NextDeadline > Now ? Core.NextDeadline : Now;
            Core.Tick(Now, Wall);
        }
        Now = end;
    }

    public void Run(double seconds) => RunTo((Now - Begun).TotalSeconds + seconds);

    /// <summary>Time passes in which the core is not run.</summary>
    public void Freeze(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    public void Hear(byte[] packet, int medium = 0) => Core.Received(medium, packet, Now, Wall);

    public void Send(Message message) => Core.Execute(new ClusterCommand.Send(message), Now, Wall);

    /// <summary>Beta's heartbeat.</summary>
    public byte[] Status(long sequence, string st = "active", string more = "", long generation = 0x6b000002, byte[]? uuid = null, string src = "beta", long? ts = null) =>
        Packet($"t=status st={st} dt=7d0 protocol=1 {more}", sequence, generation, uuid, src, ts);

    /// <summary>Any message of beta's; fields are separated by blanks. Sequence 0: none.</summary>
    public byte[] Packet(string fields, long sequence, long generation = 0x6b000002, byte[]? uuid = null, string src = "beta", long? ts = null, bool classic = false, AuthKeys? keys = null)
    {
        var message = Message.Of(fields.Split(' ')[0][2..], [.. fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(f => f.Split('=', 2)).Select(f => (f[0], (string?)f[1].Replace('_', ' ')))]);
        message = new(message.With("src", src).Fields.Add(new("srcuuid", FieldType.Binary, [.. uuid ?? BetaUuid])));
        if (sequence > 0) message = message.With("seq", sequence.ToString("x", null));
        message = message.With("hg", generation.ToString("x", null)).With("ts", (ts ?? Wall).ToString("x", null)).With("ttl", "3");
        return Signed(message, classic, keys ?? Keys);
    }

    public static byte[] Signed(Message message, bool classic, AuthKeys keys)
    {
        var (wire, output, ring, signature) = (new WireMessage(), new byte[65536], new Keyring(keys), new byte[Keyring.MaxSignature]);
        wire.Load(message);
        wire.Add("auth"u8, signature.AsSpan(0, ring.Sign(output.AsSpan(0, Classic.WriteSigned(wire, output)), signature)));
        if (classic) return output[..Classic.Write(wire, output)];
        var length = Netstring.Write(wire, output);
        length += Netstring.WriteTrailer(signature.AsSpan(0, ring.Sign(output.AsSpan(0, length), signature)), output.AsSpan(length));
        return output[..length];
    }

    public ClusterReport Report()
    {
        Core.Execute(new ClusterCommand.Report(1), Now, Wall);
        return Events.OfType<ClusterEvent.Reported>().Last().Report;
    }

    public NodeReport Peer => Report().Nodes.First(n => n.Name != Cf.LocalNode && !n.IsPing);
    public IEnumerable<string> Log => Events.OfType<ClusterEvent.Logged>().Select(e => e.Text);
    public IEnumerable<string> Statuses => Events.OfType<ClusterEvent.NodeStatusChanged>().Select(e => $"{e.Node}:{e.Now.Word()}");
    public IEnumerable<Message> Out(string type) => Sent.Where(s => s.Message.Type == type).Select(s => s.Message);

    public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line) => Sent.Add((Now, Parsed(datagram), Classic.IsOne(datagram), !line.IsEmpty));
    public void Ping(int medium, ReadOnlySpan<byte> data) => Pings.Add(Parsed(data));
    public void Forward(int fromMedium, ReadOnlySpan<byte> line) => Forwarded.Add((fromMedium, line.ToArray()));
    public void Tell(ClusterEvent happened) => Events.Add(happened);

    private Message Parsed(ReadOnlySpan<byte> packet)
    {
        var error = Netstring.IsOne(packet) ? Netstring.Parse(packet, _wire, out _, out _) : Classic.Parse(packet, _wire);
        Assert.That(error, Is.EqualTo(WireError.None));
        return _wire.ToMessage();
    }

    /// <summary>RFC 1950, as 3.0.6 compresses.</summary>
    public sealed class Zlib : IMessageCompressor
    {
        public string Algorithm => "zlib";

        public int Compress(ReadOnlySpan<byte> plain, Span<byte> packed)
        {
            using var memory = new MemoryStream();
            using (var zlib = new ZLibStream(memory, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(plain);
            return memory.ToArray().AsSpan().TryCopyTo(packed) ? (int)memory.Length : -1;
        }

        public int Expand(ReadOnlySpan<byte> packed, Span<byte> plain)
        {
            using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            try
            {
                return zlib.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            }
            catch (InvalidDataException)
            {
                return -1;
            }
        }
    }
}
