using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Makes the kernel map the one page that is touched, and not the fifteen around it as well.</summary>
/// <remarks>
/// The kernel maps file pages in blocks of 64 KB around each fault, which is right for a program that runs through its code, and wrong for one that locks what
/// it has mapped and uses one page in five of it: 4.9 MB of code were locked where 1.2 MB are used. There is no switch for that; but a range in which
/// userfaultfd(2) may watch writes is mapped page by page. Nobody writes there, so nothing is ever reported. Linux 6.7 (asynchronous write protection of any
/// mapping); where the kernel or a policy says no, more memory is used, and that is all.
/// </remarks>
internal sealed partial class PageFaults : IDisposable
{
    private const int O_CLOEXEC = 0x80000, UFFD_USER_MODE_ONLY = 1;                         // linux/userfaultfd.h
    private const ulong UFFD_API = 0xAA, UFFD_FEATURE_WP_ASYNC = 1 << 15, UFFDIO_REGISTER_MODE_WP = 2;
    private const uint UFFDIO_API = 0xC018_AA3F, UFFDIO_REGISTER = 0xC020_AA00;

    /// <summary>Closing the descriptor ends what it does, so the one in use stays open until the process ends or is replaced.</summary>
    private static Descriptor? s_inUse;

    private Descriptor? _descriptor;

    private PageFaults(Descriptor descriptor) => _descriptor = descriptor;

    /// <returns><c>null</c> where the kernel has no such thing.</returns>
    public static PageFaults? Open()
    {
        nint number = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 323, Architecture.Arm64 => 282, _ => -1 };     // asm/unistd.h
        if (number < 0) return null;
        var opened = (int)SystemCall(number, O_CLOEXEC | UFFD_USER_MODE_ONLY);
        if (opened < 0) return null;
        var descriptor = new Descriptor(opened);
        Span<ulong> api = [UFFD_API, UFFD_FEATURE_WP_ASYNC, 0];         // struct uffdio_api
        if (Control(descriptor, UFFDIO_API, api) == 0) return new(descriptor);
        descriptor.Dispose();
        return null;
    }

    /// <summary>From now on faults in this range map one page.</summary>
    public void TakeOnePage(nint start, nuint length)
    {
        Span<ulong> register = [(ulong)start, length, UFFDIO_REGISTER_MODE_WP, 0];      // struct uffdio_register
        _ = Control(_descriptor!, UFFDIO_REGISTER, register);           // watched already, or a mapping that cannot be: it stays as it is
    }

    public void KeepOpen()
    {
        s_inUse ??= _descriptor;
        if (ReferenceEquals(s_inUse, _descriptor)) _descriptor = null;
    }

    public void Dispose() => _descriptor?.Dispose();

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint flags);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(Descriptor descriptor, nuint request, Span<ulong> argument);
}
