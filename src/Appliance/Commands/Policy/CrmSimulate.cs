using System.Globalization;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Commands.ResourceTools;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Report;
using Appliance.Policy.Simulation;

namespace Appliance.Commands.Policy;

/// <summary>
/// crm_simulate, with the options, output and exit statuses of Pacemaker 2.1.5 and the answers of 3.0.2: what would the cluster do with this CIB, and with one in which something else had
/// happened?
/// </summary>
internal sealed class CrmSimulate(TextReader input, TextWriter output, TextWriter errors, long clock)
{
    private const int Failed = 1, UsageError = 64, NoInput = 66, IoError = 74, NoSuchObject = 105;

    public static int Applet(string[] args) => Of(CrmWorld.Real(), WaitingLine.ForPeople()).Run(args);

    /// <summary>As a tool of these surroundings: the live cluster is the CIB they name.</summary>
    public static CrmSimulate Of(CrmWorld world, WaitingLine? waiting = null) => new(world.Input, world.Output, world.Errors, world.Now())
    {
        Waiting = waiting ?? new(null, TimeSpan.Zero), LiveFile = CibAccess.FileOf(world), Live = () => CibAccess.Document(world with { Program = "crm_simulate" }),
    };

    /// <summary>The file that stands for a live cluster, if one is named (Pacemaker's variables).</summary>
    public string? LiveFile { get; init; } = Environment.GetEnvironmentVariable("CIB_file");

    /// <summary>What somebody sees who waits.</summary>
    public WaitingLine Waiting { get; init; } = new(null, TimeSpan.Zero);

    /// <summary>The running cluster's document; <c>null</c>: there is none.</summary>
    public Func<CibElement?> Live { get; init; } = static () => null;

    public int Run(string[] args)
    {
        var options = new CrmSimulateOptions();
        if (options.Read(args) is { } wrong) return Say(wrong, UsageError);
        if (options.Help)
        {
            output.Write(Usage);
            return 0;
        }
        if (options.OutputAs is not (null or "text" or "xml" or "none"))
        {
            errors.Write($"Error creating output format {options.OutputAs}: Unknown output format\n");
            return NoSuchObject;
        }
        if (options.OutputAs == "none") return Report(options, args, TextWriter.Null);
        if (options.OutputTo is null or "-") return Report(options, args, output);
        try
        {
            using var file = new StreamWriter(options.OutputTo);
            return Report(options, args, file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            errors.Write($"Error creating output format {options.OutputAs ?? "(null)"}: {Why(problem)}\n");
            return NoSuchObject;
        }
    }

    private int Report(CrmSimulateOptions options, string[] args, TextWriter to)
    {
        var xml = options.OutputAs == "xml" ? new CibElement("pacemaker-result").Set("api-version", "2.25").Set("request", PacemakerOutput.Request(["crm_simulate", .. args])) : null;
        List<string> problems = [];
        int status;
        if (options.Version)
        {
            if (xml is null) to.Write($"crm_simulate of appliance {StatusView.ProductVersion} (as Pacemaker 2.1.5)\n");
            else xml.Add("version").Set("program", "appliance").Set("version", StatusView.ProductVersion);
            status = 0;
        }
        else if (options.Profile is not null) status = Profile(options, to, xml);
        else status = Simulate(options, to, xml, problems);
        to.Flush();
        if (xml is null) return status;
        var result = xml.Add("status").Set("code", status.ToString(CultureInfo.InvariantCulture)).Set("message", PacemakerCodes.ExitText(status));
        if (problems.Count > 0)
        {
            var list = result.Add("errors");
            foreach (var problem in problems) list.Add("error").Text = problem;
        }
        to.Write(xml.ToString(CibFormat.Pretty | CibFormat.WithText));
        return status;
    }

    // ---- one CIB ----

    private int Simulate(CrmSimulateOptions options, TextWriter to, CibElement? xml, List<string> problems)
    {
        var file = options.Input ?? LiveFile;
        if (file is null) return Live() is { } live ? Simulate(options, to, xml, problems, PolicyInput.Read(live, "cib", errors, out var fault), null, fault) : Say("CIB query failed: Input file not available", NoInput);
        string text;
        try
        {
            text = options.Input == "-" ? input.ReadToEnd() : PolicyInput.Text(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return options.Input is null ? Say("CIB query failed: Input file not available", NoInput) : Say($"Could not read input XML: {file}: {Why(problem)}", NoInput);
        }
        CibElement? read = null;
        var status = 0;
        using var said = new StringWriter();
        Waiting.While("reading the CIB", () => read = PolicyInput.Read(text, options.Input == "-" ? "stdin" : file, said, out status));
        errors.Write(said.ToString());
        return Simulate(options, to, xml, problems, read, file, status);
    }

    /// <param name="cib">Null: there is none, and <paramref name="status"/> is how that ends.</param>
    /// <param name="file">Null: it is a running cluster's.</param>
    private int Simulate(CrmSimulateOptions options, TextWriter to, CibElement? xml, List<string> problems, CibElement? cib, string? file, int status)
    {
        if (cib is null) return status;
        // The original works in the file it saves to: what is saved of a run that goes no further is what was read.
        var kept = options.InPlace ? file : options.SaveOutput;
        if (kept is not null && Save(kept, cib.ToString()) is { } why) return Say($"Could not create '{kept}': {why}", NoSuchObject);
        if (!TryInstant(options.Date, cib, out var now, out var offset, out var date)) return UsageError;

        var fancy = options.Fancy || !options.Scores && !options.Utilization;
        var asText = xml is null ? new TextSimulation(fancy, options.Quiet) : null;
        var asXml = new XmlSimulation(options.Quiet);
        var story = new Story(cib, now, new()
        {
            Offset = offset, Quiet = options.Quiet, Scores = options.Scores, Utilization = options.Utilization, Sections = options.Sections, Injections = options.Injections, Failures = options.Failures,
            SecretsBlotted = options.Input is not null, ClockLine = date,
        }, asText is null ? asXml : asText);
        status = Tell(story, options, () => Complain(story.Cib, options.Verbose, now, offset), () => Show(asText, to));
        Show(asText, to);
        if (status != NoSuchObject && kept is not null && Save(kept, story.Cib.ToString()) is { } broken) return Say($"Could not create '{kept}': {broken}", NoSuchObject);
        foreach (var element in asXml.Elements) xml?.Add(element);
        problems.AddRange(asXml.Problems);
        return status;
    }

    private int Tell(Story story, CrmSimulateOptions options, Func<HashSet<Complaint>> complain, Action show)
    {
        var begun = false;
        Waiting.While("reading the status", () => begun = story.Begin());
        if (!begun) return NoSuchObject;
        var complaints = complain();
        if (options.SaveInput is { } saved && Save(saved, story.Cib.ToString()) is { } why)
        {
            show();
            return Say($"Could not create '{saved}': {why}", NoSuchObject);
        }
        if (!options.Process) return 0;
        PolicyRun? decided = null;
        Waiting.While("reading the configuration", () => decided = story.Decide(PosixPattern.Of, Waiting.Now));
        var run = decided!;
        show();
        foreach (var complaint in run.Model.Complaints)
            if (!complaints.Contains(complaint)) errors.Write(complaint.Line + "\n");
        if (options.Graph is { } graph && Save(graph, run.GraphText()) is { } noGraph) return Say($"Could not create '{graph}': {noGraph}", IoError);
        if (options.Drawing is { } drawing && Save(drawing, run.Dot(options.AllActions, options.Verbose > 0)) is { } noDrawing) return Say($"Could not create '{drawing}': {noDrawing}", IoError);
        story.Tell(run);
        if (!options.Simulate) return 0;
        var complete = false;
        Waiting.While("carrying it out in thought", () => complete = story.CarryOut(run));
        return complete ? 0 : Failed;
    }

    /// <summary>What crm_verify says of this CIB, as there: errors with one -V, warnings with two. Each once; 2.1.5 says most of them again with each reading of the status.</summary>
    /// <returns>What was said.</returns>
    private HashSet<Complaint> Complain(CibElement cib, int verbose, long now, int offset)
    {
        HashSet<Complaint> said = [];
        if (verbose == 0) return said;
        List<Complaint> found = [];
        Waiting.While("checking the configuration", () => found = ConfigurationCheck.Of(cib, now, PosixPattern.Of, offset));
        foreach (var complaint in found)
            if (verbose >= (complaint.IsError ? 1 : 2) && said.Add(complaint)) errors.Write(complaint + "\n");
        return said;
    }

    private void Show(TextSimulation? report, TextWriter to)
    {
        foreach (var part in report?.Take() ?? [])
        {
            if (!part.IsError) to.Write(part.Text);
            else
            {
                to.Flush();
                errors.Write(part.Text);
            }
        }
    }

    /// <summary>The instant of the run and what is said of it; false for one that nobody can read.</summary>
    private bool TryInstant(string? given, CibElement cib, out long now, out int offset, out string? line)
    {
        (now, offset, line) = (clock, LocalTime.Offset(clock), null);
        if (given is not null)
        {
            if (!Iso8601.TryDate(given, CibTime.FromEpoch(clock, offset), out var instant, out var problem))
            {
                Say($"{given} is no instant: {problem}", UsageError);
                return false;
            }
            (now, offset, line) = (instant.Epoch, instant.Offset, Story.Clock(given, 0));
        }
        else if (long.TryParse(cib["execution-date"], NumberStyles.None, CultureInfo.InvariantCulture, out var original) && original > 0)
            (now, offset, line) = (original, LocalTime.Offset(original), Story.Clock(null, original));
        return true;
    }

    // ---- many CIBs ----

    /// <summary>Every XML file of a folder, from the last name to the first: how long deciding takes, reading and upgrading included.</summary>
    private int Profile(CrmSimulateOptions options, TextWriter to, CibElement? xml)
    {
        string[] files;
        try
        {
            files = Directory.GetFiles(options.Profile!);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
        Array.Sort(files, string.CompareOrdinal);
        Array.Reverse(files);
        var fancy = xml is null && (options.Fancy || !options.Scores && !options.Utilization);
        var timings = xml?.Add("timings");
        if (fancy) to.Write("Timings:\n");
        foreach (var path in files)
        {
            var name = Path.GetFileName(path);
            if (name[0] == '.' || !name.EndsWith(".xml", StringComparison.Ordinal)) continue;
            var shown = $"{options.Profile}/{name}";
            string text;
            try
            {
                text = File.ReadAllText(path);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                Say($"Could not read input XML: {shown}: {Why(problem)}", NoInput);
                continue;
            }
            var start = Environment.CpuUsage.TotalTime;
            if (PolicyInput.Read(text, shown, errors, out _) is not { } cib) continue;
            if (!TryInstant(options.Date, cib, out var now, out var offset, out var date)) return UsageError;
            if (options.Date is null) date = null;
            for (var i = 0; i < options.Repeat; i++)
            {
                if (xml is null && date is not null) to.Write(date + "\n");
                var run = PolicyRun.Schedule(cib, now, PosixPattern.Of, offset: offset, noted: options.Scores || options.Utilization);
                if (xml is null && (options.Scores || options.Utilization))
                    foreach (var note in run.Model.AssignmentNotes)
                        if (note.IsUtilization ? options.Utilization : options.Scores) to.Write((fancy ? "  * " : "") + note + "\n");
            }
            var took = Environment.CpuUsage.TotalTime - start;
            if (timings is not null) timings.Add("timing").Set("file", shown).Set("duration", took.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture));
            else to.Write(string.Create(CultureInfo.InvariantCulture, $"{(fancy ? "  * " : "")}Testing {shown} ... {took.TotalSeconds:F2} secs\n"));
        }
        return 0;
    }

    // ---- files and words ----

    /// <summary>Writes a file; why it cannot be, or null.</summary>
    private string? Save(string path, string text)
    {
        try
        {
            if (path == "-") output.Write(text);
            else File.WriteAllText(path, text);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Why(problem);
        }
    }

    private static string Why(Exception problem) => problem switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => problem.Message,
    };

    private int Say(string text, int status)
    {
        errors.Write($"crm_simulate: {text}\n");
        return status;
    }

    private const string Usage = """
        crm_simulate - what the cluster would do (options of Pacemaker 2.1.5, answers of 3.0.2)

        Usage: crm_simulate [-x FILE | -p | -L] [OPTIONS]

        Where the CIB comes from (without any: standard input):
          -x, --xml-file=FILE        This file
          -p, --xml-pipe             Standard input
          -L, --live-check           The running cluster; the file that CIB_file names stands for it

        What to do (without any: show the status):
          -R, --run                  Say what the cluster would do
          -S, --simulate             Do it in thought as well, and show the status after it
          -X, --in-place             As -S, and write the result into the input file
          -A, --show-attrs           Show the nodes' attributes
          -c, --show-failcounts      Show fail counts and failed operations
          -s, --show-scores          Show scores
          -U, --show-utilization     Show capacities of nodes, and what is taken of them
          -P, --profile=DIR          Time every XML file of this folder
          -N, --repeat=N             Each so many times

        What to pretend:
          -u, --node-up=NODE         A node comes up (one that is not known becomes known)
          -d, --node-down=NODE       A node leaves
          -f, --node-fail=NODE       A node fails
          -i, --op-inject=OPSPEC     This operation had this result
          -F, --op-fail=OPSPEC       If this operation comes up, it fails with this result (implies -S)
          -t, --set-datetime=TIME    It is this time (ISO 8601)
          -q, --quorum=VALUE         1: there is quorum; 0: there is none (with another change)
          -w, --watchdog=VALUE       1: there is a watchdog
          -g, --ticket-grant=TICKET      -r, --ticket-revoke=TICKET
          -b, --ticket-standby=TICKET    -e, --ticket-activate=TICKET

        OPSPEC is RESOURCE_TASK_INTERVAL@NODE=RC: db_monitor_20000@alpha=7 (interval in milliseconds, RC as of an
        OCF agent).

        What to keep:
          -I, --save-input=FILE      The CIB with what is pretended
          -O, --save-output=FILE     The CIB as it would be afterwards
          -G, --save-graph=FILE      The transition graph (XML)
          -D, --save-dotfile=FILE    The transition graph (a drawing in dot's language)
          -a, --all-actions          With everything in the drawing that need not be done

        How to show it:
              --output-as=FORMAT     text, or xml
              --output-to=FILE       Where the output goes, "-" for standard output
              --text-fancy           Titles and bullets also with -s and -U
          -Q, --quiet                Nothing but what was asked for by name
          -V, --verbose              What is wrong with the configuration: errors, and with -VV warnings; numbers in
                                     the drawing
          -$, --version              The version
          -?, --help                 This text

        """;
}
