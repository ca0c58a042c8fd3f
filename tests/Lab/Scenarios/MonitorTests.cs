using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary><c>monitor</c> in ha.cf: a service that dies is restarted in place, and goes to the other node when it dies again. Only ours know the directive.</summary>
public sealed class MonitorTests : LabTest
{
    private const string Directive = "monitor 1 restarts=1 within=10m timeout=2\n";

    public static Pairing[] OursWatches => [.. Pairing.All.Where(p => p.Alpha == Implementation.Ours)];

    private Pair Watched(Pairing pairing, string haresources = "")
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off", More = Directive, Haresources = haresources.Length > 0 ? haresources : new PairPlan().Haresources });
        // 3.0.6 refuses a file with a directive it does not know.
        foreach (var (host, end) in new[] { (pair.Alpha, 0), (pair.Beta, 1) })
            if (host.Implementation == Implementation.Real) host.Write("ha.cf", (pair.Plan with { More = "" }).HaCf(pair.Serial.Device(end)));
        return pair.Settled();
    }

    private static void Dies(Host host, string service) => host.Try($"rm /run/track-{service}");

    private static bool Runs(Host host, string service) => host.Try($"test -e /run/track-{service}").Status == 0;

    /// <summary>A status is broken into lines of 80 columns.</summary>
    private static string Unwrapped(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    [TestCaseSource(nameof(OursWatches))]
    public void A_service_that_dies_is_restarted_in_place_and_then_handed_over(Pairing pairing)
    {
        var pair = Watched(pairing);
        Dies(pair.Alpha, "web");
        Until.True("it is restarted on alpha", () => Runs(pair.Alpha, "web"), 10);
        Assert.That(pair.Alpha.Track.Text, Is.EqualTo("start web\nstop web\nstart web\n"));
        Assert.That(pair.Alpha.Holds(PairPlan.WebAddress), "the address to the left of it stays");
        Assert.That(pair.Alpha.Log.Says("Track::web of group IPaddr2::10.9.0.100/24/eth0 failed here (it does not run"), Is.True);
        Assert.That(Unwrapped(pair.Alpha.Tool("status").Output), Does.Contain("; 1 failure, 0 restarts left"));

        Dies(pair.Alpha, "web");
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 15);
        Until.True("it runs on beta", () => Runs(pair.Beta, "web"), 10);
        Until.True("and on beta alone", () => !Runs(pair.Alpha, "web"), 5);
        Assert.That(pair.Beta.Holds(PairPlan.DataAddress) && Runs(pair.Beta, "data"), "beta's own group is left alone");
        Assert.That(pair.Beta.Track.Count("stop data"), Is.Zero);
        pair.WaitSettled(pair.Beta, pair.Beta);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Of_two_groups_on_one_side_only_the_one_that_failed_moves(Pairing pairing)
    {
        var pair = Watched(pairing, $"alpha {PairPlan.WebKey} Track::web\nalpha Track::other\nbeta {PairPlan.DataKey} Track::data\n");
        Until.True("the other group runs", () => Runs(pair.Alpha, "other"), 20);
        foreach (var _ in new[] { 1, 2 })
        {
            Until.True("web runs", () => Runs(pair.Alpha, "web"), 10);
            Dies(pair.Alpha, "web");
        }
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 15);
        Until.True("it runs on beta", () => Runs(pair.Beta, "web"), 10);
        Until.Stays("the other group is where it was", () => Runs(pair.Alpha, "other") && !Runs(pair.Beta, "other"), 3);
        Assert.That(pair.Alpha.Track.Count("stop other"), Is.Zero);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void What_fails_on_both_nodes_goes_to_and_fro_no_more(Pairing pairing)
    {
        var pair = Watched(pairing);
        foreach (var host in new[] { pair.Alpha, pair.Beta })
            foreach (var _ in new[] { 1, 2 })
            {
                Until.True($"web runs on {host.Name}", () => Runs(host, "web"), 20);
                Dies(host, "web");
            }
        pair.Beta.Log.WaitFor($"Group {PairPlan.WebKey} failed on both nodes; it is tried here again in 30 s", 15);
        Until.Stays("it goes nowhere", () => !Runs(pair.Alpha, "web") && !pair.Alpha.Holds(PairPlan.WebAddress) && pair.Beta.Holds(PairPlan.WebAddress), 5);
        Assert.That(pair.Alpha.Track.Count("start web"), Is.EqualTo(2));
        var status = pair.Beta.Tool("status");
        Assert.That(Unwrapped(status.Output), Does.Contain("failed here too often; tried again in"));
        Assert.That(status.Status, Is.EqualTo(1), "degraded");

        pair.Beta.Operate($"cleanup {PairPlan.WebKey}");
        Until.True("it is tried at once", () => Runs(pair.Beta, "web"), 10);
        Until.True("its failures count no longer on alpha", () => pair.Alpha.Log.Says($"Group {PairPlan.WebKey}: its failures here count no longer; it was cleaned up on beta."), 5);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_service_can_be_stopped_on_purpose_and_failures_outlive_the_control_process(Pairing pairing)
    {
        var pair = Watched(pairing);
        pair.Alpha.Operate($"monitor off {PairPlan.WebKey}");
        Dies(pair.Alpha, "web");
        Until.Stays("nothing is done about it", () => !Runs(pair.Alpha, "web") && pair.Alpha.Track.Text == "start web\n", 4);
        Assert.That(Unwrapped(pair.Alpha.Tool("status").Output), Does.Contain("not monitored"));
        pair.Alpha.Operate($"monitor on {PairPlan.WebKey}");
        Until.True("now it is restarted", () => Runs(pair.Alpha, "web"), 10);

        pair.Alpha.Signal("HUP");       // nothing changed: the control process lives on
        var control = pair.Alpha.Try("pgrep -f 'appliance control'").Output.Trim();
        pair.Alpha.Try($"kill -KILL {control}");
        Until.True("there is another control process", () => pair.Alpha.Try("pgrep -f 'appliance control'").Output.Trim() is { Length: > 0 } pid && pid != control, 15);
        pair.WaitSettled(pair.Alpha, pair.Beta);
        Dies(pair.Alpha, "web");
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 15);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Nothing_is_asked_without_the_directive(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off" }).Settled();
        Dies(pair.Alpha, "web");
        Until.Stays("nobody cares, as with 3.0.6", () => !Runs(pair.Alpha, "web") && !Runs(pair.Beta, "web"), 4);
        var (status, output) = pair.Alpha.Tool("monitor off");
        Assert.That((status, output.Trim()), Is.EqualTo((1, "appliance monitor: nothing is monitored: ha.cf has no monitor line")));
    }
}
