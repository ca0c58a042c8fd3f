using System.Runtime.InteropServices;
using Appliance.Core;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Linux;

/// <summary>Reads and throws away what descendants of ended children still write, and reaps children that could not be killed in time.</summary>
internal static unsafe partial class ProcessRunnerDrain
{
    /// <summary>Pipes kept at once. The oldest is closed for a newer one; its writers then get EAGAIN when the pipe is full, and nothing worse.</summary>
    private const int MaxPipes = 128;

    private static readonly Lock Gate = new();
    private static readonly List<SafeFileHandle> Pipes = [];
    private static SafeFileHandle? s_wake;

    /// <summary>Takes over the reading end of a pipe; closes it at once when nobody holds the other end.</summary>
    public static void Take(SafeFileHandle pipe)
    {
        if (Discard(pipe))
        {
            pipe.Dispose();
            return;
        }
        lock (Gate)
        {
            if (Pipes.Count == MaxPipes)
            {
                Pipes[0].Dispose();
                Pipes.RemoveAt(0);
            }
            Pipes.Add(pipe);
            if (s_wake is null)
            {
                s_wake = new SafeFileHandle(EventFd(0, 0x80800), ownsHandle: true);      // EFD_CLOEXEC | EFD_NONBLOCK
                new Thread(Loop, ThreadStack.Of(256 * 1024)) { IsBackground = true, Name = "output drain" }.Start();
            }
            ulong one = 1;
            _ = WriteRaw(s_wake, (byte*)&one, 8);
        }
    }

    /// <summary>Waits for a process that nobody waits for any more, so that it leaves no zombie.</summary>
    public static void ReapLater(RunningProcess process) =>
        new Thread(() =>
        {
            while (process.Wait(TimeSpan.FromHours(1)) is null) { }
            process.Dispose();
        }, ThreadStack.Of(256 * 1024)) { IsBackground = true, Name = $"reap {process.Pid}" }.Start();

    private static void Loop()
    {
        var poll = new RunningProcess.PollFd[MaxPipes + 1];
        var held = new List<SafeFileHandle>(MaxPipes);
        while (true)
        {
            lock (Gate)
            {
                held.Clear();
                held.AddRange(Pipes);
            }
            poll[0] = new() { Fd = (int)s_wake!.DangerousGetHandle(), Events = 1 };
            for (var i = 0; i < held.Count; i++) poll[i + 1] = new() { Fd = (int)held[i].DangerousGetHandle(), Events = 1 };
            fixed (RunningProcess.PollFd* p = poll) _ = RunningProcess.Poll(p, (nuint)held.Count + 1, -1);
            lock (Gate)
            {
                if (poll[0].Returned != 0)
                {
                    ulong count;
                    _ = ReadRaw(s_wake, (byte*)&count, 8);
                }
                for (var i = 0; i < held.Count; i++)
                {
                    if (poll[i + 1].Returned == 0 || !Pipes.Contains(held[i]) || !Discard(held[i])) continue;
                    Pipes.Remove(held[i]);
                    held[i].Dispose();
                }
            }
        }
    }

    /// <returns>Whether the pipe has come to its end.</returns>
    private static bool Discard(SafeFileHandle pipe)
    {
        var buffer = stackalloc byte[4096];
        for (var pass = 0; pass < 32; pass++)                      // an endless writer gets its turn again at the next poll
        {
            var n = ReadRaw(pipe, buffer, 4096);
            if (n == 0) return true;
            if (n < 0) return Marshal.GetLastPInvokeError() != 11; // EAGAIN: still open
        }
        return false;
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(SafeFileHandle fd, byte* into, nuint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteRaw(SafeFileHandle fd, byte* from, nuint size);
}
