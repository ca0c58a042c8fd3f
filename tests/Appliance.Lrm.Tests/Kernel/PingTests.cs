using Appliance.Lrm.Agents;
using Appliance.Lrm.Tests.Agents;

namespace Appliance.Lrm.Tests.Kernel;

public class A_ping_resource
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

    [TestCase("10.77.0.2", 1)]
    [TestCase("10.77.0.2 fd77::2", 2)]
    [TestCase("10.77.0.9 10.77.0.2", 1)]
    [TestCase("10.77.0.2 10.77.0.1 127.0.0.1", 2)]          // lo of a namespace has its address: 127.0.0.1 answers too
    [TestCase("10.77.0.9", 0)]
    [TestCase("192.0.2.1 fd99::1", 0)]                       // no route
    [TestCase("no-such-host.invalid 10.77.0.2", 1)]
    public void Sets_an_attribute_to_the_number_of_hosts_that_answer(string hosts, int expected)
    {
        if (hosts.Contains("127", StringComparison.Ordinal)) expected++;
        Assert.That(Run("start", ("host_list", hosts), ("timeout", "1"), ("multiplier", "100")).Code, Is.Zero);
        Assert.That(Run("monitor", ("host_list", hosts), ("timeout", "1"), ("multiplier", "100")).Code, Is.Zero);
        Assert.That(_attributes.Told, Is.EqualTo(new[] { $"pingd={expected * 100} 5s!", $"pingd={expected * 100} 5s" }));
    }

    [Test]
    public void Runs_from_start_to_stop()
    {
        (string, string)[] parameters = [("host_list", "10.77.0.2"), ("name", "gateway"), ("dampen", "1s")];
        Assert.That(Run("monitor", parameters).Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Run("start", parameters).Code, Is.Zero);
        Assert.That(File.Exists(_network.State.Path + "/ping-gateway"), "where the original has it");
        Assert.That(Run("start", parameters).Code, Is.Zero);
        Assert.That(Run("reload-agent", parameters).Code, Is.Zero);
        Assert.That(Run("stop", parameters).Code, Is.Zero);
        Assert.That(Run("stop", parameters).Code, Is.Zero);
        Assert.That(Run("monitor", parameters).Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That(_attributes.Told, Is.EqualTo(new[] { "gateway=1 1s!", "gateway=1 1s!", "gateway=- 1s", "gateway=- 1s" }));
    }

    [Test]
    public void Follows_what_happens_to_the_host()
    {
        (string, string)[] parameters = [("host_list", "10.77.0.2"), ("timeout", "1"), ("failure_score", "1")];
        Assert.That(Run("start", parameters).Code, Is.Zero);
        _network.Ip(_network.B, "link set eth0 down");
        Assert.That(Run("monitor", parameters), Is.EqualTo(new AgentResult(OcfCode.Generic, "pingd=0 is less than failure_score=1")));
        _network.Ip(_network.B, "link set eth0 up");
        Assert.That(Machine.Eventually(() => Run("monitor", parameters).Code == 0));
    }

    [Test]
    public void Fails_where_its_attribute_cannot_be_set()
    {
        var result = _network.Run(_network.A, "ping", "start", null, new() { ["host_list"] = "10.77.0.2" }, null, new NotedAttributes("the cluster does not answer"));
        Assert.That(result, Is.EqualTo(new AgentResult(OcfCode.Generic, "attribute pingd=1 not set: the cluster does not answer")));
    }

    [TestCase("-I eth0", 1)]
    [TestCase("-I lo", 0)]
    [TestCase("-I 10.77.0.1", 1)]
    [TestCase("-W 1 -I eth0 -n", 1)]
    public void Goes_over_the_interface_that_the_options_name(string options, int expected)
    {
        Run("start", ("host_list", "10.77.0.2"), ("timeout", "1"), ("options", options));
        Assert.That(_attributes.Told, Is.EqualTo(new[] { $"pingd={expected} 5s!" }));
        Assert.That(_network.Log.Lines.Count(l => l.Contains("-W has no effect", StringComparison.Ordinal)), Is.EqualTo(options.Contains("-W", StringComparison.Ordinal) ? 1 : 0));
    }

    [Test]
    public void In_haresources_needs_nobody_who_keeps_attributes()
    {
        Assert.That(_network.Run(_network.A, "ping", "start", ["10.77.0.2", "fd77::2"]).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "ping", "status", ["10.77.0.2", "fd77::2"]).Code, Is.Zero);
        Assert.That(_network.Run(_network.A, "ping", "stop", ["10.77.0.2", "fd77::2"]).Code, Is.Zero);
    }

    private AgentResult Run(string action, params (string Name, string Value)[] parameters) =>
        _network.Run(_network.A, "ping", action, null, parameters.ToDictionary(p => p.Name, p => p.Value), null, _attributes);
}
