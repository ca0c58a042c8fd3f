using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>An open file descriptor; closed exactly once. Reads and writes return errors as numbers, so that the heartbeat path never throws.</summary>
public sealed unsafe partial class Descriptor : SafeHandle
{
    private const int F_DUPFD_CLOEXEC = 1030, F_GETFD = 1, F_SETFD = 2, F_SETFL = 4, F_GETFL = 3, FD_CLOEXEC = 1;
    private const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, O_NOCTTY = 0x100;

    /// <summary>Takes over a number that is open, for example one inherited.</summary>
    public Descriptor(int number) : base(-1, ownsHandle: true) => SetHandle(number);

    public override bool IsInvalid => (int)handle < 0;

    /// <summary>The number itself, for poll(2) and for inheritance; valid while this object is not disposed.</summary>
    public int Number => (int)handle;

    /// <summary>Takes over the result of a call that opens something.</summary>
    /// <exception cref="LinuxException">The call failed.</exception>
    internal static Descriptor Opened(int result, string call, string subject = "") => new(LinuxException.Check(result, call, subject));

    /// <summary>Opens a device for reading and writing: never waits, never becomes the controlling terminal, not inherited.</summary>
    public static Descriptor OpenDevice(string path) => Opened(Open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0), "open", path);

    /// <summary>Opens a device for writing only.</summary>
    public static Descriptor OpenForWriting(string path) => Opened(Open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC, 0), "open", path);

    /// <summary>Opens a file or directory for reading.</summary>
    public static Descriptor OpenForReading(string path) => Opened(Open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC, 0), "open", path);

    internal static Descriptor OpenWith(string path, int flags, int mode) => Opened(Open(path, flags | O_CLOEXEC, mode), "open", path);

    /// <returns>Bytes read, 0 at the end, or minus errno (<c>-EAGAIN</c>: nothing there now). Allocates nothing.</returns>
    public int Read(Span<byte> into)
    {
        fixed (byte* p = into)
        {
            nint n;
            do n = ReadRaw(this, p, (nuint)into.Length);
            while (n < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
        }
    }

    /// <summary>As <see cref="Read"/>, from a place in the file; for files of /proc that are read again and again.</summary>
    public int ReadAt(Span<byte> into, long offset)
    {
        fixed (byte* p = into)
        {
            var n = PRead(this, p, (nuint)into.Length, offset);
            return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
        }
    }

    /// <returns>Bytes written, possibly fewer than given, or minus errno. Allocates nothing.</returns>
    public int Write(ReadOnlySpan<byte> from)
    {
        fixed (byte* p = from)
        {
            nint n;
            do n = WriteRaw(this, p, (nuint)from.Length);
            while (n < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
        }
    }

    /// <summary>Writes everything to a file or pipe that blocks.</summary>
    public void WriteAll(ReadOnlySpan<byte> from, string subject)
    {
        while (!from.IsEmpty)
        {
            var n = Write(from);
            if (n < 0) throw new LinuxException("write", subject, -n);
            from = from[n..];
        }
    }

    /// <summary>Flushes the file (or directory) to the disk.</summary>
    public void Sync(string subject) => LinuxException.Check(Fsync(this), "fsync", subject);

    /// <summary>A second descriptor of the same open file, numbered <paramref name="atLeast"/> or above, not inherited.</summary>
    public Descriptor Duplicate(int atLeast = 0) => Opened(Fcntl(this, F_DUPFD_CLOEXEC, atLeast), "fcntl(F_DUPFD_CLOEXEC)");

    /// <summary>Makes the standard descriptors (or another number) mean this open file from now on; they are inherited.</summary>
    public void PutOver(int number) => LinuxException.Check(Dup2(this, number), "dup2");

    /// <summary>Whether the descriptor stays open when this process is replaced by another program.</summary>
    public void Inherit(bool inherited)
    {
        var flags = LinuxException.Check(Fcntl(this, F_GETFD, 0), "fcntl(F_GETFD)");
        LinuxException.Check(Fcntl(this, F_SETFD, inherited ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC), "fcntl(F_SETFD)");
    }

    /// <summary>Makes reads and writes return <c>-EAGAIN</c> where they would wait.</summary>
    public void NeverWait()
    {
        var flags = LinuxException.Check(Fcntl(this, F_GETFL, 0), "fcntl(F_GETFL)");
        LinuxException.Check(Fcntl(this, F_SETFL, flags | O_NONBLOCK), "fcntl(F_SETFL)");
    }

    /// <summary>A pipe: what is written to <c>Write</c> is read from <c>Read</c>. Neither end is inherited.</summary>
    public static (Descriptor Read, Descriptor Write) Pipe()
    {
        var ends = stackalloc int[2];
        LinuxException.Check(Pipe2(ends, O_CLOEXEC), "pipe2");
        return (new Descriptor(ends[0]), new Descriptor(ends[1]));
    }

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(Descriptor fd, byte* into, nuint size);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(Descriptor fd, byte* into, nuint size, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteRaw(Descriptor fd, byte* from, nuint size);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(Descriptor fd);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(Descriptor fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(Descriptor fd, int number);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
