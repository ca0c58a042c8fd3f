using System.Text.RegularExpressions;
using Appliance.Lrm.Tests.Kernel;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>Debian's IPaddr2 (the script of resource-agents behind heartbeat's wrapper) and ours, on the same interface one after the other.</summary>
[Category("peer")]
public partial class IPaddr2_of_resource_agents
{
    private Network _network = null!;

    [SetUp]
    public void Plug()
    {
        _network = new Network();
        Machine.NeedsFile("/etc/ha.d/resource.d/IPaddr2");
        Machine.NeedsFile("/usr/lib/ocf/resource.d/heartbeat/IPaddr2");
    }

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [TestCase("10.77.0.100")]
    [TestCase("10.77.0.100/24")]
    [TestCase("10.77.0.100/24/eth0")]
    [TestCase("10.77.0.100/24/eth0:web")]
    [TestCase("10.77.0.100/24/eth0:web/10.77.0.255")]
    [TestCase("10.77.0.100/24/10.77.0.255")]
    [TestCase("10.77.0.100/24/eth0/+")]
    [TestCase("10.77.0.100/24/eth0/-")]
    [TestCase("10.77.0.100/32/eth0")]
    [TestCase("10.77.0.100/16/eth0")]
    [TestCase("10.77.0.100/25/eth0")]
    [TestCase("10.99.0.1/24/eth0")]
    [TestCase("10.77.0.100/255.255.255.0/eth0")]
    [TestCase("127.0.0.5/8/lo")]
    public void Leaves_the_same_address_as_ours(string form)
    {
        var theirs = Addresses(() => Theirs(form, "start"), () => Theirs(form, "stop"));
        var ours = Addresses(() => Ours(form, "start"), () => Ours(form, "stop"));
        Assert.That(theirs, Is.Not.Empty);
        Assert.That(ours, Is.EqualTo(theirs));
    }

    [TestCase("10.99.0.1")]
    [TestCase("10.77.0.100/24/eth9")]
    [TestCase("10.77.0.100/33")]
    [TestCase("10.77.0.300")]
    [TestCase("10.77.0.100/24/eth0:averyveryverylonglabel")]
    public void Refuses_what_ours_refuses(string form)
    {
        Assert.That(Theirs(form, "start"), Is.Not.Zero);
        Assert.That(Ours(form, "start"), Is.Not.Zero);
        Assert.That(Show(), Has.None.Contains("10.77.0.100").And.None.Contains("10.99.0.1"));
    }

    [Test]
    public void Stops_and_sees_what_ours_started_and_the_other_way_round()
    {
        Assert.That(Ours("10.77.0.100", "start"), Is.Zero);
        Assert.That(Theirs("10.77.0.100", "status"), Is.Zero);
        Assert.That(Theirs("10.77.0.100", "stop"), Is.Zero);
        Assert.That(Ours("10.77.0.100", "monitor"), Is.EqualTo(7));
        Assert.That(Theirs("10.77.0.100", "start"), Is.Zero);
        Assert.That(Ours("10.77.0.100", "monitor"), Is.Zero);
        Assert.That(Ours("10.77.0.100", "stop"), Is.Zero);
        Assert.That(Theirs("10.77.0.100", "status"), Is.EqualTo(7));
    }

    private string[] Addresses(Func<int> start, Func<int> stop)
    {
        var before = Show();
        Assert.That(start(), Is.Zero);
        var added = Show().Except(before).ToArray();
        Assert.That(stop(), Is.Zero);
        Assert.That(Show(), Is.EqualTo(before));
        return added;
    }

    /// <summary><c>ip -o addr show</c> without index and lifetimes.</summary>
    private string[] Show() => [.. _network.Ip(_network.A, "-o -4 addr show").Split('\n').Select(l => Noise().Replace(l, "").Trim())];

    [GeneratedRegex(@"^\d+:\s*|\\\s*valid_lft.*$")]
    private static partial Regex Noise();

    private int Theirs(string form, string action) => Machine.TryShell(
        $"mkdir -p {_network.State.Path}/run && ip netns exec {_network.A} env HA_RSCTMP={_network.State.Path}/run HA_LOGFACILITY=none HA_LOGFILE=/dev/null HA_DEBUGLOG=/dev/null HA_DIR=/etc/ha.d OCF_ROOT=/usr/lib/ocf "
        + $"/etc/ha.d/resource.d/IPaddr2 {form} {action} </dev/null >/dev/null 2>&1").Code;

    private int Ours(string form, string action) => _network.Run(_network.A, "IPaddr2", action, [form]).Code;
}
