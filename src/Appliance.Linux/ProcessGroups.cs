using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Process groups that are not ours by birth.</summary>
public static partial class ProcessGroups
{
    private const int SIGKILL = 9, SIGTERM = 15;

    /// <summary>Ends every process of a group: SIGTERM, and SIGKILL after some grace, or to those that are left when the leader is gone. Blocks until the leader is gone, or for two seconds after the last signal.</summary>
    /// <param name="lives">Whether the leader is still the one that is meant.</param>
    public static void End(int leader, TimeSpan grace, Func<bool> lives)
    {
        if (leader <= 1 || !lives()) return;        // to kill(2), 0 and -1 mean others
        foreach (var (signal, patience) in new[] { (SIGTERM, grace), (SIGKILL, TimeSpan.FromSeconds(2)) })
        {
            _ = Kill(-leader, signal);
            var since = Stopwatch.GetTimestamp();
            while (lives() && Stopwatch.GetElapsedTime(since) < patience) Thread.Sleep(10);
            if (!lives()) break;
        }
        _ = Kill(-leader, SIGKILL);     // the number is given to nobody else while the group has members
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
