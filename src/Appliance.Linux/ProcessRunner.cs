using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Linux;

/// <summary>How a process came to its end.</summary>
public enum ProcessEndKind
{
    Exited,
    /// <summary>Ended by a signal that did not come from us.</summary>
    Signaled,
    /// <summary>Ended by us (or not at all) because its time was over.</summary>
    TimedOut,
    /// <summary>Ended by us because the caller no longer wanted it.</summary>
    Cancelled,
}

/// <param name="Code">Exit status; the signal's number when <see cref="ProcessEndKind.Signaled"/>; otherwise -1.</param>
public readonly record struct ProcessEnd(ProcessEndKind Kind, int Code);

/// <summary>How long a process may run.</summary>
/// <param name="Timeout">From start to SIGTERM.</param>
/// <param name="Grace">From SIGTERM to SIGKILL; both go to the whole process group.</param>
public sealed record ProcessLimits(TimeSpan Timeout, TimeSpan Grace)
{
    /// <summary>How long a killed process may take to vanish before it is left to itself (it sits in the kernel: a dead disk, a dead NFS server).</summary>
    public TimeSpan AfterKill { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Takes what a process writes, in pieces as they arrive. The span is valid during the call only.</summary>
public delegate void ProcessOutput(bool isStandardError, ReadOnlySpan<byte> bytes);

/// <summary>Runs a program to its end, in bounded time whatever it does, with its output delivered as it comes.</summary>
/// <remarks>
/// Only the process itself is waited for, never the end of its output: a daemon that an init script leaves behind keeps the pipe open for
/// months. What such a descendant writes later is read and thrown away by <see cref="ProcessRunnerDrain"/>.
/// </remarks>
public static partial class ProcessRunner
{
    private const int SIGKILL = 9, SIGTERM = 15;

    /// <summary>Blocks the calling thread until the process has ended or was given up. Uses no other thread.</summary>
    /// <exception cref="IOException">The program cannot be started: names the call, the file and errno.</exception>
    public static ProcessEnd Run(ProcessSpec spec, ProcessLimits limits, ProcessOutput output, CancellationToken cancel)
    {
        using var process = RunningProcess.Start(spec with { CaptureOutput = true });
        using var mark = spec.Started?.Invoke(process.Pid);
        var started = Stopwatch.GetTimestamp();
        var buffer = new byte[8192];
        ProcessEndKind? killedFor = null;
        TimeSpan deadline = limits.Timeout;
        var killed = false;

        while (true)
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (killedFor is null && (elapsed >= deadline || cancel.IsCancellationRequested))
            {
                killedFor = elapsed >= deadline ? ProcessEndKind.TimedOut : ProcessEndKind.Cancelled;
                process.SignalGroup(SIGTERM);
                deadline = elapsed + limits.Grace;
            }
            else if (killedFor is not null && elapsed >= deadline)
            {
                if (killed) return new(killedFor.Value, -1);     // unkillable: Dispose leaves the zombie-to-be to a thread of its own
                killed = true;
                process.SignalGroup(SIGKILL);
                deadline = elapsed + limits.AfterKill;
            }

            process.WaitForEvent(deadline - elapsed, cancel.CanBeCanceled && killedFor is null);
            process.ReadOutput(buffer, output);
            if (process.TryReap() is not { } end) continue;

            process.ReadOutput(buffer, output);
            if (killedFor is null) return end;
            process.SignalGroup(SIGKILL);                        // what the leader's group still holds must not outlive a time-out
            return new(killedFor.Value, -1);
        }
    }
}

/// <summary>What to start.</summary>
/// <param name="Path">File to execute; no search along PATH.</param>
/// <param name="Arguments">Without the program's own name.</param>
/// <param name="Environment">The whole environment; nothing is inherited.</param>
public sealed record ProcessSpec(string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    public string WorkingDirectory { get; init; } = "/";
    /// <summary>Run as somebody else; <c>null</c>: as ourselves.</summary>
    public ProcessUser? User { get; init; }
    /// <summary>Told the process number as soon as there is one; what it returns is disposed of when the process is waited for no longer.</summary>
    public Func<int, IDisposable>? Started { get; init; }
    /// <summary>File to read from.</summary>
    public string StandardInput { get; init; } = "/dev/null";
    /// <summary>Standard output and error go to pipes; otherwise to /dev/null.</summary>
    public bool CaptureOutput { get; init; }
}

/// <summary>A user a process runs as, in the kernel's numbers.</summary>
public sealed record ProcessUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups);

/// <summary>A child process that leads its own process group, held by a descriptor (pidfd), so that its number can never mean another process.</summary>
public sealed unsafe partial class RunningProcess : IDisposable
{
    private const int P_PIDFD = 3, WNOHANG = 1, WEXITED = 4, CLD_EXITED = 1;
    private const short POLLIN = 1;

    private readonly SafeFileHandle _pidfd;
    private readonly ProcessPipe? _output;
    private readonly ProcessPipe? _error;
    private ProcessEnd? _end;
    private bool _abandoned;

    internal RunningProcess(int pid, SafeFileHandle pidfd, ProcessPipe? output, ProcessPipe? error) =>
        (Pid, _pidfd, _output, _error) = (pid, pidfd, output, error);

    public int Pid { get; }

    /// <summary>Starts a program in a new process group with default signals, no signal blocked, and SCHED_OTHER whatever we are.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static RunningProcess Start(ProcessSpec spec) => ProcessRunnerSpawn.Start(spec);

    /// <summary>Sends a signal to every process of the group; harmless when there is none left.</summary>
    public void SignalGroup(int signal) => _ = Kill(-Pid, signal);

    /// <summary>The end, once there is one; takes the zombie away.</summary>
    public ProcessEnd? TryReap()
    {
        if (_end is not null) return _end;
        var info = stackalloc int[32];                     // siginfo_t, 128 bytes: si_signo, si_errno, si_code, pad, si_pid, si_uid, si_status
        new Span<int>(info, 32).Clear();
        var result = WaitId(P_PIDFD, (int)_pidfd.DangerousGetHandle(), info, WEXITED | WNOHANG);
        if (result < 0) return _end = new(ProcessEndKind.Exited, 255);     // somebody else reaped it: it is gone, its status is lost
        if (info[4] == 0) return null;
        return _end = info[2] == CLD_EXITED ? new(ProcessEndKind.Exited, info[6]) : new(ProcessEndKind.Signaled, info[6]);
    }

    /// <summary>Waits for the end, at most so long.</summary>
    public ProcessEnd? Wait(TimeSpan atMost, SafeHandle? wake = null)
    {
        var events = stackalloc PollFd[2];
        events[0] = new() { Fd = (int)_pidfd.DangerousGetHandle(), Events = POLLIN };
        events[1] = new() { Fd = wake is null ? -1 : (int)wake.DangerousGetHandle(), Events = POLLIN };
        _ = Poll(events, 2, Milliseconds(atMost));
        return TryReap();
    }

    /// <summary>Waits until the process ended, wrote something, or the time is over; a cancellable wait looks up every 20 ms.</summary>
    internal void WaitForEvent(TimeSpan atMost, bool cancellable)
    {
        var events = stackalloc PollFd[3];
        events[0] = new() { Fd = (int)_pidfd.DangerousGetHandle(), Events = POLLIN };
        events[1] = new() { Fd = _output is { Open: true } ? _output.Number : -1, Events = POLLIN };
        events[2] = new() { Fd = _error is { Open: true } ? _error.Number : -1, Events = POLLIN };
        var milliseconds = Milliseconds(atMost);
        _ = Poll(events, 3, cancellable ? Math.Min(milliseconds, 20) : milliseconds);
    }

    /// <summary>Hands on what has been written so far; never waits. One pass is bounded, so that an endless writer cannot hold up the deadline.</summary>
    internal void ReadOutput(byte[] buffer, ProcessOutput output)
    {
        for (var pass = 0; pass < 64; pass++)
        {
            var any = false;
            if (_output?.Read(buffer) is int n and > 0) (any, _) = (true, Deliver(false, n));
            if (_error?.Read(buffer) is int m and > 0) (any, _) = (true, Deliver(true, m));
            if (!any) return;
        }

        int Deliver(bool isError, int count)
        {
            output(isError, buffer.AsSpan(0, count));
            return count;
        }
    }

    /// <summary>Ends our interest: what it still writes is thrown away, and a process that has not ended is waited for by a thread of its own, which disposes of this once more.</summary>
    public void Dispose()
    {
        if (!_abandoned)
        {
            _abandoned = true;      // once: afterwards the pipes' numbers may be somebody else's
            _output?.Abandon();
            _error?.Abandon();
        }
        if (TryReap() is null) ProcessRunnerDrain.ReapLater(this);
        else _pidfd.Dispose();
    }

    private static int Milliseconds(TimeSpan span) => span <= TimeSpan.Zero ? 0 : (int)Math.Min(Math.Ceiling(span.TotalMilliseconds), int.MaxValue);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int id, int* info, int options);
}
