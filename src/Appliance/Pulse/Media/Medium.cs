using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Pulse.Media;

/// <summary>What a medium tells the loop.</summary>
internal interface IMediumSink
{
    /// <summary>A datagram, the data of an echo reply or a framed serial message; valid during the call.</summary>
    void Packet(int medium, ReadOnlySpan<byte> packet);

    /// <summary>The medium stopped working, or (<c>null</c>) works again.</summary>
    void Fault(int medium, string? fault);

    void Log(LogPriority priority, string text);
}

/// <summary>One heartbeat medium: open or waiting to be opened again. Nothing it does waits; sending and receiving allocate nothing.</summary>
internal abstract class Medium(int index, MediumSpec spec, IMediumSink sink) : IDisposable
{
    /// <summary>Packets taken from one medium in one round: enough for any burst of two peers, and a flood leaves the others their turn.</summary>
    protected const int RoundBudget = 16;

    /// <summary>Back-off between attempts to open: first, and at most.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100), LastRetry = TimeSpan.FromSeconds(2);

    private TimeSpan _retry = FirstRetry;
    private Instant _retryAt;
    private string? _fault;

    public int Index { get; } = index;
    public MediumSpec Spec { get; } = spec;
    public bool IsOpen { get; private set; }

    /// <summary>Packets the kernel did not take.</summary>
    public long SendErrors { get; protected set; }

    /// <summary>Packets lost because a queue was full or they were too large.</summary>
    public long Overruns { get; protected set; }

    protected IMediumSink Sink { get; } = sink;

    /// <summary>What to poll for; each medium has two slots, of which most use one.</summary>
    public abstract (int Descriptor, PollEvents Events) Slot(int which);

    /// <summary>What we send comes back to us: the kernel hands it over before the sending call returns.</summary>
    public virtual bool HearsItself => false;

    /// <summary>When <see cref="Tick"/> is due.</summary>
    public virtual Instant NextDeadline => IsOpen ? Instant.Never : _retryAt;

    /// <summary>Takes a message in the form this medium carries, or loses and counts it.</summary>
    public virtual void Send(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line, Instant now) { }

    /// <summary>A slot's descriptor is ready.</summary>
    /// <param name="all">Time is due after this: whatever waits is heard first. Otherwise one packet, which spares a call that finds nothing for each heartbeat.</param>
    public abstract void Ready(int which, PollEvents events, Instant now, bool all);

    /// <summary>Interfaces or their addresses changed.</summary>
    public virtual void LinksChanged(Instant now) { }

    /// <summary>Time has passed: opens what is due to be opened.</summary>
    public virtual void Tick(Instant now)
    {
        if (!IsOpen && now >= _retryAt) TryOpen(now);
    }

    public void Dispose() => CloseFiles();

    /// <summary>Opens everything or throws <see cref="LinuxException"/>; what was opened half is closed by <see cref="CloseFiles"/>.</summary>
    protected abstract void OpenFiles(Instant now);

    protected abstract void CloseFiles();

    protected void TryOpen(Instant now)
    {
        try
        {
            OpenFiles(now);
            IsOpen = true;
            _retry = FirstRetry;
            Report(null);
        }
        catch (IOException e)       // the kernel's reason is the fault; the next attempt comes by itself
        {
            Close(e.Message, now);
        }
    }

    /// <summary>Gives the medium up until it can be opened again.</summary>
    protected void Close(string fault, Instant now)
    {
        CloseFiles();
        IsOpen = false;
        _retryAt = now + _retry;
        _retry = _retry * 2 > LastRetry ? LastRetry : _retry * 2;
        Report(fault);
    }

    /// <summary>Tries again at once, and quickly after that: something changed that may have been the reason.</summary>
    protected void RetryNow(Instant now)
    {
        _retry = FirstRetry;
        _retryAt = now;
    }

    protected void Report(string? fault)
    {
        if (fault == _fault) return;
        _fault = fault;
        Sink.Fault(Index, fault);
    }
}
