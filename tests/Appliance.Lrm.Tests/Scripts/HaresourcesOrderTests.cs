using Appliance.Core.Resources;

namespace Appliance.Lrm.Tests.Scripts;

/// <summary>Entries of haresources that name an agent by its standard.</summary>
public sealed class HaresourcesOrderTests
{
    private static OperationOrder Of(string script, params string[] arguments)
    {
        var spec = new ResourceSpec(string.Join("::", [script, .. arguments]), script, [.. arguments]);
        return HaresourcesOrder.Of(spec, spec.Agent!, ResourceAction.Status, TimeSpan.FromSeconds(5));
    }

    [Test]
    public void Arguments_are_parameters_and_the_name_can_be_a_files()
    {
        var order = Of("ocf:heartbeat:Filesystem", "device=/dev/sdb1", "directory=/srv", "options=a=b,c");
        Assert.That(order.Parameters.Select(p => $"{p.Key}={p.Value}"), Is.EqualTo(new[] { "device=/dev/sdb1", "directory=/srv", "options=a=b,c" }));
        Assert.That(order.Resource, Does.Match("^Filesystem_[0-9a-f]{8}$"));
        Assert.That(Of("ocf:heartbeat:Filesystem", "device=/dev/sdc1", "directory=/srv").Resource, Is.Not.EqualTo(order.Resource));
        Assert.That((Of("systemd:nginx").Resource, Of("systemd:nginx").Action), Is.EqualTo(("nginx", "monitor")));
        Assert.That(Of("heartbeat:LVM", "vg0").Arguments, Is.EqualTo(new[] { "vg0" }));
    }

    [TestCase(0, OperationOutcome.Ok), TestCase(7, OperationOutcome.NotRunning), TestCase(8, OperationOutcome.Ok), TestCase(5, OperationOutcome.Failed), TestCase(6, OperationOutcome.Failed)]
    [TestCase(1, OperationOutcome.Unclear), TestCase(9, OperationOutcome.Unclear), TestCase(199, OperationOutcome.Unclear)]
    public void A_monitor_that_found_something_broken_is_not_one_that_found_nothing(int code, OperationOutcome outcome) =>
        Assert.That(HaresourcesOrder.Result(Of("ocf:heartbeat:Dummy"), new(code, OperationStatus.Done)).Outcome, Is.EqualTo(outcome));
}
