using Appliance.Cib;
using Appliance.Policy.Assign;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Nodes and resources as people read them, in the words of Pacemaker 3.0.2.</summary>
/// <param name="places">Whether it is said where a resource runs.</param>
internal sealed class StatusReport(Scheduling model, bool showPending, bool places = true)
{
    private readonly List<string> _lines = [];

    public static List<string> Lines(Scheduling model, bool showPending)
    {
        var report = new StatusReport(model, showPending);
        report.AddNodes();
        report.AddResources();
        return report._lines;
    }

    /// <summary>Resources only, and not where they run, indented by two blanks less.</summary>
    public static List<string> Resources(Scheduling model)
    {
        var report = new StatusReport(model, showPending: true, places: false);
        report.AddResources();
        report._lines[0] = "Full List of Resources:";
        for (var i = 1; i < report._lines.Count; i++) report._lines[i] = report._lines[i][2..];
        return report._lines;
    }

    /// <summary>A collective and what is in it, a line each.</summary>
    public static List<string> Resource(Scheduling model, PolicyResource resource)
    {
        var report = new StatusReport(model, showPending: true);
        report.AddResource(resource, 0);
        return report._lines;
    }

    /// <summary>A primitive in a line.</summary>
    public static string Line(Scheduling model, PolicyResource resource, bool places) =>
        new StatusReport(model, showPending: true, places).Primitive(resource, Name(resource), resource.CurrentNode ?? resource.PendingNode);

    private void Add(int depth, string text) => _lines.Add(new string(' ', depth * 2) + "* " + text);

    // ---- nodes ----

    private void AddNodes()
    {
        Add(1, "Node List:");
        List<string> online = [], offline = [], remoteOnline = [], remoteOffline = [], guestOnline = [];
        foreach (var node in model.Nodes)
        {
            var mode = Mode(node);
            var health = Health(node);
            if (mode is "online" && health is null) (node.IsGuest ? guestOnline : node.IsRemoteKind ? remoteOnline : online).Add(node.Name);
            else if (mode is "OFFLINE")
            {
                if (!node.IsGuest) (node.IsRemoteKind ? remoteOffline : offline).Add(node.Name);
            }
            else Add(2, $"{(node.IsGuest ? "GuestNode" : node.IsRemoteKind ? "RemoteNode" : "Node")} {node.Name}: {mode}{(health is null ? "" : $" (health is {health})")}");
        }
        void List(string title, List<string> names) { if (names.Count > 0) Add(2, $"{title}: [ {string.Join(' ', names)} ]"); }
        List("Online", online);
        List("OFFLINE", offline);
        List("RemoteOnline", remoteOnline);
        List("RemoteOFFLINE", remoteOffline);
        List("GuestOnline", guestOnline);
        _lines.Add("");
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

    private string? Health(PolicyNode node)
    {
        if (model.Options.Health.Strategy == "none") return null;
        var worst = 1;
        foreach (var (name, value) in node.Attributes)
        {
            if (!name.StartsWith("#health", StringComparison.Ordinal)) continue;
            var grade = value.ToUpperInvariant() switch { "RED" => -1, "YELLOW" => 0, "GREEN" => 1, _ => Math.Sign((Scores.Parse(value) ?? 0) + 0.5) };
            worst = Math.Min(worst, grade);
        }
        return worst < 0 ? "RED" : worst == 0 ? "YELLOW" : null;
    }

    // ---- resources ----

    private void AddResources()
    {
        Add(1, "Full List of Resources:");
        var before = _lines.Count;
        foreach (var resource in model.Resources)
        {
            if (resource.IsRemoved && !resource.IsActive(all: false)) continue;
            AddResource(resource, 2);
        }
        if (_lines.Count == before) Add(2, "No resources");
    }

    private static bool IsInternal(PolicyResource resource) => Texts.IsTrue(resource.Meta.GetValueOrDefault("internal_rsc"));

    private void AddResource(PolicyResource resource, int depth)
    {
        switch (resource)
        {
            case Group group: AddGroup(group, depth); break;
            case Clone clone: AddClone(clone, depth); break;
            case Bundle bundle: AddBundle(bundle, depth); break;
            default:
                if (!IsInternal(resource)) Add(depth, Primitive(resource, Name(resource), resource.CurrentNode ?? resource.PendingNode ?? resource.LockNode));
                break;
        }
    }

    /// <summary>An anonymous instance goes by its name without number.</summary>
    public static string Name(PolicyResource resource) => resource.Unique ? resource.Id : resource.Xml.Id ?? resource.Id;

    private string Primitive(PolicyResource resource, string name, PolicyNode? node)
    {
        if (!places) node = null;
        var text = $"{name}\t({resource.Class}{(resource.Provider is { } provider ? ":" + provider : "")}:{resource.Type}):\t";
        var role = resource.Role == Role.Started && resource.Top().Has(ResourceFlags.Promotable) ? Role.Unpromoted : resource.Role;
        var several = resource.Active.Count > 1;
        if (resource.IsRemoved) text += " ORPHANED";
        if (resource.Has(ResourceFlags.Failed)) text += role > Role.Unpromoted ? $" FAILED {role.Text()}" : " FAILED";
        else text += " " + (PendingState(resource) ?? role.Text());
        if (node is not null && !several) text += " " + node.Name;
        if (role == Role.Stopped && FailedProbe(resource, node?.Name) is { } why) text += $" ({why}) ";
        var flags = new List<string>();
        if (node is { Online: false, Unclean: true } && !several) flags.Add("UNCLEAN");
        if (node is not null && node == resource.LockNode) flags.Add("LOCKED");
        if (showPending && resource.PendingTask == Operation.Monitor) flags.Add("Monitoring");
        switch (Roles.Parse(resource.Meta.GetValueOrDefault("target-role")))
        {
            case Role.Stopped: flags.Add("disabled"); break;
            case Role.Unpromoted when resource.Top().Has(ResourceFlags.Promotable): flags.Add("target-role:Unpromoted"); break;
        }
        if (resource.Has(ResourceFlags.Blocked)) flags.Add("blocked");
        else if (resource.Has(ResourceFlags.Maintenance)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        if (resource.Has(ResourceFlags.FailureIgnored)) flags.Add("failure ignored");
        if (flags.Count > 0) text += $" ({string.Join(", ", flags)})";
        // As 2.1.5 has it in such lists.
        if (!places && resource.Xml["description"] is { } description) text += " " + description;
        if (several && places) text += $" [ {string.Join(' ', resource.Active.ConvertAll(static n => n.Name))} ]";
        return text;
    }

    private string? PendingState(PolicyResource resource) => !showPending ? null : resource.PendingTask switch
    {
        Operation.Start => "Starting",
        Operation.Stop => "Stopping",
        Operation.MigrateTo or Operation.MigrateFrom => "Migrating",
        Operation.Promote => "Promoting",
        Operation.Demote => "Demoting",
        _ => null,
    };

    /// <summary>Why a probe could not say that a resource is stopped, where that is so.</summary>
    private string? FailedProbe(PolicyResource resource, string? node)
    {
        foreach (var entry in model.FailedOperations)
        {
            if (entry["operation"] != Operation.Monitor || Texts.Integer(entry["interval"]) is > 0) continue;
            var code = Texts.Integer(entry["rc-code"]);
            if (code is not (2 or 5) && entry["op-status"] != "7") continue;
            if (node is not null && Place(entry) != node) continue;
            var of = entry.Parent?.Id ?? "";
            if (resource is Clone clone ? !clone.Unique && Naming.Base(of) == clone.ChildXml?.Id : of == (resource.Unique ? resource.Id : resource.HistoryName ?? resource.Xml.Id) || !resource.Unique && Naming.Base(of) == resource.Xml.Id)
                return code == 2 ? "Invalid parameter" : "Not installed";
        }
        return null;
    }

    private static string? Place(CibElement entry)
    {
        for (var at = entry.Parent; at is not null; at = at.Parent) if (at.Name == "node_state") return at["uname"];
        return null;
    }

    public static bool IsDisabled(PolicyResource resource) => Roles.Parse(resource.Meta.GetValueOrDefault("target-role")) switch
    {
        Role.Stopped => true,
        Role.Unpromoted => resource.Top().Has(ResourceFlags.Promotable),
        _ => false,
    };

    private static string Flags(PolicyResource resource)
    {
        var flags = new List<string>();
        if (resource is Clone && resource.Has(ResourceFlags.Promotable)) flags.Add("promotable");
        if (resource is Clone or Bundle && resource.Unique) flags.Add("unique");
        if (IsDisabled(resource)) flags.Add("disabled");
        if (resource.Has(ResourceFlags.Maintenance)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        return flags.Count == 0 ? "" : $" ({string.Join(", ", flags)})";
    }

    private void AddGroup(Group group, int depth)
    {
        Add(depth, $"Resource Group: {group.Id}{Flags(group)}:");
        foreach (var member in group.Children) AddResource(member, depth + 1);
    }

    private static bool Any(PolicyResource resource, Predicate<PolicyResource> is_)
    {
        if (is_(resource)) return true;
        foreach (var child in resource.Children) if (Any(child, is_)) return true;
        return false;
    }

    private void AddClone(Clone clone, int depth)
    {
        Add(depth, $"Clone Set: {clone.Id} [{clone.ChildXml?.Id}]{Flags(clone)}:");
        List<string> promoted = [], started = [];
        foreach (var child in clone.Children)
        {
            var partly = child.IsActive(all: false);
            var full = false;
            if (clone.Unique) full = partly || !child.IsRemoved;
            else if (showPending && child.PendingTask is not null) full = true;
            else if (!partly) { }
            else if (Any(child, static r => r.IsRemoved) || Any(child, static r => !r.Managed) || Any(child, static r => r.Has(ResourceFlags.Failed))) full = true;
            else if (child.IsActive(all: true) && OnlyPlace(child) is { } place)
            {
                if (!place.Online && place.Unclean) full = true;
                else (Instances.RoleOf(child, current: true) > Role.Unpromoted ? promoted : started).Add(place.Name);
            }
            else full = true;
            if (full) AddResource(child, depth + 1);
        }
        void List(string title, List<string> names)
        {
            if (names.Count == 0) return;
            MergeSort.By(names, NodeNames.Order.Compare);
            Add(depth + 1, $"{title}: [ {string.Join(' ', names)} ]");
        }
        List("Promoted", promoted);
        List(!clone.Has(ResourceFlags.Promotable) ? "Started"
            : Roles.Parse(clone.Meta.GetValueOrDefault("target-role")) == Role.Unpromoted ? "Unpromoted (target-role)" : "Unpromoted", started);
        if (clone.Unique || clone.Max <= promoted.Count + started.Count) return;
        var stopped = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var nodes = clone.Allowed.Count > 0 ? clone.Allowed.ByName().ConvertAll(static c => c.Node) : model.Nodes;
        foreach (var node in nodes)
        {
            if (Any(clone, r => r.Active.Contains(node))) continue;
            var state = FailedProbe(clone, node.Name) is { } why ? $"Stopped ({why})" : IsDisabled(clone) || clone.Children.Exists(IsDisabled) ? "Stopped (disabled)" : "Stopped";
            if (!stopped.TryGetValue(state, out var names)) stopped[state] = names = [];
            names.Add(node.Name);
        }
        foreach (var (state, names) in stopped) List(state, names);
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

    private void AddBundle(Bundle bundle, int depth)
    {
        Add(depth, $"Container bundle{(bundle.Max > 1 ? " set" : "")}: {bundle.Id} [{bundle.Image}]{Flags(bundle)}:");
        foreach (var replica in bundle.Replicas)
        {
            var resource = replica.Child ?? replica.Container!;
            var name = Name(replica.Remote ?? replica.Container!);
            if (replica.IpAddress is not null) name += $" ({replica.IpAddress})";
            Add(depth + 1, Primitive(resource, name, replica.Container!.Active.Count > 0 ? replica.Container.Active[0] : null));
        }
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
