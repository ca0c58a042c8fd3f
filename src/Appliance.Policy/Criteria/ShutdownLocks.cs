using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Criteria;

/// <summary>Resources that wait for a node that was shut down cleanly.</summary>
internal static class ShutdownLocks
{
    public static void Apply(Scheduling model, PolicyResource resource)
    {
        if (resource is Group)
        {
            foreach (var member in resource.Children) Apply(model, member);
            return;
        }
        if (resource is not Primitive || resource.IsFenceDevice || resource.IsRemoteConnection) return;
        if (resource.LockNode is not null)
        {
            if (resource.Active.Count > 0)
            {
                Actions.ClearHistory(model, resource, resource.LockNode);
                resource.LockNode = null;
                resource.LockTime = 0;
            }
        }
        else if (resource.Active.Count == 1 && resource.Active[0] is { Shutdown: true, Unclean: false } leaving)
        {
            resource.LockNode = leaving;
            resource.LockTime = Texts.Integer(leaving.Attribute("shutdown")) is { } at and > 1 ? at : model.Now;
        }
        if (resource.LockNode is null) return;
        if (model.Options.ShutdownLockMs > 0) model.Recheck(resource.LockTime + model.Options.ShutdownLockMs / 1000 + 1);
        foreach (var node in model.Nodes)
            if (node != resource.LockNode) ResourcesReader.AddScore(resource, node, -Scores.Infinity);
    }
}
