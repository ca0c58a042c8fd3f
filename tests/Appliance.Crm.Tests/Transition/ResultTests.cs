using Appliance.Cib;
using Appliance.Crm.Transition;

namespace Appliance.Crm.Tests.Transition;

public class A_result
{
    [TestCase("db_start_0@alpha", "", "fail-count-db#start_0 Infinity on alpha")]
    [TestCase("db_start_0@alpha", "failed-start-offset=1", "fail-count-db#start_0 OneMore on alpha")]
    [TestCase("db_stop_0@alpha", "failed-start-offset=1", "fail-count-db#stop_0 Infinity on alpha")]
    [TestCase("db_promote_0@alpha", "", "fail-count-db#promote_0 OneMore on alpha")]
    [TestCase("db_demote_0@alpha", "", "fail-count-db#demote_0 OneMore on alpha")]
    [TestCase("db_monitor_10000@alpha", "", "fail-count-db#monitor_10000 OneMore on alpha")]
    [TestCase("db:1_monitor_10000@alpha", "", "fail-count-db:1#monitor_10000 OneMore on alpha")]
    [TestCase("db_start_0@alpha | on_fail=ignore", "", "fail-count-db#start_0 None on alpha")]
    [TestCase("db_monitor_0@alpha | op_target_rc=7", "", null)]
    [TestCase("db_migrate_to_0@alpha", "", null)]
    [TestCase("db_migrate_from_0@alpha", "", null)]
    [TestCase("db_notify_0@alpha", "", null)]
    [TestCase("db_monitor_10000@alpha | task=cancel", "", null)]
    public void That_is_not_the_wanted_one_counts_by_its_operation(string action, string header, string? failure)
    {
        var stage = new Stage();
        stage.Begin(Stage.Graph(5, header, "1 " + action));
        Assert.That(stage.Answer(1, 1).Where(static l => l.StartsWith("fail", StringComparison.Ordinal)), failure is null ? Is.Empty : Is.EqualTo(new[] { failure }));
        if (failure is not null) Assert.That(stage.All.OfType<TransitionEffect.Failure>().Single().LastFailureName, Is.EqualTo(failure.Split(' ')[0].Replace("fail-count", "last-failure", StringComparison.Ordinal)));
    }

    [TestCase(190, 0)]
    [TestCase(191, 8)]
    [TestCase(7, 7)]
    public void That_is_degraded_is_good(int rc, int target)
    {
        var stage = new Stage();
        stage.Begin(5, $"1 db_monitor_10000@alpha | op_target_rc={target}");
        Assert.That(stage.Answer(1, rc), Is.EqualTo(new[] { "ended Done" }));
    }

    [Test]
    public void That_is_pending_is_none()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha");
        Assert.That(stage.Answer(1, -1, ExecutionStatus.Pending), Is.Empty);
        Assert.That(stage.Core.IsRunning);
    }

    [Test]
    public void That_could_not_be_attempted_is_held_against_nobody()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha");
        Assert.That(stage.Answer(1, 1, ExecutionStatus.Invalid), Is.EqualTo(new[] { "ended Restart (Event failed)", "policy 1 (Event failed)" }));
    }

    [Test]
    public void Counts_once_however_often_it_is_told()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 web_start_0@alpha");
        Assert.That(stage.Answer(1, 1), Has.Length.EqualTo(1));
        Assert.That(stage.Answer(1, 1), Is.Empty);
    }

    [TestCase("2:-1:0:whoever", "Unexpected event", "fail-count-db#monitor_0 OneMore on id-beta")]
    [TestCase("2:4:0:another", "Foreign event", null)]
    [TestCase("-1:5:0:" + Stage.Uuid, "Foreign event", null)]
    [TestCase("2:4:0:" + Stage.Uuid, "Old event", null)]
    [TestCase("99:5:0:" + Stage.Uuid, "Unknown event", null)]
    [TestCase("2:5:0:" + Stage.Uuid, "Unknown event", null)]
    [TestCase("2:5", "Bad event", null)]
    public void Of_nothing_that_is_under_way_ends_the_transition(string key, string reason, string? failure)
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 web_start_0@alpha <- 1");
        var lines = stage.Step(new TransitionInput.Answered(new("db_monitor_0", "id-beta", null, key, 9, 1, ExecutionStatus.Done)));
        Assert.That(lines, failure is null ? Is.Empty : Is.EqualTo(new[] { failure }), "a probe counts only when a person says that it failed");
        Assert.That(stage.Answer(1)[0], Is.EqualTo($"ended Restart ({reason})"));
    }

    [Test]
    public void Without_a_key_is_no_change()
    {
        var stage = new Stage();
        Assert.That(stage.Step(new TransitionInput.Answered(new("db_monitor_0", "id-beta", null, null, 9, 1, ExecutionStatus.Done))), Is.Empty);
    }

    [Test]
    public void Of_a_recurring_operation_that_began_long_ago_ends_the_transition_and_counts()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_monitor_10000@alpha");
        stage.Answer(1);
        stage.Begin(6, "1 web_start_0@alpha", "2 log_start_0@alpha <- 1");
        var news = new OperationResult("db_monitor_10000", "id-alpha", "alpha", "1:5:0:" + Stage.Uuid, 9, 7, ExecutionStatus.Done);
        Assert.That(stage.Step(new TransitionInput.Answered(news)), Is.EqualTo(new[] { "fail-count-db#monitor_10000 OneMore on alpha" }));
        Assert.That(stage.Answer(1)[0], Is.EqualTo("ended Restart (Change in recurring result)"));
        Assert.That(stage.Step(new TransitionInput.Answered(news with { IsRefresh = true, CallId = 10 })), Is.EqualTo(new[] { "policy 2 (Change in recurring result)" }), "told again, it is no other failure");
    }
}

public class A_cancellation
{
    private static Stage Ordered()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(6, "1 db_monitor_10000@alpha | task=cancel", "2 db_stop_0@alpha <- 1"), Is.EqualTo(new[] { "execute cancel of db_monitor_10000 on alpha" }));
        return stage;
    }

    [Test]
    public void Is_done_when_it_is_answered() => Assert.That(Ordered().Answer(1), Is.EqualTo(new[] { "execute db_stop_0 on alpha" }));

    [Test]
    public void Is_done_when_the_operation_goes_out_of_the_history() =>
        Assert.That(Ordered().Step(Removal("alpha", "db_monitor_10000")), Is.EqualTo(new[] { "execute db_stop_0 on alpha" }));

    [Test]
    public void Is_done_when_the_operation_says_so() =>
        Assert.That(Ordered().Step(new TransitionInput.Answered(new("db_monitor_10000", "id-alpha", "alpha", "1:3:0:" + Stage.Uuid, 9, 0, ExecutionStatus.Cancelled))), Is.EqualTo(new[] { "execute db_stop_0 on alpha" }));

    [TestCase("beta", "db_monitor_10000")]
    [TestCase("alpha", "web_monitor_10000")]
    public void Of_something_else_was_not_ordered(string node, string key)
    {
        var stage = Ordered();
        Assert.That(stage.Step(Removal(node, key)), Is.Empty);
        Assert.That(stage.Answer(1)[0], Is.EqualTo("ended Restart (Resource operation removal)"));
    }

    [Test]
    public void Of_nothing_is_no_news_from_a_recurring_operation()
    {
        var stage = Ordered();
        Assert.That(stage.Step(new TransitionInput.Answered(new("web_monitor_10000", "id-alpha", "alpha", "1:3:0:" + Stage.Uuid, 9, 0, ExecutionStatus.Cancelled))), Is.Empty);
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute db_stop_0 on alpha" }));
    }

    private static TransitionInput.Changed Removal(string node, string key) => new([new CibChange.Deleted(
        $"/cib/status/node_state[@id='id-{node}']/lrm[@id='id-{node}']/lrm_resources/lrm_resource[@id='db']/lrm_rsc_op[@id='{key}']", new CibElement("lrm_rsc_op").Set("id", key), null)]);
}

/// <summary>What the CIB's changes mean for a transition.</summary>
public class A_change
{
    private const string Cib = """
        <cib epoch="1"><configuration><crm_config/><nodes/><resources><primitive id="a"/><primitive id="b"/></resources><constraints/></configuration><status>
          <node_state id="id-alpha" uname="alpha" crmd="online"><lrm id="id-alpha"><lrm_resources><lrm_resource id="db">
            <lrm_rsc_op id="db_last_0" operation_key="db_stop_0" transition-key="1:4:0:KEY" call-id="3" rc-code="0" op-status="0" on_node="alpha"/>
          </lrm_resource></lrm_resources></lrm><transient_attributes id="id-alpha"><instance_attributes id="s"><nvpair id="n" name="x" value="1"/></instance_attributes></transient_attributes></node_state>
          <node_state id="id-beta" uname="beta" crmd="online"/>
        </status></cib>
        """;

    /// <summary>The lines that come of the change from one text to the other, while a start of db on alpha (action 1) and another action are under way.</summary>
    private static string[] Change(Stage stage, Action<CibElement> change)
    {
        var before = CibElement.Parse(Cib.Replace("KEY", Stage.Uuid, StringComparison.Ordinal), "before");
        var after = before.Clone();
        change(after);
        return stage.Step(new TransitionInput.Changed(CibDiff.Between(before, after)));
    }

    private static Stage Running()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 web_start_0@beta", "3 !fence@beta | stonith_action=off down=id-beta", "4 log_start_0@beta <- 2");
        return stage;
    }

    private static CibElement Find(CibElement cib, string name, string? id = null) => cib.Descendants(name).First(e => id is null || e.Id == id);

    [Test]
    public void That_is_a_result_is_judged()
    {
        var stage = Running();
        Assert.That(Change(stage, c => Find(c, "lrm_rsc_op").Set("operation_key", "db_start_0").Set("transition-key", "1:5:0:" + Stage.Uuid).Set("call-id", "4").Set("rc-code", "1")),
            Is.EqualTo(new[] { "fail-count-db#start_0 Infinity on alpha" }));
    }

    [Test]
    public void That_is_two_entries_of_one_result_counts_once()
    {
        var stage = Running();
        var lines = Change(stage, c =>
        {
            var history = Find(c, "lrm_resource");
            foreach (var id in new[] { "db_last_failure_0", "db_last_0" })
            {
                history.RemoveAll(e => e.Id == id);
                history.Add("lrm_rsc_op").Set("id", id).Set("operation_key", "db_asyncmon_0").Set("transition-key", "0:-1:0:x").Set("call-id", "7").Set("rc-code", "1").Set("op-status", "0").Set("on_node", "alpha");
            }
        });
        Assert.That(lines, Is.EqualTo(new[] { "fail-count-db#asyncmon_0 OneMore on alpha" }));
    }

    private static IEnumerable<TestCaseData> Reasons()
    {
        static TestCaseData Case(string reason, Action<CibElement> change) => new TestCaseData(reason, change).SetArgDisplayNames(reason);
        yield return Case("Configuration change", c => Find(c, "resources").Add("primitive").Set("id", "c"));
        yield return Case("Configuration change", c => Find(c, "primitive", "a").Set("class", "lsb"));
        yield return Case("Configuration change", c => Find(c, "primitive", "a").Remove());
        yield return Case("Configuration change", c => Find(c, "resources").Reorder([Find(c, "primitive", "b"), Find(c, "primitive", "a")]));
        yield return Case("Ticket attribute change", c => Find(c, "status").Add("tickets").Add("ticket_state").Set("id", "t"));
        yield return Case("Transient attribute change", c => Find(c, "nvpair").Set("value", "2"));
        yield return Case("Transient attribute change", c => Find(c, "node_state", "id-beta").Add("transient_attributes").Set("id", "id-beta"));
        yield return Case("Transient attribute change", c => Find(c, "transient_attributes").Remove());
        yield return Case("Resource state removal", c => Find(c, "lrm_resource").Remove());
        yield return Case("Resource state removal", c => Find(c, "lrm").Remove());
        yield return Case("Node state removal", c => Find(c, "node_state", "id-alpha").Remove());
        yield return Case("Resource operation removal", c => Find(c, "lrm_rsc_op").Remove());
        yield return Case("Shutdown lock cleared", c => Find(c, "lrm_resource").Set("shutdown-lock", "0"));
        yield return Case("Old event", c => Find(c, "lrm_rsc_op").Set("call-id", "9"));
    }

    [TestCaseSource(nameof(Reasons))]
    public void Of_what_the_plan_was_made_from_ends_it(string reason, Action<CibElement> change)
    {
        var stage = Running();
        Assert.That(Change(stage, change), Is.Empty);
        stage.Answer(1);
        stage.Fenced(3);
        Assert.That(stage.Answer(2)[0], Is.EqualTo($"ended Restart ({reason})"));
    }

    private static IEnumerable<TestCaseData> Harmless()
    {
        static TestCaseData Case(string name, Action<CibElement> change) => new TestCaseData(change).SetArgDisplayNames(name);
        yield return Case("a version", c => c.Set("epoch", "2"));
        yield return Case("a node's state", c => Find(c, "node_state", "id-beta").Set("crmd", "offline"));
        yield return Case("a comment", c => Find(c, "status").Add(CibElement.Comment("hello")));
        yield return Case("the state of a node that is being fenced", c => Find(c, "node_state", "id-beta").Remove());
        yield return Case("an operation that began", c => Find(c, "lrm_resource").Add("lrm_rsc_op").Set("id", "x").Set("op-status", "-1").Set("transition-key", "1:5:0:" + Stage.Uuid));
    }

    [TestCaseSource(nameof(Harmless))]
    public void Of_anything_else_does_not(Action<CibElement> change)
    {
        var stage = Running();
        Assert.That(Change(stage, change), Is.Empty);
        stage.Answer(1);
        stage.Fenced(3);
        Assert.That(stage.Answer(2), Is.EqualTo(new[] { "execute log_start_0 on beta" }));
    }

    [Test]
    public void That_is_a_nodes_whole_history_is_one_question_when_nothing_is_under_way()
    {
        static void Tell(CibElement c)
        {
            var list = Find(c, "node_state", "id-beta").Add("lrm").Set("id", "id-beta").Add("lrm_resources");
            foreach (var id in new[] { "x", "db" })
                list.Add("lrm_resource").Set("id", id).Add("lrm_rsc_op").Set("id", id + "_last_0").Set("operation_key", id + "_start_0").Set("transition-key", "1:5:0:" + Stage.Uuid)
                    .Set("rc-code", "1").Set("op-status", "0").Set("on_node", "beta");
        }
        Assert.That(Change(new Stage(), Tell), Is.EqualTo(new[] { "policy 1 (History refresh)" }));
        Assert.That(Change(Running(), Tell), Has.Length.EqualTo(1), "otherwise somebody waits for what is in it");
    }
}
