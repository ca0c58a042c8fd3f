using Appliance.Configuration;

namespace Appliance.Pulse.Tests;

public class The_files_of_heartbeat
{
    private string _root = "";
    private HeartbeatFiles _files = null!;

    [SetUp]
    public void Make()
    {
        _root = Directory.CreateTempSubdirectory("hbfiles").FullName;
        _files = new HeartbeatFiles(_root);
        _files.PrepareDirectories(inPlace: false);
    }

    [TearDown]
    public void Remove() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Hold_a_generation_of_16_bytes_that_rises_at_every_start()
    {
        Assert.That(_files.NextGeneration(GenerationMethod.File, 1_800_000_000, out var warning), Is.EqualTo(1_800_000_001), "the first: the clock and one");
        Assert.That(warning, Is.Null);
        Assert.That(File.ReadAllText(_files.Generation), Is.EqualTo("     1800000001\n"));
        Assert.That(_files.NextGeneration(GenerationMethod.File, 5, out _), Is.EqualTo(1_800_000_002), "the clock no longer matters");
    }

    [Test]
    public void Keep_what_agents_remember_over_a_crash_but_not_over_a_boot()
    {
        var (boot, state) = (_root + "/proc/sys/kernel/random/boot_id", _files.RunDirectory + "/rsctmp/Dummy.state");
        Directory.CreateDirectory(Path.GetDirectoryName(boot)!);
        File.WriteAllText(boot, "one\n");
        _files.PrepareDirectories(inPlace: false);
        File.WriteAllText(state, "");
        _files.PrepareDirectories(inPlace: false);
        Assert.That(File.Exists(state), Is.True, "the daemon crashed");
        File.WriteAllText(boot, "two\n");
        _files.PrepareDirectories(inPlace: false);
        Assert.That(File.Exists(state), Is.False, "the machine was booted");
    }

    [Test]
    public void Continue_the_generation_of_the_real_daemon()
    {
        File.WriteAllText(_files.Generation, "     1795162849\n");
        Assert.That(_files.NextGeneration(GenerationMethod.File, 5, out _), Is.EqualTo(1795162850));
    }

    [TestCase("")]
    [TestCase("garbage")]
    [TestCase("-5")]
    public void That_are_damaged_are_replaced_by_the_clock_and_said(string content)
    {
        File.WriteAllText(_files.Generation, content);
        Assert.That(_files.NextGeneration(GenerationMethod.File, 1000, out var warning), Is.EqualTo(1001));
        Assert.That(warning, Does.Contain("damaged"));
    }

    [Test]
    public void Rise_with_the_clock_method_even_when_the_clock_was_set_back()
    {
        Assert.That(_files.NextGeneration(GenerationMethod.Time, 1000, out _), Is.EqualTo(1000));
        Assert.That(_files.NextGeneration(GenerationMethod.Time, 900, out _), Is.EqualTo(1001));
        Assert.That(_files.NextGeneration(GenerationMethod.Time, 2000, out _), Is.EqualTo(2000));
    }

    [Test]
    public void Hold_16_bytes_that_name_the_machine_for_ever()
    {
        var first = _files.LocalUuid(UuidSource.File, "alpha", out _);
        Assert.That(first, Has.Length.EqualTo(16));
        Assert.That(new FileInfo(_files.Uuid).Length, Is.EqualTo(16));
        Assert.That(_files.LocalUuid(UuidSource.File, "alpha", out _), Is.EqualTo(first));
    }

    [Test]
    public void Do_not_matter_to_a_name_made_of_the_nodes_name()
    {
        var alpha = _files.LocalUuid(UuidSource.NodeName, "alpha", out _);
        Assert.That(_files.LocalUuid(UuidSource.NodeName, "alpha", out _), Is.EqualTo(alpha));
        Assert.That(_files.LocalUuid(UuidSource.NodeName, "beta", out _), Is.Not.EqualTo(alpha));
        Assert.That(File.Exists(_files.Uuid), Is.False);
    }

    [Test]
    public void Hold_the_pid_right_aligned_in_ten_characters()
    {
        _files.WritePid(4730);
        Assert.That(File.ReadAllText(_files.Pid), Is.EqualTo("      4730\n"));
    }

    [Test]
    public void Do_not_take_another_program_with_our_old_pid_for_us()
    {
        Assert.That(_files.RunningPid(), Is.Null);
        _files.WritePid(1);
        Assert.That(_files.RunningPid(), Is.Null, "process 1 is no heartbeat");
    }
}

public class The_command_line_of_heartbeat
{
    [TestCase("-s", HeartbeatTask.Status)]
    [TestCase("-k", HeartbeatTask.Kill)]
    [TestCase("-r", HeartbeatTask.Reload)]
    [TestCase("-V", HeartbeatTask.Version)]
    [TestCase("-DW", HeartbeatTask.Defaults)]
    [TestCase("-f -d -d", HeartbeatTask.Run)]
    [TestCase("-R -C local", HeartbeatTask.Run)]
    [TestCase("", HeartbeatTask.Run)]
    public void Has_the_letters_of_3_0_6(string line, object task) =>
        Assert.That(HeartbeatOptions.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), out _)?.Task, Is.EqualTo(task));

    [TestCase("-Z", "invalid option -- 'Z'")]
    [TestCase("start", "unexpected argument -- 'start'")]
    [TestCase("-C local", "-C without -R")]
    [TestCase("-R -C some", "-C must be none, local, foreign or all, not 'some'")]
    [TestCase("-r -R", "-r with -R")]
    public void Says_what_is_wrong_with_it(string line, string problem)
    {
        Assert.That(HeartbeatOptions.Parse(line.Split(' '), out var said), Is.Null);
        Assert.That(said, Is.EqualTo(problem));
    }
}
