namespace Appliance.Bench;

/// <summary>One way of keeping an address on a pair: what it is configured with, and how it is started and asked.</summary>
internal abstract class Contender(string name, string timing)
{
    public string Name => name;
    public string Timing => timing;

    /// <summary>The dead time the figures are compared with, in milliseconds.</summary>
    public abstract double DeadTimeMs { get; }
    public abstract void Configure(Host host, Host peer);

    /// <summary>How long a pair must be left alone after a start before it behaves as it does later.</summary>
    public virtual TimeSpan WarmUp => TimeSpan.Zero;
    public abstract void Start(Host host);

    /// <summary>Both machines see each other and nothing is in motion.</summary>
    public abstract bool Ready(Host host, Host peer);

    /// <summary>The operator moves the address away from its owner.</summary>
    public abstract void HandOver(Host owner);
}

/// <summary>A daemon that reads ha.cf: heartbeat 3.0.6, or ours.</summary>
/// <param name="monitored">Services besides the address, each asked every 100 ms how it is (ours only).</param>
internal sealed class Heartbeat(string name, string daemon, string tools, int keepaliveMs, int deadtimeMs, int monitored = 0)
    : Contender(name, $"{keepaliveMs}/{deadtimeMs} ms")
{
    public string Tools => tools;

    public override double DeadTimeMs => deadtimeMs;

    /// <summary>3.0.6 adds two seconds to its dead time in the first five of its life; what is compared is what comes after.</summary>
    public override TimeSpan WarmUp => Name == "appliance" ? TimeSpan.Zero : TimeSpan.FromSeconds(6);

    public const string PidFile = "/run/heartbeat.pid";

    public override void Configure(Host host, Host peer)
    {
        File.WriteAllText(Path.Combine(host.Etc, "ha.cf"),
            $"""
            logfile /var/log/ha-log
            logfacility none
            keepalive {keepaliveMs}ms
            warntime {Math.Max(1, deadtimeMs / 2)}ms
            deadtime {deadtimeMs}ms
            initdead 3
            auto_failback off
            bcast eth0
            node alpha beta
            {(monitored > 0 ? "monitor 100ms" : "")}

            """);
        File.WriteAllText(Path.Combine(host.Etc, "authkeys"), "auth 1\n1 sha1 BenchKey\n");
        File.SetUnixFileMode(Path.Combine(host.Etc, "authkeys"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path.Combine(host.Etc, "haresources"), $"alpha IPaddr2::{Stage.Address}/24/eth0\n{string.Concat(Enumerable.Range(0, monitored).Select(i => $"alpha BenchService::{i}\n"))}");
        if (monitored == 0) return;
        // A program that is started for each question, as a real service's script is.
        var script = Path.Combine(host.Etc, "resource.d", "BenchService");
        Directory.CreateDirectory(Path.GetDirectoryName(script)!);
        File.WriteAllText(script, "#!/bin/sh\necho running\n");
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
    }

    public override void Start(Host host) => Shell.Start(host.Inside($"setsid {daemon} -f")).Dispose();

    public override bool Ready(Host host, Host peer) =>
        new[] { host, peer }.All(asked => new[] { host, peer }.All(about =>
            Shell.Run(asked.Inside($"{tools}/cl_status nodestatus {about.Name}"), mayFail: true) == "active"))
        && new[] { host, peer }.All(h => Shell.Run(h.Inside($"{tools}/cl_status rscstatus"), mayFail: true) is "none" or "local" or "foreign" or "all");

    public override void HandOver(Host owner) =>
        Shell.Run(owner.Inside(tools == "/usr/bin" ? "/usr/share/heartbeat/hb_standby all" : $"{tools}/hb_standby all"));
}

/// <summary>keepalived: VRRP version 3 with short adverts.</summary>
internal sealed class Keepalived(int advertMs) : Contender("keepalived", $"adverts {advertMs} ms")
{
    public const string PidFile = "/run/keepalived.pid";

    /// <summary>Master down interval: three adverts and the skew, RFC 5798 section 6.1.</summary>
    public override double DeadTimeMs => 3 * advertMs + (256 - 100) * advertMs / 256.0;

    public override void Configure(Host host, Host peer) => File.WriteAllText(Path.Combine(host.Etc, "keepalived.conf"),
        string.Create(null, $$"""
        global_defs {
          vrrp_version 3
          vrrp_garp_master_repeat 2
        }
        vrrp_instance V {
          state BACKUP
          nopreempt
          interface eth0
          virtual_router_id 77
          priority 100
          advert_int {{advertMs / 1000.0}}
          virtual_ipaddress {
            {{Stage.Address}}/24 dev eth0
          }
        }

        """));

    public override void Start(Host host) =>
        Shell.Start(host.Inside("setsid keepalived -n -P -f /etc/ha.d/keepalived.conf -p /run/keepalived.pid -r /run/vrrp.pid")).Dispose();

    public override bool Ready(Host host, Host peer)
    {
        if (!new[] { host, peer }.All(h => h.Pid(PidFile) is not null)) return false;
        Thread.Sleep(500);   // it has no command that says "I am backup and have heard the master"
        return host.Holds(Stage.Address) != peer.Holds(Stage.Address);
    }

    public override void HandOver(Host owner) => Shell.Run(owner.Inside("sh -c 'kill -TERM $(cat /run/keepalived.pid)'"));
}
