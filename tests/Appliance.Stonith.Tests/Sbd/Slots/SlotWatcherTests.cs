using Appliance.Core.Diagnostics;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd.Slots;

public sealed class SlotWatcherTests
{
    /// <summary>watchdog 4, allocate 1, loop 1, msgwait 8.</summary>
    private static SbdHeader Header(byte number = 0) => new(8, 512, 4, 1, 1, 8, 1, new Guid(number, 1, 0, new byte[8]));

    private sealed class Setting
    {
        public VirtualWorld World { get; } = new(1);
        public VirtualDisk[] Disks { get; }
        public DiskPath[] Paths { get; }
        public VirtualMachine Alpha { get; }

        public Setting(int disks = 1, bool allocated = true, Func<SbdHeader, SbdHeader>? header = null)
        {
            Disks = [.. Enumerable.Range(0, disks).Select(i => new VirtualDisk((header ?? (h => h))(Header((byte)i))))];
            foreach (var disk in Disks)
            {
                disk.Name(0, "beta");
                if (allocated) disk.Name(1, "Alpha");       // in another case: it is the same name
            }
            Paths = [.. Disks.Select(d => new DiskPath(World, d))];
            Alpha = new VirtualMachine(World, "alpha", Paths);
        }

        public VirtualDisk Disk => Disks[0];
        public DiskPath Path => Paths[0];

        public Setting Running(double seconds = 5)
        {
            Alpha.Boot();
            World.Run(seconds);
            Assert.That(Alpha.Manages, Is.True, Story);
            return this;
        }

        public string Story => string.Join('\n', World.Story);
        public string Death => Alpha.Deaths.Count == 0 ? "alive" : Alpha.Deaths[^1].Why;
    }

    [Test]
    public void A_node_with_a_readable_disk_is_ready_and_stays_alive()
    {
        var s = new Setting().Running(0.1);
        s.World.Run(300);
        Assert.That((s.Alpha.IsUp, s.Alpha.Manages, s.Alpha.DeviceSeconds), Is.EqualTo((true, true, 4)), s.Story);
        Assert.That(s.Path.Writes, Is.Empty, "a clear mailbox is not written");
        Assert.That(s.Alpha.Report, Has.Property("Guarded").True.And.Property("Readable").EqualTo(1).And.Property("Needed").EqualTo(1).And.Property("WatchdogSeconds").EqualTo(4));
        Assert.That(s.Alpha.Report.Disks[0], Has.Property("Slot").EqualTo(1).And.Property("Problem").Null);
    }

    [Test]
    public void Nothing_is_started_while_no_disk_can_be_read_and_the_watchdog_is_petted_all_the_while()
    {
        var s = new Setting();
        s.Path.Fails = true;
        s.Alpha.Boot();
        s.World.Run(200);
        Assert.That((s.Alpha.IsUp, s.Alpha.Manages), Is.EqualTo((true, false)), s.Story);
        Assert.That(s.Alpha.Report, Has.Property("Starting").True.And.Property("Guarded").False);
        Assert.That(s.Alpha.Report.Disks[0].Problem, Is.EqualTo("Input/output error"));
        s.Path.Fails = false;
        s.World.Run(3);
        Assert.That(s.Alpha.Manages, Is.True, s.Story);
    }

    [TestCase(SbdCommand.Reset)]
    [TestCase(SbdCommand.Off)]
    [TestCase(SbdCommand.CrashDump)]
    public void A_new_order_is_obeyed_at_the_next_look_and_told_once(SbdCommand order)
    {
        var s = new Setting().Running();
        s.Disk.Put("alpha", order);
        s.World.Run(1.1);
        Assert.That(s.Alpha.Obeyed, Is.EqualTo(new[] { new SlotEffect.Obey(order, "beta", "/disk0") }), s.Story);
        Assert.That(s.Disk.MailOf("alpha").Command, Is.EqualTo(order), "it stands there still, as sbd leaves it");
    }

    [Test]
    public void After_an_order_nothing_is_done_any_more()
    {
        var s = new Setting(1);
        var watcher = new SlotWatcher(new("alpha", ["/disk0"], SlotStart.Always, MayRun: true));
        var effects = new List<SlotEffect>();
        var now = s.World.Now;
        s.Disk.Put("alpha", SbdCommand.Off);
        watcher.Begin(now, effects);
        for (var i = 0; i < 20 && effects.OfType<SlotEffect.Access>().LastOrDefault() is { } access; i++)
        {
            effects.Clear();
            access.Step.Data = s.Disk.Bytes.AsMemory((int)access.Step.Offset, access.Step.Length);
            watcher.Done(0, now, now, effects);
        }
        Assert.That(effects[^1], Is.EqualTo(new SlotEffect.Obey(SbdCommand.Off, "beta", "/disk0")));
        effects.Clear();
        watcher.Tick(now + TimeSpan.FromHours(1), effects);
        watcher.WatchdogIs(4, now, effects);
        watcher.Done(0, now, now, effects);
        Assert.That(effects, Is.Empty);
        Assert.That(watcher.NextDeadline, Is.EqualTo(Core.Instant.Never));
    }

    [Test]
    public void An_order_for_another_node_is_not_ours()
    {
        var s = new Setting().Running();
        s.Disk.Put("beta", SbdCommand.Off);
        s.World.Run(30);
        Assert.That(s.Death, Is.EqualTo("alive"));
    }

    [Test]
    public void A_test_is_answered_by_clearing_and_the_mailbox_is_as_sbd_leaves_it()
    {
        var s = new Setting().Running();
        s.Disk.Put("alpha", SbdCommand.Test, "beta\nroot");
        s.World.Run(1.1);
        Assert.That(s.Disk.MailOf("alpha"), Is.EqualTo(new SbdMail(SbdCommand.Clear, "")), s.Story);
        Assert.That(s.Disk.Bytes.AsSpan((int)SbdDisk.MailAt(1, 512), 512).ToArray(), Is.All.Zero);
        Assert.That(s.Alpha.Logs.Select(l => l.Text), Has.One.EqualTo("shared disk /disk0: message test of beta?root cleared"));
        Assert.That(s.Path.Writes, Has.Count.EqualTo(1));
        s.World.Run(20);
        Assert.That(s.Death, Is.EqualTo("alive"));
    }

    [Test]
    public void What_nobody_knows_is_cleared()
    {
        var s = new Setting().Running();
        s.Disk.Put("alpha", (SbdCommand)77);
        s.World.Run(1.1);
        Assert.That((s.Disk.MailOf("alpha").Command, s.Death), Is.EqualTo((SbdCommand.Clear, "alive")), s.Story);
        Assert.That(s.Alpha.Logs.Select(l => l.Text), Has.One.Contains("undefined message 77"));
    }

    [Test]
    public void An_order_that_comes_before_a_test_is_cleared_is_not_lost()
    {
        var s = new Setting().Running();
        s.Disk.Put("alpha", SbdCommand.Test);
        var looks = 0;
        s.Path.Before = _ =>
        {
            if (++looks == 2) s.Disk.Put("alpha", SbdCommand.Reset);        // the test was seen, and is to be cleared
        };
        s.World.Run(1.5);
        Assert.That((s.Death, s.Path.Writes.Count), Is.EqualTo(("reset of beta on /disk0", 0)), s.Story);
    }

    [Test]
    public void A_disk_on_which_clearing_took_so_long_that_an_order_may_be_lost_counts_no_more_for_msgwait()
    {
        var s = new Setting(3).Running();
        s.Disks[0].Put("alpha", SbdCommand.Test);
        var looks = 0;
        s.Paths[0].Before = step => s.Paths[0].Latency = () => ++looks == 2 ? 5 : 0.002;
        s.World.Run(9);
        Assert.That((s.Alpha.Report.Readable, s.Alpha.Report.Disks[0].Problem), Is.EqualTo((2, "an order may have been written over: it counts again when no sender can wait for one any more")), s.Story);
        s.World.Run(25);
        Assert.That((s.Alpha.Report.Readable, s.Alpha.Report.Disks[0].Problem, s.Death), Is.EqualTo((3, (string?)null, "alive")), s.Story);
    }

    [Test]
    public void Exit_asks_for_the_end_once_and_the_node_stays_guarded_until_then()
    {
        var s = new Setting().Running();
        s.Disk.Put("alpha", SbdCommand.Exit);
        s.World.Run(1.1);
        Assert.That((s.Alpha.Quits, s.Disk.MailOf("alpha").Command), Is.EqualTo((true, SbdCommand.Exit)), "sbd leaves it there, and starts beside it");
        s.World.Run(20);
        Assert.That(s.Death, Is.EqualTo("alive"));
        Assert.That(s.Alpha.Report.Guarded, Is.True);
        s.Disk.Put("alpha", SbdCommand.Off);
        s.World.Run(1.1);
        Assert.That(s.Death, Does.StartWith("off"));
    }

    [Test]
    public void An_exit_from_before_is_cleared_at_the_start_and_delays_nothing()
    {
        var s = new Setting();
        s.Disk.Put("alpha", SbdCommand.Exit);
        s.Running(1);
        Assert.That((s.Alpha.Quits, s.Disk.MailOf("alpha").Command), Is.EqualTo((false, SbdCommand.Clear)), s.Story);
    }

    [TestCase(SbdCommand.Reset)]
    [TestCase(SbdCommand.Off)]
    [TestCase(SbdCommand.CrashDump)]
    public void An_order_from_before_is_cleared_at_once_and_nothing_is_started_before_its_sender_has_counted(SbdCommand order)
    {
        var s = new Setting();
        s.Disk.Put("alpha", order);
        s.Alpha.Boot();
        s.World.Run(1);
        Assert.That((s.Disk.MailOf("alpha").Command, s.Alpha.Manages, s.Alpha.IsUp), Is.EqualTo((SbdCommand.Clear, false, true)), s.Story);
        s.World.Run(9.9);
        Assert.That(s.Alpha.Manages, Is.False, "msgwait is 8 s, and an access may take 3 s: whoever wrote it may still be waiting to count on it");
        s.World.Run(1.3);
        Assert.That((s.Alpha.Manages, s.Alpha.Obeyed.Count), Is.EqualTo((true, 0)), s.Story);
    }

    [Test]
    public void A_power_cut_in_that_wait_begins_it_anew()
    {
        var s = new Setting();
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.Alpha.Boot();
        s.World.Run(3);
        s.Alpha.Die("power");
        s.Alpha.Boot();
        s.World.Run(10.9);
        Assert.That((s.Alpha.Manages, s.Alpha.Waits, s.Disk.MailOf("alpha").Command), Is.EqualTo((false, true, SbdCommand.Clear)));
        s.World.Run(1);
        Assert.That((s.Alpha.Manages, s.Alpha.Waits), Is.EqualTo((true, false)));
    }

    [Test]
    public void An_order_that_comes_while_an_old_one_is_waited_for_is_obeyed()
    {
        var s = new Setting();
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.Alpha.Boot();
        s.World.Run(3);
        s.Disk.Put("alpha", SbdCommand.Off, "gamma");
        s.World.Run(1.1);
        Assert.That(s.Alpha.Obeyed, Is.EqualTo(new[] { new SlotEffect.Obey(SbdCommand.Off, "gamma", "/disk0") }), s.Story);
    }

    [Test]
    public void In_clean_mode_a_node_with_an_order_does_not_start_and_leaves_it_there()
    {
        var s = new Setting { Alpha = { Start = SlotStart.Clean } };
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.Alpha.Boot();
        s.World.Run(60);
        Assert.That((s.Alpha.IsUp, s.Alpha.Manages, s.Disk.MailOf("alpha").Command), Is.EqualTo((true, false, SbdCommand.Reset)), s.Story);
        Assert.That(s.Alpha.Refused, Does.Contain("the order reset of beta").And.Contain("appliance sbd -d /disk0 message alpha clear"));
        Assert.That(s.Path.Writes, Is.Empty);
    }

    [TestCase(SbdCommand.Clear)]
    [TestCase(SbdCommand.Exit)]
    [TestCase(SbdCommand.Test)]
    public void In_clean_mode_what_is_no_order_does_not_matter(SbdCommand message)
    {
        var s = new Setting { Alpha = { Start = SlotStart.Clean } };
        s.Disk.Put("alpha", message);
        s.Running(1);
        Assert.That(s.Disk.MailOf("alpha").Command, Is.EqualTo(SbdCommand.Clear));
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.World.Run(1.1);
        Assert.That(s.Death, Does.StartWith("reset"));
    }

    [TestCase(SlotStart.Always)]
    [TestCase(SlotStart.Clean)]
    public void A_control_that_comes_back_beside_its_services_obeys_what_came_meanwhile(SlotStart start)
    {
        var s = new Setting { Alpha = { Start = start } }.Running();
        s.Alpha.RestartControl(1);
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.World.Run(1.5);
        Assert.That(s.Alpha.Obeyed, Is.EqualTo(new[] { new SlotEffect.Obey(SbdCommand.Reset, "beta", "/disk0") }), s.Story);
    }

    [Test]
    public void A_control_that_does_not_come_back_costs_the_machine_within_msgwait_of_its_last_look()
    {
        var s = new Setting().Running();
        s.Alpha.RestartControl(1000);
        var at = s.World.Now;
        s.World.Run(20);
        Assert.That(s.Death, Is.EqualTo("the watchdog fires"));
        Assert.That((s.Alpha.Deaths[0].At - at).TotalSeconds, Is.InRange(4, 8));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_disk_that_fails_or_hangs_for_too_long_costs_the_machine_and_a_shorter_while_does_not(bool hangs)
    {
        var s = new Setting().Running();
        void Lose(double seconds)
        {
            if (hangs) s.Path.HangsUntil = s.World.Now + TimeSpan.FromSeconds(seconds);
            else
            {
                s.Path.Fails = true;
                s.World.After(seconds, () => s.Path.Fails = false);
            }
        }
        Lose(2.5);
        s.World.Run(20);
        Assert.That(s.Death, Is.EqualTo("alive"), s.Story);
        Lose(100);
        var at = s.World.Now;
        s.World.Run(4.2);
        Assert.That(s.Alpha.Report.Guarded, Is.False);
        Assert.That(s.Alpha.Logs.Select(l => l.Text), Has.One.EqualTo("fewer than 1 of 1 shared disks could be read in time: the watchdog is not petted"));
        Assert.That(s.Alpha.Report.Disks[0].Problem, hangs ? Does.StartWith("it does not answer since") : Is.EqualTo("Input/output error"));
        s.World.Run(20);
        Assert.That(s.Death, Is.EqualTo("the watchdog fires"));
        Assert.That((s.Alpha.Deaths[0].At - at).TotalSeconds, Is.InRange(6.5, 8));
    }

    [Test]
    public void A_disk_that_is_back_before_the_watchdog_fires_saves_the_machine()
    {
        var s = new Setting().Running();
        s.Path.HangsUntil = s.World.Now + TimeSpan.FromSeconds(6);
        s.World.Run(30);
        Assert.That(s.Death, Is.EqualTo("alive"), s.Story);
        Assert.That(s.Alpha.Logs.Select(l => l.Text), Has.One.StartsWith("enough shared disks can be read again"));
        Assert.That(s.Alpha.Logs.Select(l => l.Text), Has.One.EqualTo("shared disk /disk0: works again"));
    }

    [Test]
    public void A_look_counts_from_when_it_began_and_not_from_its_answer()
    {
        // Each look takes 3 s: the watchdog's 4 s of credit are over 1 s after an answer.
        var s = new Setting().Running();
        s.Path.Latency = () => 6;
        s.World.Run(60);
        Assert.That(s.Death, Is.EqualTo("the watchdog fires"), s.Story);
    }

    [Test]
    public void A_longer_time_of_the_device_is_taken_from_the_looks()
    {
        var s = new Setting(header: h => h with { Loop = 0 }) { Alpha = { Watchdog = seconds => seconds + 2 } }.Running();
        Assert.That(s.Alpha.DeviceSeconds, Is.EqualTo(6));
        Assert.That((s.Alpha.Lease - s.World.Now).TotalSeconds, Is.InRange(1.5, 2.0));
        var at = s.World.Now;
        s.Path.Fails = true;
        s.World.Run(20);
        Assert.That((s.Alpha.Deaths[0].At - at).TotalSeconds, Is.InRange(6, 8), "not later than msgwait all the same");
    }

    [Test]
    public void A_device_whose_time_is_msgwait_lets_nothing_start()
    {
        var s = new Setting { Alpha = { Watchdog = _ => 8 } };
        s.Alpha.Boot();
        s.World.Run(60);
        Assert.That((s.Alpha.IsUp, s.Alpha.Manages), Is.EqualTo((true, false)));
        Assert.That(s.Alpha.Report.Disks[0].Problem, Is.EqualTo("the watchdog's 8 s leave nothing of msgwait (8 s) for reading it"));
    }

    [TestCase(1, "1", true)]
    [TestCase(1, "0", false)]
    [TestCase(2, "11", true)]
    [TestCase(2, "10", true)]
    [TestCase(2, "01", true)]
    [TestCase(2, "00", false)]
    [TestCase(3, "111", true)]
    [TestCase(3, "110", true)]
    [TestCase(3, "011", true)]
    [TestCase(3, "101", true)]
    [TestCase(3, "100", false)]
    [TestCase(3, "001", false)]
    [TestCase(3, "000", false)]
    public void One_or_two_disks_need_one_and_three_need_two(int disks, string readable, bool lives)
    {
        var s = new Setting(disks).Running();
        for (var i = 0; i < disks; i++) s.Paths[i].Fails = readable[i] == '0';
        s.World.Run(30);
        Assert.That(s.Death, Is.EqualTo(lives ? "alive" : "the watchdog fires"), s.Story);
        if (lives) Assert.That(s.Alpha.Report.Readable, Is.EqualTo(readable.Count(c => c == '1')));
    }

    [Test]
    public void A_hung_disk_does_not_keep_the_others_from_being_read()
    {
        var s = new Setting(3).Running();
        s.Paths[1].HangsUntil = Core.Instant.Never;
        s.World.Run(30);
        Assert.That(s.Death, Is.EqualTo("alive"));
        s.Disks[2].Put("alpha", SbdCommand.Reset);
        s.World.Run(1.1);
        Assert.That(s.Death, Is.EqualTo("reset of beta on /disk2"), "one disk is enough for a new order, as with sbd");
    }

    [Test]
    public void A_slot_is_taken_when_there_is_none_and_only_one()
    {
        var s = new Setting(allocated: false);
        s.Disk.Name(1, "gamma");
        s.Alpha.Boot();
        s.World.Run(20);
        Assert.That((s.Alpha.Manages, s.Alpha.Report.Disks[0].Slot), Is.EqualTo((true, (int?)2)), s.Story);
        s.Alpha.Die("power");
        s.Alpha.Boot();
        s.World.Run(20);
        Assert.That(s.Disk.SlotsOf("alpha"), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void Of_two_nodes_that_take_the_same_slot_each_has_one_in_the_end()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var world = new VirtualWorld(seed);
            var disk = new VirtualDisk(Header());
            VirtualMachine Machine(string name) => new VirtualMachine(world, name, new DiskPath(world, disk) { Latency = () => world.Between(0.001, 0.3) }).Boot();
            var machines = new[] { Machine("alpha"), Machine("beta"), Machine("gamma") };
            world.Run(30);
            Assert.That(machines.Select(m => m.Manages), Is.All.True, string.Join('\n', world.Story));
            foreach (var name in new[] { "alpha", "beta", "gamma" }) Assert.That(disk.SlotsOf(name), Has.Count.EqualTo(1), $"{name}, seed {seed}\n{string.Join('\n', world.Story)}");
        }
    }

    [Test]
    public void An_old_order_in_a_free_slot_is_not_taken_over_with_it()
    {
        var s = new Setting(allocated: false);
        new SbdMail(SbdCommand.Off, "old").Write(512).CopyTo(s.Disk.Bytes, SbdDisk.MailAt(1, 512));
        s.Running(3);
        Assert.That((s.Death, s.Disk.MailOf("alpha").Command), Is.EqualTo(("alive", SbdCommand.Clear)));
    }

    [Test]
    public void A_disk_without_a_free_slot_is_said_to_be_full()
    {
        var s = new Setting(allocated: false);
        for (var i = 0; i < 8; i++) s.Disk.Name(i, $"n{i}");
        s.Alpha.Boot();
        s.World.Run(10);
        Assert.That((s.Alpha.Manages, s.Alpha.Report.Disks[0].Problem), Is.EqualTo((false, "no slot is free")));
        Assert.That(s.Path.Writes, Is.Empty);
    }

    [Test]
    public void The_same_disk_under_two_names_counts_once()
    {
        var s = new Setting(3);
        var twin = new DiskPath(s.World, s.Disks[0]);
        var alpha = new VirtualMachine(s.World, "alpha", s.Paths[0], twin, s.Paths[2]).Boot();
        s.World.Run(10);
        Assert.That((alpha.Manages, alpha.Report.Readable), Is.EqualTo((true, 2)), s.Story);
        Assert.That(alpha.Report.Disks.Select(d => d.Problem), Has.One.StartsWith("it is the same disk as /disk"));
        s.Paths[2].Fails = true;
        s.World.Run(20);
        Assert.That(alpha.Deaths, Has.Count.EqualTo(1), "one disk of three is left");
    }

    [Test]
    public void A_disk_that_cannot_prove_a_death_is_not_used() => Assert.Multiple(() =>
    {
        var s = new Setting(header: h => h with { MsgWait = 7 });
        s.Alpha.Boot();
        s.World.Run(10);
        Assert.That((s.Alpha.Manages, s.Alpha.Report.Disks[0].Problem), Is.EqualTo((false, "msgwait 7 s is less than twice watchdog 4 s: an order on it proves nothing")));
        var none = new Setting();
        none.Disk.Bytes.AsSpan(0, 8).Clear();
        none.Alpha.Boot();
        none.World.Run(10);
        Assert.That((none.Alpha.Manages, none.Alpha.Report.Disks[0].Problem), Is.EqualTo((false, "it has no header of sbd: \"appliance sbd -d /disk0 create\" writes one")));
    });

    [Test]
    public void A_disk_that_is_made_anew_counts_for_nothing_until_it_has_our_slot_again()
    {
        var s = new Setting().Running();
        s.Disk.Bytes = new VirtualDisk(Header(9)).Bytes;
        s.World.Run(1.2);
        Assert.That((s.Alpha.Report.Guarded, s.Alpha.Report.Readable), Is.EqualTo((false, 0)), s.Story);
        s.World.Run(3);
        Assert.That((s.Alpha.Report.Guarded, s.Disk.SlotsOf("alpha").Count, s.Death), Is.EqualTo((true, 1, "alive")), s.Story);
        s.Disk.Put("alpha", SbdCommand.Reset);
        s.World.Run(1.1);
        Assert.That(s.Death, Does.StartWith("reset"));
    }

    [Test]
    public void A_slot_that_another_name_was_written_over_is_found_or_taken_again()
    {
        var s = new Setting().Running();
        s.Disk.Name(1, "gamma");
        s.World.Run(6);
        Assert.That((s.Disk.SlotsOf("alpha").Count, s.Disk.SlotsOf("gamma").Count, s.Death), Is.EqualTo((1, 1, "alive")), s.Story);
    }

    [Test]
    public void An_order_on_a_disk_that_was_away_at_the_start_is_not_obeyed_but_the_disk_does_not_count()
    {
        var s = new Setting(3);
        s.Paths[2].IsLost = true;
        s.Disks[2].Put("alpha", SbdCommand.Off, "long ago");
        s.Running();
        s.Paths[2].IsLost = false;
        s.World.Run(20);
        Assert.That((s.Death, s.Alpha.Report.Readable), Is.EqualTo(("alive", 2)), s.Story);
        Assert.That(s.Alpha.Report.Disks[2].Problem, Does.Contain("the order off of long ago stands in the mailbox from before"));
        s.Disks[2].Put("alpha", SbdCommand.Clear);
        s.World.Run(3);
        Assert.That((s.Alpha.Report.Readable, s.Alpha.Report.Disks[2].Problem), Is.EqualTo((3, (string?)null)));
        s.Disks[2].Put("alpha", SbdCommand.Reset);
        s.World.Run(1.1);
        Assert.That(s.Death, Does.StartWith("reset"), "from then on it is obeyed");
    }

    [Test]
    public void A_standing_order_is_obeyed_when_its_sender_may_count_on_it()
    {
        var s = new Setting(3).Running();
        s.Alpha.RestartControl(1);
        s.Disks[0].Put("alpha", SbdCommand.Reset);
        s.Disks[2].Put("alpha", SbdCommand.Reset);
        s.Paths[2].HangsUntil = s.World.Now + TimeSpan.FromSeconds(2.5);
        s.World.Run(2);
        Assert.That(s.Death, Is.EqualTo("alive"), "on one of three it proves nothing");
        s.World.Run(1);
        Assert.That(s.Death, Is.EqualTo("reset of beta on /disk2"), s.Story);
    }

    [Test]
    public void A_slow_disk_is_waited_for_at_the_start_but_not_for_ever()
    {
        var slow = new Setting(3);
        slow.Paths[2].Latency = () => 0.5;
        slow.Disks[2].Put("alpha", SbdCommand.Reset);
        slow.Alpha.Boot();
        slow.World.Run(20);
        Assert.That((slow.Alpha.Manages, slow.Disks[2].MailOf("alpha").Command), Is.EqualTo((false, SbdCommand.Clear)), slow.Story);
        slow.World.Run(25);
        Assert.That((slow.Alpha.Manages, slow.Alpha.Report.Readable), Is.EqualTo((true, 3)), slow.Story);
        var lost = new Setting(3);
        lost.Paths[2].IsLost = true;
        lost.Alpha.Boot();
        lost.World.Run(2.9);
        Assert.That(lost.Alpha.Manages, Is.False);
        lost.World.Run(0.3);
        Assert.That(lost.Alpha.Manages, Is.True);
    }

    [Test]
    public void The_clocks_edges_are_exact()
    {
        var disk = new VirtualDisk(Header());
        disk.Name(0, "alpha");
        var watcher = new SlotWatcher(new("alpha", ["/disk0"], SlotStart.Always, MayRun: true));
        var (effects, now) = (new List<SlotEffect>(), new Core.Instant(TimeSpan.TicksPerDay));
        void Answer(TimeSpan took)
        {
            var access = effects.OfType<SlotEffect.Access>().Single();
            effects.Clear();
            access.Step.Data = disk.Bytes.AsMemory((int)access.Step.Offset, Math.Min(access.Step.Length, disk.Bytes.Length - (int)access.Step.Offset));
            watcher.Done(0, now, now + took, effects);
            now += took;
        }
        watcher.Begin(now, effects);
        Answer(TimeSpan.Zero);
        Answer(TimeSpan.Zero);
        Assert.That(effects.OfType<SlotEffect.SetWatchdog>().Single().Seconds, Is.EqualTo(4));
        Assert.That(effects.OfType<SlotEffect.Lease>(), Is.Empty, "without a look");
        var began = now;
        Answer(TimeSpan.FromSeconds(1.25));
        Assert.That(effects.OfType<SlotEffect.Lease>(), Is.Empty, "without knowing the watchdog");
        watcher.WatchdogIs(4, now, effects);
        Assert.That(effects.OfType<SlotEffect.Lease>().Single().Until, Is.EqualTo(began + TimeSpan.FromSeconds(4)));
        Assert.That(watcher.NextDeadline, Is.EqualTo(now), "the loop's second is over: the next look is due");
        effects.Clear();
        watcher.Tick(now, effects);
        Assert.That(effects.OfType<SlotEffect.Access>().Count(), Is.EqualTo(1));
        effects.Clear();
        watcher.Tick(began + TimeSpan.FromTicks(39_999_999), effects);
        Assert.That((effects.Count, watcher.Report(began + TimeSpan.FromTicks(39_999_999)).Guarded), Is.EqualTo((0, true)));
        watcher.Tick(began + TimeSpan.FromSeconds(4), effects);
        Assert.That((effects.OfType<SlotEffect.Log>().Single().Priority, watcher.Report(began + TimeSpan.FromSeconds(4)).Guarded), Is.EqualTo((LogPriority.Crit, false)));
    }

    [Test]
    public void A_disk_with_big_sectors_and_the_last_slot_is_watched_too()
    {
        var disk = new VirtualDisk(Header() with { Slots = 255, SectorSize = 4096 });
        for (var i = 0; i < 254; i++) disk.Name(i, $"n{i}");
        var world = new VirtualWorld(1);
        var alpha = new VirtualMachine(world, "alpha", new DiskPath(world, disk)).Boot();
        world.Run(10);
        Assert.That((alpha.Manages, alpha.Report.Disks[0].Slot), Is.EqualTo((true, (int?)254)));
        disk.Put("alpha", SbdCommand.Off);
        world.Run(1.1);
        Assert.That(alpha.Obeyed, Has.Count.EqualTo(1));
    }

    /// <summary>Any bytes in the three sectors that matter, and any length of what is read: no exception, and no death by what is no order.</summary>
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Broken_sectors_do_no_harm(byte[]? bytes, int at, bool atStart)
    {
        var s = new Setting();
        if (!atStart) s.Running(2);
        var place = (at & 0x7fffffff) % (int)SbdDisk.MailAt(1, 512);
        (bytes ?? []).AsSpan().CopyTo(s.Disk.Bytes.AsSpan(place));
        if (bytes is { Length: > 3 }) s.Disk.Bytes = s.Disk.Bytes[..^(bytes[0] * 8)];
        if (atStart) s.Alpha.Boot();
        s.World.Run(15);
        Assert.That(s.Alpha.Deaths.Select(d => d.Why), Is.All.EqualTo("the watchdog fires").Or.All.Matches<string>(w => s.Alpha.Obeyed.Count == 1));
    }
}
