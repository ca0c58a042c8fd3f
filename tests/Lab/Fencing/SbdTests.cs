using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>Our tool and Debian's sbd on one disk (a loop device).</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SbdTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private string _disk = "";

    [SetUp]
    public void Attach()
    {
        if (Environment.UserName != "root") Assert.Ignore("loop devices need root");
        if (!File.Exists("/usr/sbin/sbd")) Assert.Ignore("sbd is missing (Debian package sbd)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        Shell.Run($"truncate -s 1M {_file}");
        var (status, output) = Shell.Try($"losetup -f --show {_file}");
        if (status != 0) Assert.Ignore($"no loop device: {output}");
        _disk = output;
    }

    private string Ours(string arguments) => Shell.Run($"{Implementation.Ours.Tools}sbd -d {_disk} {arguments}");
    private string Theirs(string arguments) => Shell.Run($"sbd -d {_disk} {arguments}");

    private void Same(string arguments) => Assert.That(Ours(arguments), Is.EqualTo(Theirs(arguments)), arguments);

    [Test]
    public void What_ours_writes_sbd_reads_and_the_other_way()
    {
        Ours("create -1 1 -2 1 -4 3");
        Same("dump");
        Ours("allocate alpha");
        Theirs("allocate beta");
        Same("list");
        Theirs("message beta test");
        Same("list");
        Ours("-n alpha message beta exit");
        Assert.That(Theirs("list"), Does.Contain("1\tbeta\texit\talpha"));
        Same("list");
        Theirs("create");
        Same("dump");
        Same("list");
    }

    [Test]
    public void An_order_is_a_proof_after_msgwait()
    {
        Ours("create -1 1 -2 1 -4 2");
        Theirs("allocate beta");
        var (status, output) = Shell.Try($"{Implementation.Ours.Tools}fence sbd --devices {_disk} --plug beta --action off");
        Assert.That((status, output), Is.EqualTo((0, output)));
        Assert.That(Theirs("list"), Does.Contain("beta\toff"));
        Assert.That(Shell.Try($"{Implementation.Ours.Tools}fence sbd --devices {_disk} --plug gamma --action off").Status, Is.EqualTo(1));
    }

    public void Dispose()
    {
        if (_disk.Length > 0) Shell.Try($"losetup -d {_disk}");
        File.Delete(_file);
    }
}
