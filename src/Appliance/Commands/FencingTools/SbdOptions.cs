using Appliance.Core;
using Appliance.Fencing;
using Appliance.Stonith.Devices.Sbd;

namespace Appliance.Commands.FencingTools;

/// <summary>The options of <c>appliance sbd</c>: sbd's letters, of which those for its daemon change nothing here.</summary>
internal sealed class SbdOptions
{
    public const string Usage = """
        Usage: appliance sbd -d DISK [-d DISK]... [OPTION]... COMMAND

        Commands:
          create              write a header and empty slots
          dump                show the header
          list                show the slots: number, node, order, sender
          allocate NODE       take a slot for a node
          message NODE ORDER  write an order: test, reset, off, crashdump, exit, clear
          ping [NODE]         has the disk a header? With NODE: does it read its mailbox?

        Options:
          -d DISK     shared disk, by a name that is the same on all nodes (several with -d again, or ";" between)
          -1 SECONDS  create: watchdog (5)
          -2 SECONDS  create: allocate (2)
          -3 SECONDS  create: loop (1)
          -4 SECONDS  create: msgwait (twice watchdog, at least 10; less than twice watchdog is refused)
          -n NODE     our own name (the sender of an order)
          -I SECONDS  how long one access to a disk may take (3)
          --force     create over what is there

        Without -d the disks are those of the variable SBD_DEVICE. Exit status: 0 done, 1 failed.
        The format is sbd's (2.1): both tools read and write the same disks.
        """;

    /// <summary>Letters of sbd's daemon that have no value, and those that have one.</summary>
    private const string Flags = "vRWTPZhD", Values = "dn12345ICstFwSpr";

    private readonly Dictionary<char, int> _times = [];

    public List<string> Disks { get; } = [];
    public List<string> Words { get; } = [];
    public string Node { get; private set; } = "";
    public bool Force { get; private set; }
    public TimeSpan AccessTime => _times.TryGetValue('I', out var seconds) ? TimeSpan.FromSeconds(seconds) : SbdDrive.AccessTime;

    /// <summary>Of a new disk.</summary>
    public SbdHeader Header(int sectorSize, Guid uuid)
    {
        var usual = SbdHeader.Usual(sectorSize, uuid);
        var watchdog = _times.GetValueOrDefault('1', usual.Watchdog);
        return usual with { Watchdog = watchdog, Allocate = _times.GetValueOrDefault('2', usual.Allocate), Loop = _times.GetValueOrDefault('3', usual.Loop), MsgWait = _times.GetValueOrDefault('4', Math.Max(usual.MsgWait, 2 * watchdog)) };
    }

    /// <returns><c>null</c>: help is wanted, or <paramref name="problem"/> says what is wrong.</returns>
    public static SbdOptions? Read(string[] args, string? environment, string machine, out string? problem)
    {
        var options = new SbdOptions { Node = machine };
        problem = null;
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (arg is "--help" or "-h" or "help") return null;
            if (arg == "--force") options.Force = true;
            else if (arg is not ['-', _, ..]) options.Words.Add(arg);
            else if (Values.Contains(arg[1], StringComparison.Ordinal))
            {
                var value = arg.Length > 2 ? arg[2..] : i + 1 < args.Length ? args[++i] : null;
                problem = value is null ? $"{arg} needs a value" : options.Take(arg[1], value);
            }
            else if (arg[1..].Any(letter => !Flags.Contains(letter, StringComparison.Ordinal))) problem = $"there is no option {arg}";
            if (problem is not null) return null;
        }
        if (options.Disks.Count == 0) options.Take('d', environment ?? "");
        if (options.Disks.Count == 0) problem = "no disk is given: -d DISK";
        else if (options.Disks.Count > SbdDisk.MostDisks) problem = $"sbd uses at most {SbdDisk.MostDisks} disks, and {options.Disks.Count} are given";
        return problem is null ? options : null;
    }

    private string? Take(char letter, string value)
    {
        switch (letter)
        {
            case 'd': Disks.AddRange(value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)); break;
            case 'n' when SbdDisk.NameProblem(value) is { } bad: return bad;
            case 'n': Node = value; break;
            case '1' or '2' or '3' or '4' or 'I':
                if (!int.TryParse(value, out var seconds) || seconds is < 1 or >= 100_000) return $"Invalid value \"{value}\" for option -{letter}";
                _times[letter] = seconds;
                break;
        }
        return null;
    }
}
