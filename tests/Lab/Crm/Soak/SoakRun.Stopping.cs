using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Nodes that stop and start as they are told to.</summary>
internal sealed partial class SoakRun
{
    private Scenario[] Stopping =>
    [
        new("stop", 3, () => Whole, () => Stop(Target())),
        new("start", 40, () => !Whole, () => StartAll()),
        new("restart", 5, () => Whole, Restart),
        new("restart all", 2, () => Whole, RestartAll),
        new("reload", 3, () => Whole, Reload),
        new("lost CIB", 2, () => Whole, LoseCib),
    ];

    private void Stop(params Host[] some)
    {
        var pids = some.ToDictionary(h => h, h => h.MainPid);
        foreach (var host in some) host.BeginStop();
        foreach (var host in some)
        {
            Until(() => !host.Runs(pids[host]), 45, () => $"the daemon of {host.Name} ends");
            _wanted.Up.Remove(host);
        }
    }

    private void StartAll()
    {
        foreach (var host in Hosts.Where(h => !_wanted.Up.Contains(h)))
        {
            _cluster.Start(host);
            _wanted.Up.Add(host);
            Note(host.Name);
        }
    }

    private void Restart()
    {
        var host = Target();
        Stop(host);
        if (_draw.Next(2) == 0) Calm();
        StartAll();
    }

    private void RestartAll()
    {
        var cut = _draw.Next(2) == 0;
        Note(cut ? "without power" : "in order");
        if (cut)
        {
            foreach (var host in Hosts)
            {
                _cluster.PowerOff(host);
                _wanted.Up.Remove(host);
            }
        }
        else Stop(Hosts);
        foreach (var host in Hosts.OrderBy(_ => _draw.Next()))
        {
            _cluster.Start(host);
            _wanted.Up.Add(host);
            Wait(0, 1200);
        }
    }

    /// <summary>SIGHUP, with the configuration as it was or changed: the second restarts the daemon in place.</summary>
    private void Reload()
    {
        var host = Target();
        var changed = _draw.Next(2) == 0;
        Note(changed ? "in place" : "unchanged");
        Quietly(() =>
        {
            var pid = Control(host);
            if (changed) host.Write("ha.cf", _cluster.HaCf($"step {_number}"));
            host.Signal("HUP");
            if (changed) Until(() => Control(host) is { } now && now != pid, 30, () => $"{host.Name} has another control process");
        });
    }

    /// <summary>A node comes back with a CIB that is gone, or that nobody can read.</summary>
    private void LoseCib()
    {
        var host = Target();
        Stop(host);
        var directory = Path.Combine(host.Crm, "cib");
        if (_draw.Next(2) == 0)
        {
            Note("gone");
            foreach (var file in Directory.GetFiles(directory)) File.Delete(file);
        }
        else
        {
            Note("spoiled");
            File.WriteAllText(Path.Combine(directory, "cib.xml"), "<cib><configuration>");
        }
        StartAll();
    }

    /// <summary>The control process of a machine, as the outside numbers it.</summary>
    private static int? Control(Host host)
    {
        foreach (var pid in host.Processes())
        {
            try
            {
                if (File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("appliance\0control", StringComparison.Ordinal)) return pid;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
        return null;
    }
}
