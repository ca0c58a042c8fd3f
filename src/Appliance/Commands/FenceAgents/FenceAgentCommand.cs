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
    public static Func<string[], int>? Named(string name) => name is "fence_scsi_check" or "fence_mpath_check" ? ScsiCheck.Run : name.StartsWith("fence_", StringComparison.Ordinal) && DeviceTypes.Find(name) is { } found
        ? args => new Call(name, found.Type, found.Defaults, Console.In, Console.Out, Console.Error).Run(args)
        : null;

    /// <summary>One run of it.</summary>
    public sealed class Call(string name, DeviceType type, ImmutableSortedDictionary<string, string> defaults, TextReader input, TextWriter output, TextWriter errors)
    {
        public int Run(string[] args)
        {
            var options = new FenceAgentOptions(name, type, errors);
            var given = args.Length == 0 ? options.FromInput(input) : options.FromArguments(args);
            if (given is null) return Failed;
            if (given.ContainsKey(FenceAgentOptions.Help))
            {
                Help();
                return Done;
            }
            if (given.ContainsKey(FenceAgentOptions.Version))
            {
                output.WriteLine($"{name} of appliance {typeof(FenceAgentCommand).Assembly.GetName().Version?.ToString(3)}");
                return Done;
            }
            given.Remove(FenceAgentOptions.Action, out var word);
            // What is not fenced by power has no reboot, and its default is off.
            word = (word ?? (type.Actions.Contains(FenceAction.Reboot) ? "reboot" : "off")).ToLowerInvariant();
            switch (word)
            {
                case "metadata" or "meta-data" or "manpage":
                    FenceAgentMetadata.Write(name, type, defaults, output);
                    return Done;
            }
            var action = Action(word);
            if (word != "validate-all" && (action is null || !type.Actions.Contains(action.Value)))
            {
                // Pacemaker looks for the first two words.
                errors.WriteLine($"{name}: Unrecognised action '{word}'; there are {string.Join(' ', FenceAgentMetadata.Actions(type))}");
                return Failed;
            }
            var parameters = DeviceParameters.Read(type.Parameters, given, defaults);
            var complaints = parameters.Flag("quiet") ? TextWriter.Null : errors;
            foreach (var unknown in parameters.Unknown) complaints.WriteLine($"Parse error: Ignoring unknown option '{unknown}'");
            if (DeviceCall.Problems(type, parameters) is { IsEmpty: false } problems)
            {
                foreach (var problem in problems) complaints.WriteLine($"{name}: {problem}");
                return Failed;
            }
            if (action is not { } order) return Done;       // validate-all
            var verdict = DeviceCall.Run(type, order, parameters, Longest);
            if (verdict.IsProven && verdict.Sentence.Length > 0 && (parameters.Flag("verbose") || parameters.Integer("verbose_level") > 0)) complaints.WriteLine($"{name}: {verdict.Sentence}");
            return Report(order, word, verdict, parameters["separator"] is { Length: > 0 } separator ? separator : ",", complaints);
        }

        private FenceAction? Action(string word) => word switch
        {
            "enable" when type.IsFabric => FenceAction.On,
            "disable" when type.IsFabric => FenceAction.Off,
            "list-status" => FenceAction.List,
            _ => Enum.TryParse<FenceAction>(word, true, out var action) && Enum.IsDefined(action) && !char.IsAsciiDigit(word[0]) ? action : null,
        };

        private int Report(FenceAction action, string word, DeviceVerdict verdict, string separator, TextWriter complaints)
        {
            if (!verdict.IsProven)
            {
                // Pacemaker looks for "timed out" in these words.
                complaints.WriteLine($"{name}: {(verdict.Kind == VerdictKind.TimedOut ? "timed out: " : "")}{verdict.Sentence}");
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
                    if (verdict.State == PowerState.Off) complaints.WriteLine($"{name}: {verdict.Sentence}");
                    return Done;
                default:
                    output.WriteLine($"Success: {(verdict.WasAlready ? "Already" : "Powered")} {(action == FenceAction.Off ? "OFF" : "ON")}");
                    return Done;
            }
        }

        private static string State(PowerState? state) => state switch { PowerState.On => "ON", PowerState.Off => "OFF", _ => "UNKNOWN" };

        private void Help()
        {
            output.WriteLine($"Usage: {name} [OPTION]...        (without options: NAME=VALUE lines on standard input, where secrets belong)\n\n{type.Short}\n\nOptions:");
            output.WriteLine($"   {"-o, --action=ACTION",-36} {string.Join(", ", FenceAgentMetadata.Actions(type))}");
            foreach (var p in type.Parameters) output.WriteLine($"   {FenceAgentMetadata.Usage(p),-36} {p.Short}{((defaults.GetValueOrDefault(p.Name) ?? p.Default) is { } normal ? $" [{normal}]" : "")}");
            output.WriteLine($"   {"-V, --version",-36} Version\n   {"-h, --help",-36} This text");
        }
    }
}
