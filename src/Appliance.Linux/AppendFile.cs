namespace Appliance.Linux;

/// <summary>A file that several processes add lines to: every write goes to its end, whoever wrote last.</summary>
public static class AppendFile
{
    private const int O_WRONLY = 1, O_CREAT = 0x40, O_NOCTTY = 0x100, O_APPEND = 0x400;

    /// <summary>Opens the file, creating it with <paramref name="mode"/> (less the umask) when it is missing. Its directory is not created.</summary>
    /// <exception cref="LinuxException">No such directory, no permission, a read-only file system.</exception>
    public static Descriptor Open(string path, int mode) => Descriptor.OpenWith(path, O_WRONLY | O_CREAT | O_NOCTTY | O_APPEND, mode);
}
