using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Services that do not start or do not stop, and machines that must be fenced first.</summary>
public sealed class FailureTests : LabTest
{
    // Only with ours on the failing side: there 3.0.6 gives the wrong groups away when a start fails ("foreign"), so that nobody runs
    // the failed one, and ends in "reboot -nf" when a stop fails.
    public static Pairing[] OursFails => [.. Pairing.All.Where(p => p.Alpha == Implementation.Ours)];

    [TestCaseSource(nameof(OursFails))]
    public void A_group_that_does_not_start_is_given_to_the_peer(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off", Haresources = $"alpha {PairPlan.WebKey} Track::web\nbeta {PairPlan.DataKey} Track::data\n" });
        pair.Alpha.Boot();
        pair.Alpha.Try("touch /run/fail-start-web");
        pair.Start();
        Until.True("the service runs on beta", () => pair.Beta.Track.Says("start web"), 90);   // 30 s after the failure, as 3.0.6
        Assert.That(pair.Alpha.Track.Text, Does.StartWith("start web\nstop web\n"));
        Until.True("and on beta alone", () => pair.Beta.Try("test -e /run/track-web").Status == 0 && pair.Alpha.Try("test -e /run/track-web").Status != 0, 10);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(nameof(OursFails))]
    public void A_group_that_does_not_stop_is_not_handed_over(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off" }).Settled();
        pair.Alpha.Try("touch /run/fail-stop-web");
        pair.Alpha.Operate("hb_standby local");
        pair.Alpha.Log.WaitFor("blocked", 40);
        Assert.That(pair.Alpha.Track.Count("stop web"), Is.GreaterThan(1), "a stop is retried");
        Until.Stays("beta does not start it", () => !pair.Beta.Holds(PairPlan.WebAddress) && !pair.Beta.Track.Says("start web"), 3);

        pair.Alpha.Try("rm /run/fail-stop-web");
        Assert.That(pair.Alpha.Tool($"cleanup {PairPlan.WebKey}").Status, Is.Zero, "appliance cleanup KEY");
        Until.True("the group runs somewhere again, once", () => pair.Where(PairPlan.WebAddress) is "alpha" or "beta", 30);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_dead_node_is_fenced_before_it_is_taken_over(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { More = "stonith_host * null alpha beta\n" });
        foreach (var host in pair.Hosts) host.Keep("ha.cf");   // a line that may hold a password is refused where others can read it
        pair.Settled();
        pair.Alpha.Crash();
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        var log = pair.Beta.Log.Text;
        var (reset, taken) = (log.IndexOf("node alpha now reset", StringComparison.OrdinalIgnoreCase), log.IndexOf("Resources being acquired from alpha", StringComparison.Ordinal));
        Assert.That(reset, Is.GreaterThanOrEqualTo(0), "\"node alpha now reset\" is logged");
        Assert.That(taken, Is.GreaterThan(reset), "and the takeover comes after it");
        if (pairing.Beta != Implementation.Ours) return;
        Assert.That(pair.Beta.Tool("stonith_admin -H alpha").Output, Does.Contain("reboot of alpha successful: delegate=beta, client=haresources, origin=beta"));
        Assert.That(pair.Beta.Tool("stonith_admin -L").Output, Does.Contain("1 fence device found"));
        Assert.That(pair.Beta.Tool("fencing").Output, Does.Contain("ready"));
    }
}
