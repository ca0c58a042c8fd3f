using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Operations.Tests;

/// <summary>What is remembered of a resource.</summary>
public sealed class ResourceHistoryTests
{
    private static OperationRecord Record(int id, string action, int code = 0, double interval = 0, int expected = 0, OperationStatus status = OperationStatus.Done, params (string Name, string Value)[] parameters) =>
        new(id, new OperationOrder("web", AgentSpec.Parse("lsb:web")!, action, TimeSpan.FromSeconds(interval), TimeSpan.FromSeconds(20))
        {
            Expected = expected,
            Parameters = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parameters.Select(p => KeyValuePair.Create(p.Name, p.Value))),
        }, new(code, status), TimeSpan.Zero, TimeSpan.Zero, default, default);

    [Test]
    public void The_last_operation_the_last_failure_and_the_recurring_ones_are_kept()
    {
        var history = new ResourceHistory("web");
        history.Add(Record(1, "monitor", code: 7, expected: 7));
        history.Add(Record(2, "start"));
        history.Add(Record(3, "monitor", interval: 10));
        history.Add(Record(3, "monitor", code: 7, interval: 10));
        Assert.That((history.Last!.Order.Action, history.LastFailure!.CallId, history.Recurring.Length), Is.EqualTo(("start", 3, 1)));
        history.Add(Record(4, "stop"));
        Assert.That((history.Last!.Order.Action, history.LastFailure!.CallId, history.Recurring.Length), Is.EqualTo(("stop", 3, 0)));
        Assert.That((history.Clean(), history.Clean(), history.LastFailure), Is.EqualTo((true, false, (OperationRecord?)null)));
    }

    [Test]
    public void A_late_result_takes_no_later_ones_place()
    {
        var history = new ResourceHistory("web");
        history.Add(Record(5, "stop"));
        history.Add(Record(4, "start"));
        Assert.That(history.Last!.Order.Action, Is.EqualTo("stop"));
    }

    [Test]
    public void A_cancelled_monitor_leaves_no_trace()
    {
        var history = new ResourceHistory("web");
        history.Add(Record(3, "monitor", interval: 10));
        history.Add(Record(3, "monitor", interval: 10, status: OperationStatus.Cancelled));
        Assert.That((history.Recurring.IsEmpty, history.LastFailure), Is.EqualTo((true, (OperationRecord?)null)));
    }

    [Test]
    public void It_is_stopped_with_what_it_was_started_with()
    {
        var history = new ResourceHistory("web");
        history.Add(Record(1, "start", parameters: ("port", "80")));
        history.Add(Record(2, "start", code: 1, parameters: ("port", "81")));
        Assert.That(history.StartedWith!["port"], Is.EqualTo("80"));
        history.Add(Record(3, "stop"));
        Assert.That(history.StartedWith, Is.Null);
    }
}
