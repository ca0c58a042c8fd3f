using System.Diagnostics;

namespace Appliance.Bench;

/// <summary>Two hosts and a client on one LAN, each in a network namespace; a host is a process tree that can lose its power.</summary>
internal sealed class Stage : IDisposable
{
    public const string Address = "10.77.0.100", Broadcast = "10.77.0.255";
    private readonly string _prefix = "apb" + Environment.ProcessId % 1000;
    private readonly string _work;
    public Host[] Hosts { get; }
    public string ClientNamespace => _prefix + "-c";

    public Stage()
    {
        _work = Path.Combine(Path.GetTempPath(), _prefix);
        Directory.CreateDirectory(_work);
        Shell.Run($"ip netns add {_prefix}-s && ip -n {_prefix}-s link add br0 type bridge && ip -n {_prefix}-s link set br0 up && ip -n {_prefix}-s link set lo up");
        foreach (var (letter, last) in new[] { ("a", 1), ("b", 2), ("c", 3) })
        {
            var ns = $"{_prefix}-{letter}";
            Shell.Run($"ip netns add {ns} && ip -n {ns} link set lo up && ip link add {_prefix}{letter} netns {_prefix}-s type veth peer name eth0 netns {ns}");
            Shell.Run($"ip -n {_prefix}-s link set {_prefix}{letter} master br0 up && ip -n {ns} addr add 10.77.0.{last}/24 broadcast + dev eth0 && ip -n {ns} link set eth0 up");
            // The reply's time-to-live tells the client which host answered.
            Shell.Run($"ip netns exec {ns} sysctl -qw net.ipv4.ip_default_ttl={60 + last}");
        }
        Hosts = [new Host(this, "alpha", _prefix + "-a", 1), new Host(this, "beta", _prefix + "-b", 2)];
    }

    /// <summary>Makes a fresh directory for one host's files.</summary>
    public string DirectoryFor(string host, string what)
    {
        var path = Path.Combine(_work, host, what);
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Forgets all files of earlier contenders.</summary>
    public void Wipe()
    {
        foreach (var host in Hosts) host.PowerOff();
        if (Directory.Exists(_work)) Directory.Delete(_work, recursive: true);
        Directory.CreateDirectory(_work);
    }

    public void Dispose()
    {
        Wipe();
        foreach (var letter in "abcs") Shell.Run($"ip netns del {_prefix}-{letter}", mayFail: true);
        Directory.Delete(_work, recursive: true);
    }
}

/// <summary>One machine of the pair.</summary>
internal sealed class Host(Stage stage, string name, string networkNamespace, int number)
{
    private int _init;
    private Process? _power;

    public string Name => name;
    public string Namespace => networkNamespace;

    /// <summary>What the kernel of this host writes into the time-to-live of its replies.</summary>
    public int TimeToLive => 60 + number;
    public string Etc => stage.DirectoryFor(name, "etc");
    public string Log => stage.DirectoryFor(name, "log");

    /// <summary>Switches the machine on: namespaces, private /etc/ha.d, /var/lib/heartbeat, /run and /var/log; no daemon yet.</summary>
    public void PowerOn()
    {
        var lib = stage.DirectoryFor(name, "lib");
        var script = Path.Combine(stage.DirectoryFor(name, "boot"), "init");
        var up = Path.Combine(stage.DirectoryFor(name, "boot"), "up");
        File.Delete(up);
        File.WriteAllText(script,
            $"""
            hostname {name}
            mount --make-rprivate /
            mkdir -p /etc/ha.d /var/lib/heartbeat
            for d in harc shellfuncs rc.d resource.d; do [ -e {Etc}/$d ] || cp -a /etc/ha.d/$d {Etc}/ 2>/dev/null; done
            mount --bind {Etc} /etc/ha.d
            mount --bind {lib} /var/lib/heartbeat
            mount --bind {Log} /var/log
            mount -t tmpfs tmpfs /run
            mkdir -p /run/heartbeat/ccm /run/heartbeat/dopd /run/heartbeat/rsctmp /run/lock /run/resource-agents /var/lib/heartbeat/cores/root /var/lib/heartbeat/api /var/lib/heartbeat/casual
            touch {up}
            trap : TERM INT HUP
            while :; do sleep 100000 & wait $!; done
            """);
        _power = Shell.Start($"exec ip netns exec {networkNamespace} unshare -u -m -p -i --fork --kill-child=KILL --mount-proc sh {script}");
        if (!Shell.WaitFor(() => File.Exists(up), TimeSpan.FromSeconds(20))) throw new InvalidOperationException($"{name} does not boot");
        _init = int.Parse(File.ReadAllText($"/proc/{_power.Id}/task/{_power.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], null);
    }

    /// <summary>A command line that runs inside this machine.</summary>
    public string Inside(string command) => $"nsenter -t {_init} -n -u -m -p -i {command}";

    /// <summary>The plug is pulled: every process dies at once, and the dead machine's addresses answer no more.</summary>
    public void PowerOff()
    {
        if (_power is null) return;
        Kernel.CutPower(_init);
        Shell.Run($"ip -n {networkNamespace} addr del {Stage.Address}/24 dev eth0", mayFail: true);
        _power.WaitForExit();
        _power.Dispose();
        _power = null;
    }

    public int? Pid(string file)
    {
        var text = Shell.Run(Inside($"cat {file}"), mayFail: true);
        return int.TryParse(text.Trim(), out var inner) ? Outside(inner) : null;
    }

    /// <summary>A process id of the machine's own numbering, translated to ours.</summary>
    public int? Outside(int inner)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid)) continue;
            try
            {
                var line = File.ReadLines(directory + "/status").First(l => l.StartsWith("NSpid:", StringComparison.Ordinal));
                var numbers = line.Split('\t', StringSplitOptions.RemoveEmptyEntries);
                if (numbers.Length >= 3 && numbers[^1] == $"{inner}" && Inhabits(pid)) return pid;
            }
            catch (IOException) { /* it ended while we looked */ }
        }
        return null;
    }

    private bool Inhabits(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/pid").LinkTarget == new FileInfo($"/proc/{_init}/ns/pid").LinkTarget;
        }
        catch (IOException) { return false; }
    }

    public bool Holds(string address) => Shell.Run($"ip -n {networkNamespace} -o -4 addr show dev eth0").Contains($" {address}/", StringComparison.Ordinal);
}
