using System.Buffers.Binary;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>Says what a disk holds, before somebody writes over it.</summary>
/// <remarks>Signatures from libblkid's documentation and each format's own: only those that a data centre's disk is likely to bear are named, all else that is not zero is "data".</remarks>
public static class DiskContents
{
    /// <summary>What is to be read from the start of the disk: all of sbd's place and the farthest signature (iso 9660, btrfs at 64 KiB).</summary>
    public const int Look = 320 * 1024;

    /// <param name="start">The first bytes of the disk, at most <see cref="Look"/>.</param>
    /// <returns><c>null</c> when nothing but zeros is there.</returns>
    public static string? Of(ReadOnlySpan<byte> start)
    {
        if (At(start, 0, "SBD_SBD_"u8)) return SbdHeader.Read(start) is { } header ? $"a header of sbd with the slots of {Slots(start, header)}" : "a header of sbd that cannot be read";
        if (At(start, 0, "LUKS"u8) && At(start, 4, [0xba, 0xbe])) return "an encrypted volume (LUKS)";
        if (At(start, 0, "XFSB"u8)) return "a file system (xfs)";
        if (At(start, 1080, [0x53, 0xef])) return "a file system (ext2, ext3 or ext4)";
        if (At(start, 0x10040, "_BHRfS_M"u8)) return "a file system (btrfs)";
        if (At(start, 0x10000, [0x19, 0x70, 0x16, 0x01]) || At(start, 0x10000, [0x01, 0x16, 0x19, 0x70])) return "a cluster file system (gfs2)";
        if (At(start, 3, "NTFS    "u8)) return "a file system (ntfs)";
        if (At(start, 82, "FAT32   "u8) || At(start, 54, "FAT1"u8)) return "a file system (fat)";
        if (At(start, 0x8001, "CD001"u8)) return "a file system (iso 9660)";
        for (var sector = 0; sector < 4; sector++)
            if (At(start, 512 * sector, "LABELONE"u8) && At(start, 512 * sector + 24, "LVM2 001"u8)) return "a physical volume (LVM)";
        if (At(start, 4086, "SWAPSPACE2"u8) || At(start, 4086, "SWAP-SPACE"u8)) return "swap space";
        // 1.1 at the start, 1.2 at 4 KiB; little-endian.
        if (At(start, 0, [0xfc, 0x4e, 0x2b, 0xa9]) || At(start, 4096, [0xfc, 0x4e, 0x2b, 0xa9])) return "a member of a software RAID (md)";
        if (At(start, 512, "EFI PART"u8) || At(start, 4096, "EFI PART"u8)) return "a partition table (GPT)";
        if (At(start, 510, [0x55, 0xaa])) return Partitions(start) is > 0 and var n ? $"a partition table (DOS, {n} {(n == 1 ? "partition" : "partitions")})" : "a boot sector";
        var first = start.IndexOfAnyExcept((byte)0);
        return first < 0 ? null : $"data (from byte {first} on)";
    }

    private static string Slots(ReadOnlySpan<byte> start, SbdHeader header)
    {
        var names = new List<string>();
        for (var i = 0; i < header.Slots && SbdDisk.SlotAt(i, header.SectorSize) + SbdDisk.NameBytes + 1 <= start.Length; i++)
            if (SbdSlot.Read(start[(int)SbdDisk.SlotAt(i, header.SectorSize)..]) is { IsUsed: true } slot) names.Add(slot.Name);
        return names.Count == 0 ? "nobody" : string.Join(", ", names.Take(8)) + (names.Count > 8 ? $" and {names.Count - 8} more" : "");
    }

    private static int Partitions(ReadOnlySpan<byte> start)
    {
        var count = 0;
        for (var i = 0; i < 4; i++)
            if (start[446 + 16 * i + 4] != 0 && BinaryPrimitives.ReadUInt32LittleEndian(start[(446 + 16 * i + 12)..]) != 0) count++;
        return count;
    }

    private static bool At(ReadOnlySpan<byte> start, int at, ReadOnlySpan<byte> signature) => start.Length >= at + signature.Length && start.Slice(at, signature.Length).SequenceEqual(signature);
}
