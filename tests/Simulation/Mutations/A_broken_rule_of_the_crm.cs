using Appliance.Simulation.Crm;

namespace Appliance.Simulation.Mutations;

/// <summary>As <see cref="A_broken_rule"/>, for clusters with a CRM.</summary>
public class A_broken_rule_of_the_crm
{
    private static readonly TestCaseData[] Broken =
    [
        Case(new Acknowledges_before_the_disk(), 50, "told is stored"),
        Case(new Flushes_nothing(), 100, "stored is stored"),
        Case(new Takes_over_before_the_proof(), 200, "fenced first", "one owner"),
        Case(new Skips_the_fence(), 100, "fenced first", "one owner"),
        Case(new Forgets_a_stop(), 100, "one owner", "no orphan", "comes to rest"),
        Case(new Probes_nothing(), 20, "probe before start"),
        Case(new Lets_its_own_copy_win(), 600, "told is stored"),
        Case(new Leaves_without_asking(), 200, "no orphan"),
        Case(new Takes_its_last_word_along(), 300, "left is down"),
        Case(new Has_itself_fenced(), 600, "fenced once"),
        Case(new Forgets_whom_it_shot(), 200, "fenced once"),
        Case(new Shoots_before_it_has_counted(), 300, "majority fences"),
        Case(new Hears_out_of_order(), 100, "one owner", "comes to rest", "told is stored"),
        Case(new Keeps_a_carrier(), 300, "cut off"),
        Case(new Takes_a_line_at_its_word(), 300, "carriers only take"),
        Case(new Decides_alone(), 20, "one decides", "one owner", "fenced first"),
    ];

    private static TestCaseData Case(Mutation mutation, int within, params string[] rules) => new TestCaseData(mutation, within, rules).SetArgDisplayNames(mutation.GetType().Name);

    [TestCaseSource(nameof(Broken))]
    public void Is_found(object mutation, int within, string[] rules)
    {
        for (var seed = 1UL; seed <= (ulong)within; seed++)
        {
            if (CrmSeedRun.Run(seed, mutation: (Mutation)mutation).Broken is not { } found || !rules.Contains(found)) continue;
            if (CrmSeedRun.Run(seed).Broken is not null) continue;
            TestContext.Progress.WriteLine($"{mutation.GetType().Name} is found by seed {seed}: {found}");
            TestContext.Out.WriteLine($"found by seed {seed}: {found}");
            return;
        }
        Assert.Fail($"{mutation.GetType().Name} goes unnoticed by {within} seeds");
    }
}
