using Appliance.Configuration;
using Appliance.Messaging;
using static Appliance.Haresources.Tests.Cluster;

namespace Appliance.Haresources.Tests;

/// <summary>A frozen 3.0.6 that thaws may have declared us dead at once and have taken everything: it then either restarts, or does not.</summary>
public class A_3_0_6_that_thaws_and_holds_everything
{
    private static Cluster Thawed()
    {
        var cluster = new Cluster(AutoFailback.On, betaOurs: false);
        cluster.Both();
        cluster.Run(12 * Second);
        cluster.Beta.Crash();       // from here on the test speaks for it
        cluster.Run(Second);
        cluster.Alpha.Hear(new ClusterEvent.NodeReturned("beta"));
        Tell(cluster, Message.Of("resource", ("rsc_hold", "all"), ("rtype", "full"), ("isstable", "1"), ("info", "req_our_resources()")));
        cluster.Alpha.Said.Clear();
        return cluster;
    }

    private static void Tell(Cluster cluster, Message message) => cluster.Alpha.Hear(new ClusterEvent.Received("beta", message, false));

    [Test]
    public void Is_given_the_time_that_its_restart_takes()
    {
        var cluster = Thawed();
        cluster.Run(4 * Second);
        Tell(cluster, Message.Of("shutdone", ("st", "dead")));
        cluster.Run(20 * Second);
        Assert.That(cluster.Alpha.Running, Is.EqualTo(new[] { "ip1", "ip2", "web" }));
        Assert.That(cluster.Alpha.Calls, Has.None.StartsWith("stop"));
    }

    [Test]
    public void Keeps_it_when_it_does_not_restart_and_is_shown_a_peer_that_becomes_stable_so_that_it_gives_ours_back()
    {
        var cluster = Thawed();
        cluster.Run(8 * Second);
        Assert.That(cluster.Alpha.Running, Is.Empty);
        Assert.That(cluster.Alpha.Said.Where(s => s.StartsWith("resource", StringComparison.Ordinal)).TakeLast(2), Is.EqualTo(new[]
        {
            "resource none full 0", "resource none full 1",
        }));
    }
}
