using System.Collections.Concurrent;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;

namespace Appliance.Simulation.Seeds;

/// <summary>Monitored clusters of ours in which nothing goes wrong but services: no operator helps, and every rule is checked after every event.</summary>
public class Services_that_fail
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static (ulong From, ulong To) Range => Thousands_of_worlds.Range(1, 1500);

    /// <summary>Runs a seed's cluster; what is returned is what is wrong with it, empty when nothing is.</summary>
    private static string Run(ulong seed, Func<ulong, ClusterPlan, IEnumerable<Fault>> faults, Mutation? mutation = null, bool inWords = false)
    {
        var chance = new SeededRandom(seed);
        var drawn = ClusterPlan.Draw(chance.Split(1));
        var rule = ServiceWeather.Monitor(seed) ?? new MonitorSpec(TimeSpan.FromSeconds(chance.Between(1, 4)), chance.Between(0, 2), TimeSpan.FromSeconds(chance.Between(20, 60)), TimeSpan.FromSeconds(chance.Between(1, 3)));
        var world = new World(drawn with { Monitor = rule, Extensions = [.. drawn.Nodes.Select(_ => 1)], Loss = 0 }, chance.Next(), inWords, mutation);
        var story = "";
        try
        {
            world.PowerOnAll();
            world.Run(world.Plan.InitDead + 15 * Second);
            if (!Served(world, out var missing)) return $"{missing} does not run before anything failed";
            foreach (var fault in faults(seed, world.Plan)) fault.Plan(world, _ => { });
            var end = world.Now + Weather.Stormy + 15 * Second;
            var missed = Instant.Never;
            while (world.Now < end + 20 * Second || missed != Instant.Never)
            {
                world.Run(Second / 2);
                if (Served(world, out missing)) missed = Instant.Never;
                else if (missed == Instant.Never) missed = world.Now;
                else if (world.Now - Instant.Min(Later(missed, end), world.Now) > Longest(rule)) return $"served again: {missing} does not run, {(world.Now - missed).TotalSeconds:0} s after it failed and {(world.Now - end).TotalSeconds:0} s after nothing fails any more{Story(world)}";
            }
        }
        catch (RuleBroken broken)
        {
            story = $"{broken.Rule}: {broken.Message}{Story(world)}";
        }
        return story;
    }

    private static Instant Later(Instant a, Instant b) => a > b ? a : b;

    private static string Story(World world) => world.Trace.InWords ? "\n" + string.Join('\n', world.Trace.Lines.TakeLast(150)) : "";

    /// <summary>From a failure to the service, once nothing fails any more: seen, waited for a window or 30 s, offered in vain, agents' time.</summary>
    private static TimeSpan Longest(MonitorSpec rule) => 2 * (rule.Interval + 3 * rule.Timeout) + (rule.Within > 30 * Second ? rule.Within : 30 * Second) + 20 * Second;

    private static bool Served(World world, out string missing)
    {
        missing = "";
        foreach (var group in world.Plan.Groups)
            if (!world.Machines.Any(m => group.Resources.All(r => m.Services.IsActive(r.Text)))) missing = group.Key;
        return missing.Length == 0;
    }

    private static void All(Func<ulong, string> run, Func<ulong, string> told)
    {
        var (from, to) = Range;
        var failures = new ConcurrentBag<(ulong Seed, string What)>();
        Parallel.For((long)from, (long)to + 1, seed =>
        {
            if (run((ulong)seed) is { Length: > 0 } what) failures.Add(((ulong)seed, what));
        });
        TestContext.Out.WriteLine($"{to - from + 1} seeds, {failures.Count} failed");
        foreach (var (seed, what) in failures.OrderBy(f => f.Seed).Take(20)) TestContext.Out.WriteLine($"seed {seed}: {what}");
        if (failures.IsEmpty) return;
        TestContext.Out.WriteLine(told(failures.Min(f => f.Seed)));
        Assert.Fail($"{failures.Count} seeds; the first is {failures.Min(f => f.Seed)}");
    }

    [Test]
    public void Are_served_again_and_not_restarted_for_ever() =>
        All(seed => Run(seed, (s, plan) => ServiceWeather.Draw(plan, s, atMost: 5)), seed => Run(seed, (s, plan) => ServiceWeather.Draw(plan, s, atMost: 5), inWords: true));

    /// <summary>Broken on one machine for the whole storm: by its end it runs on another one.</summary>
    [Test]
    public void On_one_machine_only_run_on_another_while_it_lasts() => All(seed => Moved(seed, false), seed => Moved(seed, true));

    private static string Moved(ulong seed, bool inWords)
    {
        var chance = new SeededRandom(seed);
        var drawn = ClusterPlan.Draw(chance.Split(1));
        var rule = new MonitorSpec(TimeSpan.FromSeconds(chance.Between(1, 4)), chance.Between(0, 2), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(chance.Between(1, 3)));
        var world = new World(drawn with { Monitor = rule, Extensions = [.. drawn.Nodes.Select(_ => 1)], Loss = 0 }, chance.Next(), inWords);
        try
        {
            world.PowerOnAll();
            world.Run(world.Plan.InitDead + 15 * Second);
            var group = chance.Of(world.Plan.Groups.AsSpan());
            var broken = world.Machines.First(m => m.Services.IsActive(group.Key));
            var others = world.Plan.Groups.Where(g => g != group).ToDictionary(g => g.Key, g => world.Machines.First(m => m.Services.IsActive(g.Key)));
            new ServiceFlaps(TimeSpan.Zero, 45 * Second, broken.Index, chance.Of(group.Resources.AsSpan()).Text, chance.Milliseconds(100, 500)).Plan(world, _ => { });
            // Each failure takes a round to be seen and a restart to be tried; then the move.
            var within = (rule.Restarts + 1) * (rule.Interval + 2 * Second) + 5 * Second;
            if (world.RunUntil(() => world.Machines.Any(m => m != broken && group.Resources.All(r => m.Services.IsActive(r.Text))), within) is null) return $"{group.Key} is not moved away from {broken.Name} within {within}{Story(world)}";
            world.Run(10 * Second);
            if (group.Resources.Any(r => broken.Services.IsActive(r.Text))) return $"{group.Key} is back on {broken.Name}{Story(world)}";
            foreach (var (key, where) in others)
                if (!where.Services.IsActive(key)) return $"{key} was moved as well{Story(world)}";
        }
        catch (RuleBroken rule2)
        {
            return $"{rule2.Rule}: {rule2.Message}{Story(world)}";
        }
        return "";
    }

    private static readonly TestCaseData[] Broken =
    [
        new TestCaseData(new Forgets_failures(), "bounded restarts").SetArgDisplayNames(nameof(Forgets_failures)),
        new TestCaseData(new Hears_no_failure(), "served again").SetArgDisplayNames(nameof(Hears_no_failure)),
    ];

    [TestCaseSource(nameof(Broken))]
    public void Are_noticed_when_the_monitor_is_broken(object mutation, string rule)
    {
        for (var seed = 1UL; seed <= 300; seed++)
        {
            if (!Run(seed, (s, plan) => ServiceWeather.Draw(plan, s, atMost: 5), (Mutation)mutation).StartsWith(rule, StringComparison.Ordinal)) continue;
            TestContext.Out.WriteLine($"found by seed {seed}");
            return;
        }
        Assert.Fail("it goes unnoticed by 300 seeds");
    }
}
