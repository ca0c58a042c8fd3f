using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Appliance.Simulation.Seeds;

/// <summary>Many seeds on all processors; those that fail are listed, and the first of each kind is told.</summary>
/// <param name="variable">Names other seeds: <c>from..to</c>, or one.</param>
/// <param name="test">What runs one again.</param>
/// <param name="lastLines">How much of a failed seed's story is printed; <c>APPLIANCE_STORY=whole</c>: all of it.</param>
/// <param name="live">Lives a seed's life, in words or without.</param>
internal sealed class SeedSweep(string variable, string test, int lastLines, Func<ulong, bool, SeedOutcome> live)
{
    /// <summary>Failures listed with one line each; and how many are enough to see the pattern.</summary>
    private const int MostListed = 100, Enough = 1000;

    /// <summary>The seeds, or others that the environment names.</summary>
    public static (ulong From, ulong To) Range(string variable, ulong from, ulong to)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text) return (from, to);
        var ends = text.Split("..");
        var first = ulong.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? ulong.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }

    /// <summary>Runs them all.</summary>
    /// <param name="each">Called for each that ended, by several threads.</param>
    /// <param name="within">After this no more are begun beyond the first <paramref name="always"/>; null: all are.</param>
    /// <param name="turn">How far into the others they are begun: whoever has no time for all of them lives other ones each time.</param>
    /// <returns>Those that failed.</returns>
    public IReadOnlyCollection<SeedOutcome> Run(ulong from, ulong to, Action<SeedOutcome> each, ulong always = 0, TimeSpan? within = null, ulong turn = 0)
    {
        var clock = Stopwatch.StartNew();
        var failures = new ConcurrentBag<SeedOutcome>();
        var run = 0L;
        // In their order, one at a time to each: what comes first is done when time is up.
        var inOrder = Partitioner.Create(InOrder(from, to, always, turn), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(inOrder, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            if (failures.Count >= Enough || seed >= from + always && clock.Elapsed > within)
            {
                loop.Stop();
                return;
            }
            var outcome = live(seed, false);
            Interlocked.Increment(ref run);
            if (outcome.Broken is not null)
            {
                failures.Add(outcome);
                TestContext.Progress.WriteLine(Line(outcome));
            }
            each(outcome);
        });
        TestContext.Out.WriteLine($"{run} of {to - from + 1} seeds ({from}..{to}) in {clock.Elapsed.TotalSeconds:0.0} s on {Environment.ProcessorCount} cores, {failures.Count} failed; GCs {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)} pause {GC.GetTotalPauseDuration().TotalSeconds:0.0} s, allocated {GC.GetTotalAllocatedBytes() >> 20} MB, CPU {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0.0} s");
        return failures;
    }

    /// <summary>Lists failures, tells the first of each rule, and fails; where there are none, that is all.</summary>
    public void Require(IReadOnlyCollection<SeedOutcome> failures)
    {
        if (failures.Count == 0) return;
        foreach (var kind in failures.GroupBy(f => f.Broken + " " + f.Plan).OrderByDescending(g => g.Count()))
            TestContext.Out.WriteLine($"{kind.Count(),5} x {kind.Key}: seeds {string.Join(' ', kind.Select(f => f.Seed).Order().Take(12))}");
        foreach (var failure in failures.OrderBy(f => f.Seed).Take(MostListed)) TestContext.Out.WriteLine(Line(failure));
        foreach (var first in failures.GroupBy(f => f.Broken).Select(g => g.MinBy(f => f.Seed)!)) Tell(first.Seed);
        Assert.Fail($"{failures.Count} seeds broke a rule; the first is {failures.Min(f => f.Seed)}");
    }

    /// <summary>Runs a seed again in words, and prints the end of its story.</summary>
    public void Tell(ulong seed)
    {
        var told = live(seed, true);
        var whole = Environment.GetEnvironmentVariable("APPLIANCE_STORY") is "whole" or "always";
        TestContext.Out.WriteLine();
        TestContext.Out.WriteLine($"seed {seed}: {told.What}");
        TestContext.Out.WriteLine($"replay: {variable}={seed} dotnet test tests/Simulation -c Release --filter Name~{test}   (APPLIANCE_STORY=whole for all of its story)");
        var beginning = told.Story.TakeWhile(l => l.Contains("  world ", StringComparison.Ordinal)).ToArray();
        foreach (var line in beginning) TestContext.Out.WriteLine(line);
        foreach (var line in told.Story.Skip(whole ? beginning.Length : Math.Max(beginning.Length, told.Story.Count - lastLines))) TestContext.Out.WriteLine(line);
    }

    /// <summary>The same seed is the same story.</summary>
    public void RequireTheSame(ulong from, ulong to) => Parallel.For((long)from, (long)to + 1, seed =>
    {
        var (once, again) = (live((ulong)seed, false), live((ulong)seed, false));
        Assert.That(again.Digest, Is.EqualTo(once.Digest), $"seed {seed}");
    });

    /// <summary>The first ones, and then the others from somewhere among them, round to there.</summary>
    internal static IEnumerable<ulong> InOrder(ulong from, ulong to, ulong always, ulong turn)
    {
        var others = Math.Min(from + always, to + 1);
        for (var seed = from; seed < others; seed++) yield return seed;
        var count = to + 1 - others;
        for (var i = 0UL; i < count; i++) yield return others + (turn + i) % count;
    }

    private static string Line(SeedOutcome failure) => $"seed {failure.Seed} {failure.Plan}: {failure.What.Split('\n')[0]}";
}
