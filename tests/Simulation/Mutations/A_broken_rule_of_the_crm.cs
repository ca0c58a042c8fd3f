using Appliance.Simulation.Crm;

namespace Appliance.Simulation.Mutations;

/// <summary>As <see cref="A_broken_rule"/>, for clusters with a CRM.</summary>
public class A_broken_rule_of_the_crm
{
    /// <summary>What comes about seldom is looked for from a seed on that is not far from one that shows it.</summary>
    private sealed class Case : TestCaseData
    {
        private readonly (Mutation Mutation, int Within, string[] Rules) _of;

        public Case(Mutation mutation, int within, params string[] rules) : this(mutation, 1, within, rules) { }

        private Case(Mutation mutation, int from, int within, string[] rules) : base(mutation, from, within, rules)
        {
            _of = (mutation, within, rules);
            SetArgDisplayNames(mutation.GetType().Name);
        }

        public Case From(int seed) => new(_of.Mutation, seed, _of.Within, _of.Rules);
    }

    private static readonly Case[] Broken =
    [
        new Case(new Acknowledges_before_the_disk(), 50, "told is stored"),
        new Case(new Flushes_nothing(), 100, "stored is stored"),
        new Case(new Takes_over_before_the_proof(), 200, "fenced first", "one owner"),
        new Case(new Skips_the_fence(), 100, "fenced first", "one owner"),
        new Case(new Forgets_a_stop(), 100, "one owner", "no orphan", "comes to rest"),
        new Case(new Probes_nothing(), 20, "probe before start"),
        new Case(new Lets_its_own_copy_win(), 600, "told is stored").From(40),
        new Case(new Leaves_without_asking(), 200, "no orphan"),
        new Case(new Takes_its_last_word_along(), 300, "left is down"),
        new Case(new Has_itself_fenced(), 600, "fenced once").From(380),
        new Case(new Forgets_whom_it_shot(), 200, "fenced once").From(70),
        new Case(new Shoots_before_it_has_counted(), 300, "majority fences"),
        new Case(new Hears_out_of_order(), 100, "one owner", "comes to rest", "told is stored"),
        new Case(new Keeps_a_carrier(), 300, "cut off").From(90),
        new Case(new Takes_a_line_at_its_word(), 300, "carriers only take"),
        new Case(new Decides_alone(), 20, "one decides", "one owner", "fenced first"),
    ];

    [TestCaseSource(nameof(Broken))]
    public void Is_found(object mutation, int from, int within, string[] rules)
    {
        for (var seed = (ulong)from; seed < (ulong)(from + within); seed++)
        {
            if (CrmSeedRun.Run(seed, mutation: (Mutation)mutation).Broken is not { } found || !rules.Contains(found)) continue;
            if (CrmSeedRun.Run(seed).Broken is not null) continue;
            TestContext.Progress.WriteLine($"{mutation.GetType().Name} is found by seed {seed}: {found}");
            TestContext.Out.WriteLine($"found by seed {seed}: {found}");
            return;
        }
        Assert.Fail($"{mutation.GetType().Name} goes unnoticed by {within} seeds from {from} on");
    }
}
