using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Work for threads that wait in the kernel: each ring wakes one of them.</summary>
/// <remarks>
/// The framework's semaphores spin before they sleep. On two processors five waiting threads that spin took both from the one that worked: milliseconds of
/// every takeover. A blocking read of eventfd(2) costs a system call and disturbs nobody.
/// </remarks>
public sealed partial class Bell : IDisposable
{
    private const int EFD_SEMAPHORE = 1, EFD_CLOEXEC = 0x80000;

    private readonly Poller _poller = new(1);
    private readonly Descriptor _counter = Descriptor.Opened(Create(0, EFD_CLOEXEC | EFD_SEMAPHORE), "eventfd");

    /// <summary>Wakes that many waiting threads, or lets that many later ones pass. From any thread.</summary>
    public void Ring(int times = 1)
    {
        Span<byte> count = stackalloc byte[8];
        BitConverter.TryWriteBytes(count, (long)times);
        _ = _counter.Write(count);      // can only fail when 2^64-2 rings are pending
    }

    /// <summary>Sleeps until it rings.</summary>
    public void Wait()
    {
        Span<byte> one = stackalloc byte[8];
        _ = _counter.Read(one);         // EINTR is handled there; nothing else can fail
    }

    /// <summary>Sleeps until it rings, or for a time. For one thread at a time: another may answer the ring that this one has seen.</summary>
    /// <returns>Whether it rang.</returns>
    public bool Wait(TimeSpan within)
    {
        var now = Clock.Now();
        _poller.Watch(0, _counter.Number);
        if (_poller.Wait(now + within, now) == 0) return false;       // EINTR too: whoever waits looks at the clock again
        Wait();
        return true;
    }

    public void Dispose() => _counter.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Create(uint initial, int flags);
}
