using Serilog.Events;

namespace Appliance.Logging;

/// <summary>The terminal, for a daemon in the foreground (<c>-d</c>), and for what is said before daemonizing.</summary>
internal sealed class StderrSink(HeartbeatFormat format, TextWriter output) : IBurstSink
{
    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        try
        {
            output.Write(format.Line(LogLine.Of(logEvent)) + "\n");
        }
        catch (IOException)
        {
            // The terminal is gone; the other sinks have the line.
        }
    }

    /// <inheritdoc/>
    public void BurstEnded()
    {
        try
        {
            output.Flush();
        }
        catch (IOException)
        {
            // As above.
        }
    }
}
