using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Linux.Tests;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Pulse.Tests;

/// <summary>The watchdog (a file: a byte for each petting) and what control says of the shared disks.</summary>
[NonParallelizable]
public sealed class The_watchdog_and_the_shared_disks : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("lease").FullName;
    private int _files;

    private string Device => Path.Combine(_directory, "watchdog");
    private long Pets => new FileInfo(Device).Length;

    private Watchdog Open()
    {
        File.WriteAllText(Device, "");
        return Watchdog.Open(Device);
    }

    private string Says(ClusterCommand command)
    {
        var frame = new byte[1000];
        var file = Path.Combine(_directory, $"frame{_files++}");
        File.WriteAllBytes(file, frame[..BridgeCodec.Write(command, frame)]);
        return $"cat {file} >&3; ";
    }

    private Loopback New(int port, SlotLease lease, Watchdog watchdog, params ClusterCommand[] said) =>
        new("alpha", Beat, string.Concat(said.Select(Says)) + "exec sleep 60", "exit 1", null, watchdog, lease, new MediumSpec.Ucast("lo", "127.0.0.1", port, 1));

    [Test]
    public void It_is_petted_while_the_lease_lasts_and_not_after()
    {
        World.NeedsRoot();
        using var watchdog = Open();
        var until = Clock.Now() + TimeSpan.FromSeconds(3);
        using var pulse = New(47741, SlotLease.FromControl(null), watchdog, new ClusterCommand.SlotLease(until), new ClusterCommand.ManagerReady());
        pulse.Begin();
        Assert.That(Pets, Is.Zero, "nothing is petted before control has said something");
        pulse.RunUntil(() => Pets > 5, "petted");
        pulse.RunUntil(() => Clock.Now() > until + TimeSpan.FromMilliseconds(20), "the lease is over");
        var pets = Pets;
        pulse.RunUntil(() => Clock.Now() > until + TimeSpan.FromMilliseconds(500), "some time");
        Assert.That(Pets, Is.EqualTo(pets));
    }

    [Test]
    public void Nobody_hears_a_node_before_its_disks_are_watched()
    {
        World.NeedsRoot();
        using var watchdog = Open();
        var lease = SlotLease.FromControl(null);
        using var pulse = New(47745, lease, watchdog, new ClusterCommand.SlotLease(Instant.Never), new ClusterCommand.Progress(TimeSpan.Zero));
        pulse.Begin();
        pulse.RunUntil(() => Pets > 10, "petted, as nothing runs");
        Assert.That(pulse.Core.Started, Is.Zero);
        using var watched = New(47746, SlotLease.FromControl(null), watchdog, new ClusterCommand.SlotLease(Clock.Now() + TimeSpan.FromSeconds(60)), new ClusterCommand.ManagerReady());
        watched.Begin();
        watched.RunUntil(() => watched.Core.Started == 1, "it beats");
        using var running = New(47748, SlotLease.FromControl(null), watchdog, new ClusterCommand.ManagerReady());
        running.Begin();
        running.RunUntil(() => running.Core.Started == 1, "it beats for services that run from before, whatever the disks say");
        using var unneeded = New(47747, SlotLease.Unneeded(), watchdog);
        unneeded.Begin();
        Assert.That(unneeded.Core.Started, Is.EqualTo(1), "without shared disks at once");
    }

    [Test]
    public void It_is_petted_for_ever_where_there_are_no_shared_disks()
    {
        World.NeedsRoot();
        using var watchdog = Open();
        using var pulse = New(47742, SlotLease.Unneeded(), watchdog, new ClusterCommand.SlotLease(default), new ClusterCommand.ManagerReady());
        pulse.Begin();
        pulse.RunUntil(() => Pets > 20, "petted, whatever is said of disks");
    }

    [Test]
    public void A_stop_for_good_needs_no_lease_and_a_restart_in_place_does()
    {
        World.NeedsRoot();
        foreach (var inPlace in new[] { false, true })
        {
            using var watchdog = Open();
            var lease = SlotLease.FromControl(null);
            var until = new Instant(123);
            using var pulse = New(inPlace ? 47743 : 47744, lease, watchdog, new ClusterCommand.SlotLease(until), new ClusterCommand.ManagerReady(), new ClusterCommand.Stop(TimeSpan.FromMilliseconds(300), inPlace));
            pulse.Loop.Run(() => { });
            Assert.That((Pets > 0, lease.Until), Is.EqualTo(inPlace ? (false, until) : (true, Instant.Never)));
        }
    }

    [Test]
    public void A_lease_goes_through_a_restart_in_place_as_it_is()
    {
        var before = SlotLease.FromControl(null);
        Assert.That((before.Allows(default), before.IsFinite, before.ForNext), Is.EqualTo((false, false, "0")));
        before.Until = new Instant(4711);
        var after = SlotLease.FromControl(before.ForNext);
        Assert.That((after.Until, after.IsFinite, after.Allows(new Instant(4710)), after.Allows(new Instant(4711))), Is.EqualTo((new Instant(4711), true, true, false)));
        before.Release();
        Assert.That((before.IsFinite, SlotLease.FromControl(before.ForNext).Until), Is.EqualTo((false, Instant.Never)));
        Assert.That((SlotLease.Unneeded().ForNext, SlotLease.Unneeded().IsFinite, SlotLease.FromControl("garbage").Until), Is.EqualTo(((string?)null, false, default(Instant))));
    }

    [Test]
    public void A_device_that_does_not_say_its_time_is_taken_at_the_administrators_word_and_none_is_none()
    {
        using var manager = new ServiceManager(null, null);
        using var watchdog = Open();
        var alive = new AliveSigns(watchdog, TimeSpan.FromSeconds(10), manager);
        Assert.That((alive.SetWatchdog(4, true, out var known), known), Is.EqualTo((4, false)));
        var now = new Instant(TimeSpan.TicksPerHour);
        alive.Pet(now, bothLive: true, guarded: false);
        Assert.That(Pets, Is.Zero);
        Assert.That(alive.NextDeadline, Is.EqualTo(now + TimeSpan.FromSeconds(1)), "a quarter of the shorter time");
        alive.Pet(alive.NextDeadline, bothLive: true, guarded: true);
        Assert.That(Pets, Is.EqualTo(1));
        Assert.That(new AliveSigns(null, Beat, manager).SetWatchdog(4, true, out _), Is.Zero);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
