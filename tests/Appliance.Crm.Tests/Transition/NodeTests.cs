using Appliance.Cib;
using Appliance.Crm.Transition;
using Appliance.Policy.Graph;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Transition;

public class A_fencing_in_a_transition
{
    private static readonly string[] Plan = ["1 !stonith@beta | stonith_action=reboot priority_fencing_delay=15 down=id-beta", "2 #stonith-done <- 1", "3 db_start_0@alpha <- 2"];

    [Test]
    public void Lets_a_takeover_begin_when_it_is_proven()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, Plan), Is.EqualTo(new[] { "fence beta reboot" }));
        var order = stage.All.OfType<TransitionEffect.Fence>().Single();
        Assert.That((order.Timeout, order.Delay, order.Key.ToString()), Is.EqualTo((TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(15), $"1:5:0:{Stage.Uuid}")));
        Assert.That(stage.Fenced(1), Is.EqualTo(new[] { "down beta", "execute db_start_0 on alpha" }));
        Assert.That(stage.Fenced(1), Is.Empty, "told twice, it counts once");
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Done" }));
    }

    [Test]
    public void Is_waited_for_as_long_as_the_fencer_takes()
    {
        var stage = new Stage();
        stage.Begin(5, Plan);
        Assert.That(stage.Wait(TimeSpan.FromDays(1)), Is.Empty);
    }

    [TestCase(FencingOutcome.Failed, "ended Restart (Stonith failed)")]
    [TestCase(FencingOutcome.TimedOut, "ended Restart (Stonith failed)")]
    [TestCase(FencingOutcome.NoDevice, "ended Wait (Stonith failed)")]
    public void That_fails_lets_nothing_begin(FencingOutcome outcome, string end)
    {
        var stage = new Stage();
        stage.Begin(5, Plan);
        Assert.That(stage.Fenced(1, outcome)[0], Is.EqualTo(end));
        Assert.That(stage.All.OfType<TransitionEffect.Execute>(), Is.Empty);
    }

    private static string Attempt(Stage stage, int transition, string target = "beta")
    {
        stage.Begin(transition, $"1 !stonith@{target} | stonith_action=off");
        return stage.Fenced(1, FencingOutcome.Failed)[0];
    }

    [Test]
    public void Is_given_up_after_as_many_failures_as_are_configured()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(3, 2));
        Assert.That(Attempt(stage, 1), Does.StartWith("ended Restart"));
        Assert.That(Attempt(stage, 2), Does.StartWith("ended Restart"));
        Assert.That(Attempt(stage, 3), Does.StartWith("ended Wait"));
        Assert.That(Attempt(stage, 4, "gamma"), Does.StartWith("ended Restart"), "every node is counted for itself");
        Assert.That(Attempt(stage, 5), Does.StartWith("ended Wait"));
        stage.Step(new TransitionInput.Forgotten("beta"));
        Assert.That(Attempt(stage, 6), Does.StartWith("ended Restart"));
    }

    [Test]
    public void Is_given_up_after_ten_failures_when_nothing_is_configured()
    {
        var stage = new Stage();
        for (var i = 1; i < 10; i++) Assert.That(Attempt(stage, i), Does.StartWith("ended Restart"));
        Assert.That(Attempt(stage, 10), Does.StartWith("ended Wait"));
    }

    [Test]
    public void That_succeeds_makes_the_earlier_failures_forgotten()
    {
        var stage = new Stage();
        stage.Step(new TransitionInput.Configured(2, 2));
        Attempt(stage, 1);
        stage.Begin(2, "1 !stonith@beta | stonith_action=off");
        stage.Fenced(1);
        Assert.That(Attempt(stage, 3), Does.StartWith("ended Restart"));
        Assert.That(Attempt(stage, 4), Does.StartWith("ended Wait"));
    }

    [Test]
    public void Failed_elsewhere_counts_for_whoever_may_come_to_decide()
    {
        var stage = new Stage(active: false);
        stage.Step(new TransitionInput.Configured(2, 2));
        stage.Step(new TransitionInput.FencingHeard("beta", null, false, false, false));
        stage.Step(new TransitionInput.TakeOver());
        stage.Step(new TransitionInput.FencingHeard("gamma", null, false, false, false));
        Assert.That(Attempt(stage, 1), Does.StartWith("ended Wait"));
        Assert.That(Attempt(stage, 2, "gamma"), Does.StartWith("ended Restart"), "a person's attempts use up none of ours");
    }

    [Test]
    public void That_somebody_else_ordered_ends_the_plan()
    {
        var stage = new Stage();
        Assert.That(stage.Step(new TransitionInput.FencingHeard("beta", "id-beta", false, true, false)), Is.EqualTo(new[] { "down beta", "policy 1 (External Fencing Operation)" }));
        Assert.That(stage.Step(new TransitionInput.FencingHeard("beta", "id-beta", false, true, true)), Is.Empty, "ours is told as ours");
        Assert.That(stage.Step(new TransitionInput.FencingHeard("beta", "id-beta", true, true, false)), Is.Empty);
    }

    [Test]
    public void That_turns_a_node_on_leaves_its_digests()
    {
        var stage = new Stage();
        stage.Begin(5, "1 !stonith@beta | stonith_action=on digests_all=ipmi:fence_ipmi:abc,");
        Assert.That(stage.Fenced(1), Is.EqualTo(new[] { "unfenced beta", "ended Done" }));
        Assert.That(stage.All.OfType<TransitionEffect.NodeIsUnfenced>().Single(), Is.EqualTo(new TransitionEffect.NodeIsUnfenced("beta", "id-beta", "ipmi:fence_ipmi:abc,", null)));
    }

    [Test]
    public void Without_a_fencer_is_lost()
    {
        var stage = new Stage();
        stage.Begin(5, [.. Plan, "4 web_start_0@alpha"]);
        Assert.That(stage.Step(new TransitionInput.FencerLost()), Is.Empty);
        Assert.That(stage.Answer(4)[0], Is.EqualTo("ended Restart (Stonith failed)"));
    }
}

public class A_node_that_follows_anew
{
    [Test]
    public void Answers_no_order_that_it_has_passed_over()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@beta", "2 db_start_0@alpha <- 1", "3 web_stop_0@alpha");
        Assert.That(stage.Step(new TransitionInput.NodeFollows("beta", "id-beta")), Is.Empty, "another order is under way");
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Restart (Node follows anew)", "policy 1 (Node follows anew)" }));
    }

    [Test]
    public void Which_was_ordered_nothing_is_no_reason_to_begin_again()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_stop_0@alpha", "2 db_start_0@beta <- 1");
        Assert.That(stage.Step(new TransitionInput.NodeFollows("beta", "id-beta")), Is.Empty);
        Assert.That(stage.Answer(1), Is.EqualTo(new[] { "execute db_start_0 on beta" }));
    }
}

public class A_lost_node
{
    [Test]
    public void Takes_its_actions_with_it()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@beta", "2 db_monitor_10000@beta <- 1", "3 web_stop_0@alpha", "4 web_start_0@beta <- 3", "5 log_start_0@remote/beta", "6 log_start_0@alpha <- 1");
        Assert.That(stage.Lose("beta"), Is.Empty);
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Restart (Node failure)", "policy 1 (Node failure)" }), "neither the router's nor the node's own are waited for");
        Assert.That(stage.Core.ProgressLine, Is.EqualTo("Transition 5 (Complete=1, Pending=0, Fired=0, Skipped=4, Incomplete=1, Source=pe-input-7.bz2): Stopped"));
    }

    [Test]
    public void That_nobody_expected_to_go_is_a_question() => Assert.That(new Stage().Lose("beta"), Is.EqualTo(new[] { "policy 1 (Node failure)" }));

    [Test]
    public void That_was_told_to_stop_is_no_news_even_after_the_end()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, "1 db_stop_0@beta", "2 !shutdown@beta <- 1 | op_no_wait=true down=id-beta", "3 db_start_0@alpha <- 1"), Is.EqualTo(new[] { "execute db_stop_0 on beta" }));
        Assert.That(stage.Answer(1), Is.EquivalentTo(new[] { "shut down beta", "execute db_start_0 on alpha" }));
        Assert.That(stage.Lose("beta"), Is.Empty);
        Assert.That(stage.Answer(3), Is.EqualTo(new[] { "ended Done" }));
        Assert.That(stage.Lose("beta"), Is.Empty);
        Assert.That(stage.Lose("gamma"), Has.Length.EqualTo(1));
    }

    [Test]
    public void That_is_being_fenced_is_no_news_but_its_answers_will_not_come()
    {
        var stage = new Stage();
        stage.Begin(5, "1 !stonith@beta | stonith_action=off down=id-beta", "2 db_start_0@alpha <- 1");
        Assert.That(stage.Lose("beta"), Is.Empty);
        Assert.That(stage.Fenced(1), Does.Contain("execute db_start_0 on alpha"));

        stage = new Stage();
        stage.Begin(5, "1 !stonith@beta | stonith_action=off down=id-beta", "2 db_start_0@alpha <- 1", "3 web_stop_0@beta");
        stage.Lose("beta");
        Assert.That(stage.Fenced(1), Is.EqualTo(new[] { "down beta", "ended Restart (Node failure)", "policy 1 (Node failure)" }));
    }

    [Test]
    public void That_is_used_again_after_its_reboot_keeps_what_it_is_to_do_then()
    {
        var stage = new Stage();
        stage.Begin(5, "1 !stonith@remote | stonith_action=reboot down=id-remote", "2 remote_start_0@alpha <- 1", "3 db_start_0@remote/alpha <- 2");
        stage.Lose("remote");
        stage.Fenced(1);
        Assert.That(stage.Answer(2), Is.EqualTo(new[] { "execute db_start_0 on remote by alpha" }));
    }

    [Test]
    public void Whose_fencing_failed_is_a_question()
    {
        var stage = new Stage();
        stage.Begin(5, "1 !stonith@beta | stonith_action=off down=id-beta");
        stage.Fenced(1, FencingOutcome.NoDevice);
        Assert.That(stage.Lose("beta"), Is.EqualTo(new[] { "policy 1 (Node failure)" }));
    }

    [Test]
    public void Whose_answer_comes_after_all_counts_what_it_says()
    {
        var stage = new Stage();
        stage.Begin(5, "1 db_start_0@beta", "2 web_start_0@alpha");
        stage.Lose("beta");
        Assert.That(stage.Answer(1, 1), Is.EqualTo(new[] { "fail-count-db#start_0 Infinity on beta" }));
        Assert.That(stage.Answer(2)[0], Is.EqualTo("ended Restart (Node failure)"));
    }
}

public class An_action_on_the_cluster
{
    [Test]
    public void That_stops_this_node_comes_when_everything_else_is_done()
    {
        var stage = new Stage("alpha");
        Assert.That(stage.Begin(5, "1 !shutdown@ALPHA | op_no_wait=true", "2 db_start_0@beta"), Is.EqualTo(new[] { "execute db_start_0 on beta" }));
        Assert.That(stage.Answer(2), Is.EqualTo(new[] { "ended Shutdown (local shutdown)" }));
    }

    [Test]
    public void Clears_failures_without_waiting()
    {
        Assert.That(new Stage().Begin(5, "1 !db_clear_failcount@beta | op_no_wait=true", "2 db_start_0@beta <- 1"), Is.EqualTo(new[] { "clear failures of db on beta", "execute db_start_0 on beta" }));
    }

    [Test]
    public void Deletes_a_history_and_waits()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, "1 !db_lrm_delete@beta", "2 db_start_0@beta <- 1"), Is.EqualTo(new[] { "delete history of db on beta" }));
        Assert.That(stage.Core.NextDeadline.Ticks, Is.EqualTo(TimeSpan.FromMinutes(2).Ticks));
        Assert.That(stage.Deleted(1), Is.EqualTo(new[] { "execute db_start_0 on beta" }));
        Assert.That(stage.Deleted(1), Is.Empty);
    }

    [Test]
    public void Tells_what_pseudo_events_carry()
    {
        var graph = Stage.Graph(5, "", "1 #maintenance_nodes", "2 #stonith@guest | down=guest");
        var maintenance = graph.Descendants("pseudo_event").First().Add("maintenance");
        maintenance.Add("node").Set("id", "r1").Set("node_in_maintenance", "1");
        maintenance.Add("node").Set("id", "r2").Set("node_in_maintenance", "0");
        Assert.That(new Stage().Begin(graph), Is.EqualTo(new[] { "maintenance r1 True", "maintenance r2 False", "down guest", "ended Done" }));
    }

    [Test]
    public void That_nobody_answers_is_done_at_once()
    {
        var stage = new Stage();
        Assert.That(stage.Begin(5, "1 db_notify_0@beta | op_no_wait=true", "2 db_start_0@beta <- 1"), Is.EqualTo(new[] { "execute db_notify_0 on beta", "execute db_start_0 on beta" }));
        Assert.That(stage.All.OfType<TransitionEffect.Execute>().First().Awaited, Is.False);
    }
}

public class The_inputs_of_the_policy_engine
{
    private static string? None(string option) => null;

    private static CibElement Cib(int n) => new CibElement("cib").Set("num_updates", $"{n}");

    [Test]
    public void Are_kept_in_three_series()
    {
        var files = new PolicyInputFiles();
        files.Remember(PolicyVerdict.Fine, "17\n");
        files.Remember(PolicyVerdict.Warning, "nonsense");
        Assert.That(files.Keep(Cib(1), PolicyVerdict.Fine, None, 1_700_000_000), Is.EqualTo(new KeptInput("pe-input-17.bz2", null!, "pe-input.last", "18")).Using<KeptInput>(Same));
        Assert.That(files.Source, Is.EqualTo("pe-input-17.bz2"));
        Assert.That(files.Keep(Cib(2), PolicyVerdict.Warning, None, 1)!.FileName, Is.EqualTo("pe-warn-0.bz2"));
        Assert.That(files.Keep(Cib(3), PolicyVerdict.Error, None, 1)!.FileName, Is.EqualTo("pe-error-0.bz2"));
        Assert.That(files.Keep(Cib(4), PolicyVerdict.Fine, None, 1)!.FileName, Is.EqualTo("pe-input-18.bz2"));
        static bool Same(KeptInput a, KeptInput b) => a with { Document = null! } == b with { Document = null! };
    }

    [Test]
    public void Carry_the_instant_of_the_run()
    {
        var cib = Cib(1);
        Assert.That(new PolicyInputFiles().Keep(cib, PolicyVerdict.Fine, None, 1_700_000_000)!.Document["execution-date"], Is.EqualTo("1700000000"));
        Assert.That(cib["execution-date"], Is.Null, "the CIB is only read");
    }

    [TestCase("3", 3, "pe-input-0.raw")]
    [TestCase("1", 2, "pe-input-0.raw")]
    [TestCase("-1", 3, "pe-input-3.raw")]
    [TestCase(null, 4000, "pe-input-0.raw")]
    public void Begin_again_when_the_series_is_full(string? size, int before, string expected)
    {
        var files = new PolicyInputFiles("raw");
        for (var i = 0; i < before; i++) files.Keep(Cib(i), PolicyVerdict.Fine, o => o == "pe-input-series-max" ? size : "0", 1);
        Assert.That(files.Keep(Cib(-1), PolicyVerdict.Fine, o => o == "pe-input-series-max" ? size : "0", 1)!.FileName, Is.EqualTo(expected));
    }

    [Test]
    public void Are_not_kept_twice_nor_when_switched_off()
    {
        var files = new PolicyInputFiles();
        Assert.That(files.Keep(Cib(1), PolicyVerdict.Fine, _ => "0", 1), Is.Null);
        Assert.That(files.Source, Is.Empty);
        Assert.That(files.Keep(Cib(1), PolicyVerdict.Fine, None, 1)!.FileName, Is.EqualTo("pe-input-0.bz2"), "there is no file yet that could stand for it");
        Assert.That(files.Keep(Cib(1), PolicyVerdict.Fine, None, 2), Is.Null);
        Assert.That(files.Source, Is.EqualTo("pe-input-0.bz2"));
    }
}
