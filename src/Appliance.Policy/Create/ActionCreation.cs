using Appliance.Policy.Model;
using Appliance.Policy.Order;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>All actions: probes, forgotten failures, and what brings each resource from its role and node to the next.</summary>
internal static class ActionCreation
{
    public static void Run(Scheduling model)
    {
        for (var i = model.DeferredChecks.Count - 1; i >= 0; i--) ConfigurationChanges.CheckDeferred(model, model.DeferredChecks[i]);
        if (model.Options.StartupProbes) Probes.Run(model);
        if (model.Options.StopRemoved)
            foreach (var resource in model.Resources) ForgetRemoved(model, resource);
        foreach (var resource in model.Resources) Create(model, resource);
    }

    private static void ForgetRemoved(Scheduling model, PolicyResource resource)
    {
        if (!resource.IsRemoved) return;
        foreach (var node in model.Nodes)
        {
            if (!node.Online || FailCounts.Of(model, node, resource, effective: true, launched: false, null, out _) == 0) continue;
            var clear = Actions.ClearFailcount(model, resource, node, "it is removed");
            Orders.Note(model, resource, null, clear, resource, Naming.Key(resource.Id, Operation.Stop, 0), null, OrderFlags.Ordered);
        }
    }

    public static void Create(Scheduling model, PolicyResource resource)
    {
        switch (resource)
        {
            case Group group: Collectives.CreateGroup(model, group); break;
            case Clone clone: Collectives.CreateClone(model, clone); break;
            case Bundle bundle: Collectives.CreateBundle(model, bundle); break;
            default: PrimitiveActions.Create(model, (Primitive)resource); break;
        }
    }
}
