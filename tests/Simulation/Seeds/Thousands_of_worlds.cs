using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Appliance.Stonith;

namespace Appliance.Simulation.Seeds;

public class Thousands_of_worlds
{
    /// <summary>How much of a failed seed's story is printed.</summary>
    private const int LastLines = 120;

    /// <summary>Failures listed with one line each.</summary>
    private const int MostListed = 100;

    /// <summary>Seeds run: 1..10000, or <c>APPLIANCE_SEEDS=from..to</c>.</summary>
    internal static (ulong From, ulong To) Range(ulong from, ulong to)
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_SEEDS") is not { Length: > 0 } text) return (from, to);
        var ends = text.Split("..");
        var first = ulong.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? ulong.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }

    [Test]
    public void Keep_every_rule_whatever_goes_wrong()
    {
        var (from, to) = Range(1, 10_000);
        var clock = Stopwatch.StartNew();
        var failures = new ConcurrentBag<SeedOutcome>();
        var (verdicts, bothDied) = (new int[Enum.GetValues<VerdictKind>().Length], 0);
        Parallel.For((long)from, (long)to + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            if (failures.Count >= 1000) return;     // enough to see the pattern
            var outcome = SeedRun.Run((ulong)seed);
            if (outcome.Broken is not null) failures.Add(outcome);
            for (var kind = 0; kind < outcome.Verdicts.Count; kind++) Interlocked.Add(ref verdicts[kind], outcome.Verdicts[kind]);
            Interlocked.Add(ref bothDied, outcome.BothDied);
        });
        TestContext.Out.WriteLine($"fencing devices said: {string.Join(", ", Enum.GetValues<VerdictKind>().Where(k => verdicts[(int)k] > 0).Select(k => $"{k} {verdicts[(int)k]}"))}; {bothDied} times two nodes killed each other (no delay, or excused)");
        TestContext.Out.WriteLine($"{to - from + 1} seeds ({from}..{to}) in {clock.Elapsed.TotalSeconds:0.0} s on {Environment.ProcessorCount} cores, {failures.Count} failed; GCs {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)} pause {GC.GetTotalPauseDuration().TotalSeconds:0.0} s, allocated {GC.GetTotalAllocatedBytes() >> 20} MB, CPU {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0.0}");
        if (Environment.GetEnvironmentVariable("APPLIANCE_LIST_FAILURES") is { Length: > 0 } list)
            File.WriteAllLines(list, failures.OrderBy(f => f.Seed).Select(f => $"{f.Seed} {f.Broken} {f.Plan}"));
        // A storm in which no device ever fails would show little.
        if (to - from >= 5_000)
            foreach (var kind in new[] { VerdictKind.Proven, VerdictKind.Unreachable, VerdictKind.Refused, VerdictKind.StillOn, VerdictKind.TimedOut })
                Assert.That(verdicts[(int)kind], Is.Positive, $"no fencing ended with {kind}");
        if (failures.IsEmpty) return;
        foreach (var kind in failures.GroupBy(f => f.Broken + " " + f.Plan).OrderByDescending(g => g.Count()))
            TestContext.Out.WriteLine($"{kind.Count(),5} x {kind.Key}: seeds {string.Join(' ', kind.Select(f => f.Seed).Order().Take(12))}");
        foreach (var failure in failures.OrderBy(f => f.Seed).Take(MostListed)) TestContext.Out.WriteLine($"seed {failure.Seed} {failure.Plan}: {failure.What.Split('\n')[0]}");
        foreach (var first in failures.GroupBy(f => f.Broken).Select(g => g.MinBy(f => f.Seed)!)) Tell(first.Seed);
        Assert.Fail($"{failures.Count} seeds broke a rule; the first is {failures.Min(f => f.Seed)}");
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed()
    {
        var (from, _) = Range(1, 1);
        Parallel.For((long)from, (long)from + 300, seed =>
        {
            var (once, again) = (SeedRun.Run((ulong)seed), SeedRun.Run((ulong)seed));
            Assert.That(again.Digest, Is.EqualTo(once.Digest), $"seed {seed}");
        });
    }

    /// <summary>Runs a failed seed again in words, and prints the end of its story.</summary>
    private static void Tell(ulong seed)
    {
        var told = SeedRun.Run(seed, inWords: true);
        var whole = Environment.GetEnvironmentVariable("APPLIANCE_STORY") == "whole";
        TestContext.Out.WriteLine();
        TestContext.Out.WriteLine($"seed {seed}: {told.What}");
        TestContext.Out.WriteLine($"replay: APPLIANCE_SEEDS={seed} dotnet test tests/Simulation -c Release --filter Name~Keep_every_rule   (APPLIANCE_STORY=whole for all of its story)");
        var beginning = told.Story.TakeWhile(l => l.Contains("  world ", StringComparison.Ordinal)).ToArray();
        foreach (var line in beginning) TestContext.Out.WriteLine(line);
        foreach (var line in told.Story.Skip(whole ? beginning.Length : Math.Max(beginning.Length, told.Story.Count - LastLines))) TestContext.Out.WriteLine(line);
    }
}
