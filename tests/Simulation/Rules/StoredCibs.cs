using Appliance.Cib;
using Appliance.Crm.Store;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>The CIB that a node said is on its disk is read back by the next start there, or one that it was writing since; whatever write the power was cut at.</summary>
internal sealed class StoredCibs(World world)
{
    private readonly CibElement?[] _stored = new CibElement?[world.Machines.Count];
    private readonly List<CibElement>[] _beingWritten = [.. world.Machines.Select(_ => new List<CibElement>())];

    public void Storing(Machine machine, CibElement document) => _beingWritten[machine.Index].Add(document);

    public void Stored(Machine machine, CibElement document)
    {
        _stored[machine.Index] = document;
        // In their order: those before it are of the past.
        var writing = _beingWritten[machine.Index];
        writing.RemoveRange(0, writing.IndexOf(document) + 1);
    }

    /// <summary>On how many disks something is that a document may have.</summary>
    public int Disks(Func<CibElement, bool> has) => _stored.Count(d => d is not null && has(d));

    /// <summary>A control process starts and reads this.</summary>
    public void Read(Machine machine, CibElement? found)
    {
        var (stored, writing) = (_stored[machine.Index], _beingWritten[machine.Index]);
        if (found is null ? stored is not null : !(stored is not null && Same(stored, found)) && !writing.Exists(w => Same(w, found)))
            throw new RuleBroken("stored is stored", world.Now,
                $"{machine.Name} finds {Version(found)} on its disk; {Version(stored)} was told stored{(writing.Count > 0 ? $", {string.Join(' ', writing.Select(Version))} was being written" : "")}");
        _stored[machine.Index] = found;
        writing.Clear();
    }

    private static string Version(CibElement? document) => document is null ? "no CIB" : $"the CIB {CibVersion.Of(document)}";

    private static bool Same(CibElement a, CibElement b) => StoredCib.Digest(StoredCib.Of(a)) == StoredCib.Digest(StoredCib.Of(b));
}
