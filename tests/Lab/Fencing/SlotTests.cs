using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>Nodes of ours obey their mailboxes on shared disks (loop devices) that Debian's sbd writes. Each machine has a watchdog and the kernel's keys: files, which <see cref="Machine"/> acts upon.</summary>
public sealed class SlotTests : LabTest
{
    private const int Watchdog = 6, MsgWait = 12;
    private const string Sbd = "/usr/sbin/sbd";

    private readonly List<(string Device, string File)> _loops = [];
    private readonly List<Machine> _machines = [];

    /// <summary>What of a machine is hardware: resets it when a key is pressed, or when the watchdog is open and not petted.</summary>
    private sealed class Machine : IDisposable
    {
        private readonly Pair _pair;
        private readonly Host _host;
        private readonly Thread _thread;
        private volatile bool _ended;

        public Machine(Pair pair, Host host)
        {
            (_pair, _host) = (pair, host);
            Boot();
            _thread = new Thread(Run) { IsBackground = true, Name = "hardware of " + host.Name };
            _thread.Start();
        }

        public string? EndedBy { get; private set; }

        /// <summary>Bytes that the watchdog was given: one for each petting.</summary>
        public long Pets => Length("watchdog");
        public string Keys => File.ReadAllText(Inside("sysrq"));

        /// <summary>Does not act: what would happen can be looked at.</summary>
        public bool IsPatient { get; set; }

        public void Boot()
        {
            _host.Boot();
            EndedBy = null;
            // A namespace that is made anew has the kernel's boot number still: what was held is of an earlier one all the same.
            File.Delete(Path.Combine(_host.Lib, "appliance-held"));
            Shell.Run(_host.Inside("touch /run/watchdog /run/sysrq"));
        }

        private string Inside(string file) => $"/proc/{File.ReadAllText(Path.Combine(_host.Work, "init.pid")).Trim()}/root/run/{file}";

        private long Length(string file) => new FileInfo(Inside(file)) is { Exists: true } info ? info.Length : -1;

        private void Run()
        {
            var (pets, since) = (-1L, System.Diagnostics.Stopwatch.StartNew());
            for (; !_ended; Thread.Sleep(50))
                try
                {
                    if (IsPatient || EndedBy is not null || !_host.Powered) continue;
                    if (Length("sysrq") > 0) End($"key {Keys}");
                    var now = Pets;
                    if (now != pets || now <= 0 || File.ReadAllText(Inside("watchdog")).EndsWith('V')) (pets, since) = (now, System.Diagnostics.Stopwatch.StartNew());
                    else if (since.Elapsed.TotalSeconds > Watchdog) End("watchdog");
                }
                catch (IOException)
                {
                    // it is being booted, or is gone
                }
        }

        private void End(string by)
        {
            EndedBy = by;
            TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {_host.Name} is reset: {by}");
            var ns = _pair.Network.NamespaceOf(_host.Name);
            Shell.Try($"kill -KILL $(cat {_host.Work}/init.pid); for d in eth0 eth1; do ip -n {ns} addr flush dev $d; done");
        }

        public void Dispose()
        {
            _ended = true;
            _thread.Join();
        }
    }

    private string Loop()
    {
        var file = Path.GetTempFileName();
        Shell.Run($"truncate -s 1M {file}");
        var (status, output) = Shell.Try($"losetup -f --show {file}");
        if (status != 0) Assert.Ignore($"no loop device: {output}");
        _loops.Add((output, file));
        Shell.Run($"{Sbd} -d {output} -1 {Watchdog} -2 1 -4 {MsgWait} create");
        return output;
    }

    private (Pair Pair, string Disk, Machine Alpha, Machine Beta) Machines(string more = "", string? disks = null)
    {
        if (!File.Exists(Sbd)) Assert.Ignore("sbd is missing (Debian package sbd)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        if (Environment.UserName != "root") Assert.Ignore("loop devices need root");
        // The kernel's keys are those of the machine on which the lab runs: never press them.
        Environment.SetEnvironmentVariable("APPLIANCE_SYSRQ", "/run/sysrq");
        var disk = disks is null ? Loop() : "";
        var pair = Make(Pairing.OursOurs, new PairPlan { More = $"watchdog /run/watchdog\nsbd_device {disks ?? disk}\n{more.Replace("DISK", disk, StringComparison.Ordinal)}" });
        foreach (var host in pair.Hosts) host.Keep("ha.cf");
        var (alpha, beta) = (new Machine(pair, pair.Alpha), new Machine(pair, pair.Beta));
        _machines.AddRange([alpha, beta]);
        return (pair, disk, alpha, beta);
    }

    /// <summary>The only child of the main process.</summary>
    private static void KillControl(Host host) => Shell.Run(host.Inside("sh -c 'p=$(echo $(cat /run/heartbeat.pid)); kill -KILL $(cat /proc/$p/task/$p/children)'"));

    private static string List(string disk) => Shell.Run($"{Sbd} -d {disk} list");

    [TearDown]
    public void PowerDown()
    {
        foreach (var machine in _machines) machine.Dispose();
        foreach (var (device, file) in _loops)
        {
            Shell.Try($"losetup -d {device}");
            File.Delete(file);
        }
    }

    [Test]
    public void A_node_takes_a_slot_answers_tests_and_obeys_what_sbd_writes()
    {
        var (pair, disk, alpha, beta) = Machines();
        Shell.Run($"{Sbd} -d {disk} allocate ALPHA");       // in another case: it is alpha's
        pair.Settled();
        Assert.That(List(disk).TrimEnd().Split('\n').Select(l => l.TrimEnd()), Is.EqualTo(new[] { "0\tALPHA\tclear", "1\tbeta\tclear" }));
        Shell.Run($"{Sbd} -n tester -d {disk} message alpha test");
        Until.True("alpha clears the test", () => List(disk).StartsWith("0\tALPHA\tclear\t\n", StringComparison.Ordinal), 10, instead: () => List(disk));
        pair.Alpha.Log.WaitFor($"shared disk {disk}: message test of tester cleared", 5);
        Assert.That(Shell.Try($"{Implementation.Ours.Tools}sbd -d {disk} ping beta"), Is.EqualTo((0, "")), "our own ping is answered too");
        Shell.Run($"{Sbd} -d {disk} message alpha clear");
        var (status, output) = pair.Alpha.Tool("status");
        Assert.That(output, Does.Contain("Shared disks: guarded, 1 of 1 readable, 1 needed; watchdog 6 s").And.Contain($"{disk}: slot 0, read "), $"{status}");
        Assert.That(pair.Alpha.Tool("fencing --json").Output, Does.Contain("\"sharedDisks\":{\"guarded\":true"));

        alpha.IsPatient = true;
        Assert.That(Shell.Try($"{Sbd} -n tester -d {disk} message alpha reset").Status, Is.Zero);      // it waits for msgwait
        Assert.That(alpha.Keys, Is.EqualTo("b"), "the kernel's key for a reset, and once");
        Assert.That(pair.Alpha.Log.Text, Does.Contain($"this node must not go on: the order reset of tester stands in its mailbox on {disk}"));
        var pets = alpha.Pets;
        Until.Stays("if the key did nothing, the watchdog is not petted", () => alpha.Pets == pets, 3);
        Assert.That(List(disk), Does.Contain("ALPHA\treset\ttester").And.Contain("beta\tclear"));
        Assert.That(beta.EndedBy, Is.Null);
        alpha.IsPatient = false;
        Until.True("the machine is reset", () => !pair.Alpha.Lives, 10);

        pair.Alpha.Crash();
        alpha.Boot();
        var mark = pair.Alpha.Log.Mark();
        pair.Alpha.Start();
        pair.Alpha.Log.WaitFor("message reset of tester cleared: it is from before this start; nothing is started for 15 s", 20, mark);
        Assert.That(List(disk), Does.Contain("ALPHA\tclear"));
        Assert.That(pair.Alpha.Tool("status").Output, Does.Contain("no order is waited for"));
        Until.Stays("nothing is started", () => !pair.Alpha.Holds(PairPlan.WebAddress), 10);
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);
        pair.AssertNeverTwice();
    }

    [Test]
    public void Off_and_crashdump_press_their_own_keys_and_exit_ends_the_daemon_in_good_order()
    {
        var (pair, disk, alpha, beta) = Machines();
        pair.Settled();
        alpha.IsPatient = beta.IsPatient = true;
        Shell.Run($"{Sbd} -d {disk} message beta exit");
        Until.True("beta's daemon ends", () => pair.Beta.MainPid is null, 30);
        pair.WaitOwner(PairPlan.DataAddress, pair.Alpha, 30);
        Assert.That((beta.Keys, File.ReadAllText($"/proc/{File.ReadAllText(Path.Combine(pair.Beta.Work, "init.pid")).Trim()}/root/run/watchdog")[^1]), Is.EqualTo(("", 'V')), "the watchdog is disarmed");
        Assert.That(List(disk), Does.Contain("beta\texit"));
        pair.Beta.Start();
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);
        Assert.That(List(disk), Does.Contain("beta\tclear"));
        Shell.Run($"{Sbd} -d {disk} message beta off");
        Assert.That(beta.Keys, Is.EqualTo("o"));
        Shell.Run($"{Sbd} -d {disk} message alpha crashdump");
        Assert.That(alpha.Keys, Is.EqualTo("c"));
    }

    [Test]
    public void In_clean_mode_a_node_that_was_fenced_stays_away_until_it_is_let_in()
    {
        var (pair, disk, alpha, _) = Machines("sbd_startmode clean\n");
        Shell.Run($"{Sbd} -d {disk} allocate alpha");
        Shell.Run($"{Sbd} -n beta -d {disk} message alpha reset");
        pair.Start();
        pair.Alpha.Log.WaitFor("Heartbeat is not started", 30);
        Until.True("the daemon ends", () => pair.Alpha.MainPid is null, 20);
        Assert.That(pair.Alpha.Log.Text, Does.Contain($"the order reset of beta stands in alpha's mailbox on {disk}, and sbd_startmode is clean").And.Contain($"appliance sbd -d {disk} message alpha clear"));
        Assert.That((List(disk).Contains("alpha\treset\tbeta", StringComparison.Ordinal), alpha.EndedBy), Is.EqualTo((true, (string?)null)), "it is left there, and nobody is reset");
        Assert.That(pair.Alpha.Track.Text, Is.Empty, "nothing was started");
        Shell.Run($"{Sbd} -d {disk} message alpha clear");
        pair.Alpha.Start();
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);
    }

    [Test]
    public void Nothing_is_started_before_the_disk_is_there_and_the_daemon_can_be_stopped_meanwhile()
    {
        var (pair, _, alpha, beta) = Machines(disks: "/run/disk");
        pair.Start();
        foreach (var host in pair.Hosts) host.Log.WaitFor("shared disk /run/disk: ", 20);
        Until.Stays("nothing is started", () => !pair.Alpha.Holds(PairPlan.WebAddress) && !pair.Beta.Holds(PairPlan.WebAddress), Watchdog + 4);
        Assert.That(pair.Alpha.Tool("status").Output, Does.Contain("Shared disks: not ready, 0 of 1 readable"));
        var disk = Loop();
        Shell.Run(pair.Beta.Inside($"ln -s {disk} /run/disk"));
        pair.WaitOwner(PairPlan.DataAddress, pair.Beta, 30);
        pair.Alpha.Stop(10);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Assert.That((alpha.EndedBy, beta.EndedBy), Is.EqualTo(((string?)null, (string?)null)), "the watchdogs were petted, as nothing ran");
    }

    [Test]
    public void A_node_that_cannot_read_its_disk_is_reset_by_its_watchdog_and_one_that_reads_it_again_in_time_is_not()
    {
        // Each has a disk of its own under the same name, so that one can lose it.
        var (pair, _, alpha, beta) = Machines(disks: "/run/disk");
        var (alphas, betas) = (Loop(), Loop());
        Shell.Run(pair.Alpha.Inside($"ln -s {alphas} /run/disk"));
        Shell.Run(pair.Beta.Inside($"ln -s {betas} /run/disk"));
        pair.Settled();
        var header = Path.GetTempFileName();
        Shell.Run($"dd if={alphas} of={header} bs=512 count=1 status=none && dd if=/dev/zero of={alphas} bs=512 count=1 oflag=direct conv=fsync status=none");
        try
        {
            pair.Alpha.Log.WaitFor("the watchdog is not petted", 20);
            Assert.That(pair.Alpha.Tool("status").Output, Does.Contain("NOT GUARDED, 0 of 1 readable"));
            Shell.Run($"dd if={header} of={alphas} bs=512 count=1 oflag=direct conv=fsync status=none");
            pair.Alpha.Log.WaitFor("enough shared disks can be read again", 10);
            Assert.That((alpha.EndedBy, pair.Alpha.Lives), Is.EqualTo(((string?)null, true)));
            Shell.Run($"dd if=/dev/zero of={alphas} bs=512 count=1 oflag=direct conv=fsync status=none");
            var took = Until.True("alpha is reset", () => !pair.Alpha.Lives, 30);
            Assert.That(alpha.EndedBy, Is.EqualTo("watchdog"));
            Assert.That(took.TotalSeconds, Is.LessThanOrEqualTo(MsgWait), "before an order that came then would have been counted on");
            pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 20);
            Assert.That(beta.EndedBy, Is.Null);
        }
        finally
        {
            File.Delete(header);
        }
    }

    [Test]
    public void A_control_that_is_killed_comes_back_to_the_mailbox_before_the_watchdog_fires()
    {
        var (pair, disk, alpha, _) = Machines();
        pair.Settled();
        for (var i = 0; i < 3; i++)
        {
            var mark = pair.Alpha.Log.Mark();
            KillControl(pair.Alpha);
            pair.Alpha.Log.WaitFor($"shared disk {disk}: slot", 20, mark);
        }
        var before = pair.Alpha.Log.Mark();
        Assert.That(pair.Alpha.Tool("upgrade").Status, Is.Zero);
        pair.Alpha.Log.WaitFor($"shared disk {disk}: slot", 30, before);
        Until.Stays("alpha lives on", () => pair.Alpha.Lives && pair.Alpha.Holds(PairPlan.WebAddress), Watchdog + 4);
        alpha.IsPatient = true;
        KillControl(pair.Alpha);
        Shell.Run($"{Sbd} -n tester -d {disk} message alpha reset");
        Assert.That(alpha.Keys, Is.EqualTo("b"), "what came while nobody looked is obeyed");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_pair_that_fences_by_shared_disk_never_has_a_service_twice(bool frozen)
    {
        var (pair, disk, alpha, beta) = Machines("stonith_host beta sbd devices=DISK plug=alpha\nstonith_host alpha sbd devices=DISK plug=beta pcmk_delay_base=20s\n");
        pair.Settled();
        if (frozen) pair.Alpha.Freeze();
        else pair.Cut();
        Until.True("alpha is reset", () => !pair.Alpha.Lives, 40);
        var taken = pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 40);
        Assert.That(alpha.EndedBy, Is.EqualTo(frozen ? "watchdog" : "key b"));
        Assert.That((beta.EndedBy, taken.TotalSeconds > 1), Is.EqualTo(((string?)null, true)), "the takeover waits for msgwait");
        pair.AssertNeverTwice(toleranceMs: 200);
    }
}
