using System.Collections.Immutable;
using Appliance.Stonith;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.FenceAgents;

/// <summary>A native device under one of fence-agents' names (<c>fence_ipmilan</c>): that project's API, so that Pacemaker and scripts can use it.</summary>
/// <remarks>
/// Options as lines <c>name=value</c> on standard input when there are no arguments, else as on a command line. Exit status 0 done, 1 failed, 2 <c>status</c> of what is off.
/// Departure: a power cycle that nobody saw take the power away ends with 1; fence-agents calls it a success.
/// </remarks>
internal static class FenceAgentCommand
{
    private const int Done = 0, Failed = 1, IsOff = 2;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>The applet of a name; <c>null</c> when no native device stands for it.</summary>
    public static Func<string[], int>? Named(string name) => name.StartsWith("fence_", StringComparison.Ordinal) && DeviceTypes.Find(name) is { } found
        ? args => new Call(name, found.Type, found.Defaults, Console.In, Console.Out, Console.Error).Run(args)
        : null;

    /// <summary>One run of it.</summary>
    public sealed class Call(string name, DeviceType type, ImmutableSortedDictionary<string, string> defaults, TextReader input, TextWriter output, TextWriter errors)
    {
        public int Run(string[] args)
        {
            var given = args.Length == 0 ? FromInput() : FromArguments(args);
            if (given is null) return Failed;
            if (given.ContainsKey("help"))
            {
                Help();
                return Done;
            }
            if (given.ContainsKey("version"))
            {
                output.WriteLine($"{name} of appliance {typeof(FenceAgentCommand).Assembly.GetName().Version?.ToString(3)}");
                return Done;
            }
            given.Remove("action", out var word);
            // What is not fenced by power has no reboot, and its default is off.
            word = (word ?? (type.Actions.Contains(FenceAction.Reboot) ? "reboot" : "off")).ToLowerInvariant();
            switch (word)
            {
                case "metadata" or "meta-data" or "manpage":
                    FenceAgentMetadata.Write(name, type, defaults, output);
                    return Done;
            }
            var parameters = DeviceParameters.Read(type.Parameters, given, defaults);
            foreach (var unknown in parameters.Unknown) errors.WriteLine($"Parse error: Ignoring unknown option '{unknown}'");
            if (DeviceCall.Problems(type, parameters) is { IsEmpty: false } problems)
            {
                foreach (var problem in problems) errors.WriteLine($"{name}: {problem}");
                return Failed;
            }
            if (word == "validate-all") return Done;
            if (Action(word) is not { } action || !type.Actions.Contains(action))
            {
                errors.WriteLine($"{name}: Unrecognised action '{word}'; there are {string.Join(' ', FenceAgentMetadata.Actions(type))}");
                return Failed;
            }
            return Report(action, word, DeviceCall.Run(type, action, parameters, Longest), parameters["separator"] is { Length: > 0 } separator ? separator : ",");
        }

        private FenceAction? Action(string word) => word switch
        {
            "enable" when type.IsFabric => FenceAction.On,
            "disable" when type.IsFabric => FenceAction.Off,
            "list-status" => FenceAction.List,
            _ => Enum.TryParse<FenceAction>(word, true, out var action) && Enum.IsDefined(action) && !char.IsAsciiDigit(word[0]) ? action : null,
        };

        private int Report(FenceAction action, string word, DeviceVerdict verdict, string separator)
        {
            if (!verdict.IsProven)
            {
                // Pacemaker looks for "timed out" in these words.
                errors.WriteLine($"{name}: {(verdict.Kind == VerdictKind.TimedOut ? "timed out: " : "")}{verdict.Sentence}");
                return Failed;
            }
            switch (action)
            {
                case FenceAction.List:
                    foreach (var outlet in verdict.Outlets)
                        output.WriteLine(word == "list-status" ? $"{outlet.Plug}{separator}{outlet.Label}{separator}{State(outlet.State)}" : $"{outlet.Plug}{separator}{outlet.Label}");
                    return Done;
                case FenceAction.Monitor: return Done;
                case FenceAction.Status:
                    output.WriteLine($"Status: {State(verdict.State)}");
                    return verdict.State == PowerState.Off ? IsOff : verdict.State == PowerState.On ? Done : Failed;
                case FenceAction.Reboot:
                    output.WriteLine("Success: Rebooted");
                    if (verdict.State == PowerState.Off) errors.WriteLine($"{name}: {verdict.Sentence}");
                    return Done;
                default:
                    output.WriteLine($"Success: {(verdict.WasAlready ? "Already" : "Powered")} {(action == FenceAction.Off ? "OFF" : "ON")}");
                    return Done;
            }
        }

        private static string State(PowerState? state) => state switch { PowerState.On => "ON", PowerState.Off => "OFF", _ => "UNKNOWN" };

        private Dictionary<string, string> FromInput()
        {
            var given = new Dictionary<string, string>(StringComparer.Ordinal);
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
                Put(given, line[..at].Trim(), value is ['"', .., '"'] and { Length: >= 2 } ? value[1..^1] : value);
            }
            return given;
        }

        /// <summary>Names are alike with dashes and underscores; the node's name is for those agents that know nodes.</summary>
        private void Put(Dictionary<string, string> given, string option, string value)
        {
            var plain = option.Replace('-', '_');
            if (plain is "option") plain = "action";
            if (plain is "nodename" or "nodeid" && Find(plain) is null) return;
            given[Find(plain)?.Name ?? plain] = value;
        }

        private DeviceParameter? Find(string plain) => type.Parameters.FirstOrDefault(p => p.Name == plain || p.OldNames.Contains(plain));

        private Dictionary<string, string>? FromArguments(string[] args)
        {
            var given = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < args.Length; i++)
            {
                string option;
                string? value = null;
                if (args[i].StartsWith("--", StringComparison.Ordinal))
                {
                    option = args[i][2..];
                    if (option.IndexOf('=') is >= 0 and var at) (option, value) = (option[..at], option[(at + 1)..]);
                }
                else if (args[i] is ['-', _, ..])
                {
                    option = Letter(args[i][1]) ?? args[i][1].ToString();
                    if (args[i].Length > 2) value = args[i][2..];
                }
                else
                {
                    errors.WriteLine($"{name}: what is \"{args[i]}\"? Options are --NAME=VALUE (see --help)");
                    return null;
                }
                var plain = option.Replace('-', '_');
                var parameter = Find(plain);
                var takesNone = plain is "help" or "version" || parameter is { Kind: ParameterKind.Boolean };
                if (parameter is null && plain is not "help" and not "version" and not "action")
                {
                    errors.WriteLine($"{name}: there is no option {args[i].Split('=')[0]} (see --help)");
                    return null;
                }
                if (value is null && !takesNone)
                {
                    if (i + 1 >= args.Length)
                    {
                        errors.WriteLine($"{name}: {args[i]} needs a value");
                        return null;
                    }
                    value = args[++i];
                }
                Put(given, plain, value ?? "1");
            }
            return given;
        }

        private string? Letter(char letter) => letter switch
        {
            'o' => "action",
            'h' => "help",
            'V' => "version",
            _ => type.Parameters.FirstOrDefault(p => p.Letter == letter)?.Name,
        };

        private void Help()
        {
            output.WriteLine($"Usage: {name} [OPTION]...        (without options: NAME=VALUE lines on standard input, where secrets belong)\n\n{type.Short}\n\nOptions:");
            output.WriteLine($"   {"-o, --action=ACTION",-36} {string.Join(", ", FenceAgentMetadata.Actions(type))}");
            foreach (var p in type.Parameters) output.WriteLine($"   {FenceAgentMetadata.Usage(p),-36} {p.Short}{((defaults.GetValueOrDefault(p.Name) ?? p.Default) is { } normal ? $" [{normal}]" : "")}");
            output.WriteLine($"   {"-V, --version",-36} Version\n   {"-h, --help",-36} This text");
        }
    }
}
