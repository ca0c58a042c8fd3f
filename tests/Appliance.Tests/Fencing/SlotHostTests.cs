using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Control;
using Appliance.Control.Tests;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Messaging;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Fencing.Tests;

/// <summary>The host of the mailboxes, with files for disks.</summary>
public sealed class The_mailboxes_of_this_node : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slots").FullName;
    private readonly Deeds _deeds = new();
    private readonly ToPulse _pulse = new();
    private readonly Keys _keys = new();
    private readonly Queue<Action> _inbox = new();
    private SlotHost? _host;

    private sealed class ToPulse : IPulse
    {
        public List<ClusterCommand> Sent { get; } = [];
        public void Send(ClusterCommand command) => Sent.Add(command);
        public Instant Lease => Sent.OfType<ClusterCommand.SlotLease>().LastOrDefault()?.Until ?? default;
    }

    private sealed class Keys : ISelfFence
    {
        public List<string> Pressed { get; } = [];
        public void Obey(SbdCommand order) => Pressed.Add(SbdDisk.Word(order));
        public void ObeySlowly(SbdCommand order) => Pressed.Add("slowly " + SbdDisk.Word(order));
    }

    private string Disk => Path.Combine(_directory, "disk");
    private string WaitFile => Path.Combine(_directory, "wait");

    private SlotHost Make(bool mayRun = false, SbdStartMode mode = SbdStartMode.Always, params string[] disks)
    {
        var drive = new SbdDrive(Disk, SbdDrive.AccessTime);
        File.WriteAllBytes(Disk, new byte[1 << 20]);
        drive.Create(size => new SbdHeader(4, size, 2, 0, 1, 4, 1, Guid.NewGuid()));
        drive.Allocate(drive.Header()!, "alpha", _ => { });
        return _host = new SlotHost(
            new HaCf { LocalNode = "alpha", SbdDevices = [.. disks.DefaultIfEmpty(Disk)], SbdStartMode = mode }, mayRun, _pulse,
            input =>
            {
                lock (_inbox) _inbox.Enqueue(((ControlInput.Found)input).Take);
            },
            _keys, WaitFile, _deeds.Log);
    }

    private void Put(SbdCommand command)
    {
        using var disk = DirectDisk.Open(Disk, write: true);
        disk.Write(SbdDisk.MailAt(0, 512), new SbdMail(command, "beta").Write(512));
    }

    private SbdCommand Mail => SbdMail.Read(File.ReadAllBytes(Disk).AsSpan((int)SbdDisk.MailAt(0, 512))).Command;

    /// <summary>Turns as control's thread does, pulse's answer included.</summary>
    private void Until(Func<bool> condition, string what, double seconds = 20)
    {
        var end = Clock.Now() + TimeSpan.FromSeconds(seconds);
        for (var answered = 0; !condition(); Thread.Sleep(2))
        {
            if (Clock.Now() > end) Assert.Fail($"not within {seconds} s: {what}; sent: {string.Join(' ', _pulse.Sent)}");
            while (true)
            {
                Action? take;
                lock (_inbox) _inbox.TryDequeue(out take);
                if (take is null) break;
                take();
            }
            foreach (var set in _pulse.Sent.OfType<ClusterCommand.SetWatchdog>().Skip(answered).ToList())
            {
                answered++;
                _host!.WatchdogIs(set.Seconds, Clock.Now());
            }
            _host!.Tick(Clock.Now());
        }
    }

    [Test]
    public void Are_watched_before_services_are_started_and_the_lease_is_a_point_in_time()
    {
        var ready = 0;
        var host = Make();
        host.Ready = () => ready++;
        host.Begin(Clock.Now());
        Assert.That((_pulse.Lease, host.IsReady), Is.EqualTo((Instant.Never, false)), "nothing runs: the watchdog may be petted");
        Until(() => host.IsReady, "ready");
        Assert.That((ready, (_pulse.Lease - Clock.Now()).TotalSeconds), Is.EqualTo((1, 1.5)).Using<(int, double)>((a, b) => a.Item1 == b.Item1 && a.Item2 is > 0 and <= 2), "the header's 2 s from when the look began");
        var first = _pulse.Lease;
        Until(() => _pulse.Lease > first, "the next look");
        Assert.That(host.View(Clock.Now()), Has.Property("Guarded").True.And.Property("Readable").EqualTo(1));
        File.WriteAllBytes(Disk, []);
        Until(() => !host.View(Clock.Now()).Guarded, "a disk that is lost");
        Assert.That(host.View(Clock.Now()).Problems, Has.Some.StartsWith("shared disk "));
    }

    [Test]
    public void Are_obeyed_by_the_keys_first_and_pulse_is_told_in_case_they_do_nothing()
    {
        var host = Make();
        host.Begin(Clock.Now());
        Until(() => host.IsReady, "ready");
        Put(SbdCommand.Test);
        Until(() => Mail == SbdCommand.Clear, "the test is answered");
        Put(SbdCommand.Off);
        Until(() => _keys.Pressed.Count > 0, "the order is obeyed");
        Assert.That(_keys.Pressed, Is.EqualTo(new[] { "off", "slowly off" }));
        Assert.That(_pulse.Sent[^1], Is.TypeOf<ClusterCommand.SelfFence>());
        Assert.That(_deeds.Logged(), Has.Some.Contains("the order off of beta stands in its mailbox"));
    }

    [Test]
    public void Remember_across_a_power_cut_that_an_order_was_cleared()
    {
        var host = Make();
        Put(SbdCommand.Reset);
        host.Begin(Clock.Now());
        Until(() => Mail == SbdCommand.Clear, "the order is cleared");
        Assert.That((File.Exists(WaitFile), host.IsReady), Is.EqualTo((true, false)));
        Until(() => host.IsReady, "msgwait and an access are over");
        Assert.That(File.Exists(WaitFile), Is.False);
    }

    [Test]
    public void Refuse_a_start_in_clean_mode_and_ask_for_the_end_at_exit()
    {
        var (refused, quits) = (0, 0);
        var host = Make(mode: SbdStartMode.Clean);
        Put(SbdCommand.Reset);
        (host.Refused, host.Quit) = (() => refused++, () => quits++);
        host.Begin(Clock.Now());
        Until(() => refused == 1, "refused");
        Assert.That((host.IsReady, Mail), Is.EqualTo((false, SbdCommand.Reset)));
        host.Dispose();
        _pulse.Sent.Clear();
        host = Make(mayRun: true);
        host.Quit = () => quits++;
        host.Begin(Clock.Now());
        Assert.That((host.IsReady, _pulse.Lease), Is.EqualTo((true, default(Instant))), "services may run: no lease without a look");
        Until(() => _pulse.Lease != default, "the first look");
        Put(SbdCommand.Exit);
        Until(() => quits == 1, "the end");
    }

    [Test]
    public void A_disk_that_hangs_holds_nobody_up()
    {
        // A pipe without a writer: opening it waits for ever.
        var pipe = Path.Combine(_directory, "pipe");
        using (var made = ChildProcess.Start(new("/usr/bin/mkfifo", ["mkfifo", pipe], ["PATH=/usr/bin:/bin"], []))) Until(() => File.Exists(pipe), "the pipe", ready: false);
        var host = Make(disks: [Disk, pipe]);
        host.Begin(Clock.Now());
        Until(() => host.IsReady, "ready with one of two");
        Assert.That(host.View(Clock.Now()).Readable, Is.EqualTo(1));
        Until(() => host.View(Clock.Now()).Disks[1].Problem is not null, "it is said");
        Assert.That(host.View(Clock.Now()).Disks[1].Problem, Does.StartWith("it does not answer since"));
        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write);       // lets the thread go
    }

    private static void Until(Func<bool> condition, string what, bool ready)
    {
        Assert.That(ready, Is.False);
        var end = Clock.Now() + TimeSpan.FromSeconds(10);
        for (; !condition(); Thread.Sleep(2))
            if (Clock.Now() > end) Assert.Fail(what);
    }

    [TestCase("/dev/a,/dev/b", null)]
    [TestCase("/dev/c,/dev/d", null, Description = "other names of the same disks, perhaps")]
    [TestCase("/dev/a", "devices names 1 disk, and sbd_device 2: all nodes must read and write the same ones, or a fencing proves nothing")]
    [TestCase("/dev/a,/dev/b,/dev/c", "devices names 3 disks, and sbd_device 2: all nodes must read and write the same ones, or a fencing proves nothing")]
    public void Are_on_as_many_disks_as_fencing_writes(string devices, string? problem)
    {
        var line = new StonithLine("alpha", "sbd", Secret.Of($"devices={devices} plug=beta"), null, 3);
        var cf = new HaCf { Nodes = ["alpha", "beta"], LocalNode = "alpha", SbdDevices = ["/dev/a", "/dev/b"] };
        Assert.That(DeviceDesk.Problems(line, cf), Is.EqualTo(problem is null ? Array.Empty<string>() : [problem]));
        Assert.That(DeviceDesk.Problems(line, cf with { SbdDevices = [] }), Is.Empty, "a node that has no mailbox may fence all the same");
    }

    [Test]
    public void The_kernels_keys_are_one_byte_each_in_a_file_that_is_open_before()
    {
        var path = Path.Combine(_directory, "keys");
        File.WriteAllText(path, "");
        using var keys = new SelfFence(path);
        Assert.That(keys.Warning?.Text, Does.Contain("for tests"));
        foreach (var order in new[] { SbdCommand.Reset, SbdCommand.Off, SbdCommand.CrashDump })
        {
            keys.Obey(order);
            keys.ObeySlowly(order);     // not the kernel's: nothing happens
        }
        Assert.That(File.ReadAllText(path), Is.EqualTo("boc"));
    }

    public void Dispose()
    {
        _host?.Dispose();
        _deeds.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
