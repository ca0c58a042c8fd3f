using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd;

public sealed class SbdTests
{
    /// <summary>The header that sbd 1.5.2 wrote.</summary>
    private const string Header = "5342445f5342445f02ff00000000020000000005000000020000000100000 00a01a53d4100ee1a47f2b96653b13c260ce4";

    private static readonly SbdDevice Device = new();

    /// <summary>Disks in memory; with faults to choose from.</summary>
    private sealed class Disks
    {
        private readonly Dictionary<string, byte[]> _disks = new(StringComparer.Ordinal);

        public HashSet<string> Broken { get; } = [];
        public bool LosesWrites { get; set; }

        public Disks With(string path, SbdHeader header, params string[] nodes)
        {
            var disk = new byte[header.SectorSize + SbdDisk.AllBytes(header)];
            header.Write().CopyTo(disk, 0);
            for (var i = 0; i < nodes.Length; i++) new SbdSlot(true, nodes[i]).Write(header.SectorSize).CopyTo(disk, SbdDisk.SlotAt(i, header.SectorSize));
            _disks[path] = disk;
            return this;
        }

        public SbdMail Mail(string path, int slot) => SbdMail.Read(_disks[path].AsSpan((int)SbdDisk.MailAt(slot, 512)));

        public void Do(Step step)
        {
            var access = (SectorAccess)step;
            if (Broken.Contains(access.Device) || !_disks.TryGetValue(access.Device, out var disk)) access.Failure = "Input/output error";
            else if (access.Write.IsEmpty) access.Data = disk.AsMemory((int)access.Offset, Math.Min(access.Length, disk.Length - (int)access.Offset)).ToArray();
            else if (!LosesWrites) access.Write.CopyTo(disk.AsMemory((int)access.Offset));
        }
    }

    private static readonly SbdHeader Usual = SbdHeader.Usual(512, Guid.Parse("a53d4100-ee1a-47f2-b966-53b13c260ce4"));

    private static (DeviceVerdict Verdict, TimeSpan Took) Play(FenceAction action, Disks disks, string paths, string plug)
    {
        var parameters = DeviceParameters.Read(Device.Parameters, new Dictionary<string, string> { ["devices"] = paths });
        Assert.That(parameters.Problems.Concat(Device.Check(parameters)), Is.Empty);
        var runner = new VirtualRunner { Do = disks.Do };
        var began = runner.Now;
        var verdict = runner.Run(Device.Converse(new(action, plug.Length == 0 ? [] : [plug], parameters, new(), new KnownEntropy())));
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
        var disks = new Disks().With("/d", Usual, "alpha", "beta");
        var (verdict, took) = Play(FenceAction.Off, disks, "/d", "BETA");
        Assert.That((verdict.Kind, verdict.State, took), Is.EqualTo((VerdictKind.Proven, PowerState.Off, TimeSpan.FromSeconds(10))), verdict.Sentence);
        Assert.That(disks.Mail("/d", 1), Is.EqualTo(new SbdMail(SbdCommand.Off, "appliance")));
        Assert.That(disks.Mail("/d", 0).Command, Is.EqualTo(SbdCommand.Clear));
    }

    [Test]
    public void Nothing_is_proven_without_a_slot_a_majority_or_the_times_for_it()
    {
        var three = new Disks().With("/a", Usual, "beta").With("/b", Usual, "beta").With("/c", Usual, "beta");
        three.Broken.Add("/a");
        Assert.Multiple(() =>
        {
            Assert.That(Play(FenceAction.Off, three, "/a,/b,/c", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Proven), "two of three");
            three.Broken.Add("/b");
            Assert.That(Play(FenceAction.Off, three, "/a,/b,/c", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Unreachable), "one of three");
            Assert.That(Play(FenceAction.Off, new Disks().With("/d", Usual, "alpha"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.NoSuchPlug));
            Assert.That(Play(FenceAction.Off, new Disks().With("/d", Usual with { MsgWait = 9 }, "beta"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.Misconfigured), "msgwait too short");
            Assert.That(Play(FenceAction.Off, new Disks { LosesWrites = true }.With("/d", Usual, "beta"), "/d", "beta").Verdict.Kind, Is.EqualTo(VerdictKind.StillOn), "a write that is not there");
        });
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
