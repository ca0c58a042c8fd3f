using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Commands.FencingTools;

/// <summary><c>appliance sbd -d DISK COMMAND</c>: sbd's tool for the slots of shared disks, with its words and exit statuses.</summary>
internal sealed class SbdTool(TextWriter output, TextWriter errors)
{
    private const int Done = 0, Failed = 1;
    private static readonly TimeSpan AccessTime = TimeSpan.FromSeconds(3), CreateTime = TimeSpan.FromSeconds(60);

    private const string Usage = """
        Usage: appliance sbd -d DISK [-d DISK]... [OPTION]... COMMAND

        Commands:
          create              write a header and empty slots (all that was there is lost)
          dump                show the header
          list                show the slots: number, node, order, sender
          allocate NODE       take a slot for a node
          message NODE WHAT   write an order: test, reset, off, crashdump, exit, clear
          ping                is the disk there, and has it a header?

        Options:
          -d DISK     shared disk, by a name that is the same on all nodes (several with -d again, or ";" between)
          -1 SECONDS  create: watchdog (5)
          -2 SECONDS  create: allocate (2)
          -3 SECONDS  create: loop (1)
          -4 SECONDS  create: msgwait (10; at least twice watchdog)
          -n NODE     our own name (the sender of an order)
          --force     create over a header that is there

        Exit status: 0 done, 1 failed. The format is sbd's (2.1): both tools read and write the same disks.
        """;

    public static int Applet(string[] args) => new SbdTool(Console.Out, Console.Error).Run(args);

    public int Run(string[] args)
    {
        var disks = new List<string>();
        var words = new List<string>();
        var (times, me, force) = (new Dictionary<char, int>(), Environment.MachineName, false);
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (arg is "--help" or "-h" or "help")
            {
                output.WriteLine(Usage);
                return Done;
            }
            if (arg == "--force") force = true;
            else if (arg is ['-', 'd' or 'n' or '1' or '2' or '3' or '4', ..])
            {
                var value = arg.Length > 2 ? arg[2..] : i + 1 < args.Length ? args[++i] : null;
                if (value is null) return Wrong($"{arg} needs a value");
                if (arg[1] == 'd') disks.AddRange(value.Split(';', StringSplitOptions.RemoveEmptyEntries));
                else if (arg[1] == 'n') me = value;
                else if (int.TryParse(value, out var seconds) && seconds is > 0 and < 100_000) times[arg[1]] = seconds;
                else return Wrong($"{arg[..2]} takes a number of seconds, and was given \"{value}\"");
            }
            else if (arg.StartsWith('-')) return Wrong($"there is no option {arg}");
            else words.Add(arg);
        }
        if (disks.Count == 0) return Wrong("no disk is given: -d DISK");
        return words switch
        {
            ["create"] => Create(disks, times, force),
            ["dump"] => Each(disks, Dump),
            ["list"] => List(disks[0]),
            ["ping"] => Each(disks, disk => Header(disk) is null ? Failed : Done),
            ["allocate", var node] => Each(disks, disk => Allocate(disk, node)),
            ["message", var node, var what] => Message(disks, node, what, me),
            _ => Wrong(words.Count == 0 ? "what is to be done? create, dump, list, allocate, message or ping" : $"there is no command \"{string.Join(' ', words)}\""),
        };
    }

    private int Wrong(string problem)
    {
        errors.WriteLine($"appliance sbd: {problem} (see --help)");
        return Failed;
    }

    private static int Each(List<string> disks, Func<string, int> what) => disks.ConvertAll(d => what(d)).Max();

    private int Create(List<string> disks, Dictionary<char, int> times, bool force)
    {
        foreach (var path in disks)
        {
            if (!force && Read(path, 0, SbdDisk.FirstRead, out _) is { } there && SbdHeader.Read(there) is not null)
                return Wrong($"{path} has a header already: its nodes would lose their slots; give --force if no sbd runs with it");
            output.WriteLine($"Initializing device {path}");
            SbdHeader? header = null;
            var failure = Patiently.Do(() =>
            {
                using var disk = DirectDisk.Open(path, write: true);
                var usual = SbdHeader.Usual(disk.SectorSize, Guid.NewGuid());
                var watchdog = times.GetValueOrDefault('1', usual.Watchdog);
                header = usual with { Watchdog = watchdog, Allocate = times.GetValueOrDefault('2', usual.Allocate), Loop = times.GetValueOrDefault('3', usual.Loop), MsgWait = times.GetValueOrDefault('4', 2 * watchdog) };
                if (!header.ProvesDeath) throw new IOException($"msgwait {header.MsgWait} s is less than twice watchdog {header.Watchdog} s: an order would prove nothing");
                disk.Write(header.SectorSize, new byte[SbdDisk.AllBytes(header)]);
                disk.Write(0, header.Write());
            }, CreateTime);
            if (failure is not null) return Wrong($"{path}: {failure}");
            output.WriteLine($"Creating version {SbdHeader.Version}.{header!.Minor} header on {path} (uuid: {header.Uuid})\nInitializing {header.Slots} slots on {path}\nDevice {path} is initialized.");
        }
        output.WriteLine("Did you check sbd service down on all nodes before? If not do so now and restart afterwards.");
        return Done;
    }

    private int Dump(string path)
    {
        output.WriteLine($"==Dumping header on disk {path}");
        if (Header(path) is not { } header)
        {
            errors.WriteLine($"==Header on disk {path} NOT dumped");
            return Failed;
        }
        output.WriteLine($"Header version     : {SbdHeader.Version}.{header.Minor}\nUUID               : {header.Uuid}\nNumber of slots    : {header.Slots}\nSector size        : {header.SectorSize}\n"
            + $"Timeout (watchdog) : {header.Watchdog}\nTimeout (allocate) : {header.Allocate}\nTimeout (loop)     : {header.Loop}\nTimeout (msgwait)  : {header.MsgWait}\n==Header on disk {path} is dumped");
        if (!header.ProvesDeath) errors.WriteLine($"appliance sbd: {path}: msgwait is less than twice watchdog: an order on this disk proves nothing");
        return Done;
    }

    private int List(string path)
    {
        if (Header(path) is not { } header || Slots(path, header) is not { } slots) return Failed;
        for (var i = 0; i < slots.Length; i++)
            if (slots[i].Slot.IsUsed) output.WriteLine($"{i}\t{slots[i].Slot.Name}\t{SbdDisk.Word(slots[i].Mail.Command)}\t{slots[i].Mail.From}");
        return Done;
    }

    private int Allocate(string path, string node)
    {
        if (node.Length is 0 or >= SbdDisk.NameBytes) return Wrong($"a name has 1 to {SbdDisk.NameBytes - 1} characters");
        output.WriteLine($"Trying to allocate slot for {node} on device {path}.");
        if (Header(path) is not { } header) return Failed;
        while (true)
        {
            if (Slots(path, header) is not { } slots) return Failed;
            if (Array.FindIndex(slots, s => s.Slot.IsUsed && s.Slot.Name.Equals(node, StringComparison.OrdinalIgnoreCase)) is >= 0 and var mine)
            {
                output.WriteLine($"{node} owns slot {mine}");
                return Done;
            }
            var free = Array.FindIndex(slots, s => !s.Slot.IsUsed);
            if (free < 0) return Wrong($"{path} has no free slot");
            output.WriteLine($"slot {free} is unused - trying to own");
            if (!Write(path, SbdDisk.MailAt(free, header.SectorSize), new SbdMail(SbdCommand.Clear, "").Write(header.SectorSize))
                || !Write(path, SbdDisk.SlotAt(free, header.SectorSize), new SbdSlot(true, node).Write(header.SectorSize))) return Failed;
            // Another node may have written the same slot: whose name stands there after the wait has it.
            Thread.Sleep(TimeSpan.FromSeconds(header.Allocate));
            if (Slots(path, header) is not { } after) return Failed;
            if (!after[free].Slot.Name.Equals(node, StringComparison.OrdinalIgnoreCase)) continue;
            output.WriteLine($"Slot for {node} has been allocated on {path}.");
            return Done;
        }
    }

    private int Message(List<string> disks, string node, string what, string me)
    {
        if (SbdDisk.Command(what) is not { } command) return Wrong($"there is no order \"{what}\": test, reset, off, crashdump, exit, clear");
        var (written, wait) = (0, 0);
        foreach (var path in disks)
        {
            if (Header(path) is not { } header || Slots(path, header) is not { } slots) continue;
            var slot = Array.FindIndex(slots, s => s.Slot.IsUsed && s.Slot.Name.Equals(node, StringComparison.OrdinalIgnoreCase));
            if (slot < 0)
            {
                errors.WriteLine($"appliance sbd: {path} has no slot for {node}");
                continue;
            }
            var mail = new SbdMail(command, me).Write(header.SectorSize);
            if (!Write(path, SbdDisk.MailAt(slot, header.SectorSize), mail)) continue;
            written++;
            wait = Math.Max(wait, header.MsgWait);
        }
        if (written <= disks.Count / 2) return Wrong($"the order is on {written} of {disks.Count} disks: no majority");
        if (command is SbdCommand.Reset or SbdCommand.Off) Thread.Sleep(TimeSpan.FromSeconds(wait));
        return Done;
    }

    private SbdHeader? Header(string path)
    {
        var bytes = Read(path, 0, SbdDisk.FirstRead, out var failure);
        if (bytes is not null && SbdHeader.Read(bytes) is { } header) return header;
        errors.WriteLine($"== disk {path} unreadable!{(failure is null ? " It has no header of sbd: create writes one." : $" {failure}")}");
        return null;
    }

    private (SbdSlot Slot, SbdMail Mail)[]? Slots(string path, SbdHeader header)
    {
        if (Read(path, header.SectorSize, SbdDisk.AllBytes(header), out var failure) is not { } bytes || bytes.Length < SbdDisk.AllBytes(header))
        {
            errors.WriteLine($"== disk {path} unreadable! {failure ?? "it is too short for its slots"}");
            return null;
        }
        var slots = new (SbdSlot, SbdMail)[header.Slots];
        for (var i = 0; i < slots.Length; i++) slots[i] = (SbdSlot.Read(bytes.AsSpan(2 * i * header.SectorSize)), SbdMail.Read(bytes.AsSpan((2 * i + 1) * header.SectorSize)));
        return slots;
    }

    private static byte[]? Read(string path, long offset, int length, out string? failure)
    {
        byte[]? bytes = null;
        failure = Patiently.Do(() =>
        {
            using var disk = DirectDisk.Open(path, write: false);
            bytes = disk.Read(offset, length);
        }, AccessTime);
        return failure is null ? bytes : null;
    }

    private bool Write(string path, long offset, byte[] sector)
    {
        var failure = Patiently.Do(() =>
        {
            using var disk = DirectDisk.Open(path, write: true);
            disk.Write(offset, sector);
        }, AccessTime);
        if (failure is not null) errors.WriteLine($"appliance sbd: {path}: {failure}");
        return failure is null;
    }
}
