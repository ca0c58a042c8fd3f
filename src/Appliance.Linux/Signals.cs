using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Signals as something a poll loop reads: each one asked for sets a bit and wakes the loop; its default action does not happen.</summary>
/// <remarks>
/// By PosixSignalRegistration and not signalfd(2): a signal meant for a descriptor must be blocked in every thread, and the runtime's own
/// threads exist before <c>Main</c> runs; one of them would take the signal and end the process. A handler of our own cannot be managed code
/// either, as it may interrupt a collection. The runtime's handler writes to a pipe that a thread of its own reads, which is safe under Native AOT.
/// </remarks>
public sealed unsafe partial class Signals : IDisposable
{
    public const int HUP = 1, INT = 2, KILL = 9, USR1 = 10, USR2 = 12, TERM = 15;

    private readonly EventFd _wake = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private long _pending;

    public Signals(params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            Heed(number);
            _registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
            {
                context.Cancel = true;
                Interlocked.Or(ref _pending, 1L << number);
                _wake.Raise();
            }));
        }
    }

    /// <summary>A signal that our parent ignored (nohup) is heeded all the same, as 3.0.6 does: the runtime would leave it ignored.</summary>
    private static void Heed(int number)
    {
        const nint SIG_DFL = 0, SIG_IGN = 1;
        var present = stackalloc nint[32];      // struct sigaction: the handler stands first; 152 bytes
        if (SigAction(number, null, present) == 0 && present[0] == SIG_IGN) _ = Signal(number, SIG_DFL);
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SigAction(int number, nint* act, nint* old);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint handler);

    /// <summary>Readable when a signal is pending.</summary>
    public Descriptor Descriptor => _wake.Descriptor;

    /// <summary>Pending signals as bits (bit n for signal n); none is pending afterwards.</summary>
    public long Take()
    {
        _wake.Drain();
        return Interlocked.Exchange(ref _pending, 0);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _wake.Dispose();
    }
}
