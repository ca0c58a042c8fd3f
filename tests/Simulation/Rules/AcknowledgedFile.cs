using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>A file on every machine: what was acknowledged as stored is read back, or what was being written when its writer died.</summary>
/// <param name="what">It, for the operator.</param>
internal sealed class AcknowledgedFile(World world, string what)
{
    private readonly byte[][] _acknowledged = [.. world.Machines.Select(_ => Array.Empty<byte>())];
    private readonly List<byte[]>[] _beingWritten = [.. world.Machines.Select(_ => new List<byte[]>())];

    public ReadOnlySpan<byte> Of(Machine machine) => _acknowledged[machine.Index];

    public void Storing(Machine machine, byte[] content) => _beingWritten[machine.Index].Add(content);

    public void Stored(Machine machine, byte[] content)
    {
        _acknowledged[machine.Index] = content;
        _beingWritten[machine.Index].Clear();
    }

    /// <summary>Read by a starting control.</summary>
    public void Read(Machine machine, byte[] content)
    {
        if (!content.AsSpan().SequenceEqual(_acknowledged[machine.Index]) && !_beingWritten[machine.Index].Exists(w => content.AsSpan().SequenceEqual(w)))
            throw new RuleBroken("stored is stored", world.Now, $"{machine.Name} reads back another {what} than it had stored");
        Stored(machine, content);
    }
}
