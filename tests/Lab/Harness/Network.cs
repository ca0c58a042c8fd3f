using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Lab.Harness;

/// <summary>Two LANs, each a bridge in a namespace that is the switch; between any two ports frames can be dropped, one way or both.</summary>
public sealed partial class Network : IDisposable
{
    private readonly string _prefix;
    private readonly Dictionary<(string From, string To, int Lan), double> _loss = [];
    private string SwitchNamespace => _prefix + "sw";

    /// <summary>Makes the switch and a namespace per host: lan 0 is eth0 (10.9.0.N), lan 1 is eth1 (10.9.1.N), N counted from 1.</summary>
    public Network(string prefix, params string[] hosts)
    {
        _prefix = prefix;
        var script = new StringBuilder("set -e\n");
        script.Append(CultureInfo.InvariantCulture, $"ip netns add {SwitchNamespace}\n");
        for (var lan = 0; lan < 2; lan++)
            script.Append(CultureInfo.InvariantCulture, $"ip -n {SwitchNamespace} link add br{lan} type bridge mcast_snooping 0\nip -n {SwitchNamespace} link set br{lan} up\n");
        foreach (var host in hosts)
        {
            var ns = NamespaceOf(host);
            script.Append(CultureInfo.InvariantCulture, $"ip netns add {ns}\nip netns exec {ns} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1\nip -n {ns} link set lo up\n");
            for (var lan = 0; lan < 2; lan++)
                script.Append(CultureInfo.InvariantCulture, $"ip link add {host}{lan} netns {SwitchNamespace} type veth peer name eth{lan} netns {ns}\nip -n {SwitchNamespace} link set {host}{lan} master br{lan} up\n");
        }
        Shell.Run(script.ToString());
    }

    public string NamespaceOf(string host) => _prefix + host;

    /// <summary>Gives the host its own addresses and takes all others away: the state after a power cycle.</summary>
    public void Address(string host, int number) => Shell.Run(string.Join('\n', new[] { 0, 1 }.Select(lan =>
        $"ip -n {NamespaceOf(host)} addr flush dev eth{lan} && ip -n {NamespaceOf(host)} addr add 10.9.{lan}.{number}/24 broadcast + dev eth{lan} && ip -n {NamespaceOf(host)} link set eth{lan} up")));

    /// <summary>A dead machine's addresses answer no more.</summary>
    public void Silence(string host) => Shell.Run($"ip -n {NamespaceOf(host)} addr flush dev eth0; ip -n {NamespaceOf(host)} addr flush dev eth1");

    /// <summary>Chance of a frame to vanish on its way from one host to another: 0 heals, 1 cuts.</summary>
    public void Lose(string from, string to, int lan, double chance)
    {
        if (chance <= 0) _loss.Remove((from, to, lan)); else _loss[(from, to, lan)] = chance;
        Apply();
    }

    /// <summary>The same both ways.</summary>
    public void LoseBoth(string one, string other, int lan, double chance)
    {
        Lose(one, other, lan, chance);
        Lose(other, one, lan, chance);
    }

    /// <summary>The same for several pairs of ports, all at one instant.</summary>
    public void LoseBoth(IEnumerable<(string One, string Other, int Lan)> ports, double chance)
    {
        foreach (var (one, other, lan) in ports)
            foreach (var way in ((string, string, int)[])[(one, other, lan), (other, one, lan)])
                if (chance <= 0) _loss.Remove(way); else _loss[way] = chance;
        Apply();
    }

    /// <summary>Pulls or plugs the cable at the switch: the host sees its carrier go.</summary>
    public void Plug(string host, int lan, bool plugged) => Shell.Run($"ip -n {SwitchNamespace} link set {host}{lan} {(plugged ? "up" : "down")}");

    /// <summary>Does something on a thread of its own inside a host's network: a socket made there stays there.</summary>
    public T Inside<T>(string host, Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var door = File.OpenHandle("/run/netns/" + NamespaceOf(host));
                if (SetNamespace(door, CLONE_NEWNET) != 0) throw new IOException($"setns {host}: errno {Marshal.GetLastPInvokeError()}");
                result = action();
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException) { failure = e; }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException($"inside {host}", failure);
    }

    public void Dispose()
    {
        foreach (var ns in Shell.Run("ip netns list").Split('\n').Select(l => l.Split(' ')[0]).Where(n => n.StartsWith(_prefix, StringComparison.Ordinal)))
            Shell.Try($"ip netns del {ns}");
    }

    private void Apply()
    {
        var rules = new StringBuilder("table bridge lab\ndelete table bridge lab\ntable bridge lab {\n chain forward {\n  type filter hook forward priority 0; policy accept;\n");
        foreach (var ((from, to, lan), chance) in _loss)
        {
            var dice = chance >= 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" numgen random mod 1000 < {(int)(chance * 1000)}");
            rules.Append(CultureInfo.InvariantCulture, $"  iifname \"{from}{lan}\" oifname \"{to}{lan}\"{dice} drop\n");
        }
        Shell.Run($"ip netns exec {SwitchNamespace} nft -f -", rules.Append(" }\n}\n").ToString());
    }

    private const int CLONE_NEWNET = 0x4000_0000;

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle door, int kind);
}
