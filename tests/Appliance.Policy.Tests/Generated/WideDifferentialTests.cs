using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Generated CIBs about everything, with the answers of Pacemaker 3.0.2 (scores, summary, graph and drawing, in every byte).</summary>
public class Generated_clusters_of_all_kinds
{
    /// <summary>
    /// What crm_simulate 3.0.2 answered when its digests were written: a line for each seed, "-" where it gave up (something ordered before itself, a node fenced that is not configured any more). Some
    /// of its graphs cannot be carried out ("Waits", "Circle": <see cref="GraphFault"/>); ours always can, and there the digest is of what is the same all the same (<see cref="WholeAnswer.Beside"/>). Where a crm_simulate of 3.0.2 is at hand, <c>APPLIANCE_REFERENCE_SIMULATE=program</c> asks it
    /// instead, for <c>APPLIANCE_SEEDS=from..to,one</c>; <c>APPLIANCE_SHRINK_TO=folder</c> writes each difference as a small document there, and
    /// <c>APPLIANCE_WRITE_ANSWERS=file</c> the digests.
    /// </summary>
    [Test]
    public void Are_answered_as_Pacemaker_3_answered_them()
    {
        if (WholeAnswer.Reference is not null)
        {
            Ask();
            return;
        }
        var wrong = new ConcurrentBag<int>();
        var answers = File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Generated", "answers-of-3.0.2.txt"));
        var (mended, stuck) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
        Parallel.For(0, answers.Length, index =>
        {
            var ours = WholeAnswer.Ours(WideCibGenerator.Write(index + 1));
            if (ours.Fault != GraphFault.None) stuck.Add(index + 1);
            if (answers[index] == "-") return;
            var fault = answers[index].Split(' ') is [_, var word, ..] && Enum.TryParse<GraphFault>(word, out var named) ? named : GraphFault.None;
            var agrees = answers[index].StartsWith(ours.Beside(fault).Digest, StringComparison.Ordinal);
            if (agrees == answers[index].EndsWith(Open, StringComparison.Ordinal)) (agrees ? mended : wrong).Add(index + 1);
        });
        Assert.That(answers, Has.Length.GreaterThanOrEqualTo(1000));
        Assert.That(stuck.Order(), Is.Empty, "seeds whose graph cannot be carried out");
        Assert.That(wrong.Order(), Is.Empty, "seeds answered otherwise (or written otherwise: the generator decides which documents they are)");
        Assert.That(mended.Order(), Is.Empty, "seeds that agree now: they are open no longer");
    }

    /// <summary>Follows the digest of an answer that the engine does not give yet.</summary>
    private const string Open = " open";

    private static void Ask()
    {
        var seeds = new List<int>();
        foreach (var part in (Environment.GetEnvironmentVariable("APPLIANCE_SEEDS") ?? "1..300").Split(','))
        {
            var ends = part.Split("..");
            for (var seed = int.Parse(ends[0], CultureInfo.InvariantCulture); seed <= int.Parse(ends[^1], CultureInfo.InvariantCulture); seed++) seeds.Add(seed);
        }
        var (differences, answers, refused) = (new ConcurrentDictionary<int, string>(), new string[seeds.Count], new ConcurrentBag<string>());
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, seeds.Count, parallel, index =>
        {
            var seed = seeds[index];
            var cib = WideCibGenerator.Write(seed);
            if (WholeAnswer.Theirs(cib, out var errors) is not { } theirs)
            {
                answers[index] = "-";
                if (!errors.Contains(WholeAnswer.Aborted, StringComparison.Ordinal)) refused.Add($"{seed}: {errors}");
                return;
            }
            answers[index] = theirs.Beside(theirs.Fault).Digest + (theirs.Fault == GraphFault.None ? "" : $" {theirs.Fault}");
            if (Judge(cib, theirs) is not { } difference) return;
            differences[seed] = difference;
            answers[index] += Open;
        });
        foreach (var (seed, what) in differences.OrderBy(static d => d.Key)) TestContext.Out.WriteLine($"seed {seed}: {what}");
        TestContext.Out.WriteLine($"{seeds.Count} seeds, {differences.Count} differ");
        if (Environment.GetEnvironmentVariable("APPLIANCE_WRITE_ANSWERS") is { Length: > 0 } file) File.WriteAllLines(file, answers);
        if (Environment.GetEnvironmentVariable("APPLIANCE_SHRINK_TO") is { Length: > 0 } folder)
            Parallel.ForEach(differences.OrderBy(static d => d.Key).Take(40), parallel, difference =>
            {
                var first = difference.Value.Split('\n')[..2];
                var small = Shrinker.Shrink(WideCibGenerator.Write(difference.Key), cib => WholeAnswer.Theirs(cib, out _) is { } theirs && Judge(cib, theirs) is { } still && still.Split('\n') is var now
                    && now[0].Split('+')[0] == first[0].Split('+')[0] && now.Contains(first[1]));
                File.WriteAllText(Path.Combine(folder, $"{difference.Key}.xml"), $"{small}\n");
                File.WriteAllText(Path.Combine(folder, $"{difference.Key}.txt"), WholeAnswer.Theirs(small, out _) is { } said ? Judge(small, said) : "");
            });
        Assert.That(refused, Is.Empty, "documents that the reference refused");
        Assert.That(differences.Keys.Order(), Is.Empty, "seeds answered otherwise");
    }

    private static string? Judge(XElement cib, WholeAnswer theirs)
    {
        try
        {
            return WholeAnswer.Difference(theirs, WholeAnswer.Ours(cib));
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return $"exception\n{problem}\n";
        }
    }

    [Test]
    public void Are_the_same_document_for_the_same_seed()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var (once, again) = ($"{WideCibGenerator.Write(seed)}", $"{WideCibGenerator.Write(seed)}");
            Assert.That(again, Is.EqualTo(once), $"seed {seed}");
        }
    }
}
