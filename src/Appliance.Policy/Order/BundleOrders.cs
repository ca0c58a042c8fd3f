using Appliance.Policy.Model;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Order;

/// <summary>Orderings within a bundle.</summary>
internal static class BundleOrders
{
    public static void Add(Scheduling model, Bundle bundle)
    {
        void Order(PolicyResource first, string firstTask, PolicyResource then, string thenTask, OrderFlags flags) => Orders.Resources(model, first, firstTask, then, thenTask, flags);
        if (bundle.Inner is { } inner)
        {
            Order(bundle, Operation.Start, inner, Operation.Start, OrderFlags.ThenImpliesFirstGraphed);
            Order(bundle, Operation.Stop, inner, Operation.Stop, OrderFlags.ThenImpliesFirstGraphed);
            if (inner.Children.Count > 0)
            {
                Order(inner, Operation.Running, bundle, Operation.Running, OrderFlags.FirstImpliesThenGraphed);
                Order(inner, Operation.Stopped, bundle, Operation.Stopped, OrderFlags.FirstImpliesThenGraphed);
            }
        }
        foreach (var replica in bundle.Replicas)
        {
            var container = replica.Container!;
            InternalOrders.Add(model, container);
            Order(bundle, Operation.Start, container, Operation.Start, OrderFlags.UnrunnableFirstBlocks | OrderFlags.ThenImpliesFirstGraphed);
            if (replica.Child is not null) Order(bundle, Operation.Stop, replica.Child, Operation.Stop, OrderFlags.ThenImpliesFirstGraphed);
            Order(bundle, Operation.Stop, container, Operation.Stop, OrderFlags.ThenImpliesFirstGraphed);
            Order(container, Operation.Start, bundle, Operation.Running, OrderFlags.FirstImpliesThenGraphed);
            Order(container, Operation.Stop, bundle, Operation.Stopped, OrderFlags.FirstImpliesThenGraphed);
            if (replica.Ip is { } ip)
            {
                InternalOrders.Add(model, ip);
                Orders.Starts(model, ip, container, OrderFlags.UnrunnableFirstBlocks | OrderFlags.GuestAllowed);
                Orders.Stops(model, container, ip, OrderFlags.ThenImpliesFirst | OrderFlags.GuestAllowed);
                Colocations.Add(model, "#ip-with-container", null, Scores.Infinity, ip, container, null, null, influence: true, isExplicit: false);
            }
            if (replica.Remote is { } remote) InternalOrders.Add(model, remote);
        }
        if (bundle.Inner is null) return;
        InternalOrders.Add(model, bundle.Inner);
        if (!bundle.Inner.Has(ResourceFlags.Promotable)) return;
        InternalOrders.AddRestart(model, bundle);
        Order(bundle, Operation.Promote, bundle.Inner, Operation.Promote, OrderFlags.ThenImpliesFirstGraphed);
        Order(bundle.Inner, Operation.Promoted, bundle, Operation.Promoted, OrderFlags.FirstImpliesThenGraphed);
        Order(bundle, Operation.Demote, bundle.Inner, Operation.Demote, OrderFlags.ThenImpliesFirstGraphed);
        Order(bundle.Inner, Operation.Demoted, bundle, Operation.Demoted, OrderFlags.FirstImpliesThenGraphed);
    }
}
