using System.Collections.Immutable;
using System.Globalization;
using Appliance.Commands.FenceAgents;
using Appliance.Fencing;
using Appliance.Stonith;
using Appliance.Stonith.Devices;

namespace Appliance.Commands;

/// <summary><c>appliance fence TYPE --action ACTION --NAME VALUE...</c>: one order to one device, here and now, without a cluster.</summary>
internal static class FenceCommand
{
    private const int Done = 0, Failed = 1, IsOff = 2, UsageError = 64;       // 0, 1, 2: the fence-agents API

    public static int Run(string[] args)
    {
        if (args.Length == 0 || args[0] is "--help" or "-h" or "help")
        {
            Console.Out.WriteLine("Usage: appliance fence TYPE [--action status|off|on|reboot|list|monitor|diag] [--NAME VALUE]...");
            Console.Out.WriteLine($"       appliance fence {ScsiCheck.Word} [--retry N] [--retry-sleep SECONDS] [test|repair STATUS]");
            foreach (var each in DeviceTypes.All) Console.Out.WriteLine($"  {each.Name,-10} {each.Short}");
            Console.Out.WriteLine($"Installed programs of others: {string.Join(' ', ExternalAgents.Installed())}");
            return args.Length == 0 ? UsageError : Done;
        }
        if (args[0] == ScsiCheck.Word) return ScsiCheck.Run(args[1..]);
        if ((DeviceTypes.Find(args[0]) ?? (ExternalAgents.Find(args[0], out _) is { } program ? (program, ImmutableSortedDictionary<string, string>.Empty) : null)) is not { } found)
        {
            Console.Error.WriteLine($"appliance fence: there is no device type '{args[0]}'; there are {string.Join(", ", DeviceTypes.All.Select(t => t.Name))}, and the installed {string.Join(", ", ExternalAgents.Installed())}");
            return UsageError;
        }
        if (args.Length > 1 && args[1] is "--help" or "-h")
        {
            Describe(found.Type, found.Defaults);
            return Done;
        }
        if (Parse(args[1..]) is not { } given)
        {
            Console.Error.WriteLine("appliance fence: every option is --NAME VALUE or --NAME=VALUE");
            return UsageError;
        }
        given.Remove("action", out var word);
        if (!Enum.TryParse<FenceAction>(word ?? "reboot", true, out var action))
        {
            Console.Error.WriteLine($"appliance fence: there is no action '{word}'");
            return UsageError;
        }
        var parameters = DeviceParameters.Read(found.Type.Parameters, given, found.Defaults);
        var problems = parameters.Problems.Concat(parameters.Unknown.Select(n => $"{n} is no parameter of {found.Type.Name}"))
            .Concat(parameters.Problems.IsEmpty ? found.Type.Check(parameters) : []).ToList();
        if (problems.Count > 0)
        {
            foreach (var problem in problems) Console.Error.WriteLine($"appliance fence: {problem}");
            return UsageError;
        }
        return Report(action, DeviceCall.Run(found.Type, action, parameters, TimeSpan.FromMinutes(2)));
    }

    private static void Describe(DeviceType type, ImmutableSortedDictionary<string, string> defaults)
    {
        Console.Out.WriteLine($"{type.Name}: {type.Short}\n\n{type.Long}\n");
        if (type.Unsafe is { } unsafely) Console.Out.WriteLine($"For tests only: {unsafely}\n");
        Console.Out.WriteLine($"Actions: {string.Join(' ', type.Actions).ToLowerInvariant()}");
        if (!type.AgentNames.IsEmpty) Console.Out.WriteLine($"Stands for: {string.Join(' ', type.AgentNames.Keys)}");
        Console.Out.WriteLine("Parameters:");
        foreach (var p in type.Parameters.Where(p => !p.Short.StartsWith("Without effect", StringComparison.Ordinal)))
        {
            var normal = defaults.GetValueOrDefault(p.Name) ?? p.Default;
            var names = p.OldNames.IsEmpty ? p.Name : $"{p.Name} ({string.Join(", ", p.OldNames)})";
            Console.Out.WriteLine($"  {names,-28} {p.Short}{(p.Choices.IsEmpty ? "" : $": {string.Join(", ", p.Choices)}")}{(normal is null ? "" : $" [{normal}]")}{(p.Required ? " (required)" : "")}");
        }
    }

    private static int Report(FenceAction action, DeviceVerdict verdict)
    {
        foreach (var outlet in verdict.Outlets) Console.Out.WriteLine($"{outlet.Plug},{outlet.Label}");
        if (verdict.Sentence.Length > 0) (verdict.IsProven ? Console.Out : Console.Error).WriteLine($"{verdict.Kind}: {verdict.Sentence}");
        if (verdict.Kind == VerdictKind.Accepted) return Done;
        if (!verdict.IsProven) return Failed;
        if (action == FenceAction.Status) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Status: {(verdict.State == PowerState.Off ? "OFF" : "ON")}"));
        return action == FenceAction.Status && verdict.State == PowerState.Off ? IsOff : Done;
    }

    private static Dictionary<string, string>? Parse(string[] args)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) return null;
            var word = args[i][2..];
            if (word.IndexOf('=') is > 0 and var at) given[word[..at]] = word[(at + 1)..];
            else if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)) given[word] = args[++i];
            else given[word] = "1";
        }
        return given;
    }
}
