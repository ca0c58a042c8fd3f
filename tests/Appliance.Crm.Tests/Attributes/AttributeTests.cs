using Appliance.Core;
using Appliance.Crm.Attributes;

namespace Appliance.Crm.Tests.Attributes;

/// <summary>Node attributes on several nodes, in virtual time.</summary>
public class AttributeTests
{
    // As attrd_updater of Pacemaker 2.1.5 leaves them.
    [TestCase("5", null, "5")]
    [TestCase("++", null, "1")]
    [TestCase("++", "4", "5")]
    [TestCase("--", "4", "3")]
    [TestCase("+=3", "4", "7")]
    [TestCase("-=3", "1", "-2")]
    [TestCase("+=3", "word", "3")]
    [TestCase("++", "INFINITY", "INFINITY")]
    [TestCase("+=INFINITY", "5", "INFINITY")]
    [TestCase("-=INFINITY", "5", "-INFINITY")]
    [TestCase("+5", "1", "+5")]
    [TestCase("+", "1", "+")]
    [TestCase("++x", "1", "++x")]
    [TestCase("value++", "4", "5")]
    [TestCase("value++", null, "1")]
    [TestCase("value+=3", "4", "7")]
    [TestCase("value+=-3", "4", "1")]
    [TestCase("value++x", "1", "value++x")]
    [TestCase("value", "1", "value")]
    [TestCase("", "1", null)]
    public void A_value_may_say_how_the_number_changes(string value, string? before, string? after) => Assert.That(AttributeChange.Expand(value, before), Is.EqualTo(after));

    [Test]
    public void Survives_its_way_over_the_wire()
    {
        var word = new AttributeWord("want", [new("pingd", "n1", "100") { Dampening = TimeSpan.FromSeconds(5) }, new("a b,c=d%", "n2", "x y") { Set = "s", IsPrivate = true }, new("gone", "n1", null), new("d", "n1", null) { DampeningOnly = true, Dampening = TimeSpan.Zero }]);
        var back = AttributeWord.Read(new(word.ToMessages("n3")[0], null))!;
        Assert.That(back.Kind, Is.EqualTo("want"));
        Assert.That(back.Changes, Is.EqualTo(word.Changes));
        Assert.That((back.Term, AttributeWord.Read(new((word with { Term = 7 }).ToMessages("n3")[0], null))!.Term), Is.EqualTo(((long?)null, (long?)7)));
    }

    [Test]
    public void Is_known_everywhere_and_written_by_the_one_that_decides()
    {
        var world = new World("a", "b", "c");
        world.Decides("a");
        world.Order("b", new("pingd", "b", "100"));
        Assert.That(world.Done, Is.Zero, "b does not know it yet, and would say so");
        world.Settle();
        Assert.That(world.Done, Is.EqualTo(1));
        Assert.That(world.Everywhere("pingd"), Is.EqualTo("b=100"));
        Assert.That(world.Written, Is.EqualTo("a: pingd b=100"));
    }

    [Test]
    public void Is_written_once_when_its_dampening_is_over_and_each_change_begins_it_anew()
    {
        var world = new World("a", "b");
        world.Decides("a");
        world.Order("a", new("pingd", "a", "100") { Dampening = TimeSpan.FromSeconds(5) });
        world.Settle(3);
        world.Order("b", new("pingd", "b", "200"));
        world.Settle(4);
        Assert.That((world.Written, world.Everywhere("pingd")), Is.EqualTo(("", "a=100 b=200")), "who asks knows it at once");
        world.Order("a", new("pingd", "b", ""));
        world.Settle(6);
        Assert.That(world.Written, Is.EqualTo("a: pingd b= a=100"));
    }

    [Test]
    public void That_is_private_is_never_written()
    {
        var world = new World("a", "b");
        world.Decides("b");
        world.Order("a", new("secret", "a", "1") { IsPrivate = true });
        world.Settle();
        Assert.That((world.Everywhere("secret"), world.Written), Is.EqualTo(("a=1", "")));
    }

    [Test]
    public void That_is_ordered_while_nobody_decides_waits()
    {
        var world = new World("a", "b");
        world.Order("b", new("x", "b", "++"));
        world.Order("b", new("x", "b", "++"));
        Assert.That(world.Done, Is.Zero);
        world.Decides("a");
        world.Settle();
        Assert.That((world.Done, world.Everywhere("x")), Is.EqualTo((2, "b=2")));
    }

    /// <summary>Also where that one was lost sight of while nobody decided.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void That_is_ordered_of_another_node_while_nobody_decides_is_not_taken_back_by_it(bool missed)
    {
        var world = new World("a", "b");
        if (missed) world.Misses("a", "b");
        world.Order("a", new("x", "b", "1"));
        world.Follow("a");
        world.Begins("a");
        world.Settle();
        Assert.That((world.Done, world.Everywhere("x"), world.InCib("x")), Is.EqualTo((1, "b=1", "b=1")));
    }

    /// <summary>Word of the end of a node's life may come when the next one has begun, and is taken for that one's.</summary>
    [Test]
    public void Of_a_node_that_is_taken_for_gone_and_lives_is_told_again([Values("a", "b", "c")] string dc)
    {
        var world = new World("a", "b", "c");
        world.Decides(dc);
        foreach (var node in world.Up) world.Order(node, new("x", node, "1"));
        world.Settle();
        foreach (var node in world.Up.Where(n => n != dc)) world.Misses(dc, node);
        world.Settle();
        Assert.That((world.Everywhere("x"), world.InCib("x")), Is.EqualTo(("a=1 b=1 c=1", "a=1 b=1 c=1")));
    }

    /// <summary>Who accepts says what it has at once, and the one that is about to decide may wait for others yet.</summary>
    [Test]
    public void That_is_told_to_one_that_is_about_to_decide_is_not_lost([Range(1, 40)] int seed)
    {
        var world = new World("a", "b", "c") { Random = new(seed) };
        world.Decides("a");
        world.Order("b", new("x", "b", "1"));
        world.Settle();
        world.Crash("a");
        world.Start("a");
        world.Settle();
        world.Order("b", new("y", "b", "2"));
        if (seed % 2 == 0) world.Deliver(1);
        world.Elects(world.Dc!);
        world.Order("b", new("z", "b", "3"));
        world.Settle();
        Assert.That((world.Everywhere("x"), world.Everywhere("y"), world.Everywhere("z")), Is.EqualTo(("b=1", "b=2", "b=3")));
        Assert.That((world.InCib("x"), world.InCib("y"), world.InCib("z")), Is.EqualTo(("b=1", "b=2", "b=3")));
    }

    /// <summary>What was asked for and not heard of is told again as what it is, and not done again.</summary>
    [Test]
    public void That_counts_on_counts_once([Range(1, 40)] int seed)
    {
        var world = new World("a", "b", "c") { Random = new(seed) };
        world.Decides("a");
        for (var i = 0; i < 6; i++)
        {
            world.Order("b", new("x", "b", "++"));
            world.Deliver(seed % 4);
            if (i % 2 == 1) world.Elects("a");
        }
        world.Settle();
        Assert.That((world.Everywhere("x"), world.InCib("x")), Is.EqualTo(("b=6", "b=6")));
    }

    /// <summary>One that decided, and hears late what it was asked for then, does not do it when it decides again.</summary>
    [Test]
    public void That_was_asked_of_a_time_that_is_over_is_not_done()
    {
        var core = new AttributeCore("a");
        var effects = new List<AttributeEffect>();
        var now = new Instant(0);
        core.Follow("a", 1, now, effects);
        core.Follow(null, 1, now, effects);
        core.Heard("b", new AttributeWord("want", [new("x", "b", "on")]) { Term = 1 }.ToMessages("a")[0], now, effects);
        core.Follow("b", 2, now, effects);
        core.Follow(null, 2, now, effects);
        core.Heard("c", new AttributeWord("want", [new("y", "c", "on")]) { Term = 1 }.ToMessages("a")[0], now, effects);
        core.Heard("c", new AttributeWord("want", [new("z", "c", "on")]) { Term = 3 }.ToMessages("a")[0], now, effects);
        core.Follow("a", 3, now, effects);
        Assert.That(string.Join(' ', core.Table.All.Select(t => t.Name)), Is.EqualTo("z"));
    }

    [Test]
    public void That_the_one_who_decided_did_not_answer_is_told_the_next_one()
    {
        var world = new World("a", "b", "c");
        world.Decides("a");
        world.Settle();
        world.Order("c", new("x", "c", "1"));
        world.Order("c", new("y", "c", "2"));
        Assert.That(world.Done, Is.Zero);
        world.Crash("a");
        world.Decides("b");
        world.Settle();
        Assert.That((world.Done, world.Everywhere("x"), world.Everywhere("y")), Is.EqualTo((2, "c=1", "c=2")));
    }

    /// <summary>attrd_updater -Y -d 0 is how what is being gathered is written now.</summary>
    [TestCase(0), TestCase(9)]
    public void Is_written_at_once_when_its_dampening_is_changed(int seconds)
    {
        var world = new World("a", "b");
        world.Decides("a");
        world.Order("b", new("pingd", "b", "100") { Dampening = TimeSpan.FromSeconds(5) });
        world.Settle(1);
        world.Order("b", new("pingd", "b", null) { DampeningOnly = true, Dampening = TimeSpan.FromSeconds(5) });
        world.Settle(1);
        Assert.That(world.Written, Is.Empty, "it is the same as before");
        world.Order("b", new("pingd", "b", null) { DampeningOnly = true, Dampening = TimeSpan.FromSeconds(seconds) });
        world.Settle(1);
        Assert.That(world.Written, Is.EqualTo("a: pingd b=100"));
        world.Settle(20);
        Assert.That(world.Written, Is.EqualTo("a: pingd b=100"), "once");
    }

    [Test]
    public void Anothers_change_of_it_is_no_answer_but_one_of_an_older_version_is()
    {
        var (node, effects) = (new AttributeCore("b"), new List<AttributeEffect>());
        node.Follow("a", 1, new(0), effects);
        effects.Clear();
        node.Order(7, new("x", "b", "++"), new(0), effects);
        var want = ((AttributeEffect.Send)effects.Single()).Message;
        Assert.That((want["f"], want["of"]), Is.EqualTo(("want", "1")));
        foreach (var of in new[] { "", "c 1", "b 2" })
        {
            effects.Clear();
            node.Heard("a", new AttributeWord("is", [new("x", "b", "1")]) { Of = of }.ToMessages(null)[0], new(0), effects);
            Assert.That(effects, Is.Empty, of);
        }
        node.Heard("a", new AttributeWord("is", [new("x", "b", "2")]) { Of = "b 1" }.ToMessages(null)[0], new(0), effects);
        Assert.That(effects, Is.EqualTo(new[] { new AttributeEffect.Done(7) }));
        effects.Clear();
        node.Order(8, new("x", "b", "5"), new(0), effects);
        node.Heard("a", new AttributeWord("is", [new("x", "b", "5")]).ToMessages(null)[0], new(0), effects);
        Assert.That(effects.OfType<AttributeEffect.Done>().Single().Ticket, Is.EqualTo(8));
    }

    [Test]
    public void Ends_with_the_life_of_its_node()
    {
        var world = new World("a", "b", "c");
        world.Decides("a");
        foreach (var node in "abc") world.Order(node.ToString(), new("x", node.ToString(), "1"));
        world.Settle();
        world.Crash("c");
        world.Settle();
        Assert.That(world.Everywhere("x"), Is.EqualTo("a=1 b=1"));
        world.Crash("a");
        world.Decides("b");
        world.Settle();
        Assert.That(world.Everywhere("x"), Is.EqualTo("b=1"));
        world.Start("a");
        world.Settle();
        Assert.That(world.Everywhere("x"), Is.EqualTo("b=1"), "a new life knows what the others know");
    }

    [Test]
    public void Whatever_is_ordered_while_nodes_come_and_go_all_know_the_same_and_the_last_writing_is_what_they_know([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        string[] names = ["a", "b", "c", "d"];
        var world = new World(names) { Random = random };
        world.Decides("a");
        for (var step = 0; step < 120; step++)
        {
            var node = names[random.Next(4)];
            switch (random.Next(12))
            {
                case 0: world.Crash(node); break;
                case 1: world.Start(node); break;
                case 2 when world.IsUp(node): world.Decides(node); break;
                case 3: world.Settle(random.Next(4)); break;
                case 4 when world.IsUp(node):
                    world.Order(node, new($"x{random.Next(3)}", node, null) { DampeningOnly = true, Dampening = TimeSpan.FromSeconds(random.Next(3)) });
                    break;
                default:
                    if (world.IsUp(node))
                        world.Order(node, new($"x{random.Next(3)}", world.Up[random.Next(world.Up.Count)], random.Next(5) == 0 ? "" : random.Next(3) == 0 ? "++" : $"{random.Next(9)}") { Dampening = random.Next(4) == 0 ? TimeSpan.FromSeconds(random.Next(3)) : null });
                    world.Deliver(random.Next(5));
                    break;
            }
        }
        world.Deliver(int.MaxValue);
        foreach (var node in names) world.Start(node);
        world.Settle(2);
        if (seed % 2 == 0) world.Decides(names[random.Next(4)]);        // who begins to decide writes everything, and would hide what was not written before
        world.Settle(10);
        for (var x = 0; x < 3; x++)
            Assert.That(world.InCib($"x{x}"), Is.EqualTo(world.Everywhere($"x{x}")), $"x{x}");
        Assert.That(world.Unanswered, Is.Empty);
    }

    /// <summary>Of several nodes one follows before the others do, and nobody decides before all follow.</summary>
    [Test]
    public void What_is_said_to_a_node_that_does_not_decide_yet_waits_until_it_does()
    {
        var world = new World("a", "b", "c");
        world.Decides("c");
        world.Order("b", new("shutdown", "b", "1"));
        world.Settle();
        world.Follow("a");
        world.Misses("a", "b");
        world.Order("b", new("pingd", "b", "100"));
        world.Settle();
        world.Begins("a");
        world.Settle();
        Assert.That((world.Everywhere("shutdown"), world.Everywhere("pingd")), Is.EqualTo(("b=1", "b=100")));
        Assert.That((world.InCib("shutdown"), world.InCib("pingd")), Is.EqualTo(("b=1", "b=100")));
    }

    [Test]
    public void What_a_node_said_before_it_was_lost_is_of_no_use()
    {
        var world = new World("a", "b", "c");
        world.Follow("a");
        world.Order("b", new("pingd", "b", "100"));
        world.Settle();
        world.Crash("b");
        world.Begins("a");
        world.Settle();
        Assert.That((world.Everywhere("pingd"), world.InCib("pingd")), Is.EqualTo(("", "")));
    }

    private sealed class World(params string[] names)
    {
        private readonly Dictionary<string, AttributeCore> _nodes = names.ToDictionary(n => n, n => new AttributeCore(n));
        private readonly Dictionary<(string, string), Queue<Action>> _wires = [];
        private readonly SortedDictionary<string, SortedDictionary<string, string>> _cib = [];
        private readonly List<string> _written = [];
        private readonly Dictionary<int, (string Node, AttributeChange Change)> _orders = [];
        private int _tickets;
        private Instant _now = new(0);
        private string? _dc;
        private long _term;

        public Random Random { get; init; } = new(1);
        public int Done { get; private set; }
        public string Written => string.Join("; ", _written);
        public List<string> Up => [.. names.Where(_nodes.ContainsKey)];
        public string? Dc => _dc;
        public bool IsUp(string node) => _nodes.ContainsKey(node);

        public string Everywhere(string name)
        {
            var all = Up.ConvertAll(n => string.Join(' ', _nodes[n].Table.Find(name)?.Values.Select(v => $"{v.Key}={v.Value}") ?? []));
            Assert.That(all.Distinct().Count(), Is.EqualTo(1), $"{name}: {string.Join(" | ", all)}");
            return all[0];
        }

        public string InCib(string name) => string.Join(' ', _cib.GetValueOrDefault(name)?.Select(v => $"{v.Key}={v.Value}") ?? []);

        public void Order(string node, AttributeChange change)
        {
            _orders[++_tickets] = (node, change);
            Step(node, (n, e) => n.Order(_tickets, change, _now, e));
        }

        /// <summary>Orders of nodes that live since then, which were told nothing.</summary>
        public IEnumerable<int> Unanswered => _orders.Keys;

        public void Decides(string dc)
        {
            if (_dc == dc) return;
            foreach (var node in Up) Step(node, (n, e) => n.Follow(null, _term, _now, e));
            Elects(dc);
        }

        /// <summary>The others accept a term, the same one's or another's, and it hears what they say before it knows that all of them do.</summary>
        public void Elects(string dc)
        {
            _dc = dc;
            _term++;
            Step(dc, (n, e) => n.Follow(null, _term - 1, _now, e));
            foreach (var node in Up.Where(n => n != dc)) Step(node, (n, e) => n.Follow(dc, _term, _now, e));
            Deliver(Random.Next(30));
            Step(dc, (n, e) => n.Follow(dc, _term, _now, e));
        }

        /// <summary>All but the node itself follow it; it does not decide before it <see cref="Begins"/>.</summary>
        public void Follow(string dc)
        {
            _dc = dc;
            foreach (var node in Up) Step(node, (n, e) => n.Follow(null, _term, _now, e));
            _term++;
            foreach (var node in Up.Where(n => n != dc)) Step(node, (n, e) => n.Follow(dc, _term, _now, e));
        }

        public void Begins(string dc) => Step(dc, (n, e) => n.Follow(dc, _term, _now, e));

        /// <summary>One does not see another for a moment.</summary>
        public void Misses(string node, string other) => Step(node, (n, e) => n.Lost(other, e));

        public void Crash(string node)
        {
            if (!_nodes.Remove(node)) return;
            foreach (var ticket in _orders.Where(o => o.Value.Node == node).Select(o => o.Key).ToList()) _orders.Remove(ticket);
            foreach (var wire in _wires.Where(w => w.Key.Item1 == node || w.Key.Item2 == node).ToList()) _wires.Remove(wire.Key);
            foreach (var values in _cib.Values) values.Remove(node);       // the controller clears a lost node's part of the status
            foreach (var other in Up) Step(other, (n, e) => n.Lost(node, e));
            if (_dc == node)
            {
                _dc = null;
                foreach (var other in Up) Step(other, (n, e) => n.Follow(null, _term, _now, e));
                if (Up.Count > 0) Decides(Up[Random.Next(Up.Count)]);
            }
        }

        public void Start(string node)
        {
            if (_nodes.ContainsKey(node)) return;
            _nodes[node] = new AttributeCore(node);
            if (_dc is null) Decides(node);
            else Step(node, (n, e) => n.Follow(_dc, _term, _now, e));
        }

        public void Settle(int seconds = 1)
        {
            for (var i = 0; i < seconds; i++)
            {
                Deliver(int.MaxValue);
                _now += TimeSpan.FromSeconds(1);
                foreach (var node in Up) Step(node, (n, e) => n.Tick(_now, e));
            }
            Deliver(int.MaxValue);
        }

        public void Deliver(int count)
        {
            while (count-- > 0)
            {
                var full = _wires.Where(w => w.Value.Count > 0).OrderBy(w => w.Key).ToList();
                if (full.Count == 0) return;
                full[Random.Next(full.Count)].Value.Dequeue()();
            }
        }

        private void Step(string name, Action<AttributeCore, List<AttributeEffect>> step)
        {
            if (!_nodes.TryGetValue(name, out var node)) return;
            var effects = new List<AttributeEffect>();
            step(node, effects);
            foreach (var effect in effects)
                switch (effect)
                {
                    case AttributeEffect.Send send:
                        foreach (var to in Up)
                        {
                            if (to == name || (send.Message["dest"] ?? to) != to) continue;
                            if (!_wires.TryGetValue((name, to), out var wire)) _wires[(name, to)] = wire = new();
                            wire.Enqueue(() => Step(to, (n, e) => n.Heard(name, send.Message, _now, e)));
                        }
                        break;
                    case AttributeEffect.Write write:
                        _written.Add($"{name}: {write.Values[0].Name} {string.Join(' ', write.Values.Select(v => $"{v.Host}={v.Value}"))}");
                        foreach (var value in write.Values)
                        {
                            if (!_cib.TryGetValue(value.Name, out var values)) _cib[value.Name] = values = [];
                            if (value.Value is null) values.Remove(value.Host);
                            else values[value.Host] = value.Value;
                        }
                        break;
                    case AttributeEffect.WriteAll all:
                        _cib.Clear();
                        foreach (var value in all.Values)
                        {
                            if (!_cib.TryGetValue(value.Name, out var values)) _cib[value.Name] = values = [];
                            values[value.Host] = value.Value!;
                        }
                        break;
                    case AttributeEffect.Done done:
                        Done++;
                        Assert.That(_orders.Remove(done.Ticket, out var order), Is.True, "answered once");
                        Assert.That(order.Node, Is.EqualTo(name));
                        // Of what waited, and is carried out at once, the last counts.
                        if (effects.Skip(effects.IndexOf(effect) + 1).OfType<AttributeEffect.Done>().Any(later => _orders.TryGetValue(later.Ticket, out var then) && (then.Change.Name, then.Change.Host) == (order.Change.Name, order.Change.Host))) break;
                        var known = node.Table.Find(order.Change.Name)?.Values.GetValueOrDefault(order.Change.Host);
                        if (order.Change.DampeningOnly) break;
                        if (order.Change.Value != "++") Assert.That(known ?? "", Is.EqualTo(order.Change.Value), "who was answered knows what was ordered");
                        else Assert.That(known, Is.Not.Null);
                        break;
                }
        }
    }
}
