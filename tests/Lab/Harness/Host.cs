using System.Diagnostics;
using System.Globalization;

namespace Appliance.Lab.Harness;

/// <summary>One machine of a pair: its own network, name, processes and files. It can lose power, freeze, and be booted again.</summary>
public sealed class Host : IDisposable
{
    private readonly Network _network;
    private readonly int _number;
    private Process? _power;
    private int _init;

    public Host(Network network, string name, int number, string work)
    {
        (_network, Name, _number, Work) = (network, name, number, Path.Combine(work, name));
        foreach (var directory in new[] { Etc, Lib, Crm, Logs }) Directory.CreateDirectory(directory);
        Directory.CreateDirectory(Path.Combine(Etc, "resource.d"));
        WriteScript("resource.d/Track", TrackedService.Script);
        Addresses = new AddressWatch(network.NamespaceOf(name));
        Log = new HostLog(Path.Combine(Logs, "ha-log"));
        Track = new HostLog(Path.Combine(Logs, "track"));
    }

    public string Name { get; }
    public string Work { get; }
    public string Etc => Path.Combine(Work, "etc-ha.d");
    public string Lib => Path.Combine(Work, "var-lib-heartbeat");

    /// <summary>The CIB and the policy engine's inputs.</summary>
    public string Crm => Path.Combine(Work, "var-lib-pacemaker");
    public string Logs => Path.Combine(Work, "log");
    public AddressWatch Addresses { get; }

    /// <summary>The daemon's log file.</summary>
    public HostLog Log { get; }

    /// <summary>What was done to the tracked services: lines "start NAME", "stop NAME".</summary>
    public HostLog Track { get; }

    /// <summary>What the next <see cref="Start"/> runs.</summary>
    public Implementation Implementation { get; set; } = Implementation.Real;

    /// <summary>Variables that the daemon is started with: <c>NAME=VALUE</c>, blank-separated.</summary>
    public string Environment { get; set; } = "";

    public bool Powered => _power is not null;

    /// <summary>Puts a file into this host's /etc/ha.d.</summary>
    public void Write(string file, string text, bool secret = false)
    {
        var path = Path.Combine(Etc, file);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, secret ? (UnixFileMode)0b110_000_000 : (UnixFileMode)0b110_100_100);
    }

    /// <summary>Makes a file readable by its owner alone.</summary>
    public void Keep(string file) => File.SetUnixFileMode(Path.Combine(Etc, file), (UnixFileMode)0b110_000_000);

    /// <summary>Makes a file newer than any reading of it so far, whatever the clock's grain: the daemons compare whole seconds.</summary>
    public void Touch(string file)
    {
        var path = Path.Combine(Etc, file);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(2));
    }

    /// <summary>Puts a program into this host's /etc/ha.d.</summary>
    public void WriteScript(string file, string text)
    {
        var path = Path.Combine(Etc, file);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Power on: the machine is there, with its addresses; the daemon is not started.</summary>
    public void Boot()
    {
        _network.Address(Name, _number);
        var ready = Path.Combine(Work, "ready");
        File.Delete(ready);
        var init = Path.Combine(Work, "init");
        // 3.0.6 finds its scripts in /etc/ha.d; ours needs only the three files, and is given no others where it runs from the start.
        var scripts = Implementation == Implementation.Real ? "harc shellfuncs rc.d resource.d" : "";
        File.WriteAllText(init,
            $"""
            hostname {Name}
            mount --make-rprivate /
            mkdir -p /etc/ha.d /var/lib/heartbeat /var/lib/pacemaker
            for d in {scripts}; do [ ! -e /etc/ha.d/$d ] || cp -an /etc/ha.d/$d {Etc}/; done
            if [ -d /var/lib/heartbeat/cores ]; then cp -an /var/lib/heartbeat/. {Lib}/; fi
            mount --bind {Etc} /etc/ha.d
            mount --bind {Lib} /var/lib/heartbeat
            mount --bind {Crm} /var/lib/pacemaker
            mount -t tmpfs tmpfs /run
            mkdir -p /run/heartbeat/ccm /run/heartbeat/dopd /run/heartbeat/rsctmp /run/lock /run/resource-agents /run/netns
            getent passwd hacluster >/dev/null && chown -R hacluster:haclient /run/heartbeat
            mount --bind {Logs} /var/log
            touch {ready}
            trap : TERM INT HUP
            while :; do sleep 1000000 & wait $!; done
            """);
        _power = Shell.Start($"ip netns exec {_network.NamespaceOf(Name)} unshare -u -m -p -i --fork --kill-child=KILL --mount-proc sh {init} >{Work}/init.out 2>&1");
        Until.True($"{Name} boots", () => File.Exists(ready), 20, everyMs: 10);
        _init = int.Parse(File.ReadAllText($"/proc/{_power.Id}/task/{_power.Id}/children").Split(' ')[0], CultureInfo.InvariantCulture);
        File.WriteAllText(Path.Combine(Work, "init.pid"), $"{_init}\n");      // for those who can take its power away
    }

    /// <summary>Whether any process of the machine is left: somebody else may have taken its power.</summary>
    public bool Lives => _power is { HasExited: false };

    /// <summary>The machine's own view of its files, from outside; nothing is there while it is off.</summary>
    public string Root => $"/proc/{_init}/root";

    /// <summary>The processes of this machine, as the outside numbers them.</summary>
    public List<int> Processes()
    {
        var found = new List<int>();
        if (!Lives || Space(_init) is not { } own) return found;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Space(pid) == own) found.Add(pid);
        return found;

        static string? Space(int pid)
        {
            try { return new FileInfo($"/proc/{pid}/ns/pid").LinkTarget; }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
        }
    }

    /// <summary>The same command line, inside this machine.</summary>
    public string Inside(string command) => $"nsenter -t {_init} -n -u -m -p -i {command}";

    public (int Status, string Output) Try(string command) => Shell.Try(Inside(command));

    /// <summary>Starts the daemon in the foreground of its own session.</summary>
    public void Start()
    {
        if (!Powered) Boot();
        // Handed to the machine's own init at once: a process whose parent stays outside would keep a dead machine from going away.
        Shell.Run(Inside($"sh -c 'setsid env {Environment} {Implementation.Daemon} -f </dev/null >>/var/log/daemon.out 2>&1 &'"));
    }

    /// <summary>Asks the daemon to stop and returns at once.</summary>
    public void BeginStop() => Try("sh -c 'kill -TERM $(cat /run/heartbeat.pid)'");

    /// <summary>Stops the daemon gracefully.</summary>
    public void Stop(double seconds = 30)
    {
        var pid = MainPid;
        BeginStop();
        Until.True($"the daemon of {Name} ends", () => !Runs(pid), seconds);
    }

    /// <summary>The daemon's main process, in the machine's own numbering; null while there is none.</summary>
    public int? MainPid => int.TryParse(Try("cat /run/heartbeat.pid").Output.Trim(), out var pid) && Runs(pid) ? pid : null;

    public bool Runs(int? pid) => pid is { } number && Try($"grep -q '^State:.[^Z]' /proc/{number}/status").Status == 0;

    /// <summary>Sends a signal to the daemon's main process only.</summary>
    public void Signal(string signal) => Shell.Run(Inside($"kill -{signal} {MainPid ?? throw new InvalidOperationException($"no daemon on {Name}")}"));

    /// <summary>The daemon's main process is killed; services stay.</summary>
    public void KillDaemon() => Signal("KILL");

    /// <summary>Every process of the machine stops in its tracks.</summary>
    public void Freeze() => Try("sh -c 'kill -STOP -1'");

    public void Thaw() => Try("sh -c 'kill -CONT -1'");

    /// <summary>Power off: every process dies at once, and the addresses vanish.</summary>
    public void Crash()
    {
        if (_power is null) return;
        File.Delete(Path.Combine(Work, "init.pid"));       // the number may soon be another's
        if (Lives) Shell.Try($"kill -KILL {_init}");
        _network.Silence(Name);
        if (!_power.WaitForExit(20_000)) throw new InvalidOperationException($"{Name} does not lose its power");
        _power.Dispose();
        _power = null;
    }

    public bool Holds(string address) => Addresses.Holds(address);

    /// <summary>cl_status, as the operator calls it on this machine.</summary>
    public string ClStatus(string arguments) => Try($"{Implementation.ClStatus} {arguments} 2>/dev/null").Output.Trim();

    /// <summary>One of hb_standby, hb_takeover and their like, as the operator calls it; the test fails when it does.</summary>
    public void Operate(string commandLine)
    {
        var (status, output) = Tool(commandLine);
        Assert.That(status, Is.Zero, $"{commandLine} on {Name} ({Implementation}): {output}");
    }

    /// <summary>
    /// hb_standby where messages get lost, as an operator calls it who reads the log: it is refused, there alone, until the word has come that the other side has finished its last move ("standby message [me] from
    /// alpha ignored.  Other side is in flux.", as 3.0.6 has it), and is asked for again.
    /// </summary>
    public void StandBy(string which = "all") => Until.True($"{Name} takes on the standby", () =>
    {
        var mark = Log.Mark();
        Operate($"hb_standby {which}");
        Until.True("the standby is answered in the log", () => Log.Says(" wants to go standby", mark) || Log.Says("Other side is in flux", mark), 10);
        return Log.Says(" wants to go standby", mark);
    }, 20, everyMs: 200);

    /// <summary>The same, with its exit status and output.</summary>
    public (int Status, string Output) Tool(string commandLine)
    {
        var result = Try(Implementation.Tools + commandLine);
        TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {Name}: {commandLine}: {result.Status} {result.Output}");
        return result;
    }

    public void Dispose()
    {
        Crash();
        Addresses.Dispose();
    }
}
