using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Tests.Transition;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Operations;
using Appliance.Policy;

namespace Appliance.Crm.Tests.History;

/// <summary>
/// A cluster that begins with nothing: the policy engine plans, the transitioner orders, each node's history takes the orders to its queue and writes what came of them, and the policy engine reads that. Agents fail,
/// resources die, nodes tell everything again, operators clean up. What really runs is known besides.
/// </summary>
internal sealed class LoopedCluster
{
    private readonly Random _random;
    private readonly Transitioner _core = new("alpha", "99999999-8888-7777-6666-555555555555");
    private readonly SortedDictionary<string, NodeRig> _nodes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _active = new(StringComparer.Ordinal), _promoted = new(StringComparer.Ordinal);   // RESOURCE@NODE, as it really is
    private readonly Queue<TransitionInput> _inputs = [];
    private readonly HashSet<string> _uniques = [];
    private CibElement _cib;
    private Instant _now = new(1);
    private TransitionEffect.PolicyNeeded? _question;
    private bool _stormy;
    private int _transitions, _ids;

    public LoopedCluster(int seed)
    {
        _random = new(seed);
        _cib = RandomCib.Of(seed);
        foreach (var pair in _cib.Descendants("nvpair").ToArray())
            if (pair["name"] is "stonith-enabled") pair.Set("value", "false");
            else if (pair["name"] is "standby" or "maintenance") pair.Remove();
        // Who says that a failed stop is of no consequence, gets two of it.
        foreach (var operation in _cib.Descendants("op"))
            if (operation["name"] == "stop") operation.Set("on-fail", null);
        foreach (var primitive in _cib.Descendants("primitive"))
            if (primitive.Parent!.Name != "clone") _uniques.Add(primitive.Id!);
        foreach (var state in _cib.Descendants("node_state").ToArray())
        {
            state.RemoveAll(static _ => true);
            foreach (var (name, value) in new[] { ("in_ccm", "true"), ("crmd", "online"), ("join", "member"), ("expected", "member") }) state.Set(name, value);
            var rig = new NodeRig(state["uname"]!, state.Id!, () => _cib, Become) { Answered = r => _inputs.Enqueue(new TransitionInput.Answered(r)), IsSlow = _random.Next(4) == 0 };
            _nodes.Add(state["uname"]!, rig);
        }
    }

    public int Operations { get; private set; }
    public List<string> Story { get; } = [];

    public void Run()
    {
        _inputs.Enqueue(new TransitionInput.Configured(3, 8));
        _inputs.Enqueue(new TransitionInput.TakeOver());
        _inputs.Enqueue(new TransitionInput.Aborted(Transitioner.Infinity, AfterTransition.Restart, "begun"));
        Drain();
        _stormy = true;
        for (var i = 0; i < 150; i++) Go();
        _stormy = false;
        for (var i = 0; Go(); i++) Assert.That(i, Is.LessThan(4000), () => "it comes to rest\n" + string.Join('\n', Story.TakeLast(40)));
        Compare();
        ToldAgain();
    }

    /// <returns>Whether there was something to do.</returns>
    private bool Go()
    {
        var trouble = _stormy ? _random.Next(60) : 99;
        var slow = _nodes.Values.Where(static n => n.IsSlow && n.Described.Count > 0).ToArray();
        var busy = _nodes.Where(static n => n.Value.Running.Count > 0).ToArray();
        if (trouble == 0 && _active.Count > 0)
        {
            var dead = _active.ElementAt(_random.Next(_active.Count));
            Story.Add($"{dead} dies");
            _active.Remove(dead);
            _promoted.Remove(dead);
        }
        else if (trouble == 1) Any().Join();
        else if (trouble == 2) CleanUp(Any());
        else if (trouble < 6) Wait(12);
        else if (slow.Length > 0 && _random.Next(3) == 0)
        {
            var agent = slow[0].Described[0];
            slow[0].Described.RemoveAt(0);
            slow[0].Describe(agent, null);
        }
        else if (busy.Length > 0) End(busy[_random.Next(busy.Length)]);
        else if (_question is { } question)
        {
            _question = null;
            _inputs.Enqueue(new TransitionInput.Begin(question.Question, PolicyRun.Schedule(_cib, Seconds, PosixPattern.Of, ++_transitions).Graph, "x"));
        }
        else if (slow.Length == 0 && !_core.IsRunning && !_stormy) return false;
        else Wait(1);
        Drain();
        return true;
    }

    private long Seconds => (NodeRig.Epoch / 1000) + (_now.Ticks / TimeSpan.TicksPerSecond);

    private NodeRig Any() => _nodes.ElementAt(_random.Next(_nodes.Count)).Value;

    private void CleanUp(NodeRig node)
    {
        if (node.History.Histories.Count == 0) return;
        var resource = node.History.Histories.Keys.ElementAt(_random.Next(node.History.Histories.Count));
        Story.Add($"{resource} is cleaned up");
        node.Do(e => node.History.Delete(resource, node.Moment, e));
        var next = _cib.Clone();
        foreach (var pair in next.Element("status")!.Descendants("nvpair").ToArray())
            if (pair["name"]!.Contains($"-{resource}#", StringComparison.Ordinal)) pair.Remove();
        Become(next);
    }

    private void Wait(int seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        foreach (var node in _nodes.Values)
        {
            node.Now = _now;
            node.Tick(0);
        }
        _inputs.Enqueue(new TransitionInput.Tick());
    }

    private void End(KeyValuePair<string, NodeRig> at)
    {
        var order = at.Value.Running[0].Order;
        var code = Do(order, $"{order.Resource}@{at.Key}", bad: _stormy && _random.Next(8) == 0);
        Operations++;
        Story.Add($"{order} on {at.Key}: {code}");
        _now += TimeSpan.FromMilliseconds(100);
        foreach (var node in _nodes.Values) node.Now = _now;
        at.Value.End(code, after: 0);
    }

    private int Do(OperationOrder order, string place, bool bad)
    {
        if (bad) return 1;
        switch (order.Action)
        {
            case "start" or "migrate_from":
                if (order.Action == "start" && _uniques.Contains(order.Resource))
                    foreach (var other in _active)
                        Assert.That(other.StartsWith(order.Resource + "@", StringComparison.Ordinal) && other != place, Is.False, () => $"{place} is started while {other} is active\n" + string.Join('\n', Story.TakeLast(60)));
                _active.Add(place);
                return 0;
            case "stop":
                _active.Remove(place);
                _promoted.Remove(place);
                return 0;
            case "promote":
                _promoted.Add(place);
                return 0;
            case "demote":
                _promoted.Remove(place);
                return 0;
            case "monitor":
                return _promoted.Contains(place) ? 8 : _active.Contains(place) ? 0 : 7;
            default:
                return 0;
        }
    }

    private void Drain()
    {
        while (_inputs.TryDequeue(out var input))
        {
            var effects = new List<TransitionEffect>();
            _core.Step(input, _now, effects);
            foreach (var effect in effects)
            {
                Story.Add("    " + effect);
                switch (effect)
                {
                    case TransitionEffect.Execute e: _nodes[e.Router].Order(e.Action); break;
                    case TransitionEffect.PolicyNeeded needed: _question = needed; break;
                    case TransitionEffect.Failure f:
                        Attribute(f.Node!, f.FailCountName, old => f.Count switch
                        {
                            FailCountChange.Infinity => "INFINITY", FailCountChange.None => old, _ => old == "INFINITY" ? old : (int.Parse(old ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture),
                        });
                        Attribute(f.Node!, f.LastFailureName, _ => Seconds.ToString(CultureInfo.InvariantCulture));
                        break;
                    case TransitionEffect.RecordLost lost: _nodes[lost.Node].Perform(Appliance.Crm.History.HistoryRequests.Lost(lost, _nodes[lost.Node].Moment)!); break;
                    case TransitionEffect.ClearFailures or TransitionEffect.DeleteHistory or TransitionEffect.Fence or TransitionEffect.Refused:
                        Assert.Fail($"{effect}\n" + string.Join('\n', Story.TakeLast(60)));
                        break;
                }
            }
        }
    }

    private void Attribute(string node, string name, Func<string?, string?> change)
    {
        var next = _cib.Clone();
        var state = next.Descendants("node_state").First(s => s["uname"] == node);
        var attributes = state.Element("transient_attributes") ?? state.Add("transient_attributes").Set("id", state.Id);
        var set = attributes.Element("instance_attributes") ?? attributes.Add("instance_attributes").Set("id", $"ts-{node}");
        var pair = set.Elements("nvpair").FirstOrDefault(p => p["name"] == name);
        if (change(pair?["value"]) is not { } value) return;
        (pair ?? set.Add("nvpair").Set("id", $"tv-{++_ids}").Set("name", name)).Set("value", value);
        Become(next);
    }

    private void Become(CibElement next)
    {
        var changes = CibDiff.Between(_cib, next);
        _cib = next;
        if (changes.Count > 0) _inputs.Enqueue(new TransitionInput.Changed(changes));
    }

    /// <summary>What the policy engine reads of the status is so, but where the last word on a resource was a failure, or its death was not noticed.</summary>
    private void Compare()
    {
        foreach (var node in PolicyRun.ReadStatus(_cib, Seconds).Model.Nodes)
        {
            var seen = new SortedSet<string>(node.Running.Select(static r => r.Id.Split(':')[0]), StringComparer.Ordinal);
            foreach (var (name, history) in _nodes[node.Name].History.Histories)
            {
                if (history.LastFailure is not null || history.Entries.Count == 0) continue;
                var really = _active.Contains($"{name}@{node.Name}");
                if (seen.Contains(name) && !really && Story.Contains($"{name}@{node.Name} dies")) continue;
                Assert.That(seen.Contains(name), Is.EqualTo(really), () => $"{name} on {node.Name}\n{_cib.Element("status")}\n" + string.Join('\n', Story.TakeLast(40)));
            }
        }
    }

    /// <summary>A join says nothing new: the policy engine plans the same after it.</summary>
    private void ToldAgain()
    {
        var before = PolicyRun.Schedule(_cib, Seconds, PosixPattern.Of).GraphText();
        var entries = Entries();
        foreach (var node in _nodes.Values) node.Join();
        var missing = entries.Where(e => Entries().GetValueOrDefault(e.Key) != e.Value).Select(e => $"{e.Key}: {e.Value}").ToList();
        Assert.That(PolicyRun.Schedule(_cib, Seconds, PosixPattern.Of).GraphText(), Is.EqualTo(before), () => string.Join("\n", missing) + _cib.Element("status") + string.Join('\n', Story.TakeLast(60)));
        // What a change made meaningless is not told again.
        var now = Entries();
        foreach (var (id, entry) in now) Assert.That(entries.GetValueOrDefault(id), Is.EqualTo(entry));
        // Nor is what the DC wrote for a node that did answer in the end.
        foreach (var id in entries.Keys.Except(now.Keys))
            if (!entries[id].Contains("call-id=\"-1\"", StringComparison.Ordinal)) Assert.That(id, Does.Match("_monitor_1[01]000$"));
    }

    private Dictionary<string, string> Entries()
    {
        var entries = new Dictionary<string, string>();
        foreach (var entry in _cib.Descendants("lrm_rsc_op"))
        {
            var copy = entry.CloneShallow();
            // Attributes of an earlier entry in the same place stay in a CIB that is modified.
            foreach (var name in new[] { "crm-debug-origin", "migrate_source", "migrate_target" }) copy.Set(name, null);
            var place = $"{entry.Parent!.Parent!.Parent!.Parent!["uname"]} {entry.Id}";
            entries.Add(place, copy.ToString());
        }
        return entries;
    }
}

public class A_cluster_whose_nodes_write_their_history
{
    private static IEnumerable<int> Seeds => Enumerable.Range(1, 80);

    [TestCaseSource(nameof(Seeds))]
    public void Reads_what_is_so(int seed)
    {
        var cluster = new LoopedCluster(seed);
        cluster.Run();
        Assert.That(cluster.Operations, Is.GreaterThan(0));
    }
}
