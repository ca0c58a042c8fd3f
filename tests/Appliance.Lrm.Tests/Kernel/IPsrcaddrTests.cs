using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

public class A_preferred_source_address
{
    private const string Script = "/usr/lib/ocf/resource.d/heartbeat/IPsrcaddr";
    private Network _network = null!;

    [SetUp]
    public void Plug()
    {
        _network = new Network();
        _network.Ip(_network.A, "addr add 10.77.0.100/24 dev eth0");
        _network.Ip(_network.A, "route add default via 10.77.0.2 mtu 1400 proto static");
    }

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [Test]
    public void Is_set_and_taken_back_on_the_network_and_the_default_route()
    {
        Assert.That(Code("monitor"), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code("start"), Is.Zero);
        Assert.That(Code("start"), Is.Zero);
        Assert.That(Code("monitor"), Is.Zero);
        Assert.That(Routes(), Is.EqualTo(new[] { "default via 10.77.0.2 dev eth0 proto static src 10.77.0.100 mtu 1400", "10.77.0.0/24 dev eth0 proto kernel scope link src 10.77.0.100" }));
        Assert.That(_network.Ip(_network.A, "route get 192.0.2.1"), Does.Contain("src 10.77.0.100"));
        Assert.That(Code("stop"), Is.Zero);
        Assert.That(Code("monitor"), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code("stop"), Is.Zero);
        Assert.That(Routes(), Is.EqualTo(new[] { "default via 10.77.0.2 dev eth0 proto static src 10.77.0.1 mtu 1400", "10.77.0.0/24 dev eth0 proto kernel scope link src 10.77.0.1" }));
    }

    [Test, Category("peer")]
    public void Leaves_the_routes_as_the_original_does_at_every_step_and_answers_as_it_does()
    {
        Machine.NeedsFile(Script);
        var (theirs, ours) = (new List<string>(), new List<string>());
        foreach (var action in (string[])["monitor", "start", "monitor", "start", "stop", "monitor", "stop"])
            theirs.Add($"{action} {Machine.TryShell($"ip netns exec {_network.A} env OCF_ROOT=/usr/lib/ocf OCF_RESKEY_ipaddress=10.77.0.100 OCF_RESKEY_CRM_meta_interval=10000 {Script} {action}").Code}: {string.Join("; ", Routes())}");
        _network.Ip(_network.A, "route del default");
        _network.Ip(_network.A, "route add default via 10.77.0.2 mtu 1400 proto static");
        foreach (var action in (string[])["monitor", "start", "monitor", "start", "stop", "monitor", "stop"])
            ours.Add($"{action} {Code(action, "10.77.0.100", ("CRM_meta_interval", "10000"))}: {string.Join("; ", Routes())}");
        // A second stop finds another source: the original calls that a failure.
        Assert.That((theirs[^1].Split(':')[0], ours[^1].Split(':')[0]), Is.EqualTo(("stop 1", "stop 0")));
        theirs[^1] = theirs[^1].Replace("stop 1", "stop 0", StringComparison.Ordinal);
        Assert.That(string.Join('\n', ours), Is.EqualTo(string.Join('\n', theirs)));
    }

    [Test]
    public void Can_be_for_one_destination_alone()
    {
        _network.Ip(_network.A, "route add 10.5.0.0/16 via 10.77.0.2");
        (string, string)[] parameters = [("destination", "10.5.0.0/16")];
        Assert.That(Code("monitor", "10.77.0.100", parameters), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code("start", "10.77.0.100", parameters), Is.Zero);
        Assert.That(Code("monitor", "10.77.0.100", parameters), Is.Zero);
        Assert.That(_network.Ip(_network.A, "route show 10.5.0.0/16"), Is.EqualTo("10.5.0.0/16 via 10.77.0.2 dev eth0 src 10.77.0.100"));
        Assert.That(_network.Ip(_network.A, "route get 192.0.2.1"), Does.Contain("src 10.77.0.1 "));
        Assert.That(Code("stop", "10.77.0.100", parameters), Is.Zero);
        Assert.That(Code("stop", "10.77.0.100", parameters), Is.Zero);
        Assert.That(Code("monitor", "10.77.0.100", parameters), Is.EqualTo(OcfCode.NotRunning));
    }

    [TestCase("10.77.0.50", OcfCode.Installed, "10.77.0.50 is not on this machine")]
    [TestCase("127.0.0.1", OcfCode.Configured, "ipaddress=127.0.0.1: a loopback address cannot be a source address")]
    [TestCase("fd77::1", OcfCode.Configured, "ipaddress=fd77::1: must be an IPv4 address")]
    public void That_cannot_be_is_refused_with_the_reason(string address, int code, string reason) =>
        Assert.That(Run("start", address), Is.EqualTo(new AgentResult(code, reason)));

    [Test]
    public void Whose_address_has_gone_is_stopped()
    {
        Assert.That(Code("start"), Is.Zero);
        _network.Ip(_network.A, "addr del 10.77.0.100/24 dev eth0");
        Assert.That(Code("stop"), Is.Zero);
        Assert.That(Code("monitor"), Is.EqualTo(OcfCode.NotRunning), "a probe");
        Assert.That(Code("monitor", "10.77.0.100", ("CRM_meta_interval", "10000")), Is.EqualTo(OcfCode.Installed));
    }

    [Test]
    public void In_haresources_follows_its_address()
    {
        string[] words = ["10.77.0.100"];
        Assert.That(_network.Run(_network.A, "IPsrcaddr", "start", words).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPsrcaddr", "status", words).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPsrcaddr", "stop", words).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "IPsrcaddr", "status", words).Code, Is.EqualTo(OcfCode.NotRunning));
    }

    private string[] Routes() => [.. _network.Ip(_network.A, "-4 route show").Split('\n').Select(l => l.Trim())];

    private int Code(string action, string address = "10.77.0.100", params (string Name, string Value)[] parameters) => Run(action, address, parameters).Code;

    private AgentResult Run(string action, string address, params (string Name, string Value)[] parameters)
    {
        var all = parameters.ToDictionary(p => p.Name, p => p.Value);
        all["ipaddress"] = address;
        return _network.Run(_network.A, "IPsrcaddr", action, null, all);
    }
}
