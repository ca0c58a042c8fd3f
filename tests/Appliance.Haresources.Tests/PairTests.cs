using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;
using static Appliance.Haresources.Tests.Cluster;

namespace Appliance.Haresources.Tests;

public class A_pair
{
    private static readonly string[] Everything = ["ip1", "ip2", "web"], OfAlpha = ["ip1", "web"], OfBeta = ["ip2"];

    private static Cluster Running(AutoFailback failback = AutoFailback.On, bool alphaOurs = true, bool betaOurs = true, Func<HaCf, HaCf>? change = null)
    {
        var cluster = new Cluster(failback, alphaOurs, betaOurs, change);
        cluster.Both();
        cluster.Run(12 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        cluster.Alpha.Said.Clear();
        cluster.Beta.Said.Clear();
        return cluster;
    }

    private static void Expect(Cluster cluster, string[] alpha, string[] beta)
    {
        Assert.That(cluster.Alpha.Running, Is.EqualTo(alpha), string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log)));
        Assert.That(cluster.Beta.Running, Is.EqualTo(beta), string.Join('\n', cluster.Beta.Said.Concat(["---"]).Concat(cluster.Beta.Log)));
    }

    [Test]
    public void Of_ours_starts_its_groups_without_waiting_ten_seconds()
    {
        var cluster = new Cluster();
        cluster.Both();
        cluster.Run(TimeSpan.FromMilliseconds(1));
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void With_a_3_0_6_waits_ten_seconds_at_a_cold_start()
    {
        var cluster = new Cluster(betaOurs: false);
        cluster.Both();
        cluster.Run(9 * Second);
        Expect(cluster, [], []);
        cluster.Run(2 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [TestCase(AutoFailback.On)]
    [TestCase(AutoFailback.Off)]
    [TestCase(AutoFailback.Legacy)]
    public void Takes_over_from_the_dead_and_fails_back_as_configured(AutoFailback failback)
    {
        var cluster = Running(failback);
        cluster.Alpha.Crash();
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        cluster.Alpha.Return();
        cluster.Run(15 * Second);
        if (failback == AutoFailback.Off) Expect(cluster, [], Everything);
        else Expect(cluster, OfAlpha, OfBeta);
    }

    [TestCase("all", new string[0], new[] { "ip1", "ip2", "web" })]
    [TestCase("local", new string[0], new[] { "ip1", "ip2", "web" })]
    [TestCase("foreign", new[] { "ip1", "web" }, new[] { "ip2" })]
    public void Moves_what_hb_standby_names(string what, string[] alpha, string[] beta)
    {
        var cluster = Running();
        cluster.Alpha.Standby(what);
        cluster.Run(Second);
        Expect(cluster, alpha, beta);
        Assert.That(cluster.Alpha.Said[0], Is.EqualTo($"ask_resources {what} me"));
        Assert.That(cluster.Beta.Said[0], Is.EqualTo($"ask_resources {what} other"));
        Assert.That(cluster.Alpha.Said[2], Is.EqualTo($"ask_resources {what} done"));
        Assert.That(cluster.Alpha.Report.RscStatus, Is.Not.EqualTo("transition"));
    }

    [Test]
    public void Hands_over_at_a_graceful_shutdown_only_when_all_is_stopped()
    {
        var cluster = Running();
        cluster.Alpha.Do(new ResourceManagerInput.ShutdownRequested());
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        Assert.That(cluster.Alpha.Said, Is.EqualTo(new[] { "resource none full 0 shutdown", "shutdone dead" }));
        Assert.That(cluster.Alpha.Calls.TakeLast(2), Is.EqualTo(new[] { "stop web", "stop ip1" }), "right to left");
        Assert.That(cluster.Alpha.Stopped, Is.True);
    }

    [Test]
    public void Stops_only_what_is_owned_twice_when_a_partition_heals()
    {
        var cluster = Running();
        cluster.Part();
        cluster.Run(5 * Second);
        Expect(cluster, Everything, Everything);
        cluster.Alpha.Calls.Clear();
        cluster.Beta.Calls.Clear();
        cluster.Heal();
        cluster.Run(5 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop ip2" }));
        Assert.That(cluster.Beta.Calls, Is.EqualTo(new[] { "stop web", "stop ip1" }));
    }

    [Test]
    public void Gives_back_what_it_took_from_a_3_0_6_that_heard_it_all_the_time()
    {
        var cluster = Running(betaOurs: false);
        cluster.Alpha.Hear(new ClusterEvent.NodeStatusChanged("beta", NodeStatus.Active, NodeStatus.Dead, null));
        cluster.Run(Second);
        Expect(cluster, Everything, OfBeta);
        cluster.Alpha.Calls.Clear();
        cluster.Alpha.Hear(new ClusterEvent.NodeReturned("beta"));
        cluster.Alpha.Hear(new ClusterEvent.NodeStatusChanged("beta", NodeStatus.Dead, NodeStatus.Active, null));
        cluster.Run(10 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        Assert.That(cluster.Alpha.Calls, Is.EqualTo(new[] { "stop ip2" }));
        Assert.That(cluster.Alpha.Report.RscStatus, Is.EqualTo("local"));
    }

    [Test]
    public void Takes_nothing_before_the_fencing_is_confirmed()
    {
        var cluster = Running(change: c => c with { Stonith = [new("*", "null", Secret.Of("alpha beta"), null, 1)] });
        var tries = 0;
        cluster.Beta.Fencing = () => ++tries < 3 ? FencingResult.Failed : FencingResult.Confirmed;
        cluster.Alpha.Crash();
        cluster.Run(9 * Second);
        Expect(cluster, [], OfBeta);
        cluster.Run(2 * Second);
        Expect(cluster, [], Everything);
        Assert.That(cluster.Beta.Calls.Count(c => c == "fence alpha"), Is.EqualTo(3));
    }

    [Test]
    public void Does_not_take_the_late_success_of_a_reset_for_the_present_life_of_the_peer()
    {
        var cluster = Running(change: c => c with { Stonith = [new("*", "external/x", Secret.Of("p"), null, 1)] });
        cluster.Beta.Slow = true;
        cluster.Alpha.Crash();
        cluster.Run(Second);
        cluster.Alpha.Return();         // the device still works at it
        cluster.Run(3 * Second);
        cluster.Beta.Slow = false;
        cluster.Beta.AnswerFencing(FencingResult.Confirmed);
        cluster.Run(3 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        cluster.Beta.Calls.Clear();
        cluster.Beta.Fencing = () => FencingResult.Failed;
        cluster.Part();
        cluster.Run(3 * Second);
        Assert.That(cluster.Beta.Calls, Is.EqualTo(new[] { "fence alpha" }), "this death needs a reset of its own");
    }

    [Test]
    public void Believes_the_holding_of_a_peer_whose_report_does_not_name_its_groups()
    {
        var cluster = Running();
        cluster.Beta.Crash();
        cluster.Run(Second);
        Expect(cluster, Everything, []);
        cluster.Alpha.Do(new ResourceManagerInput.Cluster(new ClusterEvent.NodeExtensions("beta", 0)));     // alpha has not heard yet that beta is ours
        cluster.Beta.Return();
        cluster.Alpha.Do(new ResourceManagerInput.Cluster(new ClusterEvent.NodeExtensions("beta", 0)));
        cluster.Run(TimeSpan.FromMilliseconds(500));
        Assert.That(cluster.Beta.Running.Intersect(cluster.Alpha.Running), Is.Empty);
    }

    [Test]
    public void Blocks_a_group_that_does_not_stop_and_hands_nothing_over()
    {
        var cluster = Running();
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.Standby("local");
        cluster.Run(15 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        Assert.That(cluster.Alpha.Report.Groups[0].State, Is.EqualTo(GroupState.Blocked));
        cluster.Alpha.Do(new ResourceManagerInput.ShutdownRequested());
        cluster.Run(15 * Second);
        Assert.That(cluster.Alpha.Said, Has.No.Member("shutdone dead"));
        cluster.Alpha.StopFails.Clear();
        cluster.Alpha.Running.Clear();
        cluster.Alpha.Do(new ResourceManagerInput.Cleanup("ip1"));
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Said, Has.Member("shutdone dead"));
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Fences_the_node_that_cannot_stop()
    {
        var cluster = Running(change: c => c with { Stonith = [new("*", "null", Secret.Of("alpha beta"), null, 1)] });
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.Standby("local");
        cluster.Run(12 * Second);
        Assert.That(cluster.Beta.Calls, Has.Member("fence alpha"));
        cluster.Alpha.Crash();
        cluster.Run(Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Gives_a_group_that_does_not_start_to_the_other()
    {
        var cluster = new Cluster();
        cluster.Alpha.StartFails.Add("web");
        cluster.Both();
        cluster.Run(5 * Second);
        Expect(cluster, [], OfBeta);
        cluster.Run(40 * Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Keeps_its_services_when_only_the_daemon_restarts()
    {
        var cluster = Running();
        cluster.Alpha.Calls.Clear();
        cluster.Beta.Hear(new Messaging.ClusterEvent.NodeRestarted("alpha", 5));
        cluster.Alpha.Return();
        cluster.Run(15 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        Assert.That(cluster.Alpha.Calls, Is.Empty);
    }

    [Test]
    public void Frees_the_taker_at_once_when_the_giver_refuses_its_own_offer()
    {
        var cluster = Running(AutoFailback.Off);
        // Alpha believes beta to be in flux, beta knows nothing of it and accepts what alpha will refuse.
        cluster.Alpha.Standby("all");
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("resource", ("rsc_hold", "local"), ("rtype", "full"), ("isstable", "0"), ("xg", "ip2@12000")), false));
        cluster.Run(TimeSpan.FromMilliseconds(1));
        Assert.That(cluster.Alpha.Log, Has.Member("standby message [me] from alpha ignored.  Other side is in flux."));
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources all not"));
        Assert.That(cluster.Beta.Report.Standby, Is.Null);
        cluster.Alpha.Standby("all");
        cluster.Run(Second);
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Says_nothing_to_a_3_0_6_that_waits_for_what_is_not_given()
    {
        var cluster = Running(AutoFailback.Off, betaOurs: false);
        cluster.Alpha.Standby("all");
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("resource", ("rsc_hold", "local"), ("rtype", "full"), ("isstable", "0")), false));
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Said, Is.EqualTo(new[] { "ask_resources all me" }));
        cluster.Alpha.Said.Clear();
        cluster.Alpha.Standby("all");
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Said, Is.Empty, "what we would refuse ourselves is not offered: it would wait for an hour");
    }

    [Test]
    public void Stops_what_was_blocked_once_it_is_cleaned_up_when_a_shutdown_waits_for_it()
    {
        var cluster = Running();
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.Do(new ResourceManagerInput.ShutdownRequested());
        cluster.Run(15 * Second);
        Assert.That(cluster.Alpha.Report.Groups[0].State, Is.EqualTo(GroupState.Blocked));
        cluster.Alpha.StopFails.Clear();        // it stops now, and runs still
        cluster.Alpha.Do(new ResourceManagerInput.Cleanup("ip1"));
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Said, Has.Member("shutdone dead"));
        Expect(cluster, [], Everything);
    }

    [Test]
    public void Refuses_a_standby_while_one_of_its_groups_is_blocked()
    {
        var cluster = Running();
        cluster.Alpha.StopFails.Add("web");
        cluster.Alpha.Standby("local");
        cluster.Run(15 * Second);
        cluster.Alpha.Said.Clear();
        cluster.Alpha.Standby("local");
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources local not"));
        Assert.That(cluster.Alpha.Report.RscStatus, Is.Not.EqualTo("transition"));
        Assert.That(cluster.Beta.Report.RscStatus, Is.Not.EqualTo("transition"));
    }

    [Test]
    public void Does_not_take_a_status_that_never_came_for_a_service_that_runs()
    {
        var cluster = Running();
        cluster.Alpha.Crash();
        cluster.Beta.Crash();
        cluster.Alpha.StatusHangs.Add("ip1");
        cluster.Alpha.Boot();
        cluster.Beta.Boot();
        cluster.Run(TimeSpan.Zero);
        cluster.Alpha.StatusHangs.Clear();
        cluster.Alpha.Meets(cluster.Beta);
        cluster.Beta.Meets(cluster.Alpha);
        cluster.Run(15 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void Ignores_a_standby_that_nobody_answers()
    {
        var cluster = Running(betaOurs: false);
        cluster.Part();
        cluster.Run(Second);
        cluster.Alpha.Standby("all");
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Report.RscStatus, Is.EqualTo("transition"));
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Log, Has.Member("No reply to standby request.  Standby request cancelled."));
        Assert.That(cluster.Alpha.Running, Is.EqualTo(Everything));
    }
}
