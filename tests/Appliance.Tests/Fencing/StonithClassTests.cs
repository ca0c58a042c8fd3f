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
    public void That_the_fencer_does_not_use_does_not_look_as_if_it_ran()
    {
        string? refusal = null;
        var seen = new List<string>();
        var devices = new StonithClass((id, agent, parameters) =>
        {
            seen.Add($"{id} {agent} {string.Join(' ', parameters.Keys)}");
            return refusal;
        });
        AgentEnd Asked(string action) => devices.Run(new OperationOrder("shooter", new AgentSpec("stonith", "", "null"), action, TimeSpan.Zero, TimeSpan.FromSeconds(20))
        {
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("mode", "pass").Add("pcmk_host_list", "ghost").Add("CRM_meta_timeout", "20000"),
        }, ImmutableSortedDictionary<string, string>.Empty, CancellationToken.None);
        Assert.That(Asked("start").Code, Is.Zero);
        refusal = "ghost is no node of this cluster";
        Assert.That(Asked("monitor"), Is.EqualTo(new AgentEnd(OcfCode.Configured, OperationStatus.Done, "not used by the fencer: ghost is no node of this cluster")));
        Assert.That(Asked("stop").Code, Is.Zero);
        Assert.That(Asked("start").Reason, Does.Contain(refusal));
        Assert.That(Asked("monitor").Code, Is.EqualTo(OcfCode.NotRunning), "it never started");
        Assert.That(seen, Is.All.EqualTo("shooter null mode pcmk_host_list"));
    }

    [Test]
    public void Whose_agent_has_gone_is_stopped_all_the_same_as_a_stop_that_fails_would_kill_this_node()
    {
        var devices = new StonithClass();
        Assert.That(Run(devices, "fence_gone", "start").Status, Is.EqualTo(OperationStatus.NotInstalled));
        Assert.That(Run(devices, "fence_gone", "stop"), Is.EqualTo(new AgentEnd(OcfCode.Success, OperationStatus.Done)));
    }
}
