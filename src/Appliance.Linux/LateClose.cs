using System.Collections.Concurrent;
using Appliance.Core;

namespace Appliance.Linux;

/// <summary>Closes handles beside the caller, for those whose close(2) waits.</summary>
/// <remarks>
/// Closing a packet(7) socket waits until no processor can still be delivering to it (an RCU grace period): 11 ms were measured, two thirds of a whole takeover.
/// One thread that sleeps; at the process's end the kernel closes what is left.
/// </remarks>
internal static class LateClose
{
    private static readonly ConcurrentQueue<IDisposable> Handles = new();
    private static readonly Bell Work = new();

    static LateClose() => new Thread(Run, ThreadStack.Of(128 * 1024)) { Name = "late close", IsBackground = true }.Start();

    /// <summary>Has it disposed of soon. Never waits.</summary>
    public static void Of(IDisposable handle)
    {
        Handles.Enqueue(handle);
        Work.Ring();
    }

    private static void Run()
    {
        while (true)
        {
            Work.Wait();
            if (Handles.TryDequeue(out var handle)) handle.Dispose();
        }
    }
}
