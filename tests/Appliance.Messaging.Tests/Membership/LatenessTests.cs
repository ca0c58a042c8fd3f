using Appliance.Core.Diagnostics;

namespace Appliance.Messaging.Tests.Membership;

public class A_pulse_that_ran_late
{
    private static Solo Up()
    {
        var solo = new Solo().Start();
        for (var i = 1; i < 50; i++)
        {
            solo.Hear(solo.Status(i));
            if (i == 1) solo.Hear(solo.Packet("t=NS_ackmsg dest=alpha ackseq=1", 0));
            solo.Run(0.2);
        }
        solo.Events.Clear();
        return solo;
    }

    [TestCase(0.1)]
    [TestCase(1.0)]
    [TestCase(1.7)]
    public void Takes_its_own_lateness_out_of_everybodys_silence(double late)
    {
        var solo = Up();
        solo.Hear(solo.Status(50));
        var heard = solo.Now;
        solo.Run(0.15);
        var due = solo.Core.NextDeadline;
        solo.Freeze((due - solo.Now).TotalSeconds + late);
        solo.Core.Tick(solo.Now, solo.Wall);
        while (!solo.Statuses.Contains("beta:dead")) solo.Run(0.01);
        Assert.That((solo.Now - heard).TotalSeconds, Is.EqualTo(2 + late).Within(0.011));
    }

    [Test]
    public void Says_so_and_does_not_blame_the_peer_whose_heartbeat_waited()
    {
        var solo = Up();
        solo.Hear(solo.Status(50));
        solo.Freeze(1.8);
        solo.Hear(solo.Status(51));
        solo.Core.Tick(solo.Now, solo.Wall);
        Assert.That(solo.Log, Has.Some.Match("^pulse ran 1[678]\\d\\d ms late").And.None.Contains("Late heartbeat"));
        Assert.That(solo.Peer.LateBeats, Is.Zero);
    }

    [Test]
    public void By_a_dead_time_or_more_tells_control_once_and_gives_everybody_one_more()
    {
        var solo = Up();
        solo.Hear(solo.Status(50));
        solo.Freeze(7);
        solo.Core.Tick(solo.Now, solo.Wall);
        Assert.That(solo.Events.OfType<ClusterEvent.LocalPause>().Single().Length.TotalSeconds, Is.EqualTo(7).Within(0.21));
        solo.Run(1.9);
        Assert.That(solo.Statuses, Is.Empty);
        solo.Run(0.2);
        Assert.That(solo.Statuses, Has.Member("beta:dead"));
        Assert.That(solo.Events.OfType<ClusterEvent.LocalPause>(), Has.One.Items);
    }

    [Test]
    public void Does_not_fill_the_log_with_that()
    {
        var solo = Up();
        for (var i = 50; i < 90; i++)
        {
            solo.Freeze(0.65);
            solo.Hear(solo.Status(i));
            solo.Core.Tick(solo.Now, solo.Wall);
        }
        Assert.That(solo.Log.Count(l => l.StartsWith("pulse ran", StringComparison.Ordinal)), Is.LessThanOrEqualTo(10));
    }

    [TestCase(0.9, null)]
    [TestCase(1.1, LogPriority.Warn)]
    [TestCase(1.99, LogPriority.Warn)]
    public void On_time_blames_the_peer_by_warntime(double silence, LogPriority? said)
    {
        var solo = Up();
        solo.Hear(solo.Status(50));
        solo.Run(silence);
        solo.Hear(solo.Status(51));
        Assert.That(solo.Events.OfType<ClusterEvent.Logged>().Where(l => l.Text.StartsWith("Late heartbeat: Node beta: interval", StringComparison.Ordinal)).Select(l => (LogPriority?)l.Priority).SingleOrDefault(), Is.EqualTo(said));
        Assert.That(solo.Statuses, Is.Empty);
    }
}
