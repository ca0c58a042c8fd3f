using System.Globalization;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Report;

namespace Appliance.Commands.Policy;

/// <summary>
/// crm_simulate, with the texts of Pacemaker 3.0.2: what would the cluster do with this CIB? Shown are scores (-s), the graph as XML (-G) and as a drawing (-D), and the
/// story as text (-S).
/// </summary>
internal static class CrmSimulate
{
    private const int UsageError = 64, DataError = 65, NoInput = 66, CannotCreate = 73, Invalid = 78;

    public static int Applet(string[] args)
    {
        if (args.Contains("--help", StringComparer.Ordinal) || args.Contains("-?", StringComparer.Ordinal))
        {
            Console.Out.Write(Usage);
            return 0;
        }
        var options = new GetOpt("crm_simulate", [.. Short(args)], "x:I:O:D:G:t:SsQRVX:p", Console.Error);
        string? input = null, output = null, drawing = null, graph = null, instant = null;
        bool simulate = false, scores = false, quiet = false;
        foreach (var (option, argument) in options.Options)
            switch (option)
            {
                case 'x' or 'X': input = argument; break;
                case 'p': input = "-"; break;
                case 'I': input ??= argument; break;
                case 'O': output = argument; break;
                case 'D': drawing = argument; break;
                case 'G': graph = argument; break;
                case 't': instant = argument; break;
                case 'S' or 'R': simulate = true; break;
                case 's': scores = true; break;
                case 'Q': quiet = true; break;
                case 'V': break;
                default: return UsageError;
            }
        if (input is null)
        {
            Console.Error.WriteLine("crm_simulate: name the CIB with -x FILE (a live cluster is not asked yet)");
            return UsageError;
        }
        string text;
        try
        {
            text = input == "-" ? Console.In.ReadToEnd() : File.ReadAllText(input);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"crm_simulate: Could not read input XML: {problem.Message}");
            return NoInput;
        }
        if (!CibElement.TryParse(text, input, out var cib, out var fault))
        {
            Console.Error.WriteLine(fault);
            return DataError;
        }
        if (cib!.Name != "cib")
        {
            Console.Error.WriteLine($"crm_simulate: {input} holds <{cib.Name}> and not a CIB");
            return Invalid;
        }
        if (cib["validate-with"] == "none")
            Console.Error.WriteLine("Schema validation of configuration is disabled (support for validate-with set to \"none\" is deprecated and will be removed in a future release)");
        return Run(cib, instant, new(simulate, scores, quiet, drawing, graph, output));
    }

    private const string Usage = """
        crm_simulate - what the cluster would do with a CIB (texts of Pacemaker 3.0.2)

        Usage: crm_simulate -x FILE [OPTIONS]

          -x, --xml-file=FILE        The CIB, with its status section
          -p, --xml-pipe             The CIB comes from standard input
          -S, --simulate             Carry the transition out in thought, and tell it
          -s, --show-scores          Show the allocation scores
          -t, --set-datetime=TIME    Pretend that it is this time (ISO 8601)
          -G, --save-graph=FILE      Write the transition graph (XML)
          -D, --save-dotfile=FILE    Write the transition graph (DOT)
          -O, --save-output=FILE     Write the CIB as it would be afterwards
          -Q, --quiet                Do not tell the story
          -?, --help                 This text

        A live cluster is not asked, and nothing can be injected yet.

        """;

    private sealed record Wanted(bool Simulate, bool Scores, bool Quiet, string? Drawing, string? Graph, string? Output);

    private static int Run(CibElement cib, string? instant, Wanted wanted)
    {
        var clock = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var now = clock;
        string? date = null;
        if (instant is not null)
        {
            if (!Iso8601.TryDate(instant, CibTime.FromEpoch(clock), out var given, out var problem))
            {
                Console.Error.WriteLine($"crm_simulate: {instant} is no instant: {problem}");
                return UsageError;
            }
            now = given.Epoch;
            date = $"Setting effective cluster time: {instant}";
        }
        else if (long.TryParse(cib["execution-date"], NumberStyles.None, CultureInfo.InvariantCulture, out var original))
        {
            now = original;
            date = "Using the original execution date of: " + DateTimeOffset.FromUnixTimeSeconds(now).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
        var run = PolicyRun.Schedule(cib, now, PosixPattern.Of);
        if (wanted.Scores)
        {
            Console.Out.Write("\n");
            foreach (var line in run.ScoreLines) Console.Out.Write(line + "\n");
        }
        try
        {
            if (wanted.Graph is not null) File.WriteAllText(wanted.Graph, run.GraphText());
            if (wanted.Drawing is not null) File.WriteAllText(wanted.Drawing, run.Dot());
            if (!wanted.Simulate) return 0;
            var story = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, now), run, now, date);
            if (!wanted.Quiet) Console.Out.Write(story.Text);
            if (wanted.Output is not null) File.WriteAllText(wanted.Output, story.After.ToString());
            return story.Complete ? 0 : 1;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"crm_simulate: {problem.Message}");
            return CannotCreate;
        }
    }

    /// <summary>Long options as short ones.</summary>
    private static IEnumerable<string> Short(string[] args)
    {
        foreach (var arg in args)
        {
            var cut = arg.IndexOf('=', StringComparison.Ordinal);
            var name = arg.StartsWith("--", StringComparison.Ordinal) ? cut < 0 ? arg : arg[..cut] : null;
            var letter = name switch
            {
                "--xml-file" => "-x", "--save-output" => "-O", "--save-graph" => "-G", "--save-dotfile" => "-D", "--set-datetime" => "-t", "--simulate" => "-S", "--run" => "-R",
                "--show-scores" => "-s", "--quiet" => "-Q", "--verbose" => "-V", "--xml-pipe" => "-p", "--save-input" => "-I", _ => null,
            };
            yield return letter ?? arg;
            if (letter is not null && cut >= 0) yield return arg[(cut + 1)..];
        }
    }
}
