using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Tests;

public class An_operation_spec
{
    [TestCase("db_monitor_20000@alpha=7", "db", "monitor", 20000, "alpha", 7)]
    [TestCase("my_db_start_0@alpha.example.com=1", "my_db", "start", 0, "alpha.example.com", 1)]
    [TestCase("memcached:0_stop_0@n1=-1", "memcached:0", "stop", 0, "n1", -1)]
    [TestCase("vm_migrate_from_0@n1=0", "vm", "migrate_from", 0, "n1", 0)]
    [TestCase("db_monitor_0@n1=7 or so", "db", "monitor", 0, "n1", 7)]
    [TestCase("db@n1=1", "", "", 0, "n1", 1, Description = "the key is none: who asks says so")]
    public void Names_an_operation_and_its_result(string text, string resource, string task, int interval, string node, int code)
    {
        Assert.That(OperationSpec.TryParse(text, out var spec, out var fields), Is.True);
        Assert.That(fields, Is.EqualTo(3));
        Assert.That((spec!.Resource, spec.Task, spec.IntervalMs, spec.Node, spec.Code), Is.EqualTo((resource, task, (long)interval, node, code)));
    }

    [TestCase("", 0)]
    [TestCase("@n1=1", 0)]
    [TestCase("db_monitor_0", 1)]
    [TestCase("db_monitor_0@", 1)]
    [TestCase("db_monitor_0@n1", 2)]
    [TestCase("db_monitor_0@n1=", 2)]
    [TestCase("db_monitor_0@n1=x", 2)]
    [TestCase("db_monitor_0@n1=99999999999", 2)]
    public void Has_three_parts(string text, int found)
    {
        Assert.That(OperationSpec.TryParse(text, out _, out var fields), Is.False);
        Assert.That(fields, Is.EqualTo(found));
    }
}

public class Pretended_changes
{
    private const long Now = 1_700_000_000;

    private const string Document = """
        <cib validate-with="pacemaker-4.0" epoch="5" num_updates="2" admin_epoch="0" have-quorum="1">
          <configuration>
            <crm_config><cluster_property_set id="options"><nvpair id="o" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
            <resources>
              <primitive id="db" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="m" name="monitor" interval="10s"/></operations></primitive>
              <group id="web"><primitive id="www" class="systemd" type="nginx"/></group>
            </resources>
            <constraints/>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member">
              <transient_attributes id="1"><instance_attributes id="status-1">
                <nvpair id="status-1-fail-count-db.monitor_10000" name="fail-count-db#monitor_10000" value="3"/>
              </instance_attributes></transient_attributes>
              <lrm id="1"><lrm_resources><lrm_resource id="db" class="ocf" provider="heartbeat" type="Dummy">
                <lrm_rsc_op id="db_last_0" operation_key="db_start_0" operation="start" transition-key="1:1:0:a" transition-magic="0:0;1:1:0:a" call-id="12" rc-code="0" op-status="0" interval="0"/>
              </lrm_resource></lrm_resources></lrm>
            </node_state>
            <node_state id="2" uname="beta" in_ccm="true" crmd="online" join="member" expected="member"/>
          </status>
        </cib>
        """;

    private static CibElement Cib => CibElement.Parse(Document, "test");

    private static CibElement Apply(Injections wanted, out List<Step> steps) => Apply(Cib, wanted, out steps);

    private static CibElement Apply(CibElement cib, Injections wanted, out List<Step> steps) => Injector.Apply(cib, wanted, PolicyRun.ReadStatus(cib, Now), Now, out steps);

    private static CibElement State(CibElement cib, string node) => cib.Element("status")!.Elements("node_state").First(s => s["uname"] == node);

    private static string Problems(List<Step> steps) => string.Join('|', steps.OfType<Step.Problem>().Select(static p => p.Text));

    [Test]
    public void Leave_the_document_itself_alone()
    {
        var cib = Cib;
        var before = cib.ToString();
        var wanted = new Injections { Quorum = "0", Watchdog = "1", NodesUp = { "gamma" }, NodesDown = { "beta" }, TicketsGranted = { "t" }, Operations = { "db_monitor_10000@alpha=7" } };
        var first = Apply(cib, wanted, out _).ToString();
        Assert.That(cib.ToString(), Is.EqualTo(before));
        Assert.That(Apply(cib, wanted, out _).ToString(), Is.EqualTo(first), "the same inputs give the same document");
    }

    [Test]
    public void Bring_a_new_node_into_the_configuration()
    {
        var after = Apply(new Injections { NodesUp = { "gamma" } }, out var steps);
        Assert.That(steps.ConvertAll(static s => s is Step.NodeChanged { Name: "gamma", Change: NodeChange.Online }), Is.EqualTo(new[] { true }));
        Assert.That(after.Element("configuration")!.Element("nodes")!.Children[2].ToString(CibFormat.Compact), Is.EqualTo("<node id=\"gamma\" uname=\"gamma\"/>"));
        Assert.That(State(after, "gamma").ToString(CibFormat.Compact), Is.EqualTo("<node_state id=\"gamma\" uname=\"gamma\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\" crm-debug-origin=\"crm_simulate\"/>"));
        Assert.That((after["epoch"], after["num_updates"]), Is.EqualTo(("6", "2")), "a change of the configuration, and two of the status");
    }

    [Test]
    public void Take_a_node_that_leaves_its_history_and_its_attributes()
    {
        var state = State(Apply(new Injections { NodesDown = { "alpha" } }, out _), "alpha");
        Assert.That(state.Children, Is.Empty);
        Assert.That((state["in_ccm"], state["crmd"], state["join"], state["expected"]), Is.EqualTo(("false", "offline", "down", "down")));
    }

    [Test]
    public void Leave_a_node_that_fails_what_it_had()
    {
        var state = State(Apply(new Injections { NodesFailed = { "alpha" } }, out _), "alpha");
        Assert.That(state.Children, Has.Count.EqualTo(2));
        Assert.That((state["in_ccm"], state["crmd"], state["expected"]), Is.EqualTo(("false", "online", "member")));
    }

    [Test]
    public void End_at_a_node_that_nobody_knows()
    {
        foreach (var wanted in new[] { new Injections { NodesDown = { "nobody", "beta" } }, new Injections { NodesFailed = { "nobody", "beta" } }, new Injections { Operations = { "db_start_0@nobody=1", "db_stop_0@beta=0" } } })
        {
            var after = Apply(wanted, out var steps);
            Assert.That(Problems(steps), Is.EqualTo("Unknown node: nobody (--node-up makes it known)"));
            Assert.That(steps[^1], Is.InstanceOf<Step.Problem>().With.Property(nameof(Step.Problem.IsFatal)).True);
            Assert.That(after.ToString(), Is.EqualTo(Cib.ToString()));
        }
    }

    [TestCase("db_monitor_10000@alpha=7", "4", Description = "one more than there were")]
    [TestCase("db_stop_0@alpha=1", "INFINITY", Description = "a failed stop")]
    [TestCase("db_start_0@alpha=1", "INFINITY", Description = "start-failure-is-fatal is on unless it is set")]
    [TestCase("db_promote_0@alpha=1", "1")]
    [TestCase("db_monitor_0@alpha=7", null, Description = "a probe that finds nothing")]
    [TestCase("db_monitor_10000@alpha=0", "3", Description = "no failure: as it was")]
    public void Count_a_failure(string spec, string? count)
    {
        var after = Apply(new Injections { Operations = { spec } }, out _);
        var name = "fail-count-" + spec[..spec.IndexOf('@', StringComparison.Ordinal)].Replace("db_", "db#", StringComparison.Ordinal);
        var found = State(after, "alpha").Descendants("nvpair").Where(p => p["name"] == name).ToList();
        Assert.That(found.ConvertAll(static p => p["value"]), Is.EqualTo(count is null ? [] : new[] { count }));
    }

    [Test]
    public void Note_a_result_after_all_others()
    {
        var after = Apply(new Injections { Operations = { "db_monitor_10000@alpha=7" } }, out _);
        var entry = State(after, "alpha").Descendants("lrm_rsc_op").Last();
        Assert.That((entry.Id, entry["operation_key"], entry["call-id"], entry["rc-code"], entry["last-rc-change"], entry["exit-reason"], entry["on_node"]),
            Is.EqualTo(("db_last_failure_0", "db_monitor_10000", "13", "7", "1700000000", "Simulated action result", "alpha")));
        Assert.That(entry["transition-magic"], Is.EqualTo("0:7;13:-1:0:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"));
        Assert.That(PolicyRun.Schedule(after, Now, PosixPattern.Of).Changes.Select(static c => c.ToString()), Has.Some.StartsWith("Restart    db "),
            "as crm_simulate 3 has it: what is pretended was done with another definition, and that outweighs the failure");
    }

    [TestCase("nothing_monitor_0@alpha=1", "Invalid resource name: nothing")]
    [TestCase("db@alpha=1", "Invalid resource name: (null)")]
    [TestCase("db", "Invalid operation spec: db.  Only found 1 fields")]
    [TestCase("web_monitor_0@alpha=0", "Resource web not found in the status section of 1 (supply class and type to continue)")]
    public void Say_what_cannot_be_done(string spec, string problem)
    {
        var after = Apply(new Injections { Operations = { spec } }, out var steps);
        Assert.That(Problems(steps), Is.EqualTo(problem));
        Assert.That(after.ToString(), Is.EqualTo(Cib.ToString()));
    }

    [Test]
    public void Grant_a_ticket_and_make_it_standby()
    {
        var after = Apply(new Injections { TicketsGranted = { "t" }, TicketsStandby = { "t" }, TicketsRevoked = { "u" } }, out _);
        Assert.That(after.Element("status")!.Element("tickets")!.ToString(CibFormat.Compact),
            Is.EqualTo("<tickets><ticket_state id=\"t\" granted=\"true\" standby=\"true\"/><ticket_state id=\"u\" granted=\"false\"/></tickets>"));
    }

    [Test]
    public void Are_told_in_the_order_in_which_they_are_made()
    {
        var report = new TextSimulation(fancy: true, quiet: false);
        var story = new Story(Cib, Now, new() { Injections = new() { Quorum = "0", NodesUp = { "gamma" }, TicketsGranted = { "t" }, Operations = { "db_monitor_10000@alpha=7", "x_start_0@alpha=1" } } }, report);
        story.Begin();
        var parts = report.Take();
        Assert.That(string.Concat(parts.Select(static p => p.IsError ? $"!{p.Text}" : p.Text)), Does.EndWith("""

            Performing Requested Modifications:
              * Setting quorum: 0
              * Bringing node gamma online
              * Granting ticket t
              * Injecting db_monitor_10000@alpha=7 into the configuration
              * Injecting attribute fail-count-db#monitor_10000=4 into /node_state '1'
              * Injecting attribute last-failure-db#monitor_10000=1700000000 into /node_state '1'
              * Injecting x_start_0@alpha=1 into the configuration
            !Invalid resource name: x

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Stop_the_transition_where_an_operation_fails()
    {
        var run = PolicyRun.Schedule(Cib, Now, PosixPattern.Of);
        var (steps, after, complete) = Simulator.Run(Cib, run.Graph, Now, name => run.Model.Find(name) is not null, ["www_start_0@beta=5", "www_start_0@alpha=5"]);
        Assert.That(complete, Is.True, "a failure is no fault of the graph");
        Assert.That(steps.OfType<Step.Pretended>().Single().Code, Is.EqualTo(5));
        Assert.That(steps.OfType<Step.ResourceAction>().Any(static a => a.Name == "www" && a.Operation == "monitor" && a.IntervalMs > 0), Is.False);
        var entries = after.Descendants("lrm_rsc_op").Where(static e => e["operation_key"] == "www_start_0").Select(static e => e.Id).ToList();
        Assert.That(entries, Is.EquivalentTo(new[] { "www_last_failure_0", "www_last_0" }));
        Assert.That(after.Descendants("nvpair").Single(static p => p["name"] == "fail-count-www#start_0")["value"], Is.EqualTo("INFINITY"));
    }

    [Test]
    public void Do_not_stop_it_with_a_result_that_is_no_number()
    {
        var run = PolicyRun.Schedule(Cib, Now, PosixPattern.Of);
        var (steps, after, _) = Simulator.Run(Cib, run.Graph, Now, name => run.Model.Find(name) is not null, ["www_start_0@beta=much", "www_start_0@alpha=much"]);
        Assert.That(Problems(steps), Does.Match(@"^Invalid failed operation 'www_start_0@(alpha|beta)=much' \(result code must be integer\)$"));
        Assert.That(after.Descendants("lrm_rsc_op").Where(static e => e["operation_key"] == "www_start_0").Select(static e => e["rc-code"]), Is.EqualTo(new[] { "0" }));
    }
}
