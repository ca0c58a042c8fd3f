using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Nodes and resources as elements of Pacemaker's API (nodes-2.8.rng, resources-2.4.rng and later).</summary>
internal static class StatusXml
{
    private static string Text(bool value) => value ? "true" : "false";

    public static CibElement Node(Scheduling model, PolicyNode node)
    {
        var features = !node.Online || node.IsRemoteKind ? null : node.Attribute("#feature-set") ?? "<3.15.1";
        return new CibElement("node").Set("name", node.Name).Set("id", node.Id).Set("online", Text(node.Online)).Set("standby", Text(node.Standby))
            .Set("standby_onfail", Text(node.StandbyOnFail)).Set("maintenance", Text(node.Maintenance)).Set("pending", Text(node.Pending)).Set("unclean", Text(node.Unclean))
            .Set("health", StatusReport.Health(model, node)?.ToLowerInvariant() ?? "green").Set("feature_set", features).Set("shutdown", Text(node.Shutdown))
            .Set("expected_up", Text(node.ExpectedUp)).Set("is_dc", Text(node.IsDc)).Set("resources_running", Texts.Text(node.Running.Count))
            .Set("type", node.IsRemoteKind ? "remote" : "member").Set("id_as_resource", node.IsGuest ? node.Connection!.Launcher!.Id : null);
    }

    public static void Add(CibElement to, PolicyResource resource, bool showPending)
    {
        switch (resource)
        {
            case Group group:
                if (group.Children.Count == 0) return;
                var members = to.Add("group").Set("id", group.Id).Set("number_resources", Texts.Text(group.Children.Count)).Set("managed", Text(group.Managed))
                    .Set("disabled", Text(StatusReport.IsDisabled(group)));
                foreach (var member in group.Children) Add(members, member, showPending);
                break;
            case Clone clone:
                if (clone.Children.Count == 0) return;
                var role = clone.Meta.GetValueOrDefault("target-role") ?? clone.Children[0].Meta.GetValueOrDefault("target-role");
                var instances = to.Add("clone").Set("id", clone.Id).Set("multi_state", Text(clone.Has(ResourceFlags.Promotable))).Set("unique", Text(clone.Unique))
                    .Set("managed", Text(clone.Managed)).Set("disabled", Text(StatusReport.IsDisabled(clone))).Set("failed", Text(clone.Has(ResourceFlags.Failed)))
                    .Set("failure_ignored", Text(clone.Has(ResourceFlags.FailureIgnored))).Set("target_role", role);
                foreach (var instance in clone.Children) Add(instances, instance, showPending);
                break;
            case Bundle bundle:
                AddBundle(to, bundle, showPending);
                break;
            default:
                AddPrimitive(to, resource, showPending);
                break;
        }
    }

    private static void AddBundle(CibElement to, Bundle bundle, bool showPending)
    {
        if (bundle.Replicas.Count == 0) return;
        var xml = to.Add("bundle").Set("id", bundle.Id).Set("type", bundle.Agent).Set("image", bundle.Image).Set("unique", Text(bundle.Unique))
            .Set("managed", Text(bundle.Managed)).Set("failed", Text(bundle.Has(ResourceFlags.Failed)));
        foreach (var replica in bundle.Replicas)
        {
            var one = xml.Add("replica").Set("id", Texts.Text(replica.Offset));
            foreach (var part in new[] { replica.Ip, replica.Child, replica.Container, replica.Remote })
                if (part is not null) Add(one, part, showPending);
        }
    }

    private static void AddPrimitive(CibElement to, PolicyResource resource, bool showPending)
    {
        var xml = to.Add("resource").Set("id", StatusReport.Name(resource))
            .Set("resource_agent", $"{resource.Class}{(resource.Provider is { } provider ? "::" + provider : "")}:{resource.Type}")
            .Set("role", StatusReport.State(resource, showPending)).Set("target_role", resource.Meta.GetValueOrDefault("target-role"))
            .Set("active", Text(resource.IsActive(all: true))).Set("orphaned", Text(resource.IsRemoved)).Set("blocked", Text(resource.Has(ResourceFlags.Blocked)))
            .Set("managed", Text(resource.Managed)).Set("failed", Text(resource.Has(ResourceFlags.Failed))).Set("failure_ignored", Text(resource.Has(ResourceFlags.FailureIgnored)))
            .Set("nodes_running_on", Texts.Text(resource.Active.Count)).Set("pending", showPending && resource.PendingTask == Operation.Monitor ? "Monitoring" : null)
            .Set("locked_to", resource.LockNode?.Name);
        foreach (var node in resource.Active) xml.Add("node").Set("name", node.Name).Set("id", node.Id).Set("cached", Text(node.Online));
    }
}
