using System.Diagnostics;
using System.Globalization;
using System.Text;
using Appliance.Lab.Fencing;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Two or three machines with <c>crm yes</c>, two LANs and a management controller each, and a CIB with something of every kind.</summary>
/// <remarks>
/// Group g: the address <see cref="GroupAddress"/>, g1, g2 (Pacemaker's Dummy). Lone d. Clone of c. Promotable clone of p, and with the promoted one the address <see cref="MasterAddress"/>.
/// A fencing device for each machine, which runs on another.
/// </remarks>
internal sealed class SoakCluster : IDisposable
{
    public const string GroupAddress = "10.9.0.100", MasterAddress = "10.9.0.200";
    public const int Deadtime = 1500;

    /// <summary>After so many failures something is given up on a machine.</summary>
    public const int MigrationThreshold = 3;
    private static readonly string[] s_names = ["alpha", "beta", "gamma"];
    private static int s_count;
    private readonly string _work;
    private readonly Network _network;
    private readonly string[] _thirds = [Pair.Third];
    private readonly Dictionary<Host, Bmc> _bmcs = [];

    /// <param name="older">The node that has <see cref="Implementation.Older"/>; null: none.</param>
    public SoakCluster(int nodes, string? older)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"lab-{Environment.ProcessId}-{1000 + Interlocked.Increment(ref s_count)}-");
        _work = Path.Combine(Path.GetTempPath(), prefix + "files");
        Directory.CreateDirectory(Shared);
        File.WriteAllText(Path.Combine(_work, "Soaked"), SoakedAgent.Script);
        File.SetUnixFileMode(Path.Combine(_work, "Soaked"), (UnixFileMode)0b111_101_101);
        var names = s_names[..nodes];
        _network = new Network(prefix, [.. names, .. _thirds]);
        _network.Address(Pair.Third, 9);
        Hosts = [.. names.Select((name, i) => new Host(_network, name, i + 1, _work) { Implementation = name == older ? Implementation.Older : Implementation.Ours })];
        foreach (var host in Hosts)
        {
            host.Write("ha.cf", HaCf(""));
            host.Write("authkeys", "auth 1\n1 sha1 SoakKey\n", secret: true);
            host.Write("haresources", "");
            // The machine is only as dead as its last process; then it no longer runs what the shared disk says. A controller takes its time, in which somebody may already see that the machine is dead.
            _bmcs[host] = new Bmc(Path.Combine(host.Work, "bmc"), Pair.ThirdAddress, 9001 + Array.IndexOf(Hosts, host), $"ip netns exec {_network.NamespaceOf(Pair.Third)}",
                $"[ ! -e {host.Work}/init.pid ] || {{ i=$(cat {host.Work}/init.pid); kill -KILL $i; while kill -0 $i; do sleep 0.02; done; rm -f {host.Work}/init.pid; }}; sleep 0.3; "
                + $"for d in eth0 eth1; do ip -n {_network.NamespaceOf(host.Name)} addr flush dev $d; done; rm -f {Shared}/*@{host.Name}");
        }
    }

    public Host[] Hosts { get; }

    /// <summary>Stands for a disk that all machines see.</summary>
    public string Shared => Path.Combine(_work, "shared");

    public Bmc BmcOf(Host host) => _bmcs[host];

    public Host Named(string name) => Hosts.Single(h => h.Name == name);

    /// <summary>How often somebody took the machine's power.</summary>
    public int Fenced(Host host) => _bmcs[host].Calls.Count(c => c == "set power 0");

    /// <param name="note">A line that changes nothing but the file.</param>
    public string HaCf(string note) => $"""
        # {note}
        logfile /var/log/ha-log
        debugfile /var/log/ha-debug
        logfacility none
        keepalive 200ms
        warntime {Deadtime * 3 / 4}ms
        deadtime {Deadtime}ms
        initdead 5000ms
        realtime on
        crm yes
        bcast eth0
        bcast eth1
        node {string.Join(' ', s_names[..Hosts.Length])}

        """;

    /// <summary>
    /// The machine's controller has taken its power since it had done so as often as given, and has given it back and is done. Before that nobody boots the machine: what the controller does is not over when no process of the machine is left; it takes the
    /// addresses next, those of a new boot too.
    /// </summary>
    public bool WasRebooted(Host host, int before)
    {
        var calls = _bmcs[host].Calls;
        return calls.Count(c => c == "set power 0") > before && calls[^1] == "set power 1" && _bmcs[host].IsOn && !host.Lives;
    }

    /// <summary>The daemon is started on a machine that was on a moment ago, and is not booted by that.</summary>
    /// <returns>False: somebody has taken its power meanwhile.</returns>
    public static bool StartAgain(Host host)
    {
        try
        {
            host.Start();
            return true;
        }
        catch (InvalidOperationException) when (SpinWait.SpinUntil(() => !host.Lives, 2000))
        {
            return false;
        }
    }

    /// <summary>The machine is switched on, and its daemon started. One whose power fencing takes must be through with that (<see cref="WasRebooted"/>).</summary>
    public void Start(Host host)
    {
        if (host.Powered && !host.Lives) PowerOff(host);       // somebody else took its power: only the account is closed
        if (!host.Powered)
        {
            host.Boot();
            // Ours beside those of the packages, in this machine's view alone.
            Shell.Run(host.Inside($"sh -c 'mkdir -p {SoakedAgent.Here} /run/ocf/lab && cp {_work}/Soaked /run/ocf/lab/ && for p in heartbeat pacemaker; do mkdir /run/ocf/$p && mount --bind /usr/lib/ocf/resource.d/$p /run/ocf/$p || exit 1; done; mount --rbind /run/ocf /usr/lib/ocf/resource.d'"));
        }
        host.Start();
    }

    /// <summary>The plug is pulled.</summary>
    public void PowerOff(Host host)
    {
        host.Crash();
        foreach (var mark in Directory.GetFiles(Shared, $"*@{host.Name}")) File.Delete(mark);
    }

    /// <summary>Cuts a machine from all others, on the named LANs.</summary>
    public void Isolate(Host host, bool cut, params int[] lans) =>
        _network.LoseBoth(Hosts.Where(h => h != host).SelectMany(h => lans.Select(lan => (host.Name, h.Name, lan))), cut ? 1 : 0);

    /// <summary>Lets a share of all frames between the machines vanish.</summary>
    public void Lose(double chance) =>
        _network.LoseBoth(Hosts.SelectMany(a => Hosts.Where(b => string.CompareOrdinal(a.Name, b.Name) < 0).SelectMany(b => new[] { 0, 1 }.Select(lan => (a.Name, b.Name, lan)))), chance);

    public void Plug(Host host, int lan, bool plugged) => _network.Plug(host.Name, lan, plugged);

    /// <summary>One of our tools on a machine; what it wrote. While no node decides a tool is refused, and says so: it is called again for a while.</summary>
    /// <exception cref="SoakViolation">It failed.</exception>
    public string Tool(Host host, string line)
    {
        const int notConnected = 102;
        var (status, output) = Try(host, line);
        for (var time = Stopwatch.StartNew(); status == notConnected && time.Elapsed.TotalSeconds < 15; (status, output) = Try(host, line)) Thread.Sleep(200);
        return status == 0 ? output : throw new SoakViolation($"{host.Name}: {line}: exit status {status}: {output}");
    }

    public (int Status, string Output) Try(Host host, string line) => host.Try($"{host.Implementation.Program} {line}");

    /// <summary>Several at once, in one call; outputs in order.</summary>
    public string[] Ask(Host host, params string[] lines)
    {
        const string between = "@@@@";
        var script = new StringBuilder();
        foreach (var line in lines) script.Append(CultureInfo.InvariantCulture, $"{host.Implementation.Program} {line}; echo {between}; ");
        return [.. host.Try($"sh -c '{script}'").Output.Split(between)[..^1].Select(o => o.Trim())];
    }

    /// <summary>Tells the cluster what it is to run.</summary>
    public void Configure(Host host)
    {
        const string monitored = "<op id=\"{0}-m\" name=\"monitor\" interval=\"1s\" timeout=\"4s\"/><op id=\"{0}-start\" name=\"start\" interval=\"0s\" timeout=\"5s\"/><op id=\"{0}-stop\" name=\"stop\" interval=\"0s\" timeout=\"5s\"/>";
        Change(host, "crm_config", "<cluster_property_set id=\"cib-bootstrap-options\">" + Pairs("cib-bootstrap-options", ("stonith-enabled", "true"), ("stonith-timeout", "20s")) + "</cluster_property_set>");
        Change(host, "rsc_defaults", "<meta_attributes id=\"rsc-options\">" + Pairs("rsc-options", ("resource-stickiness", "10"), ("migration-threshold", $"{MigrationThreshold}"), ("failure-timeout", "0")) + "</meta_attributes>");
        Change(host, "resources", string.Concat(Hosts.Select((h, i) => Primitive("fence-" + h.Name, "class=\"stonith\" type=\"ipmi\"", "",
            ("ip", Pair.ThirdAddress), ("ipport", $"{9001 + i}"), ("username", Bmc.User), ("password", Bmc.Password), ("power_timeout", "2"), ("pcmk_host_list", h.Name), ("pcmk_delay_base", i == 1 ? "2s" : "0s"))))
            + "<group id=\"g\">" + Address("vip", GroupAddress) + Soaked("g1", monitored) + Primitive("g2", "class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"", "<op id=\"g2-m\" name=\"monitor\" interval=\"2s\"/>", ("state", "/run/g2.state")) + "</group>"
            + Soaked("d", monitored)
            + "<clone id=\"c-clone\">" + Soaked("c", monitored, shared: false) + "</clone>"
            + "<clone id=\"p-clone\"><meta_attributes id=\"p-clone-meta\">" + Pairs("p-clone", ("promotable", "true")) + "</meta_attributes>"
            + Primitive("p", "class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"", "<op id=\"p-m\" name=\"monitor\" interval=\"1s\" role=\"Promoted\"/><op id=\"p-u\" name=\"monitor\" interval=\"2s\" role=\"Unpromoted\"/>", ("state", "/run/p.state")) + "</clone>"
            + Address("vip2", MasterAddress));
        Change(host, "constraints", string.Concat(Hosts.Select(h => $"<rsc_location id=\"not-{h.Name}\" rsc=\"fence-{h.Name}\" node=\"{h.Name}\" score=\"-INFINITY\"/>"))
            + "<rsc_colocation id=\"vip2-with-p\" rsc=\"vip2\" with-rsc=\"p-clone\" with-rsc-role=\"Promoted\" score=\"INFINITY\"/><rsc_order id=\"p-then-vip2\" first=\"p-clone\" first-action=\"promote\" then=\"vip2\" then-action=\"start\"/>");
    }

    /// <summary>A lone resource of ours.</summary>
    public string Soaked(string name, string operations = "<op id=\"{0}-m\" name=\"monitor\" interval=\"2s\" timeout=\"10s\"/>", bool shared = true) =>
        Primitive(name, "class=\"ocf\" provider=\"lab\" type=\"Soaked\"", operations.Replace("{0}", name, StringComparison.Ordinal), [.. shared ? [("shared", Shared)] : Array.Empty<(string, string)>(), ("note", "0")]);

    public void Change(Host host, string section, string xml) => Tool(host, $"cibadmin -M -c -o {section} -X '{Wrapped(section, xml)}'");

    private static string Wrapped(string section, string xml) => section is "resources" or "constraints" ? $"<{section}>{xml}</{section}>" : xml;

    private static string Address(string name, string address) =>
        Primitive(name, "class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\"", $"<op id=\"{name}-m\" name=\"monitor\" interval=\"1s\"/>", ("ip", address), ("cidr_netmask", "24"), ("nic", "eth0"));

    private static string Primitive(string name, string agent, string operations, params (string Name, string Value)[] parameters) =>
        $"<primitive id=\"{name}\" {agent}><instance_attributes id=\"{name}-params\">{Pairs(name, parameters)}</instance_attributes>{(operations.Length > 0 ? $"<operations>{operations}</operations>" : "")}</primitive>";

    private static string Pairs(string owner, params (string Name, string Value)[] pairs) =>
        string.Concat(pairs.Select(p => $"<nvpair id=\"{owner}-{p.Name}\" name=\"{p.Name}\" value=\"{p.Value}\"/>"));

    /// <summary>The longest time, in milliseconds, for which two kernels held an address at once, since the given instant.</summary>
    public double HeldTwiceMs(string address, long since)
    {
        var changes = Hosts.SelectMany((host, index) => host.Addresses.History.Where(h => h.Address == address).Select(h => (h.At, Bit: 1 << index, h.Held))).OrderBy(c => c.At);
        var (mask, from, longest) = (0, 0L, 0L);
        foreach (var (at, bit, held) in changes)
        {
            if ((mask & (mask - 1)) != 0) longest = Math.Max(longest, at - Math.Max(from, since));
            mask = held ? mask | bit : mask & ~bit;
            from = at;
        }
        if ((mask & (mask - 1)) != 0) longest = Math.Max(longest, Stopwatch.GetTimestamp() - Math.Max(from, since));
        return longest * 1000.0 / Stopwatch.Frequency;
    }

    /// <summary>Keeps logs, CIBs and configurations of all machines.</summary>
    public void Collect(string target)
    {
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.CreateDirectory(target);
        foreach (var host in Hosts)
        {
            File.WriteAllLines(Path.Combine(target, host.Name + ".addresses"),
                host.Addresses.History.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.At * 1000.0 / Stopwatch.Frequency:0.0} {(h.Held ? "+" : "-")}{h.Address}")));
            if (host.Lives)
                foreach (var (name, line) in ((string, string)[])[("cib", "cibadmin -Q"), ("mon", "crm_mon -1 -Afo"), ("status", "status")])
                    File.WriteAllText(Path.Combine(target, $"{host.Name}.{name}"), Try(host, line).Output);
            Shell.Try($"mkdir -p {target}/{host.Name}.bmc; cp -r {host.Logs} {target}/{host.Name}.log; cp -r {host.Crm} {target}/{host.Name}.crm; cp {host.Etc}/ha.cf {target}/{host.Name}.ha.cf; cp {host.Work}/bmc/calls {target}/{host.Name}.bmc/; ls -l {Shared} >{target}/shared");
        }
    }

    public void Dispose()
    {
        foreach (var host in Hosts) host.Dispose();
        foreach (var bmc in _bmcs.Values) bmc.Dispose();
        _network.Dispose();
        Directory.Delete(_work, recursive: true);
    }
}

/// <summary>Something is not as it must be.</summary>
internal sealed class SoakViolation(string what) : Exception(what);
