using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>Debian's crmsh, unmodified, on a pair with <c>crm yes</c> and our commands on its path: the usual walk through a cluster's life, judged by what runs.</summary>
public sealed class CrmshTests : LabTest
{
    private static string Say(Host host, string line)
    {
        var (status, output) = Shells.Call(host, "crm", line);
        Assert.That(status, Is.Zero, $"crm {line}: {output}");
        return output;
    }

    /// <summary>One crmsh for a whole script: it commits once, at the end.</summary>
    private static void Configure(Host host, string script)
    {
        var (status, output) = Shells.Call(host, "crm", "configure", script.ReplaceLineEndings("\n"));
        Assert.That((status, output.Contains("ERROR", StringComparison.Ordinal)), Is.EqualTo((0, false)), output);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Builds_a_cluster_and_runs_it(Pairing pairing)
    {
        var pair = Make(pairing, Shells.Plan);
        Shells.Form(pair);
        var (alpha, beta) = (pair.Alpha, pair.Beta);

        Say(alpha, "configure property stonith-enabled=false");
        Say(alpha, "configure primitive vip ocf:heartbeat:IPaddr2 params ip=10.9.0.100 cidr_netmask=24 nic=eth0 op monitor interval=2s");
        Shells.WaitIdle(alpha);
        Assert.That(pair.Hosts.Count(h => h.Holds(PairPlan.WebAddress)), Is.EqualTo(1));
        Assert.That(Say(alpha, "configure show vip"), Does.Contain("params ip=10.9.0.100 cidr_netmask=24 nic=eth0").And.Contain("op monitor interval=2s"));

        Configure(alpha, """
            primitive web ocf:heartbeat:nginx params configfile=/run/nginx.conf httpd=/usr/sbin/nginx port=80 op monitor interval=5s op start timeout=40s op stop timeout=60s
            group website vip web
            location prefer-beta website 50: beta
            primitive d ocf:pacemaker:Dummy op monitor interval=10s
            clone dc d meta interleave=true
            primitive s ocf:pacemaker:Stateful op monitor interval=10s role=Promoted op monitor interval=11s role=Unpromoted
            clone ms s meta promotable=true
            primitive other ocf:pacemaker:Dummy params state=/run/other.state
            colocation with inf: other website
            order first Mandatory: website other
            rsc_defaults resource-stickiness=10
            op_defaults timeout=60s
            commit
            """);
        Shells.WaitIdle(alpha);
        pair.WaitOwner(PairPlan.WebAddress, beta, 10);
        Shells.AssertServes(beta);
        Shells.AssertRuns(pair, "/run/other.state", beta);
        Shells.AssertRuns(pair, "/run/Dummy-d.state", alpha, beta);
        Shells.AssertPromotedOnce(pair);
        var status = Say(alpha, "status");
        foreach (var line in new[]
        {
            "Online: [ alpha beta ]", "Resource Group: website:", "vip\t(ocf:heartbeat:IPaddr2):\t Started beta", "web\t(ocf:heartbeat:nginx):\t Started beta",
            "Clone Set: dc [d]:", "Started: [ alpha beta ]", "Clone Set: ms [s] (promotable):", "other\t(ocf:pacemaker:Dummy):\t Started beta", "7 resource instances configured",
        })
            Assert.That(status, Does.Contain(line));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Moves_stops_and_mends_what_runs(Pairing pairing)
    {
        var pair = Make(pairing, Shells.Plan);
        Shells.Form(pair);
        var (alpha, beta) = (pair.Alpha, pair.Beta);
        Configure(alpha, """
            property stonith-enabled=false
            primitive vip ocf:heartbeat:IPaddr2 params ip=10.9.0.100 cidr_netmask=24 nic=eth0 op monitor interval=2s
            primitive other ocf:pacemaker:Dummy params state=/run/other.state op monitor interval=2s
            group all vip other
            rsc_defaults resource-stickiness=10
            commit
            """);
        Shells.WaitIdle(alpha);

        foreach (var target in new[] { beta, alpha })
        {
            Say(alpha, $"-w resource move all {target.Name}");
            pair.WaitOwner(PairPlan.WebAddress, target, 10);
            Shells.AssertRuns(pair, "/run/other.state", target);
            Assert.That(Say(beta, "resource locate other"), Does.Contain($"is running on: {target.Name}"));
            Say(alpha, "resource clear all");
            Assert.That(Say(alpha, "configure show"), Does.Not.Contain("cli-"));
        }

        Say(beta, "-w node standby alpha");
        Shells.WaitIdle(beta);
        pair.WaitOwner(PairPlan.WebAddress, beta, 10);
        Assert.That(Say(beta, "status"), Does.Contain("Node alpha: standby"));
        Say(beta, "-w node online alpha");
        Assert.That(Say(beta, "status"), Does.Contain("Online: [ alpha beta ]"));
        Say(beta, "node maintenance alpha");
        Assert.That(Say(beta, "status"), Does.Contain("Node alpha: maintenance"));
        Say(beta, "node ready alpha");
        Assert.That(Say(alpha, "node show"), Does.Contain("alpha(1)").And.Contain("beta(2)"));

        Say(alpha, "-w resource stop other");
        Shells.AssertRuns(pair, "/run/other.state");
        Assert.That(Say(alpha, "status"), Does.Contain("Stopped (disabled)"));
        Say(alpha, "-w resource start other");
        Shells.AssertRuns(pair, "/run/other.state", beta);

        // What a monitor finds gone is said and started again, and forgotten when the operator says so.
        Shell.Run(beta.Inside("rm /run/other.state"));
        Until.True("it is started again", () => beta.Try("test -e /run/other.state").Status == 0, 20);
        Shells.WaitIdle(alpha);
        Assert.That(Say(alpha, "status"), Does.Contain("Failed Resource Actions:").And.Contain("other 2s-interval monitor on beta"));
        Assert.That(Say(alpha, "resource cleanup other"), Does.Contain("Cleaned up other on beta\nCleaned up other on alpha"), "in the order of 2.1.5");
        Shells.WaitIdle(alpha);
        Assert.That(Say(alpha, "status"), Does.Not.Contain("Failed Resource Actions:"));
        Shells.AssertRuns(pair, "/run/other.state", beta);

        Say(alpha, "-w resource stop other");
        Say(alpha, "configure delete other");
        Assert.That(Say(beta, "configure show"), Does.Not.Contain("other"));
        Assert.That(beta.Holds(PairPlan.WebAddress), Is.True);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Starts_a_fencing_device(Pairing pairing)
    {
        var pair = Make(pairing, Shells.Plan);
        Shells.Form(pair);
        Configure(pair.Alpha, """
            primitive fence stonith:meatware params hostlist="alpha beta" op monitor interval=60s
            property stonith-enabled=true
            commit
            """);
        Shells.WaitIdle(pair.Alpha);
        Assert.That(Say(pair.Beta, "status"), Does.Match("fence\t\\(stonith:meatware\\):\t Started (alpha|beta)"));
        Assert.That(Say(pair.Beta, "configure show"), Does.Contain("stonith-enabled=true").And.Contain("primitive fence stonith:meatware"));
    }
}
