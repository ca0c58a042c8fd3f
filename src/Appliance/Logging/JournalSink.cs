using System.Globalization;
using System.Text;

namespace Appliance.Logging;

/// <summary>systemd's journal in its native protocol: fields that <c>journalctl APPLIANCE_RESOURCE=...</c> can select by.</summary>
/// <remarks>Source: systemd, docs/JOURNAL_NATIVE_PROTOCOL.md. Values hold no newline here (<see cref="LogLine.Clean"/>), so the simple form serves for all.</remarks>
internal sealed class JournalSink(string node, string? facility, Func<TimeSpan> clock, string socketPath = JournalSink.DefaultPath) : DatagramSink(socketPath, clock)
{
    public const string DefaultPath = "/run/systemd/journal/socket";

    protected override byte[] Encode(LogLine line) => Encoding.UTF8.GetBytes(Datagram(line));

    public string Datagram(LogLine line)
    {
        var text = new StringBuilder();
        Add("MESSAGE", $"{LogLine.Word(line.Priority)}: {HeartbeatFormat.WithResource(line)}");
        Add("PRIORITY", SyslogSink.Severity(line.Priority).ToString(CultureInfo.InvariantCulture));
        Add("SYSLOG_IDENTIFIER", line.Program);
        Add("SYSLOG_PID", line.ProcessId.ToString(CultureInfo.InvariantCulture));
        if (facility is not null && SyslogSink.Facility(facility) is { } number) Add("SYSLOG_FACILITY", number.ToString(CultureInfo.InvariantCulture));
        Add("APPLIANCE_NODE", node);
        if (line.Resource is not null) Add("APPLIANCE_RESOURCE", LogLine.Clean(line.Resource));
        return text.ToString();

        void Add(string name, string value) => text.Append(name).Append('=').Append(value.Replace('\n', ' ')).Append('\n');
    }
}
