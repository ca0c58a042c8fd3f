using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Appliance.Configuration;

namespace Appliance.Linux;

/// <summary>Which file it is, and when it was changed in any way: while this stays the same, so does the content.</summary>
/// <param name="Changed">Nanoseconds since 1970.</param>
public sealed record FileStamp(ulong Inode, ulong Size, long Changed);

/// <summary>statx(2): what is at a path, symbolic links followed.</summary>
public static partial class FileStatus
{
    private const int AT_FDCWD = -100;
    private const uint STATX_TYPE_MODE_UID = 0x1 | 0x2 | 0x8, STATX_CTIME_INO_SIZE = 0x80 | 0x100 | 0x200;
    private const int BufferSize = 256, UidOffset = 20, ModeOffset = 28, InodeOffset = 32, SizeOffset = 40, ChangedOffset = 96, DeviceMajorOffset = 128, DeviceMinorOffset = 132;       // struct statx, the same on every architecture
    private const int S_IFMT = 0xF000, S_IFREG = 0x8000, S_IFDIR = 0x4000, S_IFCHR = 0x2000, S_IFBLK = 0x6000;

    /// <summary><c>null</c> when nothing is there (or it cannot be reached).</summary>
    public static FileFact? Of(string path)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        if (StatX(AT_FDCWD, path, 0, STATX_TYPE_MODE_UID, buffer) != 0) return null;
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..]);
        var kind = (mode & S_IFMT) switch { S_IFREG => FileKind.Regular, S_IFDIR => FileKind.Directory, S_IFCHR => FileKind.CharacterDevice, _ => FileKind.Other };
        return new(kind, mode & 0xFFF, BinaryPrimitives.ReadUInt32LittleEndian(buffer[UidOffset..]));
    }

    /// <summary><c>null</c> when nothing is there (or it cannot be reached).</summary>
    public static FileStamp? Stamp(string path)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        if (StatX(AT_FDCWD, path, 0, STATX_CTIME_INO_SIZE, buffer) != 0) return null;
        var changed = BinaryPrimitives.ReadInt64LittleEndian(buffer[ChangedOffset..]) * 1_000_000_000 + BinaryPrimitives.ReadUInt32LittleEndian(buffer[(ChangedOffset + 8)..]);
        return new(BinaryPrimitives.ReadUInt64LittleEndian(buffer[InodeOffset..]), BinaryPrimitives.ReadUInt64LittleEndian(buffer[SizeOffset..]), changed);
    }

    /// <summary>Major number of the driver of the character device at a path; <c>null</c> when there is none.</summary>
    public static int? CharacterMajor(string path)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        if (StatX(AT_FDCWD, path, 0, STATX_TYPE_MODE_UID, buffer) != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..]) & S_IFMT) != S_IFCHR) return null;
        return (int)BinaryPrimitives.ReadUInt32LittleEndian(buffer[DeviceMajorOffset..]);
    }

    /// <summary>Major and minor number of the block device at a path, as sysfs writes them (<c>8:16</c>); <c>null</c> when there is none.</summary>
    public static string? BlockDevice(string path)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        if (StatX(AT_FDCWD, path, 0, STATX_TYPE_MODE_UID, buffer) != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..]) & S_IFMT) != S_IFBLK) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt32LittleEndian(buffer[DeviceMajorOffset..])}:{BinaryPrimitives.ReadUInt32LittleEndian(buffer[DeviceMinorOffset..])}");
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int directory, string path, int flags, uint mask, Span<byte> buffer);
}
