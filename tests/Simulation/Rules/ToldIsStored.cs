using Appliance.Cib;
using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Rules;

/// <summary>A change of the configuration that a client was told is stored is on a disk at that instant, and in the cluster's CIB in the end, whoever crashed.</summary>
/// <remarks>
/// One excuse, which docs/decisions/0015 names: what no more than half of the nodes had on their disks gives way to the others' CIB when they meet, and is kept aside then: nothing is lost without a word.
/// </remarks>
internal sealed class ToldIsStored(World world, StoredCibs cibs)
{
    private readonly List<(string Id, int Disks, string What)> _told = [];
    private readonly HashSet<string> _gaveWay = [];

    /// <param name="id">Of an nvpair that the change made, and that nobody removes.</param>
    public void Told(string id, string what)
    {
        world.Count.Acknowledged++;
        var disks = cibs.Disks(d => Has(d, id));
        if (disks == 0) throw new RuleBroken("told is stored", world.Now, $"{what} is told stored and is on no disk");
        _told.Add((id, disks, what));
    }

    /// <summary>A document is kept aside on a disk.</summary>
    public void GaveWay(CibElement document)
    {
        foreach (var (id, _, _) in _told)
            if (Has(document, id)) _gaveWay.Add(id);
    }

    /// <summary>At the end.</summary>
    public void Require(CibElement document)
    {
        foreach (var (id, disks, what) in _told)
        {
            if (Has(document, id) || 2 * disks <= world.Machines.Count && _gaveWay.Contains(id)) continue;
            throw new RuleBroken("told is stored", world.Now, $"{what} was told stored and is not in the CIB; {disks} of {world.Machines.Count} disks had it then{(_gaveWay.Contains(id) ? ", and a document that has it was kept aside" : "")}");
        }
    }

    private static bool Has(CibElement document, string id) => document.Element("configuration")?.Element("crm_config")?.Descendants("nvpair").Any(p => p.Id == id) == true;
}
