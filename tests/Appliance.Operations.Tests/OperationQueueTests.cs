using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Operations.Tests;

/// <summary>What runs when, in virtual time.</summary>
public sealed class OperationQueueTests : IOperationEffects
{
    private static readonly AgentEnd Good = new(OcfCode.Success, OperationStatus.Done), NotRunning = new(OcfCode.NotRunning, OperationStatus.Done, "it is gone");
    private readonly List<(int Id, OperationOrder Order)> _called = [];
    private readonly List<OperationRecord> _told = [];
    private OperationQueue _queue = null!;
    private Instant _now;

    void IOperationEffects.Call(int callId, OperationOrder order) => _called.Add((callId, order));
    void IOperationEffects.Report(OperationRecord record) => _told.Add(record);

    [SetUp]
    public void Begin()
    {
        _called.Clear();
        _told.Clear();
        _now = new(TimeSpan.FromSeconds(1000).Ticks);
        _queue = new(4, this);
    }

    private static OperationOrder Order(string resource, string action, double interval = 0, double delay = 0) =>
        new(resource, AgentSpec.Parse("ocf:heartbeat:Dummy")!, action, TimeSpan.FromSeconds(interval), TimeSpan.FromSeconds(20)) { StartDelay = TimeSpan.FromSeconds(delay) };

    private int Submit(string resource, string action, double interval = 0, double delay = 0) => _queue.Submit(Order(resource, action, interval, delay), _now);

    private void After(double seconds)
    {
        var until = _now + TimeSpan.FromSeconds(seconds);
        while (_queue.NextDeadline <= until)
        {
            if (_queue.NextDeadline > _now) _now = _queue.NextDeadline;
            var before = _called.Count;
            _queue.Tick(_now);
            if (_called.Count == before) Assert.Fail("a deadline that leads to nothing");
        }
        _now = until;
    }

    private void End(AgentEnd? end = null, double took = 0)
    {
        After(took);
        _queue.Ended(_called[^1].Id, end ?? Good, _now);
    }

    private string Called => string.Join(' ', _called.ConvertAll(c => c.Order.Key));

    [Test]
    public void Operations_of_one_resource_run_one_after_the_other_and_others_beside()
    {
        var start = Submit("web", "start");
        Submit("web", "stop");
        Submit("db", "start");
        Assert.That(Called, Is.EqualTo("web_start_0 db_start_0"));
        _now += TimeSpan.FromSeconds(3);
        _queue.Ended(start, Good, _now);
        Assert.That(Called, Is.EqualTo("web_start_0 db_start_0 web_stop_0"));
        Assert.That(_told, Has.Count.EqualTo(1));
        Assert.That((_told[0].CallId, _told[0].ExecTime, _told[0].QueueTime), Is.EqualTo((start, TimeSpan.FromSeconds(3), TimeSpan.Zero)));
        End();
        Assert.That(_told[1].QueueTime, Is.EqualTo(TimeSpan.FromSeconds(3)), "the stop waited for the start");
    }

    [Test]
    public void The_node_runs_no_more_than_its_limit_and_the_longest_waiting_first()
    {
        for (var i = 0; i < 6; i++) Submit($"r{i}", "start", delay: i == 5 ? 0 : 0.001 * (5 - i));
        After(0.1);
        Assert.That(Called, Is.EqualTo("r5_start_0 r4_start_0 r3_start_0 r2_start_0"));
        End();
        Assert.That(_called[^1].Order.Resource, Is.EqualTo("r1"));
        Assert.That((_queue.Running, _queue.NextDeadline), Is.EqualTo((4, Instant.Never)), "nothing to wake up for while the node is full");
    }

    [Test]
    public void A_monitor_keeps_its_phase_whatever_its_runs_take()
    {
        var began = _now;
        Submit("web", "monitor", interval: 10);
        var times = new List<double>();
        foreach (var took in new[] { 0.1, 3, 9.9, 0.2, 12, 0.1 })
        {
            times.Add((_now - began).TotalSeconds);
            End(took: took);
            After(10 - (_now - began).TotalSeconds % 10);
        }
        Assert.That(times, Is.EqualTo(new double[] { 0, 10, 20, 30, 40, 60 }), "the slot at 50 passed while it ran");
    }

    [Test]
    public void A_result_is_told_when_it_changes()
    {
        Submit("web", "monitor", interval: 10);
        End();
        After(10);
        End();
        var broke = _now + TimeSpan.FromSeconds(10);
        After(10);
        End(NotRunning);
        After(10);
        End(NotRunning);
        After(10);
        End(NotRunning with { Reason = "really" });
        Assert.That(_told.ConvertAll(r => (r.End.Code, r.Changed)), Is.EqualTo(new[] { (0, new Instant(TimeSpan.FromSeconds(1000).Ticks)), (7, broke), (7, broke) }));
    }

    /// <summary>Whoever forgot it would else take for well what goes on failing.</summary>
    [Test]
    public void A_failure_that_is_forgotten_is_told_again_as_a_new_one()
    {
        Submit("web", "monitor", interval: 10);
        End(NotRunning);
        After(10);
        End(NotRunning);
        _queue.TellNext("web", "monitor", TimeSpan.FromSeconds(11));
        _queue.TellNext("db", null, TimeSpan.Zero);
        After(10);
        End(NotRunning);
        Assert.That(_told, Has.Count.EqualTo(1), "another one's was forgotten");
        _queue.TellNext("web", null, TimeSpan.Zero);
        var again = _now + TimeSpan.FromSeconds(10);
        After(10);
        End(NotRunning);
        After(10);
        End(NotRunning);
        Assert.That(_told.ConvertAll(r => (r.End.Code, r.Changed)), Is.EqualTo(new[] { (7, new Instant(TimeSpan.FromSeconds(1000).Ticks)), (7, again) }));
        _queue.TellNext("web", "monitor", TimeSpan.FromSeconds(10));
        After(10);
        End();
        _queue.TellNext("web", "monitor", TimeSpan.FromSeconds(10));
        After(10);
        End();
        Assert.That(_told.ConvertAll(r => r.End.Code), Is.EqualTo(new[] { 7, 7, 0 }), "that it is well was told");
    }

    [Test]
    public void A_failure_that_is_forgotten_while_the_agent_runs_is_told_by_that_run()
    {
        Submit("web", "monitor", interval: 10);
        End(NotRunning);
        After(10);
        _queue.TellNext("web", null, TimeSpan.Zero);
        var called = _now;
        End(NotRunning, took: 3);
        Assert.That(_told.ConvertAll(r => (r.End.Code, r.Changed)), Is.EqualTo(new[] { (7, new Instant(TimeSpan.FromSeconds(1000).Ticks)), (7, called) }));
    }

    [Test]
    public void What_changes_a_resource_takes_its_monitors_away()
    {
        Submit("web", "monitor", interval: 10);
        Submit("web", "monitor", interval: 60);
        Submit("db", "monitor", interval: 10);
        Submit("web", "stop");
        Assert.That(_told.ConvertAll(r => (r.Order.Key, r.End.Status)), Is.EqualTo(new[] { ("web_monitor_60000", OperationStatus.Cancelled) }));
        _queue.Ended(_called[0].Id, Good, _now);
        Assert.That(_told[^1].End.Status, Is.EqualTo(OperationStatus.Cancelled), "what ran when it was cancelled says so");
        Assert.That(_called[^1].Order.Key, Is.EqualTo("web_stop_0"));
        End();
        After(100);
        Assert.That(_called.FindAll(c => c.Order.Resource == "web"), Has.Count.EqualTo(2));
    }

    [Test]
    public void An_order_that_is_there_already_keeps_its_times_and_tells_again()
    {
        Submit("web", "monitor", interval: 10);
        End();
        After(4);
        var again = _queue.Submit(Order("web", "monitor", 10) with { Origin = "later" }, _now);
        Assert.That(_called, Has.Count.EqualTo(1));
        After(6);
        Assert.That((_called.Count, _called[^1].Id), Is.EqualTo((2, again)));
        End();
        Assert.That(_told.ConvertAll(r => (r.CallId, r.Order.Origin)), Is.EqualTo(new[] { (1, ""), (again, "later") }));
    }

    [Test]
    public void An_order_given_anew_while_it_runs_is_one_order()
    {
        Submit("web", "monitor", interval: 10);
        var again = _queue.Submit(Order("web", "monitor", 10) with { Origin = "later" }, _now);
        End();
        Assert.That(_told.ConvertAll(r => (r.CallId, r.Order.Origin)), Is.EqualTo(new[] { (again, "later") }));
        After(10);
        Assert.That((_called.Count, _called[^1].Id, _queue.Pending), Is.EqualTo((2, again, 1)));
    }

    [Test]
    public void What_changes_the_resource_is_not_cancelled_while_it_runs_as_its_result_must_be_known()
    {
        Submit("web", "start");
        Assert.That(_queue.Cancel("web", "start", TimeSpan.Zero, _now), Is.False);
        End(NotRunning);
        Assert.That((_told[^1].End.Status, _told[^1].End.Code, _told[^1].IsFailure), Is.EqualTo((OperationStatus.Done, OcfCode.NotRunning, true)));
        Submit("web", "monitor");
        Submit("web", "stop");
        Assert.That(_queue.Cancel("web", "stop", TimeSpan.Zero, _now), "one that has not begun is");
        End();
        Assert.That(Called, Is.EqualTo("web_start_0 web_monitor_0"));
    }

    [Test]
    public void A_cancelled_order_is_told_once_and_never_runs()
    {
        Submit("web", "monitor", interval: 10);
        End();
        Assert.That(_queue.Cancel("web", "monitor", TimeSpan.FromSeconds(10), _now));
        Assert.That(_queue.Cancel("web", "monitor", TimeSpan.FromSeconds(10), _now), Is.False);
        After(100);
        Assert.That((_called.Count, _told[^1].End.Status, _queue.Pending), Is.EqualTo((1, OperationStatus.Cancelled, 0)));
    }

    [Test]
    public void An_event_brings_the_monitor_forward_and_leaves_its_phase()
    {
        Submit("web", "monitor", interval: 10);
        End();
        After(3);
        _queue.Hurry("web", _now);
        Assert.That(_called, Has.Count.EqualTo(2));
        End(NotRunning);
        After(7);
        Assert.That(_called, Has.Count.EqualTo(3));
    }

    [Test]
    public void A_forgotten_resource_is_not_touched_twice_at_once()
    {
        Submit("web", "start");
        Submit("web", "monitor", interval: 10);
        _queue.Forget("web");
        Submit("web", "monitor");
        Assert.That(_called, Has.Count.EqualTo(1));
        _queue.Ended(_called[0].Id, Good, _now);
        Assert.That((Called, _told.Count), Is.EqualTo(("web_start_0 web_monitor_0", 0)));
    }

    /// <summary>Any orders in any order: what must always hold.</summary>
    [Test]
    public void Whatever_is_ordered_no_resource_has_two_agents_and_every_order_ends([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var (running, single, told) = (new SortedDictionary<int, OperationOrder>(), new HashSet<int>(), new SortedDictionary<int, int>());
        var (seenCalls, seenReports) = (0, 0);
        string[] actions = ["start", "stop", "monitor", "promote", "notify", "reload"];
        var forgotten = new HashSet<int>();
        void Look()
        {
            for (; seenCalls < _called.Count; seenCalls++)
            {
                var (id, order) = _called[seenCalls];
                Assert.That(running.Values.Any(o => o.Resource == order.Resource), Is.False, "two agents at work on one resource");
                running.Add(id, order);
                Assert.That(running, Has.Count.LessThanOrEqualTo(4));
            }
            for (; seenReports < _told.Count; seenReports++)
            {
                var record = _told[seenReports];
                Assert.That(record.QueueTime, Is.GreaterThanOrEqualTo(TimeSpan.Zero));
                if (!record.Order.IsRecurring) Assert.That(told.TryAdd(record.CallId, 1), "a single operation has one result");
            }
        }
        for (var step = 0; step < 300; step++)
        {
            var resource = $"r{random.Next(5)}";
            switch (random.Next(8))
            {
                case < 3:
                    var order = Order(resource, actions[random.Next(actions.Length)], delay: random.Next(3) == 0 ? random.NextDouble() : 0);
                    single.Add(_queue.Submit(order, _now));
                    break;
                case 3: _queue.Submit(Order(resource, "monitor", 1 + random.Next(5)), _now); break;
                case 4: _queue.Cancel(resource, "monitor", TimeSpan.FromSeconds(1 + random.Next(5)), _now); break;
                case 5 when random.Next(10) == 0:
                    foreach (var id in single)
                        if (!told.ContainsKey(id)) forgotten.Add(id);       // some of them are of others: they may be told as well
                    _queue.Forget(resource);
                    break;
                default:
                    if (running.Count == 0) break;
                    var ended = running.Keys.ElementAt(random.Next(running.Count));
                    running.Remove(ended);
                    _queue.Ended(ended, random.Next(4) == 0 ? NotRunning : Good, _now);
                    break;
            }
            Look();
            _now += TimeSpan.FromMilliseconds(random.Next(400));
            _queue.Tick(_now);
            Look();
        }
        for (var resource = 0; resource < 5; resource++)
            for (var interval = 1; interval <= 5; interval++) _queue.Cancel($"r{resource}", "monitor", TimeSpan.FromSeconds(interval), _now);
        for (var guard = 0; _queue.Pending > 0; guard++)
        {
            Assert.That(guard, Is.LessThan(2000), "orders that never end");
            if (running.Count > 0)
            {
                var ended = running.Keys.First();
                running.Remove(ended);
                _queue.Ended(ended, Good, _now);
            }
            else _queue.Tick(_now = _queue.NextDeadline);
            Look();
        }
        Assert.That(single.Where(id => !told.ContainsKey(id)), Is.SubsetOf(forgotten), "every single operation is told");
        Assert.That(_queue.Running, Is.Zero);
    }
}
