using System.Globalization;
using System.Text.RegularExpressions;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests;

/// <summary>
/// Small documents of our own, one peculiarity each (a comment at the head says which), with the story and the scores that Pacemaker 3.0.2 told of them.
/// White space does not count.
/// </summary>
public partial class Small_clusters
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Small");

    [Test]
    public void Are_answered_as_Pacemaker_answered_them()
    {
        var files = Directory.GetFiles(Folder, "*.xml");
        Assert.That(files, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var file in files.Order(StringComparer.Ordinal))
                Assert.That(Lines(Answer(File.ReadAllText(file))), Is.EqualTo(Lines(File.ReadAllText(Path.ChangeExtension(file, ".txt")))), Path.GetFileNameWithoutExtension(file));
        });
    }

    private static string Answer(string document)
    {
        var cib = CibElement.Parse(document, "small");
        var now = long.Parse(cib["execution-date"]!, CultureInfo.InvariantCulture);
        var date = DateTimeOffset.FromUnixTimeSeconds(now).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var run = PolicyRun.Schedule(cib, now, PosixPattern.Of);
        var story = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, now), run, now, "Using the original execution date of: " + date).Text;
        return $"{story}\nScores:\n{string.Join('\n', run.ScoreLines.Order(StringComparer.Ordinal))}";
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(static l => White().Replace(l, " ").Trim()).Where(static l => l.Length > 0)];

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();
}
