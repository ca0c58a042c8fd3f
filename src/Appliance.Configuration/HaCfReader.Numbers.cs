namespace Appliance.Configuration;

/// <summary>Directives whose value is a time or a number.</summary>
internal sealed partial class HaCfReader
{
    private const int DefaultPort = 694;      // IANA: ha-cluster
    private int? _port;
    private int _baud = 19200;
    private Place? _keepAlive, _deadTime, _initDead, _warnTime;
    private Place? _deadPing;
    private bool _timesBad;

    private void TimeOption(Place at, string value)
    {
        var ms = Numbers.Milliseconds(value, out var clean);
        var message = at.Directive switch
        {
            "warntime" when ms <= 0 => $"Warn time [{value}] is invalid.",
            "keepalive" or "conn_logd_time" when ms <= 0 => $"{at.Directive} [{value}] is not a time above zero",
            _ when ms < 0 => $"{at.Directive} [{value}] is not a time",
            _ => null,
        };
        if (message is not null)
        {
            Error(at, message, "seconds, with decimals if need be, or a number directly followed by ms or us: 2, 1.5, 200ms");
            _timesBad = true;
            return;
        }
        if (!clean) Warn(at, $"{at.Directive} [{value}] is read as {Text(ms)}ms", "write it so");
        var time = TimeSpan.FromMilliseconds(ms);
        switch (at.Directive)
        {
            case "keepalive": (_cf, _keepAlive) = (_cf with { KeepAlive = time }, at); break;
            case "deadtime": (_cf, _deadTime) = (_cf with { DeadTime = time }, at); break;
            case "initdead": (_cf, _initDead) = (_cf with { InitDead = time }, at); break;
            case "warntime": (_cf, _warnTime) = (_cf with { WarnTime = time }, at); break;
            case "deadping": (_cf, _deadPing) = (_cf with { DeadPing = time }, at); break;
        }
    }

    private void NumberOption(Place at, string value)
    {
        var number = Numbers.Atoi(value, out var complete);
        if (RefusedNumber(at.Directive, number, value) is var (message, remedy))
        {
            Error(at, message, remedy);
            return;
        }
        if (!complete) Warn(at, $"{at.Directive} [{value}] is read as {number}", "write it so");
        switch (at.Directive)
        {
            case "hopfudge": _cf = _cf with { HopFudge = number }; break;
            case "debug": _cf = _cf with { Debug = number }; break;
            case "memreserve": _cf = _cf with { MemoryReserveKib = number }; break;
            case "rtprio": _cf = _cf with { RealTimePriority = number }; break;
            case "max_rexmit_delay": _cf = _cf with { MaxRexmitDelay = TimeSpan.FromMilliseconds(number) }; break;
            case "compression_threshold": _cf = _cf with { CompressionThresholdKib = number }; break;
            case "baud": Baud(at, number); break;
            case "udpport": UdpPort(at, number); break;
        }
    }

    private static (string Message, string Remedy)? RefusedNumber(string directive, int number, string value) => directive switch
    {
        "hopfudge" or "debug" when number is < 0 or > 255 => ($"{directive} [{value}] is out of range", "a number from 0 to 255"),
        "memreserve" when number <= 0 => ($"memreserve [{value}] is not a size", "a number of kilobytes above zero"),
        "rtprio" when number is < 1 or > 99 => ($"Illegal realtime priority [{value}]", "a number from 1 to 99"),
        "max_rexmit_delay" when number <= 0 => ($"Invalid max_rexmit_delay time({value})", "a number of milliseconds above zero"),
        "compression_threshold" when number <= 0 => ($"set_compression_threshold: compress_threshhold({value}) invalid", "a number of kilobytes above zero"),
        "baud" when !Bauds.Contains(number) => ($"heartbeat: invalid baudrate [{value}] specified.", string.Join(", ", Bauds)),
        "udpport" when number <= 0 => ($"heartbeat: invalid port [{value}] specified.", "a number from 1 to 65535; 694 is reserved for this purpose"),
        "udpport" when (number & 0xFFFF) == 0 => ($"heartbeat: invalid port [{value}] specified.", "it would wrap to 0; a number from 1 to 65535"),
        _ => null,
    };

    private void Baud(Place at, int number)
    {
        if (_baudSeen) Error(at, "heartbeat: Baudrate multiply specified.", "one baud rate holds for all serial media; delete the other line");
        if (_media.Exists(m => m is MediumSpec.Serial)) Warn(at, "heartbeat: baudrate setting must precede media statements", "move the line above the first serial line, which runs at 19200");
        (_baud, _baudSeen) = (number, true);
    }

    private void UdpPort(Place at, int number)
    {
        var port = number & 0xFFFF;
        if (port != number) Warn(at, $"udpport {number} is above 65535: it wraps to {port}", "a number from 1 to 65535");
        if (_facts.UdpService(port) is { } service && service != "ha-cluster") Warn(at, $"heartbeat: udp port {port} reserved for service \"{service}\".", "choose another one, or 694");
        if (_media.Exists(UsesUdpPort)) Warn(at, "heartbeat: udpport setting must precede media statements", "move the line above the first bcast and ucast line: kinds of media that were already used keep their port");
        _port = port;
    }

    private static bool UsesUdpPort(MediumSpec medium) => medium is MediumSpec.Bcast or MediumSpec.Ucast or MediumSpec.Ucast6;

    /// <summary>In 3.0.6 each kind of medium learns the port once, when the first of its kind is read.</summary>
    private int PortFor<T>(Func<T, int> port) where T : MediumSpec =>
        _media.OfType<T>().FirstOrDefault() is { } first ? port(first) : _port ?? _facts.UdpPort("ha-cluster") ?? DefaultPort;
}
