using Appliance.Linux;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Fencing;

/// <summary>A disk in sbd's format, read and written from here; each access on a thread that is given up when the disk hangs.</summary>
/// <param name="time">For one access.</param>
internal sealed class SbdDrive(string path, TimeSpan time)
{
    /// <summary>sbd's own limit for one access.</summary>
    public static readonly TimeSpan AccessTime = TimeSpan.FromSeconds(3);

    /// <summary>Zeroing all slots writes 255 KiB, synchronously.</summary>
    private static readonly TimeSpan CreateTime = TimeSpan.FromSeconds(60);

    public string Path => path;

    /// <summary>Why the last access failed; <c>null</c> after a good one.</summary>
    public string? Failure { get; private set; }

    /// <summary><c>null</c>: it cannot be read (<see cref="Failure"/>), or has none.</summary>
    public SbdHeader? Header() => Read(0, SbdDisk.FirstRead) is { } bytes ? SbdHeader.Read(bytes) : null;

    /// <summary>All slots and mailboxes.</summary>
    public SbdDiskView? Slots(SbdHeader header)
    {
        if (Read(header.SectorSize, SbdDisk.AllBytes(header)) is not { } bytes) return null;
        var view = SbdDiskView.Read(path, header, bytes);
        if (view is null) Failure = "it is too short for its slots";
        return view;
    }

    public byte[]? Read(long offset, int length)
    {
        byte[]? bytes = null;
        Failure = Patiently.Do(() =>
        {
            using var disk = DirectDisk.Open(path, write: false);
            bytes = disk.Read(offset, length);
        }, time);
        return Failure is null ? bytes : null;
    }

    public bool Write(long offset, byte[] sector)
    {
        Failure = Patiently.Do(() =>
        {
            using var disk = DirectDisk.Open(path, write: true);
            disk.Write(offset, sector);
        }, time);
        return Failure is null;
    }

    /// <summary>Writes empty slots and then the header.</summary>
    /// <param name="header">Its values for a disk's sector size; told nothing else, as the size is known only when the disk is open.</param>
    public SbdHeader? Create(Func<int, SbdHeader> header)
    {
        SbdHeader? made = null;
        Failure = Patiently.Do(() =>
        {
            // Exclusive: what is mounted, or part of something, is not written over, whatever else was said.
            using var disk = DirectDisk.Open(path, write: true, exclusive: true);
            made = header(disk.SectorSize);
            disk.Write(made.SectorSize, new byte[SbdDisk.AllBytes(made)]);
            disk.Write(0, made.Write());
        }, CreateTime);
        return Failure is null ? made : null;
    }

    /// <summary>Takes a slot for a node, or finds the one it has.</summary>
    /// <param name="trying">Told the number of each free slot that is tried.</param>
    /// <returns>Its number; <c>null</c>: see <see cref="Failure"/>.</returns>
    public int? Allocate(SbdHeader header, string node, Action<int> trying)
    {
        while (true)
        {
            if (Slots(header) is not { } view) return null;
            if (view.Find(node) is >= 0 and var mine) return mine;
            var free = view.FirstFree();
            if (free < 0)
            {
                Failure = "no slot is free";
                return null;
            }
            trying(free);
            // The mailbox first: a name must never stand before an old order.
            if (!Write(SbdDisk.MailAt(free, header.SectorSize), new SbdMail(SbdCommand.Clear, "").Write(header.SectorSize))
                || !Write(SbdDisk.SlotAt(free, header.SectorSize), new SbdSlot(true, node).Write(header.SectorSize))) return null;
            // Another node may have written the same slot: whose name stands there after the wait has it.
            Thread.Sleep(TimeSpan.FromSeconds(header.Allocate));
        }
    }
}
