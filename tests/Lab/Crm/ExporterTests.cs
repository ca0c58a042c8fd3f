using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>Debian's ha_cluster_exporter reads our crm_mon and cibadmin, and gives Prometheus what runs where.</summary>
public sealed class ExporterTests : LabTest
{
    private const string Exporter = "/usr/bin/ha_cluster_exporter";

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Measures_what_runs_where(Pairing pairing)
    {
        if (!File.Exists(Exporter)) Assert.Ignore($"{Exporter} is missing (Debian package prometheus-hacluster-exporter)");
        var pair = Make(pairing, new PairPlan { AutoFailback = "off", More = "crm yes\n", Haresources = "" });
        Shells.Form(pair);
        var alpha = pair.Alpha;
        Change(alpha, "crm_config", "<cluster_property_set id=\"x\"><nvpair id=\"x-s\" name=\"stonith-enabled\" value=\"false\"/></cluster_property_set>");
        Change(alpha, "resources", "<group id=\"all\"><primitive id=\"one\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"><operations><op id=\"one-m\" name=\"monitor\" interval=\"1s\"/></operations></primitive></group>");
        Change(alpha, "resources", "<clone id=\"c\"><meta_attributes id=\"c-m\"><nvpair id=\"c-m-p\" name=\"promotable\" value=\"true\"/></meta_attributes><primitive id=\"s\" class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"/></clone>");
        Shells.WaitIdle(alpha);
        var owner = pair.Hosts.Single(h => h.Try("test -e /run/Dummy-one.state").Status == 0);
        Change(alpha, "constraints", $"<rsc_location id=\"l\" rsc=\"all\" node=\"{owner.Name}\" score=\"50\"/>");
        Shell.Run(owner.Inside("rm /run/Dummy-one.state"));
        Until.True("it is started again", () => owner.Try("test -e /run/Dummy-one.state").Status == 0, 20);
        Shells.WaitIdle(alpha);

        Shell.Run(alpha.Inside($"sh -c 'setsid {Exporter} </dev/null >/var/log/exporter.out 2>&1 &'"));
        var said = "";
        Until.True("the exporter answers", () => (said = alpha.Try("curl -s -m 10 http://127.0.0.1:9664/metrics").Output).Contains("ha_cluster_pacemaker_nodes", StringComparison.Ordinal), 30, everyMs: 500,
            () => said + alpha.Try("cat /var/log/exporter.out").Output);
        TestContext.Out.WriteLine(string.Join('\n', said.Split('\n').Where(l => l.StartsWith("ha_cluster_", StringComparison.Ordinal))));
        foreach (var line in new[]
        {
            "ha_cluster_scrape_success{collector=\"pacemaker\"} 1",
            "ha_cluster_pacemaker_nodes{node=\"alpha\",status=\"online\",type=\"member\"} 1",
            "ha_cluster_pacemaker_nodes{node=\"beta\",status=\"online\",type=\"member\"} 1",
            "ha_cluster_pacemaker_nodes{node=\"beta\",status=\"standby\",type=\"member\"} 0",
            "ha_cluster_pacemaker_stonith_enabled 0",
            $"ha_cluster_pacemaker_fail_count{{node=\"{owner.Name}\",resource=\"one\"}} 1",
            $"ha_cluster_pacemaker_location_constraints{{constraint=\"l\",node=\"{owner.Name}\",resource=\"all\",role=\"\"}} 50",
            $"ha_cluster_pacemaker_resources{{agent=\"ocf:pacemaker:Dummy\",clone=\"\",group=\"all\",managed=\"true\",node=\"{owner.Name}\",resource=\"one\",role=\"started\",status=\"active\"}} 1",
        })
            Assert.That(said, Does.Contain(line));
        Assert.That(said.Split('\n').Count(l => l.Contains("resource=\"s\",role=\"promoted\",status=\"active\"} 1", StringComparison.Ordinal)), Is.EqualTo(1), "one is promoted");
    }

    private static void Change(Host host, string section, string xml)
    {
        var (status, output) = host.Try($"cibadmin -M -c -o {section} -X '{xml}'");
        Assert.That(status, Is.Zero, output);
    }
}
