using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>How much address space this process may have: getrlimit(2), RLIMIT_AS (<c>ulimit -v</c>).</summary>
public static partial class AddressSpace
{
    private const int RLIMIT_AS = 9;

    /// <summary>Bytes; null where nobody set a limit.</summary>
    public static ulong? Limit() => GetLimit(RLIMIT_AS, out var limit) == 0 && limit.Soft != ulong.MaxValue ? limit.Soft : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft, Hard;
    }
}
