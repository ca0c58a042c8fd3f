using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>Debian's pcs, unmodified, on a pair with <c>crm yes</c> and our commands where pcs looks for Pacemaker's: what it is told happens, and what it prints is so.</summary>
public sealed class PcsTests : LabTest
{
    private static string Say(Host host, string line)
    {
        var (status, output) = Shells.Call(host, "pcs", line);
        Assert.That(status, Is.Zero, $"pcs {line}: {output}");
        return output;
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Builds_a_cluster_from_a_file_and_runs_it(Pairing pairing)
    {
        var pair = Make(pairing, Shells.Plan);
        Shells.Form(pair);
        var (alpha, beta) = (pair.Alpha, pair.Beta);

        Say(alpha, "cluster cib /run/cib.xml");
        foreach (var line in new[]
        {
            "property set stonith-enabled=false",
            "resource create vip ocf:heartbeat:IPaddr2 ip=10.9.0.100 cidr_netmask=24 nic=eth0 op monitor interval=2s --group website",
            "resource create web ocf:heartbeat:nginx configfile=/run/nginx.conf httpd=/usr/sbin/nginx port=80 op monitor interval=5s --group website",
            "resource create s ocf:pacemaker:Stateful promotable",
            "resource create other ocf:pacemaker:Dummy state=/run/other.state op monitor interval=2s",
            "constraint colocation add other with website INFINITY",
            "constraint order website then other",
            "resource defaults update resource-stickiness=10",
        })
            Say(alpha, $"-f /run/cib.xml {line}");
        Say(alpha, "cluster cib-push /run/cib.xml --config");
        Shells.WaitIdle(alpha);
        var owner = pair.Hosts.Single(h => h.Holds(PairPlan.WebAddress));
        Shells.AssertServes(owner);
        Shells.AssertRuns(pair, "/run/other.state", owner);
        Shells.AssertPromotedOnce(pair);

        Assert.That(Say(beta, "resource status"), Does.Contain($"vip\t(ocf:heartbeat:IPaddr2):\t Started {owner.Name}").And.Contain("Clone Set: s-clone [s] (promotable):"));
        var target = pair.Other(owner);
        Assert.That(Say(alpha, "resource move website"), Does.Contain($"resource 'website' is running on node '{target.Name}'"));
        pair.WaitOwner(PairPlan.WebAddress, target, 10);
        Shells.AssertRuns(pair, "/run/other.state", target);
        Assert.That(Say(beta, "constraint --full"), Does.Contain("start website then start other").And.Contain("other with website (score:INFINITY)").And.Not.Contain("cli-"));

        Say(beta, $"node standby {target.Name} --wait=40");
        pair.WaitOwner(PairPlan.WebAddress, owner, 5);
        Say(beta, $"node unstandby {target.Name} --wait=40");
        Say(beta, "resource disable other --wait=40");
        Shells.AssertRuns(pair, "/run/other.state");
        Assert.That(Say(alpha, "resource status other"), Does.Contain("Stopped (disabled)"));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Changes_a_cluster_that_runs(Pairing pairing)
    {
        var pair = Make(pairing, Shells.Plan);
        Shells.Form(pair);
        var (alpha, beta) = (pair.Alpha, pair.Beta);

        Say(alpha, "property set stonith-enabled=false");
        Say(beta, "resource create vip ocf:heartbeat:IPaddr2 ip=10.9.0.100 cidr_netmask=24 nic=eth0 op monitor interval=2s --wait=40");
        Assert.That(pair.Hosts.Count(h => h.Holds(PairPlan.WebAddress)), Is.EqualTo(1));
        Say(alpha, "resource create d ocf:pacemaker:Dummy clone interleave=true --wait=40");
        Shells.AssertRuns(pair, "/run/Dummy-d.state", alpha, beta);
        Assert.That(Say(beta, "status nodes"), Does.Contain("Online: alpha beta"));

        Say(alpha, "resource update d state=/run/moved.state --wait=40");
        Shells.AssertRuns(pair, "/run/moved.state", alpha, beta);
        Shells.AssertRuns(pair, "/run/Dummy-d.state");
        Say(alpha, "resource restart d-clone");
        Shells.AssertRuns(pair, "/run/moved.state", alpha, beta);

        Shells.NameNodes(pair);
        Say(alpha, "constraint location vip prefers alpha=50 beta=20");
        Say(beta, "constraint location d-clone avoids alpha=10");
        Assert.That(Say(beta, "constraint location"), Does.Contain("(score:50)").And.Contain("(score:20)").And.Contain("(score:-10)"));
        Assert.That(Shells.Call(alpha, "pcs", "constraint location vip prefers gamma").Output, Does.Contain("gamma"), "a node that the cluster does not have");
        Say(beta, "node maintenance alpha");
        Assert.That(Say(alpha, "status nodes"), Does.Match("Maintenance: alpha"));
        Say(beta, "node unmaintenance alpha");
        Say(alpha, "node attribute alpha rack=1");
        Assert.That(Say(beta, "node attribute"), Does.Contain("alpha: rack=1"));

        // A device that never has to do anything, but is started and watched as one.
        Say(alpha, "stonith create fence meatware hostlist=\"alpha beta\"");
        Say(alpha, "property set stonith-enabled=true");
        Shells.WaitIdle(alpha);
        Assert.That(Say(beta, "stonith status"), Does.Contain("fence\t(stonith:meatware):\t Started"));
        Assert.That(Say(beta, "property config"), Does.Contain("stonith-enabled: true"));
        Say(beta, "resource delete d");
        Shells.WaitIdle(beta);
        Shells.AssertRuns(pair, "/run/moved.state");
    }
}
