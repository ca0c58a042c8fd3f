using Appliance.Core;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Stonith.Tests.Sbd.Slots;

/// <summary>Virtual time: what is due next is done next.</summary>
internal sealed class VirtualWorld(int seed)
{
    private readonly PriorityQueue<Action, (Instant, long)> _due = new();
    private long _order;

    public Random Random { get; } = new(seed);
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public List<string> Story { get; } = [];

    public void At(Instant at, Action what) => _due.Enqueue(what, (at < Now ? Now : at, ++_order));
    public void After(double seconds, Action what) => At(Now + TimeSpan.FromSeconds(seconds), what);
    public void Tell(string what) => Story.Add($"{(Now.Ticks - TimeSpan.TicksPerHour) / (double)TimeSpan.TicksPerSecond:000.000} {what}");

    public void RunUntil(Instant end)
    {
        while (_due.TryPeek(out var what, out var at) && at.Item1 <= end)
        {
            _due.Dequeue();
            Now = at.Item1;
            what();
        }
        Now = end;
    }

    public void Run(double seconds) => RunUntil(Now + TimeSpan.FromSeconds(seconds));
    public double Between(double least, double most) => least + Random.NextDouble() * (most - least);
    public bool Chance(double p) => Random.NextDouble() < p;
}

/// <summary>A shared disk: bytes that change in an instant, a sector at a time.</summary>
internal sealed class VirtualDisk
{
    public VirtualDisk(SbdHeader header)
    {
        Header = header;
        Bytes = new byte[header.SectorSize + SbdDisk.AllBytes(header)];
        header.Write().CopyTo(Bytes, 0);
    }

    public SbdHeader Header { get; }
    public byte[] Bytes { get; set; }

    public SbdDiskView View => SbdDiskView.Read("", Header, Bytes.AsSpan(Header.SectorSize))!;
    public SbdMail MailOf(string node) => View.Mail[View.Find(node)];
    public List<int> SlotsOf(string node) => [.. Enumerable.Range(0, Header.Slots).Where(i => View.Slots[i].IsUsed && View.Slots[i].Name.Equals(node, StringComparison.OrdinalIgnoreCase))];
    public void Put(string node, SbdCommand command, string from = "beta") => new SbdMail(command, from).Write(Header.SectorSize).CopyTo(Bytes, SbdDisk.MailAt(View.Find(node), Header.SectorSize));
    public void Name(int slot, string node) => new SbdSlot(true, node).Write(Header.SectorSize).CopyTo(Bytes, SbdDisk.SlotAt(slot, Header.SectorSize));
}

/// <summary>One machine's way to a disk: how long it takes, when it hangs, when it fails.</summary>
internal sealed class DiskPath(VirtualWorld world, VirtualDisk disk)
{
    public VirtualDisk Disk => disk;

    /// <summary>Seconds of an access.</summary>
    public Func<double> Latency { get; set; } = () => 0.002;

    /// <summary>Nothing goes through before then.</summary>
    public Instant HangsUntil { get; set; }
    public bool Fails { get; set; }
    public bool IsLost { get; set; }

    /// <summary>Called in the instant before an access takes effect.</summary>
    public Action<SectorAccess>? Before { get; set; }

    /// <summary>Writes that landed.</summary>
    public List<(Instant At, long Offset)> Writes { get; } = [];

    public void Access(SectorAccess step, Func<bool> alive, Action done)
    {
        var begun = world.Now;
        var from = HangsUntil > begun ? HangsUntil : begun;
        var took = Latency();
        world.At(from + TimeSpan.FromSeconds(took * world.Random.NextDouble()), () =>
        {
            if (HangsUntil > world.Now && HangsUntil > from)        // it began to hang while this was under way
            {
                world.At(HangsUntil, Land);
                return;
            }
            Land();
        });

        void Land()
        {
            // A machine that died has sent nothing more; what it sent before may be in the storage's queue.
            if (alive() || (!step.Write.IsEmpty && world.Chance(0.5))) Effect(step);
            world.At(world.Now + TimeSpan.FromSeconds(took * world.Random.NextDouble()), () =>
            {
                if (alive()) done();
            });
        }
    }

    private void Effect(SectorAccess step)
    {
        Before?.Invoke(step);
        if (IsLost || Fails)
        {
            step.Failure = "Input/output error";
            return;
        }
        var bytes = disk.Bytes;
        if (step.Write.IsEmpty)
        {
            var at = (int)Math.Min(step.Offset, bytes.Length);
            step.Data = bytes.AsMemory(at, Math.Min(step.Length, bytes.Length - at)).ToArray();
            return;
        }
        step.Write.CopyTo(bytes.AsMemory((int)step.Offset));
        Writes.Add((world.Now, step.Offset));
    }
}
