using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

public class A_route
{
    private Network _network = null!;

    [SetUp]
    public void Plug() => _network = new Network();

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [TestCase("10.5.0.0/16 via 10.77.0.2", "10.5.0.0/16 via 10.77.0.2 dev eth0")]
    [TestCase("10.5.0.0/16 dev eth0", "10.5.0.0/16 dev eth0 scope link")]
    [TestCase("10.5.1.1 via 10.77.0.2 dev eth0 src 10.77.0.1", "10.5.1.1 via 10.77.0.2 dev eth0 src 10.77.0.1")]
    [TestCase("default via 10.77.0.2", "default via 10.77.0.2 dev eth0")]
    [TestCase("0.0.0.0/0 via 10.77.0.2", "default via 10.77.0.2 dev eth0")]
    [TestCase("fd88::/48 via fd77::2", "fd88::/48 via fd77::2 dev eth0 metric 1024 pref medium")]
    [TestCase("10.5.0.0/16 via 10.77.0.2 table 77", "10.5.0.0/16 via 10.77.0.2 dev eth0")]
    public void Is_added_and_removed_as_ip_route_does(string words, string shown)
    {
        var arguments = words.Split(' ');
        var table = words.Contains("table", StringComparison.Ordinal) ? arguments[^1] : "main";
        var family = words.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
        string[] Routes() => [.. _network.Ip(_network.A, $"{family} route show table {table} 2>/dev/null || :").Split('\n').Select(l => l.Trim())];

        Assert.That(Code("monitor", arguments), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code("start", arguments), Is.Zero);
        Assert.That(Code("start", arguments), Is.Zero);
        Assert.That(Code("monitor", arguments), Is.Zero);
        Assert.That(Routes(), Has.Member(shown));
        Assert.That(Code("stop", arguments), Is.Zero);
        Assert.That(Code("stop", arguments), Is.Zero);
        Assert.That(Routes(), Has.No.Member(shown));
        Assert.That(Code("monitor", arguments), Is.EqualTo(OcfCode.NotRunning));
    }

    [TestCase("10.5.0.0/16", OcfCode.Configured, "a device or a gateway, or both, must be given")]
    [TestCase("10.5.0.0/16 dev eth9", OcfCode.Installed, "there is no interface eth9")]
    [TestCase("10.5.0.0/16 via fd77::2", OcfCode.Configured, "gateway=fd77::2: not an address of the destination's family")]
    [TestCase("10.5.0.0/99 dev eth0", OcfCode.Configured, "destination=10.5.0.0/99: not a network")]
    [TestCase("10.5.0.0/16 via 10.77.0.2 src 10.77.0.50", OcfCode.Installed, "source address 10.77.0.50 is not on this machine")]
    [TestCase("10.5.0.0/16 over 10.77.0.2", OcfCode.Arguments, "usage: Route DESTINATION[::via::GATEWAY][::dev::INTERFACE][::src::ADDRESS][::table::NUMBER]")]
    public void That_cannot_be_is_refused_with_the_reason(string words, int code, string reason) =>
        Assert.That(_network.Run(_network.A, "Route", "start", words.Split(' ')), Is.EqualTo(new AgentResult(code, reason)));

    [Test]
    public void Is_not_taken_for_another_one_to_the_same_destination()
    {
        _network.Ip(_network.A, "route add 10.5.0.0/16 via 10.77.0.2");
        Assert.That(Code("monitor", ["10.5.0.0/16", "via", "10.77.0.3"]), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(_network.Run(_network.A, "Route", "start", ["10.5.0.0/16", "via", "10.77.0.3"]), Is.EqualTo(new AgentResult(OcfCode.Generic, "there is another route to 10.5.0.0/16 already")));
        Assert.That(Code("stop", ["10.5.0.0/16", "via", "10.77.0.3"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "route show 10.5.0.0/16"), Does.Contain("10.77.0.2"));
    }

    private int Code(string action, string[] arguments) => _network.Run(_network.A, "Route", action, arguments).Code;
}
