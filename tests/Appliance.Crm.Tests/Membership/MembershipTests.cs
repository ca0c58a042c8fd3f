using Appliance.Core;
using Appliance.Crm.Membership;
using Appliance.Messaging;

namespace Appliance.Crm.Tests.Membership;

/// <summary>CRMs that find each other, over links that come and go, in virtual time.</summary>
public class MembershipTests
{
    [Test]
    public void A_node_alone_decides() => Assert.That(new World(1, 1).Settle().Dcs, Is.EqualTo("a"));

    [Test]
    public void Of_a_pair_the_one_that_started_first_decides_and_the_other_follows()
    {
        var world = new World(1, 2);
        world.Settle();
        Assert.That((world.Dcs, world["b"]!.Dc, world["b"]!.IsDc), Is.EqualTo(("a", "a", false)));
    }

    [Test]
    public void Who_decides_goes_on_when_another_one_leaves_or_comes()
    {
        var world = new World(1, 3);
        world.Settle();
        var term = world["a"]!.Term;
        world.Crash("c");
        world.Settle();
        world.Start("c");
        world.Settle();
        Assert.That((world.Dcs, world["a"]!.Term), Is.EqualTo(("a", term)));
        Assert.That(world.Told("a"), Is.EqualTo("Elected:a,b,c Lost:c Gained:c Followed:c"));
    }

    /// <summary>Of two documents the one counts that a DC of a later term changed: where one of an earlier term goes on changing the better one, its changes would be worth less than what they come after.</summary>
    [TestCase(null), TestCase(10L)]
    public void Who_decides_does_so_with_a_later_term_when_one_comes_that_has_heard_of_one(long? since)
    {
        var world = new World(1, 2);
        world.Settle();
        world.Crash("b");
        world.Settle();
        world.Start("b", since: since, heard: 8);
        world.Settle();
        Assert.That((world.Dcs, world["a"]!.Term, world["b"]!.Dc, world["b"]!.Term), Is.EqualTo(("a", 9L, "a", 9L)));
        Assert.That(world.Told("a"), Does.EndWith("Gained:b SteppedDown Elected:a,b"));
        Assert.That(world.Told("b"), Is.EqualTo("Follows:a"));
    }

    [Test]
    public void Who_decides_can_be_asked_to_go_on_with_a_later_term()
    {
        var world = new World(1, 3);
        world.Settle();
        var term = world["a"]!.Term;
        world.Renew("a");
        world.Settle();
        Assert.That((world.Dcs, world["a"]!.Term, world["c"]!.Term), Is.EqualTo(("a", term + 1, term + 1)));
        Assert.That(world.Told("a"), Is.EqualTo("Elected:a,b,c SteppedDown Elected:a,b,c"));
        world.Renew("b");
        world.Settle();
        Assert.That((world.Dcs, world["a"]!.Term), Is.EqualTo(("a", term + 1)), "it does not decide");
    }

    [Test]
    public void Who_comes_with_an_older_clock_takes_nothing_away()
    {
        var world = new World(1, 2);
        world.Settle();
        world.Crash("b");
        world.Settle();
        world.Start("b", since: 10);
        world.Settle();
        Assert.That(world.Dcs, Is.EqualTo("a"));
        Assert.That(world.Told("a"), Does.EndWith("Lost:b Gained:b Followed:b"));
    }

    [Test]
    public void When_it_dies_the_next_one_decides()
    {
        var world = new World(1, 3);
        world.Settle();
        world.Crash("a");
        world.Settle();
        Assert.That(world.Dcs, Is.EqualTo("b"));
        Assert.That(world.Told("b"), Does.EndWith("Lost:a Follows: Elected:b,c"));
    }

    [Test]
    public void Who_leaves_says_so()
    {
        var world = new World(1, 2);
        world.Settle();
        world.Leave("b");
        world.Settle();
        Assert.That(world.Told("a"), Does.EndWith("LostClean:b"));
    }

    /// <summary>A hello that was made before the farewell, and is sent after it.</summary>
    [Test]
    public void Who_has_left_is_not_back_by_a_late_hello()
    {
        var world = new World(1, 2);
        world.Settle();
        world.Leave("b", helloAfter: true);
        world.Settle();
        Assert.That(world.Told("a"), Does.EndWith("LostClean:b"));
        world.Start("b");
        world.Settle();
        Assert.That(world.Told("b"), Does.Contain("Follows:a"), "its next life is another");
    }

    /// <summary>A control process that was restarted while its node is cut off, and does not know it yet: who decided on the other side may do so still.</summary>
    [Test]
    public void Who_has_just_begun_waits_for_those_who_are_alive()
    {
        var (now, effects) = (new Instant(TimeSpan.FromHours(1).Ticks), new List<MembershipEffect>());
        var begun = now;
        var node = new MembershipCore(new("a", "1", "3.20.1", 0), now, heard: 0, patience: TimeSpan.FromSeconds(10));
        node.Happened(new ClusterEvent.NodeStatusChanged("b", NodeStatus.Init, NodeStatus.Active, null), now, effects);
        void Run(double seconds)
        {
            for (var end = begun + TimeSpan.FromSeconds(seconds); node.NextDeadline <= end;)
            {
                if (node.NextDeadline > now) now = node.NextDeadline;
                node.Tick(now, effects);
            }
        }
        Run(9);
        Assert.That(node.IsDc, Is.False);
        node.Happened(new ClusterEvent.NodeStatusChanged("b", NodeStatus.Active, NodeStatus.Dead, null), now, effects);
        Run(10.5);
        Assert.That(node.IsDc, Is.True, "it is dead, and nobody else is there");

        // One that is alive and has no CRM to speak for it is not waited for for ever.
        (node, begun) = (new MembershipCore(new("a", "2", "3.20.1", 0), now, heard: 0, patience: TimeSpan.FromSeconds(10)), now);
        node.Happened(new ClusterEvent.NodeStatusChanged("b", NodeStatus.Init, NodeStatus.Active, null), now, effects);
        Run(9);
        Assert.That(node.IsDc, Is.False);
        Run(12);
        Assert.That(node.IsDc, Is.True);
    }

    [Test]
    public void Who_understands_less_decides()
    {
        var world = new World(1, 2);
        world.Settle();
        world.Crash("b");
        world.Settle();
        world.Start("b", "3.1.0");
        world.Settle();
        Assert.That((world.Dcs, world["a"]!.Dc), Is.EqualTo(("b", "b")));
        Assert.That(world.Told("a"), Does.EndWith("SteppedDown Follows:b"));
    }

    [Test]
    public void Of_two_that_have_decided_apart_one_goes_on()
    {
        var world = new World(1, 4);
        world.Settle();
        world.Split("ab", "cd");
        world.Settle();
        Assert.That(world.Dcs, Is.EqualTo("a c"));
        world.Heal();
        world.Settle();
        Assert.That(world.Dcs, Is.EqualTo("c"), "its term is the later one");
    }

    [Test]
    public void Whatever_happens_each_part_that_sees_itself_has_one_that_decides_and_all_of_it_follow([Range(1, 400)] int seed)
    {
        var world = new World(seed, 2 + seed % 5);
        for (var round = 0; round < 6; round++)
        {
            world.Storm();
            world.Settle();
            world.Check();
        }
        world.Heal();
        world.Settle();
        world.Check();
    }

    /// <summary>Nodes, and what is under way between them. Links keep the order of what one node says; what is said over a cut one is lost.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly List<string> _names = [];
        private readonly Dictionary<string, MembershipCore> _nodes = [];
        private readonly Dictionary<string, List<string>> _told = [];
        private readonly Dictionary<string, long> _heard = [];
        private readonly HashSet<(string, string)> _cut = [];
        private readonly Dictionary<(string From, string To), Queue<Action>> _wires = [];
        private Instant _now = new(TimeSpan.FromHours(1).Ticks);
        private int _lives;

        public World(int seed, int count)
        {
            _random = new(seed);
            for (var i = 0; i < count; i++) _names.Add(((char)('a' + i)).ToString());
            foreach (var name in _names) Start(name);
        }

        public MembershipCore? this[string name] => _nodes.GetValueOrDefault(name);

        public string Dcs => string.Join(' ', _names.Where(n => this[n] is { IsDc: true }));

        public string Told(string name) => string.Join(' ', _told[name].SkipWhile(t => !t.StartsWith("Elected", StringComparison.Ordinal) && !t.StartsWith("Follows", StringComparison.Ordinal)));

        public void Start(string name, string features = "3.20.1", long? since = null, long heard = 0)
        {
            var self = new Member(name, $"{++_lives}", features, since ?? _now.Ticks / TimeSpan.TicksPerSecond);
            _nodes[name] = new MembershipCore(self, _now, heard);
            _heard[name] = heard;
            _told[name] = [];
            _now += TimeSpan.FromSeconds(1);
            foreach (var other in _names)
                if (other != name && _nodes.ContainsKey(other)) Connect(name, other);
        }

        public void Crash(string name)
        {
            _nodes.Remove(name);
            foreach (var other in _names.Where(_nodes.ContainsKey)) Status(other, name, NodeStatus.Dead);
        }

        public void Leave(string name, bool helloAfter = false)
        {
            Step(name, (node, effects) => node.Leave(effects));
            if (helloAfter) Step(name, (node, effects) => node.Happened(new ClusterEvent.NodeStatusChanged("a", NodeStatus.Active, NodeStatus.Active, null), _now, effects));
            _nodes.Remove(name);
        }

        public void Renew(string name) => Step(name, (node, effects) => node.Renew(_now, effects));

        public void Split(string left, string right)
        {
            foreach (var a in left)
                foreach (var b in right) Cut(a.ToString(), b.ToString());
        }

        public void Heal()
        {
            foreach (var (a, b) in _cut.ToList()) Mend(a, b);
            foreach (var name in _names.Where(n => !_nodes.ContainsKey(n))) Start(name);
        }

        private void Cut(string a, string b)
        {
            if (!_cut.Add((a, b))) return;
            _wires.Remove((a, b));
            _wires.Remove((b, a));
            if (_nodes.ContainsKey(a)) Status(a, b, NodeStatus.Dead);
            if (_nodes.ContainsKey(b)) Status(b, a, NodeStatus.Dead);
        }

        private void Mend(string a, string b)
        {
            _cut.Remove((a, b));
            if (_nodes.ContainsKey(a) && _nodes.ContainsKey(b)) Connect(a, b);
        }

        private void Connect(string a, string b)
        {
            if (_cut.Contains((a, b)) || _cut.Contains((b, a))) return;
            Status(a, b, NodeStatus.Active);
            Status(b, a, NodeStatus.Active);
        }

        /// <summary>Messaging's word comes in order with what the other node says.</summary>
        private void Status(string at, string of, NodeStatus status)
        {
            if (_nodes.TryGetValue(at, out var node)) Wire(of, at).Enqueue(() => Step(at, node, (n, effects) => n.Happened(new ClusterEvent.NodeStatusChanged(of, NodeStatus.Init, status, null), _now, effects)));
        }

        private Queue<Action> Wire(string from, string to)
        {
            if (!_wires.TryGetValue((from, to), out var wire)) _wires[(from, to)] = wire = new();
            return wire;
        }

        public void Storm()
        {
            for (var i = _random.Next(1, 8); i > 0; i--)
            {
                var (a, b) = (_names[_random.Next(_names.Count)], _names[_random.Next(_names.Count)]);
                switch (_random.Next(7))
                {
                    case 0 when _nodes.ContainsKey(a): Crash(a); break;
                    case 1 when _nodes.ContainsKey(a): Leave(a); break;
                    case 2 when !_nodes.ContainsKey(a): Start(a, _random.Next(4) == 0 ? "3.19.0" : "3.20.1", heard: _random.Next(3) == 0 ? _random.Next(100) : 0); break;
                    case 3 when string.CompareOrdinal(a, b) < 0: Cut(a, b); break;
                    case 4 when _cut.Contains((a, b)): Mend(a, b); break;
                    case 5 when _nodes.ContainsKey(a): Renew(a); break;
                }
                for (var steps = _random.Next(30); steps > 0; steps--) Deliver();
            }
        }

        /// <summary>Lets everything arrive, and some time pass.</summary>
        public World Settle()
        {
            // Only where seeing is mutual and transitive a part can agree: close the cuts to parts.
            foreach (var a in _names)
                foreach (var b in _names)
                    if (string.CompareOrdinal(a, b) < 0 && !_cut.Contains((a, b)) && !Part(a).Contains(b)) Cut(a, b);
            foreach (var (a, b) in _cut.ToList())
                if (Part(a).Contains(b)) Mend(a, b);
            for (var second = 0; second < 40; second++)
            {
                while (Deliver()) { }
                _now += TimeSpan.FromSeconds(1);
                foreach (var name in _names.Where(_nodes.ContainsKey).ToList()) Step(name, (node, effects) => node.Tick(_now, effects));
            }
            return this;
        }

        /// <summary>Whom a node reaches over others.</summary>
        private HashSet<string> Part(string name)
        {
            var reached = new HashSet<string> { name };
            var open = new Stack<string>([name]);
            while (open.TryPop(out var at))
                foreach (var other in _names)
                    if (!_cut.Contains((at, other)) && !_cut.Contains((other, at)) && reached.Add(other)) open.Push(other);
            return reached;
        }

        public void Check()
        {
            foreach (var name in _names.Where(_nodes.ContainsKey))
            {
                var part = _names.Where(n => _nodes.ContainsKey(n) && Part(name).Contains(n)).ToList();
                var deciding = part.Where(n => _nodes[n].IsDc).ToList();
                Assert.That(deciding, Has.Count.EqualTo(1), $"in {string.Join(' ', part)}");
                Assert.That(_nodes[name].Dc, Is.EqualTo(deciding[0]));
                Assert.That(_nodes[name].Members.Select(m => m.Node), Is.EqualTo(part));
                Assert.That(_nodes[name].Term, Is.EqualTo(_nodes[deciding[0]].Term).And.GreaterThanOrEqualTo(_heard[name]), "no term of the time before is later");
                var oldest = part.Min(n => _nodes[n].Members.First(m => m.Node == n).FeatureSet);
                Assert.That(_nodes[name].Members.First(m => m.Node == deciding[0]).FeatureSet, Is.EqualTo(oldest), "who understands least decides");
            }
        }

        private bool Deliver()
        {
            var full = _wires.Where(w => w.Value.Count > 0).OrderBy(w => w.Key).ToList();
            if (full.Count == 0) return false;
            full[_random.Next(full.Count)].Value.Dequeue()();
            return true;
        }

        private void Step(string name, Action<MembershipCore, List<MembershipEffect>> step) => Step(name, _nodes[name], step);

        private void Step(string name, MembershipCore node, Action<MembershipCore, List<MembershipEffect>> step)
        {
            if (_nodes.GetValueOrDefault(name) != node) return;      // another life
            var effects = new List<MembershipEffect>();
            var before = node.IsDc;
            step(node, effects);
            foreach (var effect in effects)
                switch (effect)
                {
                    case MembershipEffect.Say say:
                        foreach (var to in _names)
                        {
                            if (to == name || (say.To ?? to) != to || _cut.Contains((name, to)) || _cut.Contains((to, name)) || !_nodes.TryGetValue(to, out var receiver)) continue;
                            var message = say.Word.ToMessage(say.To);
                            Wire(name, to).Enqueue(() => Step(to, receiver, (n, e) => n.Happened(new ClusterEvent.Received(name, message, false), _now, e)));
                        }
                        break;
                    case MembershipEffect.Gained gained: _told[name].Add("Gained:" + gained.Member.Node); break;
                    case MembershipEffect.Lost lost: _told[name].Add((lost.Clean ? "LostClean:" : "Lost:") + lost.Member.Node); break;
                    case MembershipEffect.Elected elected: _told[name].Add("Elected:" + string.Join(',', elected.Members.Select(m => m.Node))); break;
                    case MembershipEffect.Followed followed: _told[name].Add("Followed:" + followed.Member.Node); break;
                    case MembershipEffect.SteppedDown: _told[name].Add("SteppedDown"); break;
                    case MembershipEffect.Follows follows: _told[name].Add("Follows:" + follows.Dc); break;
                }
            var (came, went) = (effects.Exists(e => e is MembershipEffect.Elected), effects.Exists(e => e is MembershipEffect.SteppedDown));
            Assert.That(node.IsDc, Is.EqualTo((before || came) && !(went && !(came && effects.FindLastIndex(e => e is MembershipEffect.Elected) > effects.FindLastIndex(e => e is MembershipEffect.SteppedDown)))), "to decide and to cease is told");
        }
    }
}
