using Appliance.Simulation.Mutations;
using Appliance.Simulation.Seeds;
using Appliance.Stonith;

namespace Appliance.Simulation.Crm;

/// <summary>Clusters of whole CRMs, each in a storm of its own.</summary>
public class Thousands_of_crm_worlds
{
    private const string Variable = "APPLIANCE_CRM_SEEDS", Until = "APPLIANCE_CRM_UNTIL", Turn = "APPLIANCE_CRM_TURN";

    /// <summary>However slow the machine is.</summary>
    private const int Always = 1000;

    private readonly SeedSweep _sweep = new(Variable, nameof(Keep_every_rule_with_a_crm), lastLines: 200, (seed, inWords) => CrmSeedRun.Run(seed, inWords, Broken));

    /// <summary>APPLIANCE_CRM_MUTATION: what of <c>Mutations/</c> is broken, for whoever looks at how it is found.</summary>
    private static Mutation? Broken =>
        Environment.GetEnvironmentVariable("APPLIANCE_CRM_MUTATION") is { Length: > 0 } name ? (Mutation)Activator.CreateInstance(typeof(Mutation).Assembly.GetType($"{typeof(Mutation).Namespace}.{name}", true)!)! : null;

    /// <summary>Five to ten minutes of two cores; <c>APPLIANCE_CRM_SEEDS=from..to</c> for others. <c>APPLIANCE_CRM_UNTIL</c>: the first 1000, and as many of the others as can be begun until that second (since 1970), from <c>APPLIANCE_CRM_TURN</c> (any number) on, round; a line says how many that were.</summary>
    [Test]
    public void Keep_every_rule_with_a_crm()
    {
        var (from, to) = SeedSweep.Range(Variable, 1, 10_000);
        TimeSpan? within = long.TryParse(Environment.GetEnvironmentVariable(Until), out var until) ? DateTimeOffset.FromUnixTimeSeconds(until) - DateTimeOffset.Now : null;
        var (ended, policies, told, proven) = (0, 0, 0, 0);
        var turn = ulong.TryParse(Environment.GetEnvironmentVariable(Turn), out var number) ? number : 0;
        var failures = _sweep.Run(from, to, outcome =>
        {
            Interlocked.Increment(ref ended);
            Interlocked.Add(ref policies, outcome.Count.PolicyRuns);
            Interlocked.Add(ref told, outcome.Count.Acknowledged);
            if (outcome.Verdicts.Count > 0) Interlocked.Add(ref proven, outcome.Verdicts[(int)VerdictKind.Proven]);
        }, Always, within, turn);
        TestContext.Out.WriteLine($"{policies} plans, {told} changes told stored, {proven} machines proven off");
        if (failures.Count == 0 && Environment.GetEnvironmentVariable("APPLIANCE_STORY") == "always") _sweep.Tell(from);
        _sweep.Require(failures);
        if (within is not null) TestContext.Error.WriteLine($"{ended} of {to - from + 1} clusters of whole CRMs in the time there was{Which(SeedSweep.InOrder(from, to, Always, turn).Take(ended))}");
        if (ended >= 100) Assert.That((policies >= ended, told >= ended, proven > 0), Is.EqualTo((true, true, true)), "what these worlds are for happens in them");
    }

    /// <summary>In the order in which they are begun; a few of the last may be still under way where others behind them have ended.</summary>
    private static string Which(IEnumerable<ulong> seeds)
    {
        var parts = new List<(ulong From, ulong To)>();
        foreach (var seed in seeds)
            if (parts.Count > 0 && parts[^1].To + 1 == seed) parts[^1] = (parts[^1].From, seed);
            else parts.Add((seed, seed));
        return parts.Count == 0 ? "" : ": " + string.Join(", ", parts.Select(p => $"{p.From} to {p.To}"));
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed() => _sweep.RequireTheSame(1, 30);
}
