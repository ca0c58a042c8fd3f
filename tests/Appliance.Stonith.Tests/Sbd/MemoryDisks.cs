using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd;

/// <summary>Disks in memory; with faults to choose from.</summary>
internal sealed class MemoryDisks
{
    private readonly Dictionary<string, byte[]> _disks = new(StringComparer.Ordinal);
    private int _reads, _accesses;

    public HashSet<string> Broken { get; } = [];

    /// <summary>A write is acknowledged and does not happen.</summary>
    public bool LosesWrites { get; set; }

    /// <summary>A write happens and is not acknowledged.</summary>
    public bool HidesWrites { get; set; }

    /// <summary>Which access fails, counted from 1; 0: none.</summary>
    public int FailsAt { get; set; }
    public (int Reads, Action Do)? AfterReads { get; set; }
    public int Writes { get; private set; }

    public MemoryDisks With(string path, SbdHeader header, params string[] nodes)
    {
        var disk = new byte[header.SectorSize + SbdDisk.AllBytes(header)];
        header.Write().CopyTo(disk, 0);
        for (var i = 0; i < nodes.Length; i++) new SbdSlot(true, nodes[i]).Write(header.SectorSize).CopyTo(disk, SbdDisk.SlotAt(i, header.SectorSize));
        _disks[path] = disk;
        return this;
    }

    public SbdMail Mail(string path, int slot) => SbdMail.Read(_disks[path].AsSpan((int)SbdDisk.MailAt(slot, 512)));

    public void Mutate(string path, int at, ReadOnlySpan<byte> bytes) => bytes[..Math.Min(bytes.Length, _disks[path].Length - at)].CopyTo(_disks[path].AsSpan(at));

    public void Do(Step step)
    {
        var access = (SectorAccess)step;
        if (Broken.Contains(access.Device) || !_disks.TryGetValue(access.Device, out var disk) || ++_accesses == FailsAt)
        {
            access.Failure = "Input/output error";
            return;
        }
        if (access.Write.IsEmpty)
        {
            var from = (int)Math.Min(access.Offset, disk.Length);
            access.Data = disk.AsMemory(from, Math.Min(access.Length, disk.Length - from)).ToArray();
            if (++_reads == AfterReads?.Reads) AfterReads.Value.Do();
            return;
        }
        Writes++;
        if (!LosesWrites) access.Write.CopyTo(disk.AsMemory((int)access.Offset));
        if (HidesWrites) access.Failure = "it does not answer within 3 s";
    }
}
