using System.Text;
using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Report;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Graph;

/// <summary>The transition graph: each action with those it waits for, as the transitioner reads it.</summary>
internal sealed class GraphBuilder(Scheduling model)
{
    /// <summary>The feature set of Pacemaker 3.0.2, whose format this is.</summary>
    public const string FeatureSet = "3.20.5";

    private readonly List<Entry> _entries = [];
    private readonly CibElement _graph = new("transition_graph");

    /// <summary>An action as it stands in the graph.</summary>
    private sealed record Entry(PolicyAction Action, CibElement Synapse, CibElement Inputs);

    public CibElement Build(int transition)
    {
        var options = model.Options;
        _graph.Set("cluster-delay", options.ClusterDelay).Set("fencing-timeout", options.FencingTimeout).Set("failed-stop-offset", "INFINITY")
            .Set("failed-start-offset", options.StartFailureIsFatal ? "INFINITY" : "1").Set("batch-limit", options.BatchLimit).Set("transition_id", Texts.Text(transition));
        if (Texts.Integer(options.MigrationLimit) > 0) _graph.Set("migration-limit", options.MigrationLimit);
        if (model.RecheckBy > 0) _graph.Set("recheck-by", Texts.Text(model.RecheckBy));
        foreach (var resource in model.Resources) Add(resource);
        AddMaintenance();
        for (var i = model.Actions.Count - 1; i >= 0; i--)
        {
            RemarkStuckShutdown(model.Actions[i]);
            Add(model.Actions[i]);
        }
        LeaveOutWhatCannotBe();
        BreakCircles();
        return _graph;
    }

    /// <summary>What waits for an action that is not in the graph would wait for ever, and so would all that waits for it. (Pacemaker's graphs have it, and end as "terminated".)</summary>
    private void LeaveOutWhatCannotBe()
    {
        var impossible = new List<PolicyAction>();
        foreach (var entry in _entries)
            foreach (var input in entry.Action.Before)
            {
                if (input.State != RelationState.Taken || input.First.Is(ActionFlags.InGraph)) continue;
                impossible.Add(entry.Action);
                break;
            }
        if (impossible.Count == 0) return;
        foreach (var action in impossible) action.Clear(ActionFlags.InGraph);
        for (var i = 0; i < impossible.Count; i++)
            foreach (var relation in impossible[i].After)
            {
                if (relation.State != RelationState.Taken || !relation.Then.Is(ActionFlags.InGraph)) continue;
                relation.Then.Clear(ActionFlags.InGraph);
                impossible.Add(relation.Then);
            }
        foreach (var action in impossible)
            foreach (var input in action.Before)
                if (input.State == RelationState.Taken) input.State = RelationState.Undecided;
        _entries.RemoveAll(static e => !e.Action.Is(ActionFlags.InGraph));
        _graph.RemoveAll(static e => e.Name == "synapse");
        for (var i = 0; i < _entries.Count; i++) _graph.Add(_entries[i].Synapse.Set("id", Texts.Text(i)));
    }

    private void BreakCircles()
    {
        var circles = new Circles(_entries.ConvertAll(static e => e.Action));
        circles.Break();
        model.Complaints.AddRange(circles.Complaints);
        foreach (var relation in circles.Broken)
        {
            var id = Texts.Text(relation.First.Id);
            foreach (var trigger in _entries[relation.Then.Visited].Inputs.Children)
                if (trigger.Children[0].Id == id) { trigger.Remove(); break; }
        }
    }

    /// <summary>A node cannot be shut down while something runs on it that cannot be stopped.</summary>
    private void RemarkStuckShutdown(PolicyAction action)
    {
        if (model.Remarks is null || action is not { Task: Operation.Stop, Resource: { } resource, Node: { Shutdown: true } node }) return;
        if (resource.Has(ResourceFlags.Maintenance) || action.Optional || action.Runnable || !model.Options.Quorate && model.Options.NoQuorumPolicy != NoQuorumPolicy.Ignore) return;
        var (deed, why) = (node.Unclean ? "fence" : "shut down", (resource.Managed ? "blocked" : "unmanaged") + (resource.Has(ResourceFlags.Failed) ? " failed" : ""));
        model.Remarks.Add(Complaint.Remark("pcmk__create_graph", $"Cannot {deed} {node.Name} because of {resource.Id}: {why} ({action.Key})", isError: true) with { IsCritical = true });
    }

    private void Add(PolicyResource resource)
    {
        switch (resource)
        {
            case Clone clone:
                foreach (var action in Newest(clone)) Order.CollectiveFlags.Of(action, null);
                Notifications.Fill(model, clone);
                foreach (var child in clone.Children) Add(child);
                AddOwn(clone);
                break;
            case Bundle bundle:
                if (bundle.Inner is not null) Add(bundle.Inner);
                foreach (var replica in bundle.Replicas)
                {
                    if (replica.Ip is not null) Add(replica.Ip);
                    if (replica.Container is not null) Add(replica.Container);
                    if (replica.Remote is not null) Add(replica.Remote);
                }
                break;
            default:
                AddOwn(resource);
                foreach (var child in resource.Children) Add(child);
                break;
        }
    }

    private static List<PolicyAction> Newest(PolicyResource resource)
    {
        var actions = new List<PolicyAction>(resource.Actions);
        actions.Reverse();
        return actions;
    }

    private void AddOwn(PolicyResource resource)
    {
        foreach (var action in Newest(resource)) Add(action);
    }

    private void AddMaintenance()
    {
        PolicyAction? action = null;
        foreach (var node in model.Nodes)
        {
            if (!node.IsRemoteKind || node.Maintenance == node.RemoteMaintenance) continue;
            action ??= Actions.Ask(model, null, Operation.MaintenanceNodes, Operation.MaintenanceNodes, null, optional: false);
            action.Set(ActionFlags.Pseudo | ActionFlags.AlwaysInGraph);
        }
        if (action is not null) Add(action);
    }

    private void Add(PolicyAction action)
    {
        if (!action.Is(ActionFlags.InputsMerged))
        {
            Merge(action);
            action.Set(ActionFlags.InputsMerged);
        }
        if (action.Is(ActionFlags.InGraph) || !Inclusion.Takes(action)) return;
        action.Set(ActionFlags.InGraph);
        var synapse = _graph.Add("synapse").Set("id", Texts.Text(_entries.Count));
        var priority = Math.Max(action.Resource?.Priority ?? 0, action.Priority);
        if (priority > 0) synapse.Set("priority", Texts.Text(priority));
        Write(synapse.Add("action_set"), action, reference: false);
        var inputs = synapse.Add("inputs");
        _entries.Add(new(action, synapse, inputs));
        foreach (var input in action.Before)
        {
            if (!Inclusion.Takes(action, input)) continue;
            input.State = RelationState.Taken;
            Write(inputs.Add("trigger"), input.First, reference: true);
        }
    }

    /// <summary>One relation for each action before, in the order of their numbers.</summary>
    private static void Merge(PolicyAction action)
    {
        MergeSort.By(action.Before, static (a, b) => a.First.Id.CompareTo(b.First.Id));
        var merged = false;
        for (var i = action.Before.Count - 1; i > 0; i--)
        {
            if (action.Before[i].First != action.Before[i - 1].First) continue;
            if (action.Before[i].Flags != OrderFlags.None)
                action.Before[i - 1].By = action.Before[i - 1].Flags == OrderFlags.None ? action.Before[i].By : Configured.Firmer(action.Before[i - 1].By, action.Before[i].By);
            action.Before[i - 1].Flags |= action.Before[i].Flags;
            if (action.Before[i].State == RelationState.Taken) action.Before[i - 1].State = RelationState.Taken;
            action.Before[i].State = RelationState.Duplicate;
            merged = true;
        }
        if (merged) action.Before.RemoveAll(static r => r.State == RelationState.Duplicate);
    }

    private void Write(CibElement parent, PolicyAction action, bool reference)
    {
        var needsNode = true;
        string element;
        if (action.Task == Operation.Fence) element = action.Pseudo ? "pseudo_event" : "crm_event";
        else if (action.Task is Operation.Shutdown or Operation.ClearFailcount or Operation.LrmDelete) element = "crm_event";
        else if (action.Pseudo)
        {
            element = "pseudo_event";
            needsNode = false;
        }
        else element = "rsc_op";
        var xml = parent.Add(element);
        if (action.Task == Operation.LrmDelete) xml.Set("mode", "cib");
        xml.Set("id", Texts.Text(action.Id)).Set("operation", action.Task);
        if (action.Resource?.HistoryName is { } name)
        {
            var interval = action.IntervalMs;
            xml.Set("operation_key", action.Task == Operation.Notify ? Naming.NotifyKey(name, action.Meta.GetValueOrDefault("notify_type") ?? "", action.Meta.GetValueOrDefault("notify_operation") ?? "")
                : Naming.Key(name, action.CancelTask ?? action.Task, interval));
            xml.Set("internal_operation_key", action.Key);
        }
        else xml.Set("operation_key", action.Key);
        if (needsNode && action.Node is { } node)
        {
            xml.Set("on_node", node.Name).Set("on_node_uuid", node.Id);
            if (Router(action) is { } router) xml.Set("router_node", router.Name);
            action.Meta["on_node"] = node.Name;
            action.Meta["on_node_uuid"] = node.Id;
        }
        if (reference) return;
        if (action.Resource is { } locked && !action.Pseudo && locked.LockNode is not null && action.Node == locked.LockNode && locked.LockTime > 0 && (!action.Node!.Shutdown || action.Task == Operation.Stop))
            xml.Set("shutdown-lock", Texts.Text(locked.LockTime));
        if (action.Resource is not null && !action.Pseudo) AddResource(xml, action.Resource);
        AddAttributes(xml, action);
        if (needsNode && action.Node is not null) AddDowned(xml, action);
        if (action.Task == Operation.MaintenanceNodes)
        {
            var maintenance = xml.Add("maintenance");
            foreach (var remote in model.Nodes)
                if (remote.IsRemoteKind && remote.Maintenance != remote.RemoteMaintenance)
                    maintenance.Add("node").Set("id", remote.Id).Set("node_in_maintenance", remote.Maintenance ? "1" : "0");
        }
    }

    private static void AddResource(CibElement xml, PolicyResource resource)
    {
        var primitive = xml.Add("primitive");
        if (resource.IsRemoved && resource.HistoryName is not null) primitive.Set("id", resource.HistoryName).Set("long-id", resource.Id);
        else if (!resource.Unique)
        {
            var id = resource.Xml.Id!;
            primitive.Set("id", id);
            primitive.Set("long-id", resource.HistoryName is { } name && name != id ? name : resource.Id);
        }
        else primitive.Set("id", resource.Id);
        foreach (var name in new[] { "class", "provider", "type" })
            if (resource.Xml[name] is { } value) primitive.Set(name, value);
    }

    private void AddAttributes(CibElement xml, PolicyAction action)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["crm_feature_set"] = FeatureSet };
        List<KeyValuePair<string, string>>? odd = null;
        foreach (var (name, value) in action.Parameters) values.TryAdd(name, value);
        if (action.Resource is { } resource)
        {
            if (action.Node is not null || resource is Primitive)
            {
                Dictionary<string, string> parameters = Parameters.Of(model, resource, action.Node);
                var address = Bundles.RemoteAddress(resource);
                foreach (var (name, value) in parameters)
                {
                    if (name.Length == 0) continue;       // no attribute can be called so
                    if (char.IsAsciiDigit(name[0])) (odd ??= []).Add(new(name, value));
                    else values.TryAdd(name, name == "addr" && address is not null ? address : value);
                }
            }
        }
        foreach (var (name, value) in action.Meta) AddMeta(values, name, value);
        for (var at = action.Resource; at is not null; at = at.Parent) AddInstanceMeta(values, at);
        if (action.Resource is not null) AddGuestMeta(values, action);
        var attributes = xml.Add("attributes");
        foreach (var (name, value) in values) attributes.Set(name, value);
        if (odd is null) return;
        foreach (var (name, value) in odd) attributes.Add("param").Set("name", name).Set("value", value);
    }

    private static void AddMeta(SortedDictionary<string, string> values, string name, string value)
    {
        if (name.Contains('#') || name.Contains(':')) return;
        values.TryAdd("CRM_meta_" + name.Replace('-', '_'), value);
    }

    private static void AddInstanceMeta(SortedDictionary<string, string> values, PolicyResource resource)
    {
        void Add(string name, string value) => values.TryAdd("CRM_meta_" + name, value);
        switch (resource)
        {
            case Clone clone:
                Add("globally_unique", clone.Unique ? "true" : "false");
                Add("notify", clone.Has(ResourceFlags.Notify) ? "true" : "false");
                Add("clone_max", Texts.Text(clone.Max));
                Add("clone_node_max", Texts.Text(clone.NodeMax));
                if (!clone.Has(ResourceFlags.Promotable)) break;
                Add("promoted_max", Texts.Text(clone.PromotedMax));
                Add("promoted_node_max", Texts.Text(clone.PromotedNodeMax));
                Add("master_max", Texts.Text(clone.PromotedMax));
                Add("master_node_max", Texts.Text(clone.PromotedNodeMax));
                break;
            case Primitive:
                if (resource.Meta.GetValueOrDefault("clone") is { } number) Add("clone", number);
                if (resource.Meta.GetValueOrDefault("remote-node") is { } remote) Add("remote_node", remote);
                if (resource.Launcher is not null) Add("container", resource.Launcher.Id);
                if (resource.Meta.GetValueOrDefault("external-ip") is { } ip) values.TryAdd("pcmk_external_ip", ip);
                break;
        }
    }

    private static void AddGuestMeta(SortedDictionary<string, string> values, PolicyAction action)
    {
        if (action.Node is not { IsGuest: true } guest) return;
        var task = action.Task is Operation.Notify or Operation.Notified ? action.Meta.GetValueOrDefault("notify_operation") : action.Task;
        var machine = guest.Connection!.Launcher!;
        var host = task switch
        {
            Operation.Stop or Operation.Stopped or Operation.Demote or Operation.Demoted => machine.CurrentNode,
            Operation.Start or Operation.Running or Operation.Monitor or Operation.Promote or Operation.Promoted => machine.Node,
            _ => null,
        };
        if (host is null) return;
        if (action.Resource!.Meta.GetValueOrDefault("container-attribute-target") is { } target) AddMeta(values, "container-attribute-target", target);
        AddMeta(values, "physical-host", host.Name);
    }

    private static void AddDowned(CibElement xml, PolicyAction action)
    {
        if (action.Task == Operation.Shutdown) xml.Add("downed").Add("node").Set("id", action.Node!.Id);
        else if (action.Task == Operation.Fence)
        {
            if (action.Meta.GetValueOrDefault("stonith_action") is not (Operation.Off or Operation.Reboot)) return;
            var downed = xml.Add("downed");
            downed.Add("node").Set("id", action.Node!.Id);
            foreach (var connection in action.Node.Running)
                if (connection.IsRemoteConnection && connection.Launcher is not null) downed.Add("node").Set("id", connection.RemoteNode?.Id ?? connection.Id);
        }
        else if (action.Resource is { IsRemoteConnection: true } leaving && action.Task == Operation.Stop)
        {
            foreach (var input in action.Before)
                if (input.First.Resource is not null && Texts.Same(input.First.Resource.Id, leaving.Id) && input.First.Task == Operation.MigrateFrom) return;
            xml.Add("downed").Add("node").Set("id", leaving.Id);
        }
    }

    /// <summary>The cluster node that passes an operation on to a remote node: the one that has the connection before it moves, or after.</summary>
    private static PolicyNode? Router(PolicyAction action)
    {
        if (action.Task == Operation.Fence || action.Node is not { IsRemoteKind: true, Connection: { } connection }) return null;
        var before = connection.CurrentNode;
        var after = connection.Node;
        if (before is null) return after;
        if (after is null || before == after) return before;
        var task = action.Task == Operation.Notify ? action.Meta.GetValueOrDefault("notify_operation") : action.Task;
        var continuing = connection.Launcher is null && connection.MigrationTarget is not null;
        return task is Operation.Cancel or Operation.Stop or Operation.Demote or Operation.MigrateFrom or Operation.MigrateTo && !continuing ? before : after;
    }
}
