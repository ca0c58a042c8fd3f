using System.Runtime.InteropServices;
using Appliance.Core;

namespace Appliance.Linux;

/// <summary>What a descriptor is waited for, or has: bits of poll(2).</summary>
[Flags]
public enum PollEvents : short
{
    None = 0,
    Readable = 0x001,
    Writable = 0x004,
    Error = 0x008,
    HangUp = 0x010,
    Invalid = 0x020,
}

/// <summary>Waits on a fixed number of slots, each one descriptor or empty, until one is ready or a deadline comes. Allocates nothing.</summary>
/// <remarks>ppoll(2) rather than a timer descriptor: nanoseconds in the call itself, one system call a round instead of three.</remarks>
public sealed unsafe partial class Poller(int slots)
{
    /// <summary>Longest wait: bounds what a clock that differs from the kernel's timer (suspend) can cost.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly PollFd[] _slots = Empty(slots);

    public int Slots => _slots.Length;

    /// <summary>Watches a descriptor in a slot; <c>-1</c> leaves the slot empty.</summary>
    public void Watch(int slot, int descriptor, PollEvents events = PollEvents.Readable) =>
        _slots[slot] = new PollFd { Descriptor = descriptor, Events = events };

    /// <summary>What happened in a slot in the last <see cref="Wait"/>.</summary>
    public PollEvents this[int slot] => _slots[slot].Returned;

    /// <summary>Waits; a deadline that has passed only looks.</summary>
    /// <returns>Slots that are ready; 0 when the deadline came or a signal interrupted.</returns>
    /// <exception cref="LinuxException">The kernel is out of memory.</exception>
    public int Wait(Instant deadline, Instant now)
    {
        var span = deadline <= now ? TimeSpan.Zero : deadline == Instant.Never || deadline - now > Longest ? Longest : deadline - now;
        var time = new TimeSpec { Seconds = span.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = span.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick };
        fixed (PollFd* first = _slots)
        {
            var ready = PPoll(first, (nuint)_slots.Length, &time, null);
            if (ready >= 0) return ready;
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) throw new LinuxException("ppoll", "", errno);
            for (var i = 0; i < _slots.Length; i++) _slots[i].Returned = PollEvents.None;
            return 0;
        }
    }

    private static PollFd[] Empty(int slots)
    {
        var all = GC.AllocateArray<PollFd>(slots, pinned: true);
        Array.Fill(all, new PollFd { Descriptor = -1 });
        return all;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Descriptor;
        public PollEvents Events;
        public PollEvents Returned;
    }

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PPoll(PollFd* slots, nuint count, TimeSpec* timeout, void* mask);
}
