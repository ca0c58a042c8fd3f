using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Whether the kernel may write this process's memory into a file when it crashes: prctl(2), PR_SET_DUMPABLE.</summary>
/// <remarks>Ours holds signing keys and fencing passwords. The setting ends with execve, so that the services and scripts we start dump as ever.</remarks>
public static partial class CoreDumps
{
    private const int PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4;

    public static bool AreAllowed => Prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;

    public static void Allow(bool allowed) => LinuxException.Check(Prctl(PR_SET_DUMPABLE, allowed ? 1 : 0, 0, 0, 0), "prctl", "PR_SET_DUMPABLE");

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint two, nint three, nint four, nint five);
}
