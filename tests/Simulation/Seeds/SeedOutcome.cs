using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Seeds;

/// <summary>A seed's life, as it is to be lived.</summary>
internal interface IWorldRun
{
    World World { get; }

    /// <summary>What sort of cluster it is, to sort failures by.</summary>
    string Kind { get; }

    /// <summary>From its beginning to its rest; throws where a rule is broken.</summary>
    void Live();
}

/// <summary>How a seed ended.</summary>
/// <param name="Digest">Hash of everything that happened.</param>
/// <param name="Broken">The rule's name; <c>null</c> when all held.</param>
internal sealed record SeedOutcome(ulong Seed, string Plan, ulong Digest, string? Broken, string What, IReadOnlyList<string> Story)
{
    /// <summary>How runs of fencing devices ended, by kind.</summary>
    public IReadOnlyList<int> Verdicts { get; init; } = [];

    /// <summary>How often two nodes fenced each other and both lost their power.</summary>
    public int BothDied { get; init; }

    public Counts Count { get; init; } = new();

    /// <summary>Lives a seed's life to its end, whatever that is.</summary>
    public static SeedOutcome Of(ulong seed, Func<IWorldRun> begins)
    {
        IWorldRun? run = null;
        try
        {
            run = begins();
            run.Live();
            return Of(seed, run, null, "");
        }
        catch (RuleBroken broken)
        {
            return run is null ? new(seed, "", 0, broken.Rule, broken.Message, []) : Of(seed, run, broken.Rule, broken.Message);
        }
        catch (Exception thrown) when (run is not null)     // a core that throws ends its process in the field: here it is a finding
        {
            return Of(seed, run, thrown.GetType().Name, $"at {run.World.Now}: {thrown}");
        }
    }

    private static SeedOutcome Of(ulong seed, IWorldRun run, string? broken, string what) => new(seed, run.Kind, run.World.Trace.Digest, broken, what, run.World.Trace.Lines)
    {
        Verdicts = run.World.Fencing.Verdicts, BothDied = run.World.Rules.Survival.BothDied, Count = run.World.Count,
    };
}
