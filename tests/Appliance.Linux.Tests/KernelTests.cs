using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Core;

namespace Appliance.Linux.Tests;

public class The_clock
{
    [Test]
    public void Never_goes_back()
    {
        var last = Clock.Now();
        for (var i = 0; i < 100_000; i++)
        {
            var now = Clock.Now();
            Assert.That(now >= last);
            last = now;
        }
    }

    [Test]
    public void Costs_no_memory() => Assert.That(World.Allocated(() => { _ = Clock.Now(); _ = Clock.WallSeconds(); }), Is.Zero);
}

public class A_poller
{
    [Test]
    public void Ends_at_the_deadline_and_not_before()
    {
        var poller = new Poller(1);
        for (var i = 0; i < 20; i++)
        {
            var start = Clock.Now();
            Assert.That(poller.Wait(start + TimeSpan.FromMilliseconds(3.5), start), Is.Zero);
            Assert.That((Clock.Now() - start).TotalMilliseconds, Is.InRange(3.5, 250));
        }
    }

    [Test]
    public void Says_which_slot_is_ready()
    {
        using var wake = new EventFd();
        var poller = new Poller(3);
        poller.Watch(1, wake.Descriptor.Number);
        Assert.That(poller.Wait(Clock.Now(), Clock.Now()), Is.Zero);
        wake.Raise();
        Assert.That(poller.Wait(Instant.Never, Clock.Now()), Is.EqualTo(1));
        Assert.That(poller[1], Is.EqualTo(PollEvents.Readable));
        Assert.That(poller[0], Is.EqualTo(PollEvents.None));
        wake.Drain();
        Assert.That(poller.Wait(Clock.Now(), Clock.Now()), Is.Zero);
    }
}

public class Signals_as_events
{
    [Test]
    public void Wake_the_loop_instead_of_ending_the_process()
    {
        using var signals = new Signals(Signals.USR1, Signals.USR2);
        World.Run("/bin/kill", "-USR2", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        World.AwaitReadable(signals.Descriptor);
        Assert.That(signals.Take(), Is.EqualTo(1L << Signals.USR2));
        Assert.That(signals.Take(), Is.Zero);
    }
}

public class A_pair_of_sockets
{
    [Test]
    public void Keeps_frames_whole_and_in_order_and_costs_no_memory()
    {
        var (ours, theirs) = SeqPacketSocket.Pair(65536);
        using (ours)
        using (theirs)
        {
            var buffer = new byte[64];
            Assert.That(theirs.Receive(buffer), Is.EqualTo(-Errno.EAGAIN));
            Assert.That(World.Allocated(() =>
            {
                ours.Send("one"u8);
                ours.Send("second"u8);
                if (theirs.Receive(buffer) != 3 || theirs.Receive(buffer) != 6) throw new InvalidOperationException("not whole");
            }), Is.Zero);
        }
    }

    [Test]
    public void Says_when_the_other_end_is_behind_or_gone()
    {
        var (ours, theirs) = SeqPacketSocket.Pair(8192);
        using (ours)
        {
            var result = 0;
            for (var i = 0; i < 10_000 && result >= 0; i++) result = ours.Send(new byte[1000]);
            Assert.That(result, Is.EqualTo(-Errno.EAGAIN));
            theirs.Dispose();
            Assert.That(ours.Send(new byte[10]), Is.EqualTo(-Errno.EPIPE).Or.EqualTo(-Errno.ECONNRESET));
        }
    }

    [Test]
    public void Refuses_a_frame_larger_than_the_buffer()
    {
        var (ours, theirs) = SeqPacketSocket.Pair(8192);
        using (ours)
        using (theirs)
        {
            ours.Send(new byte[100]);
            Assert.That(theirs.Receive(new byte[50]), Is.EqualTo(-Errno.EMSGSIZE));
        }
    }
}

public class A_child_process
{
    private static ChildSpec Shell(string script, params (Descriptor, int)[] descriptors) =>
        new("/bin/sh", ["sh", "-c", script], ["PATH=/usr/bin:/bin", "COLOUR=red"], descriptors);

    [TestCase("exit 0", 0)]
    [TestCase("exit 7", 7)]
    [TestCase("kill -9 $$", 137)]
    public void Tells_how_it_ended(string script, int expected)
    {
        using var child = ChildProcess.Start(Shell(script));
        World.AwaitReadable(child.Descriptor);
        Assert.That(child.Ended(), Is.EqualTo(expected));
        Assert.That(child.Ended(), Is.EqualTo(expected), "asking again gives the same answer");
    }

    [Test]
    public void Gets_only_what_it_is_given()
    {
        using var content = MemoryFile.Holding("ha.cf", "node a\n"u8);
        var (read, write) = Descriptor.Pipe();
        using (read)
        {
            using (write)
            using (var child = ChildProcess.Start(Shell("cat <&4 >&3; echo $COLOUR >&3; echo $(exec ls /proc/self/fd) >&3", (write, 3), (content, 4))))
            {
                World.AwaitReadable(child.Descriptor);
                Assert.That(child.Ended(), Is.Zero);
            }
            Assert.That(Encoding.UTF8.GetString(MemoryFile_Drain(read)), Does.Match("^node a\nred\n0 1 (10 )?2 3 4( 5)?\n$"), "5 is the directory being listed, 10 the shell's own");
        }
    }

    private static byte[] MemoryFile_Drain(Descriptor pipe)
    {
        var buffer = new byte[4096];
        var size = 0;
        for (int n; (n = pipe.Read(buffer.AsSpan(size))) > 0;) size += n;
        return buffer[..size];
    }

    [Test]
    public void That_does_not_exist_is_named_in_the_error() =>
        Assert.That(Assert.Throws<LinuxException>(() => ChildProcess.Start(new("/nonexistent/x", ["x"], [], [])).Dispose())!.Message, Does.Contain("/nonexistent/x"));

    [Test]
    public void Can_be_killed_through_its_descriptor()
    {
        using var child = ChildProcess.Start(Shell("exec sleep 60"));
        Assert.That(child.Ended(), Is.Null);
        child.Signal(Signals.KILL);
        World.AwaitReadable(child.Descriptor);
        Assert.That(child.Ended(), Is.EqualTo(137));
    }
}

public class A_datagram_socket
{
    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void Sends_and_receives_without_allocating(string address)
    {
        var ip = IPAddress.Parse(address);
        using var receiver = DatagramSocket.Udp(ip.AddressFamily).ReuseAddress().Bind(new SocketAddressBytes(ip, 47694));
        using var sender = DatagramSocket.Udp(ip.AddressFamily);
        var to = new SocketAddressBytes(ip, 47694);
        var buffer = new byte[2048];
        Assert.That(World.Allocated(() =>
        {
            if (sender.Send("status"u8, to) != 6) throw new InvalidOperationException("not sent");
            if (receiver.Receive(buffer) != 6) throw new InvalidOperationException("not received");
        }), Is.Zero);
        Assert.That(receiver.Receive(buffer), Is.EqualTo(-Errno.EAGAIN));
    }

    [Test]
    public void Names_a_device_that_does_not_exist()
    {
        World.NeedsRoot();
        using var socket = DatagramSocket.Udp(AddressFamily.InterNetwork);
        Assert.That(Assert.Throws<LinuxException>(() => socket.BindToDevice("nosuch0"))!.Message, Does.Contain("nosuch0"));
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void Pings_and_hears_its_own_reply_alone(string address)
    {
        World.NeedsRoot();
        var ip = IPAddress.Parse(address);
        var v6 = ip.AddressFamily == AddressFamily.InterNetworkV6;
        using var ping = DatagramSocket.Ping(ip.AddressFamily);
        var packet = new byte[256];
        var size = IcmpEcho.WriteRequest(packet, v6, 0x1234, 7, "payload"u8);
        Assert.That(ping.Send(packet.AsSpan(0, size), new SocketAddressBytes(ip, 0)), Is.EqualTo(size));
        World.AwaitReadable(ping.Descriptor);
        var n = ping.Receive(packet);
        Assert.That(IcmpEcho.TryReadReply(packet.AsSpan(0, n), v6, 0x1234, out var sequence, out var data), Is.True);
        Assert.That(sequence, Is.EqualTo(7));
        Assert.That(Encoding.ASCII.GetString(data), Is.EqualTo("payload"));
        Assert.That(IcmpEcho.TryReadReply(packet.AsSpan(0, n), v6, 0x1235, out _, out _), Is.False, "another program's");
    }
}

public class An_echo_reply
{
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Of_any_bytes_never_throws(byte[] packet, bool v6, ushort identifier) => IcmpEcho.TryReadReply(packet, v6, identifier, out _, out _);
}

public class A_durable_file
{
    [Test]
    public void Is_replaced_whole_with_the_mode_asked_for()
    {
        var path = Path.Combine(Path.GetTempPath(), $"durable-{Environment.ProcessId}");
        try
        {
            DurableFile.Replace(path, "old"u8, 0x1A4);      // 0644
            DurableFile.Replace(path, "new"u8, 0x180);      // 0600
            Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(File.Exists(path + ".new"), Is.False);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

public class A_watchdog
{
    [Test]
    public void Is_petted_by_bytes_that_do_not_disarm_and_disarmed_by_V()
    {
        var path = Path.Combine(Path.GetTempPath(), $"watchdog-{Environment.ProcessId}");
        File.WriteAllBytes(path, []);
        try
        {
            using var watchdog = Watchdog.Open(path);
            Assert.That(watchdog.SetTimeout(5), Is.Zero, "a file has no timeout");
            Assert.That(World.Allocated(() => watchdog.Pet(), 10), Is.Zero);
            Assert.That(File.ReadAllBytes(path), Has.None.EqualTo((byte)'V'));
            watchdog.Disarm();
            Assert.That(File.ReadAllBytes(path)[^1], Is.EqualTo((byte)'V'));
        }
        finally
        {
            File.Delete(path);
        }
    }
}

public class The_service_manager
{
    [Test]
    public void Hears_that_we_are_ready_and_alive()
    {
        var path = Path.Combine(Path.GetTempPath(), $"notify-{Environment.ProcessId}");
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        listener.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            using var manager = new ServiceManager(path, "2000000");
            Assert.That(manager.WatchdogPeriod, Is.EqualTo(TimeSpan.FromSeconds(1)));
            manager.Ready("beating");
            manager.Pet();
            var buffer = new byte[200];
            Assert.That(Encoding.UTF8.GetString(buffer, 0, listener.Receive(buffer)), Does.StartWith("READY=1\nSTATUS=beating\nMAINPID="));
            Assert.That(Encoding.UTF8.GetString(buffer, 0, listener.Receive(buffer)), Is.EqualTo("WATCHDOG=1"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("/nonexistent/socket")]
    public void That_is_not_there_is_no_error(string? path)
    {
        using var manager = new ServiceManager(path, null);
        manager.Ready("beating");
        manager.Pet();
        Assert.That(manager.WatchdogPeriod, Is.Null);
    }
}

public class Real_time
{
    [Test]
    public void Is_asked_for_by_one_thread_and_not_handed_to_children()
    {
        World.NeedsRoot();
        var policies = "";
        var thread = new Thread(() =>
        {
            RealTime.Schedule(1);
            var ours = RealTime.IsScheduled;
            using var child = ChildProcess.Start(new("/bin/sh", ["sh", "-c", "test \"$(cut -d' ' -f41 /proc/self/stat)\" = 0"], ["PATH=/usr/bin:/bin"], []));
            World.AwaitReadable(child.Descriptor);
            policies = $"{ours} {child.Ended()}";
        });
        thread.Start();
        thread.Join();
        Assert.That(policies, Is.EqualTo("True 0"));
        Assert.That(RealTime.IsScheduled, Is.False, "this thread did not ask");
    }
}

public class A_core_dump
{
    [Test]
    public void Can_be_forbidden_for_us_and_is_not_for_what_we_start()
    {
        CoreDumps.Allow(false);
        try
        {
            Assert.That(CoreDumps.AreAllowed, Is.False);
            ProcessRunner.Run(new ProcessSpec("/bin/sh", ["-c", "kill -SEGV $$"], new Dictionary<string, string>()), new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), (_, _) => { }, CancellationToken.None);
            Assert.That(CoreDumps.AreAllowed, Is.False, "starting a program changes nothing for us");
        }
        finally
        {
            CoreDumps.Allow(true);
        }
        Assert.That(CoreDumps.AreAllowed, Is.True);
    }
}

public class A_block_device
{
    [Test]
    public void Is_known_by_the_numbers_that_stat_prints()
    {
        if (Environment.UserName != "root") Assert.Ignore("a device node needs root");
        // One of our own making, so that there is one: 7:4095 is a loop device that nobody opens.
        var node = Path.Combine(Path.GetTempPath(), $"appliance-block-{Environment.ProcessId}");
        Assert.That((FileStatus.BlockDevice("/dev/null"), FileStatus.BlockDevice("/dev"), FileStatus.BlockDevice("/dev/there is none")), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"mknod {node} b 7 4095; for d in {node} /dev/*; do [ -b $d ] && echo $d $((0x$(stat -L -c %t $d))):$((0x$(stat -L -c %T $d))); done"]) { RedirectStandardOutput = true })!;
        var lines = stat.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo($"{node} 7:4095"));
        foreach (var line in lines) Assert.That($"{line.Split(' ')[0]} {FileStatus.BlockDevice(line.Split(' ')[0])}", Is.EqualTo(line));
        File.Delete(node);
    }
}
