using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Explain;
using Appliance.Policy.Model;

namespace Appliance.Policy.Tests;

/// <summary>Explanations, against small clusters of which everything is known.</summary>
public class An_explanation
{
    private const long Now = 1_700_000_000;

    private static CibElement Cib(string resources, string constraints = "", string history = "", string attributes = "", string bAttributes = "", string options = "", string strategy = "", string bUtilization = "") => CibElement.Parse($"""
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" crm_feature_set="3.16.2" have-quorum="1" dc-uuid="1">
         <configuration>
          <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/>{options}{strategy}</cluster_property_set></crm_config>
          <nodes><node id="1" uname="a"/><node id="2" uname="b">{bAttributes}{bUtilization}</node></nodes>
          <resources>{resources}</resources><constraints>{constraints}</constraints>
         </configuration>
         <status>
          <node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member">{attributes}<lrm id="1"><lrm_resources>{history}</lrm_resources></lrm></node_state>
          <node_state id="2" uname="b" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="2"><lrm_resources/></lrm></node_state>
         </status>
        </cib>
        """, "test");

    private static string Dummy(string id, string inside = "") => $"<primitive id=\"{id}\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">{inside}</primitive>";
    private static string Meta(string name, string value) => $"<meta_attributes id=\"m-{name}\"><nvpair id=\"n-{name}\" name=\"{name}\" value=\"{value}\"/></meta_attributes>";

    private static string Started(string id) => $"""
        <lrm_resource id="{id}" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="{id}_last_0" operation_key="{id}_start_0" operation="start" transition-key="1:1:0:00000000-0000-0000-0000-000000000000"
         transition-magic="0:0;1:1:0:00000000-0000-0000-0000-000000000000" call-id="1" rc-code="0" op-status="0" interval="0" on_node="a"/></lrm_resource>
        """;

    private static string FailCount(string id, string count) => $"""
        <transient_attributes id="1"><instance_attributes id="status-1"><nvpair id="f1" name="fail-count-{id}#monitor_10000" value="{count}"/><nvpair id="f2" name="last-failure-{id}#monitor_10000" value="1699999000"/></instance_attributes></transient_attributes>
        """;

    private static Explanation One(CibElement cib, string resource, string? asked = null) => new Explainer(cib, Now, PosixPattern.Of).Explain(resource, asked).Single();

    private static string[] Steps(Explanation about, string node) =>
        [.. about.Nodes.Single(n => n.Node == node).Steps.Select(s => $"{s.Cause} {s.Id ?? "-"} {s.With ?? "-"} {s.Change}")];

    [Test]
    public void Counts_stickiness_and_locations_and_finds_the_points_that_are_missing()
    {
        var about = One(Cib(Dummy("r", Meta("resource-stickiness", "100")), "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"50\"/>", Started("r")), "r", "b");
        Assert.Multiple(() =>
        {
            Assert.That((about.Node, about.Role, about.Why), Is.EqualTo(("a", "Started", "It stays on a.")));
            Assert.That(Steps(about, "a"), Is.EqualTo((string[])["stickiness - - +100"]));
            Assert.That(Steps(about, "b"), Is.EqualTo((string[])["location l - +50"]));
            Assert.That(about.Nodes[1].Verdict, Is.EqualTo("50 points less than a"));
            Assert.That(about.Remedies, Is.EqualTo((string[])["without resource-stickiness", "with 51 points for b (a location constraint of that score)"]));
        });
    }

    [Test]
    public void Names_the_rule_that_forbids_a_node()
    {
        var about = One(Cib(Dummy("r"), "<rsc_location id=\"l\" rsc=\"r\"><rule id=\"u\" score=\"-INFINITY\"><expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"a\"/></rule></rsc_location>"), "r", "a");
        Assert.Multiple(() =>
        {
            Assert.That(about.Node, Is.EqualTo("b"));
            Assert.That(about.Nodes.Single(n => n.Node == "a").Verdict, Is.EqualTo("forbidden: rule u of location constraint l"));
            Assert.That(about.Remedies, Is.EqualTo((string[])["without constraint l"]));
        });
    }

    [Test]
    public void Follows_a_colocation_to_the_other_resource()
    {
        var about = One(Cib(Dummy("r") + Dummy("s"), "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"10\"/><rsc_colocation id=\"c\" rsc=\"s\" with-rsc=\"r\" score=\"INFINITY\"/>"), "s", "a");
        Assert.Multiple(() =>
        {
            Assert.That(about.Node, Is.EqualTo("b"));
            Assert.That(Steps(about, "a"), Is.EqualTo((string[])["colocation c r -INFINITY"]));
            Assert.That(about.Nodes.Single(n => n.Node == "a").Steps[0].Text, Is.EqualTo("colocation c with r, which is on b"));
            Assert.That(about.Remedies, Does.Contain("without constraint c"));
        });
    }

    [Test]
    public void Tells_what_a_dependent_wants()
    {
        var about = One(Cib(Dummy("r") + Dummy("s"), "<rsc_location id=\"l\" rsc=\"s\" node=\"b\" score=\"10\"/><rsc_colocation id=\"c\" rsc=\"s\" with-rsc=\"r\" score=\"INFINITY\"/>"), "r");
        Assert.That(about.Node, Is.EqualTo("b"));
        Assert.That(Steps(about, "b"), Is.EqualTo((string[])["dependent c s +10"]));
    }

    [Test]
    public void Counts_failures()
    {
        var about = One(Cib(Dummy("r", Meta("migration-threshold", "3")), history: Started("r"), attributes: FailCount("r", "3")), "r", "a");
        Assert.Multiple(() =>
        {
            Assert.That(about.Node, Is.EqualTo("b"));
            Assert.That(about.Nodes.Single(n => n.Node == "a").Verdict, Is.EqualTo("forbidden: 3 failures here, and migration-threshold is 3"));
            Assert.That(about.Remedies, Does.Contain("with its failures on a cleaned up (crm_resource --cleanup --resource r --node a)").And.Contain("without migration-threshold"));
        });
    }

    [Test]
    public void Sees_a_node_in_standby()
    {
        var about = One(Cib(Dummy("r"), "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"10\"/>", bAttributes: "<instance_attributes id=\"s\"><nvpair id=\"s1\" name=\"standby\" value=\"on\"/></instance_attributes>"), "r", "b");
        Assert.Multiple(() =>
        {
            Assert.That(about.Node, Is.EqualTo("a"));
            Assert.That(about.Nodes.Single(n => n.Node == "b").Verdict, Is.EqualTo("cannot run anything: standby"));
            Assert.That(about.Remedies, Is.EqualTo((string[])["with b out of standby"]));
        });
    }

    [Test]
    public void Sees_node_health()
    {
        var about = One(Cib(Dummy("r"), bAttributes: "<instance_attributes id=\"s\"><nvpair id=\"s1\" name=\"#health-disk\" value=\"red\"/></instance_attributes>",
            strategy: "<nvpair id=\"h\" name=\"node-health-strategy\" value=\"migrate-on-red\"/>"), "r");
        Assert.That(about.Nodes.Single(n => n.Node == "b").Verdict, Is.EqualTo("forbidden: node health (node-health-strategy=migrate-on-red)"));
    }

    [Test]
    public void Sees_what_does_not_fit()
    {
        var about = One(Cib(Dummy("r", "<utilization id=\"ut\"><nvpair id=\"u1\" name=\"ram\" value=\"8\"/></utilization>"), "<rsc_location id=\"l\" rsc=\"r\" node=\"a\" score=\"10\"/>",
            bUtilization: "<utilization id=\"ub\"><nvpair id=\"u2\" name=\"ram\" value=\"16\"/></utilization>", strategy: "<nvpair id=\"h\" name=\"placement-strategy\" value=\"utilization\"/>"), "r");
        Assert.That(about.Node, Is.EqualTo("b"));
        Assert.That(Steps(about, "a"), Is.EqualTo((string[])["location l - +10", "utilization - - -INFINITY"]));
    }

    [Test]
    public void Knows_target_role()
    {
        var about = One(Cib(Dummy("r", Meta("target-role", "Stopped"))), "r", "a");
        Assert.That((about.Node, about.Why), Is.EqualTo(((string?)null, "It is to be stopped (target-role=Stopped).")));
        Assert.That(about.Remedies, Is.EqualTo((string[])["without target-role"]));
    }

    [Test]
    public void Leaves_alone_what_is_not_managed()
    {
        var about = One(Cib(Dummy("r", Meta("is-managed", "false")), history: Started("r")), "r");
        Assert.That((about.Node, about.Why), Is.EqualTo(("a", "It is not managed (is-managed=false): nothing is done with it.")));
        Assert.That(Steps(about, "a"), Is.EqualTo((string[])["unmanaged - - INFINITY"]));
    }

    [Test]
    public void Breaks_ties_as_the_engine_does()
    {
        var both = Cib(Dummy("r") + Dummy("s"));
        Assert.That(One(both, "r").Nodes[0].Verdict, Is.EqualTo("chosen: the same score as b, but a comes first by name"));
        Assert.That(One(both, "s").Nodes[0].Verdict, Is.EqualTo("chosen: the same score as a, but b has 0 resources by then and a 1"));
    }

    [Test]
    public void Needs_two_changes_where_one_is_not_enough()
    {
        var about = One(Cib(Dummy("r"), "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"-INFINITY\"/>"), "r", "b");
        Assert.That(about.Remedies, Is.EqualTo((string[])["without constraint l, and with a location constraint of INFINITY for b"]));
    }

    [Test]
    public void Is_given_for_each_member_and_each_instance()
    {
        var explainer = new Explainer(Cib($"<group id=\"g\">{Dummy("g1")}{Dummy("g2")}</group><clone id=\"k\">{Dummy("x")}</clone>"), Now, PosixPattern.Of);
        Assert.That(explainer.Explain("g", null).Select(e => e.Resource), Is.EqualTo((string[])["g1", "g2"]));
        Assert.That(explainer.Explain("k", null).Select(e => (e.Resource, e.Node)), Is.EquivalentTo(((string, string?)[])[("x:0", "b"), ("x:1", "a")]));
        Assert.That(explainer.Explain("x", null), Has.Count.EqualTo(2));
        Assert.That(explainer.Explain("nothing", null), Is.Empty);
    }

    /// <summary>Over Pacemaker's regression cases: recording changes nothing, and every chain leads from 0 to the score that was compared.</summary>
    [Test, Category("beside")]
    public void Costs_nothing_and_adds_up()
    {
        if (Conformance.Folder is not { } folder)
        {
            Assert.Ignore("the cases (../shared/conformance/scheduler) are not beside this checkout");
            return;
        }
        int chains = 0, unnamed = 0;
        foreach (var it in Conformance.Cases(folder))
        {
            if (!CibElement.TryParse(File.ReadAllText(Path.Combine(folder, "xml", it.Name + ".xml")), it.Name, out var cib, out _) || cib!.Descendants().Take(20_000).Count() == 20_000) continue;
            var plain = PolicyRun.Schedule(cib, Now, PosixPattern.Of);
            var recorded = PolicyRun.Schedule(cib, Now, PosixPattern.Of, recorded: true);
            Assert.That(recorded.GraphText(), Is.EqualTo(plain.GraphText()), it.Name);
            Assert.That(recorded.ScoreLines, Is.EqualTo(plain.ScoreLines), it.Name);
            foreach (var resource in recorded.Model.Resources) Check(it.Name, recorded.Model.Recorder!, resource);
        }
        Assert.That(chains, Is.GreaterThan(1000));
        TestContext.Out.WriteLine($"{chains} chains, {unnamed} steps without a cause");
        Assert.That(unnamed, Is.Zero);

        void Check(string name, ScoreRecorder recorder, PolicyResource resource)
        {
            foreach (var child in resource.Children) Check(name, recorder, child);
            foreach (var choice in recorder.Choices(resource))
            {
                var steps = recorder.Steps(resource, choice.Node);
                var score = 0;
                foreach (var step in steps)
                {
                    Assert.That(step.Before, Is.EqualTo(score), $"{name}: {resource.Id} on {choice.Node.Name}");
                    score = step.After;
                    if (step.Cause == ScoreCause.Other) unnamed++;
                }
                if (steps.Count > 0) chains++;
                Assert.That(score, Is.EqualTo(choice.Score), $"{name}: {resource.Id} on {choice.Node.Name}");
            }
        }
    }
}
