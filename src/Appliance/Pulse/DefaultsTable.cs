namespace Appliance.Pulse;

/// <summary>What <c>heartbeat -D</c> prints: 3.0.6's directives and defaults.</summary>
internal static class DefaultsTable
{
    private static readonly (string Directive, string Default, string Description)[] Rows =
    [
        ("cluster", "linux-ha", "the name of cluster"),
        ("hopfudge", "1", "# of hops above cluster size"),
        ("keepalive", "1000ms", "keepalive time"),
        ("deadtime", "30000ms", "node deadtime"),
        ("baud", "19200", "baud rate"),
        ("auto_failback", "legacy", "auto failback"),
        ("hbgenmethod", "file", "protocol generation computation method"),
        ("realtime", "true", "enable realtime behavior?"),
        ("msgfmt", "classic", "message format in the wire"),
        ("conn_logd_time", "60", "the interval to reconnect to logd"),
        ("log_badpack", "true", "warn about bad packets"),
        ("syslogmsgfmt", "true", "log to files in syslog format"),
        ("coredumps", "true", "enable Linux-HA core dumps"),
        ("pacemaker", "false", "enable Pacemaker resource management"),
        ("autojoin", "none", "set automatic join mode/style"),
        ("uuidfrom", "file", "set the source for uuid"),
        ("compression", "zlib", "set compression module"),
        ("compression_threshold", "2", "set compression threshold"),
        ("traditional_compression", "no", "set traditional_compression"),
        ("max_rexmit_delay", "250", "set the maximum rexmit delay time"),
        ("record_config_changes", "on", "record changes to the cib (valid only with: pacemaker on)"),
        ("record_pengine_inputs", "on", "record the input used by the policy engine (valid only with: pacemaker on)"),
        ("enable_config_writes", "on", "write configuration changes to disk (valid only with: pacemaker on)"),
        ("memreserve", "6500", "number of kbytes to preallocate in heartbeat"),
    ];

    /// <param name="wiki">-W: as a table in wiki markup.</param>
    public static void Print(TextWriter output, bool wiki)
    {
        if (wiki)
        {
            output.WriteLine("||''Directive''||''Default''||''Description''||");
            foreach (var (directive, value, description) in Rows) output.WriteLine($"||[wiki:ha.cf/{directive} {directive}]||{value}||{description}||");
            return;
        }
        output.WriteLine($"{"Directive",-24} {"Default",-9} Description");
        output.WriteLine(new string('-', 80));
        foreach (var (directive, value, description) in Rows) output.WriteLine($"{directive,-24} {value,-9} {description}");
    }
}
