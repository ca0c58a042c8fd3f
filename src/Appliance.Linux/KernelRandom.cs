using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Random bytes straight from the kernel: getrandom(2) needs no device node, so it works in an empty root as well.</summary>
public static unsafe partial class KernelRandom
{
    /// <summary>Fills all of it; waits only while the machine has just booted and has no randomness yet.</summary>
    public static void Fill(Span<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var n = GetRandom(p + done, (nuint)(bytes.Length - done), 0);
                if (n >= 0) done += (int)n;
                else if (Marshal.GetLastPInvokeError() != Errno.EINTR) throw new LinuxException("getrandom", "", Marshal.GetLastPInvokeError());
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* into, nuint size, uint flags);
}
