using Appliance.Cib;
using Appliance.Crm.Tests.Transition;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Model;

namespace Appliance.Crm.Tests.History;

/// <summary>What a node writes, read by the policy engine.</summary>
public class The_policy_engine_reads_of_a_node
{
    private const string Reloadable = """
        <?xml version="1.0"?>
        <!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
        <resource-agent name="Dummy"><version>1.1</version>
        <parameters><parameter name="state"/><parameter name="fake" reloadable="1"/><parameter name="odd" reloadable="1"/><parameter name="passwd" reloadable="1"/></parameters>
        <actions><action name="start"/><action name="reload-agent"/></actions></resource-agent>
        """;

    private CibElement _cib = null!;
    private NodeRig _node = null!;

    [SetUp]
    public void Make()
    {
        _cib = CibElement.Parse("""
            <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1" crm_feature_set="3.20.5">
              <configuration>
                <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
                <nodes><node id="1" uname="alpha"/></nodes>
                <resources>
                  <primitive id="web" class="ocf" provider="pacemaker" type="Dummy">
                    <instance_attributes id="p"><nvpair id="p1" name="state" value="/run/x"/><nvpair id="p2" name="fake" value="a"/><nvpair id="p3" name="odd" value="1 &lt; 2 &amp; &quot;x&quot;&#10;&#9;&#228;"/></instance_attributes>
                    <operations><op id="m" name="monitor" interval="10s" timeout="15s"/></operations>
                  </primitive>
                </resources>
                <constraints/>
              </configuration>
              <status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"/></status>
            </cib>
            """, "cib");
        _node = new("alpha", "1", () => _cib, c => _cib = c);
    }

    private long Now => _node.Moment.UnixMs / 1000;

    /// <summary>What it wants done, in the order of the graph's actions.</summary>
    private string[] Wanted => [.. Plan().Select(static a => a["operation_key"]!)];

    private List<CibElement> Plan()
    {
        var graph = PolicyRun.Schedule(_cib, Now, PosixPattern.Of).Graph;
        return [.. graph.Elements("synapse").SelectMany(static s => s.Element("action_set")!.Elements("rsc_op"))];
    }

    /// <summary>Plans, and does what is planned, until nothing is wanted any more.</summary>
    private void Settle()
    {
        for (var round = 0; Plan() is { Count: > 0 } plan; round++)
        {
            Assert.That(round, Is.LessThan(8), () => string.Join(' ', Wanted));
            var first = plan.OrderBy(static a => a["operation"] switch { "stop" => 0, "reload-agent" => 1, "start" => 2, _ => a["operation_key"]!.EndsWith("_0", StringComparison.Ordinal) ? 0 : 3 }).First();
            _node.Order(first.Clone().Set("transition-key", $"{first.Id}:{round}:{first.Element("attributes")!["CRM_meta_op_target_rc"] ?? "0"}:x"));
            if (_node.Running.Count > 0) _node.End(first.Element("attributes")!["CRM_meta_op_target_rc"] is { } rc ? int.Parse(rc, System.Globalization.CultureInfo.InvariantCulture) : 0);
        }
    }

    private PolicyResource Web => PolicyRun.ReadStatus(_cib, Now).Model.Resources.Single();

    [Test]
    public void A_start_and_its_monitor_and_wants_nothing_more()
    {
        Assert.That(Wanted, Does.Contain("web_monitor_0"));
        Settle();
        Assert.That(Entries, Is.EqualTo("web_last_0 web_monitor_10000"));
        Assert.That((Web.Role, Web.Active.Single().Name), Is.EqualTo((Role.Started, "alpha")));
    }

    private string Entries => string.Join(' ', _cib.Descendants("lrm_rsc_op").Select(static e => e.Id));

    [Test]
    public void A_probe_that_found_nothing()
    {
        var probe = Plan().Single(static a => a["operation_key"] == "web_monitor_0");
        _node.Order(probe.Clone().Set("transition-key", "1:1:7:x"));
        _node.End(7);
        Assert.That((Web.Role, Web.Active.Count, Wanted), Is.EqualTo((Role.Stopped, 0, new[] { "web_start_0", "web_monitor_10000" })).Using<string[]>((a, b) => a.Order().SequenceEqual(b.Order())));
    }

    [Test]
    public void A_start_that_is_under_way()
    {
        _node.Order("web", "start", "1:1:0:x");
        Assert.That((Web.Role, Web.Active.Single().Name), Is.EqualTo((Role.Started, "alpha")));
        _node.Join();
        Assert.That(Web.Active.Single().Name, Is.EqualTo("alpha"), "whoever decides next must not start it elsewhere");
    }

    [Test]
    public void A_monitor_that_failed()
    {
        Settle();
        _node.Tick(10);
        _node.End(7, reason: "it is gone");
        Assert.That((Web.Has(ResourceFlags.Failed), Wanted.Contains("web_stop_0"), Wanted.Contains("web_start_0")), Is.EqualTo((true, true, true)));
        Settle();
        Assert.That((Web.Has(ResourceFlags.Failed), Web.Role), Is.EqualTo((false, Role.Started)));
    }

    [Test]
    public void Parameters_that_changed()
    {
        Settle();
        _cib.Descendants("nvpair").Single(static p => p.Id == "p2").Set("value", "b");
        Assert.That(Wanted, Does.Contain("web_stop_0"), "the agent cannot reload");
        Settle();
        Assert.That(Web.Role, Is.EqualTo(Role.Started));
    }

    [Test]
    public void Parameters_that_can_be_reloaded()
    {
        _node.Metadata = static _ => Reloadable;
        Settle();
        _cib.Descendants("nvpair").Single(static p => p.Id == "p2").Set("value", "b");
        Assert.That((Wanted.Contains("web_reload-agent_0"), Wanted.Contains("web_stop_0")), Is.EqualTo((true, false)));
        Settle();
        Assert.That((Entries, _cib.Descendants("lrm_rsc_op").First()["operation"]), Is.EqualTo(("web_last_0 web_monitor_10000", "start")));
        _cib.Descendants("nvpair").Single(static p => p.Id == "p1").Set("value", "/run/y");
        Assert.That(Wanted, Does.Contain("web_stop_0"), "this one cannot");
        Settle();
    }
}
