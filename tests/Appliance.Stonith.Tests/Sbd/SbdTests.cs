using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd;

public sealed class SbdTests
{
    /// <summary>The header that sbd 1.5.2 wrote.</summary>
    private const string Header = "5342445f5342445f02ff00000000020000000005000000020000000100000 00a01a53d4100ee1a47f2b96653b13c260ce4";

    private static readonly SbdDevice Device = new();

    private static readonly SbdHeader Usual = SbdHeader.Usual(512, Guid.Parse("a53d4100-ee1a-47f2-b966-53b13c260ce4"));

    private static SbdHeader Other(byte number) => Usual with { Uuid = new Guid(number, 0, 0, new byte[8]) };

    private static (DeviceVerdict Verdict, TimeSpan Took) Play(FenceAction action, MemoryDisks disks, string paths, string plugs, TimeSpan? limit = null)
    {
        var parameters = DeviceParameters.Read(Device.Parameters, new Dictionary<string, string> { ["devices"] = paths });
        Assert.That(parameters.Problems.Concat(Device.Check(parameters)), Is.Empty);
        var runner = new VirtualRunner { Do = disks.Do };
        var began = runner.Now;
        var verdict = runner.Run(Device.Converse(new(action, [.. plugs.Split(',', StringSplitOptions.RemoveEmptyEntries)], parameters, new(), new KnownEntropy())), limit);
        return (verdict, runner.Now - began);
    }

    [Test]
    public void The_header_is_the_one_that_sbd_writes()
    {
        var bytes = Convert.FromHexString(Header.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(SbdHeader.Read(bytes), Is.EqualTo(Usual));
        Assert.That(Usual.Write().AsSpan(0, SbdHeader.Bytes).ToArray(), Is.EqualTo(bytes));
    }

    [Test]
    public void An_order_is_written_and_read_back_and_waited_for()
    {
        var disks = new MemoryDisks().With("/d", Usual, "alpha", "beta");
        var (verdict, took) = Play(FenceAction.Off, disks, "/d", "BETA");
        Assert.That((verdict.Kind, verdict.State, took), Is.EqualTo((VerdictKind.Proven, PowerState.Off, TimeSpan.FromSeconds(10))), verdict.Sentence);
        Assert.That(disks.Mail("/d", 1), Is.EqualTo(new SbdMail(SbdCommand.Off, "appliance")));
        Assert.That(disks.Mail("/d", 0).Command, Is.EqualTo(SbdCommand.Clear));
    }

    [Test]
    public void Slots_and_mailboxes_are_those_that_sbd_writes()
    {
        var (slot, mail) = (new SbdSlot(true, "beta").Write(512), new SbdMail(SbdCommand.Reset, "vm").Write(512));
        Assert.Multiple(() =>
        {
            Assert.That(Convert.ToHexString(slot.AsSpan(0, 8)), Is.EqualTo("0162657461000000"));
            Assert.That(Convert.ToHexString(mail.AsSpan(0, 8)), Is.EqualTo("02766D0000000000"));
            Assert.That((slot.Length, mail.Length), Is.EqualTo((512, 512)));
            Assert.That((SbdDisk.SlotAt(0, 512), SbdDisk.SlotAt(1, 512), SbdDisk.MailAt(1, 512)), Is.EqualTo((0x200L, 0x600L, 0x800L)));
        });
    }

    [Test]
    public void One_disk_is_enough_alone_and_two_of_three_are_but_of_two_both_are_needed()
    {
        var disks = new MemoryDisks().With("/a", Usual, "beta").With("/b", Other(1), "beta").With("/c", Other(2), "beta");
        disks.Broken.Add("/a");
        Assert.Multiple(() =>
        {
            Assert.That(Play(FenceAction.Off, disks, "/a,/b,/c", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Proven), "two of three");
            Assert.That(Play(FenceAction.Off, disks, "/b", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Proven), "one of one");
            Assert.That(Play(FenceAction.Off, disks, "/a;/b", "beta").Verdict, Has.Property("Kind").EqualTo(VerdictKind.Unreachable).And.Property("Sentence").Contains("1 of 2 disks can be used, and 2 are needed: /a: Input/output error"));
            disks.Broken.Add("/b");
            Assert.That(Play(FenceAction.Off, disks, "/a,/b,/c", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Unreachable), "one of three");
        });
    }

    [TestCase(FenceAction.Off)]
    [TestCase(FenceAction.Reboot)]
    public void Nothing_is_proven_without_a_slot_or_the_times_for_it(FenceAction action) => Assert.Multiple(() =>
    {
        Assert.That(Play(action, new MemoryDisks().With("/d", Usual, "alpha"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug));
        Assert.That(Play(action, new MemoryDisks().With("/d", Usual with { MsgWait = 9 }, "beta"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Misconfigured), "msgwait too short");
        Assert.That(Play(action, new MemoryDisks { LosesWrites = true }.With("/d", Usual, "beta"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.StillOn), "a write that is not there");
    });

    [Test]
    public void A_lost_answer_to_a_write_is_followed_by_a_read()
    {
        var disks = new MemoryDisks { HidesWrites = true }.With("/d", Usual, "beta");
        Assert.That(Play(FenceAction.Off, disks, "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Proven));
        Assert.That(disks.Writes, Is.EqualTo(1), "it is not repeated");
    }

    [Test]
    public void An_order_that_cannot_be_waited_for_is_not_written()
    {
        var disks = new MemoryDisks().With("/d", Usual with { MsgWait = 120 }, "beta");
        var (verdict, _) = Play(FenceAction.Reboot, disks, "/d", "beta", TimeSpan.FromSeconds(60));
        Assert.That((verdict.Kind, disks.Writes), Is.EqualTo((VerdictKind.Misconfigured, 0)));
        Assert.That(verdict.Sentence, Does.Contain("pcmk_reboot_timeout at least 144s"));
    }

    [Test]
    public void All_of_several_nodes_are_told_before_the_one_wait_begins()
    {
        var disks = new MemoryDisks().With("/d", Usual, "alpha", "beta");
        var (verdict, took) = Play(FenceAction.Reboot, disks, "/d", "alpha,beta");
        Assert.That((verdict.Kind, verdict.State, took), Is.EqualTo((VerdictKind.Proven, PowerState.Off, TimeSpan.FromSeconds(10))));
        Assert.That((disks.Mail("/d", 0).Command, disks.Mail("/d", 1).Command), Is.EqualTo((SbdCommand.Reset, SbdCommand.Reset)));
        Assert.That(Play(FenceAction.Off, new MemoryDisks().With("/d", Usual, "alpha"), "/d", "alpha,beta").Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug), "one of them has no slot: nobody is told");
    }

    [Test]
    public void A_disk_that_is_made_anew_during_the_wait_proves_nothing()
    {
        var disks = new MemoryDisks().With("/d", Usual, "beta");
        // Read: the header, all slots, the order that was written; then, after the wait, the header again.
        disks.AfterReads = (3, () => disks.With("/d", Other(7), "beta"));
        Assert.That(Play(FenceAction.Off, disks, "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.StillOn));
    }

    [Test]
    public void A_dump_of_the_memory_and_a_pending_order_prove_nothing()
    {
        var disks = new MemoryDisks().With("/d", Usual, "beta");
        Assert.That(Play(FenceAction.Diag, disks, "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Accepted));
        Assert.That(Play(FenceAction.Status, disks, "/d", "beta").Verdict.State, Is.EqualTo(PowerState.Moving));
        Assert.That(Play(FenceAction.On, disks, "/d", "beta").Verdict.State, Is.EqualTo(PowerState.On));
        Assert.That(disks.Mail("/d", 0).Command, Is.EqualTo(SbdCommand.Clear));
        Assert.That(Play(FenceAction.Status, disks, "/d", "Beta").Verdict.State, Is.EqualTo(PowerState.On));
    }

    [Test]
    public void The_same_disk_under_two_names_is_counted_once()
    {
        var disks = new MemoryDisks().With("/a", Usual, "beta").With("/b", Usual, "beta");
        Assert.That(Play(FenceAction.Off, disks, "/a,/b", "beta").Verdict.Sentence, Does.Contain("/b and /a are the same disk"));
        var twice = DeviceParameters.Read(Device.Parameters, new Dictionary<string, string> { ["devices"] = "/a,/a" });
        Assert.That(Device.Check(twice), Has.One.Contains("named twice"));
    }

    [Test]
    public void A_monitor_says_what_an_order_would_be_refused_for() => Assert.Multiple(() =>
    {
        var good = new MemoryDisks().With("/d", Usual, "beta");
        Assert.That(Play(FenceAction.Monitor, good, "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Proven));
        Assert.That(Play(FenceAction.Monitor, good, "/d", "").Verdict.Kind, Is.EqualTo(VerdictKind.Proven));
        Assert.That(Play(FenceAction.Monitor, good, "/d", "beta,gamma").Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug));
        Assert.That(Play(FenceAction.Monitor, new MemoryDisks().With("/d", Usual with { Watchdog = 6 }, "beta"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Misconfigured));
        Assert.That(Play(FenceAction.List, good, "/d", "").Verdict.Outlets.Select(o => o.Plug), Is.EqualTo(new[] { "beta" }));
    });

    [TestCase("external/sbd", "/dev/a", "/dev/a")]
    [TestCase("external/sbd", "sbd_device=\"/dev/a;/dev/b\" crashdump=no", "/dev/a;/dev/b")]
    [TestCase("fence_sbd", "devices=/dev/a,/dev/b plug=beta", "/dev/a,/dev/b")]
    [TestCase("sbd", "devices=/dev/a plug=beta", "/dev/a")]
    public void Lines_of_existing_configurations_are_understood(string type, string text, string devices)
    {
        var read = Appliance.Stonith.Configured.DeviceLines.Read(new("*", type, text, 1), "d", 1, ["alpha", "beta"]);
        Assert.That(read.Problems, Is.Empty);
        Assert.That((read.Device!.Type.Name, read.Device.Parameters["devices"]), Is.EqualTo(("sbd", devices)));
    }

    /// <summary>Sectors of any content, and every disk that fails at some access: a verdict, and never one that says off.</summary>
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Broken_disks_never_prove_anything(byte[]? bytes, int at, byte failing)
    {
        var disks = new MemoryDisks().With("/d", Usual, "beta");
        disks.Mutate("/d", (at & 0x7fffffff) % SbdHeader.Bytes, bytes ?? []);
        disks.FailsAt = failing % 4;
        var (verdict, _) = Play(FenceAction.Off, disks, "/d", "beta");
        // Only a disk that took the order and gave it back may prove it.
        if (verdict.IsProven) Assert.That(disks.Mail("/d", 0).Command, Is.EqualTo(SbdCommand.Off));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Any_sectors_are_read_without_an_exception(byte[]? bytes)
    {
        var sector = new byte[512];
        (bytes ?? []).AsSpan(0, Math.Min(bytes?.Length ?? 0, 512)).CopyTo(sector);
        _ = (SbdSlot.Read(sector), SbdMail.Read(sector));
        Convert.FromHexString(Header.Replace(" ", "", StringComparison.Ordinal)).AsSpan(0, 9).CopyTo(sector);
        if (SbdHeader.Read(sector) is { } header) Assert.That(SbdDisk.AllBytes(header), Is.Positive);
    }
}
