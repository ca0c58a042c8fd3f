using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging.Wire;

namespace Appliance.Messaging.Tests;

/// <summary>Two messaging cores and the cable between them, in virtual time.</summary>
internal sealed class Pair
{
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public Side Alpha { get; }
    public Side Beta { get; }

    /// <summary>Decides for each packet (from, number) whether it arrives.</summary>
    public Func<Side, int, bool> Arrives { get; set; } = (_, _) => true;
    private readonly List<(Side To, byte[] Packet)> _onTheWay = [];

    public Pair(Func<HaCf, HaCf>? change = null, AuthKeys? keys = null, int extensions = 1)
    {
        Alpha = new Side(this, "alpha", change ?? (c => c), keys ?? Keys("1 sha1 TestKey"), extensions, 100);
        Beta = new Side(this, "beta", change ?? (c => c), keys ?? Keys("1 sha1 TestKey"), extensions, 200);
    }

    public static AuthKeys Keys(params string[] lines) => new(lines[0][0] - '0', [.. lines.Select(l => l.Split(' '))
        .Select(w => new AuthKey(int.Parse(w[0], null), Enum.Parse<AuthMethod>(w[1], true), Secret.Of(w.Length > 2 ? w[2] : "")))]);

    public void Start()
    {
        foreach (var side in new[] { Alpha, Beta })
        {
            side.Core.Start(Now, Wall);
            side.Core.Execute(new ClusterCommand.ManagerReady(), Now, Wall);
        }
        Deliver();
    }

    public long Wall => 1_800_000_000 + Now.Ticks / TimeSpan.TicksPerSecond;

    public void Run(TimeSpan span)
    {
        var end = Now + span;
        while (true)
        {
            var next = Instant.Min(Alpha.Deadline, Beta.Deadline);
            if (next >= end) break;
            if (next > Now) Now = next;
            foreach (var side in new[] { Alpha, Beta })
                if (side.Deadline <= Now) side.Core.Tick(Now, Wall);
            Deliver();
        }
        Now = end;
    }

    public void Restart(Side side)
    {
        side.Rebirth();
        side.Core.Start(Now, Wall);
        side.Core.Execute(new ClusterCommand.ManagerReady(), Now, Wall);
        Deliver();
    }

    public void Skip(TimeSpan span) => Now += span;

    private void Deliver()
    {
        for (var i = 0; i < _onTheWay.Count; i++)
            if (!_onTheWay[i].To.Frozen) _onTheWay[i].To.Core.Received(0, _onTheWay[i].Packet, Now, Wall);
        _onTheWay.Clear();
    }

    internal sealed class Side : IMessagingEffects
    {
        private readonly Pair _pair;
        private readonly Func<long, MessagingCore> _birth;
        private int _count;
        private long _generation = 1000;
        public MessagingCore Core { get; private set; }
        public List<ClusterEvent> Events { get; } = [];
        public List<byte[]> Sent { get; } = [];
        public bool Frozen { get; set; }
        public HaCf Cf { get; }

        public Side(Pair pair, string name, Func<HaCf, HaCf> change, AuthKeys keys, int extensions, ulong seed)
        {
            _pair = pair;
            Cf = change(new HaCf
            {
                Nodes = ["alpha", "beta"], LocalNode = name, KeepAlive = TimeSpan.FromMilliseconds(200), DeadTime = TimeSpan.FromSeconds(2), WarnTime = TimeSpan.FromSeconds(1),
                InitDead = TimeSpan.FromSeconds(6), DeadPing = TimeSpan.FromSeconds(2), Media = [new MediumSpec.Bcast("eth0", 694, 1)],
            });
            _birth = generation => new MessagingCore(new(Cf, keys, generation, [.. Enumerable.Repeat((byte)seed, 16)], seed, [], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty, extensions), pair.Now, this);
            Core = _birth(_generation);
        }

        /// <summary>A new process with the next generation.</summary>
        public void Rebirth() => Core = _birth(++_generation);

        public Instant Deadline => Frozen ? Instant.Never : Core.NextDeadline;

        public IEnumerable<string> Log => Events.OfType<ClusterEvent.Logged>().Select(e => e.Text);
        public IEnumerable<string> Statuses => Events.OfType<ClusterEvent.NodeStatusChanged>().Select(e => $"{e.Node}:{e.Now.Word()}");

        public void Send(Message message) => Core.Execute(new ClusterCommand.Send(message), _pair.Now, _pair.Wall);

        public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line)
        {
            Sent.Add(datagram.ToArray());
            var other = this == _pair.Alpha ? _pair.Beta : _pair.Alpha;
            if (!_pair.Arrives(this, _count++)) return;
            _pair._onTheWay.Add((this, datagram.ToArray()));
            _pair._onTheWay.Add((other, datagram.ToArray()));
        }

        public void Ping(int medium, ReadOnlySpan<byte> data) { }
        public void Forward(int fromMedium, ReadOnlySpan<byte> line) { }
        public void Tell(ClusterEvent happened) => Events.Add(happened);

        public Message[] Messages(string type) => [.. Events.OfType<ClusterEvent.Received>().Where(e => e.Message.Type == type && !e.FromSelf).Select(e => e.Message)];
    }
}
