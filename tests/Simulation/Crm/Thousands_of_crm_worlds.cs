using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Appliance.Simulation.Mutations;
using Appliance.Simulation.Seeds;
using Appliance.Stonith;

namespace Appliance.Simulation.Crm;

/// <summary>Clusters of whole CRMs, each in a storm of its own.</summary>
public class Thousands_of_crm_worlds
{
    private const int LastLines = 200, MostListed = 100;

    /// <summary>What fits in a minute and a half on two cores; <c>APPLIANCE_CRM_SEEDS=from..to</c> for others.</summary>
    private static (ulong From, ulong To) Range(ulong from, ulong to)
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_CRM_SEEDS") is not { Length: > 0 } text) return (from, to);
        var ends = text.Split("..");
        var first = ulong.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? ulong.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }

    /// <summary>APPLIANCE_CRM_MUTATION: what of <c>Mutations/</c> is broken, for whoever looks at how it is found.</summary>
    private static Mutation? Broken =>
        Environment.GetEnvironmentVariable("APPLIANCE_CRM_MUTATION") is { Length: > 0 } name ? (Mutation)Activator.CreateInstance(typeof(Mutation).Assembly.GetType($"{typeof(Mutation).Namespace}.{name}", true)!)! : null;

    [Test]
    public void Keep_every_rule_with_a_crm()
    {
        var (from, to) = Range(1, 1_000);
        var clock = Stopwatch.StartNew();
        var failures = new ConcurrentBag<SeedOutcome>();
        var (policies, told, proven) = (0, 0, 0);
        Parallel.For((long)from, (long)to + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            if (failures.Count >= 1000) return;
            var outcome = CrmSeedRun.Run((ulong)seed, mutation: Broken);
            if (outcome.Broken is not null)
            {
                failures.Add(outcome);
                TestContext.Progress.WriteLine($"seed {seed} {outcome.Plan}: {outcome.What.Split('\n')[0]}");
            }
            Interlocked.Add(ref policies, outcome.Count.PolicyRuns);
            Interlocked.Add(ref told, outcome.Count.Acknowledged);
            if (outcome.Verdicts.Count > 0) Interlocked.Add(ref proven, outcome.Verdicts[(int)VerdictKind.Proven]);
        });
        var cpu = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        TestContext.Out.WriteLine($"{to - from + 1} seeds ({from}..{to}) in {clock.Elapsed.TotalSeconds:0.0} s on {Environment.ProcessorCount} cores, {failures.Count} failed; {policies} plans, {told} changes told stored, {proven} machines proven off; CPU {cpu:0.0} s");
        if (failures.IsEmpty && Environment.GetEnvironmentVariable("APPLIANCE_STORY") == "always") Tell(from);
        if (failures.IsEmpty) return;
        foreach (var kind in failures.GroupBy(f => f.Broken + " " + f.Plan).OrderByDescending(g => g.Count()))
            TestContext.Out.WriteLine($"{kind.Count(),5} x {kind.Key}: seeds {string.Join(' ', kind.Select(f => f.Seed).Order().Take(12))}");
        foreach (var failure in failures.OrderBy(f => f.Seed).Take(MostListed)) TestContext.Out.WriteLine($"seed {failure.Seed} {failure.Plan}: {failure.What.Split('\n')[0]}");
        foreach (var first in failures.GroupBy(f => f.Broken).Select(g => g.MinBy(f => f.Seed)!)) Tell(first.Seed);
        Assert.Fail($"{failures.Count} seeds broke a rule; the first is {failures.Min(f => f.Seed)}");
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed() => Parallel.For(1, 31, seed =>
    {
        var (once, again) = (CrmSeedRun.Run((ulong)seed), CrmSeedRun.Run((ulong)seed));
        Assert.That(again.Digest, Is.EqualTo(once.Digest), $"seed {seed}");
    });

    /// <summary>Runs a failed seed again in words, and prints the end of its story.</summary>
    private static void Tell(ulong seed)
    {
        var told = CrmSeedRun.Run(seed, inWords: true, Broken);
        var whole = Environment.GetEnvironmentVariable("APPLIANCE_STORY") is "whole" or "always";
        TestContext.Out.WriteLine();
        TestContext.Out.WriteLine($"seed {seed}: {told.What}");
        TestContext.Out.WriteLine($"replay: APPLIANCE_CRM_SEEDS={seed} dotnet test tests/Simulation -c Release --filter Name~Keep_every_rule_with_a_crm   (APPLIANCE_STORY=whole for all of its story)");
        var beginning = told.Story.TakeWhile(l => l.Contains("  world ", StringComparison.Ordinal)).ToArray();
        foreach (var line in beginning) TestContext.Out.WriteLine(line);
        foreach (var line in told.Story.Skip(whole ? beginning.Length : Math.Max(beginning.Length, told.Story.Count - LastLines))) TestContext.Out.WriteLine(line);
    }
}
