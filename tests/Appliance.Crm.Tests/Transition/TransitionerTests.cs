using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Transition;
using Appliance.Policy.Graph;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Transition;

public class A_transition
{
    private static readonly string[] Chain = ["1 db_stop_0@alpha", "2 #db_stopped_0 <- 1", "3 db_start_0@beta <- 2 | timeout=20000", "4 db_monitor_10000@beta <- 3"];

    [Test]
    public void Begins_an_action_when_everything_before_it_is_done()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, Chain), Is.EqualTo(new[] { "execute db_stop_0 on alpha" }));
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute db_start_0 on beta" }), "the pseudo-event between them is passed at once");
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "execute db_monitor_10000 on beta" }));
        Assert.That(stage.Core.IsRunning);
        Assert.That(stage.Answer(4), Is.EqualTo(new[] { "ended Done" }));
        Assert.That(stage.Core.IsRunning, Is.False);
    }

    [Test]
    public void Says_how_far_it_is_as_the_field_greps_for_it()
    {
        var stage = new Stage();
        stage.Begin(5, Chain);
        Assert.That(stage.Core.ProgressLine, Is.EqualTo("Transition 5 (Complete=0, Pending=1, Fired=0, Skipped=0, Incomplete=3, Source=pe-input-7.bz2): In progress"));
        stage.Answer(1);
        stage.Answer(3);
        stage.Answer(4);
        Assert.That(stage.Logs, Does.Contain("Notice: Transition 5 (Complete=4, Pending=0, Fired=0, Skipped=0, Incomplete=0, Source=pe-input-7.bz2): Complete"));
    }

    [Test]
    public void Sends_an_operation_with_all_that_the_node_needs()
    {
        var stage = new Stage();
        stage.Begin(5, "7 db_monitor_10000@remote/beta | timeout=20000 start_delay=500 interval=10000 op_target_rc=8 :port=5432 :crm_feature_set=3.20.5");
        var order = stage.All.OfType<TransitionEffect.Execute>().Single();
        Assert.That(order.Key.ToString(), Is.EqualTo($"7:5:8:{Stage.Uuid}"));
        Assert.That((order.Node, order.NodeId, order.Router, order.Resource, order.Task), Is.EqualTo(("remote", "id-remote", "beta", "db", "monitor")));
        Assert.That((order.Timeout, order.Interval), Is.EqualTo((TimeSpan.FromMilliseconds(20_500), TimeSpan.FromSeconds(10))), "the wait before the start is part of the time");
        Assert.That(order.Parameters, Is.EqualTo(new Dictionary<string, string> { ["port"] = "5432" }));
        Assert.That(order.Action["transition-key"], Is.EqualTo(order.Key.ToString()));
    }

    [TestCase("0:7:0:x", true)]
    [TestCase("3:-1:7:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", true)]
    [TestCase("3:4:0", false)]
    [TestCase("3:4:0:", false)]
    [TestCase("three:4:0:x", false)]
    [TestCase("", false)]
    public void Knows_keys(string text, bool good) => Assert.That(TransitionKey.Parse(text)?.ToString(), good ? Is.EqualTo(text) : Is.Null);

    [Test]
    public void Writes_a_result_before_its_key() => Assert.That(new TransitionKey(9, 2, 7, "u").Magic(ExecutionStatus.TimedOut, 1), Is.EqualTo("2:1;9:2:7:u"));

    [Test]
    public void Does_nothing_after_a_failure_that_waits_for_it()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 web_start_0@alpha <- 1", "3 log_start_0@beta");
        Assert.That(stage.Answer(1, 1), Is.EqualTo(new[] { "fail-count-db#start_0 Infinity on alpha" }));
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Restart (Event failed)", "policy 1 (Event failed)" }), "what was under way is waited for");
        Assert.That(stage.Core.ProgressLine, Is.EqualTo("Transition 5 (Complete=2, Pending=0, Fired=0, Skipped=0, Incomplete=1, Source=pe-input-7.bz2): Complete"), "so says the field of what was aborted and never became ready");
    }

    [Test]
    public void Goes_on_after_a_failure_with_what_matters_more()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha | p=5", "2 web_start_0@beta <- 3 | p=6", "3 web_stop_0@alpha | p=5", "4 log_start_0@beta <- 3 | p=5");
        stage.Answer(1, 1);
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "execute web_start_0 on beta" }), "the abort's priority is the failed action's and one");
        Assert.That(stage.Answer(2)[0], Is.EqualTo("ended Restart (Event failed)"));
        Assert.That(stage.Core.ProgressLine, Does.Contain("Complete=3, Pending=0, Fired=0, Skipped=1, Incomplete=1,"));
    }

    [Test]
    public void Does_what_must_be_made_known_though_the_action_before_it_failed()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 db_post-notify_0@alpha <- 1 | p=1000000 task=notify", "3 web_start_0@alpha <- 1");
        Assert.That(stage.Answer(1, 1), Is.EqualTo(new[] { "fail-count-db#start_0 Infinity on alpha", "execute db_post-notify_0 on alpha" }));
        Assert.That(stage.Answer(2)[0], Is.EqualTo("ended Restart (Event failed)"));
    }

    [TestCase("can_fail=true")]
    [TestCase("on_fail=ignore")]
    public void Goes_on_after_a_failure_that_is_allowed(string meta)
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_monitor_10000@alpha | p=9 " + meta, "2 web_start_0@alpha <- 1 | p=10");
        Assert.That(stage.Answer(1, 7), Does.Contain("execute web_start_0 on alpha"));
    }

    [Test]
    public void Ends_when_something_in_it_waits_for_what_is_not_there()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, "1 db_start_0@alpha <- 99"), Is.EqualTo(new[] { "ended Done" }));
        Assert.That(stage.Core.ProgressLine, Does.EndWith("Incomplete=1, Source=pe-input-7.bz2): Terminated"));
        Assert.That(stage.Logs, Has.Some.EqualTo("Warn: Transition 5: action 1 (db_start_0 on alpha) waits for ever for 99 (not in the graph)"));
    }

    [Test]
    public void With_nothing_to_do_ends_at_once() => Assert.That(new Stage().Begin(5), Is.EqualTo(new[] { "ended Done" }));

    [TestCase("<transition_graph transition_id='1'/>", "cluster-delay=\"\" is no time span")]
    [TestCase("<transition_graph cluster-delay='60s'/>", "transition_id=\"\" is no number of a transition")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='-1'/>", "transition_id=\"-1\" is no number of a transition")]
    [TestCase("<graph cluster-delay='60s' transition_id='1'/>", "<graph> is no transition graph")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><rsc_op id='x'/></action_set></synapse></transition_graph>", "a rsc_op has no number (id=\"x\")")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse><action_set/></synapse></transition_graph>", "a synapse has no number (id=\"\")")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'/></transition_graph>", "synapse 0 has no action")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><op id='1'/></action_set></synapse></transition_graph>", "<op id=\"1\"> is no action")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><rsc_op id='1' operation='start' operation_key='a_start_0'/></action_set></synapse></transition_graph>", "rsc_op 1 has no node")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><rsc_op id='1' operation='start' operation_key='a_start_0' on_node='a' on_node_uuid='1'/></action_set></synapse></transition_graph>", "rsc_op 1 has no resource")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><crm_event id='1' operation='dance' on_node='a' on_node_uuid='1'/></action_set></synapse></transition_graph>", "crm_event 1 wants \"dance\", which is not known")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><crm_event id='1' operation='stonith' on_node='a' on_node_uuid='1'/></action_set></synapse></transition_graph>", "crm_event 1 has no stonith_action")]
    [TestCase("<transition_graph cluster-delay='60s' transition_id='1'><synapse id='0'><action_set><pseudo_event id='1' operation='x'/><pseudo_event id='1' operation='x'/></action_set></synapse></transition_graph>", "two actions have the number 1")]
    public void Is_refused_as_a_whole_when_its_graph_cannot_be_read(string graph, string problem)
    {
        var stage = new Stage();
        Assert.That(stage.Begin(CibElement.Parse(graph, "graph")), Is.EqualTo(new[] { "refused: " + problem }));
        Assert.That(stage.Core.IsRunning, Is.False);
        Assert.That(stage.Begin(1, "1 db_start_0@alpha"), Is.EqualTo(new[] { "execute db_start_0 on alpha" }), "the next one is not hindered");
    }

    [Test]
    public void Is_begun_by_the_answer_to_the_last_question_only()
    {
        var stage = new Stage();
        stage.Abort("Configuration change");
        var first = stage.Question;
        Assert.That(stage.Abort("Node join"), Is.EqualTo(new[] { "policy 2 (Node join)" }));
        var graph = Stage.Graph(1, "", "1 db_start_0@alpha");
        Assert.That(stage.Step(new TransitionInput.Begin(first, graph, "old")), Is.Empty, "the plan is older than what happened");
        Assert.That(stage.Step(new TransitionInput.Begin(2, graph, "new")), Is.EqualTo(new[] { "execute db_start_0 on alpha" }));
    }

    [Test]
    public void Is_not_begun_while_another_is_under_way()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@alpha", "2 web_start_0@alpha <- 1");
        Assert.That(stage.Begin(6, "3 log_start_0@alpha"), Is.Empty);
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "ended Restart (Transition active)", "policy 1 (Transition active)" }));
    }
}

public class An_aborted_transition
{
    [Test]
    public void Finishes_what_is_under_way_and_begins_nothing()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@alpha", "2 db_start_0@beta <- 1", "3 web_stop_0@alpha", "4 #done <- 1,3", "5 log_start_0@beta <- 4");
        Assert.That(stage.Abort("Configuration change"), Is.Empty);
        Assert.That(stage.Answer(1), Is.Empty);
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Restart (Configuration change)", "policy 1 (Configuration change)" }));
        Assert.That(stage.Core.ProgressLine, Is.EqualTo("Transition 5 (Complete=3, Pending=0, Fired=0, Skipped=2, Incomplete=2, Source=pe-input-7.bz2): Stopped"));
    }

    [TestCase(AfterTransition.Done, AfterTransition.Wait, "ended Wait (second)")]
    [TestCase(AfterTransition.Restart, AfterTransition.Wait, "ended Restart (second)")]
    [TestCase(AfterTransition.Restart, AfterTransition.Shutdown, "ended Shutdown (second)")]
    public void Is_followed_by_the_weightier_of_two_consequences(AfterTransition first, AfterTransition second, string expected)
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@alpha", "2 db_start_0@beta <- 1");
        stage.Abort("first", 10, first);
        stage.Abort("second", 20, second);
        stage.Abort("third", 20, AfterTransition.Done);
        Assert.That(stage.Answer(1)[0], Is.EqualTo(expected), "the reason is that of the highest priority");
    }

    [Test]
    public void Below_the_priority_of_an_action_still_begins_it()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@alpha", "2 db_start_0@beta <- 1 | p=100", "3 web_start_0@beta <- 1 | p=99");
        stage.Abort("a hundred", 100);
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute db_start_0 on beta" }));
        Assert.That(stage.Answer(2)[0], Is.EqualTo("ended Restart (a hundred)"));
    }

    [Test]
    public void While_nothing_is_under_way_is_a_question_to_the_policy_engine() => Assert.That(new Stage().Abort("Node join"), Is.EqualTo(new[] { "policy 1 (Node join)" }));

    [Test]
    public void That_is_to_wait_asks_nothing() => Assert.That(new Stage().Abort("Peer halt", next: AfterTransition.Wait), Is.Empty);

    [Test]
    public void On_a_node_that_does_not_decide_is_nothing() => Assert.That(new Stage(active: false).Abort("Node join"), Is.Empty);

    [Test]
    public void By_stepping_down_ends_at_once_and_unanswered()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@alpha", "2 db_start_0@beta <- 1", "3 !fence@beta | stonith_action=reboot");
        Assert.That(stage.Step(new TransitionInput.StepDown()), Is.EqualTo(new[] { "ended Done (stepping down)" }));
        Assert.That(stage.Core.NextDeadline, Is.EqualTo(Instant.Never));
        Assert.That(stage.Answer(1, 1), Is.Empty, "another node judges it now");
        Assert.That(stage.Fenced(3), Is.Empty);
        stage.Step(new TransitionInput.TakeOver());
        Assert.That(stage.Begin(6, "1 db_start_0@alpha"), Is.Empty, "a plan of the time before");
        Assert.That(stage.Answer(1, 1), Is.EqualTo(new[] { "policy 2 (Old event)", "fail-count-db#stop_0 Infinity on alpha" }), "and so do we, when we decide again");
    }
}

public class A_limit
{
    private static readonly string[] Four = ["1 a_start_0@alpha", "2 b_start_0@alpha", "3 c_start_0@beta | p=7", "4 d_start_0@beta"];

    [Test]
    public void Of_the_batch_keeps_the_rest_waiting_and_the_weightier_go_first()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(Stage.Graph(5, "batch-limit=2", Four)), Is.EqualTo(new[] { "execute c_start_0 on beta", "execute a_start_0 on alpha" }));
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute b_start_0 on alpha" }));
        Assert.That(stage.Answer(2), Is.EqualTo(new[] { "execute d_start_0 on beta" }));
        stage.Answer(3);
        Assert.That(stage.Answer(4), Is.EqualTo(new[] { "ended Done" }));
    }

    [TestCase(LoadLevel.Negligible, 4)]
    [TestCase(LoadLevel.Low, 2)]
    [TestCase(LoadLevel.Medium, 1)]
    [TestCase(LoadLevel.High, 1)]
    public void Of_a_node_depends_on_its_load(LoadLevel level, int expected)
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Members(8));
        stage.Step(new TransitionInput.Load("alpha", level, 4));
        Assert.That(stage.Begin(5, "1 a_start_0@alpha", "2 b_start_0@alpha", "3 c_start_0@alpha", "4 d_start_0@alpha", "5 e_start_0@alpha"), Has.Length.EqualTo(expected));
    }

    [Test]
    public void Of_a_node_that_said_nothing_is_half_of_what_is_configured()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(10, 6));
        Assert.That(stage.Begin(5, "1 a_start_0@alpha", "2 b_start_0@alpha", "3 c_start_0@alpha", "4 d_start_0@alpha"), Has.Length.EqualTo(3));
    }

    [TestCase("0", LoadLevel.Extreme, 8, 2)]
    [TestCase("0", LoadLevel.High, 8, 4)]
    [TestCase("0", LoadLevel.High, 1, 1)]
    [TestCase("3", LoadLevel.High, 8, 3)]
    [TestCase("-1", LoadLevel.High, 8, 6)]
    public void Of_the_whole_follows_from_a_node_that_is_hardly_able(string batch, LoadLevel level, int members, int expected)
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Members(members));
        stage.Step(new TransitionInput.Load("omega", level, 4));
        Assert.That(stage.Begin(Stage.Graph(5, "batch-limit=" + batch, "1 a_start_0@n1", "2 a_start_0@n2", "3 a_start_0@n3", "4 a_start_0@n4", "5 a_start_0@n5", "6 a_start_0@n6")), Has.Length.EqualTo(expected));
    }

    [Test]
    public void Counts_what_a_remote_node_does_with_its_router()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(10, 4));
        Assert.That(stage.Begin(5, "1 a_start_0@r1/beta", "2 b_start_0@r2/beta", "3 c_start_0@beta"), Is.EqualTo(new[] { "execute a_start_0 on r1 by beta", "execute b_start_0 on r2 by beta" }));
    }

    [Test]
    public void Of_migrations_counts_both_ends()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(10, 20));
        Assert.That(stage.Begin(Stage.Graph(5, "migration-limit=1", "1 a_migrate_to_0@alpha | migrate_source=alpha migrate_target=beta", "2 b_migrate_to_0@gamma | migrate_source=gamma migrate_target=beta",
            "3 c_start_0@beta")), Is.EqualTo(new[] { "execute a_migrate_to_0 on alpha", "execute c_start_0 on beta" }), "beta takes part in one; other work is not hindered");
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute b_migrate_to_0 on gamma" }));
    }

    [Test]
    public void Does_not_hold_back_pseudo_events_and_fencing()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(10, 2));
        Assert.That(stage.Begin(5, "1 a_start_0@alpha", "2 !fence@beta | stonith_action=off", "3 !fence@gamma | stonith_action=off", "4 #x", "5 a_start_0@delta <- 4"), Has.Length.EqualTo(4));
    }
}

public class An_answer_that_does_not_come
{
    [Test]
    public void Is_waited_for_its_timeout_and_the_clusters_delay()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@remote/beta | timeout=20000 start_delay=1000", "2 web_start_0@beta <- 1");
        Assert.That(stage.Core.NextDeadline, Is.EqualTo(new Instant(TimeSpan.FromSeconds(81).Ticks)));
        Assert.That(stage.Wait(TimeSpan.FromSeconds(81) - TimeSpan.FromTicks(1)), Is.Empty);
        Assert.That(stage.Wait(TimeSpan.FromTicks(1)), Is.EqualTo(new[]
        {
            "record loss of 1 on remote", "fail-count-db#start_0 Infinity on remote", "ended Restart (Action lost)", "policy 1 (Action lost)",
        }));
        Assert.That(stage.All.OfType<TransitionEffect.RecordLost>().Single().Reason, Is.EqualTo("beta did not return a result in time"));
        Assert.That(stage.Core.NextDeadline, Is.EqualTo(Instant.Never));
    }

    [Test]
    public void Without_a_timeout_is_waited_for_twice_the_delay()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@beta");
        Assert.That(stage.Core.NextDeadline, Is.EqualTo(new Instant(TimeSpan.FromSeconds(120).Ticks)));
    }

    [Test]
    public void Counts_once_even_if_it_comes_late_and_is_bad()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@beta");
        stage.Wait(TimeSpan.FromMinutes(2));
        var ours = stage.Result(1, 1, ExecutionStatus.TimedOut) with { CallId = -1 };
        Assert.That(stage.Step(new TransitionInput.Answered(ours)), Is.Empty, "what we recorded ourselves is no news");
        Assert.That(stage.Answer(1, 1), Is.EqualTo(new[] { "policy 2 (Inactive graph)" }));
        stage.Begin(6, "1 db_start_0@beta");
        stage.Abort("x");
        Assert.That(stage.Step(new TransitionInput.Answered(ours with { CallId = 4 })), Is.Empty, "nor in the next transition");
    }

    [Test]
    public void Counts_for_an_instance_without_its_number()
    {
        var graph = Stage.Graph(5, "", "1 ping:0_start_0@beta");
        graph.Descendants("primitive").Single().Set("id", "ping").Set("long-id", "ping:0");
        var stage = new Stage();
        stage.Begin(graph);
        Assert.That(stage.Wait(TimeSpan.FromMinutes(2)), Does.Contain("fail-count-ping#start_0 Infinity on beta"));
    }

    [TestCase("1 db_monitor_10000@beta | task=cancel")]
    [TestCase("1 db_delete_0@beta")]
    [TestCase("1 db_post_notify_start_0@beta | task=notify")]
    public void Of_what_leaves_no_history_is_not_recorded(string action)
    {
        var stage = new Stage();
        stage.Begin(5, action);
        Assert.That(stage.Wait(TimeSpan.FromMinutes(2)), Is.EqualTo(new[] { "ended Restart (Action lost)", "policy 1 (Action lost)" }));
    }

    [Test]
    public void Gives_its_place_on_the_node_to_another()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(10, 2));
        stage.Begin(5, "1 a_start_0@beta | timeout=1000 p=1000000", "2 b_start_0@beta | p=1000000");
        Assert.That(stage.Core.Pending.Single().Id, Is.EqualTo(1));
        Assert.That(stage.Wait(TimeSpan.FromSeconds(61)), Does.Contain("execute b_start_0 on beta"), "what must be made known still is");
    }
}
