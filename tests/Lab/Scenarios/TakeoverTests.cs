using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Start, death and return of a node.</summary>
public sealed class TakeoverTests : LabTest
{
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Every))]
    public void A_cold_start_brings_each_group_up_once_on_its_preferred_node(Pairing pairing)
    {
        var since = Stopwatch.StartNew();
        var pair = Make(pairing).Settled();
        if (pairing.AllOurs) Assert.That(since.Elapsed.TotalSeconds, Is.LessThan(8), "seconds; there is no settling timer among ours");
        pair.WaitActive();
        pair.AssertNeverTwice();
        Assert.That(pair.Alpha.Track.Text, Is.EqualTo("start web\n"));
        Assert.That(pair.Beta.Track.Text, Is.EqualTo("start data\n"));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_node_that_finds_itself_alone_takes_everything(Pairing pairing)
    {
        var pair = Make(pairing);
        pair.Beta.Start();
        pair.WaitSettled(pair.Beta, pair.Beta);
        pair.Alpha.Start();
        pair.WaitSettled(pair.Alpha, pair.Beta);
        pair.AssertNeverTwice();
    }

    [Test]
    public void A_crashed_node_is_taken_over_and_gets_its_group_back_only_as_auto_failback_says(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values("on", "off", "legacy")] string autoFailback)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = autoFailback }).Settled();

        pair.Alpha.Crash();
        pair.WaitSettled(pair.Beta, pair.Beta, 15);
        Assert.That(pair.Beta.Log.Says("node alpha: is dead"), Is.True);

        pair.Alpha.Start();
        pair.WaitActive();
        if (autoFailback == "off")
        {
            pair.WaitSettled(pair.Beta, pair.Beta);
            Until.Stays("beta keeps the group", () => pair.Beta.Holds(PairPlan.WebAddress), 2);
        }
        else pair.WaitSettled(pair.Alpha, pair.Beta);
        pair.AssertNeverTwice();
    }

    [Test]
    public void A_node_that_stops_hands_its_groups_over_at_once(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values("on", "legacy")] string autoFailback)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = autoFailback, Deadtime = 6000, Initdead = 7000 }).Settled();

        var since = Stopwatch.StartNew();
        pair.Alpha.BeginStop();
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 20);
        Assert.That(since.Elapsed.TotalSeconds, Is.LessThan(5), "seconds until the peer has the address; deadtime is 6 s");
        Until.True("the daemon ends", () => pair.Alpha.MainPid is null, 20);
        Assert.That(pair.Alpha.Track.Text, Does.Contain("stop web\n"));
        Assert.That(pair.Beta.Log.Says("Received shutdown notice from 'alpha'"), Is.True);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_frozen_node_is_taken_over_and_joins_again_when_it_thaws(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        pair.Alpha.Freeze();
        Until.True("beta takes over from the frozen node", () => pair.Beta.Holds(PairPlan.WebAddress), 15);
        pair.Alpha.Thaw();
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);   // 3.0.6 restarts on both sides; auto_failback brings all home
        pair.WaitActive();
    }

    [Test]
    public void A_daemon_that_is_killed_and_comes_back_in_time_finds_its_services_running(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values("alpha", "beta")] string victim)
    {
        var pair = Make(pairing, new PairPlan { Deadtime = 5000, Initdead = 6000 }).Settled();
        var host = pair.Hosts.Single(h => h.Name == victim);
        var before = Stopwatch.GetTimestamp();

        host.KillDaemon();
        host.Start();

        pair.WaitActive(20);
        pair.WaitSettled(pair.Alpha, pair.Beta);
        foreach (var each in pair.Hosts)
            Assert.That(each.Addresses.History.Where(h => h.At > before), Is.Empty, $"{each.Name}: no address came or went");
        Assert.That(pair.Alpha.Track.Says("stop"), Is.False);
        Assert.That(pair.Beta.Track.Says("stop"), Is.False);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_changed_configuration_is_taken_in_place_without_touching_services(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        var before = Stopwatch.GetTimestamp();
        var (here, there) = (pair.Alpha.Log.Mark(), pair.Beta.Log.Mark());
        pair.Alpha.Write("ha.cf", pair.Plan.HaCf(pair.Serial.Device(0)) + "# reloaded\n");
        pair.Alpha.Touch("ha.cf");
        pair.Alpha.Signal("HUP");
        Until.True("the reload is heard of", () => pair.Beta.Log.Says("Heartbeat restart on node alpha", there)
            || pair.Alpha.Log.Says("Configuration validated", here) || pair.Alpha.Log.Says("reload", here), 20);
        pair.WaitActive();
        pair.WaitSettled(pair.Alpha, pair.Beta);
        foreach (var each in pair.Hosts)
            Assert.That(each.Addresses.History.Where(h => h.At > before), Is.Empty, $"{each.Name}: no address came or went");
    }
}
