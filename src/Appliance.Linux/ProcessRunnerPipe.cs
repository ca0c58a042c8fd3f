using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

#pragma warning disable CA2000     // descriptors made here are owned by what is returned

namespace Appliance.Linux;

/// <summary>A pipe from a child to us that can do no harm to a descendant which keeps writing after we stopped listening.</summary>
/// <remarks>
/// The child's end is open for reading as well (a pipe reopened through /proc/self/fd): as long as the child has it the pipe has a reader, and
/// nobody ever gets SIGPIPE, not even after this process has died. When the child has ended, the end its descendants share is made non-blocking, so
/// that they cannot hang on a full pipe either, and large, so that
/// a burst finds room until the drain has read it. 3.0.6 gave its scripts a log file or /dev/null; services started by them rely on such harmless outputs.
/// </remarks>
internal sealed unsafe partial class ProcessPipe : IDisposable
{
    private const int O_RDWR = 2, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, F_GETFL = 3, F_SETFL = 4, F_SETPIPE_SZ = 1031;
    private const int LargePipe = 1 << 20;       // what /proc/sys/fs/pipe-max-size allows everybody

    private readonly SafeFileHandle _read;
    private readonly SafeFileHandle _write;

    private ProcessPipe(SafeFileHandle read, SafeFileHandle write) => (_read, _write) = (read, write);

    public bool Open { get; private set; } = true;

    public int Number => (int)_read.DangerousGetHandle();

    public int ChildEnd => (int)_write.DangerousGetHandle();

    public static ProcessPipe Create()
    {
        var ends = stackalloc int[2];
        if (Pipe2(ends, O_CLOEXEC) < 0) throw new IOException($"pipe2: {Marshal.GetLastPInvokeErrorMessage()}");
        var read = new SafeFileHandle(ends[0], ownsHandle: true);
        var write = new SafeFileHandle(ends[1], ownsHandle: true);
        SetNonBlocking(ends[0]);
        var both = OpenFile($"/proc/self/fd/{ends[1]}", O_RDWR | O_CLOEXEC);
        if (both >= 0)
        {
            write.Dispose();
            write = new SafeFileHandle(both, ownsHandle: true);
        }
        return new(read, write);
    }

    /// <returns>Bytes read; 0: nothing there now, or never again.</returns>
    public int Read(Span<byte> into)
    {
        if (!Open) return 0;
        fixed (byte* p = into)
        {
            var n = ReadRaw(_read, p, (nuint)into.Length);
            if (n > 0) return (int)n;
            if (n == 0) Open = false;
            return 0;
        }
    }

    /// <summary>Our interest ends; descendants may go on writing.</summary>
    public void Abandon()
    {
        _ = Fcntl(ChildEnd, F_SETPIPE_SZ, LargePipe);
        SetNonBlocking(ChildEnd);
        _write.Dispose();
        ProcessRunnerDrain.Take(_read);
    }

    public void Dispose()
    {
        _write.Dispose();
        _read.Dispose();
    }

    private static void SetNonBlocking(int fd)
    {
        var flags = Fcntl(fd, F_GETFL, 0);
        if (flags >= 0) _ = Fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(SafeFileHandle fd, byte* into, nuint size);
}
