using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>Pacemaker's tools, ours, on a pair with <c>crm yes</c>: whichever node they are called on, the whole cluster is meant.</summary>
public sealed class CrmToolTests : LabTest
{
    private static readonly PairPlan Plan = new() { AutoFailback = "off", More = "crm yes\n", Haresources = $"alpha {PairPlan.WebKey} Track::web\n" };

    private static (int Status, string Output) Call(Host host, string line) => host.Try($"{host.Implementation.Tools}{line}");

    private static string Said(Host host, string line)
    {
        var (status, output) = Call(host, line);
        Assert.That(status, Is.Zero, $"{host.Name}: {line}: {output}");
        return output.Trim();
    }

    private Pair Formed(Pairing pairing)
    {
        var pair = Make(pairing, Plan);
        pair.Start();
        pair.WaitOwner(PairPlan.WebAddress, pair.Alpha, 60);
        foreach (var host in pair.Hosts)
            Until.True($"{host.Name} is a member", () => Call(host, "crm_node -p").Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order().SequenceEqual(["alpha", "beta"]), 60);
        Said(pair.Alpha, "crm_resource --wait -T 60");
        return pair;
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Say_and_change_the_same_on_either_node(Pairing pairing)
    {
        var pair = Formed(pairing);
        Assert.That(Said(pair.Alpha, "crmadmin -q -D"), Is.EqualTo(Said(pair.Beta, "crmadmin -q -D")).And.AnyOf("alpha", "beta"));
        Assert.That(File.ReadAllText(Path.Combine(pair.Alpha.Crm, "cib", "cib.xml")), Does.Contain("<node id=\"1\" uname=\"alpha\"/>").And.Contain("<node id=\"2\" uname=\"beta\"/>"));
        foreach (var (host, id) in pair.Hosts.Zip(["1", "2"]))
        {
            Assert.That(Said(host, "crm_node -n"), Is.EqualTo(host.Name));
            Assert.That((Said(host, "crm_node -i"), Said(host, "crm_node -N 2"), Said(host, "crm_node -q")), Is.EqualTo((id, "beta", "1")));
            Assert.That(Said(host, "crm_node -l").Split('\n').Order(), Is.EqualTo(new[] { "1 alpha member", "2 beta member" }));
            Until.True("each controller tells its state, whichever node is asked", () => pair.Hosts.Select(h => Call(host, $"crmadmin -q -S {h.Name}").Output.Trim()).Order().SequenceEqual(["S_IDLE", "S_NOT_DC"]), 20, everyMs: 300);
            Assert.That(Said(host, "operations"), Does.Contain("heartbeat").And.Not.Contain("Nothing was done"));
            Assert.That(Said(host, "crmadmin -q -N cluster").Split('\n', StringSplitOptions.TrimEntries).Order(), Is.EqualTo(new[] { "alpha", "beta" }));
            Assert.That(Said(host, "crm_simulate -L"), Does.Contain("Online: [ alpha beta ]"));
            var other = host == pair.Alpha ? pair.Beta : pair.Alpha;
            Said(host, $"cibadmin -M -c -o crm_config -X '<cluster_property_set id=\"lab\"><nvpair id=\"lab-x\" name=\"x\" value=\"{host.Name}\"/></cluster_property_set>'");
            Assert.That(Said(other, "crm_attribute -q -G -n x"), Is.EqualTo(host.Name), "what one node was told is stored, all have");
            Assert.That(Said(other, "crm_mon -1"), Does.Match($"Last change:  .* by root via cibadmin on {host.Name}\n"));
            Said(host, $"attrd_updater -n seen -U by-{host.Name} -N {other.Name}");
            Until.True("the attribute is on the other node", () => Call(other, $"attrd_updater -n seen -Q -N {other.Name}").Output.Contains($"value=\"by-{host.Name}\"", StringComparison.Ordinal), 10);
            Until.True("the CIB has it", () => Call(other, $"crm_attribute -q -G -n seen -t status -N {other.Name}").Output.Trim() == $"by-{host.Name}", 10);
        }
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Move_what_runs_and_wait_until_it_has_moved(Pairing pairing)
    {
        var pair = Formed(pairing);
        AlertLog.Configure(pair);
        Said(pair.Beta, "crm_standby -N alpha -v on");
        Said(pair.Beta, "crm_resource --wait -T 60");
        // In Pacemaker 2.1.5's variables and words.
        AlertLog.WaitFor(pair.Beta, "resource", "desc=ok;interval=10000;kind=resource;node=beta;nodeid=2;rc=0;recipient=somebody;rsc=Track_web;status=0;target_rc=0;task=monitor;version=2.1.5");
        Assert.That(AlertLog.Of(pair.Alpha, "resource"), Does.Contain("desc=ok;interval=0;kind=resource;node=alpha;nodeid=1;rc=0;recipient=somebody;rsc=Track_web;status=0;target_rc=0;task=stop;version=2.1.5"));
        Said(pair.Alpha, "attrd_updater -n colour -U red");
        AlertLog.WaitFor(pair.Hosts.First(h => h.Name == Said(h, "crmadmin -q -D")), "attribute", "attribute_name=colour;attribute_value=red;kind=attribute;node=alpha;nodeid=1;recipient=somebody;version=2.1.5");
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 5);
        Assert.That((pair.Alpha.Track.Count("stop web"), pair.Beta.Track.Count("start web")), Is.EqualTo((1, 1)));
        var resource = Said(pair.Alpha, "crm_resource -l").Split('\n')[0];
        Said(pair.Alpha, $"crm_resource --restart -r {resource} -T 60");
        Said(pair.Alpha, "crm_resource --wait -T 60");
        Assert.That(pair.Beta.Holds(PairPlan.WebAddress), Is.True);
        Assert.That(pair.Beta.Track.Count("start web"), Is.EqualTo(2), "what comes after it was stopped and started with it");

        Said(pair.Alpha, "crm_standby -N alpha -D");
        Said(pair.Alpha, "crm_resource --wait -T 60");
        Assert.That(pair.Beta.Holds(PairPlan.WebAddress), Is.True, "auto_failback is off");
        pair.AssertNeverTwice();
    }
}
