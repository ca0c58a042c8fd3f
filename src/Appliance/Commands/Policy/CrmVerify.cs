using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Commands.ResourceTools;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Commands.Policy;

/// <summary>
/// crm_verify, with the options, texts and exit statuses of Pacemaker 2.1.5: is this CIB one that a cluster can use? What is not valid by the schema is named in our own words, with
/// line and column; what the schema cannot say, in Pacemaker's.
/// </summary>
/// <remarks>2.1.5 knows schemas to 3.9; 3.10 and 4.0 are taken as well. <c>-q</c> is that of 2.1.6.</remarks>
internal sealed class CrmVerify(TextReader input, TextWriter output, TextWriter errors, long now)
{
    private const int Ok = 0, Failed = 1, Usage = 64, NoInput = 66, NotACib = 76, Invalid = 78;

    public static int Applet(string[] args) => Of(CrmWorld.Real()).Run(args);

    /// <summary>As a tool of these surroundings: the live cluster is the CIB they name.</summary>
    public static CrmVerify Of(CrmWorld world) => new(world.Input, world.Output, world.Errors, world.Now()) { Live = () => CibAccess.Document(world with { Program = "crm_verify" }) };

    /// <summary>The running cluster's document; <c>null</c>: there is none.</summary>
    public Func<CibElement?> Live { get; init; } = static () => null;

    private sealed class Options
    {
        public string? File, Text, Save, OutputTo, OutputAs;
        public bool Live, Pipe, Quiet, Version, Help, Fancy;
        public int Verbose;
    }

    public int Run(string[] args)
    {
        var options = new Options();
        if (Read(args, options) is { } wrong) return Say(wrong, Usage);
        if (options.Help)
        {
            output.Write(Text);
            return Ok;
        }
        if (options.OutputAs is not (null or "text" or "xml")) return Say($"Error creating output format {options.OutputAs}: Unknown output format", Failed);
        if (options.OutputTo is null or "-") return Report(options, args, output);
        try
        {
            using var file = new StreamWriter(options.OutputTo);
            return Report(options, args, file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Say($"Error creating output format {options.OutputAs ?? "text"}: {problem.Message}", Failed);
        }
    }

    private int Report(Options options, string[] args, TextWriter to)
    {
        var view = new PacemakerOutput(to, errors, options.OutputAs == "xml", options.Fancy, ["crm_verify", .. args]);
        if (!options.Version) return view.End(Verify(options));
        if (view.Xml is null) view.Line($"crm_verify of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)");
        else view.Xml.Empty("version", ("program", "appliance"), ("version", StatusView.ProductVersion));
        return view.End(Ok);
    }

    private int Verify(Options options)
    {
        string text, name;
        if (options.Live) return Live() is { } live ? Verify(options, live, "cib") : Say("CIB query failed: Input file not available (no cluster with a CIB runs here)", NoInput);
        try
        {
            if (options.File is not null) (text, name) = (File.ReadAllText(options.File), options.File);
            else if (options.Text is not null) (text, name) = (options.Text, "string");
            else if (options.Pipe) (text, name) = (input.ReadToEnd(), "stdin");
            else return Say("No configuration source specified.  Use --help for usage information.", Failed);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Note(options, 1, $"(filename2xml) \terror: {problem.Message}");
            return Say($"Couldn't parse input file: {options.File}", Failed);
        }
        if (!CibElement.TryParse(text, name, out var cib, out var fault))
        {
            Note(options, options.Quiet ? 1 : 0, fault!.ToString());
            // Pacemaker's parser goes on with what it could read, and that does not validate.
            if (RootOf(text) is { } root)
            {
                if (root != "cib") return Say(OnlyCibs, NotACib);
                Note(options, 1, "(main) \terror: CIB did not pass schema validation");
                return End(options, error: true);
            }
            return Say(options.File is not null ? $"Couldn't parse input file: {options.File}" : options.Text is not null ? "Couldn't parse input string: " + options.Text : "Couldn't parse input from STDIN.", Failed);
        }
        return Verify(options, cib!, name);
    }

    private int Verify(Options options, CibElement cib, string name)
    {
        if (cib.Name != "cib") return Say(OnlyCibs, NotACib);
        if (options.Save is not null) Save(options.Save, cib);
        var problems = Schema(cib, name, out var document);
        foreach (var problem in problems) Note(options, problem.Severity == Severity.Error ? 0 : 2, problem.ToString());
        if (document is null)
        {
            Note(options, 1, "(main) \terror: CIB did not pass schema validation");
            return End(options, error: true);
        }
        if (cib["validate-with"] is null or SchemaVersion.None)
            Note(options, 0, "Schema validation of configuration is disabled (enabling is encouraged and prevents common misconfigurations)");
        bool error = false, warning = false;
        foreach (var complaint in ConfigurationCheck.Of(document, now, PosixPattern.Of, LocalTime.Offset(now)))
        {
            Note(options, complaint.IsError ? 1 : 2, complaint.ToString());
            if (!complaint.Counts) continue;
            if (complaint.IsError) error = true;
            else warning = true;
        }
        return error || warning ? End(options, error) : Ok;
    }

    /// <summary>What the schema says; the document to be looked at further, or none when it is not valid.</summary>
    private static List<Diagnostic> Schema(CibElement cib, string name, out CibElement? document)
    {
        document = cib;
        // Who names no schema, or none, is taken at his word.
        if (cib["validate-with"] is null or SchemaVersion.None) return [];
        var latest = SchemaUpgrade.ToLatest(cib, name, out var problems);
        if (latest is not null) problems.AddRange(CibValidator.Check(latest, name));
        // Two nodes of one name, and constraints about what is no resource, are valid by the schema; they are complained of later.
        problems.RemoveAll(static p => p.Severity == Severity.Info || p.Message.StartsWith("two nodes are called ", StringComparison.Ordinal) || p.Message.Contains(" is about ", StringComparison.Ordinal));
        if (latest is null || problems.Exists(static p => p.Severity == Severity.Error)) document = null;
        else if (SchemaVersion.TryParse(cib["validate-with"], out var version) && version.Major < 3) document = latest;
        return problems;
    }

    private const string OnlyCibs = "This tool can only check complete configurations (i.e. those starting with <cib>).";

    /// <summary>The name of the first element, where the text is XML only to some point.</summary>
    private static string? RootOf(string text)
    {
        var at = 0;
        while ((at = text.IndexOf('<', at)) >= 0)
        {
            var end = ++at;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-' or ':')) end++;
            if (end > at) return text[at..end];
        }
        return null;
    }

    private void Save(string path, CibElement cib)
    {
        try { File.WriteAllText(path, cib.ToString()); }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException) { errors.Write($"(write_xml_file) \terror: {problem.Message}\n"); }
    }

    /// <summary>A line that is shown from this many -V on.</summary>
    private void Note(Options options, int from, string line)
    {
        if (options.Verbose >= from && !options.Quiet) errors.Write(line + "\n");
    }

    private int End(Options options, bool error)
    {
        if (options.Quiet) return Invalid;
        return Say((error ? "Errors found during check: config not valid" : "Warnings found during check: config may not be valid") + (options.Verbose > 0 ? "" : "\n-V may provide more details"), Invalid);
    }

    private int Say(string text, int status)
    {
        errors.Write($"crm_verify: {text}\n");
        return status;
    }

    /// <summary>Reads the line; what is wrong with it, if something is.</summary>
    private static string? Read(string[] args, Options options)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (arg == "--") return null;
            if (arg.Length < 2 || arg[0] != '-') continue;
            if (arg[1] != '-')
            {
                for (var at = 1; at < arg.Length; at++)
                {
                    if (arg[at] is not ('x' or 'X' or 'S'))
                    {
                        if (!Set(options, arg[at].ToString(), null)) return $"Unknown option -{arg[at]}";
                        continue;
                    }
                    var value = at + 1 < arg.Length ? arg[(at + 1)..] : i + 1 < args.Length ? args[++i] : null;
                    if (value is null) return $"Missing argument for -{arg[at]}";
                    Set(options, arg[at].ToString(), value);
                    break;
                }
                continue;
            }
            var cut = arg.IndexOf('=', StringComparison.Ordinal);
            var name = cut < 0 ? arg[2..] : arg[2..cut];
            if (name is "xml-file" or "xml-text" or "save-xml" or "output-as" or "output-to")
            {
                var value = cut >= 0 ? arg[(cut + 1)..] : i + 1 < args.Length ? args[++i] : null;
                if (value is null) return $"Missing argument for --{name}";
                Set(options, name, value);
            }
            else if (cut >= 0 || name.Length == 1 || !Set(options, name, null)) return $"Unknown option {arg}";
        }
        return null;
    }

    private static bool Set(Options options, string name, string? value)
    {
        switch (name)
        {
            case "x" or "xml-file": options.File = value; break;
            case "X" or "xml-text": options.Text = value; break;
            case "S" or "save-xml": options.Save = value; break;
            case "p" or "xml-pipe": options.Pipe = true; break;
            case "L" or "live-check": options.Live = true; break;
            case "V" or "verbose": options.Verbose++; break;
            case "q" or "quiet": options.Quiet = true; break;
            case "$" or "version": options.Version = true; break;
            case "h" or "?" or "help" or "help-all" or "help-output" or "help-data" or "help-additional": options.Help = true; break;
            case "output-as": options.OutputAs = value; break;
            case "output-to": options.OutputTo = value; break;
            case "text-fancy": options.Fancy = true; break;
            default: return false;
        }
        return true;
    }

    private const string Text = """
        crm_verify - is this CIB one that a cluster can use? (options and exit statuses of Pacemaker 2.1.5)

        Usage: crm_verify -x FILE | -X XML | -p [OPTIONS]

          -x, --xml-file=FILE        The configuration is in this file
          -X, --xml-text=XML         This is the configuration
          -p, --xml-pipe             The configuration comes from standard input
          -L, --live-check           The running cluster's
          -S, --save-xml=FILE        Write what is checked to this file
          -V, --verbose              Name the errors; twice: the warnings as well
          -q, --quiet                Say nothing: the exit status is the answer
              --output-as=FORMAT     text, or xml
              --output-to=FILE       Where the output goes, "-" for standard output
          -$, --version              The version
          -?, --help                 This text

        """;
}
