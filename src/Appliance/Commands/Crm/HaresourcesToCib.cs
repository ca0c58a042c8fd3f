using System.Collections.Immutable;
using System.CommandLine;
using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Crm;

namespace Appliance.Commands.Crm;

/// <summary><c>appliance haresources2cib</c>: the three files as the CIB that <c>crm yes</c> starts with.</summary>
internal static class HaresourcesToCib
{
    private const int Clean = 0, Failed = 1, Errors = 6, UsageError = 64, CannotCreate = 73;

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error, Composition.Facts);

    public static int Run(string[] args, TextWriter output, TextWriter errors, IConfigurationFacts facts)
    {
        var directory = new Option<string>("--dir", "-d") { Description = "Directory of ha.cf and haresources", DefaultValueFactory = _ => "/etc/ha.d" };
        var file = new Option<string?>("--output", "-o") { Description = "Write the document to this file (which must not be there yet) instead of to standard output" };
        var secrets = new Option<bool>("--secrets") { Description = "Show passwords of fencing devices; a file written with --output has them always, and is for its owner only" };
        var command = new RootCommand("Shows ha.cf and haresources as a CIB: groups, preferred nodes, stickiness, monitors, fencing devices. What differs from crm no is said on standard error. Nothing is changed.") { directory, file, secrets };
        command.SetAction(parsed => Show(parsed.GetValue(directory)!, parsed.GetValue(file), parsed.GetValue(secrets), output, errors, facts));
        var line = command.Parse(args);
        if (line.Errors.Count == 0) return line.Invoke(new InvocationConfiguration { Output = output, Error = errors });
        foreach (var error in line.Errors) errors.WriteLine($"appliance haresources2cib: {error.Message}");
        errors.WriteLine("Try 'appliance haresources2cib --help'.");
        return UsageError;
    }

    private static int Show(string directory, string? file, bool secrets, TextWriter output, TextWriter errors, IConfigurationFacts facts)
    {
        if (!Directory.Exists(directory))
        {
            errors.WriteLine($"appliance haresources2cib: there is no directory {directory}");
            return UsageError;
        }
        var read = ConfigurationReader.Read(new AdministratorFiles(facts, directory).All(), facts);
        if (read.Configuration is not { } configuration)
        {
            foreach (var problem in read.Diagnostics)
                if (problem.Severity == Severity.Error) errors.WriteLine(problem);
            return Errors;
        }
        var first = FirstCib.Of(configuration.HaCf, configuration.Groups, $"{directory}/ha.cf");
        foreach (var problem in first.Problems) errors.WriteLine(problem);
        if (first.Cib is not { } compiled) return Errors;
        foreach (var note in compiled.Notes) errors.WriteLine(note with { File = $"{directory}/{note.File}" });
        if (file is null)
        {
            output.Write((secrets ? compiled.Cib : Blotted(compiled.Cib, first.Devices)).ToString(CibFormat.Pretty));
            return Clean;
        }
        try
        {
            using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            using var writer = new StreamWriter(stream);
            writer.Write(compiled.Cib.ToString(CibFormat.Pretty));
            return Clean;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"appliance haresources2cib: {file}: {e.Message}");
            return CannotCreate;
        }
    }

    /// <summary>What a device's type calls secret is shown as Pacemaker's tools show it.</summary>
    private static CibElement Blotted(CibElement cib, ImmutableArray<Stonith.Configured.ConfiguredDevice> devices)
    {
        var secret = new HashSet<string>(StringComparer.Ordinal);
        foreach (var device in devices)
            foreach (var parameter in device.Type.Parameters)
                if (parameter.IsSecret) secret.Add(parameter.Name);
        var copy = cib.Clone();
        foreach (var primitive in copy.Descendants("primitive"))
            if (primitive["class"] == "stonith")
                foreach (var pair in primitive.Descendants("nvpair"))
                    if (secret.Contains(pair["name"] ?? "")) pair.Set("value", "********");
        return copy;
    }
}
