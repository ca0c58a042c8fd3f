using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;
using static Appliance.Haresources.Tests.Cluster;

namespace Appliance.Haresources.Tests;

/// <summary>What the simulator found, each root cause in its smallest form.</summary>
public class A_pair_in_an_unlucky_moment
{
    private static readonly string[] Everything = ["ip1", "ip2", "web"], OfAlpha = ["ip1", "web"], OfBeta = ["ip2"];

    private static Cluster Running(AutoFailback failback = AutoFailback.On, bool betaOurs = true)
    {
        var cluster = new Cluster(failback, betaOurs: betaOurs);
        cluster.Both();
        cluster.Run(12 * Second);
        Expect(cluster, OfAlpha, OfBeta);
        return cluster;
    }

    private static void Expect(Cluster cluster, string[] alpha, string[] beta)
    {
        Assert.That(cluster.Alpha.Running, Is.EqualTo(alpha), string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log)));
        Assert.That(cluster.Beta.Running, Is.EqualTo(beta), string.Join('\n', cluster.Beta.Said.Concat(["---"]).Concat(cluster.Beta.Log)));
    }

    [Test]
    public void Settles_what_both_hold_although_a_standby_was_offered_into_the_silence()
    {
        var cluster = Running();
        cluster.Part();
        cluster.Run(Second);
        Expect(cluster, Everything, Everything);
        cluster.Beta.Standby("foreign");
        cluster.Run(Second);
        cluster.Heal();
        cluster.Run(3 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void Fails_back_although_the_returned_node_reports_before_its_status_is_heard()
    {
        var cluster = Running();
        cluster.Alpha.Crash();
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        cluster.Alpha.Boot();
        cluster.Run(TimeSpan.Zero);
        cluster.Beta.Hear(new ClusterEvent.NodeStatusChanged("alpha", NodeStatus.Dead, NodeStatus.Up, null));
        cluster.Beta.Hear(new ClusterEvent.NodeExtensions("alpha", 1));
        cluster.Alpha.Meets(cluster.Beta);
        cluster.Run(Second);
        Expect(cluster, [], Everything);
        cluster.Beta.Hear(new ClusterEvent.NodeStatusChanged("alpha", NodeStatus.Up, NodeStatus.Active, null));
        cluster.Run(2 * Second);
        Expect(cluster, OfAlpha, OfBeta);
    }

    [Test]
    public void Believes_no_shutdown_of_a_node_that_reports_again()
    {
        var cluster = Running();
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("shutdone", ("st", "dead")), false));
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("resource", ("rsc_hold", "local"), ("rtype", "full"), ("isstable", "1"), ("xg", "ip1@5")), false));
        cluster.Run(Second);
        cluster.Beta.Log.Clear();
        cluster.Part();
        cluster.Run(Second);
        Assert.That(cluster.Beta.Log, Has.No.Member("Dead node alpha gave up resources."));
    }

    [Test]
    public void Waits_no_hour_for_a_giver_whose_control_died()
    {
        var cluster = Running(AutoFailback.Off);
        cluster.Cut();
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("ask_resources", ("rsc_hold", "local"), ("info", "me"), ("seq", "100"), ("hg", "1")), false));
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("resource", ("rsc_hold", "none"), ("rtype", "full"), ("isstable", "0"), ("info", "standby"), ("xg", "ip1@9"), ("seq", "102"), ("hg", "1")), false));
        cluster.Run(Second);
        Assert.That(cluster.Beta.Report.Standby, Is.Not.Null);
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("resource", ("rsc_hold", "local"), ("rtype", "full"), ("isstable", "1"), ("xg", "ip1@9"), ("seq", "101"), ("hg", "1")), false));
        cluster.Run(Second);
        Assert.That(cluster.Beta.Report.Standby, Is.Not.Null, "that was said before it began to give up");
        cluster.Beta.Hear(new ClusterEvent.Received("alpha", Message.Of("resource", ("rsc_hold", "local"), ("rtype", "full"), ("isstable", "1"), ("xg", "ip1@9"), ("seq", "103"), ("hg", "1")), false));
        cluster.Run(Second);
        Assert.That(cluster.Beta.Report.Standby, Is.Null);
    }

    [Test]
    public void Takes_an_answer_only_for_the_offer_it_names()
    {
        var cluster = Running(AutoFailback.Off);
        cluster.Cut();
        cluster.Alpha.Standby("foreign");
        cluster.Run(Second);
        cluster.Alpha.Said.Clear();
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("ask_resources", ("rsc_hold", "local"), ("info", "other")), false));
        cluster.Run(Second);
        Expect(cluster, OfAlpha, OfBeta);
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources local not"));
    }

    [Test]
    public void Calls_itself_unstable_while_it_gives_up()
    {
        var cluster = Running(AutoFailback.Off);
        cluster.Alpha.StopFails.Add("web");      // the stop takes its retries
        cluster.Alpha.Standby("local");
        cluster.Run(2 * Second);
        cluster.Alpha.Said.Clear();
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("starting"), false));
        cluster.Run(TimeSpan.FromMilliseconds(1));
        Assert.That(cluster.Alpha.Said[0], Is.EqualTo("resource local full 0"));
    }
}

/// <summary>Beside a 3.0.6, which neither yields nor takes anything once it is stable.</summary>
public class Ours_beside_a_3_0_6
{
    private static readonly string[] Everything = ["ip1", "ip2", "web"], OfAlpha = ["ip1", "web"], OfBeta = ["ip2"];

    private static Cluster Running(AutoFailback failback)
    {
        var cluster = new Cluster(failback, betaOurs: false);
        cluster.Both();
        cluster.Run(12 * Second);
        return cluster;
    }

    [Test]
    public void Stops_what_still_ran_here_when_its_peer_has_taken_it()
    {
        var cluster = Running(AutoFailback.Off);
        var services = cluster.Alpha.Running.ToArray();
        cluster.Alpha.Crash();
        cluster.Alpha.Running.UnionWith(services);      // the daemon was killed, the machine was not
        cluster.Run(Second);
        Assert.That(cluster.Beta.Running, Is.EqualTo(Everything));
        cluster.Alpha.Return();
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Running, Is.Empty, string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log)));
        Assert.That(cluster.Beta.Running, Is.EqualTo(Everything));
    }

    [TestCase(AutoFailback.Off)]
    [TestCase(AutoFailback.On)]
    public void Takes_what_nobody_holds_after_a_quick_restart(AutoFailback failback)
    {
        var cluster = Running(failback);
        cluster.Beta.Standby("local");
        cluster.Run(2 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(Everything));
        cluster.Alpha.Running.Clear();       // the power was away for less than a dead time: nobody took over
        cluster.Beta.Hear(new ClusterEvent.NodeRestarted("alpha", 5));
        cluster.Alpha.Return();
        cluster.Run(25 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(failback == AutoFailback.Off ? Everything : OfAlpha), string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log)));
        Assert.That(cluster.Beta.Running, Is.EqualTo(failback == AutoFailback.Off ? [] : OfBeta));
    }

    [Test]
    public void Takes_what_was_given_to_a_control_that_died()
    {
        var cluster = Running(AutoFailback.Off);
        cluster.Cut();
        cluster.Beta.Running.Clear();
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("resource", ("rsc_hold", "none"), ("rtype", "full"), ("isstable", "0")), false));
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("ask_resources", ("rsc_hold", "local"), ("info", "done")), false));
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(Everything));
        Assert.That(cluster.Alpha.Said, Has.Member("ask_resources local done"));
    }

    [Test]
    public void Lets_its_offer_go_when_the_peer_s_crosses_it()
    {
        var cluster = Running(AutoFailback.Off);
        cluster.Beta.Standby("local");
        cluster.Alpha.Standby("local");
        cluster.Run(2 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(Everything), string.Join('\n', cluster.Alpha.Said.Concat(["---"]).Concat(cluster.Alpha.Log)));
    }
}
