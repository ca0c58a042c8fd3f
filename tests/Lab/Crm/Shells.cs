using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>A machine on which crmsh and pcs find our commands where Debian's are, and none of Pacemaker's own.</summary>
internal static class Shells
{
    /// <summary>Debian's programs that are covered by ours of the same name.</summary>
    private static readonly string[] Covered =
    [
        "attrd_updater", "cibadmin", "crm_attribute", "crm_diff", "crm_error", "crm_failcount", "crm_master", "crm_mon", "crm_node", "crm_resource",
        "crm_rule", "crm_shadow", "crm_simulate", "crm_standby", "crm_ticket", "crm_verify", "crmadmin", "iso8601", "stonith_admin",
    ];

    /// <summary>Boots the host and puts our binary in the places of Pacemaker's tools, in this host's own view of the files.</summary>
    public static void Lay(Host host)
    {
        var shell = new[] { "crm", "pcs" }.FirstOrDefault(s => !File.Exists($"/usr/sbin/{s}"));
        if (shell is not null) Assert.Ignore($"/usr/sbin/{shell} is missing (Debian packages crmsh, pcs)");
        if (Covered.FirstOrDefault(c => !File.Exists($"/usr/sbin/{c}")) is { } name) Assert.Ignore($"/usr/sbin/{name} is missing (Debian package pacemaker-cli-utils)");
        if (!host.Powered) host.Boot();
        var binary = host.Implementation.Tools.Trim();
        Shell.Run(host.Inside($"sh -c 'for c in {string.Join(' ', Covered)}; do mount --bind {binary} /usr/sbin/$c || exit 1; done; mkdir -p /run/root && mount --bind /run/root /root && mkdir -p /var/log/crmsh /var/log/pcsd /run/www'"));
        // crmsh asks whether it reaches a node, by its name, before it changes anything about it.
        Shell.Run(host.Inside("sh -c 'cat >/run/hosts && mount --bind /run/hosts /etc/hosts'"), "127.0.0.1 localhost\n10.9.0.1 alpha\n10.9.0.2 beta\n");
        Shell.Run(host.Inside("tee /run/www/index.html"), $"this is {host.Name}");
        Shell.Run(host.Inside("tee /run/nginx.conf"), """
            pid /run/lab-nginx.pid;
            error_log /var/log/nginx-error.log;
            events {}
            http { access_log off; server { listen 80; root /run/www; location /nginx_status { stub_status; } } }
            """);
    }

    public static readonly PairPlan Plan = new() { AutoFailback = "off", More = "crm yes\n", Haresources = "" };

    /// <summary>Starts both hosts, so laid out, with nothing to manage yet, and waits until they are one cluster.</summary>
    public static void Form(Pair pair)
    {
        foreach (var host in pair.Hosts) Lay(host);
        pair.Start();
        foreach (var host in pair.Hosts)
            Until.True($"{host.Name} sees both", () => host.Try("crm_mon -1").Output.Contains("Online: [ alpha beta ]", StringComparison.Ordinal), 60, everyMs: 300);
        WaitIdle(pair.Alpha);
    }

    /// <summary>pcs takes the nodes' names from corosync's configuration: ours prints one.</summary>
    public static void NameNodes(Pair pair)
    {
        if (!Directory.Exists("/etc/corosync")) Assert.Ignore("/etc/corosync is missing (Debian package corosync)");
        foreach (var host in pair.Hosts)
            Shell.Run(host.Inside($"sh -c 'mkdir -p /run/corosync-conf && {host.Implementation.Tools.Trim()} corosync-conf >/run/corosync-conf/corosync.conf && mount --bind /run/corosync-conf /etc/corosync'"));
    }

    public static void WaitIdle(Host host) => Shell.Run(host.Inside("crm_resource --wait -T 50"));

    /// <summary>One call of a shell; what it reads is given to it.</summary>
    public static (int Status, string Output) Call(Host host, string shell, string line, string input = "")
    {
        var result = Shell.Try(host.Inside($"env HOME=/root TERM=dumb LC_ALL=C.UTF-8 COLUMNS=200 {shell} {line}"), input);
        TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {host.Name}: {shell} {line}: {result.Status}\n{result.Output}");
        return result;
    }

    /// <summary>The file by which an agent keeps that it runs is on these hosts, and on no other.</summary>
    public static void AssertRuns(Pair pair, string file, params Host[] where) =>
        Assert.That(pair.Hosts.Where(h => h.Try($"test -e {file}").Status == 0).Select(h => h.Name), Is.EqualTo(where.Select(h => h.Name)), file);

    /// <summary>Stateful says in its file what it is: the promoted one on one host, the other on the other.</summary>
    public static void AssertPromotedOnce(Pair pair, string file = "/run/Stateful-s.state")
    {
        var said = pair.Hosts.Select(h => h.Try($"cat {file}").Output.Trim()).ToList();
        Assert.That(said.Order(), Is.EqualTo(new[] { "Promoted", "Unpromoted" }), "one is promoted");
    }

    /// <summary>The page of this host's own nginx comes over the network.</summary>
    public static void AssertServes(Host host) =>
        Assert.That(host.Try($"curl -s -m 5 http://{PairPlan.WebAddress}/").Output, Is.EqualTo($"this is {host.Name}"));
}
