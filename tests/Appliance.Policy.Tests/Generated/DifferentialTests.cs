using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Generated CIBs, given to Debian's crm_simulate and to the engine.</summary>
public class Generated_clusters
{
    /// <summary>Of the documents about which the two versions may decide otherwise, this share agrees all the same; raised as more is understood.</summary>
    private const double ReachedShare = 0.90;

    /// <summary>Seeds run: 1..300, or <c>APPLIANCE_SEEDS=from..to</c>.</summary>
    private static (int From, int To) Range()
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_SEEDS") is not { Length: > 0 } text) return (1, 300);
        var ends = text.Split("..");
        var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? int.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }

    [Test]
    public void Are_answered_as_crm_simulate_answers_them()
    {
        if (!CrmSimulatePeer.Installed)
        {
            Assert.Ignore("crm_simulate (package pacemaker-cli-utils) is not installed");
            return;
        }
        var (from, to) = Range();
        var (differences, forgiven) = (new ConcurrentDictionary<int, string>(), new ConcurrentDictionary<int, string>());
        var refused = new ConcurrentBag<int>();
        var documented = 0;
        Parallel.For(from, to + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var cib = CibGenerator.Write(seed);
            var ours = CrmSimulatePeer.Ours(cib);
            var byDesign = Differences.Of(cib, ours) is not null;
            if (byDesign) Interlocked.Increment(ref documented);
            if (CrmSimulatePeer.Ask(cib) is not { } peer) refused.Add(seed);
            else if (Answer.Difference(cib, peer, ours) is { } difference) (byDesign ? forgiven : differences)[seed] = difference;
        });
        TestContext.Out.WriteLine($"{to - from + 1} seeds, {differences.Count} differ; of {documented} about which the versions differ by design {forgiven.Count} do: {string.Join(' ', forgiven.Keys.Order())}");
        foreach (var (seed, what) in differences.OrderBy(static d => d.Key)) TestContext.Out.WriteLine($"seed {seed}: {what}");
        if (Environment.GetEnvironmentVariable("APPLIANCE_SHRINK_TO") is { Length: > 0 } folder)
            Parallel.ForEach(differences, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, difference =>
            {
                var small = Shrinker.Shrink(CibGenerator.Write(difference.Key), cib => Keeps(cib, difference.Value));
                File.WriteAllText(Path.Combine(folder, $"{difference.Key}.xml"), $"{small}\n");
                File.WriteAllText(Path.Combine(folder, $"{difference.Key}.txt"), Judge(small));
            });
        Assert.That(refused.Order(), Is.Empty, "documents that the peer refused");
        Assert.That(differences.Keys.Order(), Is.Empty, "seeds answered otherwise; APPLIANCE_SHRINK_TO=folder writes each as a small document");
        if (documented > 20) Assert.That(1 - (double)forgiven.Count / documented, Is.GreaterThanOrEqualTo(ReachedShare), "documents that agree although the versions differ by design");
    }

    /// <summary>Small documents that 2.1.5 answers otherwise. All were given to 3.0.2 as well, which answers as the engine does, in scores, graph, drawing and summary.</summary>
    /// <param name="name">The document, in Changed.</param>
    /// <param name="what">What the two versions do.</param>
    [TestCase("active-in-maintenance-too", "of a resource active on a node in maintenance and on another one, the monitor on the other is cancelled; 2.1.5 leaves it")]
    [TestCase("failed-start-in-maintenance", "the same where the start failed: 2.1.5 starts the monitor on the other node anew")]
    [TestCase("pending-start-of-a-group", "a group whose member's start is in flight and cannot stay: 2.1.5 has the group's start in the graph")]
    public void Are_answered_otherwise_in_known_cases(string name, string what)
    {
        if (!CrmSimulatePeer.Installed)
        {
            Assert.Ignore("crm_simulate (package pacemaker-cli-utils) is not installed");
            return;
        }
        var cib = XElement.Load(Path.Combine(TestContext.CurrentContext.TestDirectory, "Generated", "Changed", name + ".xml"));
        var difference = Judge(cib);
        TestContext.Out.WriteLine($"{what}\n{difference}");
        Assert.That(difference, Is.Not.Null, "agrees now: take it from the list");
    }

    [Test]
    public void Are_the_same_document_for_the_same_seed()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var (once, again) = ($"{CibGenerator.Write(seed)}", $"{CibGenerator.Write(seed)}");
            Assert.That(again, Is.EqualTo(once), $"seed {seed}");
        }
    }

    /// <summary>A smaller document is as good while one of the lines that differed still does, and nothing excuses it.</summary>
    private static bool Keeps(XElement cib, string difference)
    {
        var lines = difference.Split('\n');
        return Judge(cib) is { } still && still.Split('\n') is var now && now[0] == lines[0] && now.Skip(1).Any(l => l.Length > 0 && lines.Contains(l));
    }

    /// <summary>What differs and must not; null when nothing does.</summary>
    private static string? Judge(XElement cib)
    {
        if (CrmSimulatePeer.Ask(cib) is not { } peer) return null;
        var ours = CrmSimulatePeer.Ours(cib);
        return Differences.Of(cib, ours) is null ? Answer.Difference(cib, peer, ours) : null;
    }
}
