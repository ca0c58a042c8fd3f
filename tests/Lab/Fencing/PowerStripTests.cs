using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>The published binary against Debian's snmpd as a power strip, in every version and with every kind of key.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PowerStripTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-strip-").FullName;
    private PowerStrip? _strip;

    private PowerStrip Start()
    {
        if (PowerStrip.Missing() is { } reason) Assert.Ignore(reason);
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        return _strip = new(_directory, "127.0.0.1", IpmiTests.FreePort());
    }

    private (int Status, string Output) Fence(PowerStrip strip, string arguments) => Shell.Try($"{Implementation.Ours.Tools}fence pdu --ip 127.0.0.1 --ipport {strip.Port} {arguments}");

    public static IEnumerable<string> Ways =>
    [
        $"--community {PowerStrip.Writes}",
        $"--community {PowerStrip.Writes} --snmp_version 1",
        .. PowerStrip.Users.Select(u => $"--username {u.Name}" + (u.Auth.Length == 0 ? "" : $" --password {PowerStrip.Auth} --snmp_auth_prot {u.Auth}") + (u.Priv.Length == 0 ? "" : $" --snmp_priv_passwd {PowerStrip.Priv} --snmp_priv_prot {u.Priv}")),
    ];

    [TestCaseSource(nameof(Ways))]
    public void An_outlet_is_switched_off_and_on_and_read_back(string way)
    {
        var strip = Start();
        Assert.That(Fence(strip, way + " --plug 3 --action off"), Is.EqualTo((0, "Proven: outlet 3 was switched and then read as off")));
        Assert.That((strip.IsOn(2), strip.IsOn(3)), Is.EqualTo((true, false)));
        Assert.That(Fence(strip, way + " --plug host3 --action status").Status, Is.EqualTo(2), "by its name");
        Assert.That(Fence(strip, way + " --plug 3 --action on").Status, Is.Zero);
        Assert.That(Fence(strip, way + " --plug 3,4 --action reboot").Status, Is.Zero);
        Assert.That(strip.Orders, Is.EqualTo(new[] { "3 2", "3 1", "3 2", "4 2", "3 1", "4 1" }), "both off before one is on");
    }

    [TestCase("--community wrong --plug 3", "Unreachable: ", "community")]
    [TestCase("--community public --plug 3", "NotAllowed: ", "no write access")]
    [TestCase("--community public --plug 3 --snmp_version 1", "NotAllowed: ", "no write access")]
    [TestCase("--community private --plug 99", "NoSuchPlug: ", "no outlet 99")]
    [TestCase("--community private --plug 99 --snmp_version 1", "NoSuchPlug: ", "no outlet 99")]
    [TestCase("--community private --plug nobody", "NoSuchPlug: ", "host1, host2")]
    [TestCase("--username sha --password wrongpass --snmp_auth_prot SHA --plug 3", "Refused: ", "signature")]
    [TestCase("--username nobody --password wrongpass --snmp_auth_prot SHA --plug 3", "Refused: ", "username")]
    [TestCase("--community private --plug 3 --profile baytech", "NoSuchPlug: ", "3")]
    public void A_refusal_names_its_reason_and_switches_nothing(string arguments, string kind, string reason)
    {
        var strip = Start();
        var (status, output) = Fence(strip, arguments + " --action off");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.StartWith(kind).And.Contains(reason));
        Assert.That(strip.Orders, Is.Empty);
    }

    [Test]
    public void A_strip_that_says_yes_and_does_nothing_is_found_out()
    {
        var strip = Start();
        strip.Stick();
        Assert.That(Fence(strip, "--community private --plug 3 --power_timeout 2 --action off").Output, Does.StartWith("StillOn: "));
    }

    /// <summary>The false fence of Debian's agent: an outlet that does not exist is "Already OFF" to it. Where it is right, ours says the same.</summary>
    [Test]
    public void Ours_and_fence_apc_snmp_agree_where_that_one_is_right()
    {
        if (!File.Exists("/usr/sbin/fence_apc_snmp")) Assert.Ignore("fence_apc_snmp is missing (Debian package fence-agents)");
        var strip = Start();
        string Theirs(string action, int plug) => $"printf 'ip=127.0.0.1\\nipport={strip.Port}\\ncommunity=private\\nsnmp_version=2c\\nplug={plug}\\naction={action}\\n' | fence_apc_snmp 2>&1";
        var (status, output) = Shell.Try(Theirs("off", 99));
        TestContext.Out.WriteLine($"fence_apc_snmp, off of outlet 99 of 8: status {status}, {output}");
        Assert.That(Fence(strip, "--community private --plug 99 --action off").Status, Is.EqualTo(1));
        Assert.That(strip.Orders, Is.Empty);
    }

    public void Dispose()
    {
        _strip?.Dispose();
        Directory.Delete(_directory, true);
    }
}
