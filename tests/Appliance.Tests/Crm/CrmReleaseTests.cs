using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Crm;
using Appliance.Lrm.Classes;
using Appliance.Operations;

namespace Appliance.Tests.Crm;

/// <summary>What is stopped when there is no CRM that could; the agents here are resources in a table.</summary>
[TestFixture]
internal sealed class CrmReleaseTests
{
    private sealed class Machine : IResourceClass
    {
        public SortedDictionary<string, int> States { get; } = [];
        public HashSet<string> Stuck { get; } = [];
        public List<string> Calls { get; } = [];
        public Dictionary<string, string> Given { get; } = [];

        public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
        {
            if (order.Action != "monitor") Calls.Add($"{order.Action} {order.Resource}");
            foreach (var (name, value) in order.Parameters) Given[$"{order.Resource}.{name}"] = value;
            switch (order.Action)
            {
                case "demote": States[order.Resource] = OcfCode.Success; break;
                case "stop" when Stuck.Contains(order.Resource): return new(OcfCode.Generic, OperationStatus.Done, "stuck");
                case "stop": States[order.Resource] = OcfCode.NotRunning; break;
                case "monitor": return new(States.GetValueOrDefault(order.Resource, OcfCode.NotRunning), OperationStatus.Done);
            }
            return new(OcfCode.Success, OperationStatus.Done);
        }
    }

    private static string Dummy(string id, string inside = "") => $"<primitive id=\"{id}\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">{inside}</primitive>";

    private static bool Release(Machine machine, string resources)
    {
        Assert.That(CibElement.TryParse($"<cib validate-with=\"pacemaker-3.9\" epoch=\"1\" num_updates=\"0\" admin_epoch=\"0\"><configuration><crm_config/><nodes><node id=\"1\" uname=\"alpha\"/></nodes><resources>{resources}</resources><constraints/></configuration><status/></cib>",
            "test", out var cib, out var fault), Is.True, fault?.ToString());
        using var log = new Appliance.Logging.ApplianceLog([], TimeProvider.System, 1, 0);
        return new CrmRelease(machine, "alpha", ImmutableSortedDictionary<string, string>.Empty, TimeSpan.Zero, log).StopAll(cib!, DateTimeOffset.UtcNow);
    }

    [Test]
    public void What_runs_is_stopped_the_last_first_and_nothing_else()
    {
        var machine = new Machine { States = { ["a"] = OcfCode.Success, ["c"] = OcfCode.Success } };
        Assert.That(Release(machine, $"<group id=\"g\">{Dummy("a")}{Dummy("b")}{Dummy("c")}</group><primitive id=\"f\" class=\"stonith\" type=\"fence_apc\"/>"), Is.True);
        Assert.That(machine.Calls, Is.EqualTo(new[] { "stop c", "stop a" }));
    }

    [Test]
    public void A_promoted_one_is_demoted_first_and_gets_its_parameters()
    {
        var machine = new Machine { States = { ["d"] = OcfCode.RunningPromoted } };
        var set = "<instance_attributes id=\"i\"><nvpair id=\"n\" name=\"state\" value=\"/x\"/></instance_attributes>";
        Assert.That(Release(machine, $"<clone id=\"c\"><meta_attributes id=\"m\"><nvpair id=\"p\" name=\"promotable\" value=\"true\"/></meta_attributes>{Dummy("d", set)}</clone>"), Is.True);
        Assert.That(machine.Calls, Is.EqualTo(new[] { "demote d", "stop d" }));
        Assert.That(machine.Given["d.state"], Is.EqualTo("/x"));
    }

    [Test]
    public void One_that_does_not_stop_is_no_release_and_the_others_are_stopped_all_the_same()
    {
        var machine = new Machine { States = { ["a"] = OcfCode.Success, ["b"] = OcfCode.Success }, Stuck = { "b" } };
        Assert.That(Release(machine, Dummy("a") + Dummy("b")), Is.False);
        Assert.That(machine.Calls.Count(c => c == "stop b"), Is.EqualTo(10));
        Assert.That(machine.States["a"], Is.EqualTo(OcfCode.NotRunning));
    }
}
