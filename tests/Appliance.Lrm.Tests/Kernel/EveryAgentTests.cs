using System.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

/// <summary>What OCF's resource agent API 1.1 asks of every agent ("Actions", "Return codes"), played on each of ours: ocf-tester's sequence, and what it leaves out.</summary>
public class Every_built_in_agent
{
    private static readonly Dictionary<string, Dictionary<string, string>> Parameters = new()
    {
        ["Delay"] = new() { ["startdelay"] = "0.01", ["stopdelay"] = "0.01" },
        ["Dummy"] = [],
        ["Filesystem"] = new() { ["device"] = "tmpfs", ["directory"] = "/run/appliance-lrm-test", ["fstype"] = "tmpfs" },
        ["Http"] = new() { ["statusurl"] = "http://10.77.0.2/" },
        ["IPaddr"] = new() { ["ip"] = "10.77.0.100" },
        ["IPaddr2"] = new() { ["ip"] = "fd77::100" },
        ["IPsrcaddr"] = new() { ["ipaddress"] = "10.77.0.99" },
        ["IPv6addr"] = new() { ["ipv6addr"] = "fd77::101" },
        ["MailTo"] = new() { ["email"] = "root@localhost", ["program"] = "/bin/true" },
        ["Route"] = new() { ["destination"] = "10.5.0.0/16", ["gateway"] = "10.77.0.2" },
        ["SendArp"] = new() { ["ip"] = "10.77.0.1", ["nic"] = "eth0" },
        ["Stateful"] = [],
        ["ethmonitor"] = new() { ["interface"] = "eth0", ["link_status_only"] = "true" },
        ["ping"] = new() { ["host_list"] = "10.77.0.2" },
    };

    private Network _network = null!;
    private Process? _server;

    [OneTimeSetUp]
    public void Plug()
    {
        _network = new Network();
        _network.Ip(_network.A, "addr add 10.77.0.99/24 dev eth0");
        _network.Ip(_network.A, "route add default via 10.77.0.2");
        Machine.NeedsFile("/usr/bin/busybox");
        File.WriteAllText(_network.State.Path + "/index.html", "well\n");
        _server = Process.Start("/usr/sbin/ip", ["netns", "exec", _network.B, "/usr/bin/busybox", "httpd", "-f", "-p", "80", "-h", _network.State.Path]);
    }

    [OneTimeTearDown]
    public void Unplug()
    {
        _server?.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        _network?.Dispose();
    }

    public static IEnumerable<string> Names => AgentRegistry.All.Select(a => a.Description.Name);

    [TestCaseSource(nameof(Names))]
    public void Starts_watches_and_stops_as_often_as_it_is_told(string name)
    {
        foreach (var (action, interval, expected) in new (string, int, int)[]
        {
            ("validate-all", 0, 0), ("monitor", 0, 7), ("stop", 0, 0), ("monitor", 10000, 7), ("monitor", 0, 7), ("start", 0, 0), ("monitor", 10000, 0), ("monitor", 0, 0), ("status", 0, 0),
            ("stop", 0, 0), ("monitor", 10000, 7), ("start", 0, 0), ("start", 0, 0), ("monitor", 10000, 0), ("stop", 0, 0), ("monitor", 10000, 7), ("monitor", 0, 7), ("stop", 0, 0),
        }) Assert.That(Code(name, action, interval), Is.EqualTo(expected), $"{action}, interval {interval}: {string.Join("; ", _network.Log.Lines.TakeLast(3))}");
    }

    [TestCaseSource(nameof(Names))]
    public void Does_what_its_meta_data_promises_and_no_more(string name)
    {
        var agent = AgentRegistry.Find(name)!.Description;
        Assert.That(Code(name, "start"), Is.Zero);
        foreach (var action in (string[])["notify", "reload", "reload-agent"])
            Assert.That(Code(name, action), Is.EqualTo(agent.Has(action) ? 0 : OcfCode.Unimplemented), action);
        Assert.That(agent.Has("promote"), Is.EqualTo(agent.Has("demote")));
        Assert.That(agent.Has("migrate_to"), Is.EqualTo(agent.Has("migrate_from")));
        if (agent.Has("promote"))
        {
            foreach (var (action, expected) in new (string, int)[] { ("demote", 0), ("promote", 0), ("monitor", 8), ("promote", 0), ("monitor", 8), ("demote", 0), ("monitor", 0), ("demote", 0), ("monitor", 0) })
                Assert.That(Code(name, action), Is.EqualTo(expected), action);
        }
        else Assert.That((Code(name, "promote"), Code(name, "demote")), Is.EqualTo((OcfCode.Unimplemented, OcfCode.Unimplemented)));
        if (agent.Has("migrate_to"))
        {
            foreach (var (action, expected) in new (string, int)[] { ("migrate_to", 0), ("monitor", 7), ("migrate_from", 0), ("monitor", 0) })
                Assert.That(Code(name, action), Is.EqualTo(expected), action);
        }
        else Assert.That((Code(name, "migrate_to"), Code(name, "migrate_from")), Is.EqualTo((OcfCode.Unimplemented, OcfCode.Unimplemented)));
        Assert.That(Code(name, "dance"), Is.EqualTo(OcfCode.Unimplemented));
        Assert.That(Code(name, "stop"), Is.Zero);
    }

    private int Code(string name, string action, int interval = 10000)
    {
        var parameters = new Dictionary<string, string>(Parameters[name]) { ["CRM_meta_interval"] = $"{interval}", ["CRM_meta_timeout"] = "20000" };
        return _network.Run(_network.A, name, action, null, parameters).Code;
    }
}
