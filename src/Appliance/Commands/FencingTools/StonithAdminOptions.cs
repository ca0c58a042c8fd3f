using System.Globalization;

namespace Appliance.Commands.FencingTools;

/// <summary>What stonith_admin was told: its one command, and what goes with it.</summary>
internal sealed record StonithAdminOptions
{
    /// <summary>The command's letter, as Pacemaker 2.1.5 has it; NUL when none was given.</summary>
    public char Command { get; init; }

    /// <summary>The command's argument.</summary>
    public string Subject { get; init; } = "";
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
    public TimeSpan Tolerance { get; init; }

    /// <summary>Negative: none at all.</summary>
    public TimeSpan Delay { get; init; }
    public string? Tag { get; init; }
    public string? Agent { get; init; }

    /// <summary>Devices of a level, and its index.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];
    public int Index { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];
    public int Verbose { get; init; }
    public bool Quiet { get; init; }
    public bool Cleanup { get; init; }
    public bool Broadcast { get; init; }

    public StonithAdminFormat Format { get; init; } = new();
    public string? OutputTo { get; init; }

    /// <summary>What is wrong with the line, in stonith_admin's words.</summary>
    public string? Fault { get; init; }

    private sealed record Known(char Letter, string Long, bool TakesArgument, bool IsCommand = false);

    private static readonly Known[] All =
    [
        new('l', "list", true, true), new('L', "list-registered", false, true), new('I', "list-installed", false, true), new('s', "list-targets", true, true),
        new('M', "metadata", false, true), new('Q', "query", true, true), new('H', "history", true, true), new('h', "last", true, true), new('K', "validate", false, true),
        new('F', "fence", true, true), new('U', "unfence", true, true), new('B', "reboot", true, true), new('C', "confirm", true, true),
        new('R', "register", true, true), new('D', "deregister", true, true), new('r', "register-level", true, true), new('d', "deregister-level", true, true),
        new('c', "cleanup", false), new('b', "broadcast", false), new('a', "agent", true), new('o', "option", true), new('e', "env-option", true), new('T', "tag", true),
        new('v', "device", true), new('i', "index", true), new('t', "timeout", true), new('y', "delay", true), new('n', "as-node-id", false), new('\u0001', "tolerance", true),
        new('$', "version", false, true), new('V', "verbose", false), new('q', "quiet", false), new('?', "help", false, true), new('?', "help-all", false, true),
        new('\u0002', "output-as", true), new('\u0003', "output-to", true), new('\u0004', "text-fancy", false),
        new('\u0005', "html-cgi", false), new('\u0006', "html-stylesheet", true), new('\u0007', "html-title", true),
        new('?', "help-output", false, true), new('?', "help-definition", false, true), new('?', "help-queries", false, true), new('?', "help-fence", false, true), new('?', "help-additional", false, true),
    ];

    /// <param name="environment">For --env-option.</param>
    public static StonithAdminOptions Parse(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var options = new StonithAdminOptions();
        var parameters = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            {
                var (name, value) = word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (word[2..at], word[(at + 1)..]) : (word[2..], null);
                if (Array.Find(All, k => k.Long == name) is not { } known) return options with { Fault = $"Unknown option {word}" };
                if (known.TakesArgument && value is null && ++i < args.Count) value = args[i];
                if (known.TakesArgument && value is null) return options with { Fault = $"Missing argument for {word}" };
                options = options.With(known, value, parameters, environment);
            }
            else if (word is ['-', _, ..])
            {
                for (var at = 1; at < word.Length; at++)
                {
                    if (Array.Find(All, k => k.Letter == word[at]) is not { } known) return options with { Fault = $"Unknown option -{word[at]}" };
                    if (!known.TakesArgument)
                    {
                        options = options.With(known, null, parameters, environment);
                        continue;
                    }
                    var value = at + 1 < word.Length ? word[(at + 1)..] : ++i < args.Count ? args[i] : null;
                    if (value is null) return options with { Fault = $"Missing argument for -{word[at]}" };
                    options = options.With(known, value, parameters, environment);
                    break;
                }
            }
            else return options with { Fault = $"Unknown argument {word}" };
            if (options.Fault is not null) return options;
        }
        return options with { Parameters = parameters };
    }

    private StonithAdminOptions With(Known option, string? value, List<KeyValuePair<string, string>> parameters, Func<string, string?> environment)
    {
        if (option.IsCommand) return this with { Command = option.Letter, Subject = value ?? "" };
        switch (option.Letter)
        {
            case 'c': return this with { Cleanup = true };
            case 'b': return this with { Broadcast = true };
            case 'a': return this with { Agent = value };
            case 'v': return this with { Devices = [.. Devices, .. value!.Split(',', StringSplitOptions.RemoveEmptyEntries)] };
            case 'i': return int.TryParse(value, out var index) ? this with { Index = index } : this with { Fault = $"--index: {value} is no number" };
            case 'T': return this with { Tag = value };
            case 'V': return this with { Verbose = Verbose + 1 };
            case 'q': return this with { Quiet = true };
            case 't': return Span(value!) is { } timeout && timeout > TimeSpan.Zero ? this with { Timeout = timeout } : this with { Fault = $"--timeout: {value} is no time" };
            case 'y': return value == "-1" ? this with { Delay = TimeSpan.FromSeconds(-1) } : Span(value!) is { } delay ? this with { Delay = delay } : this with { Fault = $"--delay: {value} is no time" };
            case '\u0001': return Span(value!) is { } tolerance ? this with { Tolerance = tolerance } : this with { Fault = $"--tolerance: {value} is no time" };
            case '\u0002': return value is "text" or "xml" or "html" or "none" ? this with { Format = Format with { As = value } } : this with { Fault = $"Error creating output format {value}: Unknown output format (text, xml, html)" };
            case '\u0003': return this with { OutputTo = value };
            case '\u0005': return this with { Format = Format with { HtmlCgi = true } };
            case '\u0006': return this with { Format = Format with { HtmlStylesheet = value } };
            case '\u0007': return this with { Format = Format with { HtmlTitle = value } };
            case 'o':
                if (value!.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) return this with { Fault = $"Invalid option: -o {value}" };
                parameters.Add(new(value[..at], value[(at + 1)..]));
                return this;
            case 'e':
                if (environment("OCF_RESKEY_" + value) is not { } found) return this with { Fault = $"Invalid option: -e {value}" };
                parameters.Add(new(value!, found));
                return this;
            default: return this;
        }
    }

    private static TimeSpan? Span(string text) => Appliance.Stonith.Fencer.DeviceRules.Span(text);

    public static string Usage(CultureInfo _) => """
        Usage:
          stonith_admin [OPTION…]

        stonith_admin - Access the fencing of this pair, in Pacemaker's words

        Queries:
          -l, --list=HOST           Devices that can terminate this node
          -L, --list-registered     All devices
          -I, --list-installed      All agents that are installed, ours first
          -s, --list-targets=DEVICE Nodes that this device controls
          -M, --metadata            An agent's metadata; requires --agent
          -Q, --query=DEVICE        Whether the device would work now
          -H, --history=NODE        Last successful fencing of a node ('*': of all); --cleanup, --quiet (its epoch),
                                    --verbose (everything), --broadcast
          -h, --last=NODE           When the node was last fenced
          -K, --validate            Check a configuration; requires --agent; --option, --env-option, --quiet

        Fencing:
          -F, --fence=HOST          Off, proven       -B, --reboot=HOST   Off, proven, then on
          -U, --unfence=HOST        On                -C, --confirm=HOST  You have made sure that it is off

        Until the daemon ends:
          -R, --register=ID         A device more; requires --agent; --option      -D, --deregister=ID
          -r, --register-level=NODE A level; requires --index (1 to 9) and --device (NODE, @PATTERN or ATTRIBUTE=VALUE)
          -d, --deregister-level=NODE

        With them:
          -t, --timeout=SECONDS (120)   -y, --delay=SECONDS (-1: none)   --tolerance=SECONDS   -T, --tag=TAG
          -a, --agent=AGENT   -o, --option=NAME=VALUE   -e, --env-option=NAME   -V   -q
          --output-as=text|xml|html   --output-to=FILE   -$, --version   -?, --help

        """;
}
