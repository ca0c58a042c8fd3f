using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Keeps this process in memory and its main thread ahead of others.</summary>
public static unsafe partial class RealTime
{
    private const int SCHED_OTHER = 0, SCHED_RR = 2, SCHED_RESET_ON_FORK = 0x4000_0000;     // linux/sched.h
    private const int PRIO_PROCESS = 0;
    private const ulong SCHED_FLAG_RESET_ON_FORK = 1;
    private const int MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4;                     // asm-generic/mman.h

    /// <summary>Round-robin real-time scheduling of the calling thread; what it starts is scheduled as usual.</summary>
    /// <param name="priority">1 (lowest) to 99.</param>
    /// <exception cref="LinuxException">Not root, or no real-time bandwidth in this control group.</exception>
    public static void Schedule(int priority) =>
        LinuxException.Check(SchedSetScheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &priority), "sched_setscheduler", $"SCHED_RR {priority}");

    /// <summary>Ordinary scheduling again.</summary>
    public static void Unschedule()
    {
        var none = 0;
        LinuxException.Check(SchedSetScheduler(0, SCHED_OTHER, &none), "sched_setscheduler", "SCHED_OTHER");
    }

    /// <summary>Has the calling thread run soon when it is woken, ahead of what computes, since it computes little itself: it asks for slices of a tenth of a millisecond (Linux 6.12 and later; others know no such wish). What it starts is scheduled as usual, without a nice value below 0.</summary>
    public static void WakeSoon()
    {
        var wish = new SchedulingAttributes { Size = (uint)sizeof(SchedulingAttributes), Flags = SCHED_FLAG_RESET_ON_FORK, Nice = GetPriority(PRIO_PROCESS, 0), Runtime = 100_000 };
        _ = SystemCall(SetAttributesCall, 0, &wish, 0);      // refused in some containers: then it is as it was
    }

    /// <summary>sched_setattr(2), which the C library knows only since 2.41.</summary>
    private static int SetAttributesCall => RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 314, Architecture.Arm64 => 274, Architecture.Arm => 380, _ => -1 };

    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulingAttributes
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime, Deadline, Period;
    }

    /// <summary>The nice value of the process that started this one, for the calling thread and what it starts: with <see cref="Schedule"/> and <see cref="WakeSoon"/> the kernel forgets one below 0 at each fork.</summary>
    public static void NiceAsParent()
    {
        var nice = GetPriority(PRIO_PROCESS, (uint)GetParent());
        // -1 is a nice value too. Who may not have it goes on as it is.
        if (nice != -1 || Marshal.GetLastPInvokeError() == 0) _ = SetPriority(PRIO_PROCESS, 0, nice);
    }

    /// <summary>Policy of the calling thread as the kernel has it: real-time or not.</summary>
    public static bool IsScheduled => (SchedGetScheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_RR;

    /// <summary>Pages of this process stay in memory once they were touched.</summary>
    /// <remarks>ONFAULT: without it every thread's whole stack is filled in and locked, 8 MB each (dotnet-facts: 107 MB against 4.5 MB).</remarks>
    public static void LockMemory() => LinuxException.Check(MLockAll(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT), "mlockall");

    public static void UnlockMemory() => LinuxException.Check(MUnlockAll(), "munlockall");

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, SchedulingAttributes* attributes, nint flags);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SchedSetScheduler(int pid, int policy, int* priority);

    [LibraryImport("libc", EntryPoint = "sched_getscheduler", SetLastError = true)]
    private static partial int SchedGetScheduler(int pid);

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    private static partial int MLockAll(int flags);

    [LibraryImport("libc", EntryPoint = "munlockall", SetLastError = true)]
    private static partial int MUnlockAll();
}
