using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Lrm.Operations;

namespace Appliance.Lrm.Tests.Operations;

/// <summary>What is remembered of a resource, and what tells that its parameters changed.</summary>
public sealed class HistoryTests
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

    /// <summary>The first is in every cluster's status section: an operation without parameters.</summary>
    [Test]
    public void Digests_are_Pacemakers()
    {
        Assert.That(ParameterDigest.Of(Record(1, "start").Order), Is.EqualTo("f2317cad3d54cec5d7d7aa7d0bf35cf8"));
        Assert.That(ParameterDigest.Of(Record(1, "start", parameters: ("CRM_meta_timeout", "20000")).Order), Is.EqualTo("f2317cad3d54cec5d7d7aa7d0bf35cf8"));
        var order = Record(1, "start", parameters: [("b", "<2 & \"3\">"), ("a", "1")]).Order;
        Assert.That(ParameterDigest.Of(order), Is.EqualTo("ce5f6b2e0cf8f3e6dfe0b9e9558121aa"), "as md5sum says of the text");
        Assert.That(ParameterDigest.Of(order, without: n => n == "b"), Is.Not.EqualTo(ParameterDigest.Of(order)));
    }

    [TestCase("ocf:heartbeat:IPaddr2", "ocf", "heartbeat", "IPaddr2")]
    [TestCase("ocf:IPaddr2", "ocf", "heartbeat", "IPaddr2")]
    [TestCase("systemd:getty@tty1.service", "systemd", "", "getty@tty1.service")]
    [TestCase("lsb:nginx", "lsb", "", "nginx")]
    public void Agents_have_names(string text, string standard, string provider, string type) =>
        Assert.That(AgentSpec.Parse(text), Is.EqualTo(new AgentSpec(standard, provider, type)));

    [TestCase("nginx")]
    [TestCase("ocf:")]
    [TestCase("ocf:a:b:c")]
    [TestCase("lsb:../../bin/sh")]
    [TestCase("ocf:..:x")]
    [TestCase("upstart:x")]
    public void What_is_no_agents_name_is_refused(string text) => Assert.That(AgentSpec.Parse(text), Is.Null);
}
