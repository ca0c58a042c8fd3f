using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A file without a name that lives in memory and can be inherited: memfd_create(2).</summary>
public static partial class MemoryFile
{
    private const uint MFD_CLOEXEC = 1;

    /// <summary>A file with this content, positioned at its start.</summary>
    public static Descriptor Holding(string name, ReadOnlySpan<byte> content)
    {
        var file = Descriptor.Opened(Create(name, MFD_CLOEXEC), "memfd_create", name);
        file.WriteAll(content, name);
        LinuxException.Check((int)Seek(file, 0, 0), "lseek", name);
        return file;
    }

    /// <summary>Reads an inherited file from its start to its end.</summary>
    public static byte[] ReadAll(Descriptor file)
    {
        LinuxException.Check((int)Seek(file, 0, 0), "lseek");
        using var all = new MemoryStream();
        var piece = new byte[16384];
        while (true)
        {
            var n = file.Read(piece);
            if (n < 0) throw new LinuxException("read", "", -n);
            if (n == 0) return all.ToArray();
            all.Write(piece, 0, n);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(Descriptor fd, long offset, int whence);
}
