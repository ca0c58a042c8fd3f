using System.Collections.Immutable;
using Appliance.Commands.FenceAgents;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.FencingTools;

/// <summary>cluster-glue's <c>stonith</c>, for the types that we speak ourselves: its options, its order of parameters, its exit statuses.</summary>
/// <remarks>Types are cluster-glue's (ipmilan, external/ipmi, apcmastersnmp ...) and ours; parameters of ours are given as NAME=VALUE. Types of other plugins are cluster-glue's own business.</remarks>
internal sealed class Stonith(TextWriter output, TextWriter errors, Func<string, string?> environment, Func<string, string> readFile)
{
    // stonith.h of cluster-glue; 1 for a command line that makes no sense.
    private const int S_OK = 0, S_BADCONFIG = 1, S_ACCESS = 2, S_INVAL = 3, S_BADHOST = 4, S_RESETFAIL = 5, S_TIMEOUT = 6, S_OOPS = 8, UsageError = 1;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private const string Usage = """
        Usage: stonith [-svh] -L
               stonith [-svh] -t TYPE -n | -m
               stonith [-svh] -t TYPE {-p "VALUES" | -F FILE | -E | NAME=VALUE...} [-c COUNT] -lS
               stonith [-svh] -t TYPE {-p "VALUES" | -F FILE | -E | NAME=VALUE...} [-c COUNT] -T {reset|on|off} NODE

          -L         the types, one a line
          -t TYPE    one of them
          -n         its parameters, in the order that -p and -F take
          -m         its metadata
          -p VALUES  parameters by position, blank-separated (others can see them: -F is for secrets)
          -F FILE    parameters in a file: by position on one line, or NAME=VALUE
          -E         parameters from the environment
          -l         the nodes it controls    -S  is it there, and would it work?
          -T WHAT    reset, on or off NODE
          -c COUNT   do it so many times      -s silent   -v verbose   -V version   -h this text

        Exit status: 0 done, 1 bad configuration or command line, 2 no access, 3 not supported, 4 no such node, 5 failed, 6 timed out, 8 no such type.
        """;

    public static int Applet(string[] args) => new Stonith(Console.Out, Console.Error, Environment.GetEnvironmentVariable, File.ReadAllText).Run(args);

    public int Run(string[] args)
    {
        var options = new GetOpt("stonith", args, "hVvsdLt:nmp:F:Ec:lST:", errors);
        if (options.Has('?')) return UsageError;
        if (options.Has('h') || args is ["--help"])
        {
            output.WriteLine(Usage);
            return S_OK;
        }
        if (options.Has('V'))
        {
            output.WriteLine($"stonith of appliance {StatusView.ProductVersion}");
            return S_OK;
        }
        if (options.Has('L'))
        {
            foreach (var name in LegacyTypes.All.Select(t => t.Name).Concat(DeviceTypes.All.Select(t => t.Name)).Distinct().Order(StringComparer.Ordinal)) output.WriteLine(name);
            return S_OK;
        }
        if (Value(options, 't') is not { } type) return Complain(UsageError, "which type? -t TYPE (-L lists them)");
        var legacy = LegacyTypes.Find(type);
        if (DeviceTypes.Find(legacy?.Native ?? type) is not { } found) return Other(type, args);
        if (options.Has('n'))
        {
            output.WriteLine(string.Join(' ', legacy?.Order ?? [.. found.Type.Parameters.Where(p => !p.Short.StartsWith("Without effect", StringComparison.Ordinal)).Select(p => p.Name)]));
            return S_OK;
        }
        if (options.Has('m'))
        {
            FenceAgentMetadata.Write(found.Type.Name, found.Type, found.Defaults, output);
            return S_OK;
        }
        var given = Given(options, legacy, found.Type, out var problem);
        if (given is null) return Complain(S_BADCONFIG, problem);
        given = given.Remove(LegacyTypes.Hosts);
        var parameters = DeviceParameters.Read(found.Type.Parameters, given, found.Defaults);
        var problems = DeviceCall.Problems(found.Type, parameters);
        foreach (var each in problems.Concat(parameters.Unknown.Select(n => $"{n} is no parameter of {type}"))) errors.WriteLine($"stonith: {each}");
        if (problems.Length + parameters.Unknown.Length > 0) return S_BADCONFIG;
        var hosts = Hosts();
        for (var times = int.TryParse(Value(options, 'c'), out var count) && count > 0 ? count : 1; times > 0; times--)
        {
            var status = Once(options, found.Type, parameters, hosts);
            if (status != S_OK || times == 1) return status;
        }
        return S_OK;
    }

    /// <summary>A type of another plugin is cluster-glue's business: its program takes our place, if it is there and is not us.</summary>
    private int Other(string type, string[] args)
    {
        const string theirs = "/usr/sbin/stonith";
        if (File.Exists(theirs) && Path.GetFileName(File.ResolveLinkTarget(theirs, true)?.FullName ?? theirs) == "stonith")
        {
            var variables = new List<string>();
            foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables.Add($"{variable.Key}={variable.Value}");
            ChildProcess.Replace(theirs, ["stonith", .. args], variables);
        }
        return Complain(S_OOPS, $"there is no type {type} here (-L lists them)");
    }

    private int Once(GetOpt options, DeviceType type, DeviceParameters parameters, ImmutableArray<string> hosts)
    {
        var quiet = options.Has('s');
        if (options.Has('S'))
        {
            var verdict = DeviceCall.Run(type, FenceAction.Monitor, parameters, Longest);
            if (!verdict.IsProven && !quiet) errors.WriteLine($"stonith: {verdict.Sentence}");
            if (verdict.IsProven && options.Has('v')) output.WriteLine($"{type.Name} device OK.");
            if (!verdict.IsProven || !(options.Has('l') || options.Has('T'))) return Status(verdict);
        }
        if (options.Has('l'))
        {
            foreach (var host in hosts.IsEmpty ? [.. DeviceCall.Run(type, FenceAction.List, parameters, Longest).Outlets.Select(o => o.Label.Length > 0 ? o.Label : o.Plug)] : hosts) output.WriteLine(host);
            if (!options.Has('T')) return S_OK;
        }
        if (Value(options, 'T') is not { } what) return options.Has('l') ? S_OK : Complain(UsageError, "what is to be done? -l, -S or -T");
        FenceAction? action = what switch { "reset" => FenceAction.Reboot, "off" => FenceAction.Off, "on" => FenceAction.On, _ => null };
        var node = options.Operands.FirstOrDefault(o => !o.Contains('=', StringComparison.Ordinal));
        if (action is not { } order) return Complain(UsageError, $"{what} is none of reset, on, off");
        if (node is null) return Complain(UsageError, "which node? -T reset NODE");
        if (!hosts.IsEmpty && !hosts.Contains(node, StringComparer.OrdinalIgnoreCase)) return Complain(S_BADHOST, $"{node} is none of the nodes that this device controls: {string.Join(' ', hosts)}");
        if (!type.IsPlugless && !parameters.Has("plug")) parameters = parameters.With("plug", node);
        var end = DeviceCall.Run(type, order, parameters, Longest);
        if (!quiet && (!end.IsProven || options.Has('v'))) (end.IsProven ? output : errors).WriteLine($"stonith: {node}: {end.Sentence}");
        return Status(end);
    }

    private static int Status(DeviceVerdict verdict) => verdict.Kind switch
    {
        VerdictKind.Proven => S_OK,
        VerdictKind.Refused or VerdictKind.NotAllowed => S_ACCESS,
        VerdictKind.NoSuchPlug => S_BADHOST,
        VerdictKind.TimedOut or VerdictKind.Unreachable => S_TIMEOUT,
        VerdictKind.Unsupported => S_INVAL,
        VerdictKind.Misconfigured => S_BADCONFIG,
        _ => S_RESETFAIL,
    };

    private ImmutableSortedDictionary<string, string>? Given(GetOpt options, LegacyType? legacy, DeviceType type, out string problem)
    {
        problem = "";
        var named = options.Operands.Where(o => o.IndexOf('=', StringComparison.Ordinal) > 0).ToList();
        var text = named.Count > 0 ? string.Join(' ', named.Select(DeviceText.Quoted)) : Value(options, 'p');
        if (Value(options, 'F') is { } file)
        {
            try
            {
                text = readFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem = e.Message;
                return null;
            }
        }
        if (options.Has('E'))
        {
            var names = legacy?.Order ?? [.. type.Parameters.Select(p => p.Name)];
            text = string.Join(' ', names.Where(n => environment(n) is { Length: > 0 }).Select(n => DeviceText.Quoted($"{n}={environment(n)}")));
        }
        if (text is null)
        {
            problem = "its parameters are missing: -p, -F, -E or NAME=VALUE";
            return null;
        }
        var problems = ImmutableArray.CreateBuilder<string>();
        var values = legacy is not null && !DeviceText.IsNamed(text) ? DeviceText.ByPosition(legacy, text, problems) : DeviceText.Named(text, problems);
        if (legacy is not null && DeviceText.IsNamed(text)) values = DeviceLines.Rename(legacy, values);
        problem = string.Join("; ", problems);
        _hosts = values.GetValueOrDefault(LegacyTypes.Hosts) ?? "";
        return problems.Count > 0 ? null : values;
    }

    private string _hosts = "";

    /// <summary>The nodes that the parameters name; none: the device is asked.</summary>
    private ImmutableArray<string> Hosts() => [.. _hosts.Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries)];

    private int Complain(int status, string problem)
    {
        errors.WriteLine($"stonith: {problem} (stonith -h)");
        return status;
    }

    private static string? Value(GetOpt options, char letter)
    {
        foreach (var (option, argument) in options.Options)
            if (option == letter) return argument;
        return null;
    }
}
