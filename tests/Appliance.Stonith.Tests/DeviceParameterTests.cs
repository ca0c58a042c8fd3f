using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Null;

namespace Appliance.Stonith.Tests;

public class Device_parameters
{
    private static readonly DeviceParameter[] Known =
    [
        new("ip", ParameterKind.Text, "address") { OldNames = ["ipaddr"], Required = true },
        new("power_wait", ParameterKind.Seconds, "wait") { Default = "2" },
        new("lanplus", ParameterKind.Boolean, "IPMI 2.0"),
        new("password", ParameterKind.Text, "password") { OldNames = ["passwd"], IsSecret = true },
        new("method", ParameterKind.Choice, "method") { Choices = ["onoff", "cycle"], Default = "onoff" },
    ];

    private static DeviceParameters Read(params (string, string)[] given) => DeviceParameters.Read([.. Known], given.Select(g => KeyValuePair.Create(g.Item1, g.Item2)));

    [Test]
    public void Are_known_under_their_old_names_and_with_either_dash()
    {
        var read = Read(("ipaddr", "10.0.0.1"), ("power-wait", "4"), ("passwd", "x"));
        Assert.That(read.Problems.Concat(read.Unknown), Is.Empty);
        Assert.That((read["ip"], read.Seconds("power_wait"), read["method"]), Is.EqualTo(("10.0.0.1", TimeSpan.FromSeconds(4), "onoff")));
    }

    [Test]
    public void Report_all_their_problems_at_once()
    {
        var read = Read(("power_wait", "soon"), ("lanplus", "maybe"), ("method", "kick"), ("colour", "red"));
        Assert.That(read.Problems, Has.Length.EqualTo(4));
        Assert.That(read.Problems[0], Does.StartWith("ip is missing"));
        Assert.That(read.Problems[3], Does.Contain("onoff, cycle").And.Contain("\"kick\""));
        Assert.That(read.Unknown, Is.EqualTo(new[] { "colour" }));
    }

    [Test]
    public void Show_no_secret() => Assert.That(Read(("ip", "a"), ("passwd", "hush")).Shown([.. Known]), Does.Not.Contain("hush").And.Contain("ip=a"));

    [TestCase("ok", VerdictKind.Proven)]
    [TestCase("fail", VerdictKind.StillOn)]
    [TestCase("hang", VerdictKind.TimedOut)]
    public void Reach_the_conversation(string answer, VerdictKind expected)
    {
        var device = new NullDevice();
        var order = new DeviceOrder(FenceAction.Off, ["beta"], DeviceParameters.Read(device.Parameters, [new("answer", answer)]), new DeviceMemory(), new KnownEntropy());
        Assert.That(new VirtualRunner().Run(device.Converse(order)).Kind, Is.EqualTo(expected));
    }
}
