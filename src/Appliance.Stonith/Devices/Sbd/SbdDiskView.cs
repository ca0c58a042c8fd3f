using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>A disk as it was read.</summary>
public sealed record SbdDiskView(string Path, SbdHeader Header, ImmutableArray<SbdSlot> Slots, ImmutableArray<SbdMail> Mail)
{
    /// <param name="rest">All that follows the header; <c>null</c> when it is too short.</param>
    public static SbdDiskView? Read(string path, SbdHeader header, ReadOnlySpan<byte> rest)
    {
        if (rest.Length < SbdDisk.AllBytes(header)) return null;
        var (slots, mail) = (ImmutableArray.CreateBuilder<SbdSlot>(header.Slots), ImmutableArray.CreateBuilder<SbdMail>(header.Slots));
        for (var i = 0; i < header.Slots; i++)
        {
            slots.Add(SbdSlot.Read(rest[(2 * i * header.SectorSize)..]));
            mail.Add(SbdMail.Read(rest[((2 * i + 1) * header.SectorSize)..]));
        }
        return new(path, header, slots.ToImmutable(), mail.ToImmutable());
    }

    /// <summary>Names are alike in either case, as in sbd.</summary>
    public int Find(string node)
    {
        for (var i = 0; i < Slots.Length; i++)
            if (Slots[i].IsUsed && Slots[i].Name.Equals(node, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }

    /// <summary>-1: all are taken.</summary>
    public int FirstFree()
    {
        for (var i = 0; i < Slots.Length; i++)
            if (!Slots[i].IsUsed) return i;
        return -1;
    }
}
