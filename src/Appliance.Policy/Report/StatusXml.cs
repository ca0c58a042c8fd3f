using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Nodes and resources as elements of Pacemaker's API (nodes-2.8.rng, resources-2.4.rng and later).</summary>
internal static class StatusXml
{
    private static string Text(bool value) => value ? "true" : "false";

    public static CibElement Node(Scheduling model, PolicyNode node)
    {
        return new CibElement("node").Set("name", node.Name).Set("id", node.Id).Set("online", Text(node.Online)).Set("standby", Text(node.Standby))
            .Set("standby_onfail", Text(node.StandbyOnFail)).Set("maintenance", Text(node.Maintenance)).Set("pending", Text(node.Pending)).Set("unclean", Text(node.Unclean))
            .Set("health", StatusReport.Health(model, node)?.ToLowerInvariant() ?? "green").Set("feature_set", StatusReport.FeatureSet(node)).Set("shutdown", Text(node.Shutdown))
            .Set("expected_up", Text(node.ExpectedUp)).Set("is_dc", Text(node.IsDc)).Set("resources_running", Texts.Text(node.Running.Count))
            .Set("type", node.IsRemoteKind ? "remote" : "member").Set("id_as_resource", node.IsGuest ? node.Connection!.Launcher!.Id : null);
    }

    public static void Add(CibElement to, PolicyResource resource, StatusScope view)
    {
        switch (resource)
        {
            case Group group:
                if (!view.Shows(group)) return;
                var shown = group.Children.FindAll(m => view.Names(group) || view.Shows(m, parents: false));
                if (shown.Count == 0) return;
                var members = to.Add("group").Set("id", group.Id).Set("number_resources", Texts.Text(group.Children.Count)).Set("managed", Text(group.Managed))
                    .Set("disabled", Text(StatusReport.IsDisabled(group)));
                foreach (var member in shown) Add(members, member, view);
                break;
            case Clone clone:
                if (!view.Shows(clone)) return;
                var all = view.Names(clone);
                var some = clone.Children.FindAll(i => !view.RunsElsewhere(i) && (all || view.Shows(i, parents: false)));
                if (some.Count == 0) return;
                var role = clone.Meta.GetValueOrDefault("target-role") ?? clone.Children[0].Meta.GetValueOrDefault("target-role");
                var instances = to.Add("clone").Set("id", clone.Id).Set("multi_state", Text(clone.Has(ResourceFlags.Promotable))).Set("unique", Text(clone.Unique))
                    .Set("managed", Text(clone.Managed)).Set("disabled", Text(StatusReport.IsDisabled(clone))).Set("failed", Text(clone.Has(ResourceFlags.Failed)))
                    .Set("failure_ignored", Text(clone.Has(ResourceFlags.FailureIgnored))).Set("target_role", role);
                foreach (var instance in some) Add(instances, instance, view with { Resources = null });
                break;
            case Bundle bundle:
                AddBundle(to, bundle, view);
                break;
            default:
                if (view.Shows(resource)) AddPrimitive(to, resource, view);
                break;
        }
    }

    private static void AddBundle(CibElement to, Bundle bundle, StatusScope view)
    {
        if (!view.Shows(bundle)) return;
        var all = view.Names(bundle);
        var replicas = bundle.Replicas.FindAll(r => !(r.Container is { } machine && view.RunsElsewhere(machine)) && (all || r.Parts.Exists(p => view.Shows(p, parents: false))));
        if (replicas.Count == 0) return;
        var xml = to.Add("bundle").Set("id", bundle.Id).Set("type", bundle.Agent).Set("image", bundle.Image).Set("unique", Text(bundle.Unique))
            .Set("managed", Text(bundle.Managed)).Set("failed", Text(bundle.Has(ResourceFlags.Failed)));
        foreach (var replica in replicas)
        {
            var one = xml.Add("replica").Set("id", Texts.Text(replica.Offset));
            foreach (var part in new[] { replica.Ip, replica.Child, replica.Container, replica.Remote })
                if (part is not null && (all || view.Shows(part, parents: false))) Add(one, part, all ? view with { Resources = null } : view);
        }
    }

    private static void AddPrimitive(CibElement to, PolicyResource resource, StatusScope view)
    {
        var xml = to.Add("resource").Set("id", StatusReport.Name(resource))
            .Set("resource_agent", $"{resource.Class}{(resource.Provider is { } provider ? ":" + provider : "")}:{resource.Type}")
            .Set("role", StatusReport.State(resource, view.Pending)).Set("target_role", resource.Meta.GetValueOrDefault("target-role"))
            .Set("active", Text(resource.IsActive(all: true))).Set("orphaned", Text(resource.IsRemoved)).Set("blocked", Text(resource.Has(ResourceFlags.Blocked)))
            .Set("managed", Text(resource.Managed)).Set("failed", Text(resource.Has(ResourceFlags.Failed))).Set("failure_ignored", Text(resource.Has(ResourceFlags.FailureIgnored)))
            .Set("nodes_running_on", Texts.Text(resource.Active.Count)).Set("pending", view.Pending && resource.PendingTask == Operation.Monitor ? "Monitoring" : null)
            .Set("locked_to", resource.LockNode?.Name);
        foreach (var node in resource.Active) xml.Add("node").Set("name", node.Name).Set("id", node.Id).Set("cached", Text(node.Online));
    }
}
