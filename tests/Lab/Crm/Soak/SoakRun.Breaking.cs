using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Machines, daemons and cables that break: what has to be fenced is, and nothing else.</summary>
internal sealed partial class SoakRun
{
    private Scenario[] Breaking =>
    [
        // One that is alone forgets with its control process who left and who is off, and fences them to be sure: not a thing to draw.
        new("kill control", 6, () => Whole, KillControl),
        new("kill daemon", 3, () => Whole, KillDaemon),
        new("kill and start", 2, () => Whole, KillAndStart),
        new("power off", 5, () => Whole, PowerOff),
        new("freeze", 3, () => Whole, Freeze),
        new("short freeze", 3, () => Whole, ShortFreeze),
        new("control hangs", 3, () => true, HangControl),
        new("partition", 4, () => Whole, Partition),
        new("short partition", 4, () => Whole, ShortPartition),
        new("flicker", 2, () => Whole, Flicker),
        new("one link lost", 4, () => Whole, LoseLink),
        new("frames lost", 3, () => Whole, LoseFrames),
        new("fencing fails", 3, () => Whole, FencingFails),
        new("break in a move", 5, () => Whole, BreakInMove),
    ];

    private static void Kill(int? pid, string signal)
    {
        if (pid is { } number) Shell.Try($"kill -{signal} {number}");
    }

    private void KillControl()
    {
        var host = Target();
        Quietly(() =>
        {
            Kill(Control(host), "KILL");
            if (_draw.Next(3) == 0)
            {
                Wait(0, 400);
                Kill(Control(host), "KILL");
            }
        });
    }

    /// <summary>The daemon's main process dies, what it started goes on: nobody can know, so the machine loses its power.</summary>
    private void KillDaemon()
    {
        var host = Target();
        MustBeFenced(host);
        var before = _cluster.Fenced(host);
        host.KillDaemon();
        Fenced(host, before);
        ComeBack(host);
    }

    /// <summary>The same, but it is started again at once: it is fenced, or not, and finds what it left.</summary>
    private void KillAndStart()
    {
        var host = Target();
        MayBeFenced(host);
        var before = _cluster.Fenced(host);
        var pid = host.MainPid;
        host.KillDaemon();
        Until(() => !host.Runs(pid) && Control(host) is null, 10, () => "the daemon is gone");
        if (SoakCluster.StartAgain(host))
        {
            Thread.Sleep(SoakCluster.Deadtime + 1000);
            // On a busy machine who is to be fenced is so later: it is not before all is well again that nobody will be.
            Until(() => _cluster.Fenced(host) > before || _audit.Complaints(failures: false).Count == 0, CalmWithin, () => $"{host.Name} is fenced, or all is well");
            if (_cluster.Fenced(host) == before) return;
        }
        else Note("too late");
        Note("fenced");
        Fenced(host, before);
        ComeBack(host);
    }

    private void PowerOff()
    {
        var host = Target();
        MustBeFenced(host);
        var before = _cluster.Fenced(host);
        _cluster.PowerOff(host);
        Fenced(host, before);
        ComeBack(host);
    }

    private void Freeze()
    {
        var host = Target();
        MustBeFenced(host);
        var before = _cluster.Fenced(host);
        host.Freeze();
        Fenced(host, before);
        ComeBack(host);
    }

    private void ShortFreeze()
    {
        var host = Target();
        Briefly(() => host.Freeze(), 100, 700, () => host.Thaw());
    }

    private void HangControl()
    {
        var host = Target();
        Quietly(() =>
        {
            var pid = Control(host);
            Kill(pid, "STOP");
            Wait(300, 3000);
            Kill(pid, "CONT");
        });
    }

    /// <summary>One machine is cut from all others. Of two, beta waits longer to be shot; of three, the one alone is.</summary>
    private void Partition()
    {
        var cut = Target();
        var loser = Hosts.Length == 2 ? Hosts[0] : cut;
        MustBeFenced(loser);
        var before = _cluster.Fenced(loser);
        _cluster.Isolate(cut, true, 0, 1);
        Fenced(loser, before);
        _cluster.Isolate(cut, false, 0, 1);
        ComeBack(loser);
    }

    private void ShortPartition()
    {
        var cut = Target();
        Briefly(() => _cluster.Isolate(cut, true, 0, 1), 100, 900, () => _cluster.Isolate(cut, false, 0, 1));
    }

    /// <summary>A partition of about deadtime: some are declared dead and heard again, and any may be fenced, but never all.</summary>
    private void Flicker()
    {
        var cut = Target();
        var before = Hosts.ToDictionary(h => h, _cluster.Fenced);
        _cluster.Isolate(cut, true, 0, 1);
        Wait(SoakCluster.Deadtime - 200, SoakCluster.Deadtime + 900);
        _cluster.Isolate(cut, false, 0, 1);
        AnyMayBeFenced(before);
    }

    /// <summary>Something shorter than deadtime, which nobody is to notice; on a machine that was too busy to end it in time, somebody may.</summary>
    private void Briefly(Action begin, int fromMs, int toMs, Action end)
    {
        var (before, moves) = (Hosts.ToDictionary(h => h, _cluster.Fenced), Moves());
        var time = System.Diagnostics.Stopwatch.StartNew();
        begin();
        Wait(fromMs, toMs);
        end();
        if (time.ElapsedMilliseconds > SoakCluster.Deadtime - 400)
        {
            Note($"in truth {time.ElapsedMilliseconds} ms");
            AnyMayBeFenced(before);
            return;
        }
        Calm();
        Unmoved(moves);
    }

    private void AnyMayBeFenced(Dictionary<Host, int> before)
    {
        foreach (var host in Hosts) MayBeFenced(host);
        Thread.Sleep(5000);         // who is to be fenced is by now, delays included
        var fenced = Hosts.Where(h => _cluster.Fenced(h) > before[h]).ToList();
        Expect(fenced.Count < Hosts.Length, "all were fenced");
        foreach (var host in fenced)
        {
            Note(host.Name + " fenced");
            Fenced(host, before[host]);
            ComeBack(host);
        }
    }

    private void LoseLink()
    {
        var cut = Target();
        var lan = _draw.Next(2);
        var plug = lan == 1 && _draw.Next(2) == 0;      // the first one carries the addresses
        Note($"eth{lan}{(plug ? " unplugged" : "")}");
        Quietly(() =>
        {
            if (plug) _cluster.Plug(cut, lan, plugged: false); else _cluster.Isolate(cut, true, lan);
            Wait(1500, 3000);
            if (plug) _cluster.Plug(cut, lan, plugged: true); else _cluster.Isolate(cut, false, lan);
        });
    }

    private void LoseFrames()
    {
        var chance = Any(0.1, 0.2, 0.3);
        Note($"{chance * 100:0} %");
        Quietly(() =>
        {
            _cluster.Lose(chance);
            Tool("crm_attribute -n soak-lossy -v yes");
            Wait(500, 2500);
            Tool("crm_attribute -n soak-lossy -D");
            _cluster.Lose(0);
        });
    }

    /// <summary>The management controller takes every order and does nothing: nothing is taken over until it does.</summary>
    private void FencingFails()
    {
        var host = Target();
        MustBeFenced(host, atMost: 1000);
        var before = _cluster.Fenced(host);
        var bmc = _cluster.BmcOf(host);
        bmc.Lies = true;
        try
        {
            var gone = _audit.Running[host].Keys.Where(r => r is not ("c" or "p") && !r.StartsWith("fence-", StringComparison.Ordinal)).ToList();
            if (_draw.Next(2) == 0) host.Freeze(); else _cluster.PowerOff(host);
            Until(() => _cluster.Fenced(host) > before, 30, () => $"fencing of {host.Name} is tried");
            var time = System.Diagnostics.Stopwatch.StartNew();
            while (time.ElapsedMilliseconds < 2500)
            {
                foreach (var other in Hosts.Where(h => h != host))
                    Expect(!_audit.Really(other).Keys.Any(gone.Contains), $"something of {host.Name} was started elsewhere while its power was not known to be off");
                Thread.Sleep(100);
            }
        }
        finally
        {
            bmc.Lies = false;
        }
        var asked = _cluster.Fenced(host);
        Until(() => _cluster.Fenced(host) > asked, 60, () => $"fencing of {host.Name} is tried again");
        Fenced(host, asked);
        ComeBack(host);
    }

    /// <summary>While the group is on its way to another machine, a machine or a control process goes.</summary>
    private void BreakInMove()
    {
        var target = Target();
        var off = _draw.Next(2) == 0;
        var from = OwnerOf("g1");
        var to = _wanted.MayRun("g").Where(h => h != from).ToList();
        if (to.Count > 0)
        {
            Tool($"crm_resource --move -r g -N {to[0].Name}");
            Wait(0, 500);
        }
        if (off)
        {
            Note("off");
            MustBeFenced(target);
            var before = _cluster.Fenced(target);
            _cluster.PowerOff(target);
            Fenced(target, before);
            ComeBack(target);
        }
        else Kill(Control(target), "KILL");
        Calm(failures: true);
        if (to.Count > 0) Unmove("g");
        CleanUp();
    }
}
