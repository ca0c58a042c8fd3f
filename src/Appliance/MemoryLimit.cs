namespace Appliance;

/// <summary>The limit of memory that is built into the binary is the daemon's; a command may be given a document of any size.</summary>
internal static class MemoryLimit
{
    /// <summary>Half of the addresses that are set aside for it (System.GC.RegionRange). What a machine does not have is refused by its kernel, as to any other program.</summary>
    private const ulong Lifted = 8UL << 30;

    /// <summary>Pacemaker's exit status for what the operating system refuses (CRM_EX_OSERR).</summary>
    private const int SystemError = 71;

    /// <summary>A command that has this process to itself, without the daemon's limit.</summary>
    public static Func<string[], int> LiftedFor(Func<string[], int> applet) => args =>
    {
        Lift();
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

    /// <summary>For a process that works on documents of any size from here on: also control, where the CRM runs.</summary>
    public static void Lift()
    {
        AppContext.SetData("GCHeapHardLimit", Lifted);
        GC.RefreshMemoryLimit();
    }
}
