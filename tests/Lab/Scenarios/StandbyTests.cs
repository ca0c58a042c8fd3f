using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>The operator moves groups about. Alpha's own group is web, beta's own is data.</summary>
public sealed class StandbyTests : LabTest
{
    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Standby_and_takeover_move_what_their_words_say(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off" }).Settled();
        var (alpha, beta) = (pair.Alpha, pair.Beta);

        Move(alpha, "hb_standby all", beta, beta);
        Move(beta, "hb_standby foreign", alpha, beta);
        Move(alpha, "hb_standby local", beta, beta);
        Move(beta, "hb_standby failback", alpha, beta);
        Move(beta, "hb_standby", alpha, alpha);
        Move(alpha, "hb_standby foreign", alpha, beta);
        Move(alpha, "hb_takeover all", alpha, alpha);
        Move(beta, "hb_takeover local", alpha, beta);
        Move(beta, "hb_takeover foreign", beta, beta);
        pair.AssertNeverTwice();

        void Move(Host on, string command, Host web, Host data)
        {
            TestContext.Out.WriteLine($"{command} on {on.Name}");
            on.Operate(command);
            pair.WaitSettled(web, data, 20);
        }
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Standby_without_a_live_peer_leaves_everything_where_it_is(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = "off" }).Settled();
        pair.Beta.Crash();
        pair.WaitSettled(pair.Alpha, pair.Alpha, 15);
        pair.Alpha.Operate("hb_standby all");
        Until.Stays("alpha keeps the addresses", () => pair.Alpha.Holds(PairPlan.WebAddress) && pair.Alpha.Holds(PairPlan.DataAddress), 3);
        Until.True("the standby is cancelled", () => pair.Alpha.ClStatus("rscstatus") == "all", 20, everyMs: 200);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void The_better_connected_node_gets_the_groups(Pairing pairing)
    {
        var plan = new PairPlan
        {
            AutoFailback = "off",
            More = $"ping {Pair.ThirdAddress}\nrespawn hacluster /usr/lib/heartbeat/ipfail\n".Replace("/usr/lib/heartbeat", IpfailDirectory, StringComparison.Ordinal),
        };
        var pair = Make(pairing, plan).Settled();
        Until.True("the ping node is seen", () => pair.Hosts.All(h => h.ClStatus($"nodestatus {Pair.ThirdAddress}") == "ping"), 20, everyMs: 200);

        pair.Network.LoseBoth("alpha", Pair.Third, 0, 1);
        pair.WaitSettled(pair.Beta, pair.Beta, 30);
        pair.AssertNeverTwice();
    }

    private static string IpfailDirectory => File.Exists("/usr/libexec/heartbeat/ipfail") ? "/usr/libexec/heartbeat" : "/usr/lib/heartbeat";
}
