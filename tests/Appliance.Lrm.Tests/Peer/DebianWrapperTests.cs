using System.Collections.Immutable;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>heartbeat's packaged wrappers, beside us: what they make of positional arguments, with a stand-in behind them that prints what it gets.</summary>
[Category("peer")]
public class A_packaged_wrapper
{
    [TestCase("IPaddr2", "10.0.0.1")]
    [TestCase("IPaddr2", "10.0.0.1/24")]
    [TestCase("IPaddr2", "10.0.0.1/24/eth0")]
    [TestCase("IPaddr2", "10.0.0.1/24/eth0:web/10.0.0.255")]
    [TestCase("IPaddr2", "10.0.0.1/24/10.0.0.255")]
    [TestCase("IPaddr2", "10.0.0.1/24//10.0.0.255")]
    [TestCase("IPaddr", "10.0.0.1/24/eth0/10.0.0.255")]
    [TestCase("IPv6addr", "2001:db8::1/64/eth1")]
    [TestCase("IPv6addr", "2001:db8::1")]
    [TestCase("Filesystem", "/dev/sdb1 /data")]
    [TestCase("Filesystem", "/dev/sdb1 /data ext4")]
    [TestCase("Filesystem", "-Ldata /data ext4 noatime,ro")]
    [TestCase("SendArp", "10.0.0.1/eth0")]
    [TestCase("Delay", "5")]
    [TestCase("Delay", "5 7")]
    [TestCase("MailTo", "a@example.org")]
    [TestCase("IPsrcaddr", "10.0.0.1")]
    [TestCase("MailTo", "a@example.org Web")]
    public void Sets_the_parameters_that_our_agent_of_its_name_takes_from_the_same_arguments(string name, string arguments)
    {
        var words = arguments.Split(' ');
        var theirs = Parameters(name, words);
        var ours = AgentRegistry.Find(name)!.FromPositional([.. words]);
        // Ours fills a missing stop delay; theirs says off where ours is off anyway, and hands an empty broadcast address on.
        var expected = theirs.Where(p => p.Value.Length > 0 && !(p.Key == "lvs_support" && p.Value == "0"));
        Assert.That(ours.Where(p => !(name == "Delay" && p.Key == "stopdelay" && words.Length == 1)), Is.EquivalentTo(expected));
    }

    [TestCase("apache", "/etc/apache.conf", "configfile=/etc/apache.conf")]
    [TestCase("db2", "inst", "instance=inst")]
    [TestCase("LVM", "vg0", "volgrpname=vg0")]
    [TestCase("Xinetd", "ftp", "service=ftp")]
    [TestCase("portblock", "tcp 80 block", "action=block portno=80 protocol=tcp")]
    [TestCase("LinuxSCSI", "0:0:1", "scsi=0:0:1")]
    [TestCase("Raid1", "/etc/raidtab /dev/md0", "raidconf=/etc/raidtab raiddev=/dev/md0")]
    [TestCase("AudibleAlarm", "alpha beta", null)]
    [TestCase("WinPopup", "ws", null)]
    public void Without_a_built_in_agent_runs_through_our_runner_and_its_words_are_understood(string name, string arguments, string? parameters)
    {
        var seen = Parameters(name, arguments.Split(' '));
        if (!string.IsNullOrEmpty(parameters)) Assert.That(string.Join(' ', seen.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")), Is.EqualTo(parameters));
    }

    [TestCase(0, OperationOutcome.Ok)]
    [TestCase(7, OperationOutcome.NotRunning)]
    [TestCase(1, OperationOutcome.NotRunning)]
    [TestCase(5, OperationOutcome.NotRunning)]
    public void Is_judged_at_status_as_3_0_6_judges_it(int agentCode, OperationOutcome expected)
    {
        using var scratch = new Scratch();
        Assert.That(Run(scratch, "apache", ["/etc/a.conf"], ResourceAction.Status, agentCode).Outcome, Is.EqualTo(expected));
    }

    private static Dictionary<string, string> Parameters(string name, string[] arguments)
    {
        using var scratch = new Scratch();
        var result = Run(scratch, name, arguments, ResourceAction.Start, agentCode: 0);
        Assert.That(result.Outcome, Is.EqualTo(OperationOutcome.Ok), result.Reason);
        var dump = File.ReadAllLines(scratch.Path + "/agents/dump");
        Assert.That(dump[0], Is.EqualTo("action=start"));
        return dump.Where(l => l.StartsWith("OCF_RESKEY_", StringComparison.Ordinal)).Select(l => l["OCF_RESKEY_".Length..].Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
    }

    /// <summary>Runs the wrapper as it is, in a mount namespace where a stand-in lies in the place of every OCF agent.</summary>
    private static OperationResult Run(Scratch scratch, string name, string[] arguments, ResourceAction action, int agentCode)
    {
        const string agents = "/usr/lib/ocf/resource.d/heartbeat";
        Machine.NeedsRoot();
        Machine.NeedsFile("/etc/ha.d/resource.d/" + name);
        Machine.NeedsFile(agents);
        scratch.Script($"agents/{name}", $"{{ echo action=$1; env; }} >{agents}/dump; exit {agentCode}");
        if (File.Exists(agents + "/.ocf-shellfuncs")) File.Copy(agents + "/.ocf-shellfuncs", scratch.Path + "/agents/.ocf-shellfuncs", overwrite: true);
        OperationResult? result = null;
        Machine.InMountNamespace(() =>
        {
            Machine.Shell($"mount --bind {scratch.Path}/agents {agents}");
            var environment = new Dictionary<string, string>
            {
                ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["HA_DIR"] = "/etc/ha.d", ["HA_FUNCS"] = "/etc/ha.d/shellfuncs", ["HA_LOGFACILITY"] = "none", ["HA_LOGFILE"] = "/dev/null", ["HA_DEBUGLOG"] = "/dev/null", ["OCF_ROOT"] = "/usr/lib/ocf",
            };
            result = ScriptRunner.Run("/etc/ha.d/resource.d/" + name, new(name, name, [.. arguments]), action, environment, "/", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), (_, _, _) => { }, default);
        });
        return result!;
    }
}
