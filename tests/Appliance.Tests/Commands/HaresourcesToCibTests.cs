using System.Diagnostics;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy;

namespace Appliance.Commands.Tests;

public class Appliance_haresources2cib
{
    private string _directory = "", _host = "";

    [SetUp]
    public void AnAdministratorsDirectory()
    {
        _directory = Directory.CreateTempSubdirectory("appliance-cib-").FullName;
        _host = new SystemFacts(_ => true).HostName;
        Write("ha.cf", $"logfacility none\nauto_failback off\nucast lo 127.0.0.1\nnode {_host} other\nstonith_host {_host} external/ipmi other 192.0.2.2 admin geheim lan\nstonith_host other external/ipmi {_host} 192.0.2.1 admin geheim lan\n");
        Write("authkeys", "auth 1\n1 sha1 key\n");
        Write("haresources", $"{_host} 192.0.2.5/24 Filesystem::/dev/sdb1::/data::ext4 systemd:nginx\nother IPaddr2::192.0.2.6 ocf:heartbeat:pgsql::pgctl=/usr/bin/pg_ctl apache::/etc/apache.conf\n{_host} 192.0.2.7\n");
    }

    [TearDown]
    public void Gone() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Gives_groups_preferences_stickiness_monitors_and_devices()
    {
        var cib = Cib();
        Assert.That(Ids(cib, "group"), Is.EqualTo("group_1 group_2"));
        Assert.That(string.Join(' ', cib.Descendants("primitive").Select(p => $"{p["id"]}={p["class"]}:{p["provider"]}:{p["type"]}")), Is.EqualTo(
            "IPaddr_192_0_2_5=ocf:heartbeat:IPaddr Filesystem_sdb1=ocf:heartbeat:Filesystem nginx=systemd::nginx IPaddr2_192_0_2_6=ocf:heartbeat:IPaddr2 pgsql_303ae819=ocf:heartbeat:pgsql apache_apache_conf=heartbeat::apache "
            + "IPaddr_192_0_2_7=ocf:heartbeat:IPaddr external_ipmi-1=stonith::fence_ipmilan external_ipmi-2=stonith::fence_ipmilan"));
        Assert.That(string.Join(' ', cib.Descendants("rsc_location").Select(l => $"{l["rsc"]}@{l["node"]}={l["score"]}")).Replace(_host, "HERE", StringComparison.Ordinal),
            Is.EqualTo("group_1@HERE=100 group_2@other=100 IPaddr_192_0_2_7@HERE=100 external_ipmi-1@other=-INFINITY external_ipmi-2@HERE=-INFINITY"));
        Assert.That(Pair(cib, "resource-stickiness"), Is.EqualTo("100000"));
        Assert.That((Pair(cib, "stonith-enabled"), Pair(cib, "migration-threshold"), Pair(cib, "failure-timeout")), Is.EqualTo(("true", "2", "3600s")));
        Assert.That(cib.Descendants("op").Count(o => o["name"] == "monitor" && o["interval"] == "10s"), Is.EqualTo(7));
    }

    /// <summary>Two nodes compare theirs before they move to it.</summary>
    [Test]
    public void Has_parameters_in_one_order_and_the_names_that_agents_keep_their_state_by()
    {
        var cib = Cib();
        Assert.That(cib.Descendants("primitive").First().Descendants("nvpair").Select(p => p["name"]), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        var entry = new Core.Resources.ResourceSpec("ocf:heartbeat:pgsql::pgctl=/usr/bin/pg_ctl", "ocf:heartbeat:pgsql", ["pgctl=/usr/bin/pg_ctl"]);
        Assert.That(Ids(cib, "primitive"), Does.Contain(Lrm.HaresourcesOrder.InstanceName(entry, entry.Agent!)));
    }

    [Test]
    public void Is_valid_and_its_engine_starts_everything_where_it_is_preferred()
    {
        var document = SchemaUpgrade.ToLatest(Cib(), "compiled", out _)!;
        Assert.That(CibValidator.Check(document, "compiled").Select(d => d.ToString()), Is.Empty);
        var status = document.Element("status")!;
        foreach (var node in new[] { _host, "other" })
            status.Add("node_state").Set("id", node).Set("uname", node).Set("in_ccm", "true").Set("crmd", "online").Set("join", "member").Set("expected", "member");
        document.Set("have-quorum", "1");
        var changes = string.Join('\n', PolicyRun.Schedule(document, 1_700_000_000, PosixPattern.Of).Changes);
        Assert.That(changes, Does.Match(@$"Start +nginx +\( +{_host} \)").And.Match(@"Start +apache_apache_conf +\( +other \)").And.Match(@$"Start +external_ipmi-1 +\( +{_host} \)"));
    }

    [Test]
    public void Is_what_Debians_crm_verify_takes_for_good()
    {
        if (!File.Exists("/usr/sbin/crm_verify")) Assert.Ignore("needs Debian's pacemaker-cli-utils");
        var file = _directory + "/cib.xml";
        Assert.That(Run("-o", file).Status, Is.Zero);
        using var verify = Process.Start(new ProcessStartInfo("/usr/sbin/crm_verify", ["-VVV", "-x", file]) { RedirectStandardError = true })!;
        var text = verify.StandardError.ReadToEnd();
        verify.WaitForExit();
        // Nobody has said yet that the nodes are well, so it would fence them; that is all it has to say.
        Assert.That(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.Contains("node is unclean", StringComparison.Ordinal)).Select(l => l.Replace(_host, "HERE", StringComparison.Ordinal)), Is.EquivalentTo(new[]
        {
            "(schedule_fencing) \twarning: Scheduling node HERE for fencing", "(schedule_fencing) \twarning: Scheduling node other for fencing",
            "crm_verify: Warnings found during check: config may not be valid",
        }));
    }

    [Test]
    public void Shows_no_password_and_writes_it_for_the_owner_only()
    {
        Assert.That(Run().Output, Does.Not.Contain("geheim").And.Contain("********"));
        Assert.That(Run("--secrets").Output, Does.Contain("geheim"));
        var file = _directory + "/cib.xml";
        Assert.That(Run("-o", file).Status, Is.Zero);
        Assert.That((File.ReadAllText(file).Contains("geheim", StringComparison.Ordinal), File.GetUnixFileMode(file)), Is.EqualTo((true, UnixFileMode.UserRead | UnixFileMode.UserWrite)));
        var (status, _, errors) = Run("-o", file);
        Assert.That(status, Is.EqualTo(73), "nothing is written over");
        Assert.That(errors, Does.EndWith($"\nappliance haresources2cib: {file}: The file '{file}' already exists.\n"));
    }

    [Test]
    public void Says_what_will_be_otherwise()
    {
        Write("ha.cf", $"logfacility none\nauto_failback on\nmonitor 5 restarts=2 within=30m timeout=8\nucast lo 127.0.0.1\nnode {_host} other\n");
        Assert.That(Run().Errors, Is.EqualTo($"""
            {_directory}/ha.cf: warning: no fencing device is configured: a node that falls silent is taken over without proof that it is off (add a stonith_host line to ha.cf)
            {_directory}/haresources:2: info: apache::/etc/apache.conf runs as heartbeat:apache: it is asked for its status every 5s, which crm no does only with monitor

            """));
        var cib = Cib();
        Assert.That((Pair(cib, "resource-stickiness"), Pair(cib, "stonith-enabled"), Pair(cib, "migration-threshold"), Pair(cib, "failure-timeout")), Is.EqualTo(("0", "false", "3", "1800s")));
    }

    [Test]
    public void Of_files_that_cannot_be_started_names_the_errors_and_writes_nothing()
    {
        Write("haresources", "nobody 192.0.2.5/24\n");
        var (status, output, errors) = Run();
        Assert.That((status, output), Is.EqualTo((6, "")));
        Assert.That(errors, Does.StartWith($"{_directory}/haresources:1:1: error: Bad nodename in "));
        Write("haresources", "");
        Write("ha.cf", $"ucast lo 127.0.0.1\nnode {_host} other\nstonith_host * external/ipmi nobody 192.0.2.2 admin geheim lan\n");
        Assert.That(Run().Errors, Does.Contain("nobody is no node of this cluster").And.Not.Contain("geheim"));
        Assert.That(Run("-d", "/no/such/directory").Status, Is.EqualTo(64));
    }

    private CibElement Cib() => CibElement.Parse(Run("--secrets").Output, "cib");

    private static string Ids(CibElement cib, string kind) => string.Join(' ', cib.Descendants(kind).Select(e => e["id"]));

    private static string? Pair(CibElement cib, string name) => cib.Descendants("nvpair").FirstOrDefault(p => p["name"] == name)?["value"];

    private (int Status, string Output, string Errors) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (Crm.HaresourcesToCib.Run(arguments.Contains("-d") ? arguments : [.. arguments, "-d", _directory], output, errors, Composition.Facts), output.ToString(), errors.ToString());
    }

    private void Write(string name, string text)
    {
        File.WriteAllText($"{_directory}/{name}", text);
        File.SetUnixFileMode($"{_directory}/{name}", UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
