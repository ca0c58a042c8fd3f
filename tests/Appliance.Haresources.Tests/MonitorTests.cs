using Appliance.Configuration;
using Appliance.Core.Resources;
using static Appliance.Haresources.Tests.Cluster;

namespace Appliance.Haresources.Tests;

/// <summary>First restart, then move: <c>monitor</c> on a pair. Group ip1 web is alpha's, ip2 is beta's.</summary>
public class A_monitored_pair
{
    private static readonly string[] OfAlpha = ["ip1", "web"], OfBeta = ["ip2"], Everything = ["ip1", "ip2", "web"];
    private static readonly MonitorSpec Rule = new(10 * Second, 1, 3600 * Second, 20 * Second);

    private static Cluster Running(MonitorSpec? rule = null, AutoFailback failback = AutoFailback.On, bool betaOurs = true)
    {
        var cluster = new Cluster(failback, betaOurs: betaOurs, change: c => c with { Monitor = rule ?? Rule });
        cluster.Both();
        cluster.Run((betaOurs || failback == AutoFailback.Legacy ? 1 : 12) * Second);
        Expect(cluster, OfAlpha, OfBeta);
        cluster.Alpha.Calls.Clear();
        cluster.Beta.Calls.Clear();
        return cluster;
    }

    private static void Expect(Cluster cluster, string[] alpha, string[] beta)
    {
        Assert.That(cluster.Alpha.Running, Is.EqualTo(alpha), Story(cluster));
        Assert.That(cluster.Beta.Running, Is.EqualTo(beta), Story(cluster));
    }

    private static string Story(Cluster cluster) => string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log).Concat(["--- beta"]).Concat(cluster.Beta.Said).Concat(["---"]).Concat(cluster.Beta.Log));

    private static GroupReport Group(Machine machine, string key) => machine.Report.Groups.Single(g => g.Key == key);

    // Questions.

    [Test]
    public void Asks_nothing_without_the_directive()
    {
        var cluster = new Cluster();
        cluster.Both();
        cluster.Run(300 * Second);
        Assert.That(cluster.Alpha.Asked.Concat(cluster.Beta.Asked), Is.Empty);
        Assert.That(Group(cluster.Alpha, "ip1").Monitor, Is.Null);
    }

    [Test]
    public void Asks_each_resource_from_left_to_right_at_a_fixed_phase()
    {
        var cluster = Running();
        cluster.Run(30 * Second);
        Assert.That(cluster.Alpha.Asked, Is.EqualTo(new[] { "10 ip1", "10 web", "20 ip1", "20 web", "30 ip1", "30 web" }));
        Assert.That(cluster.Beta.Asked, Is.EqualTo(new[] { "10 ip2", "20 ip2", "30 ip2" }));
    }

    [Test]
    public void Keeps_its_phase_and_makes_up_for_nothing_when_an_answer_is_late()
    {
        var cluster = Running();
        cluster.Alpha.StatusWaits.Add("web");
        cluster.Run(34 * Second);
        cluster.Alpha.StatusWaits.Clear();
        cluster.Alpha.Answer(OperationOutcome.Ok);
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Asked, Is.EqualTo(new[] { "10 ip1", "10 web", "40 ip1", "40 web" }), "one question at a time, and no burst after it");
    }

    [Test]
    public void Ends_a_question_before_anything_else_is_done_with_its_group()
    {
        var cluster = Running();
        cluster.Alpha.StatusWaits.Add("web");
        cluster.Run(10 * Second);
        cluster.Alpha.Standby("local");
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Cancelled, Is.EqualTo(new[] { "web" }));
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "stop ip1" }), "the cut-off answer is no failure");
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Holds_nothing_up_with_its_questions()
    {
        var cluster = Running();
        cluster.Alpha.StatusWaits.Add("ip1");
        cluster.Run(10 * Second);
        cluster.Alpha.Do(new ResourceManagerInput.RestartRequested());
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Stopped, Is.True, "a restart in place waits for activity, and a question is none");
    }

    [Test]
    public void Goes_on_watching_what_it_was_given_and_ran_already()
    {
        var cluster = Running(failback: AutoFailback.Off);
        cluster.Alpha.Standby("local");
        cluster.Run(Second);
        cluster.Alpha.Standby("all");
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        cluster.Beta.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, [], Everything);
    }

    // Restart in place.

    [Test]
    public void Restarts_what_failed_and_what_stands_to_the_right_of_it()
    {
        var cluster = Running();
        cluster.Alpha.Loses("ip1");
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "stop ip1", "start ip1", "start web" }));
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void Leaves_alone_what_stands_to_the_left()
    {
        var cluster = Running();
        var since = Group(cluster.Alpha, "ip1").HeldFor;
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "start web" }));
        Assert.That(Group(cluster.Alpha, "ip1").HeldFor, Is.EqualTo(since + 10 * Second), "it is held all the time");
        var report = Group(cluster.Alpha, "ip1").Monitor!;
        Assert.That((report.Failures, report.RestartsLeft, report.Spent), Is.EqualTo((1, 0, false)));
    }

    [Test]
    public void Believes_a_status_that_fails_at_once()
    {
        var cluster = Running();
        cluster.Run(5 * Second);
        cluster.Alpha.StatusFails.Add("web");
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web" }).Or.EqualTo(new[] { "stop web", "start web" }));
    }

    [Test]
    public void Believes_silence_only_twice_in_a_row()
    {
        var cluster = Running();
        cluster.Alpha.StatusHangs.Add("web");
        cluster.Run(10 * Second);
        cluster.Alpha.StatusHangs.Clear();
        cluster.Run(10 * Second);
        cluster.Alpha.StatusHangs.Add("web");
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Calls.Take(2), Is.EqualTo(new[] { "stop web", "start web" }));
    }

    [Test]
    public void Takes_a_missing_script_for_no_failure_and_says_so_once()
    {
        var cluster = Running();
        cluster.Alpha.Missing.Add("web");
        cluster.Run(60 * Second);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
        Assert.That(cluster.Alpha.Log.Count(l => l == "web of group ip1 cannot be monitored: there is no such script or agent."), Is.EqualTo(1));
    }

    [Test]
    public void Restarts_at_once_what_the_service_manager_reports()
    {
        var cluster = Running();
        cluster.Alpha.Loses("web");
        cluster.Alpha.Do(new ResourceManagerInput.ResourceLost("ip1", "web", "its process was killed"));
        cluster.Run(TimeSpan.FromMilliseconds(1));
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "start web" }));
    }

    // Hand-over.

    [Test]
    public void Hands_over_that_group_alone_at_the_second_failure()
    {
        var cluster = Running();
        cluster.Beta.Standby("local");      // alpha has a second group, on beta's side
        cluster.Run(Second);
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, Everything, []);
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, OfBeta, OfAlpha);
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources local me ip1").And.Member("ask_resources local done ip1"));
        Assert.That(cluster.Alpha.Report.RscStatus, Is.EqualTo("foreign"));
        Assert.That(cluster.Beta.Report.RscStatus, Is.EqualTo("foreign"));
        Assert.That(Group(cluster.Beta, "ip1").Why, Is.EqualTo("it failed on alpha"));
        cluster.Run(600 * Second);
        Expect(cluster, OfBeta, OfAlpha);
    }

    [Test]
    public void Counts_failures_only_as_long_as_the_window_lasts()
    {
        var cluster = Running();
        for (var hour = 0; hour < 3; hour++)
        {
            cluster.Alpha.Loses("web");
            cluster.Run(3601 * Second);
            Expect(cluster, OfAlpha, OfBeta);
        }
        cluster.Alpha.Loses("web");
        cluster.Run(60 * Second);
        cluster.Alpha.Loses("web");
        cluster.Run(60 * Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Hands_over_at_the_first_failure_when_no_restart_is_allowed()
    {
        var cluster = Running(Rule with { Restarts = 0 });
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, [], Everything);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "stop ip1" }));
    }

    [Test]
    public void Hands_over_when_the_restart_fails()
    {
        var cluster = Running();
        cluster.Alpha.StartFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(12 * Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Blocks_the_group_when_what_failed_does_not_stop()
    {
        var cluster = Running();
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.StatusFails.Add("web");
        cluster.Run(30 * Second);
        Assert.That(Group(cluster.Alpha, "ip1").State, Is.EqualTo(GroupState.Blocked));
        Assert.That(cluster.Beta.Running, Is.EqualTo(OfBeta));
    }

    [Test]
    public void Beside_a_3_0_6_moves_the_side_and_only_once()
    {
        var cluster = Running(failback: AutoFailback.Off, betaOurs: false);
        for (var failure = 0; failure < 2; failure++)
        {
            cluster.Alpha.Loses("web");
            cluster.Run(10 * Second);
        }
        Expect(cluster, [], Everything);
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources local me"));
        cluster.Beta.Standby("foreign");
        cluster.Run(5 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, ["ip1"], OfBeta);
        Assert.That(Group(cluster.Alpha, "ip1").State, Is.EqualTo(GroupState.Failed));
        Assert.That(cluster.Alpha.Log, Has.Some.Contains("was handed over not long ago; it is tried here again in 1 min"));
        cluster.Run(60 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void With_auto_failback_legacy_tries_again_where_it_is()
    {
        var cluster = Running(failback: AutoFailback.Legacy);
        for (var failure = 0; failure < 2; failure++)
        {
            cluster.Alpha.Loses("web");
            cluster.Run(10 * Second);
        }
        Expect(cluster, ["ip1"], OfBeta);
        cluster.Run(31 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    // Nobody can.

    [Test]
    public void Alone_tries_again_with_growing_pauses_and_says_so()
    {
        var cluster = Running();
        cluster.Beta.Crash();
        cluster.Run(Second);
        cluster.Alpha.Log.Clear();
        cluster.Alpha.Calls.Clear();
        for (var second = 0; second < 600; second++)
        {
            cluster.Alpha.Loses("web");
            cluster.Run(Second);
        }
        Assert.That(cluster.Alpha.Calls.Count(c => c == "start web"), Is.InRange(5, 6), "at once, then after 30, 60, 120, 240 s");
        Assert.That(cluster.Alpha.Log, Has.Some.Contains("failed, and no other node is active; it is tried here again in 30 s. Repair it, then run: appliance cleanup ip1"));
        Assert.That(cluster.Alpha.Log, Has.Some.Contains("tried here again in 4 min"));
        Assert.That(Group(cluster.Alpha, "ip1").State, Is.EqualTo(GroupState.Failed));
    }

    [Test]
    public void Hands_over_as_soon_as_somebody_can_take_it()
    {
        var cluster = Running(failback: AutoFailback.Off);
        cluster.Beta.Crash();
        cluster.Run(Second);
        for (var failure = 0; failure < 2; failure++)
        {
            cluster.Alpha.Loses("web");
            cluster.Run(12 * Second);
        }
        Assert.That(Group(cluster.Alpha, "ip1").Monitor!.TriedAgainIn, Is.GreaterThan(10 * Second));
        cluster.Beta.Return();
        cluster.Run(5 * Second);
        Assert.That(cluster.Beta.Running, Does.Contain("web"), Story(cluster));
    }

    [Test]
    public void Notices_that_a_service_recovered_by_itself()
    {
        var cluster = Running(Rule with { Restarts = 0 });
        cluster.Beta.Crash();
        cluster.Run(Second);
        cluster.Alpha.Loses("web");
        cluster.Run(12 * Second);
        cluster.Alpha.Calls.Clear();
        Assert.That(Group(cluster.Alpha, "ip1").State, Is.EqualTo(GroupState.Failed));
        cluster.Alpha.Running.Add("web");
        cluster.Run(10 * Second);
        Assert.That(Group(cluster.Alpha, "ip1").State, Is.EqualTo(GroupState.Running));
        cluster.Run(60 * Second);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
    }

    /// <summary>Dies at every look, on whichever node it is.</summary>
    private static void Flaps(Cluster cluster, string script, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            cluster.Alpha.Loses(script);
            cluster.Beta.Loses(script);
            cluster.Run(Second);
        }
    }

    [Test]
    public void Does_not_play_ping_pong_with_what_fails_everywhere()
    {
        var cluster = Running();
        Flaps(cluster, "web", 900);
        Assert.That(cluster.Alpha.Calls.Count(c => c == "start web"), Is.EqualTo(1), "restarted once, handed over once");
        Assert.That(cluster.Alpha.Calls.Count(c => c == "start ip1"), Is.EqualTo(0));
        Assert.That(cluster.Beta.Calls.Count(c => c == "start web"), Is.InRange(3, 7));
        Assert.That(cluster.Beta.Calls.Count(c => c == "start ip1"), Is.EqualTo(1));
        Assert.That(cluster.Beta.Log, Has.Some.Contains("Group ip1 failed on both nodes; it is tried here again in 30 s. Repair it, then run: appliance cleanup ip1"));
        cluster.Run(3600 * Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Keeps_to_itself_what_starts_on_neither_node()
    {
        var cluster = Running();
        cluster.Alpha.StartFails.Add("web");
        cluster.Beta.StartFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(600 * Second);
        Expect(cluster, [], OfBeta);
        Assert.That(cluster.Beta.Calls.Count(c => c == "start web"), Is.InRange(3, 6));
        Assert.That(cluster.Alpha.Calls.Count(c => c == "start web"), Is.EqualTo(1));
        Assert.That((Group(cluster.Beta, "ip1").Owner, Group(cluster.Beta, "ip1").State), Is.EqualTo(("beta", GroupState.Failed)));
        Assert.That(Group(cluster.Alpha, "ip1").Owner, Is.EqualTo("beta"), "nobody else may start it");
        cluster.Alpha.StartFails.Clear();
        cluster.Beta.StartFails.Clear();
        cluster.Beta.Do(new ResourceManagerInput.Cleanup("ip1"));
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        Assert.That(Group(cluster.Alpha, "ip1").Monitor!.Spent, Is.False, "it counts no longer on either node");
    }

    [Test]
    public void Takes_what_failed_elsewhere_when_that_node_dies()
    {
        var cluster = Running();
        cluster.Alpha.StartFails.Add("web");
        cluster.Beta.StartFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(100 * Second);
        cluster.Alpha.StartFails.Clear();
        cluster.Beta.Crash();
        cluster.Run(Second);
        Expect(cluster, Everything, []);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Lets_a_running_group_win_over_one_that_only_waits(bool longer)
    {
        var cluster = Running(failback: AutoFailback.Off);
        cluster.Part();
        cluster.Run((longer ? 5 : 1) * Second);
        cluster.Alpha.StartFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(20 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(OfBeta), "kept, and nothing of it runs");
        cluster.Heal();
        cluster.Run(5 * Second);
        Assert.That(cluster.Beta.Running, Is.SupersetOf(OfAlpha), Story(cluster));
    }

    [Test]
    public void Starts_nothing_it_kept_before_a_node_that_was_away_has_spoken()
    {
        var cluster = Running(failback: AutoFailback.Off);
        cluster.Part();
        cluster.Run(5 * Second);
        cluster.Alpha.StartFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(Second);
        while (Group(cluster.Alpha, "ip1").Monitor!.TriedAgainIn is not { TotalSeconds: < 0.5 }) cluster.Run(Second / 4);
        cluster.Alpha.Calls.Clear();
        // It is heard, and its report is lost: the cluster is still parted.
        cluster.Alpha.Hear(new Messaging.ClusterEvent.NodeReturned("beta"));
        cluster.Run(2 * Second);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Calls, Has.Member("start ip1"), "it is not waited for for ever");
    }

    // The operator, and restarts.

    [TestCase(null)]
    [TestCase("ip1")]
    public void Can_be_switched_off_while_a_service_is_stopped_on_purpose(string? key)
    {
        var cluster = Running();
        cluster.Alpha.Do(new ResourceManagerInput.SwitchMonitor(false, key));
        cluster.Run(Second);
        cluster.Alpha.Loses("web");
        cluster.Alpha.Do(new ResourceManagerInput.ResourceLost("ip1", "web", "stopped"));
        cluster.Run(100 * Second);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
        Assert.That(Group(cluster.Alpha, "ip1").Monitor!.Off, Is.True);
        Assert.That(cluster.Alpha.Memory!.Off || cluster.Alpha.Memory.Groups["ip1"].Off, Is.True, "a restart of the daemon does not switch it on");
        cluster.Alpha.Do(new ResourceManagerInput.SwitchMonitor(true, null));
        cluster.Run(11 * Second);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop web", "start web" }));
    }

    [Test]
    public void Remembers_failures_across_a_restart_of_the_daemon()
    {
        var cluster = Running();
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        cluster.Alpha.Boot();       // control dies and is back; the services run on, and pulse tells what it knows
        cluster.Alpha.Meets(cluster.Beta);
        cluster.Beta.Hear(new Messaging.ClusterEvent.NodeRestarted("alpha", 5));
        cluster.Beta.Hear(new Messaging.ClusterEvent.NodeExtensions("alpha", 1));
        cluster.Run(5 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        cluster.Alpha.Loses("web");
        cluster.Run(20 * Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Counts_no_more_what_was_cleaned_up()
    {
        var cluster = Running();
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        cluster.Alpha.Do(new ResourceManagerInput.Cleanup("ip1"));
        cluster.Run(Second);
        cluster.Alpha.Loses("web");
        cluster.Run(10 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void Stops_a_half_restarted_group_as_a_whole_at_a_shutdown()
    {
        var cluster = Running();
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.Loses("web");
        cluster.Run(11 * Second);
        cluster.Alpha.Do(new ResourceManagerInput.ShutdownRequested());
        cluster.Run(TimeSpan.Zero);
        cluster.Alpha.StopFails.Clear();
        cluster.Run(3 * Second);
        Expect(cluster, [], Everything);
        Assert.That(cluster.Alpha.Calls, Has.No.Member("start web"));
    }
}
