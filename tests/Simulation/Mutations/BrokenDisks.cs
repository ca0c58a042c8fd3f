namespace Appliance.Simulation.Mutations;

/// <summary>A daemon starts with the generation it finds.</summary>
internal sealed class Reuses_the_generation : Mutation
{
    public override long NextGeneration(long stored) => stored;
}

/// <summary>Nothing is flushed: written, renamed, and on.</summary>
internal sealed class Does_not_flush : Mutation
{
    /// <param name="steps">Write, flush, rename, flush names, go on.</param>
    public override Action[] Durable(params Action[] steps) => [steps[0], steps[2], steps[4]];
}
