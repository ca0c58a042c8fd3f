using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>What a pair makes of its links: one alone, one lost, a bad one.</summary>
public sealed class LinkTests : LabTest
{
    [Test]
    public void One_medium_alone_carries_a_pair_through_a_takeover(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values(Media.Serial, Media.Bcast, Media.Mcast, Media.Ucast)] Media medium)
    {
        var pair = Make(pairing, new PairPlan { Media = medium }).Settled();
        pair.Alpha.Crash();
        pair.WaitSettled(pair.Beta, pair.Beta, 15);
        pair.Alpha.Start();
        pair.WaitSettled(pair.Alpha, pair.Beta);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_serial_line_of_9600_baud_alone_carries_a_pair(Pairing pairing)
    {
        // A status takes a fifth of a second on such a line.
        var pair = Make(pairing, new PairPlan { Media = Media.Serial, Baud = 9600, Keepalive = 1000, Deadtime = 5000, Initdead = 8000, AutoFailback = "off" }).Settled();
        foreach (var host in pair.Hosts) host.Log.WaitFor("remote resource transition completed.", 20);   // before that a standby is refused
        pair.Alpha.Operate("hb_standby all");
        pair.WaitSettled(pair.Beta, pair.Beta);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_standby_that_came_too_early_can_be_asked_for_again(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { Media = Media.Serial, Baud = 9600, Keepalive = 1000, Deadtime = 5000, Initdead = 8000, AutoFailback = "off" }).Settled();
        var asked = 0L;
        Until.True("beta has everything", () =>
        {
            if (Environment.TickCount64 - asked > 4000)
            {
                pair.Alpha.Operate("hb_standby all");
                asked = Environment.TickCount64;
            }
            return pair.Beta.Holds(PairPlan.WebAddress) && !pair.Alpha.Holds(PairPlan.WebAddress);
        }, 40);
        pair.AssertNeverTwice();
    }

    [Test]
    public void A_lost_medium_is_noticed_and_moves_nothing(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values] Medium medium)
    {
        var pair = Make(pairing).Settled();
        var device = medium == Medium.Serial ? pair.Serial.Device(0) : $"eth{(int)medium}";
        pair.Alpha.Log.WaitFor($"Link beta:{device} up.", 15);   // a pair of ours is settled before its slowest link is up
        var mark = pair.Alpha.Log.Mark();
        pair.Cut(medium);
        pair.Alpha.Log.WaitFor($"Link beta:{device} dead.", 15, mark);
        Assert.That(pair.Alpha.ClStatus($"hblinkstatus beta {device}"), Is.EqualTo("dead"));
        mark = pair.Alpha.Log.Mark();
        pair.Heal(medium);
        pair.Alpha.Log.WaitFor($"Link beta:{device} up.", 15, mark);
        Assert.That(pair.Alpha.Log.Says("is dead"), Is.False, "no node was declared dead");
        Assert.That(pair.Alpha.Holds(PairPlan.WebAddress) && pair.Beta.Holds(PairPlan.DataAddress), Is.True);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_carrier_that_goes_and_comes_back_is_picked_up_again(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        var mark = pair.Alpha.Log.Mark();
        pair.Network.Plug("alpha", 1, plugged: false);
        pair.Alpha.Log.WaitFor("Link beta:eth1 dead.", 15, mark);
        mark = pair.Alpha.Log.Mark();
        pair.Network.Plug("alpha", 1, plugged: true);
        pair.Alpha.Log.WaitFor("Link beta:eth1 up.", 20, mark);
        Assert.That(pair.Alpha.Log.Says("is dead"), Is.False);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_fifth_of_all_datagrams_lost_neither_kills_a_node_nor_stops_a_hand_over(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { Media = Media.Bcast, AutoFailback = "off", Deadtime = 3000 }).Settled();
        var (here, there) = (pair.Alpha.Log.Mark(), pair.Beta.Log.Mark());
        pair.Network.LoseBoth("alpha", "beta", 0, 0.2);
        Until.Stays("nobody is declared dead", () => !pair.Alpha.Log.Says("is dead", here) && !pair.Beta.Log.Says("is dead", there), 8, everyMs: 200);
        pair.Alpha.StandBy();
        pair.WaitSettled(pair.Beta, pair.Beta);
        pair.Beta.StandBy("foreign");
        pair.WaitSettled(pair.Alpha, pair.Beta);
        Assert.That(pair.Alpha.Log.Says("is dead", here), Is.False);
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Msgfmt_netstring_and_classic_understand_each_other(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off" });
        pair.Alpha.Write("ha.cf", (pair.Plan with { More = "msgfmt netstring" }).HaCf(pair.Serial.Device(0)));
        pair.Settled();
        pair.Beta.Crash();      // no standby: 3.0.6's own children (its tools, the ends of a standby and of a takeover) are not understood by a 3.0.6 with "msgfmt netstring"
        pair.WaitOwner(PairPlan.DataAddress, pair.Alpha, 15);
        pair.Beta.Start();
        pair.WaitActive();
        pair.AssertNeverTwice();
    }
}
