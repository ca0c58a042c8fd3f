using System.Diagnostics;
using Appliance.Core.Diagnostics;
using Serilog;
using Serilog.Core;

namespace Appliance.Logging;

/// <summary>The one way to log: a line in, and it reaches every place that ha.cf names. Never waits, never throws.</summary>
internal sealed class ApplianceLog : IDisposable
{
    private readonly Logger _logger;
    private readonly SinkQueue _queue;
    private readonly TimeProvider _time;
    private readonly int _processId;
    private int _debugLevel;

    /// <param name="processId">The daemon's pid as operators know it (that of the pid file).</param>
    public ApplianceLog(IReadOnlyList<IBurstSink> sinks, TimeProvider time, int processId, int debugLevel)
    {
        (_time, _processId, _debugLevel) = (time, processId, debugLevel);
        _queue = new SinkQueue(sinks, lost => Line(LogPriority.Warn, $"{lost} log lines lost: they came faster than they could be written", null, "heartbeat").ToEvent());
        _logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(_queue).CreateLogger();
    }

    /// <summary>Debug lines are kept from level 1 on (directive <c>debug</c>, SIGUSR1, SIGUSR2).</summary>
    public int DebugLevel
    {
        get => Volatile.Read(ref _debugLevel);
        set => Volatile.Write(ref _debugLevel, Math.Clamp(value, 0, 255));
    }

    /// <summary>Opens what the targets name.</summary>
    public static ApplianceLog Open(LogTargets targets, string node, bool syslogForm, int processId, int debugLevel)
    {
        var format = new HeartbeatFormat(node, syslogForm);
        var sinks = new List<IBurstSink>();
        if (targets.Stderr) sinks.Add(new StderrSink(format, Console.Error));
        if (targets.LogFile is not null) sinks.Add(new FileSink(targets.LogFile, format, withDebug: false, Elapsed));
        if (targets.DebugFile is not null) sinks.Add(new FileSink(targets.DebugFile, format, withDebug: true, Elapsed));
        if (targets.Journal) sinks.Add(new JournalSink(node, targets.Facility, Elapsed));
        else if (targets.Facility is not null) sinks.Add(new SyslogSink(targets.Facility, Elapsed));
        return new(sinks, TimeProvider.System, processId, debugLevel);

        static TimeSpan Elapsed() => Stopwatch.GetElapsedTime(0);
    }

    /// <param name="text">In 3.0.6's words where it has any. Never an object: passwords hide in those.</param>
    /// <param name="resource">The resource group it is about.</param>
    public void Write(LogPriority priority, string text, string? resource = null, string program = "heartbeat")
    {
        if (priority == LogPriority.Debug && DebugLevel == 0) return;
        _logger.Write(Line(priority, text, resource, program).ToEvent());
    }

    /// <summary>A line of the agents' room.</summary>
    /// <param name="source">Who speaks: a part that is a program of its own in 3.0.6 (<c>ResourceManager</c>, <c>harc</c>), or a resource.</param>
    public void FromAgent(LogPriority priority, string source, string text)
    {
        if (source is "ResourceManager" or "harc") Write(priority, $"{source}: {text}");
        else Write(priority, text, source);
    }

    public void Debug(string text) => Write(LogPriority.Debug, text);
    public void Info(string text) => Write(LogPriority.Info, text);
    public void Warn(string text) => Write(LogPriority.Warn, text);
    public void Error(string text) => Write(LogPriority.Error, text);
    public void Crit(string text) => Write(LogPriority.Crit, text);

    /// <summary>Writes what is queued, for at most two seconds.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _logger.Dispose();
    }

    private LogLine Line(LogPriority priority, string text, string? resource, string program) =>
        new(_time.GetLocalNow(), priority, program, _processId, resource, text);
}
