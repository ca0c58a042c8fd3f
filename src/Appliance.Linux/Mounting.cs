using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>mount(2) and umount2(2).</summary>
public static partial class Mounting
{
    /// <summary>MNT_DETACH: out of the tree now, gone when nobody uses it any more.</summary>
    public const int Lazy = 2;
    private const int EBUSY = 16;

    private static readonly (string Word, ulong Set, ulong Clear)[] Words =
    [
        ("ro", 1, 0), ("rw", 0, 1), ("nosuid", 2, 0), ("suid", 0, 2), ("nodev", 4, 0), ("dev", 0, 4), ("noexec", 8, 0), ("exec", 0, 8), ("sync", 16, 0), ("async", 0, 16),
        ("remount", 32, 0), ("mand", 64, 0), ("nomand", 0, 64), ("dirsync", 128, 0), ("noatime", 1024, 0), ("atime", 0, 1024), ("nodiratime", 2048, 0), ("bind", 4096, 0),
        ("rbind", 4096 | 16384, 0), ("relatime", 1 << 21, 0), ("norelatime", 0, 1 << 21), ("strictatime", 1 << 24, 0), ("lazytime", 1 << 25, 0),
        ("defaults", 0, 0), ("auto", 0, 0), ("noauto", 0, 0), ("user", 0, 0), ("nouser", 0, 0), ("_netdev", 0, 0), ("nofail", 0, 0),
    ];

    /// <summary>Mounts; <paramref name="options"/> as mount(8) takes them behind <c>-o</c>.</summary>
    /// <exception cref="IOException">Names call, device, directory and the kernel's reason.</exception>
    public static void Mount(string device, string directory, string type, string options)
    {
        var (flags, data) = Split(options);
        if (MountRaw(device, directory, type, (nuint)flags, data) != 0) throw new IOException($"mount {device} on {directory} ({type}): {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Unmounts.</summary>
    /// <returns><c>false</c>: it is busy.</returns>
    /// <exception cref="IOException">Any other refusal.</exception>
    public static bool Unmount(string directory, int flags = 0)
    {
        if (UnmountRaw(directory, flags) == 0) return true;
        if (Marshal.GetLastPInvokeError() == EBUSY) return false;
        throw new IOException($"umount {directory}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Flags for the kernel's words, and the rest for the file system.</summary>
    public static (ulong Flags, string Data) Split(string options)
    {
        ulong flags = 0;
        var data = new List<string>();
        foreach (var option in options.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var index = Array.FindIndex(Words, w => w.Word == option);
            if (index < 0) data.Add(option);
            else flags = (flags | Words[index].Set) & ~Words[index].Clear;
        }
        return (flags, string.Join(',', data));
    }

    /// <summary>What is mounted: device and directory of each line of the kernel's table, escapes undone.</summary>
    public static List<(string Device, string Directory, string Type)> Table()
    {
        var table = new List<(string, string, string)>();
        foreach (var line in File.ReadAllLines("/proc/self/mounts"))
        {
            var words = line.Split(' ');
            if (words.Length > 2) table.Add((Unescape(words[0]), Unescape(words[1]), words[2]));
        }
        return table;
    }

    private static string Unescape(string text) => text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MountRaw(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int UnmountRaw(string target, int flags);
}
