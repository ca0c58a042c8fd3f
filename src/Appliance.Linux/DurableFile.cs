using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Files that after a power cut hold either the old content or the new one, whole.</summary>
public static partial class DurableFile
{
    private const int O_WRONLY = 1, O_CREAT = 0x40, O_TRUNC = 0x200, O_NOFOLLOW = 0x20000;

    /// <summary>Replaces a file's content: written aside, flushed, renamed over it, and the directory flushed. Stored when this returns.</summary>
    /// <param name="mode">Permission bits, for example 0600.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, int mode)
    {
        var aside = path + ".new";
        using (var file = Descriptor.OpenWith(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode))
        {
            file.WriteAll(content, aside);
            LinuxException.Check(Chmod(file, mode), "fchmod", aside);    // independent of the umask, and of what an older file had
            file.Sync(aside);
        }
        LinuxException.Check(Rename(aside, path), "rename", path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using var held = Descriptor.OpenForReading(directory);
        held.Sync(directory);
    }

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int Chmod(Descriptor fd, int mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
