using Appliance.Lrm.Agents;
using Appliance.Lrm.Tests.Agents;

namespace Appliance.Lrm.Tests.Kernel;

public class An_ethmonitor
{
    private readonly NotedAttributes _attributes = new();
    private Network _network = null!;

    [SetUp]
    public void Plug()
    {
        _attributes.Told.Clear();
        _network = new Network();
    }

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [Test]
    public void Runs_from_start_to_stop()
    {
        Assert.That(Run("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Run("start").Code, Is.Zero);
        Assert.That(Run("start").Code, Is.Zero);
        Assert.That(Run("monitor", ("multiplier", "50"), ("name", "lan")).Code, Is.Zero);
        Assert.That(Run("stop").Code, Is.Zero);
        Assert.That(Run("stop").Code, Is.Zero);
        Assert.That(Run("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(_attributes.Told, Is.EqualTo(new[] { "ethmonitor-eth0=1", "ethmonitor-eth0=1", "lan=50", "ethmonitor-eth0=-", "ethmonitor-eth0=-" }));
    }

    [TestCase("B", "link set eth0 down", "its link is down")]
    [TestCase("A", "link set eth0 down", "its link is down")]
    [TestCase("A", "link del eth0", "it does not exist")]
    public void Finds_an_interface_dead_without_failing(string host, string what, string why)
    {
        Assert.That(Run("start", ("link_status_only", "1")).Code, Is.Zero);
        _network.Ip(host == "A" ? _network.A : _network.B, what);
        Assert.That(Machine.Eventually(() => !_network.Ip(_network.A, "-o link show").Contains("LOWER_UP> mtu 1500", StringComparison.Ordinal)), "the kernel tells the other end a moment later");
        Assert.That(Run("monitor", ("repeat_count", "2"), ("repeat_interval", "0")).Code, Is.Zero);
        Assert.That(_attributes.Told, Is.EqualTo(new[] { "ethmonitor-eth0=1", "ethmonitor-eth0=0" }));
        Assert.That(_network.Log.Lines, Is.EqualTo(new[]
        {
            $"Warn ethmonitor-test: eth0 seems dead: {why}, looked at 1 more times", $"Error ethmonitor-test: eth0 seems dead: {why}",
        }));
    }

    [Test]
    public void Takes_an_answer_of_a_neighbour_where_nothing_else_arrives()
    {
        (string, string)[] parameters = [("pktcnt_timeout", "0"), ("repeat_count", "1")];
        Assert.That(Run("start", parameters).Code, Is.Zero);
        Assert.That(_attributes.Told[^1], Is.EqualTo("ethmonitor-eth0=1"), "10.77.0.2 was pinged and is remembered");
        _network.Ip(_network.B, "link set eth0 arp off");
        Assert.That(Run("monitor", parameters).Code, Is.Zero);
        Assert.That(_attributes.Told[^1], Is.EqualTo("ethmonitor-eth0=0"));
        Assert.That(_network.Log.Lines, Is.EqualTo(new[] { "Error ethmonitor-test: eth0 seems dead: no packet arrives, and no neighbour answers" }));
    }

    [Test]
    public void Takes_any_packet_for_life()
    {
        _network.Ip(_network.B, "link set eth0 arp off");
        _network.Ip(_network.A, "neigh flush dev eth0");
        using var talk = new Timer(_ => Machine.TryShell($"ip netns exec {_network.B} ping -c1 -W1 -b 10.77.0.255"), null, 300, Timeout.Infinite);
        Assert.That(Run("start", ("repeat_count", "1"), ("pktcnt_timeout", "30"), ("arping_cache_entries", "0")).Code, Is.Zero);
        Assert.That(_attributes.Told, Is.EqualTo(new[] { "ethmonitor-eth0=1" }));
    }

    [Test]
    public void Looks_again_before_it_says_so()
    {
        _network.Ip(_network.B, "link set eth0 down");
        using var plug = new Timer(_ => Machine.TryShell($"ip -n {_network.B} link set eth0 up"), null, 500, Timeout.Infinite);
        Assert.That(Run("start", ("link_status_only", "1"), ("repeat_count", "20"), ("repeat_interval", "1")).Code, Is.Zero);
        Assert.That(_attributes.Told, Is.EqualTo(new[] { "ethmonitor-eth0=1" }));
    }

    [Test]
    public void Fails_where_its_attribute_cannot_be_set() => Assert.That(
        _network.Run(_network.A, "ethmonitor", "start", ["eth0"], null, null, new NotedAttributes("the cluster does not answer")),
        Is.EqualTo(new AgentResult(OcfCode.Generic, "attribute ethmonitor-eth0=1 not set: the cluster does not answer")));

    [Test]
    public void Is_invalid_for_an_interface_that_is_not_there() => Assert.That(
        Run("validate-all", ("interface", "eth9")), Is.EqualTo(new AgentResult(OcfCode.Configured, "Interface eth9 does not exist")));

    private AgentResult Run(string action, params (string Name, string Value)[] parameters)
    {
        var all = parameters.ToDictionary(p => p.Name, p => p.Value);
        all.TryAdd("interface", "eth0");
        return _network.Run(_network.A, "ethmonitor", action, null, all, null, _attributes);
    }
}
