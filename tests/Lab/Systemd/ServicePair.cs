using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Systemd;

/// <summary>Two machines with the real systemd on one cable; the product is installed as install.sh does it, and runs as systemd's service.</summary>
public sealed class ServicePair : IDisposable
{
    public const string Address = "10.88.0.100";

    /// <param name="haresources">With @1 and @2 for the nodes' names.</param>
    /// <param name="haCf">Further lines.</param>
    public ServicePair(string haresources, string haCf = "", params (string Name, string Text)[] units)
    {
        First = new();
        Second = new();
        First.Link(Second);
        var tree = Shell.Root();
        var staged = Directory.CreateTempSubdirectory("appliance-staged-").FullName;
        try
        {
            Shell.Run($"bash {tree}/install.sh --destdir {staged} --binary {Implementation.Ours.Tools.Trim()}");
            foreach (var host in Both)
            {
                Shell.Run($"tar -C {staged} -c . | {host.Inside("tar -x -C /")}");
                host.Write("/etc/ha.d/authkeys", "auth 1\n1 sha1 a-lab-key\n");
                host.Run("chmod 600 /etc/ha.d/authkeys");
                host.Write("/etc/ha.d/ha.cf", $"""
                    keepalive 100ms
                    warntime 400ms
                    deadtime 1
                    initdead 10
                    bcast eth0
                    auto_failback on
                    logfile /var/log/ha.log
                    node {First.Name} {Second.Name}
                    {haCf}

                    """);
                host.Write("/etc/ha.d/haresources", haresources.Replace("@1", First.Name, StringComparison.Ordinal).Replace("@2", Second.Name, StringComparison.Ordinal) + "\n");
                host.Units(units);
            }
        }
        finally
        {
            Directory.Delete(staged, recursive: true);
        }
    }

    public SystemdHost First { get; }
    public SystemdHost Second { get; }
    public SystemdHost[] Both => [First, Second];

    public void Start()
    {
        foreach (var host in Both) host.Run("systemctl start heartbeat");
    }

    /// <summary>Whether a host has the address and its unit runs.</summary>
    public static bool Serves(SystemdHost host, string unit) =>
        host.Try("ip -4 addr show dev eth0").Output.Contains($" {Address}/", StringComparison.Ordinal) && host.Try($"systemctl is-active {unit}").Output.Trim() == "active";

    /// <summary>Waits until one serves and the other does not.</summary>
    public TimeSpan UntilServes(SystemdHost host, string unit, double seconds)
    {
        var clock = Stopwatch.StartNew();
        var other = host == First ? Second : First;
        while (!(Serves(host, unit) && !(other.IsUp && Serves(other, unit))))
        {
            if (clock.Elapsed.TotalSeconds > seconds) Assert.Fail($"{host.Name} does not serve within {seconds} s:\n{Story()}");
            Thread.Sleep(50);
        }
        return clock.Elapsed;
    }

    public string Story() => string.Join("\n", Both.Where(h => h.IsUp).Select(h => $"== {h.Name}\n{h.Try("tail -n 60 /var/log/ha.log").Output}\n{h.Try("systemctl --no-pager status heartbeat").Output}"));

    public void Dispose()
    {
        foreach (var host in Both) host.Dispose();
    }
}
