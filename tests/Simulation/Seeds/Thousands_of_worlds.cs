using Appliance.Stonith;

namespace Appliance.Simulation.Seeds;

public class Thousands_of_worlds
{
    private const string Variable = "APPLIANCE_SEEDS";

    private readonly SeedSweep _sweep = new(Variable, nameof(Keep_every_rule_whatever_goes_wrong), lastLines: 120, (seed, inWords) => SeedRun.Run(seed, inWords));

    /// <summary>Seeds run, or <c>APPLIANCE_SEEDS=from..to</c>.</summary>
    internal static (ulong From, ulong To) Range(ulong from, ulong to) => SeedSweep.Range(Variable, from, to);

    [Test]
    public void Keep_every_rule_whatever_goes_wrong()
    {
        var (from, to) = Range(1, 10_000);
        var (verdicts, bothDied) = (new int[Enum.GetValues<VerdictKind>().Length], 0);
        var failures = _sweep.Run(from, to, outcome =>
        {
            for (var kind = 0; kind < outcome.Verdicts.Count; kind++) Interlocked.Add(ref verdicts[kind], outcome.Verdicts[kind]);
            Interlocked.Add(ref bothDied, outcome.BothDied);
        });
        TestContext.Out.WriteLine($"fencing devices said: {string.Join(", ", Enum.GetValues<VerdictKind>().Where(k => verdicts[(int)k] > 0).Select(k => $"{k} {verdicts[(int)k]}"))}; {bothDied} times two nodes killed each other (no delay, or excused)");
        if (Environment.GetEnvironmentVariable("APPLIANCE_LIST_FAILURES") is { Length: > 0 } list)
            File.WriteAllLines(list, failures.OrderBy(f => f.Seed).Select(f => $"{f.Seed} {f.Broken} {f.Plan}"));
        // A storm in which no device ever fails would show little.
        if (to - from >= 5_000)
            foreach (var kind in new[] { VerdictKind.Proven, VerdictKind.Unreachable, VerdictKind.Refused, VerdictKind.StillOn, VerdictKind.TimedOut })
                Assert.That(verdicts[(int)kind], Is.Positive, $"no fencing ended with {kind}");
        _sweep.Require(failures);
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed()
    {
        var (from, _) = Range(1, 1);
        _sweep.RequireTheSame(from, from + 299);
    }
}
