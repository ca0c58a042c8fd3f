using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Appliance.Cib;
using Appliance.Linux;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Everything an engine says to one CIB, in the form in which Pacemaker's own suite compares it: without white space, scores sorted, a drawing's lines sorted and once each.</summary>
internal sealed partial record WholeAnswer(string[] Scores, string[] Summary, string[] Graph, string[] Drawing, GraphFault Fault)
{
    /// <summary>A crm_simulate of 3.0.2, where there is one (Debian's is older).</summary>
    public static string? Reference => Environment.GetEnvironmentVariable("APPLIANCE_REFERENCE_SIMULATE");

    public static WholeAnswer Ours(XElement document)
    {
        var cib = CibElement.Parse(document.ToString(SaveOptions.DisableFormatting), "generated");
        var run = PolicyRun.Schedule(cib, CibGenerator.Now, PosixPattern.Of);
        var (graph, drawing) = (run.GraphText(), run.Dot());
        var date = "Using the original execution date of: " + DateTimeOffset.FromUnixTimeSeconds(CibGenerator.Now).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var text = Report.Summary.Simulate(cib, PolicyRun.ReadStatus(cib, CibGenerator.Now), run, CibGenerator.Now, date).Text;
        return new(Sorted(run.ScoreLines), Told(text.Split('\n')), [.. Ignored().Replace(graph, "").Split('\n').Select(Squeeze)], Drawn(drawing), GraphChecks.FaultOf(run.Graph));
    }

    /// <summary>The reference's answer, or null and why when it refuses the document.</summary>
    public static WholeAnswer? Theirs(XElement document, out string errors)
    {
        var folder = Directory.CreateTempSubdirectory("whole-answer");
        try
        {
            string File(string name) => Path.Combine(folder.FullName, name);
            System.IO.File.WriteAllText(File("cib"), document.ToString(SaveOptions.DisableFormatting));
            var start = new ProcessStartInfo(Reference!, ["-S", "-s", "-x", File("cib"), "-G", File("graph"), "-D", File("drawing")]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["TZ"] = "UTC";
            using var process = Process.Start(start)!;
            var reading = process.StandardError.ReadToEndAsync();
            var lines = process.StandardOutput.ReadToEnd().Split('\n');
            process.WaitForExit();
            errors = reading.Result;
            if (!System.IO.File.Exists(File("drawing")) || errors.Contains(Aborted, StringComparison.Ordinal)) return null;
            // Scores stand in the middle of the story.
            int from = Array.IndexOf(lines, "Assignment Scores:"), to = from;
            while (from >= 0 && to < lines.Length && lines[to].Length > 0) to++;
            // What stands between them was told on the way (not with -Q, as Pacemaker's own suite has them).
            string[] scores = from < 0 ? [] : [.. lines[(from + 1)..to].Where(static l => l.StartsWith("  * ", StringComparison.Ordinal))];
            return new(Sorted(scores.Select(static l => l.TrimStart(' ', '*'))), Told([.. lines.Where((_, i) => i < from || i >= to), .. errors.Split('\n').Where(static l => l == Incomplete)]),
                [.. Ignored().Replace(System.IO.File.ReadAllText(File("graph")), "").Split('\n').Select(Squeeze)], Drawn(System.IO.File.ReadAllText(File("drawing"))),
                GraphChecks.FaultOf(CibElement.Parse(System.IO.File.ReadAllText(File("graph")), "graph")));
        }
        finally
        {
            folder.Delete(true);
        }
    }

    /// <summary>
    /// What of an answer counts when the reference's graph has this fault, which ours never has. What waits for an action that is not there is not done by either, so that the whole story is the same;
    /// where actions wait for each other we do more, and only what was decided is the same.
    /// </summary>
    public WholeAnswer Beside(GraphFault fault) => fault switch
    {
        GraphFault.Waits => this with { Summary = [.. Summary.Where(static l => l != Incomplete)], Graph = [], Drawing = [] },
        GraphFault.Circle => this with { Summary = [.. Summary.TakeWhile(static l => l != "Executing Cluster Transition:")], Graph = [], Drawing = [] },
        _ => this,
    };

    /// <summary>The first kind of thing in which two answers differ, with the lines of one side only; null when they agree.</summary>
    public static string? Difference(WholeAnswer peer, WholeAnswer ours)
    {
        if (ours.Fault != GraphFault.None) return $"graph that cannot be carried out: {ours.Fault}\n";
        (peer, ours) = (peer.Beside(peer.Fault), ours.Beside(peer.Fault));
        var differ = new[] { ("scores", peer.Scores, ours.Scores), ("drawing", peer.Drawing, ours.Drawing), ("summary", peer.Summary, ours.Summary), ("graph", peer.Graph, ours.Graph) }
            .Where(static k => !k.Item2.SequenceEqual(k.Item3)).ToList();
        return differ.Count == 0 ? null : $"{string.Join('+', differ.Select(static k => k.Item1))}\n{Only("peer", differ[0].Item2, differ[0].Item3)}{Only("ours", differ[0].Item3, differ[0].Item2)}";
    }

    /// <summary>The beginning of the digest of everything.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. Scores, .. Summary, .. Graph, .. Drawing]))))[..16];

    private static string Only(string whose, string[] lines, string[] others)
    {
        var left = new List<string>(others);
        return string.Concat(lines.Where(l => !left.Remove(l)).Take(12).Select(l => $"    {whose}: {l}\n"));
    }

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];

    private static string[] Drawn(string drawing) => [.. drawing.TrimEnd().Split('\n').Select(Squeeze).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>That something was left over is told on another stream, and so wherever.</summary>
    private static string[] Told(string[] lines)
    {
        var told = lines.Select(Squeeze).Where(static l => l.Length > 0 && l != Incomplete && l != "Transition failed: terminated").ToList();
        if (lines.Contains(Incomplete)) told.Add(Incomplete);
        return [.. told];
    }

    /// <summary>The reference ends by an assertion where something is ordered before itself, and when it fences a node that is not configured any more: no answer.</summary>
    public const string Aborted = "Triggered fatal assertion";

    private const string Incomplete = "An invalid transition was produced";

    private static string Squeeze(string line) => White().Replace(line, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex(" crm_feature_set=\"[^\"]*\"| batch-limit=\"[0-9]*\"|<!--.*?-->")]
    private static partial Regex Ignored();
}
