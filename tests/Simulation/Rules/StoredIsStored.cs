using System.Text;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Rules;

/// <summary>What was acknowledged as stored survives: generations only rise, the groups held and the fencing history are read back as they were written; and no fencing is told as done before it is on the disk.</summary>
internal sealed class StoredIsStored(World world)
{
    private readonly long[] _generation = new long[world.Machines.Count];

    public AcknowledgedFile Held { get; } = new(world, "list of held groups");

    public AcknowledgedFile History { get; } = new(world, "fencing history");

    public void GenerationUsed(Machine machine, long generation)
    {
        if (generation <= _generation[machine.Index])
            throw new RuleBroken("generation rises", world.Now, $"{machine.Name} starts with generation {generation} after {_generation[machine.Index]}: its peer drops it as a replay");
        _generation[machine.Index] = generation;
    }

    public void PowerCut(Machine machine) => world.Trace.Mix((ulong)_generation[machine.Index]);

    /// <summary>The fencer tells the resource manager that a node was fenced.</summary>
    public void Told(Machine machine, string target, IEnumerable<FencingRecord> history)
    {
        var record = history.FirstOrDefault(r => r.Target == target && r.State == FencingState.Done);
        if (record is null || History.Of(machine).IndexOf(Encoding.UTF8.GetBytes(FencerWire.Write(record))) < 0)
            throw new RuleBroken("told is stored", world.Now, $"{machine.Name} acts on the fencing of {target}, which its history on disk does not know");
    }
}
