using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>Directives of which every word is a value. Where 3.0.6 refuses without a word, the words are ours.</summary>
internal sealed partial class HaCfReader
{
    private const int MaxNodes = 100, MaxNodeNameBytes = 99;      // 3.0.6: MAXNODE, HOSTLENG

    private static readonly string[] Facilities =
    [
        "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "security", "syslog", "user", "uucp",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    private static readonly int[] Bauds = [9600, 19200, 38400, 57600, 115200, 230400, 460800];

    private readonly List<string> _nodes = [];
    private readonly List<Place> _nodePlaces = [];
    private bool _baudSeen, _crmSeen, _nodesTooMany;
    private bool? _useLogd;
    private Place? _traditional;

    private void Option(Place at, string value)
    {
        switch (at.Directive)
        {
            case "node": Node(at, value); break;
            case "cluster": _cf = _cf with { Cluster = value }; break;
            case "keepalive" or "deadtime" or "initdead" or "deadping" or "warntime" or "conn_logd_time": TimeOption(at, value); break;
            case "hopfudge" or "debug" or "memreserve" or "rtprio" or "max_rexmit_delay" or "compression_threshold" or "udpport" or "baud": NumberOption(at, value); break;
            case "auto_failback": AutoFailbackOption(at, value); break;
            case "nice_failback": NiceFailback(at, value); break;
            case "logfile": _cf = _cf with { LogFile = value }; break;
            case "debugfile": _cf = _cf with { DebugFile = value }; break;
            case "logfacility": LogFacilityOption(at, value); break;
            case "watchdog": WatchdogOption(at, value); break;
            case "sbd_device": SbdDevice(at, value); break;
            case "sbd_startmode": SbdStartModeOption(at, value); break;
            case "msgfmt" or "hbgenmethod" or "uuidfrom" or "autojoin" or "compression": WordOption(at, value); break;
            case "crm" or "pacemaker": Crm(at, value); break;
            case "env": Environment(at, value); break;
            case "coreroot": CoreRootOption(at, value); break;
            case "crm_daemon_dir": Error(at, $"crm_daemon_dir [{value}] is of use only with pacemaker", "delete the line: 3.0.6 refuses it too"); break;
            case "quorum_server": Warn(at, "quorum_server has no effect without pacemaker", "delete the line"); break;
            default: BooleanOption(at, value); break;
        }
    }

    private void Node(Place at, string value)
    {
        var name = value.ToLowerInvariant();
        if (name != value) Warn(at, $"node name [{value}] is taken as [{name}]", "node names are compared in lower case; write them so");
        if (_nodes.Contains(name))
        {
            Warn(at, $"node [{name}] is named twice", "name every node once");
            return;
        }
        if (_nodes.Count == MaxNodes)
        {
            if (!_nodesTooMany) Error(at, $"there are more than {MaxNodes} nodes", "a cluster has at most that many");
            _nodesTooMany = true;
            return;
        }
        if (System.Text.Encoding.UTF8.GetByteCount(value) > MaxNodeNameBytes) Warn(at, $"the node name is longer than {MaxNodeNameBytes} bytes: 3.0.6 cuts it", "choose a shorter one");
        _nodes.Add(name);
        _nodePlaces.Add(at);
        _cf = _cf with { Nodes = [.. _nodes] };
    }

    private void AutoFailbackOption(Place at, string value)
    {
        var meant = value.Equals("legacy", StringComparison.OrdinalIgnoreCase) ? AutoFailback.Legacy
            : Numbers.Boolean(value) is { } on ? on ? AutoFailback.On : AutoFailback.Off : (AutoFailback?)null;
        if (meant is null) Error(at, $"auto_failback [{value}] is not known", "on, off or legacy");
        else _cf = _cf with { AutoFailback = meant.Value };
    }

    /// <summary>The value does not matter in 3.0.6: after <c>auto_failback on</c> or <c>off</c> it means off, otherwise legacy.</summary>
    private void NiceFailback(Place at, string value)
    {
        const string obsolete = "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.";
        if (Numbers.Boolean(value) is null) Error(at, obsolete, "auto_failback on, off or legacy; see documentation for details.");
        else if (_cf.AutoFailback == AutoFailback.Legacy)
            Warn(at, $"{obsolete} nice_failback {value} has been strictly interpreted as 'auto_failback legacy'", "Consider converting to 'auto_failback on'. When you do, then you can use ipfail, and hb_standby");
        else
        {
            Warn(at, $"{obsolete} 'nice_failback {value}' has been changed to 'auto_failback off'", "delete the line, and say what you want with auto_failback");
            _cf = _cf with { AutoFailback = AutoFailback.Off };
        }
    }

    private void LogFacilityOption(Place at, string value)
    {
        if (value == "none") _cf = _cf with { LogFacility = null };
        else if (Facilities.Contains(value)) _cf = _cf with { LogFacility = value };
        else Error(at, $"Log facility({value}) not valid", Nearest.Of(value, Facilities.Append("none")) is { } meant ? $"did you mean {meant}?" : "daemon, local0 to local7, or none, in lower case");
    }

    private void WatchdogOption(Place at, string value)
    {
        if (_cf.Watchdog is not null) Error(at, "heartbeat: Watchdog device multiply specified.", "a machine is rebooted by one watchdog; delete the others");
        else if (_facts.Stat(value) is null) Warn(at, $"Cannot open watchdog device [{value}]: it does not exist now", "load its driver (modprobe softdog, or the hardware's) before the daemon starts");
        _cf = _cf with { Watchdog = value };
    }

    private void WordOption(Place at, string value)
    {
        switch (at.Directive, value)
        {
            case ("msgfmt", "classic" or "netstring"):
                _cf = _cf with { MessageFormat = value == "classic" ? MessageFormat.Classic : MessageFormat.Netstring };
                Warn(at, "msgfmt does not change what UDP media carry", "they use netstrings whatever it says, as in 3.0.6; delete the line");
                break;
            case ("msgfmt", _): Error(at, $"msgfmt [{value}] is not known", "classic or netstring, in lower case"); break;
            case ("hbgenmethod", "file"): _cf = _cf with { GenerationMethod = GenerationMethod.File }; break;
            case ("hbgenmethod", "time"): _cf = _cf with { GenerationMethod = GenerationMethod.Time }; break;
            case ("hbgenmethod", _): Error(at, $"Illegal hb generation method [{value}]", "file or time, in lower case"); break;
            case ("uuidfrom", "file"): _cf = _cf with { UuidFrom = UuidSource.File }; break;
            case ("uuidfrom", "nodename"): _cf = _cf with { UuidFrom = UuidSource.NodeName }; break;
            case ("uuidfrom", _): Error(at, $"Invalid uuidfrom directive [{value}]", "file or nodename, in lower case"); break;
            case ("autojoin", "none"): break;
            case ("autojoin", "any" or "other"):
                Error(at, "R1 style resource management conflicts with  autojoin set", "autojoin none: resources of haresources run on named nodes only"); break;
            case ("autojoin", _): Error(at, $"Invalid autojoin directive [{value}]", "none"); break;
            case (_, "zlib" or "bz2"):
                if (_cf.Compression is { } before && before != value) Warn(at, $"compression was [{before}]: [{value}] counts", "choose one");
                _cf = _cf with { Compression = value };
                break;
            default: Error(at, $"Compression module({value}) not found", "zlib or bz2, in lower case"); break;
        }
    }

    private void Crm(Place at, string value)
    {
        if (_crmSeen) Error(at, "pacemaker/crm directive used multiple times!", "keep one of the lines, \"crm no\", or none");
        _crmSeen = true;
        var on = Numbers.Boolean(value) ?? (value.ToLowerInvariant() is "respawn" or "manual" or "minimal" or "valgrind" or "ccm-only" ? true : null);
        if (on is null) Error(at, $"{at.Directive} [{value}] is not known", "on: resources are those of the CIB, or off: those of haresources");
        else _cf = _cf with { Crm = on.Value };
    }

    private void Environment(Place at, string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals == 0) Error(at, $"set_env: invalid nvpair({value})", "env NAME=VALUE");
        else
        {
            if (equals < 0) Warn(at, $"env [{value}] has no value: the variable is empty", "env NAME=VALUE");
            var (name, text) = equals < 0 ? (value, "") : (value[..equals], value[(equals + 1)..]);
            _cf = _cf with { ChildEnvironment = _cf.ChildEnvironment.Add((name, text)) };
        }
    }

    private void CoreRootOption(Place at, string value)
    {
        if (value[0] != '/') Error(at, $"Invalid core directory [{value}]: Invalid argument", "the full path of a directory");
        _cf = _cf with { CoreRoot = value };
    }

    private void BooleanOption(Place at, string value)
    {
        if (Numbers.Boolean(value) is not { } on)
        {
            var message = at.Directive switch
            {
                "traditional_compression" => $"set_traditional_compression:Invalid directive value {value}",
                "record_config_changes" or "record_pengine_inputs" or "enable_config_writes" or "crmd_spawns_pengine" => $"ha_config_check_boolean:Invalid directive value {value}",
                _ => $"{at.Directive} [{value}] is neither true nor false",
            };
            Error(at, message, "on or off");
            return;
        }
        switch (at.Directive)
        {
            case "realtime": _cf = _cf with { RealTime = on }; break;
            case "log_badpack": _cf = _cf with { LogBadPackets = on }; break;
            case "syslogmsgfmt": _cf = _cf with { SyslogMessageFormat = on }; break;
            case "coredumps": _cf = _cf with { CoreDumps = on }; break;
            case "use_logd": _useLogd = on; break;
            case "traditional_compression":
                _cf = _cf with { TraditionalCompression = on };
                _traditional = on ? at : null;
                break;
            case "use_apphbd" when on: Warn(at, "apphbd is not supported: the daemon does not register with it", "delete the line; the parts of the daemon watch each other"); break;
            case "record_config_changes" or "record_pengine_inputs" or "enable_config_writes" or "crmd_spawns_pengine":
                _problems.Info(at.Line, at.Column, $"{at.Directive} has no effect without pacemaker", "delete the line");
                break;
        }
    }
}
