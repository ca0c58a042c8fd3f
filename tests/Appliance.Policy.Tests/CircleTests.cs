using System.Globalization;
using System.Xml.Linq;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests;

/// <summary>Constraints that go in a circle: one gives way, its author is told, and everything happens. (In Pacemaker nothing in the circle ever does.)</summary>
public class Constraints_in_a_circle
{
    private const long Now = 1_700_003_600;

    private const string Three = """<primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="c" class="ocf" provider="pacemaker" type="Dummy"/>""";
    private const string Grouped = """<group id="g"><primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/></group><primitive id="c" class="ocf" provider="pacemaker" type="Dummy"/>""";

    private static PolicyRun Run(string resources, string constraints, string active = "") => PolicyRun.Schedule(CibElement.Parse($"""
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/><nvpair id="o2" name="enable-startup-probes" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/></nodes>
            <resources>{resources}</resources>
            <constraints>{constraints}</constraints>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>{string.Concat(active.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static r => $"""
                <lrm_resource id="{r}" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="{r}_last_0" operation_key="{r}_start_0" operation="start" crm_feature_set="3.16.1" transition-key="1:1:0:00000000-0000-0000-0000-000000000000"
                  transition-magic="0:0;1:1:0:00000000-0000-0000-0000-000000000000" call-id="1" rc-code="0" op-status="0" interval="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource>
                """))}</lrm_resources></lrm></node_state>
          </status>
        </cib>
        """, "circle"), Now, PosixPattern.Of);

    private static string Order(string id, string first, string then, string more = "") => $"""<rsc_order id="{id}" first="{first}" then="{then}" {more}/>""";

    /// <summary>What the operations of primitives wait for, by the graph.</summary>
    private static List<string> Waits(PolicyRun run)
    {
        static string Name(CibElement action) => action["operation_key"]![..^2];
        return [.. run.Graph.Elements("synapse").SelectMany(static s => s.Descendants("trigger").SelectMany(static t => t.Children).Select(i => $"{Name(s.Element("action_set")!.Children[0])}<-{Name(i)}"))
            .Where(static w => !w.Contains("g_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Test]
    public void Lose_the_one_that_stands_last()
    {
        var run = Run(Three, Order("ab", "a", "b") + Order("ca", "c", "a") + Order("bc", "b", "c"));
        Assert.That(Waits(run), Is.EqualTo(new[] { "a_start<-c_start", "b_start<-a_start" }));
        Assert.That(run.Model.Complaints.ConvertAll(static c => c.Line), Is.EqualTo(new[]
        {
            "error: Constraint 'bc' is not followed because it closes a circle with ca, ab: b_start_0 alpha -> c_start_0 alpha -> a_start_0 alpha -> b_start_0 alpha. Remove one of these constraints or turn it round",
        }));
    }

    [Test]
    public void Lose_the_same_one_when_resources_stop()
    {
        var resources = Three.Replace("/>", """><meta_attributes id="m"><nvpair id="n" name="target-role" value="Stopped"/></meta_attributes></primitive>""", StringComparison.Ordinal);
        var run = Run(resources, Order("ab", "a", "b") + Order("ca", "c", "a") + Order("bc", "b", "c"), "a b c");
        Assert.That(Waits(run), Is.EqualTo(new[] { "a_stop<-b_stop", "c_stop<-a_stop" }));
        Assert.That(run.Model.Complaints.Single().Text, Does.StartWith("Constraint 'bc' is not followed"));
    }

    [TestCase("kind=\"Optional\"")]
    [TestCase("kind=\"Serialize\"")]
    public void Lose_one_that_need_not_be_followed_before_one_that_must(string kind)
    {
        var run = Run(Three, Order("ab", "a", "b", kind) + Order("ba", "b", "a"));
        Assert.That(Waits(run), Is.EqualTo(new[] { "a_start<-b_start" }));
        Assert.That(run.Model.Complaints.Single().Text, Does.StartWith("Constraint 'ab' is not followed because it closes a circle with ba:"));
    }

    [Test]
    public void Give_way_to_what_resources_are_to_each_other()
    {
        var run = Run(Grouped, Order("ba", "b", "a"));
        Assert.That(Waits(run), Is.EqualTo(new[] { "b_start<-a_start" }));
        Assert.That(run.Model.Complaints.Single().Text, Is.EqualTo(
            "Constraint 'ba' is not followed because it closes a circle with what these resources are to each other: b_start_0 alpha -> a_start_0 alpha -> b_start_0 alpha. Remove it or turn it round"));
    }

    /// <summary>Pacemaker ends by an assertion here.</summary>
    [Test]
    public void Include_one_that_names_a_resource_twice()
    {
        var run = Run(Three, Order("aa", "a", "a") + Order("ab", "a", "b"));
        Assert.That(Waits(run), Is.EqualTo(new[] { "b_start<-a_start" }));
        Assert.That(run.Model.Complaints.Single().Text, Is.EqualTo("Constraint 'aa' is not followed because it puts a_start_0 alpha before itself. Remove it or name two resources"));
    }

    [Test]
    public void Cost_no_more_constraints_than_there_are_circles()
    {
        // Two circles that share a constraint: the last one of each is left out, and what only looks like a part of one stays.
        var run = Run(Three, Order("ab", "a", "b") + Order("ba", "b", "a") + Order("bc", "b", "c") + Order("ac", "a", "c") + Order("cb", "c", "b"));
        Assert.That(Waits(run), Is.EqualTo(new[] { "b_start<-a_start", "c_start<-a_start", "c_start<-b_start" }));
        Assert.That(run.Model.Complaints.ConvertAll(static c => c.Text.Split('\'')[1]), Is.EquivalentTo(new[] { "ba", "cb" }));
    }

    [Test]
    public void Are_no_fault_while_nothing_is_to_be_done()
    {
        var run = Run(Three, Order("ab", "a", "b") + Order("ba", "b", "a"), "a b c");
        Assert.That(run.Graph.Elements("synapse"), Is.Empty);
        Assert.That(run.Model.Complaints, Is.Empty);
    }

    /// <summary>As many knots as there can be: each of 40 resources before each other one.</summary>
    [Test]
    public void May_be_as_many_as_they_like()
    {
        var resources = new XElement("r");
        var constraints = new XElement("c");
        for (var i = 0; i < 40; i++)
        {
            resources.Add(new XElement("primitive", new XAttribute("id", $"r{i}"), new XAttribute("class", "ocf"), new XAttribute("type", "Dummy")));
            for (var j = 0; j < 40; j++)
                if (i != j) constraints.Add(new XElement("rsc_order", new XAttribute("id", string.Create(CultureInfo.InvariantCulture, $"o{i}-{j}")), new XAttribute("first", $"r{i}"), new XAttribute("then", $"r{j}")));
        }
        var run = Run(string.Concat(resources.Elements()), string.Concat(constraints.Elements()));
        Assert.That(GraphChecks.Stuck(run.Graph), Is.Empty);
        Assert.That(run.Graph.Elements("synapse").Count(), Is.EqualTo(40));
        Assert.That(run.Model.Complaints, Has.Count.EqualTo(40 * 39 / 2), "of each pair one gives way");
    }

    /// <summary>A member that nobody manages is never started, so its group is not, and nobody waits for that: in Pacemaker's graph somebody would.</summary>
    [Test]
    public void Are_not_the_only_way_to_wait_for_ever()
    {
        var unmanaged = Grouped.Replace("""<primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/>""", """<primitive id="b" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="m"><nvpair id="n" name="is-managed" value="false"/></meta_attributes></primitive>""", StringComparison.Ordinal);
        var run = Run(unmanaged, Order("gc", "g", "c"));
        Assert.That(GraphChecks.Stuck(run.Graph), Is.Empty);
        Assert.That(run.Graph.Elements("synapse").Select(static s => s.Element("action_set")!.Children[0]["operation_key"]), Is.EquivalentTo(new[] { "g_start_0", "a_start_0" }));
        Assert.That(run.Model.Complaints, Is.Empty);
    }
}
