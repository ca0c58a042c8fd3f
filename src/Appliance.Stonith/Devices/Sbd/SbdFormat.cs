using System.Buffers.Binary;
using System.Text;

namespace Appliance.Stonith.Devices.Sbd;

/// <summary>What may stand in a node's mailbox (sbd 1.5.2: on disk as one byte).</summary>
public enum SbdCommand : byte { Clear = 0, Test = 1, Reset = 2, Off = 3, Exit = 4, CrashDump = 5 }

/// <summary>The first sector of a disk: the geometry and the times that all who use it keep to.</summary>
/// <param name="SectorSize">Bytes.</param>
/// <param name="Watchdog">Seconds without a successful read after which a node's watchdog fires.</param>
/// <param name="Allocate">Seconds between writing a new slot and reading it back.</param>
/// <param name="Loop">Seconds between two reads of one's own mailbox.</param>
/// <param name="MsgWait">Seconds after which whoever got an order is certainly dead.</param>
public sealed record SbdHeader(int Slots, int SectorSize, int Watchdog, int Allocate, int Loop, int MsgWait, byte Minor, Guid Uuid)
{
    public const int Bytes = 49;
    public const byte Version = 2;
    private static ReadOnlySpan<byte> Magic => "SBD_SBD_"u8;

    /// <summary>The times of a new disk (sbd's defaults).</summary>
    public static SbdHeader Usual(int sectorSize, Guid uuid) => new(SbdDisk.MostSlots, sectorSize, 5, 2, 1, 10, 1, uuid);

    /// <summary><c>null</c> when the sector is none: another magic or version, or a geometry that cannot be.</summary>
    public static SbdHeader? Read(ReadOnlySpan<byte> sector)
    {
        if (sector.Length < Bytes || !sector[..8].SequenceEqual(Magic) || sector[8] != Version) return null;
        var header = new SbdHeader(sector[9], Number(sector, 12), Number(sector, 16), Number(sector, 20), Number(sector, 24), Number(sector, 28), sector[32], new Guid(sector[33..49], bigEndian: true));
        var sane = header is { Slots: > 0, SectorSize: >= 512 and <= 65536, Watchdog: > 0 and < 100_000, MsgWait: > 0 and < 1_000_000, Loop: >= 0 and < 100_000, Allocate: >= 0 and < 100_000 };
        return sane && (header.SectorSize & (header.SectorSize - 1)) == 0 ? header : null;
    }

    public byte[] Write()
    {
        var sector = new byte[SectorSize];
        Magic.CopyTo(sector);
        (sector[8], sector[9], sector[32]) = (Version, (byte)Slots, Minor);
        foreach (var (at, value) in new[] { (12, SectorSize), (16, Watchdog), (20, Allocate), (24, Loop), (28, MsgWait) }) BinaryPrimitives.WriteInt32BigEndian(sector.AsSpan(at), value);
        Uuid.TryWriteBytes(sector.AsSpan(33), bigEndian: true, out _);
        return sector;
    }

    /// <summary>An order proves nothing when a node's watchdog may still have been running after the wait: msgwait must be at least twice the watchdog's time.</summary>
    public bool ProvesDeath => MsgWait >= 2 * Watchdog;

    private static int Number(ReadOnlySpan<byte> sector, int at) => BinaryPrimitives.ReadInt32BigEndian(sector[at..]);
}

/// <summary>A node's place on the disk.</summary>
public sealed record SbdSlot(bool IsUsed, string Name)
{
    public static SbdSlot Read(ReadOnlySpan<byte> sector) => new(sector[0] == 1, SbdDisk.Text(sector.Slice(1, SbdDisk.NameBytes)));

    public byte[] Write(int sectorSize)
    {
        var sector = new byte[sectorSize];
        sector[0] = IsUsed ? (byte)1 : (byte)0;
        SbdDisk.Put(Name, sector.AsSpan(1, SbdDisk.NameBytes));
        return sector;
    }
}

/// <summary>What a node is told, and by whom.</summary>
public sealed record SbdMail(SbdCommand Command, string From)
{
    public static SbdMail Read(ReadOnlySpan<byte> sector) => new((SbdCommand)sector[0], SbdDisk.Text(sector.Slice(1, SbdDisk.NameBytes)));

    public byte[] Write(int sectorSize)
    {
        var sector = new byte[sectorSize];
        sector[0] = (byte)Command;
        SbdDisk.Put(From, sector.AsSpan(1, SbdDisk.NameBytes));
        return sector;
    }
}

/// <summary>Where things are: the header, then for each node its slot and its mailbox, a sector each.</summary>
public static class SbdDisk
{
    public const int MostSlots = 255, NameBytes = 64;

    /// <summary>sbd takes no more.</summary>
    public const int MostDisks = 3;

    /// <summary>Read first, before the sector size is known: a multiple of every size a disk has.</summary>
    public const int FirstRead = 4096;

    public static long SlotAt(int slot, int sectorSize) => (1L + 2L * slot) * sectorSize;

    public static long MailAt(int slot, int sectorSize) => (2L + 2L * slot) * sectorSize;

    /// <summary>All slots and mailboxes together, from the second sector on.</summary>
    public static int AllBytes(SbdHeader header) => 2 * header.Slots * header.SectorSize;

    /// <summary>sbd's words.</summary>
    public static string Word(SbdCommand command) => command switch
    {
        SbdCommand.Clear => "clear",
        SbdCommand.Test => "test",
        SbdCommand.Reset => "reset",
        SbdCommand.Off => "off",
        SbdCommand.Exit => "exit",
        SbdCommand.CrashDump => "crashdump",
        _ => "undefined",
    };

    public static SbdCommand? Command(string word) => word switch
    {
        "clear" => SbdCommand.Clear, "test" => SbdCommand.Test, "reset" => SbdCommand.Reset, "off" => SbdCommand.Off, "exit" => SbdCommand.Exit, "crashdump" => SbdCommand.CrashDump, _ => null,
    };

    /// <summary>What is wrong with a node's name, for a slot or as a sender; <c>null</c> when it fits.</summary>
    public static string? NameProblem(string name) =>
        Encoding.UTF8.GetByteCount(name) is var bytes and (0 or >= NameBytes) ? $"a node's name has 1 to {NameBytes - 1} bytes, and \"{name}\" has {bytes}" : null;

    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>A name is cut to what fits with a NUL behind it.</summary>
    internal static void Put(string name, Span<byte> place)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        bytes.AsSpan(0, Math.Min(bytes.Length, place.Length - 1)).CopyTo(place);
    }
}
