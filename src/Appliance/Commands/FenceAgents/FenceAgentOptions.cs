using Appliance.Stonith.Devices;

namespace Appliance.Commands.FenceAgents;

/// <summary>What a fence agent was told: lines <c>name=value</c> on standard input, or options as getopt reads them. A name is a parameter's, whichever of its names was used.</summary>
/// <remarks>As fence-agents' library: standard input is read only without arguments, the last of repeated names counts, <c>-</c> and <c>_</c> are alike in names, and a long option may be cut short while it stays unmistakable.</remarks>
internal sealed class FenceAgentOptions(string name, DeviceType type, TextWriter errors)
{
    public const string Action = "action", Help = "help", Version = "version";
    private static readonly string[] Yes = ["1", "yes", "on", "true"], No = ["0", "no", "off", "false"];

    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);

    /// <summary>Lines that cannot be understood are named and skipped: one word of a later version must not keep a node from being fenced.</summary>
    public Dictionary<string, string> FromInput(TextReader input)
    {
        while (input.ReadLine() is { } raw)
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                errors.WriteLine("Parse error: Ignoring a line that is not NAME=VALUE");
                continue;
            }
            var value = line[(at + 1)..].Trim();
            Put(line[..at].Trim(), value is ['"', .., '"'] and { Length: >= 2 } ? value[1..^1] : value);
        }
        return _given;
    }

    /// <returns><c>null</c> when the line makes no sense; why is said.</returns>
    public Dictionary<string, string>? FromArguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--") return i == args.Length - 1 ? _given : Wrong($"what is \"{args[i + 1]}\"?");
            if (args[i].StartsWith("--", StringComparison.Ordinal))
            {
                var (word, value) = args[i].IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (args[i][2..at], args[i][(at + 1)..]) : (args[i][2..], null);
                if (Long(word) is not { } option) return null;
                if (TakesNone(option) && value is not null) return Wrong($"--{word} takes no value");
                if (!TakesNone(option) && value is null && ++i < args.Length) value = args[i];
                if (!TakesNone(option) && value is null) return Wrong($"--{word} needs a value");
                Put(option, value ?? "1");
            }
            else if (args[i] is ['-', _, ..])
            {
                for (var at = 1; at < args[i].Length; at++)
                {
                    if (Letter(args[i][at]) is not { } option) return Wrong($"there is no option -{args[i][at]}");
                    if (TakesNone(option))
                    {
                        Put(option, "1");
                        continue;
                    }
                    var value = at + 1 < args[i].Length ? args[i][(at + 1)..] : ++i < args.Length ? args[i] : null;
                    if (value is null) return Wrong($"-{args[^1][^1]} needs a value");
                    Put(option, value);
                    break;
                }
            }
            else return Wrong($"what is \"{args[i]}\"? Options are --NAME=VALUE");
        }
        return _given;
    }

    /// <summary>The node's name is for those agents that know nodes; what is neither yes nor no is as if it had not been said.</summary>
    private void Put(string option, string value)
    {
        var plain = option.Replace('-', '_');
        if (plain == "option") plain = Action;
        var parameter = Find(plain);
        if (plain is "nodename" or "nodeid" && parameter is null) return;
        if (parameter is { Kind: ParameterKind.Boolean } && !Yes.Concat(No).Contains(value, StringComparer.OrdinalIgnoreCase))
            errors.WriteLine($"Parse error: Ignoring option '{parameter.Name}' because it is neither 1 nor 0 (yes, no, on, off, true, false)");
        else _given[parameter?.Name ?? plain] = value;
    }

    private DeviceParameter? Find(string plain) => type.Parameters.FirstOrDefault(p => p.Name == plain || p.OldNames.Contains(plain));

    private bool TakesNone(string option) => option is Help or Version || Find(option) is { Kind: ParameterKind.Boolean };

    private string? Letter(char letter) => letter switch
    {
        'o' => Action,
        'h' => Help,
        'V' => Version,
        _ => type.Parameters.FirstOrDefault(p => p.Letter == letter)?.Name,
    };

    /// <summary>The option that a word means, if it is one; otherwise the only one that begins so.</summary>
    private string? Long(string word)
    {
        var plain = word.Replace('-', '_');
        if (plain is Action or Help or Version || Find(plain) is not null) return Find(plain)?.Name ?? plain;
        var meant = new SortedSet<string>(type.Parameters.Select(p => p.Name).Concat([Action, Help, Version]).Where(n => plain.Length > 0 && n.StartsWith(plain, StringComparison.Ordinal)), StringComparer.Ordinal);
        if (meant.Count == 1) return meant.Min;
        Wrong(meant.Count == 0 ? $"there is no option --{word}" : $"--{word} could be {string.Join(", ", meant.Select(m => "--" + m.Replace('_', '-')))}");
        return null;
    }

    private Dictionary<string, string>? Wrong(string problem)
    {
        errors.WriteLine($"{name}: {problem} (see --help)");
        return null;
    }
}
