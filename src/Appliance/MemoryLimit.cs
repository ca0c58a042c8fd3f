using Appliance.Linux;

namespace Appliance;

/// <summary>
/// What a process may take for its heap. The binary's own limit is that of commands, which may be given documents of any size; the daemon's processes hold themselves to much less.
/// </summary>
/// <remarks>
/// The collector sets addresses aside when it starts, five times the limit that it starts with, or half of what ulimit -v leaves it, and crashes where the heap grows beyond them: so it starts with the high limit, and the limit stays
/// within the addresses.
/// </remarks>
internal static class MemoryLimit
{
    /// <summary>Bytes. What a daemon works on is bounded (requests, queues, the members of a cluster); more than this is a fault, and it ends rather than that the machine does.</summary>
    private const ulong OfDaemon = 128UL << 20;

    /// <summary>Bytes: as the binary starts (HeapHardLimit of the project file).</summary>
    private const ulong OfCommand = 8UL << 30;

    /// <summary>Pacemaker's exit status for what the operating system refuses (CRM_EX_OSERR).</summary>
    private const int SystemError = 71;

    /// <summary>A command that reads documents, and says so where one does not fit into the memory.</summary>
    public static Func<string[], int> SaidBy(Func<string[], int> applet) => args =>
    {
        if (AddressSpace.Limit() is { } addresses) Set(Math.Min(OfCommand, addresses / 4));
        try
        {
            return applet(args);
        }
        catch (OutOfMemoryException)
        {
            Console.Error.WriteLine("appliance: there is not enough memory for this document");
            return SystemError;
        }
    };

    /// <summary>For the daemon's processes, but for control where the CRM runs: its documents are as large as the administrator makes them.</summary>
    public static void Hold() => Set(OfDaemon);

    private static void Set(ulong bytes)
    {
        AppContext.SetData("GCHeapHardLimit", bytes);
        GC.RefreshMemoryLimit();
    }
}
