using System.Runtime.InteropServices;
using Appliance.Core;

namespace Appliance.Linux;

/// <summary>The machine's clocks. Reading them allocates nothing.</summary>
public static unsafe partial class Clock
{
    private const int CLOCK_REALTIME = 0, CLOCK_BOOTTIME = 7;     // linux/time.h

    /// <summary>Time since boot, never set back, counting while the machine is suspended.</summary>
    /// <remarks>
    /// CLOCK_BOOTTIME and not CLOCK_MONOTONIC: a suspended machine is as silent as a frozen one, and its peer counts that silence. With
    /// CLOCK_MONOTONIC a resumed owner would believe that no time has passed and go on owning what the peer took meanwhile.
    /// </remarks>
    public static Instant Now()
    {
        TimeSpec time;
        _ = ClockGetTime(CLOCK_BOOTTIME, &time);        // cannot fail: the clock exists since Linux 2.6.39 and the pointer is ours
        return new(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Wall clock, seconds since 1970: for fields on the wire and lines for people, never for deciding.</summary>
    public static long WallSeconds()
    {
        TimeSpec time;
        _ = ClockGetTime(CLOCK_REALTIME, &time);
        return time.Seconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ClockGetTime(int clock, TimeSpec* time);
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}
