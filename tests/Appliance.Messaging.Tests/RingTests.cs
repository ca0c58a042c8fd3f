using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;

namespace Appliance.Messaging.Tests;

/// <summary>Three and more nodes whose only cables are serial lines between neighbours.</summary>
public class A_ring_of_serial_lines
{
    private sealed class Net
    {
        private readonly List<(Station To, int Medium, byte[] Packet)> _onTheWay = [];
        public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
        public List<Station> Stations { get; } = [];
        public int Carried { get; private set; }

        /// <summary>Whether a packet passes from one node to the next.</summary>
        public Func<string, string, byte[], bool> Passes { get; set; } = (_, _, _) => true;

        /// <param name="cables">Each joins two nodes, for example <c>ab</c>.</param>
        public Net(int nodes, params string[] cables)
        {
            var names = Enumerable.Range(0, nodes).Select(i => $"{(char)('a' + i)}").ToImmutableArray();
            foreach (var name in names) Stations.Add(new(this, name, names, [.. cables.Where(c => c.Contains(name, StringComparison.Ordinal))]));
        }

        public Station this[string name] => Stations.Single(s => s.Name == name);

        public Net Start()
        {
            foreach (var station in Stations)
            {
                station.Core.Start(Now, Wall);
                station.Core.Execute(new ClusterCommand.ManagerReady(), Now, Wall);
            }
            Deliver();
            return this;
        }

        public long Wall => 0x6b000000 + Now.Ticks / TimeSpan.TicksPerSecond;

        public void Run(double seconds)
        {
            for (var end = Now + TimeSpan.FromSeconds(seconds); ;)
            {
                var next = Stations.Where(s => !s.Off).Min(s => s.Core.NextDeadline);
                if (next >= end)
                {
                    Now = end;
                    return;
                }
                if (next > Now) Now = next;
                foreach (var station in Stations.Where(s => !s.Off && s.Core.NextDeadline <= Now)) station.Core.Tick(Now, Wall);
                Deliver();
            }
        }

        public void Send(string node, Message message)
        {
            this[node].Core.Execute(new ClusterCommand.Send(message), Now, Wall);
            Deliver();
        }

        public void Put(Station from, int medium, ReadOnlySpan<byte> line)
        {
            var cable = from.Cables[medium];
            var to = this[cable.Replace(from.Name, "", StringComparison.Ordinal)];
            if (Passes(from.Name, to.Name, line.ToArray())) _onTheWay.Add((to, to.Cables.IndexOf(cable), line.ToArray()));
        }

        private void Deliver()
        {
            for (var i = 0; i < _onTheWay.Count; i++)
            {
                Assert.That(i, Is.LessThan(10_000), "a storm");
                Carried++;
                var (to, medium, packet) = _onTheWay[i];
                if (!to.Off) to.Core.Received(medium, packet, Now, Wall);
            }
            _onTheWay.Clear();
        }
    }

    private sealed class Station(Net net, string name, ImmutableArray<string> nodes, ImmutableArray<string> cables) : IMessagingEffects
    {
        private MessagingCore? _core;
        public string Name => name;
        public bool Off { get; set; }
        public ImmutableArray<string> Cables => cables;
        public List<ClusterEvent> Events { get; } = [];
        public MessagingCore Core => _core ??= new(new(new HaCf
        {
            Nodes = nodes, LocalNode = name, KeepAlive = TimeSpan.FromSeconds(1), DeadTime = TimeSpan.FromSeconds(5), WarnTime = TimeSpan.FromSeconds(3), InitDead = TimeSpan.FromSeconds(10),
            Media = [.. cables.Select((c, i) => new MediumSpec.Serial($"/dev/ttyS{i}", 19200, i))],
        }, Pair.Keys("1 sha1 TestKey"), 1000, [.. Enumerable.Repeat((byte)name[0], 16)], name[0], [], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty), net.Now, this);

        public IEnumerable<string> Statuses => Events.OfType<ClusterEvent.NodeStatusChanged>().Select(e => $"{e.Node}:{e.Now.Word()}");
        public string[] Got(string type) => [.. Events.OfType<ClusterEvent.Received>().Where(e => !e.FromSelf && e.Message.Type == type).Select(e => $"{e.Node} {e.Message["info"]}")];

        public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line)
        {
            if (line.IsEmpty || Off) return;
            for (var i = 0; i < cables.Length; i++) net.Put(this, i, line);
        }

        public void Ping(int medium, ReadOnlySpan<byte> data) { }

        public void Forward(int fromMedium, ReadOnlySpan<byte> line)
        {
            for (var i = 0; i < cables.Length; i++)
                if (i != fromMedium) net.Put(this, i, line);
        }

        public void Tell(ClusterEvent happened) => Events.Add(happened);
    }

    [TestCase("ab bc ca")]
    [TestCase("ab bc", TestName = "with a cut in it joins its ends through the middle")]
    public void Brings_everybodys_messages_to_everybody_once(string cables)
    {
        var net = new Net(3, cables.Split(' ')).Start();
        net.Run(3);
        net.Send("a", Message.Of("resource", ("info", "hello")));
        net.Run(1);
        foreach (var station in net.Stations)
        {
            Assert.That(station.Events.OfType<ClusterEvent.CommunicationUp>(), Has.One.Items, station.Name);
            Assert.That(station.Got("resource"), Is.EqualTo(station.Name == "a" ? Array.Empty<string>() : ["a hello"]), station.Name);
        }
    }

    [Test]
    public void Brings_again_what_was_lost_behind_a_neighbour_that_has_it()
    {
        var net = new Net(3, "ab", "bc").Start();
        net.Run(3);
        net.Passes = (from, to, packet) => from != "b" || to != "c";
        net.Send("a", Message.Of("resource", ("info", "lost")));
        net.Passes = (_, _, _) => true;
        net.Run(3);
        Assert.That(net["c"].Got("resource"), Is.EqualTo(new[] { "a lost" }));
        Assert.That(net["b"].Got("resource"), Is.EqualTo(new[] { "a lost" }), "and b takes it once");
    }

    [TestCase(3, "ab bc ca")]
    [TestCase(4, "ab ac ad bc bd cd", TestName = "nor a mesh of four")]
    [TestCase(5, "ab ac ad ae bc bd be cd ce de", TestName = "nor a mesh of five, which has circles without the sender")]
    [TestCase(5, "ab bc cd de ea")]
    public void Does_not_circulate_anything_for_ever(int nodes, string cables)
    {
        var net = new Net(nodes, cables.Split(' ')).Start();
        net.Run(8);
        net.Passes = (from, _, _) => from != "b";
        net.Run(1.5);
        net.Passes = (_, to, _) => to != "b";
        net.Run(3);                 // it is heard again, asked for what was lost, and does not hear that
        net["b"].Off = true;
        net.Run(20);
        Assert.That(net["a"].Statuses, Has.Member("b:dead").And.No.Member("c:dead"));
        var (before, lines) = (net.Carried, cables.Split(' ').Length);
        net.Run(20);
        Assert.That(net.Carried - before, Is.LessThan(20 * nodes * lines * 2 * 2), "each heartbeat passes each cable once in each direction, and a few acknowledgements do");
    }
}
