using System.Globalization;
using Appliance.Lab.Fencing;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Whole clusters of real machines through whatever a seed draws: after each step everything is as it must be.</summary>
/// <remarks>
/// bench/soak plays longer ones by way of these variables: <c>APPLIANCE_SOAK</c> steps, <c>APPLIANCE_SOAK_SEEDS</c> a seed for each cluster, all at once, <c>APPLIANCE_SOAK_NODES</c>,
/// <c>APPLIANCE_SOAK_ONLY</c> names of scenarios, separated by commas, <c>APPLIANCE_SOAK_OLDER</c> a node that has the older build, <c>APPLIANCE_SOAK_STORY</c> a directory for the stories and for what a violation leaves.
/// </remarks>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SoakTests
{
    private static string? Set(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int[] Seeds() => [.. (Set("APPLIANCE_SOAK_SEEDS") ?? "1").Split(',').Select(Number)];

    [TestCaseSource(nameof(Seeds))]
    public void A_cluster_is_whole_after_every_step(int seed)
    {
        using var run = Make(Number(Set("APPLIANCE_SOAK_NODES") ?? "2"), seed, $"{seed}");
        Judge(run, $"{seed}", () => run.Tell(run.Play(Number(Set("APPLIANCE_SOAK") ?? "10"), Set("APPLIANCE_SOAK_ONLY")?.Split(',') ?? [])));
    }

    /// <summary>What breaks machines and cables, each once.</summary>
    [Test]
    public void A_pair_bears_what_machines_and_cables_do()
    {
        using var run = Make(2, 1, "machines");
        Judge(run, "machines", () => run.PlayInOrder("freeze", "short freeze", "partition", "short partition", "one link lost", "fencing fails", "kill daemon", "break in a move", "restart all"));
    }

    /// <summary>What agents do, and operators, each once.</summary>
    [Test]
    public void A_pair_bears_what_agents_and_operators_do()
    {
        using var run = Make(2, 2, "agents");
        Judge(run, "agents", () => run.PlayInOrder("hung monitor", "failed start", "failed stop", "failed promoted", "maintenance", "reattach", "many changes", "agent reload", "reload", "refresh", "lost CIB"));
    }

    private static SoakRun Make(int nodes, int seed, string name)
    {
        if (Environment.UserName != "root") Assert.Ignore("network namespaces need root");
        if ((Implementation.Ours.Missing() ?? Bmc.Missing()) is { } reason) Assert.Ignore(reason);
        if (!File.Exists("/usr/lib/ocf/resource.d/pacemaker/Dummy")) Assert.Ignore("Dummy is missing (Debian package pacemaker-resource-agents)");
        Directory.CreateDirectory(Kept);
        var story = Path.Combine(Kept, $"story-{name}");
        File.Delete(story);
        return new SoakRun(nodes, seed, Set("APPLIANCE_SOAK_OLDER"), line =>
        {
            File.AppendAllText(story, $"{DateTime.Now:HH:mm:ss.fff} {line}\n");
            TestContext.Out.WriteLine(line);
        });
    }

    private static string Kept => Set("APPLIANCE_SOAK_STORY") ?? Path.Combine(Set("LAB_LOGS") ?? Path.Combine(Path.GetTempPath(), "appliance-lab"), "soak");

    private static void Judge(SoakRun run, string name, Action play)
    {
        try { play(); }
        catch (SoakViolation violation)
        {
            var kept = Path.Combine(Kept, $"violation-{name}");
            run.Collect(kept);
            run.Tell($"violation; kept in {kept}");
            Assert.Fail($"{violation.Message}\nkept in {kept}");
        }
    }
}
