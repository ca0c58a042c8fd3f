using Appliance.Configuration;
using Appliance.Linux;
using Appliance.Linux.Tests;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Pulse.Tests;

/// <summary>Pulse with real processes in control's place.</summary>
[NonParallelizable]
public class Pulse_and_control
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);
    private static readonly ControlLimits Short = new(
        StartUp: TimeSpan.FromSeconds(5), Silence: TimeSpan.FromSeconds(0.3), Away: TimeSpan.FromSeconds(0.8), Release: TimeSpan.FromSeconds(5));

    private readonly List<string> _temporary = [];

    [SetUp]
    public void NeedsRoot() => World.NeedsRoot();       // SO_BINDTODEVICE

    [TearDown]
    public void Remove()
    {
        foreach (var file in _temporary) File.Delete(file);
    }

    [Test]
    public void End_when_control_says_stop_even_when_it_ends_at_once()
    {
        using var pulse = New(47721, Says(new ClusterCommand.ManagerReady()) + Says(new ClusterCommand.Stop(TimeSpan.FromMilliseconds(300), false)) + "exit 0", "exit 1");
        var start = Clock.Now();
        Assert.That(pulse.Loop.Run(() => { }), Is.EqualTo(PulseEnd.Stopped));
        Assert.That(Clock.Now() - start, Is.GreaterThan(TimeSpan.FromMilliseconds(300)), "beats go on for that long");
        Assert.That(pulse.Core.TimesAway, Is.Zero, "a control that said stop is not away");
    }

    [Test]
    public void Restart_in_place_when_control_asks_for_it()
    {
        using var pulse = New(47722, Says(new ClusterCommand.ManagerReady()) + Says(new ClusterCommand.Stop(TimeSpan.Zero, true)) + "exit 0", "exit 1");
        Assert.That(pulse.Loop.Run(() => { }), Is.EqualTo(PulseEnd.RestartInPlace));
    }

    [Test]
    public void Kill_and_start_a_control_that_makes_no_progress()
    {
        using var pulse = New(47723, Says(new ClusterCommand.ManagerReady()) + "exec sleep 60", "exit 1");
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.TimesBack >= 3 && pulse.Core.TimesAway >= 2, "killed twice, back three times");
    }

    [Test]
    public void Ask_every_new_control_for_the_end_until_one_says_that_it_is()
    {
        var frames = Directory.CreateTempSubdirectory("pulse-frames").FullName;
        try
        {
            // Reads what it is told, a file for each frame, until it is killed for its silence.
            var reads = "i=0; while :; do dd bs=200000 count=1 of=" + frames + "/$$.$i <&3 2>/dev/null; i=$((i+1)); sleep 0.01; done";
            using var pulse = New(47726, Says(new ClusterCommand.ManagerReady()) + reads, "exit 1");
            pulse.Begin();
            pulse.RunUntil(() => pulse.Core.TimesBack == 1, "ready");
            World.Run("/bin/kill", "-TERM", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
            pulse.RunUntil(() => AskedControls() >= 2, "two of them were asked");

            int AskedControls() => new DirectoryInfo(frames).GetFiles().Where(f => f.Length == 2).Select(f => f.Name.Split('.')[0]).Distinct().Count();
        }
        finally
        {
            Directory.Delete(frames, recursive: true);
        }
    }

    [Test]
    public void Hand_over_when_control_stays_away_and_everything_was_released()
    {
        using var pulse = New(47724, "exit 3", "exit 0");
        Assert.That(pulse.Loop.Run(() => { }), Is.EqualTo(PulseEnd.Stopped));
        Assert.That(pulse.Core.Shutdones, Is.EqualTo(1));
    }

    [Test]
    public void Release_everything_and_end_when_control_gives_up()
    {
        var starts = Path.GetTempFileName();
        _temporary.Add(starts);
        using var pulse = New(47727, $"echo started >>{starts}; {Says(new ClusterCommand.ManagerReady())}{Says(new ClusterCommand.GiveUp("it was proven off"))} exec sleep 60", $"echo released >>{starts}; [ $(grep -c released {starts}) = 2 ]");
        // It fails the first time, and is tried again after ten seconds.
        Assert.That(pulse.Loop.Run(() => { }), Is.EqualTo(PulseEnd.Stopped));
        Assert.That(pulse.Core.Shutdones, Is.EqualTo(1));
        Assert.That(File.ReadAllLines(starts), Is.EqualTo(new[] { "started", "released", "released" }));
    }

    [Test]
    public void Go_on_beating_and_hand_nothing_over_when_the_release_failed()
    {
        using var pulse = New(47725, "exit 3", "exit 1");
        pulse.Begin();
        var end = Clock.Now() + TimeSpan.FromSeconds(2.5);
        pulse.RunUntil(() => Clock.Now() > end, "2.5 s");
        Assert.That(pulse.Core.Shutdones, Is.Zero);
        var heard = pulse.Core.Packets[0];
        pulse.RunUntil(() => pulse.Core.Packets[0] > heard + 20, "beats");
    }

    private static Loopback New(int port, string control, string release) =>
        new("alpha", Beat, control, release, Short, new MediumSpec.Ucast("lo", "127.0.0.1", port, 1));

    /// <summary>A shell command that sends a command to pulse.</summary>
    private string Says(ClusterCommand command)
    {
        var frame = new byte[1000];
        var size = BridgeCodec.Write(command, frame);
        var file = Path.GetTempFileName();
        _temporary.Add(file);
        File.WriteAllBytes(file, frame[..size]);
        return $"cat {file} >&3; ";
    }
}
