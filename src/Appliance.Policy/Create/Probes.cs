using Appliance.Policy.Assign;
using Appliance.Policy.Model;
using Appliance.Policy.Order;

namespace Appliance.Policy.Create;

/// <summary>Finding out what is active where that is not known.</summary>
internal static class Probes
{
    public static void Run(Scheduling model)
    {
        foreach (var node in model.Nodes)
        {
            if (!node.Online)
            {
                if (node.IsRemote && node.Connection is not null && RemoteOrders.StateOf(node) == RemoteState.Failed)
                    FencingActions.Fence(model, node, "the connection is unrecoverable", priorityDelay: false);
                continue;
            }
            if (node.Unclean || !node.ProbesAllowed) continue;
            foreach (var resource in model.Resources) Probe(model, resource, node);
        }
    }

    private static bool Probe(Scheduling model, PolicyResource resource, PolicyNode node) => resource switch
    {
        Clone clone => ProbeClone(model, clone, node),
        Bundle bundle => ProbeBundle(model, bundle, node),
        Group group => ProbeAll(model, group.Children, node),
        _ => ProbePrimitive(model, resource, node),
    };

    private static bool ProbeAll(Scheduling model, List<PolicyResource> resources, PolicyNode node)
    {
        var any = false;
        foreach (var resource in resources) any |= Probe(model, resource, node);
        return any;
    }

    private static bool ProbeClone(Scheduling model, Clone clone, PolicyNode node)
    {
        if (clone.Has(ResourceFlags.ExclusiveDiscovery) && clone.Allowed[node] is not { Discovery: Discovery.Exclusive })
        {
            // Notifications name only nodes that are looked at.
            clone.Allowed.Remove(node);
            return false;
        }
        MergeSort.By(clone.Children, static (a, b) => Instances.Number(a).CompareTo(Instances.Number(b)));
        if (clone.Unique) return ProbeAll(model, clone.Children, node);
        PolicyResource? one = null;
        foreach (var instance in clone.Children) if (IsKnown(instance, node)) { one = instance; break; }
        if (one is null)
            foreach (var instance in clone.Children) if (Instances.AssignedTo(instance)?.Node == node) { one = instance; break; }
        one ??= clone.Children.Count > 0 ? clone.Children[0] : null;
        return one is not null && Probe(model, one, node);
    }

    private static bool IsKnown(PolicyResource resource, PolicyNode node)
    {
        if (resource.Children.Count == 0) return resource.Known.Contains(node);
        foreach (var child in resource.Children) if (IsKnown(child, node)) return true;
        return false;
    }

    private static bool ProbeBundle(Scheduling model, Bundle bundle, PolicyNode node)
    {
        var any = false;
        foreach (var replica in bundle.Replicas)
        {
            if (replica.Ip is not null) any |= Probe(model, replica.Ip, node);
            if (replica.Child is not null && replica.Node == node) any |= Probe(model, replica.Child, node);
            if (replica.Container is { } container && Probe(model, container, node))
            {
                any = true;
                // With one container a host, one that is found running there is not started twice. It is noted with the first of the probes, for all.
                if (bundle.NodeMax == 1 && !replica.Probed)
                    foreach (var other in bundle.Replicas)
                        if (other != replica && other.Container is not null) Orders.Resources(model, container, Operation.Monitor, other.Container, Operation.Start, OrderFlags.Ordered | OrderFlags.IfOnSameNode);
                replica.Probed = true;
            }
            if (replica.Remote is { } remote && replica.Container is { } launcher && Probe(model, remote, node))
            {
                any = true;
                var probe = Actions.First(remote, Naming.Key(remote.Id, Operation.Monitor, 0), null, node);
                if (probe is not null)
                    Orders.Note(model, launcher, Naming.Key(launcher.Id, Operation.Start, 0), null, remote, null, probe, OrderFlags.NestedRemoteProbe);
            }
        }
        return any;
    }

    private static bool ProbePrimitive(Scheduling model, PolicyResource resource, PolicyNode node)
    {
        var top = resource.Top();
        if (node.IsRemoteKind)
        {
            if (resource.IsFenceDevice || resource.IsRemoteConnection) return false;
            if (node.IsGuest && LaunchesGuest(resource)) return false;
        }
        if (resource.Launcher is not null && !resource.IsRemoteConnection) return false;
        if (resource.IsRemoved || resource.Known.Contains(node)) return false;
        var allowed = resource.Allowed[node];
        if ((resource.Has(ResourceFlags.ExclusiveDiscovery) || top.Has(ResourceFlags.ExclusiveDiscovery)) && allowed is not { Discovery: Discovery.Exclusive }) return false;
        if ((allowed?.Discovery ?? node.Discovery) == Discovery.Never) return false;
        if (node.IsGuest)
        {
            var machine = node.Connection!.Launcher!;
            if (machine.Role == Role.Stopped)
            {
                // Nothing runs in a stopped machine; whether it is stopped is found out first.
                if (machine.Node is { } there && !machine.Known.Contains(there)) Orders.Resources(model, machine, Operation.Monitor, top, Operation.Start, OrderFlags.Ordered);
                return false;
            }
            if (WillStop(node, machine))
            {
                Orders.Resources(model, machine, Operation.Stop, top, Operation.Start, OrderFlags.Ordered);
                return false;
            }
        }
        var probe = Actions.Ask(model, resource, Naming.Key(resource.Id, Operation.Monitor, 0), Operation.Monitor, node, optional: false);
        probe.Clear(ActionFlags.Optional);
        Unfencing.OrderAfter(model, resource, node, probe, OrderFlags.Ordered);
        if (!resource.Active.Contains(node)) probe.Meta["op_target_rc"] = "7";
        else if (resource.Role == Role.Promoted) probe.Meta["op_target_rc"] = "8";
        if (top is not Clone) top = resource;
        var flags = OrderFlags.Ordered;
        if (!probe.Runnable && top.Active.Count == 0) flags |= OrderFlags.UnrunnableFirstBlocks;
        Orders.Note(model, resource, null, probe, top, Naming.Key(top.Id, Operation.Start, 0), null, flags);
        Orders.Note(model, resource, null, probe, top, Naming.Key(resource.Id, Operation.Reload, 0), null, OrderFlags.Ordered);
        return true;
    }

    private static bool LaunchesGuest(PolicyResource resource)
    {
        foreach (var launched in resource.Launched) if (launched.IsRemoteConnection) return true;
        return false;
    }

    private static bool WillStop(PolicyNode guest, PolicyResource machine) =>
        guest.NeedsReset || guest.Unclean || machine.Has(ResourceFlags.Failed) || machine.NextRole == Role.Stopped || machine.Role > Role.Stopped && machine.Node is { } next && !machine.Active.Contains(next);
}
