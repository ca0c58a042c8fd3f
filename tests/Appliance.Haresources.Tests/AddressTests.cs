using Appliance.Configuration;
using Appliance.Core;
using Appliance.Messaging;
using static Appliance.Haresources.Tests.Cluster;

namespace Appliance.Haresources.Tests;

/// <summary>An address that another kernel may still hold (docs/decisions/0008).</summary>
public class A_start
{
    private static readonly StonithLine Device = new("*", "external/x", Secret.Of("p"), null, 1);

    private static Cluster Running(bool betaOurs = true, bool fencing = false)
    {
        var cluster = new Cluster(betaOurs: betaOurs, change: c => fencing ? c with { Stonith = [Device] } : c);
        Assert.That(cluster.Alpha.Taken.Concat(cluster.Beta.Taken), Is.Empty);
        cluster.Both();
        cluster.Run(12 * Second);
        Assert.That(cluster.Alpha.Taken.Concat(cluster.Beta.Taken), Is.Empty, "a cold start");
        return cluster;
    }

    [Test]
    public void Of_what_a_silent_node_had_says_from_whom_it_is_taken()
    {
        var cluster = Running();
        cluster.Alpha.Crash();
        cluster.Run(Second);
        Assert.That(cluster.Beta.Taken, Is.EqualTo(new[] { "ip1 from alpha", "web from alpha" }));
    }

    [Test]
    public void After_a_confirmed_fencing_says_nothing_of_the_kind()
    {
        var cluster = Running(fencing: true);
        cluster.Alpha.Crash();
        cluster.Run(Second);
        Assert.That(cluster.Beta.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        Assert.That(cluster.Beta.Taken, Is.Empty);
    }

    [Test]
    public void After_a_clean_shutdown_or_a_standby_says_nothing_of_the_kind()
    {
        var cluster = Running();
        cluster.Alpha.Standby("all");
        cluster.Run(5 * Second);
        Assert.That(cluster.Beta.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        cluster.Beta.Do(new ResourceManagerInput.ShutdownRequested());
        cluster.Run(5 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        Assert.That(cluster.Alpha.Taken.Concat(cluster.Beta.Taken), Is.Empty);
    }

    [Test]
    public void Of_what_a_node_had_that_was_never_heard_says_nothing_of_the_kind()
    {
        var cluster = new Cluster();
        cluster.Alpha.Boot();
        cluster.Run(Second);
        cluster.Alpha.Hear(new ClusterEvent.NodeStatusChanged("beta", NodeStatus.Init, NodeStatus.Dead, null));
        cluster.Alpha.Hear(new ClusterEvent.CommunicationUp());
        cluster.Run(12 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        Assert.That(cluster.Alpha.Taken, Is.Empty, "it may be alive behind cut cables: who answers is the owner");
    }

    [Test]
    public void That_is_tried_again_while_the_node_is_silent_still_says_from_whom()
    {
        var cluster = Running();
        cluster.Beta.StartFails.Add("ip1");
        cluster.Alpha.Crash();
        cluster.Run(Second);
        cluster.Beta.StartFails.Clear();
        cluster.Run(60 * Second);
        Assert.That(cluster.Beta.Taken, Is.EqualTo(new[] { "ip1 from alpha", "ip1 from alpha", "web from alpha" }));
    }
}

public class A_group_that_two_nodes_held
{
    [Test]
    public void Is_announced_by_the_one_that_keeps_it_when_the_other_has_stopped_it_and_by_nobody_else()
    {
        var cluster = new Cluster(AutoFailback.Off);
        cluster.Both();
        cluster.Run(12 * Second);
        cluster.Part();
        cluster.Run(10 * Second);
        Assert.That(cluster.Alpha.Running.Intersect(cluster.Beta.Running), Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        cluster.Heal();
        cluster.Run(20 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(new[] { "ip1", "web" }));
        Assert.That(cluster.Beta.Running, Is.EqualTo(new[] { "ip2" }));
        Assert.That(cluster.Alpha.Announced, Is.EqualTo(new[] { "ip1" }));
        Assert.That(cluster.Beta.Announced, Is.EqualTo(new[] { "ip2" }));
    }

    [Test]
    public void Is_announced_as_well_when_a_3_0_6_has_given_up_and_restarts()
    {
        var cluster = new Cluster(AutoFailback.Off, betaOurs: false);
        cluster.Both();
        cluster.Run(12 * Second);
        cluster.Alpha.Hear(new ClusterEvent.NodeStatusChanged("beta", NodeStatus.Active, NodeStatus.Dead, null));
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Taken, Is.EqualTo(new[] { "ip2 from beta" }));
        cluster.Alpha.Hear(new ClusterEvent.NodeReturned("beta"));
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Announced, Is.Empty);
        cluster.Alpha.Hear(new ClusterEvent.Received("beta", Message.Of("shutdone", ("st", "dead")), false));
        cluster.Run(Second);
        Assert.That(cluster.Alpha.Announced, Is.EqualTo(new[] { "ip2" }));
        Assert.That(cluster.Alpha.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
    }
}
