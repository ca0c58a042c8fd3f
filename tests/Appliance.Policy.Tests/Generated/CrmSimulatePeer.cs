using System.Diagnostics;
using System.Xml.Linq;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests.Generated;

/// <summary>What an engine says to one CIB: scores sorted, the transition summary in its order, what is executed sorted.</summary>
internal sealed record Answer(string[] Scores, string[] Summary, string[] Steps)
{
    /// <summary>The first kind of thing in which two answers differ, with the lines of one side only; null when they agree.</summary>
    public static string? Difference(XElement cib, Answer peer, Answer ours)
    {
        var colocated = Differences.ColocatedWithCollectives(cib);
        string[] Comparable(string[] scores) => [.. scores.Where(l => Differences.IsComparable(l, colocated))];
        foreach (var (what, expected, actual) in new[] { ("summary", peer.Summary, ours.Summary), ("steps", peer.Steps, ours.Steps), ("scores", Comparable(peer.Scores), Comparable(ours.Scores)) })
            if (!expected.SequenceEqual(actual))
                return $"{what}\n{Only("peer", expected, actual)}{Only("ours", actual, expected)}";
        return null;
    }

    /// <summary>The lines that one side has more often.</summary>
    private static string Only(string whose, string[] lines, string[] others)
    {
        var left = new List<string>(others);
        return string.Concat(lines.Where(l => !left.Remove(l)).Select(l => $"    {whose}: {l}\n"));
    }
}

/// <summary>Debian's crm_simulate, asked about one CIB; its words are turned into those of 3.0.2 where only the words changed.</summary>
internal static class CrmSimulatePeer
{
    private const string Program = "/usr/sbin/crm_simulate";

    public static bool Installed => File.Exists(Program);

    /// <summary>The peer's answer, or null when it refuses the document.</summary>
    public static Answer? Ask(XElement cib, string timeZone = "UTC")
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, cib.ToString(SaveOptions.DisableFormatting));
            var start = new ProcessStartInfo(Program, ["-S", "-s", "--text-fancy", "-x", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["TZ"] = timeZone;
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            _ = errors.Result;
            return text.Contains("Revised Cluster Status", StringComparison.Ordinal) ? Read(text) : null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static Answer Ours(XElement document, int offset = 0)
    {
        var cib = CibElement.Parse(document.ToString(SaveOptions.DisableFormatting), "generated");
        var run = PolicyRun.Schedule(cib, CibGenerator.Now, PosixPattern.Of, offset: offset);
        var text = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, CibGenerator.Now, offset: offset), run, CibGenerator.Now, null).Text;
        var told = Sections(text);
        return new(Sorted(run.ScoreLines.Select(Differences.Score)), Summarized(told), Sorted(told.GetValueOrDefault("Executing Cluster Transition:", [])));
    }

    private static Answer Read(string text)
    {
        var told = Sections(text);
        return new(Sorted(told.GetValueOrDefault("Allocation Scores:", []).Select(Differences.Score)), Summarized(told), Sorted(told.GetValueOrDefault("Executing Cluster Transition:", [])));
    }

    private static string[] Summarized(Dictionary<string, List<string>> told) => [.. told.GetValueOrDefault("Transition Summary:", [])];

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];

    /// <summary>Titles stand at the margin and end in a colon; what follows belongs to them.</summary>
    private static Dictionary<string, List<string>> Sections(string text)
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? lines = null;
        foreach (var line in text.Split('\n'))
            if (line.Length > 0 && line[0] != ' ' && line.EndsWith(':')) sections[line] = lines = [];
            else if (line.TrimStart() is ['*', ' ', ..] item) lines?.Add(string.Join(' ', item.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        return sections;
    }
}
