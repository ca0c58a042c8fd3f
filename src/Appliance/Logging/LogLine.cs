using Appliance.Core.Diagnostics;
using Serilog.Events;
using Serilog.Parsing;

namespace Appliance.Logging;

/// <summary>One line for the log as it travels through Serilog: scalars only, so that it survives Native AOT and can hold no object's secrets.</summary>
/// <param name="Program">Who says it: <c>heartbeat</c>, or the name of the part that 3.0.6 runs as a program of its own.</param>
/// <param name="Resource">The resource group it is about; <c>null</c> for none.</param>
internal readonly record struct LogLine(DateTimeOffset At, LogPriority Priority, string Program, int ProcessId, string? Resource, string Text)
{
    /// <summary>Longest text kept, in characters: a log line is for people, and the journal takes a datagram.</summary>
    public const int LongestText = 4096;

    private static readonly MessageTemplate Template = new MessageTemplateParser().Parse("{Text:l}");

    /// <summary>Control characters would let an agent's output forge lines, or move the reader's cursor.</summary>
    public static string Clean(string text)
    {
        var kept = text.Length > LongestText ? text[..LongestText] + "..." : text;
        kept = kept.TrimEnd('\n', '\r');
        foreach (var c in kept)
            if (char.IsControl(c) && c != '\t') return string.Create(kept.Length, kept, static (to, from) =>
            {
                for (var i = 0; i < from.Length; i++) to[i] = from[i] is '\n' or '\r' ? ' ' : char.IsControl(from[i]) && from[i] != '\t' ? '?' : from[i];
            });
        return kept;
    }

    public LogEvent ToEvent() => new(At, Level(Priority), null, Template,
    [
        new("Text", new ScalarValue(Clean(Text))),
        new("Priority", new ScalarValue(Priority)),
        new("Program", new ScalarValue(Program)),
        new("ProcessId", new ScalarValue(ProcessId)),
        new("Resource", new ScalarValue(Resource)),
    ]);

    public static LogLine Of(LogEvent logged) => new(
        logged.Timestamp,
        Scalar(logged, "Priority") is LogPriority priority ? priority : PriorityOf(logged.Level),
        Scalar(logged, "Program") as string ?? "heartbeat",
        Scalar(logged, "ProcessId") as int? ?? Environment.ProcessId,
        Scalar(logged, "Resource") as string,
        Scalar(logged, "Text") as string ?? Clean(logged.RenderMessage(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The word of 3.0.6's logs.</summary>
    public static string Word(LogPriority priority) => priority switch
    {
        LogPriority.Debug => "debug",
        LogPriority.Info => "info",
        LogPriority.Notice => "notice",
        LogPriority.Warn => "WARN",
        LogPriority.Error => "ERROR",
        LogPriority.Crit => "CRIT",
        _ => "EMERG",
    };

    private static object? Scalar(LogEvent logged, string name) => logged.Properties.TryGetValue(name, out var value) && value is ScalarValue scalar ? scalar.Value : null;

    private static LogEventLevel Level(LogPriority priority) => priority switch
    {
        LogPriority.Debug => LogEventLevel.Debug,
        LogPriority.Info or LogPriority.Notice => LogEventLevel.Information,
        LogPriority.Warn => LogEventLevel.Warning,
        LogPriority.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };

    private static LogPriority PriorityOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => LogPriority.Debug,
        LogEventLevel.Information => LogPriority.Info,
        LogEventLevel.Warning => LogPriority.Warn,
        LogEventLevel.Error => LogPriority.Error,
        _ => LogPriority.Crit,
    };
}
