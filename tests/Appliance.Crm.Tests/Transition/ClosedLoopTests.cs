using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Transition;

/// <summary>
/// A cluster whose CIB the policy engine reads, and whose resources do what the transitioner orders: some operations fail or are never answered, nodes die. The CIB gets what a node's history,
/// the attributes and the membership would tell it, and its changes go back to the transitioner.
/// </summary>
internal sealed class Cluster
{
    private const string Me = "alpha";

    private readonly Random _random;
    private readonly Transitioner _core = new(Me, "99999999-8888-7777-6666-555555555555");
    private readonly List<TransitionEffect> _orders = [];
    private readonly SortedSet<string> _active = new(StringComparer.Ordinal);          // RESOURCE@NODE, as it really is
    private readonly SortedSet<string> _dead = new(StringComparer.Ordinal);
    private readonly HashSet<string> _uniques = [];
    private CibElement _cib;
    private Instant _now = new(1);
    private int _calls = 100, _transitions, _ids;
    private TransitionEffect.PolicyNeeded? _question;
    private bool _stormy;
    private bool _over;                             // who decided is gone: another node would begin anew

    public Cluster(int seed)
    {
        _random = new(seed);
        _cib = RandomCib.Of(seed);
        foreach (var primitive in _cib.Descendants("primitive"))
            if (primitive.Parent!.Name != "clone" && primitive["class"] != "stonith") _uniques.Add(primitive.Id!);
        foreach (var state in _cib.Descendants("node_state"))
        {
            if (state["in_ccm"] == "false") _dead.Add(state["uname"]!);
            foreach (var entry in state.Descendants("lrm_rsc_op"))
                if (entry["operation"] is "start" or "promote" && entry["rc-code"] == "0" && !_dead.Contains(state["uname"]!)) _active.Add($"{entry.Parent!.Id}@{state["uname"]}");
        }
        // Nobody who decides is away.
        var mine = State(Me);
        foreach (var (name, value) in new[] { ("in_ccm", "true"), ("crmd", "online"), ("join", "member"), ("expected", "member") }) mine.Set(name, value);
        _dead.Remove(Me);
    }

    public int Transitions => _transitions;
    public List<string> Story { get; } = [];

    /// <summary>A while of trouble, and then none: it must come to rest.</summary>
    public void Run()
    {
        Step(new TransitionInput.Configured(3, 8));
        Step(new TransitionInput.TakeOver());
        Step(new TransitionInput.Aborted(Transitioner.Infinity, AfterTransition.Restart, "begun"));
        _stormy = true;
        for (var i = 0; i < 60 && !_over; i++) Go();
        _stormy = false;
        for (var i = 0; !_over && (_question is not null || _core.IsRunning); i++)
        {
            Assert.That(i, Is.LessThan(3000), () => "it comes to rest\n" + string.Join('\n', Story.TakeLast(40)));
            Go();
        }
    }

    private void Go()
    {
        if (_stormy && _random.Next(30) == 0) Die();
        else if (_orders.Count > 0) Answer();
        else if (_question is { } question)
        {
            _question = null;
            _transitions++;
            Step(new TransitionInput.Begin(question.Question, PolicyRun.Schedule(_cib, RandomCib.Now, PosixPattern.Of, _transitions).Graph, "x"));
        }
        else if (_core.NextDeadline != Instant.Never) Wait();
    }

    private void Wait()
    {
        _now = _core.NextDeadline;
        Step(new TransitionInput.Tick());
        _orders.RemoveAll(o => o is TransitionEffect.Execute e && !_core.Pending.Any(p => p.Id == e.Key.Action));
    }

    private void Step(TransitionInput input)
    {
        var effects = new List<TransitionEffect>();
        _core.Step(input, _now, effects);
        var before = _cib.Clone();
        foreach (var effect in effects)
        {
            if (effect is TransitionEffect.Log log) Story.Add("    " + log.Text);
            switch (effect)
            {
                case TransitionEffect.Execute or TransitionEffect.Fence or TransitionEffect.DeleteHistory:
                    _orders.Add(effect);
                    break;
                case TransitionEffect.PolicyNeeded needed:
                    _question = needed;
                    break;
                case TransitionEffect.Failure f:
                    Attribute(f.Node!, f.FailCountName, old => f.Count switch
                    {
                        FailCountChange.Infinity => "INFINITY", FailCountChange.None => old, _ => old == "INFINITY" ? old : (int.Parse(old ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture),
                    });
                    Attribute(f.Node!, f.LastFailureName, _ => "1700000000");
                    break;
                case TransitionEffect.ClearFailures c:
                    foreach (var pair in State(c.Node).Descendants("nvpair").ToArray())
                        if (pair["name"]!.Contains($"-{c.Resource}#", StringComparison.Ordinal)) pair.Remove();
                    break;
                case TransitionEffect.NodeIsDown d:
                    State(d.Node).RemoveAll(static e => e.Name is "lrm" or "transient_attributes");
                    Down(d.Node);
                    break;
                case TransitionEffect.RecordLost l:
                    Record(l.Node, l.Action, l.Key, 1, ExecutionStatus.TimedOut, -1);
                    _orders.RemoveAll(o => o is TransitionEffect.Execute e && e.Key == l.Key);
                    break;
                case TransitionEffect.ShutDown s:
                    Down(s.Node);
                    _dead.Add(s.Node);
                    _active.RemoveWhere(a => a.EndsWith("@" + s.Node, StringComparison.Ordinal));
                    break;
                case TransitionEffect.Ended { Next: AfterTransition.Shutdown }:
                    _over = true;
                    break;
                case TransitionEffect.Refused r:
                    Assert.Fail(r.Problem);
                    break;
            }
        }
        Changed(before);
    }

    private void Changed(CibElement before)
    {
        var changes = CibDiff.Between(before, _cib);
        if (changes.Count > 0) Step(new TransitionInput.Changed(changes));
    }

    private void Answer()
    {
        var order = _orders[_random.Next(_orders.Count)];
        _orders.Remove(order);
        var bad = _stormy && _random.Next(6) == 0;
        switch (order)
        {
            case TransitionEffect.Fence fence:
                if (!bad)
                {
                    _over |= fence.Target == Me;
                    _active.RemoveWhere(a => a.EndsWith("@" + fence.Target, StringComparison.Ordinal));
                    _dead.Add(fence.Target);
                }
                Step(new TransitionInput.Fenced(fence.Key, bad ? FencingOutcome.Failed : FencingOutcome.Done, ""));
                return;
            case TransitionEffect.DeleteHistory delete:
                var all = _cib.Clone();
                State(delete.Node).Element("lrm")?.Element("lrm_resources")?.RemoveAll(e => e.Id == delete.Resource);
                Changed(all);
                Step(new TransitionInput.Deleted(delete.Key));
                return;
        }
        var execute = (TransitionEffect.Execute)order;
        if (_dead.Contains(execute.Router)) return;        // it will never be answered; the transitioner is told that the node is lost
        if (_stormy && _random.Next(40) == 0)
        {
            Do(execute, bad: false);                       // it is done, and the answer is lost
            Wait();
            return;
        }
        var rc = Do(execute, bad);
        if (execute.Task is "cancel" or "delete" or "notify")
        {
            var before = _cib.Clone();
            var history = History(execute.Node, execute.Action);
            if (execute.Task == "cancel") history.RemoveAll(e => e.Id == execute.OperationKey);
            if (execute.Task == "delete") history.Remove();
            Changed(before);
            Step(new TransitionInput.Answered(new(execute.OperationKey, execute.NodeId, execute.Node, execute.Key.ToString(), ++_calls, 0, ExecutionStatus.Done)));
            return;
        }
        var untouched = _cib.Clone();
        Record(execute.Node, execute.Action, execute.Key, rc, ExecutionStatus.Done, ++_calls);
        Changed(untouched);
    }

    /// <summary>What the order really does; the exit code.</summary>
    private int Do(TransitionEffect.Execute order, bool bad)
    {
        var place = $"{order.Resource}@{order.Node}";
        switch (order.Task)
        {
            case "start" or "migrate_from":
                if (_uniques.Contains(order.Resource))
                    foreach (var other in _active)
                        Assert.That(other.StartsWith(order.Resource + "@", StringComparison.Ordinal) && other != place && order.Task == "start", Is.False, () => $"{place} is started while {other} is active\n" + string.Join('\n', Story.TakeLast(60)));
                if (bad) return 1;
                _active.Add(place);
                return 0;
            case "stop":
                if (bad) return 1;
                _active.Remove(place);
                return 0;
            case "monitor":
                return bad ? 1 : _active.Contains(place) ? order.Key.TargetRc == 8 ? 8 : 0 : 7;
            default:
                return bad ? 1 : 0;
        }
    }

    private void Die()
    {
        var alive = _cib.Descendants("node_state").Select(static s => s["uname"]!).Where(n => n != Me && !_dead.Contains(n)).ToArray();
        if (alive.Length == 0) return;
        var node = alive[_random.Next(alive.Length)];
        Story.Add($"{node} dies");
        _dead.Add(node);
        // A node that is silent may go on: with fencing only its proof says otherwise, without fencing nobody asks.
        if (_cib.Descendants("nvpair").Any(static p => p["name"] == "stonith-enabled" && p["value"] == "false")) _active.RemoveWhere(a => a.EndsWith("@" + node, StringComparison.Ordinal));
        var state = State(node).Set("in_ccm", "false").Set("crmd", "offline");
        state.Set("join", "down");
        _orders.RemoveAll(o => o is TransitionEffect.Execute e && e.Router == node);
        Step(new TransitionInput.NodeLost(node, state.Id!));
    }

    private void Down(string node)
    {
        foreach (var (name, value) in new[] { ("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down") }) State(node).Set(name, value);
    }

    private CibElement State(string node) => _cib.Descendants("node_state").First(s => s["uname"] == node);

    private void Attribute(string node, string name, Func<string?, string?> change)
    {
        var state = State(node);
        var attributes = state.Element("transient_attributes") ?? state.Add("transient_attributes").Set("id", state.Id);
        var set = attributes.Element("instance_attributes") ?? attributes.Add("instance_attributes").Set("id", $"ts-{node}");
        var pair = set.Elements("nvpair").FirstOrDefault(p => p["name"] == name);
        if (change(pair?["value"]) is not { } value) return;
        (pair ?? set.Add("nvpair").Set("id", $"tv-{++_ids}").Set("name", name)).Set("value", value);
    }

    private CibElement History(string node, CibElement action)
    {
        var state = State(node);
        var lrm = state.Element("lrm") ?? state.Add("lrm").Set("id", state.Id);
        var list = lrm.Element("lrm_resources") ?? lrm.Add("lrm_resources");
        var primitive = action.Element("primitive")!;
        var name = primitive["long-id"] is { } numbered && list.Elements("lrm_resource").Any(h => h.Id == numbered) ? numbered : primitive.Id;
        return list.Elements("lrm_resource").FirstOrDefault(h => h.Id == name)
            ?? list.Add("lrm_resource").Set("id", name).Set("class", primitive["class"]).Set("provider", primitive["provider"]).Set("type", primitive["type"]);
    }

    private void Record(string node, CibElement action, TransitionKey key, int rc, ExecutionStatus status, int call)
    {
        var history = History(node, action);
        var (task, interval) = (action["operation"]!, action.Element("attributes")?["CRM_meta_interval"] ?? "0");
        var operation = $"{history.Id}_{task}_{interval}";
        var ids = interval != "0" || task is "migrate_to" or "migrate_from" ? new List<string> { operation } : [$"{history.Id}_last_0"];
        if (rc != key.TargetRc) ids.Add($"{history.Id}_last_failure_0");
        foreach (var id in ids)
        {
            var entry = history.Elements("lrm_rsc_op").FirstOrDefault(e => e.Id == id) ?? history.Add("lrm_rsc_op").Set("id", id);
            entry.Set("operation_key", operation).Set("operation", task).Set("crm_feature_set", "3.20.5").Set("transition-key", key.ToString()).Set("transition-magic", key.Magic(status, rc))
                .Set("call-id", call.ToString(CultureInfo.InvariantCulture)).Set("rc-code", rc.ToString(CultureInfo.InvariantCulture)).Set("op-status", ((int)status).ToString(CultureInfo.InvariantCulture))
                .Set("interval", interval).Set("last-rc-change", "1699999999").Set("on_node", node).Set("op-digest", null);
            foreach (var meta in new[] { "migrate_source", "migrate_target" })
                if (action.Element("attributes")?["CRM_meta_" + meta] is { } value) entry.Set(meta, value);
        }
    }
}

public class A_cluster_that_is_led_by_a_transitioner
{
    private static IEnumerable<int> Seeds => Enumerable.Range(1, 120);

    [TestCaseSource(nameof(Seeds))]
    public void Comes_to_rest_and_starts_nothing_twice(int seed)
    {
        var cluster = new Cluster(seed);
        cluster.Run();
        Assert.That(cluster.Transitions, Is.GreaterThan(0));
    }
}
