using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Commands;

/// <summary><c>appliance check</c>: every problem of the three files at once.</summary>
internal static class CheckCommand
{
    private const int Clean = 0, Warnings = 1, Errors = 6;      // 6: as heartbeat refuses to start

    public static int Run(string[] args)
    {
        var directory = new Option<string>("--dir") { Description = "Directory of the files", DefaultValueFactory = _ => "/etc/ha.d" };
        var json = new Option<bool>("--json") { Description = "Print the problems as JSON" };
        var strict = new Option<bool>("--strict") { Description = "Exit with 1 when there are warnings" };
        var command = new RootCommand("Reads ha.cf, authkeys and haresources and reports every problem with file, line, column and remedy. Exit status: 0 clean, 6 errors.") { directory, json, strict };
        command.SetAction(parsed => Check(Composition.Files(parsed.GetValue(directory)!), parsed.GetValue(json), parsed.GetValue(strict), Console.Out));
        return command.Parse(args).Invoke();
    }

    private static int Check(AdministratorFiles files, bool json, bool strict, TextWriter output)
    {
        var problems = ConfigurationReader.Read(files.All(), Composition.Facts).Diagnostics;
        var (errors, warnings) = (problems.Count(p => p.Severity == Severity.Error), problems.Count(p => p.Severity == Severity.Warning));
        if (json)
            output.WriteLine(JsonSerializer.Serialize([.. problems.Select(p => new CheckProblem(p.Severity.ToString().ToLowerInvariant(), p.File, p.Line, p.Column, p.Message, p.Remedy))], CheckJson.Default.CheckProblemArray));
        else
        {
            foreach (var problem in problems) output.WriteLine(problem.ToString());
            output.WriteLine(errors + warnings == 0 ? "The configuration is good." : $"{errors} error(s), {warnings} warning(s)");
        }
        return errors > 0 ? Errors : strict && warnings > 0 ? Warnings : Clean;
    }
}

/// <summary>One problem, as <c>--json</c> prints it.</summary>
internal sealed record CheckProblem(string Severity, string File, int Line, int Column, string Message, string Remedy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckProblem[]))]
internal sealed partial class CheckJson : JsonSerializerContext;
