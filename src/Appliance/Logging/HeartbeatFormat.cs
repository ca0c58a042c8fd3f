using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace Appliance.Logging;

/// <summary>The lines of heartbeat 3.0.6's log files, both forms: people and programs read them by their columns.</summary>
/// <param name="node">Our name, as <c>uname -n</c> says it.</param>
/// <param name="syslogForm">Directive <c>syslogmsgfmt</c>, by default true.</param>
internal sealed class HeartbeatFormat(string node, bool syslogForm) : ITextFormatter
{
    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output) => output.Write(Line(LogLine.Of(logEvent)) + "\n");

    /// <summary>One line, without its end.</summary>
    public string Line(LogLine line)
    {
        var (word, text) = (LogLine.Word(line.Priority), WithResource(line));
        return syslogForm
            ? string.Create(CultureInfo.InvariantCulture, $"{line.At:MMM dd HH:mm:ss} {node} {line.Program}: [{line.ProcessId}]: {word}: {text}")
            : string.Create(CultureInfo.InvariantCulture, $"{line.Program}[{line.ProcessId}]: {line.At:yyyy/MM/dd_HH:mm:ss} {word}: {text}");
    }

    /// <summary>The text as people read it: a resource's line names the resource, unless it does so already.</summary>
    public static string WithResource(LogLine line) =>
        line.Resource is null || line.Text.Contains(line.Resource, StringComparison.Ordinal) ? line.Text : $"{line.Resource}: {line.Text}";
}
