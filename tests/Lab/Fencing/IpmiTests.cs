using System.Net;
using System.Net.Sockets;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>The published binary against OpenIPMI's BMC, in every way of logging in that it has.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class IpmiTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-bmc-").FullName;
    private Bmc? _bmc;

    private Bmc Start()
    {
        if (Bmc.Missing() is { } reason) Assert.Ignore(reason);
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        return _bmc = new(_directory, "127.0.0.1", FreePort());
    }

    private (int Status, string Output) Fence(Bmc bmc, string arguments) =>
        Shell.Try($"{Implementation.Ours.Tools}fence ipmi --ip 127.0.0.1 --ipport {bmc.Port} --username {Bmc.User} --password {Bmc.Password} {arguments}");

    [TestCase("")]
    [TestCase("--cipher 3")]
    [TestCase("--cipher 2")]
    [TestCase("--cipher 1")]
    [TestCase("--cipher 0")]
    [TestCase("--privlvl operator")]
    [TestCase("--target 0x24")]
    [TestCase("--target 0x24 --lanplus 0")]
    [TestCase("--lanplus 0")]
    [TestCase("--lanplus 0 --auth md5")]
    [TestCase("--lanplus 0 --auth password")]
    [TestCase("--username oper --password operpw --privlvl operator")]
    public void A_machine_is_switched_off_and_on_and_its_power_is_read_back(string way)
    {
        var bmc = Start();
        Assert.That(Fence(bmc, way + " --action status"), Is.EqualTo((0, "Proven: the BMC says that the power is on\nStatus: ON")));
        Assert.That(Fence(bmc, way + " --action off").Status, Is.Zero);
        Assert.That(bmc.IsOn, Is.False);
        Assert.That(Fence(bmc, way + " --action status").Status, Is.EqualTo(2));
        Assert.That(Fence(bmc, way + " --action on").Status, Is.Zero);
        Assert.That(bmc.IsOn, Is.True);
        Assert.That(Fence(bmc, way + " --action reboot").Status, Is.Zero);
        Assert.That(bmc.Calls, Is.EqualTo(new[] { "set power 0", "set power 1", "set power 0", "set power 1" }));
    }

    [TestCase("--password wrong", "password")]
    [TestCase("--username nobody", "username")]
    [TestCase("--cipher 17", "cipher suite 17")]
    [TestCase("--hexadecimal_kg 0102", "Kg")]
    [TestCase("--lanplus 0 --password wrong", "password")]
    public void A_refusal_names_its_reason_and_switches_nothing(string wrong, string reason)
    {
        var bmc = Start();
        var (status, output) = Fence(bmc, wrong + " --action off");
        Assert.That(status, Is.EqualTo(1));
        Assert.That(output, Does.StartWith("Refused: ").And.Contains(reason).And.Not.Contains(Bmc.Password));
        Assert.That(bmc.Calls, Is.Empty);
    }

    /// <summary>As a resource: its monitor asks the BMC, and switches nothing.</summary>
    [TestCase("", 0, "0 (ok)")]
    [TestCase(" password=wrong", 1, "password")]
    public void A_device_is_monitored_as_a_resource(string wrong, int status, string says)
    {
        var bmc = Start();
        var (ended, output) = Shell.Try($"{Implementation.Ours.Tools}agents run stonith:fence_ipmilan monitor ip=127.0.0.1 ipport={bmc.Port} username={Bmc.User} password={Bmc.Password} lanplus=1 cipher=3{wrong}");
        Assert.That((ended, output), Is.EqualTo((status, output)));
        Assert.That(output, Does.Contain(says).And.Not.Contains(Bmc.Password));
        Assert.That(bmc.Calls, Is.Empty);
    }

    [Test]
    public void A_controller_that_is_not_on_the_bus_is_never_off()
    {
        var bmc = Start();
        foreach (var action in new[] { "status", "off" })
        {
            var (status, output) = Fence(bmc, $"--target 0x2e --action {action}");
            Assert.That((status, output), Is.EqualTo((1, output)));
            Assert.That(output, Does.StartWith("NoSuchPlug: ").And.Contains("0x2e"));
        }
        Assert.That(bmc.Calls, Is.Empty);
    }

    [Test]
    public void A_BMC_that_says_yes_and_does_nothing_is_found_out()
    {
        var bmc = Start();
        bmc.Lies = true;
        var (status, output) = Fence(bmc, "--power_timeout 2 --action off");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.StartWith("StillOn: "));
    }

    /// <summary>What Debian's own agent says of the same machine.</summary>
    [Test]
    public void Ours_and_fence_ipmilan_agree()
    {
        if (!File.Exists("/usr/sbin/fence_ipmilan")) Assert.Ignore("fence_ipmilan is missing (Debian package fence-agents)");
        var bmc = Start();
        string Theirs(string action) => $"printf 'ip=127.0.0.1\\nipport={bmc.Port}\\nusername={Bmc.User}\\npassword={Bmc.Password}\\nlanplus=1\\ncipher=3\\npower_wait=0\\naction={action}\\n' | fence_ipmilan 2>/dev/null";
        foreach (var on in new[] { true, false, true })
        {
            bmc.IsOn = on;
            Assert.That(Fence(bmc, "--action status").Status, Is.EqualTo(Shell.Try(Theirs("status")).Status), $"on: {on}");
        }
        Assert.That(Shell.Try(Theirs("off")).Status, Is.Zero);
        Assert.That(Fence(bmc, "--action status").Status, Is.EqualTo(2));
    }

    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        _bmc?.Dispose();
        Directory.Delete(_directory, true);
    }
}
