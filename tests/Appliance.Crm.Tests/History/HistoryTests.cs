using System.Diagnostics;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Crm.History;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Operations;
using Appliance.Policy;

namespace Appliance.Crm.Tests.History;

/// <summary>What a node's operations leave in the CIB.</summary>
public class A_nodes_history
{
    private const string Key = "5:2:0:99999999-8888-7777-6666-555555555555", Probe = "4:2:7:99999999-8888-7777-6666-555555555555", Other = "9:3:0:99999999-8888-7777-6666-555555555555";

    private CibElement _cib = null!;
    private NodeRig _node = null!;

    [SetUp]
    public void Make()
    {
        _cib = CibRequests.Empty();
        _node = new("alpha", "1", () => _cib, c => _cib = c);
    }

    private CibElement? Resource(string id = "web") => _cib.Descendants("lrm_resource").FirstOrDefault(r => r.Id == id);
    private CibElement? Entry(string id) => _cib.Descendants("lrm_rsc_op").FirstOrDefault(e => e.Id == id);
    private string Ids => string.Join(' ', _cib.Descendants("lrm_rsc_op").Select(static e => e.Id));

    private void Did(string task, string key = Key, long interval = 0, int code = 0, string more = "", string reason = "", OperationStatus status = OperationStatus.Done)
    {
        _node.Order("web", task, key, interval, more);
        _node.End(code, status, reason);
    }

    [Test]
    public void Is_told_before_an_operation_and_after_it()
    {
        _node.Tick(100);
        _node.Order("web", "start", Key);
        Assert.That(Entry("web_last_0")!.ToString(), Is.EqualTo($"""
            <lrm_rsc_op id="web_last_0" operation_key="web_start_0" operation="start" crm-debug-origin="controld_update_resource_history" crm_feature_set="3.20.5" transition-key="{Key}" transition-magic="-1:193;{Key}" exit-reason="" on_node="alpha" call-id="-1" rc-code="193" op-status="-1" interval="0" last-rc-change="1700000100" exec-time="0" queue-time="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/>

            """));
        _node.End(0, after: 2.5);
        Assert.That(Entry("web_last_0")!.ToString(), Is.EqualTo($"""
            <lrm_rsc_op id="web_last_0" operation_key="web_start_0" operation="start" crm-debug-origin="controld_update_resource_history" crm_feature_set="3.20.5" transition-key="{Key}" transition-magic="0:0;{Key}" exit-reason="" on_node="alpha" call-id="1" rc-code="0" op-status="0" interval="0" last-rc-change="1700000100" exec-time="2500" queue-time="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/>

            """));
        Assert.That(Resource()!.CloneShallow().ToString().Trim(), Is.EqualTo("""<lrm_resource id="web" class="ocf" provider="pacemaker" type="Dummy"/>"""));
        Assert.That((Resource()!.Parent!.Parent!.Id, Resource()!.Parent!.Parent!.Parent!["uname"]), Is.EqualTo(("1", "alpha")));
    }

    [Test]
    public void Tells_nothing_before_an_operation_that_says_so()
    {
        _node.Order("web", "start", Key, more: "CRM_meta_record_pending=\"false\"");
        Assert.That(Ids, Is.Empty);
    }

    [Test]
    public void Keeps_a_failure_beside_what_was_last()
    {
        Did("start", code: 1, reason: "no such disk");
        Assert.That((Ids, Entry("web_last_failure_0")!["exit-reason"], Entry("web_last_0")!["rc-code"]), Is.EqualTo(("web_last_0 web_last_failure_0", "no such disk", "1")));
        Did("stop", Other);
        Assert.That((Entry("web_last_0")!["operation"], Entry("web_last_0")!["exit-reason"], Entry("web_last_failure_0")!["operation"]), Is.EqualTo(("stop", "", "start")));
    }

    [Test]
    public void Keeps_recurring_operations_by_their_interval()
    {
        Did("start");
        Did("monitor", Other, 10000);
        Did("monitor", Other, 20000);
        _node.Tick(10);
        _node.End(7, reason: "gone");
        Assert.That((Ids, Entry("web_monitor_10000")!["rc-code"], Entry("web_last_failure_0")!["operation_key"]), Is.EqualTo(("web_last_0 web_monitor_10000 web_monitor_20000 web_last_failure_0", "0", "web_monitor_10000")));
        Assert.That(Entry("web_last_0")!["operation"], Is.EqualTo("start"), "the failure of a monitor is not the last single operation");
    }

    /// <summary>A recurring operation that has the same result again is not told again, and its time is that of the change.</summary>
    [Test]
    public void Says_since_when_a_monitor_has_its_result()
    {
        _node.Tick(50);
        Did("monitor", interval: 10000);
        _node.Tick(30);
        _node.End(0);
        Assert.That((Entry("web_monitor_10000")!["last-rc-change"], Entry("web_monitor_10000")!["exec-time"]), Is.EqualTo(("1700000050", "250")));
    }

    /// <summary>Within one second a monitor is well and fails, more than once: the policy sees what was last, also after a join. (Pacemaker's own entries are alike there, and its scheduler takes a service that died for well.)</summary>
    [Test]
    public void Tells_a_failure_from_the_success_of_the_same_second()
    {
        Configure();
        Did("start", code: 0);
        Did("monitor", Other, 10000);
        for (var i = 0; i < 3; i++)
        {
            Asked(7);
            Assert.That(Planned, Does.Contain("web_stop_0"), () => _cib.ToString());
            _node.Join();
            Assert.That(Planned, Does.Contain("web_stop_0"), () => _cib.ToString());
            Asked(0);
            Assert.That(Planned, Is.Empty, () => _cib.ToString());
        }
        Assert.That(_node.Now, Is.LessThan(new Instant(0) + TimeSpan.FromSeconds(1)));
    }

    /// <summary>Somebody puts the clock back by an hour, and the service dies.</summary>
    [Test]
    public void Tells_a_failure_after_the_clock_was_put_back()
    {
        Configure();
        _node.Tick(100);
        Did("start", code: 0);
        Did("monitor", Other, 10000);
        _node.WallClock = -3_600_000;
        _node.Tick(30);
        _node.End(7);
        Assert.That(Planned, Does.Contain("web_stop_0"), () => _cib.ToString());
    }

    /// <summary>A node and a resource that its history is about.</summary>
    private void Configure()
    {
        _cib = CibElement.Parse("""
            <cib admin_epoch="0" epoch="1" num_updates="0" validate-with="pacemaker-3.9" have-quorum="1">
              <configuration>
                <crm_config><cluster_property_set id="c"><nvpair id="c-s" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
                <nodes><node id="1" uname="alpha"/></nodes>
                <resources><primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="web-m" name="monitor" interval="10s"/></operations></primitive></resources>
                <constraints/>
              </configuration>
              <status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"/></status>
            </cib>
            """, "cib");
    }

    /// <summary>The monitor is asked before its time, and has this result.</summary>
    private void Asked(int code)
    {
        _node.Queue.Hurry("web", _node.Now);
        _node.End(code, after: 0.01);
    }

    /// <summary>What the policy wants done.</summary>
    private string Planned => string.Join(' ', PolicyRun.Schedule(_cib, (NodeRig.Epoch + 200_000) / 1000, PosixPattern.Of).Graph.Descendants("rsc_op").Select(static o => o["operation_key"]));

    [Test]
    public void Takes_a_probe_for_what_it_finds()
    {
        Did("monitor", Probe, code: 7);
        Assert.That((Ids, Entry("web_last_0")!["transition-magic"]), Is.EqualTo(("web_last_0", "0:7;" + Probe)));
        Did("monitor", Probe, code: 0);
        Assert.That(Ids, Is.EqualTo("web_last_0 web_last_failure_0"), "running is not what was expected");
        Did("monitor", Probe, code: 7, status: OperationStatus.Error);
        Assert.That(Entry("web_last_0")!["op-status"], Is.EqualTo("0"), "a state is an answer");
    }

    [Test]
    public void Keeps_migrations_apart()
    {
        Did("start");
        Did("migrate_to", Other, code: 1, more: "CRM_meta_migrate_source=\"alpha\" CRM_meta_migrate_target=\"beta\"", reason: "no way");
        var entry = Entry("web_migrate_to_0")!;
        Assert.That((Ids, entry["migrate_source"], entry["migrate_target"], entry["exit-reason"]), Is.EqualTo(("web_last_0 web_migrate_to_0", "alpha", "beta", "no way")));
    }

    [TestCase(OperationStatus.Done, "start")]
    [TestCase(OperationStatus.Timeout, "monitor")]
    public void Takes_a_reload_for_a_start(OperationStatus status, string task)
    {
        _node.Metadata = _ => """<resource-agent name="Dummy"><version>1.1</version><parameters><parameter name="a" reloadable="1"/></parameters><actions><action name="reload-agent"/></actions></resource-agent>""";
        Did("reload-agent", status: status);
        Assert.That((Entry("web_last_0")!["operation"], Entry("web_last_0")!["operation_key"]), Is.EqualTo((task, $"web_{task}_0")));
    }

    /// <summary>Pre-1.1 agents know another word.</summary>
    [Test]
    public void Reloads_an_old_agent_in_its_own_words()
    {
        _node.Metadata = _ => """<resource-agent name="Dummy"><version>1.0</version><parameters><parameter name="a" unique="1"/></parameters><actions><action name="reload"/></actions></resource-agent>""";
        _node.Order("web", "reload-agent", Key, more: "a=\"1\" b=\"2\"");
        Assert.That((_node.Running[0].Order.Action, Entry("web_last_0")!["op-force-restart"]), Is.EqualTo(("reload", "  a  ")));
    }

    [Test]
    public void Removes_what_is_cancelled_and_answers()
    {
        Did("start");
        Did("monitor", Other, 10000);
        _node.Order("web", "cancel", "7:4:0:x", 10000, "CRM_meta_operation=\"monitor\"");
        Assert.That((Ids, _node.Answers.Single().TransitionKey, _node.Answers[0].Rc, _node.Queue.Pending), Is.EqualTo(("web_last_0", "7:4:0:x", 0, 0)));
        _node.Order("web", "cancel", "8:4:0:x", 10000, "CRM_meta_operation=\"monitor\"");
        Assert.That(_node.Answers.Last().TransitionKey, Is.EqualTo("8:4:0:x"), "what does not run is cancelled");
    }

    [Test]
    public void Waits_for_the_end_of_what_is_cancelled()
    {
        _node.Order("web", "monitor", Key, 10000);
        _node.Order("web", "cancel", "7:4:0:x", 10000, "CRM_meta_operation=\"monitor\"");
        Assert.That(_node.Answers, Is.Empty);
        _node.End(0);
        Assert.That((Ids, _node.Answers.Single().TransitionKey), Is.EqualTo(("", "7:4:0:x")));
    }

    [Test]
    public void Begins_a_monitor_anew_when_it_is_ordered_anew()
    {
        Did("monitor", Key, 600_000);
        Did("monitor", Other, 600_000);
        Assert.That((Entry("web_monitor_600000")!["transition-key"], _node.Queue.Pending, _node.Answers.Count), Is.EqualTo((Other, 1, 0)));
        _node.Tick(600);
        _node.Order("web", "monitor", "6:4:0:x", 600_000);
        Assert.That(_node.Running, Has.Count.EqualTo(1), "one at a time");
        _node.End(1);
        _node.End(0);
        Assert.That((Ids, Entry("web_monitor_600000")!["transition-key"]), Is.EqualTo(("web_monitor_600000", "6:4:0:x")), "the end of the one before is told to nobody");
    }

    /// <summary>What the queue takes away before a change stays: it means nothing beside what came later.</summary>
    [Test]
    public void Leaves_what_ended_by_a_change_until_the_next_join()
    {
        Did("start");
        Did("monitor", Other, 10000);
        Did("stop", "6:4:0:x");
        Assert.That(Ids, Is.EqualTo("web_last_0 web_monitor_10000"));
        _node.Join();
        Assert.That(Ids, Is.EqualTo("web_last_0"));
    }

    [Test]
    public void Is_stopped_with_what_it_was_started_with()
    {
        Did("start", more: "port=\"80\"");
        _node.Order("web", "stop", Other, more: "port=\"81\"");
        var order = _node.Running.Single().Order;
        Assert.That((order.Parameters["port"], order.Parameters["CRM_meta_timeout"], order.Parameters["crm_feature_set"]), Is.EqualTo(("80", "20000", "3.20.5")));
    }

    [Test]
    public void Is_forgotten_by_a_deletion()
    {
        Did("start");
        Did("monitor", Other, 10000);
        _node.Order("web", "stop", "6:4:0:x");
        _node.Order("web", "delete", "7:4:0:x");
        Assert.That((Ids, Resource(), _node.History.Histories.Count, _node.History.Pending), Is.EqualTo(("", (CibElement?)null, 0, 0)));
        Assert.That(_node.Answers.ConvertAll(a => $"{a.TransitionKey} {a.Status}"), Is.EqualTo(new[] { "6:4:0:x Invalid", "7:4:0:x Done" }));
        _node.End(0);
        Assert.That(Ids, Is.Empty, "the end of what was under way is told to nobody");
    }

    [Test]
    public void Is_forgotten_altogether()
    {
        Did("start");
        _node.Order("db", "start", Other);
        _node.End(0);
        _node.Do(e => _node.History.DeleteAll(_node.Moment, e));
        Assert.That((Ids, _cib.Descendants("node_state").Count(), _cib.Descendants("lrm").Count()), Is.EqualTo(("", 1, 0)));
    }

    [Test]
    public void Forgets_a_failure_alone()
    {
        Did("start");
        Did("monitor", Other, 10000, code: 1);
        _node.Do(e => _node.History.ForgetFailure("web", "start", TimeSpan.Zero, e));
        Assert.That(Ids, Does.Contain("last_failure"), "it was another operation's");
        _node.Do(e => _node.History.ForgetFailure("web", "monitor", TimeSpan.FromSeconds(10), e));
        Assert.That(Ids, Does.Not.Contain("last_failure"));
        _node.Join();
        Assert.That(Ids, Does.Not.Contain("last_failure"));
    }

    /// <summary>A clock was put on, and the failure is forgotten as one of long ago, before anybody has done anything about it.</summary>
    [Test]
    public void Has_a_failure_again_that_is_forgotten_and_goes_on()
    {
        Did("start");
        Did("monitor", Other, 10000, code: 0);
        _node.Tick(10);
        _node.End(7);
        var first = Entry("web_last_failure_0")!["last-rc-change"];
        _node.Do(e => _node.History.ForgetFailure("web", null, TimeSpan.Zero, e));
        Assert.That(Ids, Does.Not.Contain("last_failure"));
        _node.Tick(10);
        _node.End(7);
        Assert.That((Entry("web_last_failure_0")?["rc-code"], Entry("web_last_failure_0")?["last-rc-change"] == first), Is.EqualTo(("7", false)));
    }

    [Test]
    public void Has_a_failure_that_somebody_made_up()
    {
        Did("start");
        _node.Do(e => _node.History.Fail("web", new("ocf", "pacemaker", "Dummy"), _node.Moment, e));
        var entry = Entry("web_last_failure_0")!;
        Assert.That((entry["operation"], entry["call-id"], entry["rc-code"], entry["transition-key"]), Is.EqualTo(("asyncmon", "2", "1", "2:-1:0:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")));
    }

    [Test]
    public void Refuses_to_start_while_the_node_leaves()
    {
        _node.History.IsStopping = true;
        _node.Order("web", "start", Key);
        Assert.That((_node.Running.Count, _node.Answers.Single().Status, Ids), Is.EqualTo((0, ExecutionStatus.Invalid, "")));
        _node.Order("web", "stop", Other);
        Assert.That(_node.Running, Has.Count.EqualTo(1));
    }

    [Test]
    public void Answers_notifications_directly_and_they_never_fail()
    {
        Did("notify", code: 1);
        Assert.That((Ids, _node.Answers.Single().Rc, _node.Answers[0].TransitionKey), Is.EqualTo(("", 0, Key)));
    }

    [Test]
    public void Starts_when_the_agent_has_been_asked_and_keeps_the_order()
    {
        _node.IsSlow = true;
        _node.Order("web", "start", Key);
        _node.Order("web", "stop", Other);
        _node.Order("db", "stop", Other);
        Assert.That((_node.Described.Single(), _node.Running.Single().Order.Key, _node.History.Pending), Is.EqualTo(("ocf:pacemaker:Dummy", "db_stop_0", 3)));
        _node.Describe("ocf:pacemaker:Dummy", null);
        Assert.That(_node.Running.Select(r => r.Order.Key), Is.EqualTo(new[] { "db_stop_0", "web_start_0" }));
        _node.End(0);
        _node.End(0);
        Assert.That(_node.Running.Single().Order.Key, Is.EqualTo("web_stop_0"));
    }

    [Test]
    public void Says_of_another_node_that_it_cannot_reach_it()
    {
        _node.Order(CibElement.Parse($"""<rsc_op operation="start" on_node="remote" transition-key="{Key}"><primitive id="web" class="ocf" provider="a" type="b"/></rsc_op>""", "order"));
        Assert.That((_node.Answers.Single().Status, _node.Running.Count), Is.EqualTo((ExecutionStatus.NotConnected, 0)));
    }

    [Test]
    public void Keeps_what_is_locked_to_the_node_that_was_shut_down()
    {
        _node.History.ShutdownLock = true;
        _node.Order(CibElement.Parse($"""<rsc_op operation="stop" on_node="alpha" transition-key="{Key}" shutdown-lock="1699999000"><primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/></rsc_op>""", "order"));
        _node.End(0);
        Assert.That(Resource()!["shutdown-lock"], Is.EqualTo("1699999000"));
        _node = new("alpha", "1", () => _cib, c => _cib = c);
        _node.History.ShutdownLock = true;
        _node.Join();
        Assert.That(Resource()?["shutdown-lock"], Is.EqualTo("1699999000"), "the next life of the node finds it");
        _node.History.ShutdownLockLimit = TimeSpan.FromSeconds(60);
        _node.Join();
        Assert.That(Resource(), Is.Null, "it is over");
    }

    [Test]
    public void Knows_a_resource_by_its_earlier_name()
    {
        _node.Order("web:0", "start", Key);
        _node.End(0);
        _node.Order(CibElement.Parse($"""<rsc_op operation="stop" on_node="alpha" transition-key="{Other}"><primitive id="web" long-id="web:0" class="ocf" provider="pacemaker" type="Dummy"/></rsc_op>""", "order"));
        Assert.That(_node.Running.Single().Order.Resource, Is.EqualTo("web:0"));
    }

    [Test]
    public void Is_written_by_the_DC_where_the_node_did_not_answer()
    {
        var action = CibElement.Parse($"""<rsc_op id="5" operation="start" on_node="beta"><primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/><attributes CRM_meta_timeout="20000"/></rsc_op>""", "order");
        _node.Perform(HistoryRequests.Lost(new("beta", "2", TransitionKey.Parse(Key)!, action, "beta did not say"), _node.Moment)!);
        var entry = Entry("web_last_failure_0")!;
        Assert.That((Ids, entry["transition-magic"], entry["call-id"], entry["exit-reason"], entry["on_node"]), Is.EqualTo(("web_last_failure_0 web_last_0", "2:1;" + Key, "-1", "beta did not say", "beta")));
    }

    /// <summary>Debian's own Dummy (pacemaker-resource-agents) says what its parameters are; as 2.1.5's controller writes them in Pacemaker's cases.</summary>
    [Test, Category("peer")]
    public void Has_what_a_real_agent_says_of_itself()
    {
        const string path = "/usr/lib/ocf/resource.d/pacemaker/Dummy";
        if (!File.Exists(path)) Assert.Ignore("the agent Dummy is missing (Debian package pacemaker-resource-agents)");
        var start = new ProcessStartInfo(path, "meta-data") { RedirectStandardOutput = true };
        start.Environment["OCF_ROOT"] = "/usr/lib/ocf";
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _node.Metadata = _ => text;
        Did("start", more: "fake=\"1\" state=\"/run/x\" passwd=\"secret\"");
        var entry = Entry("web_last_0")!;
        Assert.That((entry["op-force-restart"], entry["op-secure-params"]), Is.EqualTo(("  state  ", "  passwd  ")));
        // md5sum of the lines by hand: one parameter, and two.
        Assert.That((entry["op-restart-digest"], entry["op-secure-digest"]), Is.EqualTo((Md5(" <parameters state=\"/run/x\"/>\n"), Md5(" <parameters fake=\"1\" state=\"/run/x\"/>\n"))));
        Assert.That(_node.History.Histories["web"].Last!.Order.Secret, Is.EqualTo(new[] { "passwd" }));
    }

    private static string Md5(string text)
    {
#pragma warning disable CA5351
        return Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
    }
}
