using System.Text;

namespace Appliance.Lrm.Agents;

/// <summary>What is to be mounted: its path, its type, and whether it is a block device.</summary>
internal sealed record FilesystemSource(string Path, string Type, string Options, bool IsBlockDevice)
{
    private static readonly HashSet<string> NoBlockDevice = new(StringComparer.Ordinal)
    {
        "nfs", "nfs4", "efs", "smbfs", "cifs", "smb3", "none", "glusterfs", "ceph", "tmpfs", "ramfs", "overlay", "overlayfs", "rozofs", "zfs", "cvfs", "lustre", "9p", "virtiofs",
    };

    private static readonly HashSet<string> SelfChecking = new(StringComparer.Ordinal)
    {
        "ext4", "ext4dev", "ext3", "reiserfs", "reiser4", "nss", "xfs", "jfs", "vfat", "fat", "ocfs2", "gfs2", "btrfs", "f2fs", "bcachefs", "iso9660", "squashfs", "erofs",
    };

    /// <summary>Takes <c>UUID=</c>, <c>LABEL=</c>, <c>-U</c>, <c>-L</c>, <c>--uuid</c>, <c>--label</c> apart.</summary>
    public static FilesystemSource Of(string device, string type, string options)
    {
        foreach (var (prefix, directory) in (ReadOnlySpan<(string, string)>)
            [("UUID=", "by-uuid"), ("LABEL=", "by-label"), ("PARTUUID=", "by-partuuid"), ("PARTLABEL=", "by-partlabel"),
             ("--uuid=", "by-uuid"), ("--label=", "by-label"), ("--uuid ", "by-uuid"), ("--label ", "by-label"), ("-U", "by-uuid"), ("-L", "by-label")])
            if (device.StartsWith(prefix, StringComparison.Ordinal)) return new($"/dev/disk/{directory}/{Encode(device[prefix.Length..].Trim())}", type, options, IsBlockDevice: true);
        var words = options.Split(',');
        var block = !NoBlockDevice.Contains(type) && !type.StartsWith("fuse", StringComparison.Ordinal)
            && !words.Contains("loop") && !words.Contains("bind") && !words.Contains("rbind") && device.StartsWith('/') && !device.StartsWith("//", StringComparison.Ordinal)
            && !Directory.Exists(device);
        return new(device, type == "auto" ? "" : type, options, block);
    }

    public static bool NeedsNoCheck(string type) => SelfChecking.Contains(type) || NoBlockDevice.Contains(type);

    /// <summary><c>major:minor</c> of a block device; <c>null</c> when there is none of that name.</summary>
    public static string? DeviceNumber(string path)
    {
        try
        {
            // The kernel names every block device under /sys/dev/block; links like those of /dev/disk are followed first.
            var real = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName : path;
            var name = real is null ? null : System.IO.Path.GetFileName(real);
            var numbers = $"/sys/class/block/{name}/dev";
            return name is { Length: > 0 } && real!.StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(real) && File.Exists(numbers) ? File.ReadAllText(numbers).Trim() : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Knows the commonest types by their superblocks; <c>null</c>: not recognized.</summary>
    /// <remarks>ext: linux/fs/ext4/ext4.h (magic at 1080; journal is compatible feature 4; extents and others make it ext4). XFS: "XFSB" at 0. btrfs: at 65600.</remarks>
    public static string? Recognize(string device)
    {
        var head = new byte[66 * 1024];
        int n;
        try
        {
            using var file = File.OpenHandle(device);
            n = RandomAccess.Read(file, head, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (n < 2048) return null;
        if (head.AsSpan(0, 4).SequenceEqual("XFSB"u8)) return "xfs";
        if (n >= 65608 && head.AsSpan(65600, 8).SequenceEqual("_BHRfS_M"u8)) return "btrfs";
        if (head[1080] != 0x53 || head[1081] != 0xef) return null;
        var compatible = BitConverter.ToUInt32(head, 1024 + 92);
        var incompatible = BitConverter.ToUInt32(head, 1024 + 96);
        var readOnly = BitConverter.ToUInt32(head, 1024 + 100);
        if ((incompatible & ~0x16u) != 0 || (readOnly & ~0x7u) != 0) return "ext4";       // beyond filetype, recover, meta_bg / sparse, large_file, btree
        return (compatible & 4) != 0 ? "ext3" : "ext2";
    }

    /// <summary>udev writes what is not harmless in a file name as \xHH.</summary>
    private static string Encode(string name)
    {
        var result = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(name))
            if (char.IsAsciiLetterOrDigit((char)b) || "#+-.:=@_".Contains((char)b, StringComparison.Ordinal) || b >= 0x80) result.Append((char)b);
            else result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{b:x2}");
        return result.ToString();
    }
}
