using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Graph;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Transition;

/// <summary>
/// One graph, carried out while answers come in any order, fail, get lost and come twice, while nodes go and others abort. What must hold is checked after every step against the graph's
/// text, read here once more and by other means than the transitioner's.
/// </summary>
internal sealed class Storm
{
    private const string Uuid = "99999999-8888-7777-6666-555555555555";

    /// <summary>An action as the text has it.</summary>
    private sealed class Part
    {
        public required string Kind, Task, Key;
        public string? Node, NodeId, Router, Resource;
        public int Priority;
        public readonly List<int> Inputs = [];
        public int Orders;
        public string End = "";                     // "", done, failed, lost, gone, abandoned
    }

    private readonly Dictionary<int, Part> _parts = [];
    private readonly CibElement _graph;
    private readonly Random _random;
    private readonly int _violence;
    private readonly Transitioner _core = new("alpha", Uuid);
    private readonly List<(TransitionInput Input, Instant At)> _script = [];
    private readonly List<string> _story = [];
    private readonly SortedDictionary<int, TransitionEffect> _open = [];
    private readonly List<OperationResult> _told = [];
    private readonly HashSet<string> _lostNodes = [];
    private readonly int _nodeLimit, _batch;
    private Instant _now = new(1);
    private int _calls, _abort, _failures, _countable, _ended;
    private AfterTransition? _next;
    private GraphProgress? _progress;
    private bool _calm = true;

    /// <param name="violence">How many of a hundred events are bad ones.</param>
    public Storm(CibElement graph, int seed, int violence)
    {
        (_graph, _random, _violence) = (graph, new(seed), violence);
        foreach (var synapse in graph.Elements("synapse"))
            foreach (var element in synapse.Element("action_set")!.Children)
            {
                var part = new Part
                {
                    Kind = element.Name, Task = element["operation"] ?? "", Key = element["operation_key"] ?? "", Node = element["on_node"], NodeId = element["on_node_uuid"], Router = element["router_node"] ?? element["on_node"],
                    Resource = element.Element("primitive")?.Id, Priority = int.Parse(synapse["priority"] ?? "0", CultureInfo.InvariantCulture),
                };
                foreach (var trigger in synapse.Element("inputs")?.Children ?? [])
                    foreach (var input in trigger.Children) part.Inputs.Add(int.Parse(input.Id!, CultureInfo.InvariantCulture));
                _parts.Add(int.Parse(element.Id!, CultureInfo.InvariantCulture), part);
            }
        _batch = int.TryParse(graph["batch-limit"], out var batch) ? batch : 0;
        _nodeLimit = _random.Next(1, 5);
    }

    public int Orders => _parts.Values.Sum(static p => p.Orders);

    /// <summary>Carries the graph to its end, and once more with the same inputs.</summary>
    public void Run()
    {
        Step(new TransitionInput.Configured(10, _nodeLimit * 2));
        Step(new TransitionInput.TakeOver());
        Step(new TransitionInput.Begin(0, _graph.Clone(), "storm"));
        for (var i = 0; _core.IsRunning; i++)
        {
            Assert.That(i, Is.LessThan(20 * _parts.Count + 200), "it comes to an end");
            if (_random.Next(100) < _violence) Disturb();
            else if (_open.Count > 0) Answer(bad: _random.Next(100) < _violence);
            else Wait();
        }
        CheckTheEnd();
        Repeat();
    }

    private void Step(TransitionInput input)
    {
        _script.Add((input, _now));
        var effects = new List<TransitionEffect>();
        var was = _core.IsRunning;
        _core.Step(input, _now, effects);
        foreach (var effect in effects)
        {
            _story.Add(Text(effect));
            switch (effect)
            {
                case TransitionEffect.Execute e:
                    Ordered(e.Key, e.Node, e.Router, e.Awaited ? e : null);
                    break;
                case TransitionEffect.Fence f: Ordered(f.Key, f.Target, null, f); break;
                case TransitionEffect.DeleteHistory d: Ordered(d.Key, d.Node, null, d); break;
                case TransitionEffect.ShutDown s: Ordered(s.Key, s.Node, null, null); break;
                case TransitionEffect.ClearFailures c: Ordered(c.Key, c.Node, null, null); break;
                case TransitionEffect.RecordLost l: Close(l.Key.Action, "lost"); break;
                case TransitionEffect.Failure: _failures++; break;
                case TransitionEffect.Ended e:
                    _ended++;
                    (_next, _progress) = (e.Next, e.Progress);
                    break;
                case TransitionEffect.Refused r: Assert.Fail(r.Problem); break;
            }
        }
        Assert.That(_core.IsRunning || !was || _ended == 1, "an end is told");
        // Whatever is under way for the transitioner has been ordered, and not answered, here.
        Assert.That(_core.Pending.Select(static a => a.Id).Order(), Is.EqualTo(_open.Keys), () => string.Join("\n", _story.TakeLast(5)));
        if (_batch > 0) Assert.That(_open, Has.Count.LessThanOrEqualTo(_batch), "the batch");
        foreach (var node in _open.Values.OfType<TransitionEffect.Execute>().Where(static e => e.Task is not ("migrate_to" or "migrate_from")).GroupBy(static e => e.Router))
            Assert.That(node.Count(), Is.LessThanOrEqualTo(_nodeLimit), $"what {node.Key} does at once");
    }

    /// <summary>An order came: it was its turn, and it is the only one.</summary>
    private void Ordered(TransitionKey key, string node, string? router, TransitionEffect? awaited)
    {
        var part = _parts[key.Action];
        Assert.That(key.Uuid, Is.EqualTo(Uuid));
        Assert.That(++part.Orders, Is.EqualTo(1), $"{part.Key} is ordered once");
        Assert.That(part.End, Is.Empty, $"{part.Key} has not ended before it began");
        Assert.That(part.Node, Is.EqualTo(node));
        if (router is not null) Assert.That(part.Router, Is.EqualTo(router));
        Assert.That(part.Priority, Is.GreaterThanOrEqualTo(_abort), $"{part.Key} is not begun after an abort of priority {_abort}");
        foreach (var input in part.Inputs) Assert.That(Confirmed(input, part.Priority), Is.True, $"{part.Key} was ordered before {input}");
        foreach (var other in _open.Keys)
            if (_parts[other].Resource == part.Resource && part.Resource is not null) Assert.That(IsBefore(other, key.Action), Is.False, $"{part.Key} on {node} while {_parts[other].Key} on {_parts[other].Node} is under way");
        _begun[key.Action] = _now;
        if (awaited is null) part.End = "done";
        else _open.Add(key.Action, awaited);
    }

    /// <summary>Whether an input lets its action begin: a real one when it ended well (or at all, for what must be made known); a pseudo-event when all before it has.</summary>
    private bool Confirmed(int id, int priority)
    {
        if (!_parts.TryGetValue(id, out var part)) return false;
        if (part.Kind != "pseudo_event" && !IsOwnShutdown(part)) return part.End == "done" || part.End.Length > 0 && priority >= 1_000_000;
        foreach (var input in part.Inputs)
            if (!Confirmed(input, part.Priority)) return false;
        return true;
    }

    /// <summary>It is no order to anybody: it is done when its turn has come.</summary>
    private static bool IsOwnShutdown(Part part) => part is { Task: "do_shutdown", Node: "alpha" };

    /// <summary>Whether the graph puts one before the other, over what ended well or not at all.</summary>
    private bool IsBefore(int one, int other, HashSet<int>? seen = null)
    {
        seen ??= [];
        foreach (var input in _parts[other].Inputs)
        {
            if (input == one) return true;
            if (!_parts.TryGetValue(input, out var part) || part.End is "failed" or "lost" or "gone" || !seen.Add(input)) continue;
            if (IsBefore(one, input, seen)) return true;
        }
        return false;
    }

    private void Close(int action, string end)
    {
        Assert.That(_open.Remove(action), Is.True, "only what is under way ends");
        Assert.That(_parts[action].End, Is.Empty, "and it ends once");
        _parts[action].End = end;
    }

    private void Answer(bool bad)
    {
        var keys = _open.Keys.ToArray();
        var action = keys[_random.Next(keys.Length)];
        var part = _parts[action];
        switch (_open[action])
        {
            case TransitionEffect.Fence fence:
                Close(action, bad ? "failed" : "done");
                if (bad) Aborts(1_000_000);
                Step(new TransitionInput.Fenced(fence.Key, bad ? FencingOutcome.Failed : FencingOutcome.Done, "so be it"));
                break;
            case TransitionEffect.DeleteHistory delete:
                Close(action, "done");
                Step(new TransitionInput.Deleted(delete.Key));
                break;
            case TransitionEffect.Execute order:
                var ignored = order.Action.Element("attributes")?["CRM_meta_on_fail"] == "ignore";
                Close(action, bad && !ignored ? "failed" : "done");
                if (bad)
                {
                    if (!ignored) Aborts(part.Priority + 1);
                    if (order.Interval > TimeSpan.Zero && order.Task != "cancel" || order.Task is "start" or "stop" or "promote" or "demote") _countable++;
                }
                var result = new OperationResult(order.OperationKey, order.NodeId, order.Node, order.Key.ToString(), ++_calls, bad ? 99 : order.Key.TargetRc, ExecutionStatus.Done);
                _told.Add(result);
                Step(Telling(result));
                break;
        }
    }

    /// <summary>In one of the ways in which results come: directly, or as a change of the history.</summary>
    private TransitionInput Telling(OperationResult result)
    {
        if (_random.Next(2) == 0) return new TransitionInput.Answered(result);
        var entry = new CibElement("lrm_rsc_op").Set("id", "x").Set("operation_key", result.Key).Set("transition-key", result.TransitionKey).Set("call-id", result.CallId.ToString(CultureInfo.InvariantCulture))
            .Set("rc-code", result.Rc.ToString(CultureInfo.InvariantCulture)).Set("op-status", ((int)result.Status).ToString(CultureInfo.InvariantCulture)).Set("on_node", result.Node);
        return new TransitionInput.Changed([new CibChange.Created($"/cib/status/node_state[@id='{result.NodeId}']/lrm[@id='{result.NodeId}']/lrm_resources/lrm_resource[@id='x']", entry, 0)]);
    }

    private void Aborts(int priority)
    {
        _calm = false;
        _abort = Math.Max(_abort, priority);
    }

    private void Disturb()
    {
        switch (_random.Next(10))
        {
            case 0 or 1 when _told.Count > 0:      // the same answer again
                Step(Telling(_told[_random.Next(_told.Count)]));
                break;
            case 2 or 3 when _core.NextDeadline != Instant.Never:
                Wait();
                break;
            case 4 or 5:
                var priority = _random.Next(3) == 0 ? 1_000_000 : _random.Next(1, 12);
                Aborts(priority);
                Step(new TransitionInput.Aborted(priority, (AfterTransition)_random.Next(4), "somebody wants it"));
                break;
            case 6 or 7:
                LoseANode();
                break;
            case 8:                                  // a result of another time
                Aborts(1_000_000);
                Step(Telling(new("other_monitor_10000", "id-beta", "beta", "3:0:0:11111111-1111-1111-1111-111111111111", ++_calls, 0, ExecutionStatus.Done)));
                break;
            case 9 when _random.Next(8) == 0:
                _calm = false;
                foreach (var open in _open.Keys.ToArray()) Close(open, "abandoned");
                Step(new TransitionInput.StepDown());
                break;
        }
    }

    private void Wait()
    {
        if (_core.NextDeadline == Instant.Never) return;
        _now = _core.NextDeadline;
        foreach (var (action, effect) in _open.ToArray())
        {
            // All at once that are due now: those of the same instant.
            if (effect is TransitionEffect.Fence || !IsDue(action, effect)) continue;
            Aborts(1_000_000);
            if (effect is TransitionEffect.Execute order && order.Task is not ("cancel" or "delete" or "notify"))
            {
                if (order.Interval > TimeSpan.Zero || order.Task is "start" or "stop" or "promote" or "demote") _countable++;
            }
            else Close(action, "lost");             // no entry in the history tells of it
        }
        Step(new TransitionInput.Tick());
    }

    private readonly Dictionary<int, Instant> _begun = [];

    private bool IsDue(int action, TransitionEffect effect)
    {
        Values.TryMilliseconds(_graph["cluster-delay"], out var ms);
        var delay = TimeSpan.FromMilliseconds(ms);
        var timeout = effect is TransitionEffect.Execute order && order.Timeout > TimeSpan.Zero ? order.Timeout : effect is TransitionEffect.DeleteHistory ? HistoryTimeout(action) : delay;
        return _begun[action] + timeout + delay <= _now;

        TimeSpan HistoryTimeout(int id)
        {
            foreach (var element in _graph.Descendants("crm_event"))
                if (element.Id == id.ToString(CultureInfo.InvariantCulture) && element.Element("attributes")?["CRM_meta_timeout"] is { } text) return TimeSpan.FromMilliseconds(int.Parse(text, CultureInfo.InvariantCulture));
            return delay;
        }
    }

    private void LoseANode()
    {
        var nodes = _parts.Values.Where(static p => p.NodeId is not null && p.Router == p.Node).Select(static p => (p.Node!, p.NodeId!)).Distinct().ToArray();
        if (nodes.Length == 0) return;
        var (node, id) = nodes[_random.Next(nodes.Length)];
        if (!_lostNodes.Add(node)) return;
        var expected = false;
        foreach (var downed in _graph.Descendants("downed").Where(d => d.Elements("node").Any(n => n.Id == id)))
        {
            var taker = _parts[int.Parse(downed.Parent!.Id!, CultureInfo.InvariantCulture)];
            if (taker.Kind == "pseudo_event" || IsOwnShutdown(taker)) return;   // whether it has been passed is not told
            expected |= taker.Orders > 0 && (taker.End is "" or "done");
        }
        var reached = false;
        foreach (var (number, part) in _parts)
        {
            if (part.Kind == "pseudo_event" || part.Task == "stonith" || part.End.Length > 0) continue;
            if (part.NodeId != id && part.Router != node) continue;
            if (_open.ContainsKey(number)) Close(number, "gone");
            else if (!expected) part.End = "gone";
            else continue;
            reached = true;
        }
        if (!expected || reached) Aborts(1_000_000);
        Step(new TransitionInput.NodeLost(node, id));
    }

    private void CheckTheEnd()
    {
        Assert.That(_open, Is.Empty, "nothing is under way after the end");
        Assert.That(_ended, Is.EqualTo(1));
        Assert.That(_failures, Is.EqualTo(_countable), "every failure that counts, once");
        Assert.That(_progress!.Pending + _progress.Fired, Is.Zero);
        foreach (var part in _parts.Values)
            if (part.Orders > 0) Assert.That(part.End, Is.Not.Empty, $"{part.Key} is accounted for");
        foreach (var synapse in _core.Graph?.Synapses ?? [])
            foreach (var action in synapse.Actions)
            {
                var part = _parts[action.Id];
                if (part.Kind == "pseudo_event" || IsOwnShutdown(part)) continue;
                Assert.That(action.State, Is.EqualTo(part.End switch { "done" => ActionState.Done, "failed" => ActionState.Failed, "lost" => ActionState.Lost, "gone" => ActionState.NodeGone, _ => ActionState.Waiting }), part.Key);
            }
        if (!_calm) return;
        // Now and then an engine (Pacemaker's too) has an action wait for one that it left out: that one, and what waits for it, is never begun.
        var all = true;
        var known = new Dictionary<int, bool>();
        foreach (var (id, part) in _parts)
        {
            var possible = IsPossible(id, known);
            all &= possible;
            if (part.Kind != "pseudo_event" && !IsOwnShutdown(part)) Assert.That(part.Orders, Is.EqualTo(possible ? 1 : 0), $"{part.Key} was done");
        }
        Assert.That(_progress.Status, Is.EqualTo(all ? GraphStatus.Complete : GraphStatus.Terminated));
        Assert.That(_next, Is.AnyOf(AfterTransition.Done, AfterTransition.Shutdown));
    }

    private bool IsPossible(int id, Dictionary<int, bool> known)
    {
        if (!_parts.TryGetValue(id, out var part)) return false;
        if (known.TryGetValue(id, out var possible)) return possible;
        known[id] = false;                          // for whoever comes here again on the way: a circle
        return known[id] = part.Inputs.TrueForAll(i => IsPossible(i, known));
    }

    private void Repeat()
    {
        var core = new Transitioner("alpha", Uuid);
        var story = new List<string>();
        foreach (var (input, at) in _script)
        {
            var effects = new List<TransitionEffect>();
            // A graph is used up by being carried out.
            core.Step(input is TransitionInput.Begin begin ? begin with { Graph = _graph.Clone() } : input, at, effects);
            foreach (var effect in effects) story.Add(Text(effect));
        }
        Assert.That(story, Is.EqualTo(_story), "the same inputs have the same effects");
    }

    private static string Text(TransitionEffect effect) => effect switch
    {
        TransitionEffect.Execute e => $"execute on {e.Node} by {e.Router} within {e.Timeout}: {e.Action.ToString(CibFormat.Compact)}",
        TransitionEffect.RecordLost l => $"lost on {l.Node}: {l.Action.ToString(CibFormat.Compact)}",
        _ => effect.ToString(),
    };
}

public class A_graph_of_the_policy_engine
{
    private static IEnumerable<int> Seeds => Enumerable.Range(1, 250);

    [TestCaseSource(nameof(Seeds))]
    public void Is_carried_out_in_its_order_whatever_happens(int seed)
    {
        var graph = PolicyRun.Schedule(RandomCib.Of(seed), RandomCib.Now, PosixPattern.Of, seed).Graph;
        foreach (var violence in new[] { 0, 5, 20, 40 })
            for (var i = 0; i < 3; i++) new Storm(graph, seed * 100 + violence + i, violence).Run();
    }

    /// <summary>What waits for an action that nobody does would never have its turn: a member that is not managed, and the completion of its group.</summary>
    [Test]
    public void Waits_for_nothing_that_is_not_in_it()
    {
        foreach (var seed in Enumerable.Range(1, 1000))
        {
            var graph = PolicyRun.Schedule(RandomCib.Of(seed), RandomCib.Now, PosixPattern.Of, seed).Graph;
            var there = graph.Elements("synapse").SelectMany(static s => s.Element("action_set")!.Children).Select(static a => a.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var synapse in graph.Elements("synapse"))
                foreach (var input in synapse.Element("inputs")!.Children.SelectMany(static t => t.Children))
                    Assert.That(there, Does.Contain(input.Id), $"seed {seed}: {synapse.Element("action_set")!.Children[0]["operation_key"]} waits for {input["operation_key"]}");
        }
    }

    /// <summary>The random clusters are such that there is something to do, of every kind.</summary>
    [Test]
    public void Asks_for_all_there_is_to_ask_for()
    {
        var tasks = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var seed in Seeds)
            foreach (var synapse in PolicyRun.Schedule(RandomCib.Of(seed), RandomCib.Now, PosixPattern.Of, seed).Graph.Elements("synapse"))
                foreach (var action in synapse.Element("action_set")!.Children)
                {
                    var name = $"{action.Name} {action["operation"]}";
                    tasks[name] = tasks.GetValueOrDefault(name) + 1;
                }
        foreach (var name in new[] { "rsc_op start", "rsc_op stop", "rsc_op monitor", "rsc_op promote", "rsc_op demote", "rsc_op notify", "rsc_op migrate_to", "rsc_op cancel", "crm_event stonith", "crm_event do_shutdown", "crm_event clear_failcount" })
            Assert.That(tasks.GetValueOrDefault(name), Is.GreaterThan(1), $"{name}; there are: {string.Join(", ", tasks)}");
    }

    [Test, Category("beside")]
    public void Of_Pacemakers_cases_is_carried_out_in_its_order_whatever_happens()
    {
        string? folder = null;
        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null && folder is null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, "..", "shared", "conformance", "scheduler", "exp"))) folder = Path.Combine(at.FullName, "..", "shared", "conformance", "scheduler", "exp");
        if (folder is null)
        {
            Assert.Ignore("the cases (../shared/conformance/scheduler) are not beside this checkout");
            return;
        }
        var problems = new List<string>();
        int graphs = 0, orders = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.exp").Order(StringComparer.Ordinal))
        {
            var graph = CibElement.Parse(File.ReadAllText(file), file);
            graphs++;
            foreach (var violence in new[] { 0, 10, 30 })
                try
                {
                    var storm = new Storm(graph, graphs * 10 + violence, violence);
                    storm.Run();
                    orders += storm.Orders;
                }
                catch (Exception problem) when (problem is AssertionException or InvariantViolation)
                {
                    problems.Add($"{Path.GetFileName(file)} ({violence}): {problem.Message}");
                }
        }
        TestContext.Out.WriteLine($"{graphs} graphs, {orders} orders");
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }
}
