using System.Globalization;
using System.Text;
using Appliance.Core.Diagnostics;

namespace Appliance.Logging;

/// <summary>The machine's syslog daemon, over /dev/log, in the form of RFC 3164 (without the host name, which local senders leave out).</summary>
internal sealed class SyslogSink(string facility, Func<TimeSpan> clock, string socketPath = "/dev/log") : DatagramSink(socketPath, clock)
{
    private readonly int _facility = Facility(facility) ?? Facility("daemon")!.Value;

    /// <summary>RFC 3164, 4.1.1 and syslog.h's names; <c>null</c> for a name that is none.</summary>
    public static int? Facility(string name) => name switch
    {
        "kern" => 0, "user" => 1, "mail" => 2, "daemon" => 3, "auth" or "security" => 4, "syslog" => 5, "lpr" => 6, "news" => 7,
        "uucp" => 8, "cron" => 9, "authpriv" => 10, "ftp" => 11,
        "local0" => 16, "local1" => 17, "local2" => 18, "local3" => 19, "local4" => 20, "local5" => 21, "local6" => 22, "local7" => 23,
        _ => null,
    };

    /// <summary>RFC 3164, 4.1.1.</summary>
    public static int Severity(LogPriority priority) => priority switch
    {
        LogPriority.Emerg => 0,
        LogPriority.Crit => 2,
        LogPriority.Error => 3,
        LogPriority.Warn => 4,
        LogPriority.Notice => 5,
        LogPriority.Info => 6,
        _ => 7,
    };

    protected override byte[] Encode(LogLine line) => Encoding.UTF8.GetBytes(Datagram(line));

    /// <summary>As text: <c>&lt;30&gt;Nov 20 20:17:35 heartbeat: [17]: info: ...</c>; the day is padded with a blank here, unlike in 3.0.6's files.</summary>
    public string Datagram(LogLine line) => string.Create(CultureInfo.InvariantCulture,
        $"<{_facility * 8 + Severity(line.Priority)}>{line.At:MMM} {line.At.Day,2} {line.At:HH:mm:ss} {line.Program}: [{line.ProcessId}]: {LogLine.Word(line.Priority)}: {HeartbeatFormat.WithResource(line)}");
}
