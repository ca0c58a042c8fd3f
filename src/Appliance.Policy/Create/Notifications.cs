using Appliance.Policy.Model;
using Appliance.Policy.Order;

namespace Appliance.Policy.Create;

/// <summary>Telling the instances of a clone what is going to be done to any of them, and what was.</summary>
internal static class Notifications
{
    public static void CreateForClone(Scheduling model, Clone clone, PolicyAction start, PolicyAction started, PolicyAction stop, PolicyAction stopped)
    {
        clone.StartNotify ??= Around(model, clone, Operation.Start, start, started);
        clone.StopNotify ??= Around(model, clone, Operation.Stop, stop, stopped);
        if (clone.StartNotify is not null && clone.StopNotify is not null) Orders.Between(model, clone.StopNotify.PostDone, clone.StartNotify.Pre, OrderFlags.Ordered);
    }

    public static void CreateForPromotion(Scheduling model, Clone clone, PolicyAction promote, PolicyAction promoted) =>
        clone.PromoteNotify ??= Around(model, clone, Operation.Promote, promote, promoted);

    public static void CreateForDemotion(Scheduling model, Clone clone, PolicyAction demote, PolicyAction demoted)
    {
        clone.DemoteNotify ??= Around(model, clone, Operation.Demote, demote, demoted);
        if (clone.PromoteNotify is null) return;
        Orders.Between(model, clone.StopNotify?.PostDone, clone.PromoteNotify.Pre, OrderFlags.Ordered);
        Orders.Between(model, clone.StartNotify?.PostDone, clone.PromoteNotify.Pre, OrderFlags.Ordered);
        Orders.Between(model, clone.DemoteNotify?.PostDone, clone.PromoteNotify.Pre, OrderFlags.Ordered);
        Orders.Between(model, clone.DemoteNotify?.PostDone, clone.StartNotify?.Pre, OrderFlags.Ordered);
        Orders.Between(model, clone.DemoteNotify?.PostDone, clone.StopNotify?.Pre, OrderFlags.Ordered);
    }

    private static Notification? Around(Scheduling model, PolicyResource resource, string task, PolicyAction? action, PolicyAction? done)
    {
        if (!resource.Has(ResourceFlags.Notify)) return null;
        var notification = new Notification { Operation = task };
        if (action is not null)
        {
            notification.Pre = Pseudo(model, resource, action, Operation.Notify, "pre", "pre", task);
            notification.Pre.Set(ActionFlags.Runnable);
            notification.PreDone = Pseudo(model, resource, action, Operation.Notified, "confirmed-pre", "pre", task);
            notification.PreDone.Set(ActionFlags.Runnable);
            Orders.Between(model, notification.Pre, notification.PreDone, OrderFlags.Ordered);
            Orders.Between(model, notification.PreDone, action, OrderFlags.Ordered);
        }
        if (done is not null)
        {
            notification.Post = Pseudo(model, resource, done, Operation.Notify, "post", "post", task);
            notification.PostDone = Pseudo(model, resource, done, Operation.Notified, "confirmed-post", "post", task);
            foreach (var post in new[] { notification.Post, notification.PostDone })
            {
                post.Priority = Scores.Infinity;
                if (done.Runnable) post.Set(ActionFlags.Runnable);
                else post.Clear(ActionFlags.Runnable);
            }
            Orders.Between(model, done, notification.Post, OrderFlags.FirstImpliesThen);
            Orders.Between(model, notification.Post, notification.PostDone, OrderFlags.FirstImpliesThen);
        }
        if (action is not null && done is not null) Orders.Between(model, notification.PreDone, notification.Post, OrderFlags.Ordered);
        return notification;
    }

    private static PolicyAction Pseudo(Scheduling model, PolicyResource resource, PolicyAction about, string task, string keyType, string type, string operation)
    {
        var action = Actions.Ask(model, resource, Naming.NotifyKey(resource.Id, keyType, about.Task), task, null, about.Optional);
        action.Set(ActionFlags.Pseudo);
        action.Meta["notify_key_type"] = keyType;
        action.Meta["notify_key_operation"] = about.Task;
        action.Meta["notify_type"] = type;
        action.Meta["notify_operation"] = operation;
        return action;
    }

    // ---- the notifications themselves, once it is known what is done ----

    public static void Fill(Scheduling model, Clone clone)
    {
        foreach (var notification in new[] { clone.StartNotify, clone.StopNotify, clone.PromoteNotify, clone.DemoteNotify })
        {
            if (notification is null) continue;
            Collect(clone, notification, withActions: true);
            AddKeys(model, clone, notification);
            CreateActions(model, clone, notification);
        }
    }

    /// <summary>A stop that fencing implies is told of after the fencing.</summary>
    public static void AfterFencing(Scheduling model, PolicyResource resource, PolicyAction stop, PolicyAction fencing)
    {
        if (Around(model, resource, Operation.Stop, null, fencing) is not { } notification) return;
        Collect(resource, notification, withActions: false);
        notification.Keys.Add(new("notify_stop_resource", resource.Id));
        notification.Keys.Add(new("notify_stop_uname", stop.Node!.Name));
        CreateActions(model, resource.Top(), notification);
    }

    private static void Collect(PolicyResource resource, Notification into, bool withActions)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) Collect(child, into, withActions);
            return;
        }
        var entry = new NotifyEntry(resource, resource.Active.Count > 0 ? resource.Active[0] : null);
        switch (resource.Role)
        {
            case Role.Stopped: into.Inactive.Add(entry); break;
            case Role.Started: into.Active.Add(entry); break;
            case Role.Unpromoted: into.Unpromoted.Add(entry); into.Active.Add(entry); break;
            case Role.Promoted: into.Promoted.Add(entry); into.Active.Add(entry); break;
        }
        if (!withActions) return;
        foreach (var action in resource.Actions)
        {
            if (action.Optional || action.Node is null) continue;
            if (!(action.Task == Operation.Stop && action.Node.Unclean) && !action.Runnable) continue;
            var done = new NotifyEntry(resource, action.Node);
            switch (action.Task)
            {
                case Operation.Start: into.Start.Add(done); break;
                case Operation.Stop: into.Stop.Add(done); break;
                case Operation.Promote: into.Promote.Add(done); break;
                case Operation.Demote: into.Demote.Add(done); break;
            }
        }
    }

    private static (string Resources, string Nodes) Lists(List<NotifyEntry> entries)
    {
        if (entries.Count == 0) return (" ", " ");
        var sorted = new List<NotifyEntry>(entries);
        MergeSort.By(sorted, static (a, b) =>
        {
            var by = string.CompareOrdinal(a.Resource.Id, b.Resource.Id);
            return by != 0 ? by : string.CompareOrdinal(a.Node?.Id, b.Node?.Id);
        });
        var resources = new List<string>();
        var nodes = new List<string>();
        string? last = null;
        foreach (var entry in sorted)
        {
            if (entry.Resource.Id == last) continue;
            last = entry.Resource.Id;
            resources.Add(entry.Resource.Id);
            if (entry.Node is not null) nodes.Add(entry.Node.Name);
        }
        return (string.Join(' ', resources), nodes.Count == 0 ? " " : string.Join(' ', nodes));
    }

    private static void AddKeys(Scheduling model, Clone clone, Notification notification)
    {
        var required = false;
        void Add(string name, List<NotifyEntry> entries, params string[] also)
        {
            var (resources, nodes) = Lists(entries);
            foreach (var key in (string[])[name, .. also])
            {
                notification.Keys.Add(new($"notify_{key}_resource", resources));
                if (name != "inactive") notification.Keys.Add(new($"notify_{key}_uname", nodes));
            }
            if (notification.Operation == name && entries.Count > 0) required = true;
        }
        Add("stop", notification.Stop);
        Add("start", notification.Start);
        Add("demote", notification.Demote);
        Add("promote", notification.Promote);
        Add("active", notification.Active);
        Add("unpromoted", notification.Unpromoted, "slave");
        Add("promoted", notification.Promoted, "master");
        Add("inactive", notification.Inactive);
        notification.Keys.Add(new("notify_available_uname", Names(clone.Allowed.ByName().ConvertAll(static c => c.Node), hosts: false)));
        if (clone.Meta.GetValueOrDefault("container-attribute-target") == "host") notification.Keys.Add(new("notify_all_hosts", Names(model.Nodes, hosts: true)));
        notification.Keys.Add(new("notify_all_uname", Names(model.Nodes, hosts: false)));
        if (!required) return;
        foreach (var action in new[] { notification.Pre, notification.PreDone, notification.Post, notification.PostDone }) action?.Clear(ActionFlags.Optional);
    }

    private static string Names(List<PolicyNode> nodes, bool hosts)
    {
        var names = new List<string>();
        foreach (var node in nodes)
        {
            if (!hosts) names.Add(node.Name);
            else if (node.IsGuest && node.Connection!.Launcher!.CurrentNode is { } host) names.Add(host.Name);
            else names.Add(node.Name);
        }
        return names.Count == 0 ? " " : string.Join(' ', names);
    }

    private static void CreateActions(Scheduling model, PolicyResource resource, Notification notification)
    {
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) CreateActions(model, child, notification);
            return;
        }
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (!action.Optional && action.Node is not null && action.Task is Operation.Start or Operation.Stop or Operation.Promote or Operation.Demote && !action.Optional && action.Node is not null)
                AddMeta(notification, action);
        }
        switch (notification.Operation)
        {
            case Operation.Start when notification.Start.Count == 0:
            case Operation.Promote when notification.Promote.Count == 0:
            case Operation.Demote when notification.Demote.Count == 0:
                return;
        }
        if (resource.Role != Role.Stopped && notification.Operation is Operation.Stop or Operation.Demote && resource.Role != Role.Stopped)
        {
            var stop = Actions.First(resource, null, Operation.Stop, null);
            foreach (var node in new List<PolicyNode>(resource.Active))
            {
                // A node that is fenced, by which the stop is done, is not told of it.
                if (stop is { Pseudo: true } && (node.NeedsReset || node.Unclean)) continue;
                Notify(model, resource, node, notification.Pre, notification.PreDone, notification);
                if (notification.Operation == Operation.Demote || stop is null || stop.Optional) Post(model, resource, node, notification);
            }
        }
        if (resource.NextRole != Role.Stopped && notification.Operation is Operation.Start or Operation.Promote && resource.NextRole != Role.Stopped)
        {
            var start = Actions.First(resource, null, Operation.Start, null);
            // Behind a connection that cannot be made nobody is told anything.
            if (start?.Node?.Connection is { } connection && Actions.First(connection, null, Operation.Start, null) is { Runnable: false }) return;
            if (resource.Node is null) return;
            if (notification.Operation != Operation.Start || start is null || start.Optional) Notify(model, resource, resource.Node, notification.Pre, notification.PreDone, notification);
            Post(model, resource, resource.Node, notification);
        }
    }

    private static void AddMeta(Notification notification, PolicyAction action)
    {
        foreach (var (name, value) in notification.Keys) action.Meta[name] = value;
    }

    private static PolicyAction? Notify(Scheduling model, PolicyResource resource, PolicyNode node, PolicyAction? about, PolicyAction? done, Notification notification)
    {
        if (about is null || done is null || !node.Online || !about.Runnable) return null;
        var key = Naming.NotifyKey(resource.Id, about.Meta["notify_type"], about.Meta["notify_operation"]);
        var notify = Actions.Ask(model, resource, key, about.Task, node, about.Optional);
        foreach (var (name, value) in about.Meta) notify.Meta.TryAdd(name, value);
        AddMeta(notification, notify);
        Orders.Between(model, about, notify, OrderFlags.Ordered);
        Orders.Between(model, notify, done, OrderFlags.Ordered);
        return notify;
    }

    private static void Post(Scheduling model, PolicyResource resource, PolicyNode node, Notification notification)
    {
        if (Notify(model, resource, node, notification.Post, notification.PostDone, notification) is { } notify) notify.Priority = Scores.Infinity;
        if (notification.PostDone is null) return;
        for (var i = resource.Actions.Count - 1; i >= 0; i--)
        {
            var action = resource.Actions[i];
            if (action.IsRecurring && action.IntervalMs != 0 && action.Task != Operation.Cancel) Orders.Between(model, notification.PostDone, action, OrderFlags.Ordered);
        }
    }
}
