namespace Appliance.Linux.Tests;

public class The_lock_file_of_a_serial_line
{
    private string _directory = "";

    [SetUp]
    public void Make() => _directory = Directory.CreateTempSubdirectory("line-lock-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    private string File(string name = "LCK..ttyS0") => Path.Combine(_directory, name);

    [TestCase("/dev/ttyS0", "ttyS0")]
    [TestCase("/dev/pts/0", "pts0")]                                 // these two as 3.0.6 was seen to name them
    [TestCase("/tmp/a2-serial.15CPFx/ttyA", "a2serial15CPFxttyA")]
    [TestCase("/dev/serial/by-id/usb-FTDI_1-if00", "serialbyidusbFTDI1if00")]
    public void Is_named_as_3_0_6_names_it(string device, string name) => Assert.That(LineLock.Name(device), Is.EqualTo(name));

    [Test]
    public void Holds_our_number_as_long_as_the_line_is_ours_and_nothing_else_is_left()
    {
        using (LineLock.Take("/dev/ttyS0", _directory))
        {
            Assert.That(System.IO.File.ReadAllText(File()), Is.EqualTo(Environment.ProcessId.ToString().PadLeft(10) + "\n"));
            Assert.That(LineLock.Take("/dev/ttyS0", _directory), Is.Null, "ours already: nothing that could be given back twice");
            Assert.That(Directory.GetFiles(_directory), Is.EqualTo(new[] { File() }));
        }
        Assert.That(Directory.GetFiles(_directory), Is.Empty);
    }

    [Test]
    public void Of_a_living_process_is_respected()
    {
        using var other = RunningProcess.Start(new ProcessSpec("/bin/sleep", ["1000"], new Dictionary<string, string>()));
        System.IO.File.WriteAllText(File(), $"{other.Pid,10}\n");
        var refused = Assert.Throws<LinuxException>(() => LineLock.Take("/dev/ttyS0", _directory)?.Dispose())!;
        Assert.That(refused.Message, Does.Contain($"process {other.Pid} has it").And.Contain("/dev/ttyS0"));
        Assert.That(System.IO.File.Exists(File()), Is.True);
        other.SignalGroup(9);
        other.Wait(TimeSpan.FromSeconds(5));
    }

    [TestCase("")]
    [TestCase("minicom\n")]
    [TestCase("         1\n")]                                       // as 3.0.6: process 1 has no line
    [TestCase("2147483647\n")]                                      // more than there can be processes
    public void Of_nobody_is_removed(string content)
    {
        System.IO.File.WriteAllText(File(), content);
        using var taken = LineLock.Take("/dev/ttyS0", _directory);
        Assert.That(taken, Is.Not.Null);
        Assert.That(System.IO.File.ReadAllText(File()), Does.Contain($"{Environment.ProcessId}"));
    }

    [Test]
    public void Is_not_needed_where_there_is_no_directory_for_it() => Assert.That(LineLock.Take("/dev/ttyS0", _directory + "/none"), Is.Null);
}
