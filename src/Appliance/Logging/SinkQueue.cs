using System.Threading.Channels;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Serilog.Core;
using Serilog.Events;

namespace Appliance.Logging;

/// <summary>A sink that is told when a burst is over, so that it can write many lines at once.</summary>
internal interface IBurstSink : ILogEventSink
{
    /// <summary>No more lines for now. Never throws.</summary>
    void BurstEnded();
}

/// <summary>Between those who log and the disk: a bounded queue and one thread. Logging never waits; what does not fit is counted, and said later.</summary>
internal sealed class SinkQueue : ILogEventSink, IDisposable
{
    /// <summary>Lines on the way: several seconds of the worst storm seen (a wrong key makes 15 lines per packet), about 1 MB.</summary>
    public const int Room = 4096;

    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(2);    // a dead disk must not keep the process from ending

    private readonly Channel<LogEvent> _lines = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(Room) { SingleReader = true });
    private readonly IReadOnlyList<IBurstSink> _sinks;
    private readonly Func<long, LogEvent> _lossReport;
    private readonly Thread _thread;
    private readonly Bell _bell = new();
    private long _lost;
    private int _rung;
    private volatile bool _ended;

    /// <param name="lossReport">Makes the line that says how many were lost.</param>
    public SinkQueue(IReadOnlyList<IBurstSink> sinks, Func<long, LogEvent> lossReport)
    {
        (_sinks, _lossReport) = (sinks, lossReport);
        _thread = new Thread(Work, ThreadStack.Of(256 * 1024)) { Name = "log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Lines that found the queue full, ever.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        if (!_lines.Writer.TryWrite(logEvent)) Interlocked.Increment(ref _lost);
        if (Interlocked.Exchange(ref _rung, 1) == 0) _bell.Ring();      // once for a burst: whoever logs has better things to do
    }

    /// <summary>Writes what is queued, for a bounded time.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _ended = true;
        _bell.Ring();
        _thread.Join(LongestFarewell);
        foreach (var sink in _sinks.OfType<IDisposable>()) sink.Dispose();
    }

    private void Work()
    {
        long reported = 0;
        for (var last = false; !last;)
        {
            _bell.Wait();
            Interlocked.Exchange(ref _rung, 0);
            last = _ended;      // looked at before the lines: those that came before the end are written
            while (_lines.Reader.TryRead(out var line)) Hand(line);
            if (Lost is var lost && lost > reported)
            {
                Hand(_lossReport(lost - reported));
                reported = lost;
            }
            foreach (var sink in _sinks) sink.BurstEnded();
        }
    }

    private void Hand(LogEvent line)
    {
        foreach (var sink in _sinks) sink.Emit(line);
    }
}
