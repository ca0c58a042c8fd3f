using Appliance.Core;
using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Commands.FencingTools;

/// <summary><c>appliance sbd -d DISK COMMAND</c>: sbd's tool for the slots of shared disks. What it prints on standard output is what sbd 1.5.2 prints, byte for byte.</summary>
internal sealed class SbdTool(TextWriter output, TextWriter errors)
{
    private const int Done = 0, Failed = 1;

    private SbdOptions _options = new();

    public static int Applet(string[] args) => new SbdTool(Console.Out, Console.Error).Run(args);

    public int Run(string[] args)
    {
        if (SbdOptions.Read(args, Environment.GetEnvironmentVariable("SBD_DEVICE"), SystemName(), out var problem) is not { } options)
        {
            if (problem is null) output.WriteLine(SbdOptions.Usage);
            if (problem is null) return Done;
            // sbd's own words stand alone, as scripts look for them.
            if (problem.StartsWith("Invalid value", StringComparison.Ordinal)) errors.WriteLine(problem);
            return Wrong(problem.StartsWith("Invalid value", StringComparison.Ordinal) ? "try --help" : $"{problem} (see --help)");
        }
        _options = options;
        var disks = options.Disks.ConvertAll(path => new SbdDrive(path, options.AccessTime));
        return options.Words switch
        {
            ["create"] => Create(disks),
            ["dump"] => Each(disks, Dump),
            ["list"] => Each(disks, List),
            ["allocate", var node] => Each(disks, disk => Allocate(disk, node)),
            ["message", var node, var what] => Message(disks, node, what),
            ["ping"] => Each(disks, Ping),
            ["ping", var node] => Ping(disks, node),
            ["allocate"] => Wrong("which node? allocate NODE"),
            ["message", ..] => Wrong("which node, and which order? message NODE ORDER"),
            _ => Wrong(options.Words.Count == 0 ? "what is to be done? create, dump, list, allocate, message or ping (see --help)" : $"there is no command \"{string.Join(' ', options.Words)}\" (see --help)"),
        };
    }

    /// <summary>As <c>uname -n</c>, in full (sbd takes it so).</summary>
    private static string SystemName() => File.ReadAllText("/proc/sys/kernel/hostname").Trim();

    private int Wrong(string problem)
    {
        errors.WriteLine($"appliance sbd: {problem}");
        return Failed;
    }

    private static int Each(List<SbdDrive> disks, Func<SbdDrive, int> what) => disks.ConvertAll(d => what(d)).Max();

    private int Create(List<SbdDrive> disks)
    {
        if (!_options.Header(512, Guid.Empty).ProvesDeath)
            return Wrong($"msgwait {_options.Header(512, Guid.Empty).MsgWait} s (-4) is less than twice watchdog {_options.Header(512, Guid.Empty).Watchdog} s (-1): an order would prove nothing");
        // All are looked at before any is written.
        foreach (var disk in disks)
            if (!_options.Force && disk.Read(0, DiskContents.Look) is { } start && DiskContents.Of(start) is { } there)
                return Wrong($"{disk.Path} holds {there}, which would be lost; give --force if nobody needs it{(there.Contains("sbd", StringComparison.Ordinal) ? " and no node runs with it" : "")}. Nothing was written");
        foreach (var disk in disks)
        {
            output.WriteLine($"Initializing device {disk.Path}");
            if (disk.Create(size => _options.Header(size, Guid.NewGuid())) is not { } header) return Wrong($"{disk.Path}: {disk.Failure}");
            // "device 3": the number of sbd's open file stands here, and it is always that.
            output.WriteLine($"Creating version {SbdHeader.Version}.{header.Minor} header on device 3 (uuid: {header.Uuid})\nInitializing {header.Slots} slots on device 3\nDevice {disk.Path} is initialized.");
        }
        output.WriteLine("Did you check sbd service down on all nodes before? If not do so now and restart afterwards.");
        return Done;
    }

    private int Dump(SbdDrive disk)
    {
        output.WriteLine($"==Dumping header on disk {disk.Path}");
        if (disk.Header() is not { } header) return Unusable(disk, $"==Header on disk {disk.Path} NOT dumped", always: true);
        output.WriteLine($"Header version     : {SbdHeader.Version}.{header.Minor}\nUUID               : {header.Uuid}\nNumber of slots    : {header.Slots}\nSector size        : {header.SectorSize}\n"
            + $"Timeout (watchdog) : {header.Watchdog}\nTimeout (allocate) : {header.Allocate}\nTimeout (loop)     : {header.Loop}\nTimeout (msgwait)  : {header.MsgWait}\n==Header on disk {disk.Path} is dumped");
        if (!header.ProvesDeath) errors.WriteLine($"appliance sbd: {disk.Path}: msgwait is less than twice watchdog: an order on this disk proves nothing");
        return Done;
    }

    private int List(SbdDrive disk)
    {
        if (disk.Header() is not { } header || disk.Slots(header) is not { } view) return Unusable(disk, $"== Slots on disk {disk.Path} NOT dumped", always: false);
        for (var i = 0; i < view.Slots.Length; i++)
            if (view.Slots[i].IsUsed) output.WriteLine($"{i}\t{view.Slots[i].Name}\t{SbdDisk.Word(view.Mail[i].Command)}\t{view.Mail[i].From}");
        return Done;
    }

    private int Allocate(SbdDrive disk, string node)
    {
        if (SbdDisk.NameProblem(node) is { } bad) return Wrong(bad);
        output.WriteLine($"Trying to allocate slot for {node} on device {disk.Path}.");
        if (disk.Header() is not { } header) return Unusable(disk, null, always: false);
        if (disk.Allocate(header, node, slot => output.WriteLine($"slot {slot} is unused - trying to own")) is null) return Wrong($"{disk.Path}: {disk.Failure}");
        output.WriteLine($"Slot for {node} has been allocated on {disk.Path}.");
        return Done;
    }

    private int Message(List<SbdDrive> disks, string node, string what)
    {
        if (SbdDisk.Command(what) is not { } command) return Wrong($"there is no order \"{what}\": test, reset, off, crashdump, exit, clear");
        if (Written(disks, node, command) is not { } written) return Failed;
        if (command is SbdCommand.Reset or SbdCommand.Off or SbdCommand.CrashDump) Thread.Sleep(TimeSpan.FromSeconds(written.Max(w => w.View.Header.MsgWait)));
        return Done;
    }

    /// <summary>The node clears a test when it reads it.</summary>
    private int Ping(List<SbdDrive> disks, string node)
    {
        if (Written(disks, node, SbdCommand.Test) is not { } written) return Failed;
        var end = Clock.Now() + TimeSpan.FromSeconds(written.Max(w => w.View.Header.MsgWait));
        while (Clock.Now() < end)
        {
            if (written.Exists(w => w.Disk.Read(w.At, SbdDisk.FirstRead) is { } sector && sector.Length >= SbdDisk.NameBytes + 1 && SbdMail.Read(sector).Command == SbdCommand.Clear)) return Done;
            Thread.Sleep(100);
        }
        return Wrong($"{node} did not answer within msgwait: nobody reads its mailbox");
    }

    private int Ping(SbdDrive disk) => disk.Header() is null ? Unusable(disk, null, always: false) : Done;

    /// <summary>Where an order stands, on a majority of the disks; <c>null</c> when it does not.</summary>
    private List<(SbdDrive Disk, SbdDiskView View, long At)>? Written(List<SbdDrive> disks, string node, SbdCommand command)
    {
        var places = new List<(SbdDrive Disk, SbdDiskView View, long At)>();
        foreach (var disk in disks)
        {
            if (disk.Header() is not { } header || disk.Slots(header) is not { } view)
            {
                Unusable(disk, null, always: false);
                continue;
            }
            var slot = view.Find(node);
            if (slot < 0)
            {
                Wrong($"{disk.Path}: {node} has no slot");
                continue;
            }
            // Whoever fences the node waits for its death by this order: a test must not take it away.
            if (command == SbdCommand.Test && view.Mail[slot].Command is SbdCommand.Reset or SbdCommand.Off or SbdCommand.CrashDump)
            {
                Wrong($"{disk.Path}: the order {SbdDisk.Word(view.Mail[slot].Command)} of {view.Mail[slot].From} waits in {node}'s mailbox, and is not written over by a test");
                return null;
            }
            places.Add((disk, view, SbdDisk.MailAt(slot, header.SectorSize)));
        }
        var written = places.FindAll(p =>
        {
            var mail = new SbdMail(command, _options.Node).Write(p.View.Header.SectorSize);
            if (p.Disk.Write(p.At, mail) && p.Disk.Read(p.At, mail.Length) is { } back && (back.AsSpan().SequenceEqual(mail) || command == SbdCommand.Test)) return true;
            Wrong($"{p.Disk.Path}: {p.Disk.Failure ?? "what was written does not stand there"}");
            return false;
        });
        if (written.Count > disks.Count / 2) return written;
        Wrong($"the order is on {written.Count} of {disks.Count} disks: no majority");
        return null;
    }

    /// <param name="line">sbd's own, for a disk that has no header (<paramref name="always"/>: and for one that cannot be read).</param>
    private int Unusable(SbdDrive disk, string? line, bool always)
    {
        if (disk.Failure is not null) errors.WriteLine($"== disk {disk.Path} unreadable!");
        if (line is not null && (always || disk.Failure is null)) errors.WriteLine(line);
        return Wrong($"{disk.Path}: {disk.Failure ?? "it has no header of sbd (version 2); create writes one"}");
    }
}
