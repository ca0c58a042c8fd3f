using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>mount(2) and umount2(2). Both can wait for a dead disk or server without end: call them where that does no harm.</summary>
public static unsafe partial class Mount
{
    /// <summary>Errno of a file system that is in use.</summary>
    public const int Busy = 16;

    private const int MNT_FORCE = 1, MNT_DETACH = 2;
    private const nint BLKFLSBUF = 0x1261;

    /// <summary>Mounts.</summary>
    /// <returns>0, or errno.</returns>
    public static int Attach(string source, string target, string type, MountOptions options)
    {
        if (MountRaw(source, target, type, (nuint)options.Flags, options.Data) != 0) return Marshal.GetLastPInvokeError();
        // A bind mount takes no other flags; they are set on it afterwards, as mount(8) does.
        if ((options.Flags & MountOptions.Bind) == 0 || (options.Flags & ~(MountOptions.Bind | MountOptions.Recursive)) == 0) return 0;
        return MountRaw(source, target, type, (nuint)(options.Flags | MountOptions.Remount), null) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Unmounts.</summary>
    /// <param name="force">Gives up requests to an unreachable server (NFS, CIFS).</param>
    /// <param name="lazy">Only hides it: it goes on existing until nobody uses it any more. Another machine must not mount it meanwhile.</param>
    /// <returns>0, or errno.</returns>
    public static int Detach(string target, bool force, bool lazy) =>
        UnmountRaw(target, (force ? MNT_FORCE : 0) | (lazy ? MNT_DETACH : 0)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Has the kernel write and forget what it keeps of a block device, so that another machine sees and leaves the truth there. Best effort.</summary>
    public static void FlushDevice(string device)
    {
        try
        {
            using var handle = File.OpenHandle(device);
            _ = IoctlRaw(handle, (nuint)BLKFLSBUF, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such device (any more), or not a device: nothing of it is kept either.
        }
    }

    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountRaw(string source, string target, string type, nuint flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountRaw(string target, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoctlRaw(Microsoft.Win32.SafeHandles.SafeFileHandle fd, nuint request, nint argument);
}

/// <summary>Mount options as the kernel takes them: flags, and the rest as the file system's own text.</summary>
/// <param name="Data">Comma-separated; <c>null</c>: none.</param>
/// <param name="NeedsHelper">An option only mount(8) understands is among them (<c>loop</c>, <c>user</c>, ...).</param>
public sealed record MountOptions(ulong Flags, string? Data, bool NeedsHelper)
{
    /// <summary>MS_REMOUNT, MS_BIND, MS_REC of linux/mount.h.</summary>
    public const ulong ReadOnly = 1, Remount = 32, Bind = 4096, Recursive = 16384;

    private static readonly Dictionary<string, (ulong Set, ulong Clear)> Known = new(StringComparer.Ordinal)
    {
        ["defaults"] = (0, 0), ["ro"] = (ReadOnly, 0), ["rw"] = (0, ReadOnly),
        ["nosuid"] = (2, 0), ["suid"] = (0, 2), ["nodev"] = (4, 0), ["dev"] = (0, 4), ["noexec"] = (8, 0), ["exec"] = (0, 8),
        ["sync"] = (16, 0), ["async"] = (0, 16), ["remount"] = (Remount, 0), ["mand"] = (64, 0), ["nomand"] = (0, 64), ["dirsync"] = (128, 0),
        ["noatime"] = (1024, 0), ["atime"] = (0, 1024), ["nodiratime"] = (2048, 0), ["diratime"] = (0, 2048), ["bind"] = (Bind, 0), ["rbind"] = (Bind | Recursive, 0),
        ["silent"] = (32768, 0), ["loud"] = (0, 32768), ["relatime"] = (1UL << 21, 0), ["norelatime"] = (0, 1UL << 21),
        ["strictatime"] = (1UL << 24, 0), ["lazytime"] = (1UL << 25, 0), ["nolazytime"] = (0, 1UL << 25),
        // For fstab and for mount(8) as another user than root: nothing to the kernel.
        ["auto"] = (0, 0), ["noauto"] = (0, 0), ["nouser"] = (0, 0), ["_netdev"] = (0, 0), ["nofail"] = (0, 0), ["group"] = (0, 0), ["owner"] = (0, 0),
    };

    /// <summary>Reads the comma-separated list that <c>mount -o</c> takes.</summary>
    public static MountOptions Parse(string text)
    {
        var flags = 0UL;
        var helper = false;
        var data = new StringBuilder();
        foreach (var option in Split(text))
        {
            if (Known.TryGetValue(option, out var bits)) flags = (flags | bits.Set) & ~bits.Clear;
            else if (option is "loop" or "user" or "users" || option.StartsWith("loop=", StringComparison.Ordinal) || option.StartsWith("offset=", StringComparison.Ordinal)
                || option.StartsWith("sizelimit=", StringComparison.Ordinal) || option.StartsWith("verity.", StringComparison.Ordinal)) helper = true;
            else if (!option.StartsWith("x-", StringComparison.Ordinal) && !option.StartsWith("comment=", StringComparison.Ordinal))
                data.Append(data.Length > 0 ? "," : "").Append(option);
        }
        return new(flags, data.Length > 0 ? data.ToString() : null, helper);
    }

    /// <summary>At commas that do not stand between double quotes (SELinux contexts hold commas).</summary>
    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        var quoted = false;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"') quoted = !quoted;
            if (i < text.Length && (quoted || text[i] != ',')) continue;
            if (i > start) yield return text[start..i].Trim();
            start = i + 1;
        }
    }
}
