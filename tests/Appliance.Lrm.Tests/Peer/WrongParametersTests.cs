using Appliance.Lrm.Agents;
using Appliance.Lrm.Tests.Kernel;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>Every built-in agent with parameters with which nothing can have been started, beside the program of resource-agents: probe, watching monitor, stop.</summary>
/// <remarks>A failed stop fences the node: ours never fails for a slip of the pen, also where a script does.</remarks>
public class Wrong_parameters
{
    private const string Root = "/usr/lib/ocf/resource.d/";

    private Network _network = null!;

    [OneTimeSetUp]
    public void Plug() => _network = new Network();

    [OneTimeTearDown]
    public void Unplug() => _network?.Dispose();

    /// <summary>Agent, parameters, what ours answer and what the program answers: probe, monitor, stop.</summary>
    private static readonly (string Agent, string Parameters, string Ours, string Theirs)[] Table =
    [
        ("IPaddr2", "ip=10.77.0.300", "7 1 0", "7 1 0"),
        ("IPaddr2", "", "6 6 0", "6 6 0"),
        ("IPaddr2", "ip=10.77.0.100 cidr_netmask=99", "7 1 0", "7 1 0"),
        ("IPaddr2", "ip=10.77.0.100 nic=nope0", "7 7 0", "7 1 0"),
        ("IPaddr2", "ip=10.77.0.100 arp_count=x", "7 7 0", "6 6 6"),
        ("IPaddr2", "ip=10.77.0.100 lvs_support=perhaps", "7 7 0", "7 7 0"),
        ("IPaddr2", "ip=fd77::100 preferred_lft=x", "7 7 0", "7 7 0"),
        ("IPaddr", "ip=x", "7 7 0", "7 7 0"),
        ("IPaddr", "", "7 7 0", "7 7 0"),
        ("IPaddr", "ip=10.77.0.100 cidr_netmask=99", "7 7 0", "7 7 0"),
        ("IPaddr", "ip=10.77.0.100 nic=nope0", "7 7 0", "7 7 0"),
        ("IPv6addr", "ipv6addr=x", "7 7 0", "2 2 2"),
        ("IPv6addr", "", "7 7 0", "2 2 2"),
        ("IPv6addr", "ipv6addr=10.77.0.7", "7 7 0", "2 2 2"),
        ("IPsrcaddr", "", "6 6 0", "6 6 0"),
        ("IPsrcaddr", "ipaddress=bogus", "6 6 0", "6 6 0"),
        ("IPsrcaddr", "ipaddress=10.77.0.1 destination=bogus", "6 6 0", "6 6 0"),
        ("Delay", "startdelay=x", "7 7 0", "2 2 0"),
        ("Delay", "stopdelay=x mondelay=0", "7 7 0", "2 2 0"),
        ("Dummy", "state=/nope/x", "7 7 0", "7 7 0"),
        ("MailTo", "", "7 7 0", "7 7 6"),
        ("Route", "", "7 1 0", "7 1 1"),
        ("Route", "destination=bogus", "7 1 0", "7 1 1"),
        ("Route", "destination=bogus device=eth0", "7 1 0", "7 1 1"),
        ("Route", "destination=10.5.0.0/16", "7 1 0", "7 7 0"),
        ("Route", "destination=10.5.0.0/16 device=nope0", "7 7 0", "7 1 1"),
        ("Route", "destination=10.5.0.0/16 gateway=bogus", "7 1 0", "7 1 1"),
        ("Route", "destination=10.5.0.0/16 device=eth0 table=bogus", "7 1 0", "7 1 1"),
        ("Route", "destination=10.5.0.0/16 device=eth0 family=bogus", "7 7 0", "7 7 0"),
        ("SendArp", "", "7 7 0", "7 7 0"),
        ("SendArp", "ip=bogus nic=eth0", "7 7 0", "7 7 0"),
        ("Filesystem", "", "6 6 0", "6 6 6"),
        ("Filesystem", "device=tmpfs fstype=tmpfs", "6 6 0", "6 6 6"),
        ("Filesystem", "directory=/nope fstype=tmpfs", "6 6 0", "6 6 6"),
        ("Filesystem", "device=/dev/nope directory=/nope fstype=ext4", "7 7 0", "7 7 0"),
        ("Filesystem", "device=tmpfs directory=/nope run_fsck=perhaps fstype=tmpfs", "6 6 0", "7 7 0"),
        ("ethmonitor", "", "6 6 0", "6 6 6"),
        ("ethmonitor", "interface=nope0", "7 7 0", "7 7 0"),
        ("ethmonitor", "interface=eth0 multiplier=x", "6 6 0", "6 6 6"),
        ("Http", "", "7 7 0", ""),
        ("Http", "statusurl=x", "7 7 0", ""),
        ("Http", "statusurl=http://x/ timeout=x", "7 7 0", ""),
        ("Stateful", "state=/nope/x", "7 7 0", "7 7 0"),
        ("ping", "", "7 7 0", "7 7 0"),
        ("ping", "host_list=10.77.0.2 attempts=x", "7 7 0", "7 7 0"),
        ("ping", "host_list=10.77.0.2 failure_score=x", "7 7 0", "7 7 0"),
    ];

    private static IEnumerable<TestCaseData> Cases(bool theirs)
    {
        foreach (var (agent, parameters, ours, original) in Table)
            if (!theirs || original.Length > 0) yield return new TestCaseData(agent, parameters, theirs ? original : ours).SetArgDisplayNames($"{agent} {parameters}".TrimEnd());
    }

    private static IEnumerable<TestCaseData> Ours => Cases(false);

    private static IEnumerable<TestCaseData> Theirs => Cases(true);

    [Test]
    public void Are_tried_on_every_agent() =>
        Assert.That(Table.Select(t => t.Agent).Distinct().Order(StringComparer.Ordinal), Is.EqualTo(AgentRegistry.All.Select(a => a.Description.Name).Order(StringComparer.Ordinal)));

    [TestCaseSource(nameof(Ours))]
    public void Fail_no_stop_of_ours(string agent, string parameters, string expected)
    {
        int Code(string action, int interval) => _network.Run(_network.A, agent, action, null, Given(parameters, interval)).Code;
        Assert.That($"{Code("monitor", 0)} {Code("monitor", 10000)} {Code("stop", 0)}", Is.EqualTo(expected), string.Join('\n', _network.Log.Lines.TakeLast(3)));
    }

    [TestCaseSource(nameof(Theirs)), Category("peer")]
    public void Are_answered_by_the_programs_as_is_written_here(string agent, string parameters, string expected)
    {
        var program = Root + (AgentRegistry.Find(agent)!.Description.StandsFor ?? "heartbeat") + "/" + agent;
        Machine.NeedsFile(program);
        string Code(string action, int interval) => $"{Machine.TryShell($"ip netns exec {_network.A} env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=wrong HA_RSCTMP={_network.State.Path} HA_LOGFACILITY=none HA_LOGFILE=/dev/null HA_DEBUGLOG=/dev/null "
            + string.Join(' ', Given(parameters, interval).Select(p => $"OCF_RESKEY_{p.Key}={p.Value}")) + $" {program} {action} </dev/null").Code}";
        Assert.That($"{Code("monitor", 0)} {Code("monitor", 10000)} {Code("stop", 0)}", Is.EqualTo(expected));
    }

    [Test]
    public void Are_told_of_by_the_stop()
    {
        Assert.That(_network.Run(_network.A, "IPaddr2", "stop", null, new() { ["ip"] = "10.77.0.301" }).Code, Is.Zero);
        Assert.That(_network.Log.Lines, Has.Some.Contains("IPaddr2 stop: nothing can have been started: 10.77.0.301 is not an IP address"));
        Assert.That(_network.Run(_network.A, "IPaddr2", "stop", []).Code, Is.Zero, "no argument at all, by heartbeat's way");
    }

    /// <summary>What says only how it is started does not hide what runs.</summary>
    [TestCase("10.77.0.102", "arp_count", "x")]
    [TestCase("10.77.0.102", "lvs_support", "perhaps")]
    [TestCase("fd77::102", "preferred_lft", "x")]
    [TestCase("fd77::102", "lvs_support", "true")]
    public void Of_a_start_do_not_keep_what_runs_from_being_seen_and_stopped(string address, string name, string value)
    {
        Dictionary<string, string> right = new() { ["ip"] = address }, wrong = new() { ["ip"] = address, [name] = value };
        Assert.That(_network.Run(_network.A, "IPaddr2", "start", null, wrong).Code, Is.EqualTo(OcfCode.Configured));
        Assert.That(_network.Run(_network.A, "IPaddr2", "start", null, right).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPaddr2", "monitor", null, wrong).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPaddr2", "stop", null, wrong).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPaddr2", "monitor", null, right).Code, Is.EqualTo(OcfCode.NotRunning));
    }

    private static Dictionary<string, string> Given(string parameters, int interval)
    {
        var given = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        (given["CRM_meta_interval"], given["CRM_meta_timeout"]) = ($"{interval}", "20000");
        return given;
    }
}
