using Appliance.Core;

namespace Appliance.Configuration;

internal enum DirectiveKind
{
    /// <summary>Every word after it is a value of its own.</summary>
    Option,
    /// <summary>As <see cref="Option"/>, and each word is a medium.</summary>
    Medium,
    /// <summary>The rest of the line belongs together.</summary>
    WholeLine,
}

/// <summary>A directive of ha.cf.</summary>
/// <param name="Default">As <c>heartbeat -D</c> prints it; <c>null</c> when it has none there.</param>
/// <param name="Description">As 3.0.6 describes it; <c>null</c> when it does not keep the value as a parameter.</param>
internal sealed record Directive(string Name, DirectiveKind Kind, string? Default, string? Description);

/// <summary>All directives of 3.0.6 and ours, options in the order of its tables. Source: outputs of <c>heartbeat -D</c> and <c>heartbeat -v</c>.</summary>
internal static class Directives
{
    private const DirectiveKind Option = DirectiveKind.Option, Medium = DirectiveKind.Medium, WholeLine = DirectiveKind.WholeLine;

    public static readonly IReadOnlyList<Directive> All =
    [
        new("node", Option, null, null),
        new("cluster", Option, "linux-ha", "the name of cluster"),
        new("hopfudge", Option, "1", "# of hops above cluster size"),
        new("keepalive", Option, "1000ms", "keepalive time"),
        new("deadtime", Option, "30000ms", "node deadtime"),
        new("deadping", Option, null, "ping deadtime"),
        new("initdead", Option, null, "initial deadtime"),
        new("warntime", Option, null, "warning time"),
        new("watchdog", Option, null, "watchdog device"),
        new("baud", Option, "19200", "baud rate"),
        new("udpport", Option, null, "UDP port number"),
        new("logfacility", Option, null, "syslog log facility"),
        new("logfile", Option, null, "log file"),
        new("debugfile", Option, null, "debug file"),
        new("nice_failback", Option, null, null),
        new("auto_failback", Option, "legacy", "auto failback"),
        new("rtprio", Option, null, "realtime priority"),
        new("hbgenmethod", Option, "file", "protocol generation computation method"),
        new("realtime", Option, "true", "enable realtime behavior?"),
        new("debug", Option, null, "debug level"),
        new("msgfmt", Option, "classic", "message format in the wire"),
        new("use_logd", Option, null, "use logging daemon"),
        new("conn_logd_time", Option, "60", "the interval to reconnect to logd"),
        new("use_apphbd", Option, null, "register with apphbd"),
        new("log_badpack", Option, "true", "warn about bad packets"),
        new("syslogmsgfmt", Option, "true", "log to files in syslog format"),
        new("coredumps", Option, "true", "enable Linux-HA core dumps"),
        new("coreroot", Option, null, "set root directory of core dump area"),
        new("crm_daemon_dir", Option, null, "location for Pacemaker daemons"),
        new("crmd_spawns_pengine", Option, null, "should pengine be spawned directly by heartbeat"),
        new("crm", Option, null, "historical alias for 'pacemaker'"),
        new("pacemaker", Option, "false", "enable Pacemaker resource management"),
        new("autojoin", Option, "none", "set automatic join mode/style"),
        new("uuidfrom", Option, "file", "set the source for uuid"),
        new("env", Option, null, null),
        new("compression", Option, "zlib", "set compression module"),
        new("compression_threshold", Option, "2", "set compression threshold"),
        new("traditional_compression", Option, "no", "set traditional_compression"),
        new("max_rexmit_delay", Option, "250", "set the maximum rexmit delay time"),
        new("record_config_changes", Option, "on", "record changes to the cib (valid only with: pacemaker on)"),
        new("record_pengine_inputs", Option, "on", "record the input used by the policy engine (valid only with: pacemaker on)"),
        new("enable_config_writes", Option, "on", "write configuration changes to disk (valid only with: pacemaker on)"),
        new("memreserve", Option, "6500", "number of kbytes to preallocate in heartbeat"),
        new("quorum_server", Option, null, "the name or ip of quorum server"),
        new("udp", Medium, null, null),
        new("serial", Medium, null, null),
        new("bcast", Medium, null, null),
        new("ping", Medium, null, null),
        new("ping6", Medium, null, null),
        new("ucast", WholeLine, null, null),
        new("ucast6", WholeLine, null, null),
        new("mcast", WholeLine, null, null),
        new("mcast6", WholeLine, null, null),
        new("ping_group", WholeLine, null, null),
        new("stonith", WholeLine, null, null),
        new("stonith_host", WholeLine, null, null),
        new("respawn", WholeLine, null, null),
        new("failfast", WholeLine, null, null),
        new("apiauth", WholeLine, null, null),
        // Ours: 3.0.6 refuses them.
        new("sbd_device", Option, null, null),
        new("sbd_startmode", Option, null, null),
        new("monitor", WholeLine, null, null),
        new("quorum", WholeLine, null, null),
    ];

    private static readonly Dictionary<string, Directive> ByName = All.ToDictionary(d => d.Name, StringComparer.Ordinal);

    /// <summary>Words of other releases or of plug-ins that no release ships, and what to do about them.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["hbaping"] = "pinging Fibre Channel devices is not available, nor is it in heartbeat 3.0.6 as packaged; use ping",
        ["tipc"] = "the medium TIPC is not available, nor is it in heartbeat 3.0.6 as packaged; use ucast, mcast or bcast",
        ["openais"] = "the medium openais is not available, nor is it in heartbeat 3.0.6 as packaged; use ucast, mcast or bcast",
        ["rds"] = "the medium RDS is not available, nor is it in heartbeat 3.0.6 as packaged; use ucast, mcast or bcast",
        ["cluster_layer"] = "there is only one messaging layer; delete the line",
        ["normalpoll"] = "the polling interval is no setting of heartbeat 3; delete the line",
        ["adminport"] = "there is no administration port; delete the line",
    };

    public static Directive? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>What to write instead of a word that is no directive.</summary>
    public static string Remedy(string name)
    {
        if (Elsewhere.TryGetValue(name, out var why)) return why;
        if (name.StartsWith('\uFEFF')) return "the file begins with a byte order mark; save it without";
        if (ByName.ContainsKey(name.ToLowerInvariant())) return $"directives are written in lower case: {name.ToLowerInvariant()}";
        var cut = name.AsSpan().IndexOfAny(",=:");
        if (cut > 0 && ByName.ContainsKey(name[..cut])) return $"a blank must follow the directive {name[..cut]}";
        return Nearest.Of(name, ByName.Keys) is { } meant ? $"did you mean {meant}?" : "see ha.cf(5) for the directives";
    }
}
