using Appliance.Simulation.Seeds;

namespace Appliance.Simulation.Mutations;

/// <summary>The simulator is only worth its time if it notices: each rule is broken on purpose, and must be found within a few seeds.</summary>
public class A_broken_rule
{
    private static readonly TestCaseData[] Broken =
    [
        Case(new Takes_over_without_confirmation(), 300, "fenced first", "one owner"),
        Case(new Counts_what_is_not_proven(), 600, "fenced first", "one owner"),
        Case(new Takes_silence_for_off(), 600, "fenced first", "one owner"),
        Case(new Ignores_the_delay(), 600, "one survives"),
        Case(new Tells_before_it_stores(), 300, "told is stored"),
        Case(new Stores_no_history(), 300, "told is stored"),
        Case(new Forgets_an_order(), 300, "comes to rest"),
        Case(new Accepts_unsigned_packets(), 300, "bad input changes nothing"),
        Case(new Skips_the_merge(), 300, "one owner"),
        Case(new Skips_the_probe(), 20, "probe before start"),
        Case(new Reuses_the_generation(), 100, "generation rises"),
        Case(new Does_not_flush(), 300, "generation rises", "stored is stored"),
        Case(new Hands_over_before_it_stopped(), 200, "one owner"),
        Case(new Acquires_what_another_holds(), 200, "one owner"),
        Case(new Delivers_twice(), 20, "once"),
        Case(new Loses_messages(), 200, "delivered", "comes to rest"),
        Case(new Buries_the_living(), 200, "dead before silent"),
    ];

    private static TestCaseData Case(Mutation mutation, int within, params string[] rules) => new TestCaseData(mutation, within, rules).SetArgDisplayNames(mutation.GetType().Name);

    [TestCaseSource(nameof(Broken))]
    public void Is_found(object mutation, int within, string[] rules)
    {
        for (var seed = 1UL; seed <= (ulong)within; seed++)
        {
            if (SeedRun.Run(seed, mutation: (Mutation)mutation).Broken is not { } found || !rules.Contains(found)) continue;
            if (SeedRun.Run(seed).Broken is not null) continue;      // that seed has something to say without the mutation
            TestContext.Out.WriteLine($"found by seed {seed}: {found}");
            return;
        }

        Assert.Fail($"{mutation.GetType().Name} goes unnoticed by {within} seeds");
    }

    [Test]
    public void Of_sameness_is_found()
    {
        var mutation = new Is_not_deterministic();
        Assert.That(Enumerable.Range(1, 5).Any(seed => SeedRun.Run((ulong)seed, mutation: mutation).Digest != SeedRun.Run((ulong)seed, mutation: mutation).Digest));
    }
}
