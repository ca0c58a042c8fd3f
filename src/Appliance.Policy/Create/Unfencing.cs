using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>Switching a node on before it may run what needs it: the devices concerned, and whether their definition changed.</summary>
internal static class Unfencing
{
    /// <summary>Notes the devices' digests in the action; true when one of them changed since the node was unfenced.</summary>
    public static bool DescribeDevices(Scheduling model, PolicyNode node, PolicyAction action)
    {
        var changed = false;
        var all = new System.Text.StringBuilder();
        var secure = new System.Text.StringBuilder();
        foreach (var device in Devices(model))
        {
            var (full, visible, differs) = OperationDigests.OfDevice(model, device, node);
            if (differs)
            {
                changed = true;
                model.Notices.Add($"notice: Unfencing node {node.Name} because the definition of {device.Id} changed");
            }
            var agent = device.Type;
            all.Append(device.Id).Append(':').Append(agent).Append(':').Append(full).Append(',');
            secure.Append(device.Id).Append(':').Append(agent).Append(':').Append(visible).Append(',');
        }
        action.Meta["digests-all"] = all.ToString();
        action.Meta["digests-secure"] = secure.ToString();
        return changed;
    }

    /// <summary>Orders an action after its node was switched on, if what it acts on needs that; and has it done if it never was.</summary>
    public static void OrderAfter(Scheduling model, PolicyResource resource, PolicyNode? node, PolicyAction action, OrderFlags flags)
    {
        if (node is null || !(resource.IsFenceDevice && model.Options.UnfencingInUse) && !resource.Has(ResourceFlags.NeedsUnfencing)) return;
        var on = FencingActions.Operate(model, node, Operation.On, optional: true, null, priorityDelay: false);
        Order.Orders.Between(model, on, action, flags);
        if (!IsUnfenced(node)) Trigger(model, null, node, $"required by {resource.Id} {action.Task}", null);
    }

    public static bool IsUnfenced(PolicyNode node) => node.Attribute("#node-unfenced") is { } when && Texts.Integer(when) is not (null or 0);

    /// <summary>Has a node, or all nodes a device may run on, switched on.</summary>
    public static void Trigger(Scheduling model, PolicyResource? device, PolicyNode? node, string reason, PolicyAction? before)
    {
        if (!model.Options.UnfencingInUse || device is { IsFenceDevice: false }) return;
        if (node is { Online: true, Unclean: false, Shutdown: false })
        {
            var on = FencingActions.Operate(model, node, Operation.On, optional: false, reason, priorityDelay: false);
            if (before is not null) Order.Orders.Between(model, on, before, OrderFlags.Ordered);
        }
        else if (device is not null)
            foreach (var candidate in device.Allowed)
                if (candidate.Node is { Online: true, Unclean: false, Shutdown: false }) Trigger(model, device, candidate.Node, reason, before);
    }

    private static List<PolicyResource> Devices(Scheduling model)
    {
        var found = new List<PolicyResource>();
        foreach (var resource in model.Resources) Collect(resource);
        return found;

        void Collect(PolicyResource resource)
        {
            foreach (var child in resource.Children) Collect(child);
            if (resource.Children.Count > 0) return;
            if (resource.IsFenceDevice && resource.Meta.GetValueOrDefault("provides") == "unfencing") found.Insert(0, resource);
        }
    }
}
