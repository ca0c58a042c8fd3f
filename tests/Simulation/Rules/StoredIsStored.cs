using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>What was acknowledged as stored survives: generations only rise, and the groups held are read back as they were written.</summary>
internal sealed class StoredIsStored(World world)
{
    private readonly long[] _generation = new long[world.Machines.Count];
    private readonly byte[][] _acknowledged = [.. world.Machines.Select(_ => Array.Empty<byte>())];
    private readonly List<byte[]>[] _beingWritten = [.. world.Machines.Select(_ => new List<byte[]>())];

    public void GenerationUsed(Machine machine, long generation)
    {
        if (generation <= _generation[machine.Index])
            throw new RuleBroken("generation rises", world.Now, $"{machine.Name} starts with generation {generation} after {_generation[machine.Index]}: its peer drops it as a replay");
        _generation[machine.Index] = generation;
    }

    public void Storing(Machine machine, byte[] held) => _beingWritten[machine.Index].Add(held);

    public void Stored(Machine machine, byte[] held)
    {
        _acknowledged[machine.Index] = held;
        _beingWritten[machine.Index].Clear();
    }

    public void PowerCut(Machine machine) => world.Trace.Mix((ulong)_generation[machine.Index]);

    /// <summary>Read by a starting control: the last that was acknowledged, or one that was being written when its writer died.</summary>
    public void Read(Machine machine, byte[] held)
    {
        if (!held.AsSpan().SequenceEqual(_acknowledged[machine.Index]) && !_beingWritten[machine.Index].Exists(w => held.AsSpan().SequenceEqual(w)))
            throw new RuleBroken("stored is stored", world.Now, $"{machine.Name} reads back another list of held groups than it had stored");
        _acknowledged[machine.Index] = held;
        _beingWritten[machine.Index].Clear();
    }
}
