using System.Collections.Immutable;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Fencing.Tests;

/// <summary>Fencing devices as resources.</summary>
public class A_fencing_device_as_a_resource
{
    private static AgentEnd Run(StonithClass devices, string type, string action) => devices.Run(
        new OperationOrder("shooter", new AgentSpec("stonith", "", type), action, TimeSpan.Zero, TimeSpan.FromSeconds(20)), ImmutableSortedDictionary<string, string>.Empty, CancellationToken.None);

    [Test]
    public void It_says_what_it_is()
    {
        var devices = new StonithClass();
        var end = Run(devices, "fence_ipmilan", "meta-data");
        Assert.That(end.Code, Is.EqualTo(OcfCode.Success));
        Assert.That(end.Output, Does.Contain("<resource-agent name=\"fence_ipmilan\"").And.Contain("<parameter name=\"lanplus\""));
        Assert.That(Run(devices, "fence_nobody", "meta-data").Status, Is.EqualTo(OperationStatus.NotInstalled));
    }

    [Test]
    public void Runs_from_its_start_to_its_stop()
    {
        var devices = new StonithClass();
        Assert.That(Run(devices, "null", "monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Run(devices, "null", "start").Code, Is.Zero);
        Assert.That(Run(devices, "null", "monitor").Code, Is.Zero);
        Assert.That(Run(devices, "null", "stop").Code, Is.Zero);
        Assert.That(Run(devices, "null", "monitor").Code, Is.EqualTo(OcfCode.NotRunning));
    }

    [Test]
    public void Whose_agent_has_gone_is_stopped_all_the_same_as_a_stop_that_fails_would_kill_this_node()
    {
        var devices = new StonithClass();
        Assert.That(Run(devices, "fence_gone", "start").Status, Is.EqualTo(OperationStatus.NotInstalled));
        Assert.That(Run(devices, "fence_gone", "stop"), Is.EqualTo(new AgentEnd(OcfCode.Success, OperationStatus.Done)));
    }
}
