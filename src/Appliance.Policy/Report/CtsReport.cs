using System.Globalization;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Report;

/// <summary>What <c>crm_resource --list-cts</c> tells a program that audits a cluster (Pacemaker's CTS): a line for each resource, and one for each colocation.</summary>
public static class CtsReport
{
    /// <summary>Each resource before what it consists of; then the colocations that are in force.</summary>
    public static List<string> Lines(Scheduling model)
    {
        var lines = new List<string>();
        foreach (var top in model.Resources) Add(lines, top);
        foreach (var constraint in model.Configuration.Element("constraints")?.Children ?? [])
        {
            if (!Texts.Same(constraint.Name, "rsc_colocation") || !ConstraintsReader.IsInForce(model, constraint)) continue;
            lines.Add($"Constraint {constraint.Name} {constraint.Id} {Or(constraint["rsc"])} {Or(constraint["with-rsc"])} {Or(constraint["score"])} {Or(constraint["rsc-role"])} {Or(constraint["with-rsc-role"])}");
        }
        return lines;
    }

    private static void Add(List<string> lines, PolicyResource resource)
    {
        var flags = Pacemaker(resource);
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"Resource: {resource.Xml.Name} {resource.Id} {resource.NameInHistory} {Or(resource.Parent?.Id)} {Or(resource.Provider)} {resource.Xml["class"] ?? "(null)"} {resource.Xml["type"] ?? "(null)"} {Or(Place(resource)?.Name)} {(resource.IsFenceDevice ? 0 : 1)} {flags} 0x{flags:x16}"));
        foreach (var child in resource.Children) Add(lines, child);
    }

    private static string Or(string? word) => word ?? "NA";

    /// <summary>A primitive's current node; of a collective's the first that was found, and where it is unmanaged the first online.</summary>
    private static PolicyNode? Place(PolicyResource resource) => resource.Children.Count == 0 ? resource.CurrentNode : resource.Active.Find(n => n.Online || resource.Managed);

    /// <summary>The flags by Pacemaker 2.1's numbers (<c>pe_rsc_*</c> in its pe_types.h).</summary>
    private static long Pacemaker(PolicyResource resource)
    {
        var sum = 0x40000L;     // nothing has been planned: whatever there is may run
        foreach (var (flag, number) in Numbers)
            if (resource.Has(flag)) sum |= number;
        if (resource.Top().Has(ResourceFlags.Promotable)) sum |= 0x80;
        if (resource.IsRemoteConnection && resource.IsInBundle) sum |= 0x4000;
        // A failure that its status tells, for which it has to stop.
        foreach (var action in resource.Actions)
            if (action.Task == Operation.Stop && (!action.Optional || resource.Has(ResourceFlags.Failed))) sum |= 0x200000;
        if (resource.Launched.Exists(l => !l.IsRemoved)) sum |= 0x8000000;
        return sum;
    }

    private static readonly (ResourceFlags Flag, long Number)[] Numbers =
    [
        (ResourceFlags.Removed, 0x1), (ResourceFlags.Managed, 0x2), (ResourceFlags.Blocked, 0x4), (ResourceFlags.RemovedLauncher, 0x8), (ResourceFlags.Notify, 0x10), (ResourceFlags.Unique, 0x20),
        (ResourceFlags.FenceDevice, 0x40), (ResourceFlags.Unassigned, 0x100), (ResourceFlags.StopIfFailed, 0x1000), (ResourceFlags.Reload, 0x2000),
        (ResourceFlags.Critical, 0x8000), (ResourceFlags.Failed, 0x10000), (ResourceFlags.StartPending, 0x80000), (ResourceFlags.Migratable, 0x800000),
        (ResourceFlags.FailureIgnored, 0x1000000), (ResourceFlags.Maintenance, 0x4000000),
        (ResourceFlags.NeedsQuorum, 0x10000000), (ResourceFlags.NeedsFencing, 0x20000000), (ResourceFlags.NeedsUnfencing, 0x40000000),
    ];
}
