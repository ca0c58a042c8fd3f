using System.Diagnostics;
using System.Globalization;

namespace Appliance.Commands.Policy;

/// <summary>One line for somebody who waits at a terminal: what a long run is at, and for how long it has been. It comes after a second and leaves nothing behind.</summary>
/// <param name="terminal">Where the line goes; null when nobody sees it.</param>
/// <param name="patience">How long nothing is said.</param>
internal sealed class WaitingLine(TextWriter? terminal, TimeSpan patience)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(500);

    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private volatile string _what = "";
    private bool _drawn, _over;

    /// <summary>Standard error's, if that is a terminal.</summary>
    public static WaitingLine ForPeople() => new(Console.IsErrorRedirected ? null : Console.Error, TimeSpan.FromSeconds(1));

    /// <summary>What is done from here on.</summary>
    public void Now(string what) => _what = what;

    /// <summary>Does something that may take long and writes nothing itself.</summary>
    public void While(string what, Action work)
    {
        _what = what;
        if (terminal is null)
        {
            work();
            return;
        }
        _over = false;
        var left = patience - Stopwatch.GetElapsedTime(_begun);
        using var timer = new Timer(_ => Draw(terminal), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Often);
        try
        {
            work();
        }
        finally
        {
            Clear(terminal);
        }
    }

    private void Draw(TextWriter to)
    {
        lock (_lock)
        {
            // The timer may come once more than it was asked to.
            if (_over) return;
            to.Write(string.Create(CultureInfo.InvariantCulture, $"\rcrm_simulate: {_what}, {Stopwatch.GetElapsedTime(_begun).TotalSeconds:F0} s\u001b[K"));
            to.Flush();
            _drawn = true;
        }
    }

    private void Clear(TextWriter to)
    {
        lock (_lock)
        {
            _over = true;
            if (!_drawn) return;
            to.Write("\r\u001b[K");
            to.Flush();
            _drawn = false;
        }
    }
}
