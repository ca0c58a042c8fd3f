using System.Text;

namespace Appliance.Linux.Tests;

public class A_serial_line
{
    [TestCase(9600)]
    [TestCase(19200)]
    [TestCase(460800)]
    [TestCase(31250)]       // in no table of termios: termios2 takes any number
    public void Opens_at_any_speed_and_carries_bytes_both_ways(int baud)
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, baud);
        Assert.That(port.Descriptor.Write("hello\n"u8), Is.EqualTo(6));
        var buffer = new byte[64];
        World.AwaitReadable(pty.Master);
        Assert.That(Encoding.ASCII.GetString(buffer, 0, pty.Master.Read(buffer)), Is.EqualTo("hello\n"), "raw: no carriage return is added");
        Assert.That(pty.Master.Write("back\n"u8), Is.EqualTo(5));
        World.AwaitReadable(port.Descriptor);
        Assert.That(Encoding.ASCII.GetString(buffer, 0, port.Descriptor.Read(buffer)), Is.EqualTo("back\n"));
        Assert.That(pty.Master.Read(buffer), Is.EqualTo(-Errno.EAGAIN), "no echo");
    }

    [Test]
    public void Has_no_flow_control_where_there_are_no_modem_signals()
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, 19200);
        Assert.That(port.FlowControl, Is.False);
    }

    [Test]
    public void Does_not_tell_of_a_carrier_where_there_are_no_modem_signals()
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, 19200);
        Assert.That(port.Carrier, Is.Null);
        pty.Dispose();
        Assert.That(port.Carrier, Is.Null, "nor when the other end is gone");
    }

    [Test]
    public void Tells_of_its_carrier_without_allocating()
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, 19200);
        _ = port.Carrier;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _ = port.Carrier;
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [TestCase("/dev/null", 1)]
    [TestCase("/dev/ptmx", 5)]
    [TestCase("/dev/fd", null)]
    [TestCase("/dev/nosuchline", null)]
    public void Is_known_by_its_driver(string path, int? major) => Assert.That(FileStatus.CharacterMajor(path), Is.EqualTo(major));

    [Test]
    public void Belongs_to_one_program()
    {
        using var pty = new Pty();
        using var first = SerialPort.Open(pty.Path, 19200);
        var refused = Assert.Throws<LinuxException>(() => SerialPort.Open(pty.Path, 19200).Dispose());
        Assert.That(refused.Errno, Is.EqualTo(Errno.EAGAIN).Or.EqualTo(Errno.EBUSY));
        Assert.That(refused.Message, Does.Contain(pty.Path));
    }

    [Test]
    public void That_is_free_again_can_be_opened_again()
    {
        using var pty = new Pty();
        SerialPort.Open(pty.Path, 19200).Dispose();
        Assert.DoesNotThrow(() => SerialPort.Open(pty.Path, 19200).Dispose());
    }

    [Test]
    public void That_blocks_returns_at_once()
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, 19200);
        var line = new byte[1024];
        var result = 0;
        for (var i = 0; i < 1000 && result >= 0; i++) result = port.Descriptor.Write(line);
        Assert.That(result, Is.EqualTo(-Errno.EAGAIN), "nobody reads: the driver's buffer fills, and the write says so");
    }

    [Test]
    public void That_is_unplugged_says_so_and_does_not_wait()
    {
        using var pty = new Pty();
        using var port = SerialPort.Open(pty.Path, 19200);
        pty.Dispose();
        World.AwaitReadable(port.Descriptor);
        Assert.That(port.Descriptor.Read(new byte[16]), Is.EqualTo(0).Or.EqualTo(-Errno.EIO));
    }

    [Test]
    public void That_does_not_exist_or_is_no_line_is_named_in_the_error()
    {
        Assert.That(Assert.Throws<LinuxException>(() => SerialPort.Open("/dev/nosuchline", 9600).Dispose())!.Message, Does.Contain("/dev/nosuchline"));
        Assert.That(Assert.Throws<LinuxException>(() => SerialPort.Open("/dev/null", 9600).Dispose())!.Message, Does.Contain("/dev/null"));
    }
}
