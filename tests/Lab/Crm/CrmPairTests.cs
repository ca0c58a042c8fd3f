using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>A pair with <c>crm yes</c>, whose first CIB is made of haresources: an address, a service that writes down what is done to it, and Pacemaker's Dummy, in one group.</summary>
public sealed class CrmPairTests : LabTest
{
    private const string Group = $"{PairPlan.WebKey} Track::web ocf:pacemaker:Dummy";

    private static readonly PairPlan Plan = new() { AutoFailback = "off", More = "crm yes\n", Haresources = $"alpha {Group}\n" };

    private Pair Formed(Pairing pairing, PairPlan? plan = null)
    {
        const string agent = "/usr/lib/ocf/resource.d/pacemaker/Dummy";
        if (!File.Exists(agent)) Assert.Ignore($"{agent} is missing (Debian package pacemaker-resource-agents)");
        var pair = Make(pairing, plan ?? Plan);
        pair.Start();
        pair.WaitOwner(PairPlan.WebAddress, pair.Alpha, 60);
        WaitIdle(pair, pair.Hosts);
        return pair;
    }

    /// <summary>Waits until all of these follow the same node, and it has nothing to do.</summary>
    private static string WaitIdle(Pair pair, params Host[] hosts)
    {
        var dc = "";
        Until.True("one node decides, and has nothing to do", () =>
        {
            var said = hosts.Select(h => h.Try($"{h.Implementation.Tools}status").Output).ToList();
            dc = pair.Hosts.FirstOrDefault(h => hosts.Contains(h) && said[Array.IndexOf(hosts, h)].Contains("this node decides", StringComparison.Ordinal))?.Name ?? "";
            return said.Count(s => s.Contains("this node decides", StringComparison.Ordinal)) == 1 && said.Count(s => s.Contains($"{dc} decides", StringComparison.Ordinal)) == hosts.Length - 1
                && said.Any(s => s.Contains("S_IDLE", StringComparison.Ordinal));
        }, 60, everyMs: 300, () => string.Join("\n", hosts.Select(h => h.Try($"{h.Implementation.Tools}status").Output)));
        return dc;
    }

    private static void AssertRunsOnceOn(Pair pair, Host owner)
    {
        foreach (var host in pair.Hosts.Where(h => h.Powered))
        {
            Assert.That(host.Try("sh -c 'ls /run/track-web /run/Dummy-Dummy.state 2>/dev/null | wc -l'").Output.Trim(), Is.EqualTo(host == owner ? "2" : "0"), $"services on {host.Name}");
            Assert.That(host.Holds(PairPlan.WebAddress), Is.EqualTo(host == owner), $"the address on {host.Name}");
        }
        pair.AssertNeverTwice();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_pair_forms_and_starts_what_haresources_says(Pairing pairing)
    {
        var pair = Formed(pairing);
        AssertRunsOnceOn(pair, pair.Alpha);
        Assert.That(pair.Hosts.Sum(h => h.Track.Count("start web")), Is.EqualTo(1));
        var configurations = pair.Hosts.Select(h => File.ReadAllText(Path.Combine(h.Crm, "cib", "cib.xml"))).Select(t => t[t.IndexOf("<configuration>", StringComparison.Ordinal)..]).ToList();
        Assert.That(configurations[0], Does.Contain("IPaddr2_10_9_0_100").And.Contain("type=\"Dummy\"").And.Contain("uname=\"beta\""));
        Assert.That(configurations[1], Is.EqualTo(configurations[0]), "both have the same on their disks");
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void What_ran_on_a_node_that_lost_its_power_runs_on_the_other(Pairing pairing)
    {
        var pair = Formed(pairing);
        pair.Alpha.Crash();
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        WaitIdle(pair, pair.Beta);
        AssertRunsOnceOn(pair, pair.Beta);

        pair.Alpha.Start();
        Assert.That(WaitIdle(pair, pair.Hosts), Is.EqualTo("beta"), "who decides goes on");
        Until.Stays("what runs stays where it is", () => pair.Beta.Holds(PairPlan.WebAddress), 3);
        AssertRunsOnceOn(pair, pair.Beta);
        Assert.That(pair.Beta.Track.Count("start web"), Is.EqualTo(1));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_node_in_standby_gives_everything_away_and_gets_nothing_back_by_itself(Pairing pairing)
    {
        var pair = Formed(pairing);
        pair.Alpha.Operate("hb_standby");
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        WaitIdle(pair, pair.Hosts);
        AssertRunsOnceOn(pair, pair.Beta);
        pair.Alpha.Operate("hb_takeover");
        Until.Stays("what runs stays where it is", () => pair.Beta.Holds(PairPlan.WebAddress), 3);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_daemon_that_stops_has_moved_everything_before(Pairing pairing)
    {
        var pair = Formed(pairing);
        pair.Alpha.Stop(40);
        Assert.That((pair.Alpha.Holds(PairPlan.WebAddress), pair.Beta.Track.Says("start web")), Is.EqualTo((false, true)), "it runs there when the daemon has ended");
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 10);
        WaitIdle(pair, pair.Beta);
        AssertRunsOnceOn(pair, pair.Beta);
        Assert.That(pair.Beta.Log.Says("alpha has left"), Is.True);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_control_process_that_dies_leaves_what_runs_alone(Pairing pairing)
    {
        var pair = Formed(pairing);
        var mark = pair.Alpha.Log.Mark();
        Shell.Run(pair.Alpha.Inside("sh -c 'for p in /proc/[0-9]*; do tr \"\\0\" \" \" <$p/cmdline 2>/dev/null | grep -q \"^appliance control\" && kill -KILL ${p#/proc/}; done; true'"));
        pair.Alpha.Log.WaitFor("The CIB of this node is", 30, mark);
        WaitIdle(pair, pair.Hosts);
        AssertRunsOnceOn(pair, pair.Alpha);
        Assert.That((pair.Alpha.Track.Count("start web"), pair.Alpha.Track.Count("stop web"), pair.Beta.Track.Count("start web")), Is.EqualTo((1, 0, 0)));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Two_engines_do_not_manage_one_cluster(Pairing pairing)
    {
        var pair = Make(pairing, Plan);
        var haCf = Path.Combine(pair.Beta.Etc, "ha.cf");
        File.WriteAllText(haCf, File.ReadAllText(haCf).Replace("crm yes", "crm no", StringComparison.Ordinal));
        pair.Start();
        foreach (var host in pair.Hosts) host.Log.WaitFor("nothing is managed here until both say the same", 40);
        Until.Stays("nothing is started", () => pair.Hosts.All(h => !h.Holds(PairPlan.WebAddress) && !h.Track.Says("start")), 5);

        pair.Beta.Stop();
        pair.WaitOwner(PairPlan.WebAddress, pair.Alpha, 30);
    }
}
