using System.Text.RegularExpressions;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>Our tool and Debian's sbd on the same disks (loop devices): what either writes the other reads, and standard output is the same byte for byte.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class SbdTests : IDisposable
{
    private readonly List<string> _files = [];
    private string _disk = "", _second = "";

    [SetUp]
    public void Attach()
    {
        if (Environment.UserName != "root") Assert.Ignore("loop devices need root");
        if (!File.Exists("/usr/sbin/sbd")) Assert.Ignore("sbd is missing (Debian package sbd)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        (_disk, _second) = (Loop(), Loop());
    }

    private string Loop()
    {
        var file = Path.GetTempFileName();
        Shell.Run($"truncate -s 1M {file}");
        var (status, output) = Shell.Try($"for i in 1 2 3 4 5; do losetup -f --show {file} && exit; sleep 0.1; done; exit 1");     // others look for a free one too
        if (status != 0) Assert.Ignore($"no loop device: {output}");
        _files.Add(output + " " + file);
        return output;
    }

    /// <summary>Both outputs as they are, to the last byte.</summary>
    private static (int Status, string Output, string Errors) Call(string program, string arguments)
    {
        var (output, errors) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            var (status, _) = Shell.Try($"{program} {arguments} >{output} 2>{errors} </dev/null");
            return (status, File.ReadAllText(output), File.ReadAllText(errors));
        }
        finally
        {
            File.Delete(output);
            File.Delete(errors);
        }
    }

    private static (int Status, string Output, string Errors) Ours(string arguments) => Call($"{Implementation.Ours.Tools}sbd", arguments);
    private static (int Status, string Output, string Errors) Theirs(string arguments) => Call("/usr/sbin/sbd", arguments);

    private string Good(string arguments) => Good(Ours($"-d {_disk} {arguments}"), arguments);
    private string GoodOfTheirs(string arguments) => Good(Theirs($"-d {_disk} {arguments}"), arguments);

    private static string Good((int Status, string Output, string Errors) end, string arguments)
    {
        Assert.That(end.Status, Is.Zero, $"{arguments}: {end.Errors}");
        return end.Output;
    }

    /// <summary>Status and standard output are the same; what sbd says on standard error is there, but for its pointer to its log.</summary>
    private static void Same(string arguments, Action? between = null)
    {
        var theirs = Theirs(arguments);
        between?.Invoke();
        var ours = Ours(arguments);
        Assert.That((ours.Status, Plain(ours.Output)), Is.EqualTo((theirs.Status, Plain(theirs.Output))), arguments);
        foreach (var line in theirs.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.Contains("check the logs", StringComparison.Ordinal)))
            Assert.That(ours.Errors.Split('\n'), Has.Member(line), arguments);
    }

    /// <summary>A new disk has a new number.</summary>
    private static string Plain(string output) => Uuid().Replace(output, "UUID");

    [GeneratedRegex("uuid: [0-9a-f-]{36}")]
    private static partial Regex Uuid();

    [Test]
    public void What_either_creates_both_show_the_same()
    {
        Good("-1 1 -2 1 -4 3 create");
        Same($"-d {_disk} dump");
        Same($"-d {_disk} list");
        Good("allocate alpha");
        GoodOfTheirs("allocate Beta");
        Same($"-d {_disk} list");
        Same($"-d {_disk} allocate BETA");
        Same($"-d {_disk} allocate alpha");
        GoodOfTheirs("message beta test");
        Same($"-d {_disk} list");
        Good("-n alpha message beta exit");
        Assert.That(GoodOfTheirs("list"), Does.Contain("1\tBeta\texit\talpha"));
        Same($"-d {_disk} list");
        GoodOfTheirs("-1 3 -3 2 create");
        Same($"-d {_disk} dump");
        Same($"-d {_disk} list");
    }

    [Test]
    public void Creating_and_allocating_print_the_same()
    {
        Same($"-d {_disk} -d {_second} -1 1 -2 1 -4 2 create", Empty);
        Same($"-d {_disk} -d {_second} dump");
        // Each tool on a disk of its own that is new.
        Theirs($"-d {_disk} -1 1 -2 1 -4 2 create");
        var theirs = Theirs($"-d {_disk} allocate alpha").Output;
        Theirs($"-d {_disk} -1 1 -2 1 -4 2 create");
        Assert.That(Good("allocate alpha"), Is.EqualTo(theirs));
    }

    [Test]
    public void Orders_print_the_same_and_leave_the_same_bytes()
    {
        Good("-1 1 -2 1 -4 2 create");
        Good("allocate alpha");
        foreach (var order in new[] { "test", "clear", "reset", "off", "crashdump", "exit", "clear" })
        {
            GoodOfTheirs($"-n me message ALPHA {order}");
            var theirs = Sector(2);
            GoodOfTheirs("-n nobody message alpha clear");
            Good($"-n me message ALPHA {order}");
            Assert.That(Sector(2), Is.EqualTo(theirs), order);
            Same($"-d {_disk} list");
        }
        Same($"-d {_disk} message gamma off");
        Same($"-d {_disk} message alpha bogus");
        Same($"-d {_disk} -d {_second} list");
    }

    [Test]
    public void What_cannot_be_used_is_said_the_same()
    {
        foreach (var disk in new[] { "/nonexistent", _disk })
            foreach (var command in new[] { "dump", "list", "allocate alpha", "message alpha test", "message alpha", "message", "bogus" })
                Assert.That(Ours($"-d {disk} {command}").Status, Is.EqualTo(1), $"{disk} {command}");
        Same("-d /nonexistent dump");
        Same("-d /nonexistent list");
        Same("-d /nonexistent create");
        Same("-d /nonexistent allocate alpha");
        Same($"-d {_disk} dump");
        Same($"-d {_disk} list");
        Good("-1 1 -2 1 -4 2 create");
        Same($"-d {_disk} -d /nonexistent list");
        Same($"-d {_disk} -d /nonexistent dump");
        // sbd goes on with its whole help; the line that scripts look for is the first.
        var (theirs, ours) = (Theirs($"-d {_disk} -1 x create"), Ours($"-d {_disk} -1 x create"));
        Assert.That((ours.Status, ours.Errors.Split('\n')[0]), Is.EqualTo((theirs.Status, theirs.Errors.Split('\n')[0])));
    }

    [Test]
    public void Nothing_is_written_over_without_being_told()
    {
        Shell.Run($"dd if=/dev/urandom of={_second} bs=1k count=1 conv=fsync status=none");
        var before = Sector(0, _second);
        var (status, _, errors) = Ours($"-d {_disk} -d {_second} create");
        Assert.That((status, errors), Is.EqualTo((1, errors)));
        Assert.That(errors, Does.Contain($"{_second} holds data"));
        Assert.That((Sector(0, _second), Sector(0)), Is.EqualTo((before, new byte[512])), "neither was written");
        Good("create");
        Good("allocate alpha");
        Assert.That(Ours($"-d {_disk} create").Errors, Does.Contain("a header of sbd with the slots of alpha"));
        Good("--force create");
        Assert.That(Good("list"), Is.Empty);
        Shell.Run($"mkfs.ext4 -q -F {_second}");
        Assert.That(Ours($"-d {_second} create").Errors, Does.Contain("a file system (ext2, ext3 or ext4)"));
    }

    [Test]
    public void An_order_is_a_proof_after_msgwait()
    {
        Good("-1 1 -2 1 -4 2 create");
        GoodOfTheirs("allocate beta");
        var (status, output) = Shell.Try($"{Implementation.Ours.Tools}fence sbd --devices {_disk} --plug beta --action off");
        Assert.That((status, output), Is.EqualTo((0, output)));
        Assert.That(GoodOfTheirs("list"), Does.Contain("beta\toff"));
        Assert.That(Shell.Try($"{Implementation.Ours.Tools}fence sbd --devices {_disk} --plug gamma --action off").Status, Is.EqualTo(1));
        Assert.That(Ours($"-d {_disk} message beta test").Errors, Does.Contain("is not written over by a test"));
        Assert.That(Shell.Try($"{Implementation.Ours.Tools}fence sbd --devices {_disk} --plug beta --action on").Status, Is.EqualTo(0));
        Assert.That(GoodOfTheirs("list"), Does.Contain("beta\tclear"));
    }

    private void Empty()
    {
        foreach (var disk in new[] { _disk, _second }) Shell.Run($"dd if=/dev/zero of={disk} bs=64k conv=fsync status=none || true");
    }

    private byte[] Sector(int number, string? disk = null)
    {
        Shell.Run($"blockdev --flushbufs {disk ?? _disk}");
        using var file = File.OpenRead(disk ?? _disk);
        var sector = new byte[512];
        file.Seek(512L * number, SeekOrigin.Begin);
        file.ReadExactly(sector);
        return sector;
    }

    public void Dispose()
    {
        foreach (var both in _files)
        {
            Shell.Try($"losetup -d {both.Split(' ')[0]}");
            File.Delete(both.Split(' ')[1]);
        }
    }
}
