using System.Globalization;
using Appliance.Core;

namespace Appliance.Configuration;

internal sealed partial class HaCfReader
{
    /// <summary>One directive that takes words: its form for people, and what one word does (<c>false</c>: not a valid value).</summary>
    private sealed record Option(string Form, Func<HaCfReader, string, bool> Set);

    private static readonly int[] Bauds = [9600, 19200, 38400, 57600, 115200, 230400, 460800];
    private static readonly string[] Facilities = ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];

    private static readonly SortedDictionary<string, Option> Options = new(StringComparer.Ordinal)
    {
        ["node"] = new("NAME...", (r, w) => { r._nodes.Add((w.ToLowerInvariant(), r._line)); return w.Length < 100; }),
        ["keepalive"] = Timed("TIME", (r, t) => r._cf = r._cf with { KeepAlive = t }),
        ["deadtime"] = Timed("TIME", (r, t) => r._deadTime = t),
        ["warntime"] = new("TIME", (r, w) =>
        {
            if (Time(w) is not { } t) return false;
            if (t <= TimeSpan.Zero) r.Error($"Warn time [{Ms(t)}] is invalid.", "warntime TIME, more than 0");
            r._warnTime = t;
            return true;
        }),
        ["initdead"] = Timed("TIME", (r, t) => r._initDead = t),
        ["deadping"] = Timed("TIME", (r, t) => r._deadPing = t),
        ["hopfudge"] = new("N (0 to 255)", (r, w) => Number(w) is >= 0 and <= 255 and var n && Apply(() => r._cf = r._cf with { HopFudge = n })),
        ["udpport"] = new("PORT", (r, w) =>
        {
            var port = Number(w);
            if (port <= 0) r.Error($"heartbeat: invalid port [{port}] specified.", "udpport 694");
            if (port > 65535) r.Warn($"udpport {port} is larger than 65535; 3.0.6 takes {port & 0xffff}.", "a port from 1 to 65535");
            if (r._media.Count > 0) r.Warn("udpport setting must precede media statements", "move the line above the media: those before it keep the earlier port");
            r._port = port & 0xffff;
            return true;
        }),
        ["baud"] = new("RATE", (r, w) =>
        {
            if (r._baud is not null) r.Error("baud is given twice", "one baud line");
            if (!Bauds.Contains(Number(w))) r.Error($"heartbeat: invalid baudrate [{w}] specified.", string.Join(' ', Bauds));
            if (r._media.Count > 0) r.Warn("baud setting must precede media statements", "move the line above the serial lines: those before it keep 19200");
            r._baud = Number(w);
            return true;
        }),
        ["serial"] = new("/dev/ttyS0...", (r, w) => Apply(() => r.Serial(w))),
        ["bcast"] = new("INTERFACE...", (r, w) => Apply(() => r.Bcast(w))),
        ["udp"] = new("INTERFACE...", (r, w) => Apply(() => { r.Warn("udp is the old name of bcast.", $"bcast {w}"); r.Bcast(w); })),
        ["ping"] = new("HOST...", (r, w) => Apply(() => r.Ping(w))),
        ["ping6"] = new("HOST...", (r, w) => Apply(() => r.Ping(w))),
        ["auto_failback"] = new("on | off | legacy", (r, w) =>
        {
            AutoFailback? value = w.Equals("legacy", StringComparison.OrdinalIgnoreCase) ? AutoFailback.Legacy : Boolean(w) is { } b ? b ? AutoFailback.On : AutoFailback.Off : null;
            if (value is null) return false;
            r._failbackGiven = true;
            r._cf = r._cf with { AutoFailback = value.Value };
            return true;
        }),
        ["nice_failback"] = new("on | off", (r, w) =>
        {
            if (Boolean(w) is not { } on) return false;
            r.Warn("nice_failback is obsolete.", on ? "auto_failback off" : "auto_failback legacy, or better on");
            r._failbackGiven = true;
            r._cf = r._cf with { AutoFailback = on ? AutoFailback.Off : AutoFailback.Legacy };
            return true;
        }),
        ["watchdog"] = new("/dev/watchdog", (r, w) =>
        {
            if (r._cf.Watchdog is not null) r.Error("watchdog is given twice", "one watchdog line");
            if (r._facts.Stat(w) is null) r.Warn($"Cannot open watchdog device: {w}", "load softdog or the machine's watchdog driver");
            r._cf = r._cf with { Watchdog = w };
            return true;
        }),
        ["msgfmt"] = new("classic | netstring", (r, w) => w is "classic" or "netstring" && Apply(() => r._cf = r._cf with { MessageFormat = w == "classic" ? MessageFormat.Classic : MessageFormat.Netstring })),
        ["compression"] = new("zlib | bz2", (r, w) =>
        {
            if (w is not ("zlib" or "bz2")) r.Error($"Compression module({w}) not found", "compression zlib");
            r._cf = r._cf with { Compression = w };
            return true;
        }),
        ["compression_threshold"] = new("KB, more than 0", (r, w) => Number(w) is > 0 and var n && Apply(() => r._cf = r._cf with { CompressionThresholdKib = n })),
        ["traditional_compression"] = Flag((r, b) => r._cf = r._cf with { TraditionalCompression = b }),
        ["max_rexmit_delay"] = new("MILLISECONDS", (r, w) =>
        {
            if (Number(w) <= 0) r.Error($"Invalid max_rexmit_delay time({Number(w)})", "max_rexmit_delay 250");
            r._cf = r._cf with { MaxRexmitDelay = TimeSpan.FromMilliseconds(Math.Max(1, Number(w))) };
            return true;
        }),
        ["logfile"] = Logging("PATH", (r, w) => r._cf = r._cf with { LogFile = w }),
        ["debugfile"] = Logging("PATH", (r, w) => r._cf = r._cf with { DebugFile = w }),
        ["logfacility"] = new("FACILITY | none", (r, w) =>
        {
            r._logging = true;
            if (w != "none" && !Facilities.Contains(w)) r.Error($"Log facility({w}) not valid", "a syslog facility such as local0, or none");
            r._cf = r._cf with { LogFacility = w == "none" ? null : w };
            return true;
        }),
        ["use_logd"] = Flag((r, b) => { r._logging = true; r._cf = r._cf with { UseLogd = b }; }),
        ["conn_logd_time"] = Timed("TIME", (_, _) => { }),
        ["syslogmsgfmt"] = Flag((r, b) => r._cf = r._cf with { SyslogMessageFormat = b }),
        ["log_badpack"] = Flag((r, b) => r._cf = r._cf with { LogBadPackets = b }),
        ["debug"] = new("N (0 to 255)", (r, w) => Number(w) is >= 0 and <= 255 and var n && Apply(() => r._cf = r._cf with { Debug = n })),
        ["realtime"] = Flag((r, b) => r._cf = r._cf with { RealTime = b }),
        ["rtprio"] = new("PRIORITY (1 to 99)", (r, w) =>
        {
            if (Number(w) is < 1 or > 99) r.Error($"Illegal realtime priority [{w}]", "rtprio 1 to 99");
            r._cf = r._cf with { RealTimePriority = Number(w) };
            return true;
        }),
        ["memreserve"] = new("KB, more than 0", (r, w) => Number(w) is > 0 and var n && Apply(() => r._cf = r._cf with { MemoryReserveKib = n })),
        ["hbgenmethod"] = Choice("hb generation method", ["file", "time"], (r, w) => r._cf = r._cf with { GenerationMethod = w == "file" ? GenerationMethod.File : GenerationMethod.Time }, "Illegal {0} [{1}]"),
        ["uuidfrom"] = Choice("uuidfrom directive", ["file", "nodename"], (r, w) => r._cf = r._cf with { UuidFrom = w == "file" ? UuidSource.File : UuidSource.NodeName }, "Invalid {0} [{1}]"),
        ["autojoin"] = new("none", (r, w) =>
        {
            if (w is not ("none" or "other" or "any")) return false;
            if (w != "none") r.Error("R1 style resource management conflicts with  autojoin set", "autojoin none");
            return true;
        }),
        ["crm"] = new("no", (r, w) => r.Manager(w)),
        ["pacemaker"] = new("no", (r, w) => r.Manager(w)),
        ["cluster_layer"] = new("heartbeat", (r, w) => w == "heartbeat"),
        ["cluster"] = new("NAME", (r, w) => Apply(() => r._cf = r._cf with { Cluster = w })),
        ["coredumps"] = Flag((r, b) => r._cf = r._cf with { CoreDumps = b }),
        ["coreroot"] = new("DIRECTORY", (r, w) => Apply(() => r._cf = r._cf with { CoreRoot = w })),
        ["env"] = new("NAME=VALUE", (r, w) =>
        {
            var at = w.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) return false;
            r._environment.Add((w[..at], w[(at + 1)..]));
            return true;
        }),
        ["use_apphbd"] = Flag((_, _) => { }),
        ["normalpoll"] = Flag((_, _) => { }),
        ["crmd_spawns_pengine"] = Flag((_, _) => { }),
        ["record_config_changes"] = Flag((_, _) => { }),
        ["record_pengine_inputs"] = Flag((_, _) => { }),
        ["enable_config_writes"] = Flag((_, _) => { }),
        ["crm_daemon_dir"] = new("DIRECTORY", (_, _) => true),
        ["quorum_server"] = new("HOST", (_, _) => true),
    };

    private bool Manager(string word)
    {
        if (Boolean(word) is { } on) _cf = _cf with { Crm = on };
        else if (word.ToLowerInvariant() is "respawn" or "manual" or "maybe") _cf = _cf with { Crm = true };
        else return false;
        return true;
    }

    private static Option Timed(string form, Action<HaCfReader, TimeSpan> set) => new(form + ": seconds, or a number with ms directly behind it", (r, w) =>
    {
        if (Time(w) is not { } time || time <= TimeSpan.Zero) return false;
        set(r, time);
        return true;
    });

    private static Option Flag(Action<HaCfReader, bool> set) => new("on | off", (r, w) =>
    {
        if (Boolean(w) is not { } value) return false;
        set(r, value);
        return true;
    });

    private static Option Logging(string form, Action<HaCfReader, string> set) => new(form, (r, w) =>
    {
        r._logging = true;
        set(r, w);
        return true;
    });

    private static Option Choice(string what, string[] words, Action<HaCfReader, string> set, string complaint) => new(string.Join(" | ", words), (r, w) =>
    {
        if (!words.Contains(w)) r.Error(string.Format(CultureInfo.InvariantCulture, complaint, what, w), string.Join(" or ", words));
        else set(r, w);
        return true;
    });

    private static bool Apply(Action action)
    {
        action();
        return true;
    }

    /// <summary>As C's atoi: leading digits, 0 when there are none.</summary>
    private static int Number(string word)
    {
        var sign = word.StartsWith('-') ? 1 : 0;
        var end = word.AsSpan(sign).IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? word[sign..] : word.Substring(sign, end);
        return int.TryParse(digits, out var number) ? sign == 1 ? -number : number : 0;
    }
}
