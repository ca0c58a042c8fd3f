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
            var (full, visible, differs) = Digests.OfDevice(model, device, node);
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
