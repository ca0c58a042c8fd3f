using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A counter that another thread raises and the loop's poll sees: eventfd(2).</summary>
public sealed partial class EventFd : IDisposable
{
    private const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;

    public Descriptor Descriptor { get; } = Descriptor.Opened(Create(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");

    /// <summary>Wakes the loop. From any thread.</summary>
    public void Raise()
    {
        ReadOnlySpan<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = Descriptor.Write(one);      // can only fail when 2^64-2 wake-ups are pending: then it is awake
    }

    /// <summary>Takes all pending wake-ups.</summary>
    public void Drain()
    {
        Span<byte> count = stackalloc byte[8];
        _ = Descriptor.Read(count);     // -EAGAIN when there was none
    }

    public void Dispose() => Descriptor.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Create(uint initial, int flags);
}
