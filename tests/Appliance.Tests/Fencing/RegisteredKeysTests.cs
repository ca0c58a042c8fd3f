using Appliance.Fencing;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Tests.Fencing;

/// <summary>What this machine remembers of its registrations with shared disks.</summary>
public sealed class Registered_keys
{
    private string _directory = "";

    [SetUp]
    public void Make() => _directory = Path.Combine(Directory.CreateTempSubdirectory("keys").FullName, "run", "keys");

    [TearDown]
    public void Remove() => Directory.Delete(Path.GetFullPath(Path.Combine(_directory, "../..")), recursive: true);

    private RegisteredKeys Boot(string id = "one") => new(_directory, id);

    private static string? Note(RegisteredKeys keys, string device, ulong key)
    {
        var step = new NoteKey(device, key);
        keys.Note(step);
        return step.Failure;
    }

    [Test]
    public void Are_found_again_by_another_process()
    {
        Assert.That(Note(Boot(), "/dev/disk/by-id/b", 0xFEDCBA9876543210), Is.Null);
        Assert.That(Note(Boot(), "/dev/disk/by-id/a", 2), Is.Null);
        Assert.That(Boot().Noted(), Is.EqualTo(new KeyCheck.Noted[] { new("/dev/disk/by-id/a", 2), new("/dev/disk/by-id/b", 0xFEDCBA9876543210) }));
    }

    [Test]
    public void Are_the_last_ones()
    {
        foreach (var key in new ulong[] { 1, 2, 3 }) Note(Boot(), "/dev/x", key);
        Assert.That(Boot().Noted(), Is.EqualTo(new KeyCheck.Noted[] { new("/dev/x", 3) }));
    }

    /// <summary>A machine that was started again has no registration of its own: its way to the disk is another.</summary>
    [Test]
    public void Of_an_earlier_boot_are_nothing()
    {
        Note(Boot(), "/dev/x", 1);
        Assert.That(Boot("two").Noted(), Is.Empty);
        Assert.That(Boot("two").Of(["/dev/x"]), Is.Null);
    }

    [Test]
    public void Tell_who_we_are_only_when_all_disks_agree()
    {
        Note(Boot(), "/dev/x", 1);
        Note(Boot(), "/dev/y", 1);
        Note(Boot(), "/dev/z", 9);
        Assert.That((Boot().Of(["/dev/x", "/dev/y", "/dev/new"]), Boot().Of(["/dev/x", "/dev/z"]), Boot().Of(["/dev/new"])), Is.EqualTo(((ulong?)1, (ulong?)null, (ulong?)null)));
    }

    [Test]
    public void Are_not_read_from_files_that_are_damaged_or_unfinished()
    {
        Note(Boot(), "/dev/x", 1);
        var whole = File.ReadAllText(Directory.GetFiles(_directory)[0]);
        for (var left = 0; left < whole.Length; left++)
        {
            File.WriteAllText(Path.Combine(_directory, "!dev!cut"), whole[..left]);
            Assert.That(Boot().Noted(), Has.Length.EqualTo(1), $"{left} bytes");
        }
        File.WriteAllText(Path.Combine(_directory, "!dev!y.new"), whole.Replace("/dev/x", "/dev/y", StringComparison.Ordinal));
        Assert.That(Boot().Noted(), Has.Length.EqualTo(1));
    }

    [Test]
    public void That_cannot_be_stored_are_told()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory)!);
        File.WriteAllText(_directory, "no directory");
        Assert.That(Note(Boot(), "/dev/x", 1), Is.Not.Null.And.Not.Empty);
        Assert.That(Boot().Noted(), Is.Empty);
    }

    [Test]
    public void Are_for_root_alone()
    {
        Note(Boot(), "/dev/x", 1);
        Assert.That(File.GetUnixFileMode(Directory.GetFiles(_directory)[0]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(_directory), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }
}
