using Appliance.Simulation.Seeds;

namespace Appliance.Simulation.Crm;

/// <summary>The worlds of <see cref="Thousands_of_crm_worlds"/>, with nodes of older versions among them that are upgraded, or go back, in the middle of the storm.</summary>
public class Clusters_that_are_upgraded
{
    private const string Variable = "APPLIANCE_CRM_MIXED_SEEDS";

    private readonly SeedSweep _sweep = new(Variable, nameof(Keep_every_rule_while_versions_are_mixed), lastLines: 200, (seed, inWords) => CrmSeedRun.Run(seed, inWords, new OlderWords()));

    /// <summary>What fits in half a minute; <c>APPLIANCE_CRM_MIXED_SEEDS=from..to</c> for others.</summary>
    [Test]
    public void Keep_every_rule_while_versions_are_mixed()
    {
        var (from, to) = SeedSweep.Range(Variable, 1, 300);
        var told = 0;
        var failures = _sweep.Run(from, to, outcome => Interlocked.Add(ref told, outcome.Count.Acknowledged));
        TestContext.Out.WriteLine($"{told} changes told stored");
        if (failures.Count == 0 && Environment.GetEnvironmentVariable("APPLIANCE_STORY") == "always") _sweep.Tell(from);
        _sweep.Require(failures);
        if (to - from >= 100) Assert.That((ulong)told, Is.GreaterThan(to - from), "things are changed in them");
    }

    [Test]
    public void Are_the_same_world_for_the_same_seed() => _sweep.RequireTheSame(1, 10);

    [Test]
    public void Words_of_before_that_nobody_reads_are_found()
    {
        for (var seed = 1UL; seed <= 20; seed++)
            if (CrmSeedRun.Run(seed, mutation: new Reads_no_older_words()).Broken == "comes to rest") return;
        Assert.Fail("nobody misses them");
    }
}
