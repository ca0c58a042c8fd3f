using Appliance.Cib;
using Appliance.Policy.Assign;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Nodes and resources as people read them, in the words of Pacemaker 3.0.2.</summary>
/// <param name="places">Whether it is said where a resource runs.</param>
internal sealed class StatusReport(Scheduling model, bool showPending, ReportText text, bool places = true)
{
    /// <summary>Writes nodes and resources as two lists.</summary>
    public static void Write(Scheduling model, bool showPending, ReportText text)
    {
        var report = new StatusReport(model, showPending, text);
        var nodes = model.Nodes.Count > 0;
        if (nodes) report.AddNodes();
        report.AddResources(spacer: nodes);
    }

    /// <summary>Resources only, and not where they run.</summary>
    public static List<string> Resources(Scheduling model)
    {
        var text = new ReportText(fancy: true);
        new StatusReport(model, showPending: true, text, places: false).AddResources(spacer: false);
        return Lines(text);
    }

    /// <summary>A collective and what is in it, a line each.</summary>
    public static List<string> Resource(Scheduling model, PolicyResource resource)
    {
        var text = new ReportText(fancy: true);
        text.Begin("");
        new StatusReport(model, showPending: true, text).AddResource(resource);
        var lines = Lines(text);
        lines.RemoveAt(0);
        return lines.ConvertAll(static l => l.Length > 2 ? l[2..] : l);
    }

    /// <summary>A primitive in a line.</summary>
    public static string Line(Scheduling model, PolicyResource resource, bool places) =>
        new StatusReport(model, showPending: true, new ReportText(fancy: true), places).Primitive(resource, Name(resource), resource.CurrentNode ?? resource.PendingNode);

    private static List<string> Lines(ReportText text) => [.. text.Take().TrimEnd('\n').Split('\n')];

    // ---- nodes ----

    private void AddNodes()
    {
        text.Begin("Node List");
        List<string> online = [], offline = [], remoteOnline = [], remoteOffline = [], guestOnline = [];
        foreach (var node in model.Nodes)
        {
            var mode = Mode(node);
            var health = Health(model, node);
            if (mode is "online" && health is null) (node.IsGuest ? guestOnline : node.IsRemoteKind ? remoteOnline : online).Add(node.Name);
            else if (mode is "OFFLINE" && health is null)
            {
                if (!node.IsGuest) (node.IsRemoteKind ? remoteOffline : offline).Add(node.Name);
            }
            else text.Item($"{(node.IsGuest ? "GuestNode" : node.IsRemoteKind ? "RemoteNode" : "Node")} {node.Name}: {mode}{(health is null ? "" : $" (health is {health})")}");
        }
        void List(string title, List<string> names) { if (names.Count > 0) text.Item(title, $"[ {string.Join(' ', names)} ]"); }
        List("Online", online);
        List("OFFLINE", offline);
        List("RemoteOnline", remoteOnline);
        List("RemoteOFFLINE", remoteOffline);
        List("GuestOnline", guestOnline);
        text.End();
    }

    private static string Mode(PolicyNode node)
    {
        if (node.Unclean) return node.Online ? "UNCLEAN (online)" : node.Pending ? "UNCLEAN (pending)" : "UNCLEAN (offline)";
        if (node.Pending) return "pending";
        if (node is { StandbyOnFail: true, Online: true }) return "standby (on-fail)";
        if (node.Standby) return !node.Online ? "OFFLINE (standby)" : node.Running.Count > 0 ? "standby (with active resources)" : "standby";
        if (node.Maintenance) return node.Online ? "maintenance" : "OFFLINE (maintenance)";
        return node.Online ? "online" : "OFFLINE";
    }

    /// <summary>RED or YELLOW; null for a healthy node, and where nobody asks.</summary>
    public static string? Health(Scheduling model, PolicyNode node)
    {
        var health = model.Options.Health;
        if (health.Strategy == "none") return null;
        var worst = 1;
        foreach (var (name, value) in node.Attributes)
        {
            if (!name.StartsWith("#health", StringComparison.Ordinal)) continue;
            // By its word first: two colours can have one score.
            var grade = value.ToUpperInvariant() switch
            {
                "RED" => -1,
                "YELLOW" => 0,
                _ => Scores.Parse(value, health) is not { } score ? 1 : score <= health.Red ? -1 : score <= health.Yellow && health.Yellow != health.Green ? 0 : 1,
            };
            worst = Math.Min(worst, grade);
        }
        return worst < 0 ? "RED" : worst == 0 ? "YELLOW" : null;
    }

    // ---- resources ----

    private void AddResources(bool spacer)
    {
        if (spacer) text.Spacer();
        text.Begin("Full List of Resources");
        var any = false;
        foreach (var resource in model.Resources)
        {
            if (IsHidden(resource)) continue;
            AddResource(resource);
            any |= !IsInternal(resource);
        }
        if (!any) text.Item("No resources");
        text.End();
    }

    /// <summary>What was removed and is not active anywhere is nothing to tell of.</summary>
    public static bool IsHidden(PolicyResource resource) => resource.IsRemoved && !resource.IsActive(all: false);

    public static bool IsInternal(PolicyResource resource) => Texts.IsTrue(resource.Meta.GetValueOrDefault("internal_rsc"));

    private void AddResource(PolicyResource resource)
    {
        switch (resource)
        {
            case Group group: AddGroup(group); break;
            case Clone clone: AddClone(clone); break;
            case Bundle bundle: AddBundle(bundle); break;
            default:
                if (!IsInternal(resource)) text.Item(Primitive(resource, Name(resource), resource.CurrentNode ?? resource.PendingNode));
                break;
        }
    }

    /// <summary>An anonymous instance goes by its name without number.</summary>
    public static string Name(PolicyResource resource) => resource.Unique ? resource.Id : resource.Xml.Id ?? resource.Id;

    private string Primitive(PolicyResource resource, string name, PolicyNode? node)
    {
        var line = $"{name}\t({resource.Class}{(resource.Provider is { } provider && Texts.Same(resource.Class, "ocf") ? ":" + provider : "")}:{resource.Type}):\t";
        var role = ShownRole(resource);
        var several = resource.Active.Count > 1;
        node = several || !places ? null : node ?? resource.LockNode;
        if (resource.IsRemoved) line += " ORPHANED";
        if (resource.Has(ResourceFlags.Failed)) line += role > Role.Unpromoted ? $" FAILED {role.Text()}" : " FAILED";
        else line += " " + State(resource, showPending);
        if (node is not null) line += " " + node.Name;
        if (role == Role.Stopped && FailedProbe(resource, node?.Name) is { } why) line += $" ({why}) ";
        var flags = new List<string>();
        if (node is { Online: false, Unclean: true }) flags.Add("UNCLEAN");
        if (node is not null && node == resource.LockNode) flags.Add("LOCKED");
        if (showPending && resource.PendingTask == Operation.Monitor) flags.Add("Monitoring");
        switch (Roles.Parse(resource.Meta.GetValueOrDefault("target-role")))
        {
            case Role.Stopped: flags.Add("disabled"); break;
            case Role.Unpromoted when resource.Top().Has(ResourceFlags.Promotable): flags.Add("target-role:" + resource.Meta["target-role"]); break;
        }
        if (resource.Has(ResourceFlags.Blocked)) flags.Add("blocked");
        else if (resource.Has(ResourceFlags.Maintenance)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        if (resource.Has(ResourceFlags.FailureIgnored)) flags.Add("failure ignored");
        if (flags.Count > 0) line += $" ({string.Join(", ", flags)})";
        // In lists without places as 2.1.5 has it.
        if ((several || !places) && resource.Xml["description"] is { } description) line += places ? $" ({description})" : " " + description;
        if (several && places) line += $" [ {string.Join(' ', resource.Active.ConvertAll(static n => n.Name))} ]";
        return line;
    }

    private static Role ShownRole(PolicyResource resource) => resource.Role == Role.Started && resource.Top().Has(ResourceFlags.Promotable) ? Role.Unpromoted : resource.Role;

    /// <summary>What is being done with a resource, or its role.</summary>
    public static string State(PolicyResource resource, bool showPending) => (showPending ? PendingState(resource) : null) ?? ShownRole(resource).Text();

    private static string? PendingState(PolicyResource resource) => resource.PendingTask switch
    {
        Operation.Start => "Starting",
        Operation.Stop => "Stopping",
        Operation.MigrateTo or Operation.MigrateFrom => "Migrating",
        Operation.Promote => "Promoting",
        Operation.Demote => "Demoting",
        _ => null,
    };

    /// <summary>Why a probe could not say that a resource is stopped, where that is so. A clone's instances are looked for under the name of what is cloned.</summary>
    private string? FailedProbe(PolicyResource resource, string? node)
    {
        var id = resource.Top() is Clone clone ? clone.ChildXml?.Id : resource.Id;
        foreach (var failed in model.FailedOperations)
        {
            var entry = failed.Xml;
            if (entry["operation"] != Operation.Monitor || Texts.Integer(entry["interval"]) is > 0) continue;
            var code = Texts.Integer(entry["rc-code"]) ?? 0;
            if (code is not (2 or 5) && entry["op-status"] != "7") continue;
            // Where it was is what the entry itself says.
            if (entry["on_node"] is not { } place || node is not null && !Texts.Same(place, node)) continue;
            if (Naming.TryParseKey(entry["operation_key"] ?? entry.Id ?? "", out var of, out _, out _) && of == id) return ResultWords.Of((int)code);
        }
        return null;
    }

    public static bool IsDisabled(PolicyResource resource) => Roles.Parse(resource.Meta.GetValueOrDefault("target-role")) switch
    {
        Role.Stopped => true,
        Role.Unpromoted => resource.Top().Has(ResourceFlags.Promotable),
        _ => false,
    };

    /// <summary>The role a clone is held down to: its own, else that of what is cloned.</summary>
    private static Role ConfiguredRole(Clone clone) =>
        Roles.Parse(clone.Meta.GetValueOrDefault("target-role") ?? (clone.Children.Count > 0 ? clone.Children[0].Meta.GetValueOrDefault("target-role") : null));

    private static string Flags(PolicyResource resource)
    {
        var flags = new List<string>();
        if (resource is Clone && resource.Has(ResourceFlags.Promotable)) flags.Add("promotable");
        if (resource is Clone or Bundle && resource.Unique) flags.Add("unique");
        if (resource is not Bundle && IsDisabled(resource)) flags.Add("disabled");
        if (resource.Has(ResourceFlags.Maintenance)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        return flags.Count == 0 ? "" : $" ({string.Join(", ", flags)})";
    }

    private void AddGroup(Group group)
    {
        text.Begin($"Resource Group: {group.Id}{Flags(group)}");
        foreach (var member in group.Children) AddResource(member);
        text.End();
    }

    private static bool Any(PolicyResource resource, Predicate<PolicyResource> is_)
    {
        if (is_(resource)) return true;
        foreach (var child in resource.Children) if (Any(child, is_)) return true;
        return false;
    }

    private void AddClone(Clone clone)
    {
        text.Begin($"Clone Set: {clone.Id} [{clone.ChildXml?.Id}]{Flags(clone)}");
        List<string> promoted = [], started = [];
        foreach (var child in clone.Children)
        {
            var partly = child.IsActive(all: false);
            var full = false;
            if (clone.Unique) full = partly || !clone.IsRemoved;
            else if (showPending && child.PendingTask is not null) full = true;
            else if (!partly) { }
            else if (Any(child, static r => r.IsRemoved) || Any(child, static r => !r.Managed) || Any(child, static r => r.Has(ResourceFlags.Failed))) full = true;
            else if (child.IsActive(all: true) && OnlyPlace(child) is { } place)
            {
                if (!place.Online && place.Unclean) full = true;
                else (Instances.RoleOf(child, current: true) > Role.Unpromoted ? promoted : started).Add(place.Name);
            }
            else full = true;
            if (full) AddResource(child);
        }
        void List(string title, List<string> names)
        {
            if (names.Count == 0) return;
            MergeSort.By(names, NodeNames.Order.Compare);
            text.Item($"{title}: [ {string.Join(' ', names)} ]");
        }
        List("Promoted", promoted);
        List(!clone.Has(ResourceFlags.Promotable) ? "Started"
            : ConfiguredRole(clone) == Role.Unpromoted ? "Unpromoted (target-role)" : "Unpromoted", started);
        if (!clone.Unique && clone.Max > promoted.Count + started.Count) AddStopped(clone, List);
        text.End();
    }

    private void AddStopped(Clone clone, Action<string, List<string>> list)
    {
        var stopped = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var nodes = clone.Allowed.Count > 0 ? clone.Allowed.ByName().ConvertAll(static c => c.Node) : new List<PolicyNode>(clone.Known);
        MergeSort.By(nodes, static (a, b) => NodeNames.Order.Compare(a.Name, b.Name));
        foreach (var node in nodes)
        {
            if (Any(clone, r => r.Active.Contains(node))) continue;
            var state = FailedProbe(clone, node.Name) is { } why ? $"Stopped ({why})" : ConfiguredRole(clone) == Role.Stopped ? "Stopped (disabled)" : "Stopped";
            if (!stopped.TryGetValue(state, out var names)) stopped[state] = names = [];
            names.Add(node.Name);
        }
        foreach (var (state, names) in stopped) list(state, names);
    }

    private static PolicyNode? OnlyPlace(PolicyResource resource)
    {
        if (resource.Children.Count == 0) return resource.Active.Count == 1 ? resource.Active[0] : null;
        PolicyNode? place = null;
        foreach (var child in resource.Children)
        {
            if (OnlyPlace(child) is not { } node || place is not null && place != node) return null;
            place = node;
        }
        return place;
    }

    private void AddBundle(Bundle bundle)
    {
        text.Begin($"Container bundle{(bundle.Max > 1 ? " set" : "")}: {bundle.Id} [{bundle.Image}]{(bundle.Unique ? " (unique)" : "")}{(bundle.Has(ResourceFlags.Maintenance) ? " (maintenance)" : bundle.Managed ? "" : " (unmanaged)")}");
        foreach (var replica in bundle.Replicas)
        {
            var resource = replica.Child ?? replica.Container!;
            var name = Name(replica.Remote ?? replica.Container!);
            if (replica.IpAddress is not null) name += $" ({replica.IpAddress})";
            text.Item(Primitive(resource, name, replica.Container!.CurrentNode));
        }
        text.End();
    }

    // ---- numbers ----

    /// <summary>How many instances there are, how many are disabled and how many blocked.</summary>
    public static (int All, int Disabled, int Blocked) Count(Scheduling model)
    {
        int all = 0, disabled = 0, blocked = 0;
        foreach (var resource in model.Resources) Visit(resource);
        return (all, disabled, blocked);

        void Visit(PolicyResource resource)
        {
            foreach (var child in resource.Children) Visit(child);
            if (resource is not Model.Primitive || resource.IsRemoved && resource.Role == Role.Stopped) return;
            all++;
            if (IsDisabled(resource)) disabled++;
            if (resource.Has(ResourceFlags.Blocked)) blocked++;
        }
    }
}
