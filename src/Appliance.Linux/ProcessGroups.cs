using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Process groups that are not ours by birth.</summary>
public static partial class ProcessGroups
{
    private const int SIGKILL = 9, SIGTERM = 15;

    /// <summary>Ends every process of a group: SIGTERM, and SIGKILL after some grace. Blocks until the leader is gone, or for two seconds after the last signal.</summary>
    /// <param name="lives">Whether the leader is still the one that is meant.</param>
    public static void End(int leader, TimeSpan grace, Func<bool> lives)
    {
        foreach (var (signal, patience) in new[] { (SIGTERM, grace), (SIGKILL, TimeSpan.FromSeconds(2)) })
        {
            if (!lives()) return;
            _ = Kill(-leader, signal);
            var since = Stopwatch.GetTimestamp();
            while (lives() && Stopwatch.GetElapsedTime(since) < patience) Thread.Sleep(10);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
