using System.Globalization;
using System.Text.RegularExpressions;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests;

/// <summary>
/// Pacemaker's own regression cases: CIBs with the scores, graph, drawing and text that its scheduler makes of them. They stand beside the checkout (../shared/conformance);
/// compared is as its own suite compares: without white space, scores sorted, a drawing's lines sorted and once each.
/// </summary>
internal static partial class Conformance
{
    internal sealed record Case(string Name, int Tier, string Arguments);

    internal sealed record Verdict(Case Case, bool Scores, bool Dot, bool Graph, bool Summary, string? Problem)
    {
        public bool All => Scores && Dot && Graph && Summary && Problem is null;
    }

    /// <summary>The folder of cases, or null when there is none beside the checkout.</summary>
    public static string? Folder => CaseFolder.Path;

    public static List<Case> Cases(string folder)
    {
        var tiers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(folder, "tiers.tsv")).Skip(1))
            if (line.Split('\t') is [var name, var tier, ..]) tiers[name] = int.Parse(tier, CultureInfo.InvariantCulture);
        var cases = new List<Case>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "cases.tsv")).Skip(1))
        {
            var row = line.Split('\t');
            cases.Add(new(row[0], tiers.GetValueOrDefault(row[0]), row.Length > 2 ? row[2] : ""));
        }
        return cases;
    }

    public static Verdict Judge(string folder, Case it)
    {
        string Expected(string kind)
        {
            var file = Path.Combine(folder, kind, $"{it.Name}.{kind}");
            return File.Exists(file) ? File.ReadAllText(file) : "";
        }
        try
        {
            // As the tool does it: what is decided about is the document in its latest form.
            var cib = SchemaUpgrade.ToLatest(CibElement.Parse(File.ReadAllText(Path.Combine(folder, "xml", it.Name + ".xml")), it.Name), it.Name, out _)!;
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            string? date = null;
            if (InstantArgument().Match(it.Arguments) is { Success: true } given && Iso8601.TryDate(given.Groups[1].Value.Trim('"', '\''), CibTime.FromEpoch(0), out var instant, out _)) (now, date) = (instant.Epoch, "Setting effective cluster time: " + given.Groups[1].Value.Trim('"', '\''));
            else if (long.TryParse(cib["execution-date"], NumberStyles.None, CultureInfo.InvariantCulture, out var original))
            {
                now = original;
                date = "Using the original execution date of: " + DateTimeOffset.FromUnixTimeSeconds(now).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            }
            var run = PolicyRun.Schedule(cib, now, PosixPattern.Of);
            var graph = run.GraphText();
            var dot = run.Dot();
            var summary = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, now), run, now, date).Text;
            if (cib["validate-with"] == "none") summary = Expected("stderr").TrimEnd() + "\n" + summary;
            return new(it, Same(Sorted(Expected("scores")), Sorted(string.Join('\n', run.ScoreLines))), Same(Drawing(Expected("dot")), Drawing(dot)),
                Same(Plain(Expected("exp")), Plain(graph)), Same(Expected("summary").Split('\n'), summary.Split('\n')), null);
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return new(it, false, false, false, false, problem.GetType().Name + ": " + problem.Message);
        }
    }

    private static bool Same(IEnumerable<string> expected, IEnumerable<string> actual) => Squeezed(expected).SequenceEqual(Squeezed(actual));

    private static IEnumerable<string> Squeezed(IEnumerable<string> lines) => lines.Select(static l => White().Replace(l, "")).Where(static l => l.Length > 0);

    private static IEnumerable<string> Sorted(string text) => text.Split('\n').Order(StringComparer.Ordinal);

    private static string[] Plain(string graph) => Ignored().Replace(graph, "").Split('\n');

    private static string[] Drawing(string text)
    {
        var lines = text.TrimEnd().Split('\n');
        return lines.Length < 2 ? lines : [lines[0], .. lines[1..^1].Distinct().Order(StringComparer.Ordinal), lines[^1]];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex("crm_feature_set=\"[^\"]*\"|batch-limit=\"[0-9]*\"")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"-t\s+(\S+(?: [0-9:]+Z?)?)")]
    private static partial Regex InstantArgument();
}
