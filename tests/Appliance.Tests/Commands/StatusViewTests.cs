using Appliance.Control.Tests;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Commands.Tests;

public class A_status
{
    private static readonly LatencyReport Interval = new(2000, new(1), new(2), new(3), new(4), new(5), TimeSpan.FromMilliseconds(230), [0, 2000]);

    private static NodeReport Node(string name, NodeStatus status, bool linkUp = true, bool ping = false) => new(
        name, ping, status, 1, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), 5, 17, 0, 0, 0, 100, "", 1, "0.1",
        [new("eth0", linkUp, TimeSpan.FromMilliseconds(100), 10, 0, Interval)]);

    private static MediumReport Medium(string? fault = null) => new(0, "bcast", "eth0", "", fault, 1, 0, 1, 0, 0, 0, 0, 0);

    private static GroupReport Group(GroupState state, string? owner) => new("KEY", "alpha", ["KEY"], owner, state, TimeSpan.FromSeconds(5), "because");

    private static StatusView View(NodeReport? peer = null, MediumReport? medium = null, GroupReport? group = null, bool up = true, bool shuttingDown = false) => StatusView.From(
        Samples.HaCf,
        new("alpha", 5, up, [Node("alpha", NodeStatus.Active, linkUp: false), peer ?? Node("beta", NodeStatus.Active)], [medium ?? Medium()]),
        new("local", true, "stable", shuttingDown, null, [group ?? Group(GroupState.Running, "alpha")]));

    [Test]
    public void Is_ok_when_nodes_links_media_and_groups_are()
    {
        var view = View();
        Assert.That(view.Health, Is.EqualTo("ok"));
        Assert.That(view.Problems, Is.Empty, "our own link is no link: some media do not bring our copies back");
    }

    private static IEnumerable<TestCaseData> Troubles()
    {
        yield return new(View(Node("beta", NodeStatus.Dead)), "node beta is dead");
        yield return new(View(Node("beta", NodeStatus.Active, linkUp: false)), "link eth0 to beta is dead");
        yield return new(View(Node("10.0.0.1", NodeStatus.Dead, ping: true)), "ping node 10.0.0.1 does not answer");
        yield return new(View(medium: Medium("Network is down")), "bcast eth0 does not work: Network is down");
        yield return new(View(group: Group(GroupState.Stopped, null)), "KEY runs nowhere");
        yield return new(View(group: Group(GroupState.Blocked, "alpha")), "KEY is blocked: because");
        yield return new(View(group: Group(GroupState.Failed, null)), "KEY is failed: because");
        yield return new(View(up: false), "not all nodes have been heard yet, and initdead is not over");
        yield return new(View(shuttingDown: true), "this node is shutting down");
    }

    [TestCaseSource(nameof(Troubles))]
    public void Is_degraded_and_says_why_in_one_sentence(object view, string problem)
    {
        Assert.That(((StatusView)view).Health, Is.EqualTo("degraded"));
        Assert.That(((StatusView)view).Problems, Is.EqualTo(new[] { problem }));
    }

    [TestCase(null, "unknown", "ok")]
    [TestCase(true, "yes", "ok")]
    [TestCase(false, "no", "degraded")]
    public void Says_whether_a_serial_line_has_a_carrier(bool? carrier, string word, string health)
    {
        Dictionary<string, bool> told = new() { ["/dev/ttyS9"] = false };
        if (carrier is { } known) told["/dev/ttyS0"] = known;
        var view = StatusView.From(
            Samples.HaCf, new("alpha", 5, true, [Node("alpha", NodeStatus.Active), Node("beta", NodeStatus.Active)], [Medium(), new(1, "serial", "/dev/ttyS0", "", null, 1, 0, 1, 0, 0, 0, 0, 0)]),
            new("local", true, "stable", false, null, [Group(GroupState.Running, "alpha")]), carriers: told);
        Assert.That((view.Media[0].Carrier, view.Media[1].Carrier, view.Health), Is.EqualTo(((string?)null, word, health)));
        if (carrier is false) Assert.That(view.Problems, Is.EqualTo(new[] { "serial /dev/ttyS0 has no carrier: the machine at its other end has no power, or the cable is out" }));
    }

    [TestCase(GroupState.Starting)]
    [TestCase(GroupState.Stopping)]
    public void Does_not_complain_of_a_group_on_its_way(GroupState state) => Assert.That(View(group: Group(state, null)).Health, Is.EqualTo("ok"));

    [Test]
    public void Proposes_a_dead_time_for_peers_alone()
    {
        Assert.That(View().Nodes.Select(n => n.ProposedDeadtimeMs), Is.EqualTo(new double?[] { null, 1000 }));       // five heartbeats; three times 230 ms is less
        Assert.That(View(Node("10.0.0.1", NodeStatus.Ping, ping: true)).Nodes[1].ProposedDeadtimeMs, Is.Null);
    }
}

public class What_scripts_and_cl_status_are_told
{
    [Test]
    public void Leaves_out_what_3_0_6_does_not_record_and_what_holds_passwords()
    {
        var cf = Samples.HaCf with { Parameters = Samples.HaCf.Parameters.Add("stonith_host", "* external/ipmi Geheim").Add("node", "beta").Add("bcast", "eth0") };
        var environment = Control.ScriptEnvironment.Base(cf);
        Assert.That(environment, Does.Not.ContainKey("HA_stonith_host").And.Not.ContainKey("HA_node").And.Not.ContainKey("HA_bcast").And.ContainKey("HA_deadtime"));
        Assert.That(environment.Values, Has.None.Contains("Geheim"));
        Assert.That(Control.ScriptEnvironment.Recorded(cf, "stonith_host"), Is.Null);
    }
}
