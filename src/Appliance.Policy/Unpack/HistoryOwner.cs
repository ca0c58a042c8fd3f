using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Which resource a history entry belongs to.</summary>
internal static class HistoryOwner
{
    public static PolicyResource? Find(Scheduling model, PolicyNode node, string name)
    {
        var resource = model.Find(name);
        PolicyResource? top = null;
        if (resource is null)
        {
            var zero = model.Find(Naming.Base(name) + ":0");
            if (zero is not null && !zero.Unique) { resource = zero; top = zero.Top(); }
        }
        else if (resource is not Primitive) return null;
        else top = resource.Top();

        if (top is not null && top.IsAnonymousClone && resource is not null)
        {
            if (top.Parent is Bundle bundle) resource = Bundles.ChildOn(bundle, node);
            else resource = Instance(model, node, (Clone)top, Naming.Base(name));
        }
        if (resource is not null && name != resource.Id && name != resource.HistoryName)
        {
            resource.HistoryName = name;
            model.Name(resource, name);
        }
        return resource;
    }

    private static PolicyResource? Instance(Scheduling model, PolicyNode node, Clone clone, string name)
    {
        PolicyResource? found = null, inactive = null;
        var skipInactive = false;
        foreach (var child in clone.Children)
        {
            if (found is not null) break;
            var where = KnownPlace(child);
            if (where is not null)
            {
                if (where != node) continue;
                found = Member(child, name);
                // A second entry for one clone on one node: left over from when the clone was unique.
                if (found is { Active.Count: > 0 }) { found = null; skipInactive = true; }
            }
            else if (!skipInactive && inactive is null && !child.Has(ResourceFlags.Blocked))
            {
                inactive = Member(child, name);
                if (inactive?.PendingNode is { } pending && pending != node) inactive = null;
            }
        }
        if (found is null && !skipInactive) found = inactive;
        // No instance number is spent on what only may be active on an unclean node.
        if (found is not null && !found.Has(ResourceFlags.NeedsFencing) && (!node.Online || node.Unclean) && !node.IsGuest && clone.Max != model.Nodes.Count) found = null;
        if (found is not null) return found;
        var more = ResourcesReader.AddInstance(model, clone, removed: clone.Made >= clone.Max);
        return more is null ? null : Member(more, name);
    }

    private static PolicyNode? KnownPlace(PolicyResource resource)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children)
                if (KnownPlace(child) is { } node) return node;
            return null;
        }
        return resource.Active.Count > 0 ? resource.Active[0] : resource.PendingNode;
    }

    private static PolicyResource? Member(PolicyResource instance, string name) =>
        Scheduling.Find(instance, r => r.Id == name || r.Xml.Id == name || r.HistoryName == name);

    /// <summary>A resource that only the history knows.</summary>
    public static PolicyResource? MakeRemoved(Scheduling model, CibElement entry)
    {
        var xml = new CibElement("primitive");
        foreach (var attribute in entry.Attributes) xml.Set(attribute.Name, attribute.Value);
        if (ResourcesReader.Unpack(model, xml, null) is not { } resource) return null;
        if (resource.IsRemoteConnection)
        {
            var node = model.FindNode(resource.Id) ?? NodesReader.Create(model, resource.Id, resource.Id, NodeKind.Remote, 0);
            RemoteNodes.Link(model, resource);
            node.Shutdown = true;
        }
        if (entry["container"] is not null) resource.Set(ResourceFlags.RemovedLauncher);
        resource.Set(ResourceFlags.Removed);
        model.Resources.Add(resource);
        model.NameAll(resource);
        if (!model.Options.StopRemoved) resource.Clear(ResourceFlags.Managed);
        else ResourcesReader.AddScoreEverywhere(model, resource, -Scores.Infinity);
        return resource;
    }
}
