using System.Collections.Immutable;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Configured;

/// <summary>Lines of ha.cf that name devices we speak to ourselves.</summary>
public sealed class DeviceLineTests
{
    private static readonly ImmutableArray<string> Nodes = ["alpha", "beta"];

    private static DeviceReading Read(string host, string type, string text, int order = 1) => DeviceLines.Read(new(host, type, text, 7), $"{type}-{order}", order, Nodes);

    private static ConfiguredDevice Good(string host, string type, string text, int order = 1)
    {
        var read = Read(host, type, text, order);
        Assert.That(read.Problems, Is.Empty);
        return read.Device!;
    }

    [Test]
    public void In_a_pair_a_line_for_one_node_is_for_the_other_ones_machine()
    {
        var device = Good("alpha", "ipmi", "ip=10.0.0.2 username=fence password=\"two words\"");
        Assert.That(device.Device.Hosts, Is.EqualTo(new[] { "beta" }));
        Assert.That(System.Text.Encoding.UTF8.GetString(device.Parameters.Secret("password").Reveal()), Is.EqualTo("two words"));
    }

    [Test]
    public void A_line_for_everybody_must_say_whose_machine_it_is() =>
        Assert.That(Read("*", "ipmi", "ip=10.0.0.2").Problems, Has.Some.Contains("pcmk_host_list"));

    [TestCase("external/ipmi", "beta 10.0.0.2 fence fencepw lanplus", true)]
    [TestCase("external/ipmi", "beta 10.0.0.2 fence fencepw lan", false)]
    [TestCase("ipmilan", "beta 10.0.0.2 623 md5 admin fence fencepw power_cycle", false)]
    [TestCase("external/ipmi", "hostname=beta ipaddr=10.0.0.2 userid=fence passwd=fencepw interface=lanplus", true)]
    [TestCase("fence_ipmilan", "ipaddr=10.0.0.2 login=fence passwd=fencepw lanplus=1 pcmk_host_list=beta", true)]
    public void Lines_of_cluster_glue_and_fence_agents_are_understood(string type, string text, bool plus)
    {
        var device = Good("*", type, text);
        Assert.That((device.Type.Name, device.Parameters["ip"], device.Parameters["username"], device.Parameters.Flag("lanplus")), Is.EqualTo(("ipmi", "10.0.0.2", "fence", plus)));
        Assert.That(device.Device.Hosts, Is.EqualTo(new[] { "beta" }));
    }

    [TestCase("ip=10.0.0.2 pasword=x", "pasword is no parameter of ipmi")]
    [TestCase("ip=10.0.0.2 ciper=3", "did you mean cipher?")]
    [TestCase("ip=10.0.0.2 pirvlvl=operator", "did you mean privlvl?")]
    [TestCase("ip=10.0.0.2 cipher=9", "cipher must be one of")]
    [TestCase("username=x", "ip is missing")]
    [TestCase("ip=10.0.0.2 hexadecimal_kg=xyz", "hexadecimal_kg")]
    [TestCase("ip=10.0.0.2 pcmk_host_list=gamma", "gamma is no node")]
    [TestCase("ip=10.0.0.2 level=10", "level must be")]
    [TestCase("ip=10.0.0.2 pcmk_delay_base=soon", "pcmk_delay_base")]
    [TestCase("ip=10.0.0.2 password=two words", "word 3 of the parameters")]
    public void What_is_wrong_is_said_by_name_and_without_secrets(string text, string problem)
    {
        var read = Read("alpha", "ipmi", text);
        Assert.That(read.Problems, Has.Some.Contains(problem));
        Assert.That(string.Join(' ', read.Problems), Does.Not.Contain("words"));
        Assert.That(read.Device, Is.Null);
    }

    /// <summary>In the cluster's configuration, as Pacemaker has it.</summary>
    [Test]
    public void A_parameter_that_nobody_knows_is_a_warning_where_it_is_no_line_of_ha_cf()
    {
        var read = DeviceLines.Read(new("alpha", "ipmi", "ip=10.0.0.2 mode=pass pcmk_host_list=beta", 0), "d", 1, Nodes, null, tolerant: true);
        Assert.That(read.Problems, Is.Empty);
        Assert.That(read.Device!.Parameters["ip"], Is.EqualTo("10.0.0.2"));
        Assert.That(read.Warnings.Single(), Does.StartWith("mode is no parameter of ipmi"));
        Assert.That(read.Device.Parameters.With("ip", "10.0.0.3").Others, Is.EqualTo(new[] { KeyValuePair.Create("mode", "pass") }));
        Assert.That(DeviceLines.Read(new("alpha", "ipmi", "ip=10.0.0.2 mode=pass pcmk_host_list=gamma", 0), "d", 1, Nodes, null, tolerant: true).Problems, Has.Some.Contains("gamma is no node"));
    }

    [Test]
    public void Several_lines_for_one_machine_are_levels_and_equal_levels_are_used_together()
    {
        ImmutableArray<ConfiguredDevice> devices =
        [
            Good("alpha", "ipmi", "ip=10.0.0.2", 1),
            Good("alpha", "ipmi", "ip=10.0.0.3 level=2", 2),
            Good("alpha", "ipmi", "ip=10.0.0.4 level=2", 3),
        ];
        var levels = DeviceLines.Levels([.. devices.Select((d, i) => d with { Device = d.Device with { Id = $"d{i + 1}" } })], Nodes);
        Assert.That(new Topology(levels).For("beta", _ => null).Select(l => string.Join('+', l)), Is.EqualTo(new[] { "d1", "d2+d3" }));
        Assert.That(new Topology(levels).For("alpha", _ => null), Is.Empty);
    }

    [Test]
    public void Other_types_are_left_to_cluster_glue()
    {
        var read = Read("*", "external/vmware", "whatever it takes");
        Assert.That((read.Device, read.Problems.IsEmpty), Is.EqualTo(((ConfiguredDevice?)null, true)));
    }

    [FsCheck.NUnit.Property]
    public void Any_text_is_read_without_an_exception(string? text) => _ = Read("alpha", "ipmi", text ?? "");
}
