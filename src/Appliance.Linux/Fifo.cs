using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A named pipe that any process with the right to may write into.</summary>
public static partial class Fifo
{
    private const int O_WRONLY = 1, O_RDWR = 2, O_NOCTTY = 0x100, O_NONBLOCK = 0x800, O_NOFOLLOW = 0x20000;
    private const int SEEK_CUR = 1;

    /// <summary>Opens a FIFO to read from; makes it when it is missing, and replaces what is not one. Reads never wait.</summary>
    /// <remarks>
    /// Opened for reading and writing: so it never ends when the last writer leaves (fifo(7)). A plain file of that name is what
    /// <c>echo &gt;&gt; FIFO</c> leaves behind while no daemon runs; it is put out of the way.
    /// </remarks>
    /// <param name="mode">Permission bits, set whatever the umask.</param>
    /// <exception cref="LinuxException">It cannot be made or opened.</exception>
    public static Descriptor OpenForReading(string path, int mode)
    {
        if (MkFifo(path, mode) < 0 && Marshal.GetLastPInvokeError() is not Errno.EEXIST and var errno) throw new LinuxException("mkfifo", path, errno);
        var opened = Descriptor.OpenWith(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0);
        if (Seek(opened, 0, SEEK_CUR) >= 0)         // a FIFO cannot be positioned (ESPIPE); what can is something else
        {
            opened.Dispose();
            LinuxException.Check(Rename(path, path + ".not-a-fifo"), "rename", path);
            LinuxException.Check(MkFifo(path, mode), "mkfifo", path);
            opened = Descriptor.OpenWith(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0);
        }
        LinuxException.Check(Chmod(opened, mode), "fchmod", path);
        return opened;
    }

    /// <summary>Opens a FIFO to write into, without waiting for a reader and without making it.</summary>
    /// <exception cref="LinuxException"><see cref="Errno.ENXIO"/>: nobody reads it. <see cref="Errno.ENOENT"/>: there is none. <see cref="Errno.EACCES"/>: not allowed.</exception>
    public static Descriptor OpenForWriting(string path) => Descriptor.OpenWith(path, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkFifo(string path, int mode);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(Descriptor fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int Chmod(Descriptor fd, int mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
