using System.Globalization;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd.Slots;

/// <summary>A sender and a victim over shared disks in virtual time, with delays, hung and broken disks, crashes and slow answers: the one promise, seed by seed.</summary>
public sealed class SlotStormTests
{
    private sealed class Counts
    {
        public int Proven, ByOrder, ByWatchdog, Other, Unproven, Restarted, Stale;

        public override string ToString() => $"proven {Proven}, unproven {Unproven}; deaths by order {ByOrder}, by watchdog {ByWatchdog}, of power {Other}; control restarted {Restarted}, orders from before {Stale}";
    }

    /// <summary>When a sender counts on an order, nothing is managed on the victim: it has obeyed, lost its watchdog, or waits.</summary>
    [Test]
    public void A_proven_fence_is_a_dead_machine()
    {
        var counts = new Counts();
        var seeds = int.Parse(Environment.GetEnvironmentVariable("SLOT_SEEDS") ?? "300", CultureInfo.InvariantCulture);
        var first = int.Parse(Environment.GetEnvironmentVariable("SLOT_SEED") ?? "0", CultureInfo.InvariantCulture);
        for (var seed = first; seed < first + seeds; seed++) Storm(seed, counts);
        TestContext.Out.WriteLine(counts);
        if (seeds < 300) return;
        // Everything that the promise is about did happen.
        Assert.That(new[] { counts.Proven, counts.Unproven, counts.ByOrder, counts.ByWatchdog, counts.Other, counts.Restarted, counts.Stale }, Is.All.GreaterThan(seeds / 50), counts.ToString());
    }

    private static void Storm(int seed, Counts counts)
    {
        var world = new VirtualWorld(seed);
        var random = world.Random;
        var watchdog = random.Next(2, 8);
        var header = new SbdHeader(8, 512, watchdog, 1, random.Next(0, 3), 2 * watchdog + random.Next(0, 3), 1, Guid.Empty);
        var disks = Enumerable.Range(0, random.Next(1, 4)).Select(i => new VirtualDisk(header with { Uuid = new Guid(i + 1, 0, 0, new byte[8]) })).ToArray();
        foreach (var disk in disks) disk.Name(0, "alpha");
        DiskPath[] Ways() => [.. disks.Select(d => new DiskPath(world, d) { Latency = Latency(world) })];
        var extra = world.Chance(0.2) ? random.Next(1, watchdog + 2) : 0;
        var alpha = new VirtualMachine(world, "alpha", Ways()) { Watchdog = s => s + extra, ControlDelay = () => world.Chance(0.01) ? world.Between(0, 2 * watchdog) : world.Between(0, 0.02) };
        var sender = new VirtualSender(world, Ways());
        alpha.Boot();
        if (world.Chance(0.2)) foreach (var disk in disks) if (world.Chance(0.7)) disk.Put("alpha", SbdCommand.Reset, "earlier");
        var span = 12.0 * watchdog;
        for (var trouble = random.Next(0, 8); trouble > 0; trouble--) world.After(world.Between(0, span), () => Trouble(world, alpha, watchdog, counts));
        // A machine that is dead is booted again: in a moment, or after a while.
        void Revive()
        {
            if (!alpha.IsUp && world.Chance(0.1)) alpha.Boot();
            world.After(0.5, Revive);
        }
        Revive();
        var (orders, ordered) = (random.Next(1, 4), 0);
        void Order()
        {
            if (++ordered > orders) return;
            var from = world.Now;
            sender.Send(world.Chance(0.5) ? FenceAction.Off : FenceAction.Reboot, "alpha", verdict =>
            {
                if (verdict.Kind == VerdictKind.Proven)
                {
                    counts.Proven++;
                    Assert.That(alpha.Manages, Is.False, $"seed {seed}: proven, and alpha manages services\n{string.Join('\n', world.Story)}");
                }
                else counts.Unproven++;
                world.After(world.Between(0, span / 2), Order);
            });
        }
        world.After(world.Between(0, span / 2), Order);
        world.Run(6 * span);
        counts.ByOrder += alpha.Obeyed.Count;
        counts.ByWatchdog += alpha.Deaths.Count(d => d.Why == "the watchdog fires");
        counts.Other += alpha.Deaths.Count(d => d.Why == "power");
        counts.Stale += alpha.Logs.Count(l => l.Text.Contains("from before this start", StringComparison.Ordinal));
        foreach (var disk in disks) Assert.That(disk.SlotsOf("alpha"), Has.Count.EqualTo(1), $"seed {seed}");
    }

    private static Func<double> Latency(VirtualWorld world) => world.Random.Next(4) switch
    {
        0 => () => world.Between(0.001, 2),
        1 => () => world.Chance(0.02) ? world.Between(0, 10) : 0.005,
        _ => () => world.Between(0.0005, 0.02),
    };

    private static void Trouble(VirtualWorld world, VirtualMachine alpha, int watchdog, Counts counts)
    {
        var path = alpha.Paths[world.Random.Next(alpha.Paths.Length)];
        switch (world.Random.Next(6))
        {
            case 0 or 1:
                world.Tell("a path of alpha's hangs");
                path.HangsUntil = world.Now + TimeSpan.FromSeconds(world.Between(0, 4 * watchdog));
                break;
            case 2:
                world.Tell("a path of alpha's fails");
                path.Fails = true;
                world.After(world.Between(0, 4 * watchdog), () => path.Fails = false);
                break;
            case 3:
                world.Tell("all paths of alpha's hang");
                foreach (var each in alpha.Paths) each.HangsUntil = world.Now + TimeSpan.FromSeconds(world.Between(0, 4 * watchdog));
                break;
            case 4:
                if (alpha.IsUp) counts.Restarted++;
                alpha.RestartControl(world.Between(0.1, 2 * watchdog));
                break;
            default:
                alpha.Die("power");
                break;
        }
    }

    /// <summary>Whoever is ordered nothing and can read his disks lives for ever.</summary>
    [Test]
    public void Without_orders_nobody_dies_of_a_disk_that_answers()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var world = new VirtualWorld(seed);
            var watchdog = world.Random.Next(1, 8);
            var disks = Enumerable.Range(0, world.Random.Next(1, 4)).Select(i => new VirtualDisk(new SbdHeader(8, 512, watchdog, 1, world.Random.Next(0, 10), 2 * watchdog, 1, new Guid(i + 1, 0, 0, new byte[8])))).ToArray();
            var alpha = new VirtualMachine(world, "alpha", [.. disks.Select(d => new DiskPath(world, d) { Latency = () => world.Between(0.001, 0.1 * watchdog) })]).Boot();
            for (var i = 0; i < 10; i++)
                world.After(world.Between(20, 200), () => disks[world.Random.Next(disks.Length)].Put("alpha", SbdCommand.Test));
            world.Run(300);
            Assert.That((alpha.Manages, alpha.Deaths.Count, alpha.Report.Readable), Is.EqualTo((true, 0, disks.Length)), $"seed {seed}\n{string.Join('\n', world.Story)}");
        }
    }
}
