using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A disk (or a file that stands for one) read and written past every cache: what another machine wrote is seen, and what is written is there.</summary>
/// <remarks>Errors: <see cref="LinuxException"/>. Blocks as long as the disk does: to be called on a thread that may be lost.</remarks>
public sealed unsafe partial class DirectDisk : IDisposable
{
    private const int O_RDWR = 2, O_RDONLY = 0, O_EXCL = 0x80, O_DIRECT = 0x4000, O_DSYNC = 0x1000, EINVAL = 22, Alignment = 4096;
    private const uint BLKSSZGET = 0x1268;     // linux/fs.h: logical sector size
    private readonly Descriptor _file;
    private readonly string _path;

    private DirectDisk(string path, int flags)
    {
        _path = path;
        _file = Descriptor.OpenWith(path, flags, 0);
    }

    /// <param name="exclusive">Refused (EBUSY) for a block device that the kernel uses: mounted, swap, part of a RAID or volume group. Of a plain file it changes nothing.</param>
    public static DirectDisk Open(string path, bool write, bool exclusive = false)
    {
        var flags = (write ? O_RDWR : O_RDONLY) | (exclusive ? O_EXCL : 0) | O_DSYNC;
        try
        {
            return new(path, flags | O_DIRECT);
        }
        catch (LinuxException e) when (e.Errno == EINVAL)
        {
            return new(path, flags);      // a memory file system, in tests
        }
    }

    /// <summary>Bytes; 512 for a plain file.</summary>
    public int SectorSize
    {
        get
        {
            var size = 0;
            return Ioctl(_file, BLKSSZGET, &size) == 0 && size >= 512 ? size : 512;
        }
    }

    /// <summary>Reads from a place; shorter at the end of the disk.</summary>
    public byte[] Read(long offset, int length)
    {
        var size = (length + Alignment - 1) / Alignment * Alignment;
        var buffer = NativeMemory.AlignedAlloc((nuint)size, Alignment);
        try
        {
            var n = PRead(_file, buffer, (nuint)length, offset);
            if (n < 0) throw new LinuxException("read", _path, Marshal.GetLastPInvokeError());
            return new ReadOnlySpan<byte>(buffer, (int)n).ToArray();
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    /// <summary>Writes whole sectors.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        var buffer = NativeMemory.AlignedAlloc((nuint)bytes.Length, Alignment);
        try
        {
            bytes.CopyTo(new Span<byte>(buffer, bytes.Length));
            var n = PWrite(_file, buffer, (nuint)bytes.Length, offset);
            if (n < 0) throw new LinuxException("write", _path, Marshal.GetLastPInvokeError());
            if (n != bytes.Length) throw new IOException($"write {_path}: the disk is too short");
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(Descriptor fd, void* into, nuint size, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(Descriptor fd, void* from, nuint size, long offset);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, int* argument);
}
