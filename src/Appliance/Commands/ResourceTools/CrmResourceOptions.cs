using System.Globalization;
using System.Text;

namespace Appliance.Commands.ResourceTools;

/// <summary>What crm_resource was told, as Pacemaker 2.1.5 reads it: the last command counts.</summary>
internal sealed record CrmResourceOptions
{
    /// <summary>The command's long name; <c>null</c> when none was given.</summary>
    public string? Command { get; init; }

    /// <summary>The command's argument.</summary>
    public string? Subject { get; init; }

    /// <summary>OCF_CHECK_LEVEL of --validate and --force-check; 0: none.</summary>
    public int Level { get; init; }
    public string? Class { get; init; }
    public string? Provider { get; init; }
    public string? Agent { get; init; }
    public string? Resource { get; init; }
    public TimeSpan? Timeout { get; init; }
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>NAME=VALUE words that stand alone: they override what is configured.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; } = [];
    /// <summary><c>null</c>: nothing was said, which is text.</summary>
    public string? As { get; init; }
    public string? OutputTo { get; init; }
    public bool Fancy { get; init; }

    /// <summary>What is wrong with the line, in crm_resource's words.</summary>
    public string? Fault { get; init; }

    /// <summary>All other options, by their long names.</summary>
    public IReadOnlyDictionary<string, string?> Others { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    public string? this[string option] => Others.GetValueOrDefault(option);
    public bool Has(string option) => Others.ContainsKey(option);

    /// <summary>The other options but these.</summary>
    public IReadOnlyDictionary<string, string?> Without(params string[] names)
    {
        var others = new Dictionary<string, string?>(Others, StringComparer.Ordinal);
        foreach (var name in names) others.Remove(name);
        return others;
    }

    /// <summary>Where the parameter is that is meant.</summary>
    public string Kind { get; init; } = "instance_attributes";
    public bool Promoted => Has("promoted") || Has("master");

    public bool NamesAgent => Class is not null || Provider is not null || Agent is not null;

    /// <summary>Commands that call an agent here and now.</summary>
    public bool CallsAgent => Command is "validate" or "force-start" or "force-stop" or "force-check" or "force-promote" or "force-demote";

    private enum Takes { Nothing, Word, MaybeWord }

    private sealed record Known(char Letter, string Long, Takes Takes, bool IsCommand = false);

    private static readonly Known[] All =
    [
        new('L', "list", Takes.Nothing, true), new('l', "list-raw", Takes.Nothing, true), new('c', "list-cts", Takes.Nothing, true), new('O', "list-operations", Takes.Nothing, true), new('o', "list-all-operations", Takes.Nothing, true),
        new('\0', "list-standards", Takes.Nothing, true), new('\0', "list-ocf-providers", Takes.Nothing, true), new('\0', "list-agents", Takes.Word, true),
        new('\0', "list-ocf-alternatives", Takes.Word, true), new('\0', "show-metadata", Takes.Word, true),
        new('q', "query-xml", Takes.Nothing, true), new('w', "query-xml-raw", Takes.Nothing, true), new('g', "get-parameter", Takes.Word, true), new('G', "get-property", Takes.Word, true), new('S', "set-property", Takes.Word, true), new('H', "host-uname", Takes.Word), new('W', "locate", Takes.Nothing, true),
        new('a', "constraints", Takes.Nothing, true), new('A', "stack", Takes.Nothing, true), new('Y', "why", Takes.Nothing, true),
        new('\0', "validate", Takes.MaybeWord, true), new('C', "cleanup", Takes.Nothing, true), new('R', "refresh", Takes.Nothing, true),
        new('p', "set-parameter", Takes.Word, true), new('d', "delete-parameter", Takes.Word, true), new('M', "move", Takes.Nothing, true), new('B', "ban", Takes.Nothing, true),
        new('U', "clear", Takes.Nothing, true), new('e', "expired", Takes.Nothing), new('u', "lifetime", Takes.Word), new('\0', "promoted", Takes.Nothing), new('\0', "master", Takes.Nothing),
        new('D', "delete", Takes.Nothing, true), new('F', "fail", Takes.Nothing, true), new('\0', "restart", Takes.Nothing, true), new('\0', "wait", Takes.Nothing, true),
        new('\0', "digests", Takes.Nothing, true), new('\0', "force-demote", Takes.Nothing, true), new('\0', "force-stop", Takes.Nothing, true), new('\0', "force-start", Takes.Nothing, true),
        new('\0', "force-promote", Takes.Nothing, true), new('\0', "force-check", Takes.MaybeWord, true),
        new('N', "node", Takes.Word), new('\0', "recursive", Takes.Nothing), new('t', "resource-type", Takes.Word), new('v', "parameter-value", Takes.Word), new('m', "meta", Takes.Nothing),
        new('z', "utilization", Takes.Nothing), new('n', "operation", Takes.Word), new('I', "interval", Takes.Word), new('\0', "class", Takes.Word), new('\0', "agent", Takes.Word),
        new('\0', "provider", Takes.Word), new('\0', "option", Takes.Word), new('s', "set-name", Takes.Word), new('i', "nvpair", Takes.Word), new('T', "timeout", Takes.Word), new('f', "force", Takes.Nothing),
        new('x', "xml-file", Takes.Word), new('$', "version", Takes.Nothing), new('V', "verbose", Takes.Nothing), new('Q', "quiet", Takes.Nothing), new('r', "resource", Takes.Word),
        new('\0', "output-as", Takes.Word), new('\0', "output-to", Takes.Word), new('\0', "text-fancy", Takes.Nothing),
        new('h', "help", Takes.Nothing), new('?', "help", Takes.Nothing), new('\0', "help-all", Takes.Nothing), new('\0', "help-output", Takes.Nothing), new('\0', "help-queries", Takes.Nothing), new('\0', "help-commands", Takes.Nothing),
        new('\0', "help-locations", Takes.Nothing), new('\0', "help-advanced", Takes.Nothing), new('\0', "help-additional", Takes.Nothing),
    ];

    public static CrmResourceOptions Parse(IReadOnlyList<string> args)
    {
        var options = new CrmResourceOptions();
        var (parameters, words) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word == "--")
            {
                words.AddRange(args.Skip(i + 1));
                break;
            }
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                var (name, value) = word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (word[2..at], word[(at + 1)..]) : (word[2..], null);
                if (Array.Find(All, k => k.Long == name) is not { } known) return options with { Fault = $"Unknown option {word}" };
                if (known.Takes == Takes.Word && value is null && ++i < args.Count) value = args[i];
                if (known.Takes == Takes.MaybeWord && value is null && i + 1 < args.Count && !args[i + 1].StartsWith('-')) value = args[++i];
                if (known.Takes == Takes.Word && value is null) return options with { Fault = $"Missing argument for {word}" };
                options = options.With(known, known.Takes == Takes.Nothing ? null : value, parameters);
            }
            else if (word is ['-', _, ..])
            {
                for (var at = 1; at < word.Length && options.Fault is null; at++)
                {
                    if (Array.Find(All, k => k.Letter == word[at]) is not { } known) return options with { Fault = $"Unknown option -{word[at]}" };
                    if (known.Takes == Takes.Nothing)
                    {
                        options = options.With(known, null, parameters);
                        continue;
                    }
                    var value = at + 1 < word.Length ? word[(at + 1)..] : ++i < args.Count ? args[i] : null;
                    if (value is null) return options with { Fault = $"Missing argument for -{word[at]}" };
                    options = options.With(known, value, parameters);
                    break;
                }
            }
            else words.Add(word);
            if (options.Fault is not null) return options;
        }
        return (options with { Parameters = parameters }).With(words);
    }

    /// <summary>Overrides, where the command has a use for them.</summary>
    private CrmResourceOptions With(List<string> words)
    {
        if (words.Count == 0) return this;
        if (!CallsAgent && Command != "digests")
        {
            var listed = words.Select((w, i) => string.Create(CultureInfo.InvariantCulture, $"[{i + 1} of {words.Count}] {w}\n"));
            return this with { Fault = $"non-option ARGV-elements:\n{string.Concat(listed)}" };
        }
        var overrides = new List<KeyValuePair<string, string>>();
        foreach (var word in words)
        {
            if (word.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) || at == word.Length - 1) return this with { Fault = $"Error parsing '{word}' as a name=value pair" };
            overrides.Add(new(word[..at], word[(at + 1)..]));
        }
        return this with { Overrides = overrides };
    }

    private CrmResourceOptions With(Known option, string? value, Dictionary<string, string> parameters)
    {
        switch (option.Long)
        {
            case "validate" or "force-check":
                if (value is null) return this with { Command = option.Long, Subject = null };
                return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level)
                    ? this with { Command = option.Long, Level = level } : this with { Fault = $"Invalid check level setting: {value}" };
            case "class": return this with { Class = value };
            case "provider": return this with { Provider = value };
            case "agent": return this with { Agent = value };
            case "resource": return this with { Resource = value };
            case "option":
                if (value!.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) || at == value.Length - 1) return this with { Fault = "Error parsing option --option" };
                parameters[value[..at]] = value[(at + 1)..];
                return this;
            case "timeout": return this with { Timeout = Appliance.Stonith.Fencer.DeviceRules.Span(value!) };
            case "output-as": return this with { As = value };
            case "output-to": return this with { OutputTo = value };
            case "text-fancy": return this with { Fancy = true };
            case var help when help.StartsWith("help", StringComparison.Ordinal): return this with { Command = "help", Subject = option.Long };
            case "version": return this with { Command = "version" };
            case "meta": return this with { Kind = "meta_attributes" };
            case "utilization": return this with { Kind = "utilization" };
            default:
                if (option.IsCommand) return Command is not ("help" or "version") ? this with { Command = option.Long, Subject = value } : this;
                return this with { Others = new Dictionary<string, string?>(Others, StringComparer.Ordinal) { [option.Long == "host-uname" ? "node" : option.Long] = value } };
        }
    }

    /// <summary>What <c>--help</c>, <c>--help-all</c> or <c>--help-GROUP</c> says.</summary>
    public static string Help(string which)
    {
        var text = new StringBuilder("Usage:\n  crm_resource [OPTION?]\n\ncrm_resource - what a cluster's resources are and do, orders for them, and their agents\n");
        foreach (var (name, title, lines) in Groups)
            if (which == "help-all" || which == name || which == "help" && name is "help-help" or "help-common") text.Append($"\n{title}:\n{lines}");
        return text.Append("\nWithout a command: --list. The CIB is the cluster's, or that in the file which the variable CIB_file names.\n").ToString();
    }

    private static readonly (string Name, string Title, string Lines)[] Groups =
    [
        ("help-help", "Help Options", """
              -?, --help   --help-all   --help-output   --help-queries   --help-commands
              --help-locations   --help-advanced   --help-additional

            """),
        ("help-output", "Output Options", """
              --output-as=text|xml      How it is printed
              --output-to=FILE          Where to ("-": standard output)
              --text-fancy              Text with titles

            """),
        ("help-queries", "Queries", """
              -L, --list                All resources with their states
              -l, --list-raw            The ids of all instances
              -O, --list-operations     What was done since the last start (also -r, -N)
              -o, --list-all-operations All that is remembered (also -r, -N)
              --list-standards          Standards of agents
              --list-ocf-providers      Providers of OCF agents
              --list-agents=STD[:PROV]  Agents of a standard, or of one provider
              --list-ocf-alternatives=AGENT
                                        Providers that have this agent
              --show-metadata=CLASS:PROVIDER:AGENT
                                        What the agent says of itself
              -q, --query-xml           The resource's XML, templates put in
              -w, --query-xml-raw       Its XML as it is configured
              -g, --get-parameter=NAME  A parameter's value (-m, -z: of a meta or utilization attribute)
              -W, --locate              Where it runs
              -a, --constraints         What binds it to nodes and resources (--recursive: and what binds those)
              -A, --stack               --constraints --recursive
              -Y, --why                 What keeps resources from running (also -r, -N)

            """),
        ("help-commands", "Commands", """
              --validate[=LEVEL]        Have the agent check its parameters: of -r, or of --class, --agent, --provider
                                        and --option
              -C, --cleanup             Forget failures (also -r, -N, -n, -I): its state is looked at anew
              -R, --refresh             Forget all that was done (also -r, -N): its state is looked at anew
              -p, --set-parameter=NAME  Set a parameter to -v (-m, -z: a meta or utilization attribute)
              -d, --delete-parameter=NAME
                                        Take it away

            """),
        ("help-locations", "Locations", """
              -M, --move                Have it run on -N, or away from where it is
              -B, --ban                 Keep it off -N, or off where it is
              -U, --clear               Take back what -M and -B ordered (also -N)
              -e, --expired             With -U: only what is over
              -u, --lifetime=DURATION   With -M and -B: so long (ISO 8601)
              --promoted                With -M, -B and -U: the promoted role only (older: --master)

            """),
        ("help-advanced", "Advanced", """
              -D, --delete              Delete it from the CIB (with -t)
              -F, --fail                Take it for failed on -N
              --restart                 Stop it and what depends on it, and start that again (also -N, -T)
              --wait                    Wait until nothing is left to be done (also -T)
              --digests                 What its parameters come to on -N, by which changes of them are found (also with
                                        NAME=VALUE words in their place)
              --force-start --force-stop --force-check[=LEVEL] --force-promote --force-demote
                                        Call its agent here, bypassing the cluster

            """),
        ("help-additional", "Additional Options", """
              -N, --node=NODE           On this node
              --recursive               With -p: also what is colocated; with -a: see there
              -t, --resource-type=ELEMENT
                                        primitive, group, ... (with -D)
              -v, --parameter-value=VALUE
              -m, --meta   -z, --utilization
              -n, --operation=NAME   -I, --interval=TIME
                                        With -C: failures of this operation only
              --class=CLASS   --provider=PROVIDER   --agent=AGENT   --option=NAME=VALUE
              -s, --set-name=ID   -i, --nvpair=ID
                                        With -p and -d: the ids of the set and the pair
              -T, --timeout=TIME        At most this long
              -f, --force               All the same; for one instance, and not all of a clone or group

            """),
        ("help-common", "Application Options", """
              -r, --resource=ID         The resource
              -Q, --quiet               Say less
              -V, --verbose   -$, --version

            """),
    ];
}
