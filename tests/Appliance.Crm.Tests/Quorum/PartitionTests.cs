using Appliance.Configuration;
using Appliance.Core;
using Appliance.Crm.Membership;
using Appliance.Crm.Quorum;
using Appliance.Messaging;

namespace Appliance.Crm.Tests.Quorum;

/// <summary>
/// Nodes with membership and quorum in virtual time. Each direction of each link is cut and mended at random, nodes die and come back, and what is lost is noticed a deadtime later, at each end for itself. At no instant
/// are two nodes quorate; when all is well for a while, one is.
/// </summary>
public class A_cluster_in_parts
{
    private static IEnumerable<int> Seeds => Enumerable.Range(1, 150);

    [TestCaseSource(nameof(Seeds))]
    public void Has_one_that_may_act_at_most(int seed)
    {
        var world = new World(seed, settle: QuorumCore.SettleAfter(World.DeadTime));
        world.Storm(400);
        Assert.That(world.Twice, Is.Null);
        world.Calm(80);
        Assert.That((world.Twice, world.Quorate.Count), Is.EqualTo(((string?)null, 1)), () => $"{string.Join(' ', world.Quorate)}\n{string.Join('\n', world.Reasons)}");
    }

    /// <summary>The majority of a cluster that is cut in two for long may act, and the rest may not.</summary>
    [Test]
    public void Has_its_majority_when_it_is_cut([Range(1, 20)] int seed)
    {
        var world = new World(seed, settle: QuorumCore.SettleAfter(World.DeadTime), count: 5, spec: QuorumSpec.Usual);
        world.Calm(60);
        world.Split("abc");
        world.Run(60);
        Assert.That(world.Quorate, Has.Count.EqualTo(1));
        Assert.That(world.Quorate[0], Is.AnyOf("a", "b", "c"));
        world.Split("ab");
        world.Run(60);
        Assert.That(world.Quorate, Has.Count.EqualTo(1));
        Assert.That(world.Quorate[0], Is.AnyOf("c", "d", "e"));
        Assert.That(world.Twice, Is.Null);
    }

    /// <summary>What the waiting is for: without it two are quorate, and this world finds that.</summary>
    [Test]
    public void Would_have_two_without_waiting()
    {
        var found = 0;
        foreach (var seed in Seeds)
        {
            var world = new World(seed, settle: TimeSpan.Zero);
            world.Storm(400);
            if (world.Twice is not null) found++;
        }
        Assert.That(found, Is.GreaterThan(3));
    }

    private sealed class World
    {
        public static readonly TimeSpan DeadTime = TimeSpan.FromSeconds(10);
        private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

        private readonly Random _random;
        private readonly List<string> _names = [];
        private readonly QuorumSpec _spec;
        private readonly TimeSpan _settle;
        private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.Ordinal);
        private readonly HashSet<(string From, string To)> _cut = [];
        private readonly List<(Instant At, string From, string To, int Life, Message Message)> _wire = [];
        private Instant _now = new(TimeSpan.FromHours(1).Ticks);
        private int _lives;

        private sealed record Node(int Life, MembershipCore Membership, QuorumCore Quorum)
        {
            public Dictionary<string, (Instant Heard, bool Alive, int Life)> Others { get; } = [];
        }

        public World(int seed, TimeSpan settle, int count = 0, QuorumSpec? spec = null)
        {
            (_random, _settle) = (new(seed), settle);
            var any = _random.Next(3, 7);
            for (var i = 0; i < (count > 0 ? count : any); i++) _names.Add(((char)('a' + i)).ToString());
            _spec = spec ?? (_random.Next(3) switch
            {
                0 => QuorumSpec.Usual,
                1 => new(TieBreaker: QuorumSpec.Lowest),
                _ => new(TieBreaker: _names[_random.Next(_names.Count)], WaitForAll: _random.Next(2) == 0),
            });
            foreach (var name in _names) Start(name);
        }

        /// <summary>The instant at which two were quorate, and which.</summary>
        public string? Twice { get; private set; }

        public List<string> Quorate => [.. _nodes.Where(static n => n.Value.Quorum.Verdict.IsQuorate).Select(static n => n.Key)];
        public IEnumerable<string> Reasons => _nodes.Select(static n => $"{n.Key} (decides: {n.Value.Membership.Dc}): {n.Value.Quorum.Verdict}");

        public void Storm(int seconds)
        {
            for (var i = 0; i < seconds * 4; i++)
            {
                if (_random.Next(12) == 0) Trouble();
                Go();
            }
        }

        public void Calm(int seconds)
        {
            _cut.Clear();
            foreach (var name in _names)
                if (!_nodes.ContainsKey(name)) Start(name);
            Run(seconds);
        }

        public void Run(int seconds)
        {
            for (var i = 0; i < seconds * 4; i++) Go();
        }

        public void Split(string part)
        {
            _cut.Clear();
            foreach (var a in _names)
                foreach (var b in _names)
                    if (part.Contains(a, StringComparison.Ordinal) != part.Contains(b, StringComparison.Ordinal)) _cut.Add((a, b));
        }

        private void Trouble()
        {
            var (a, b) = (_names[_random.Next(_names.Count)], _names[_random.Next(_names.Count)]);
            switch (_random.Next(8))
            {
                case 0: _nodes.Remove(a); break;
                case 1 or 2 when !_nodes.ContainsKey(a): Start(a); break;
                case 3 when a != b: _cut.Add((a, b)); break;
                case 4: _cut.Clear(); break;
                case 5 or 6: Split(string.Concat(_names.Where(_ => _random.Next(2) == 0))); break;
                default: _cut.Remove((a, b)); break;
            }
        }

        private void Start(string name) => _nodes[name] = new(++_lives, new(new(name, $"{_lives}", "3.20.5", _now.Ticks / TimeSpan.TicksPerSecond), _now), new(_spec, [.. _names], name, _settle, _now));

        private void Go()
        {
            _now += Step;
            foreach (var name in _names)
                foreach (var other in _names)
                    if (name != other && _nodes.ContainsKey(name)) Hear(name, other);
            // Messaging repeats what was lost, until the sender is given up.
            var due = _wire.FindAll(w => w.At <= _now && !_cut.Contains((w.From, w.To)));
            _wire.RemoveAll(due.Contains);
            foreach (var (_, from, to, life, message) in due)
                if (_nodes.TryGetValue(from, out var sender) && sender.Life == life) Do(to, (m, e) => m.Happened(new ClusterEvent.Received(from, message, false), _now, e));
            foreach (var name in _names) Do(name, (m, e) => m.Tick(_now, e));
            var quorate = Quorate;
            if (quorate.Count > 1) Twice ??= $"{_now}: {string.Join(' ', quorate)}\n{string.Join('\n', Reasons)}";
        }

        /// <summary>A heartbeat comes, or has not come for too long.</summary>
        private void Hear(string at, string of)
        {
            var node = _nodes[at];
            node.Others.TryGetValue(of, out var known);
            if (_nodes.TryGetValue(of, out var other) && !_cut.Contains((of, at)))
            {
                node.Others[of] = (_now, true, other.Life);
                if (known.Alive && known.Life != other.Life) Do(at, (m, e) => m.Happened(new ClusterEvent.NodeRestarted(of, other.Life), _now, e));
                else if (!known.Alive) Do(at, (m, e) => m.Happened(new ClusterEvent.NodeStatusChanged(of, NodeStatus.Init, NodeStatus.Active, null), _now, e));
            }
            else if (known.Alive && _now - known.Heard >= DeadTime)
            {
                node.Others[of] = known with { Alive = false };
                _wire.RemoveAll(w => w.From == of && w.To == at);
                Do(at, (m, e) => m.Happened(new ClusterEvent.NodeStatusChanged(of, NodeStatus.Active, NodeStatus.Dead, null), _now, e));
            }
        }

        private void Do(string name, Action<MembershipCore, List<MembershipEffect>> step)
        {
            if (!_nodes.TryGetValue(name, out var node)) return;
            var effects = new List<MembershipEffect>();
            step(node.Membership, effects);
            foreach (var effect in effects)
                if (effect is MembershipEffect.Say say)
                    foreach (var to in _names)
                        if (to != name && (say.To ?? to) == to) Send(name, to, node.Life, say.Word.ToMessage(say.To));
            node.Quorum.Count(node.Membership.Followers, _now);
            node.Quorum.Tick(_now);
        }

        /// <summary>In order on each link, and within half a second.</summary>
        private void Send(string from, string to, int life, Message message)
        {
            var at = _now + TimeSpan.FromMilliseconds(_random.Next(0, 500));
            foreach (var (earlier, f, t, _, _) in _wire)
                if (f == from && t == to && earlier > at) at = earlier;
            _wire.Add((at, from, to, life, message));
        }
    }
}
