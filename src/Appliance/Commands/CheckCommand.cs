using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Commands;

/// <summary><c>appliance check</c>: every problem of the three files at once, as compilers print theirs.</summary>
internal static class CheckCommand
{
    private const int Clean = 0, Warnings = 1, Errors = 6, UsageError = 64;      // 6: as heartbeat refuses to start; 64: sysexits.h

    private static readonly string[] Known = ["ha.cf", "authkeys", "haresources", "nodeinfo"];

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error, Composition.Facts);

    /// <param name="facts">The machine the files are for.</param>
    public static int Run(string[] args, TextWriter output, TextWriter errors, IConfigurationFacts facts)
    {
        var directory = new Option<string>("--dir", "-d") { Description = "Directory of the files", DefaultValueFactory = _ => "/etc/ha.d" };
        var json = new Option<bool>("--json") { Description = "Print the problems as JSON" };
        var strict = new Option<bool>("--strict") { Description = "Exit with 1 when there are warnings" };
        var named = new Argument<string[]>("FILE") { Description = "Directory of the files; or check this file instead of the one in the directory, and report only what is named. Its name tells what it is: ha.cf, authkeys or haresources, with anything behind", Arity = ArgumentArity.ZeroOrMore };
        var command = new RootCommand("Reads ha.cf, authkeys and haresources and reports every problem with file, line, column and remedy. Exit status: 0 clean (or warnings without --strict), 1 warnings, 6 errors.") { directory, json, strict, named };
        command.SetAction(parsed => Check(parsed.GetValue(directory)!, parsed.GetValue(named) ?? [], parsed.GetValue(json), parsed.GetValue(strict), output, errors, facts));
        var line = command.Parse(args);
        if (line.Errors.Count == 0) return line.Invoke(new InvocationConfiguration { Output = output, Error = errors });
        foreach (var error in line.Errors) errors.WriteLine($"appliance check: {error.Message}");
        errors.WriteLine("Try 'appliance check --help'.");
        return UsageError;
    }

    private static int Check(string directory, string[] named, bool json, bool strict, TextWriter output, TextWriter complaints, IConfigurationFacts facts)
    {
        if (named is [var only] && Directory.Exists(only)) (directory, named) = (only, []);
        if (named.Length == 0 && !Directory.Exists(directory))
        {
            complaints.WriteLine($"appliance check: there is no directory {directory}");
            return UsageError;
        }
        var files = new AdministratorFiles(facts, directory).All();
        foreach (var path in named)
        {
            var source = AdministratorFiles.Source(path);
            switch (Known.FirstOrDefault(k => Path.GetFileName(path).StartsWith(k, StringComparison.Ordinal)))
            {
                case "ha.cf": files = files with { HaCf = source }; break;
                case "authkeys": files = files with { AuthKeys = source }; break;
                case "haresources": files = files with { Haresources = source }; break;
                case "nodeinfo": files = files with { NodeInfo = source }; break;
                default:
                    complaints.WriteLine($"appliance check: {path}: what file is it? Its name must begin with {string.Join(", ", Known)}");
                    return UsageError;
            }
        }
        var problems = ConfigurationReader.Read(files, facts).Diagnostics.Where(p => named.Length == 0 || named.Contains(p.File)).ToArray();
        var (errors, warnings) = (problems.Count(p => p.Severity == Severity.Error), problems.Count(p => p.Severity == Severity.Warning));
        if (json)
            output.WriteLine(JsonSerializer.Serialize([.. problems.Select(p => new CheckProblem(p.Severity.ToString().ToLowerInvariant(), p.File, p.Line, p.Column, p.Message, p.Remedy))], CheckJson.Default.CheckProblemArray));
        else
        {
            var colour = IsTerminal(output);
            foreach (var problem in problems) output.WriteLine(colour ? Coloured(problem) : Plain(problem.ToString()));
            output.WriteLine(errors + warnings == 0 ? "The configuration is good." : $"{Count(errors, "error")}, {Count(warnings, "warning")}{(errors > 0 ? ": the daemon will not start." : ".")}");
        }
        return errors > 0 ? Errors : strict && warnings > 0 ? Warnings : Clean;
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    /// <summary>The severity in colour, the rest as it is.</summary>
    private static string Coloured(Diagnostic problem)
    {
        var (word, colour) = problem.Severity switch { Severity.Error => ("error", "31"), Severity.Warning => ("warning", "33"), _ => ("info", "36") };
        return Plain(problem.ToString()).Replace($": {word}: ", $": \e[1;{colour}m{word}:\e[0m ", StringComparison.Ordinal);
    }

    /// <summary>What a file holds goes to a terminal: control characters are shown, never sent.</summary>
    private static string Plain(string text) => string.Concat(Array.ConvertAll(text.ToCharArray(), c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
}

/// <summary>One problem, as <c>--json</c> prints it.</summary>
internal sealed record CheckProblem(string Severity, string File, int Line, int Column, string Message, string Remedy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckProblem[]))]
internal sealed partial class CheckJson : JsonSerializerContext;
