using System.Text;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Serilog.Events;

namespace Appliance.Logging;

/// <summary>A log file. It may vanish, be rotated, fill its disk or lie in a missing directory: then lines are lost and counted, and nothing else happens.</summary>
/// <remarks>
/// The file is opened anew for a burst when the last opening is a second old, so that logrotate needs neither a signal nor copytruncate; opened for
/// appending, as resource scripts write into the same file (HA_LOGFILE).
/// </remarks>
internal sealed class FileSink(string path, HeartbeatFormat format, bool withDebug, Func<TimeSpan> clock) : IBurstSink, IDisposable
{
    private const int Mode = 0x1A4;                     // 0644, as 3.0.6 creates its files under umask 022
    private const int LargestBurst = 64 * 1024;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly StringBuilder _burst = new();
    private Descriptor? _file;
    private TimeSpan _opened = TimeSpan.MinValue, _failed = TimeSpan.MinValue;
    private long _inBurst, _lost;
    private string _fault = "";

    /// <summary>Lines that could not be written since the file last worked.</summary>
    public long Lost => _lost;

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        var line = LogLine.Of(logEvent);
        if (line.Priority == LogPriority.Debug && !withDebug) return;
        _burst.Append(format.Line(line)).Append('\n');
        _inBurst++;
        if (_burst.Length > LargestBurst) BurstEnded();
    }

    /// <inheritdoc/>
    public void BurstEnded()
    {
        if (_burst.Length == 0) return;
        try
        {
            Write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _lost += _inBurst;
            _failed = clock();
            _fault = e.Message;
            Close();
        }
        _burst.Clear();
        _inBurst = 0;
    }

    public void Dispose() => Close();

    private void Write()
    {
        var now = clock();
        if (_failed != TimeSpan.MinValue && now - _failed < Fresh) throw new IOException(_fault);     // not a system call per line while it is broken
        if (_file is null || now - _opened >= Fresh)
        {
            Close();
            _file = AppendFile.Open(path, Mode);
            _opened = now;
        }
        if (_lost > 0)
        {
            var report = new LogLine(DateTimeOffset.Now, LogPriority.Warn, "heartbeat", Environment.ProcessId, null, $"{_lost} log lines lost: {_fault}");
            _burst.Insert(0, format.Line(report) + "\n");
        }
        _file.WriteAll(Encoding.UTF8.GetBytes(_burst.ToString()), path);
        (_lost, _failed) = (0, TimeSpan.MinValue);
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
