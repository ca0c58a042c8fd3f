using Appliance.Cib;
using Appliance.Policy.Assign;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>Nodes and resources as people read them, in the words of Pacemaker 3.0.2, or (<see cref="StatusScope.Old"/>) of 2.1.5.</summary>
/// <param name="places">Whether it is said where a resource runs.</param>
internal sealed class StatusReport(Scheduling model, StatusScope view, ReportLists text, bool places = true)
{
    /// <summary>Writes nodes and resources as two lists.</summary>
    public static void Write(Scheduling model, bool showPending, ReportText text)
    {
        var report = new StatusReport(model, new() { Pending = showPending }, text);
        var nodes = model.Nodes.Count > 0;
        if (nodes) report.AddNodes(spacer: false);
        report.AddResources(spacer: nodes);
    }

    /// <summary>Resources only, and not where they run.</summary>
    public static List<string> Resources(Scheduling model)
    {
        var text = new ReportText(fancy: true);
        new StatusReport(model, new(), text, places: false).AddResources(spacer: false);
        return Lines(text);
    }

    /// <summary>A collective and what is in it, a line each.</summary>
    public static List<string> Resource(Scheduling model, PolicyResource resource)
    {
        var text = new ReportText(fancy: true);
        text.Begin("");
        new StatusReport(model, new(), text).AddResource(resource);
        var lines = Lines(text);
        lines.RemoveAt(0);
        return lines.ConvertAll(static l => l.Length > 2 ? l[2..] : l);
    }

    /// <summary>A primitive in a line.</summary>
    public static string Line(Scheduling model, PolicyResource resource, bool places) =>
        new StatusReport(model, new(), new ReportText(fancy: true), places).Primitive(resource, Name(resource), Place(resource));

    private static List<string> Lines(ReportText text) => [.. text.Take().TrimEnd('\n').Split('\n')];

    // ---- nodes ----

    /// <returns>Whether there was one.</returns>
    public bool AddNodes(bool spacer)
    {
        var any = false;
        List<string> online = [], offline = [], remoteOnline = [], remoteOffline = [], guestOnline = [];
        foreach (var node in model.Nodes)
        {
            if (!view.Shows(node)) continue;
            if (!any) Begin("Node List", spacer);
            any = true;
            if (text.IsPage)
            {
                AddOnPage(node);
                continue;
            }
            var mode = Mode(node);
            var health = Health(model, node);
            var plain = health is null && !view.ByNode && !view.Details;
            if (plain && mode is "online") (node.IsGuest ? guestOnline : node.IsRemoteKind ? remoteOnline : online).Add(node.Name);
            else if (plain && mode is "OFFLINE")
            {
                if (!node.IsGuest) (node.IsRemoteKind ? remoteOffline : offline).Add(node.Name);
            }
            else
            {
                var line = $"{(node.IsGuest ? "GuestNode" : node.IsRemoteKind ? "RemoteNode" : "Node")} {DisplayName(node, view.Details)}: {mode}{(health is null ? "" : $" (health is {health})")}";
                if (view.Details && FeatureSet(node) is { } features) line += $", feature set {features}";
                if (!view.ByNode) text.Item(line);
                else if (!view.Brief || node.Running.Count > 0) AddWithResources(node, line);
            }
        }
        void List(string title, List<string> names) { if (names.Count > 0) text.Named(title, $"[ {string.Join(' ', names)} ]"); }
        List("Online", online);
        List("OFFLINE", offline);
        List("RemoteOnline", remoteOnline);
        List("RemoteOFFLINE", remoteOffline);
        List("GuestOnline", guestOnline);
        if (any) text.End();
        return any;
    }

    private void Begin(string title, bool spacer)
    {
        if (spacer) text.Spacer();
        text.Begin(title);
    }

    private void AddWithResources(PolicyNode node, string title)
    {
        text.Begin(title);
        text.Begin("Resources");
        AddRunning(node);
        text.End();
        text.End();
    }

    private void AddRunning(PolicyNode node)
    {
        var onNode = new StatusReport(model, view, text, places: false);
        if (view.Brief) onNode.AddCounts(node.Running, atNode: true, all: false);
        else
            foreach (var resource in node.Running) onNode.AddResource(resource);
    }

    private void AddOnPage(PolicyNode node)
    {
        var pieces = new List<ReportPiece> { node.Online ? new(" online", "online") : new(" OFFLINE", "offline") };
        var busy = node.Running.Count > 0;
        if (node.StandbyOnFail) pieces.Add(new(busy ? " (in standby due to on-fail, with active resources)" : " (in standby due to on-fail)", "standby"));
        else if (node.Standby) pieces.Add(new(busy ? " (in standby, with active resources)" : " (in standby)", "standby"));
        if (node.Maintenance) pieces.Add(new(" (in maintenance mode)", "maint"));
        if (Health(model, node) is { } health) pieces.Add(new($" (health is {health})", "health_" + health.ToLowerInvariant()));
        if (view.Details && FeatureSet(node) is { } features) pieces.Add(new($", feature set {features}"));
        var name = DisplayName(node, view.Details);
        if (!view.ByNode)
        {
            text.Pieces([new(name + ":", "bold"), .. pieces]);
            return;
        }
        text.Begin(name + ":");
        text.Open([new("Status:"), .. pieces]);
        if (busy)
        {
            text.Begin("Resources");
            AddRunning(node);
            text.End();
        }
        text.Close();
        text.End();
    }

    /// <summary>A node's name; in detail with the host of a guest, and its id.</summary>
    public static string DisplayName(PolicyNode node, bool detail)
    {
        if (!detail) return node.Name;
        var name = node.IsGuest ? $"{node.Name}@{node.Connection!.Launcher!.CurrentNode?.Name}" : node.Name;
        return Texts.Same(node.Name, node.Id) ? name : $"{name} ({node.Id})";
    }

    /// <summary>What a node's software can do; null for one that is away or remote.</summary>
    public static string? FeatureSet(PolicyNode node) => !node.Online || node.IsRemoteKind ? null : node.Attribute("#feature-set") ?? "<3.15.1";

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

    public bool AddResources(bool spacer)
    {
        // Those that run were shown with their nodes.
        if (!view.Inactive && view.ByNode) return false;
        var (begun, any) = (false, false);
        void Open()
        {
            if (!begun) Begin(view.ByNode ? "Inactive Resources" : view.Inactive ? "Full List of Resources" : "Active Resources", spacer);
            begun = true;
        }
        if (!view.Old) Open();
        if (view.Brief && !view.ByNode)
        {
            Open();
            any = AddCounts(model.Resources.FindAll(r => view.Shows(r)), atNode: false, all: view.Inactive);
        }
        foreach (var resource in model.Resources)
        {
            if (view.Old ? resource.IsRemoved && !resource.IsActive(all: true) : IsHidden(resource)) continue;
            if (!IsListed(view, resource)) continue;
            if (!view.Shows(resource)) continue;
            Open();
            any |= AddResource(resource);
        }
        if (!any)
        {
            Open();
            text.Item(view.ByNode ? "No inactive resources" : view.Inactive ? "No resources" : "No active resources");
        }
        if (begun) text.End();
        return true;
    }

    /// <summary>Whether a resource has a place in the list of resources, whatever its name.</summary>
    public static bool IsListed(StatusScope view, PolicyResource resource)
    {
        if (view.ByNode) return !resource.IsActive(all: true);
        if (view.Brief && resource is Model.Primitive) return false;
        return resource.IsActive(all: false) ? !view.RunsElsewhere(resource) : view.Inactive;
    }

    /// <summary>Primitives by their agents: how many there are, and where.</summary>
    /// <param name="all">Those too that run nowhere.</param>
    private bool AddCounts(List<PolicyResource> resources, bool atNode, bool all)
    {
        var agents = new SortedDictionary<string, Counted>(StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            if (resource is not Model.Primitive || IsInternal(resource) && !view.Old) continue;
            if (resource.IsRemoved && resource.Role == Role.Stopped) continue;
            var agent = Agent(resource);
            if (!agents.TryGetValue(agent, out var counted)) agents[agent] = counted = new();
            counted.All++;
            foreach (var node in resource.Active)
            {
                if (!node.Online && !node.Unclean && resource.Managed || !view.Shows(node)) continue;
                if (!counted.Nodes.TryGetValue(node.Name, out var active)) counted.Nodes[node.Name] = active = new();
                active.All++;
            }
        }
        var any = false;
        foreach (var (agent, counted) in agents)
        {
            foreach (var (node, active) in counted.Nodes)
            {
                text.Item($"{Texts.Text(active.All)}{(all ? "/" + Texts.Text(counted.All) : "")}\t({agent}):\tActive {(atNode ? "" : node)}");
                any = true;
            }
            if (!all || counted.Nodes.Count > 0) continue;
            text.Item($"0/{Texts.Text(counted.All)}\t({agent}):\tActive");
            any = true;
        }
        return any;
    }

    private sealed class Counted
    {
        public int All { get; set; }
        public SortedDictionary<string, Counted> Nodes { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>What was removed and is not active anywhere is nothing to tell of.</summary>
    public static bool IsHidden(PolicyResource resource) => resource.IsRemoved && !resource.IsActive(all: false);

    public static bool IsInternal(PolicyResource resource) => Texts.IsTrue(resource.Meta.GetValueOrDefault("internal_rsc"));

    private bool AddResource(PolicyResource resource)
    {
        switch (resource)
        {
            case Group group: return AddGroup(group);
            case Clone clone: return AddClone(clone);
            case Bundle bundle: return AddBundle(bundle);
            default: return (!IsInternal(resource) || view.Details && view.Old) && view.Shows(resource) && AddPrimitive(resource, Name(resource), Place(resource));
        }
    }

    private static PolicyNode? Place(PolicyResource resource) => resource.CurrentNode ?? resource.PendingNode;

    private bool AddPrimitive(PolicyResource resource, string name, PolicyNode? node)
    {
        var kind = !resource.Managed ? "rsc-managed" : resource.Has(ResourceFlags.Failed) || resource.Active.Count == 0 ? "rsc-failed" : resource.Active.Count > 1 ? "rsc-multiple"
            : resource.Has(ResourceFlags.FailureIgnored) ? "rsc-failure-ignored" : "rsc-ok";
        text.Item(Primitive(resource, name, node), kind);
        return true;
    }

    private static string Agent(PolicyResource resource) => $"{resource.Class}{(resource.Provider is { } provider && Texts.Same(resource.Class, "ocf") ? ":" + provider : "")}:{resource.Type}";

    /// <summary>An anonymous instance goes by its name without number.</summary>
    public static string Name(PolicyResource resource) => resource.Unique ? resource.Id : resource.Xml.Id ?? resource.Id;

    private string Primitive(PolicyResource resource, string name, PolicyNode? node)
    {
        var line = $"{name}\t({Agent(resource)}):\t";
        var role = ShownRole(resource);
        var several = resource.Active.Count > 1;
        node = several || !places ? null : node ?? resource.LockNode;
        if (resource.IsRemoved) line += " ORPHANED";
        if (resource.Has(ResourceFlags.Failed)) line += role > Role.Unpromoted ? $" FAILED {role.Text()}" : " FAILED";
        else line += " " + State(resource, view.Pending);
        if (node is not null) line += " " + node.Name;
        if (role == Role.Stopped && FailedProbe(resource, node?.Name) is { } why) line += $" ({why}) ";
        var flags = new List<string>();
        if (node is { Online: false, Unclean: true }) flags.Add("UNCLEAN");
        if (node is not null && node == resource.LockNode) flags.Add("LOCKED");
        if (view.Pending && resource.PendingTask == Operation.Monitor) flags.Add("Monitoring");
        switch (Roles.Parse(resource.Meta.GetValueOrDefault("target-role")))
        {
            case Role.Stopped: flags.Add("disabled"); break;
            case Role.Unpromoted when resource.Top().Has(ResourceFlags.Promotable): flags.Add("target-role:" + resource.Meta["target-role"]); break;
        }
        if (resource.Has(ResourceFlags.Blocked)) flags.Add("blocked");
        else if (IsInMaintenance(resource)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        if (resource.Has(ResourceFlags.FailureIgnored)) flags.Add("failure ignored");
        if (flags.Count > 0) line += $" ({string.Join(", ", flags)})";
        // In lists without places as 2.1.5 has it.
        if ((several || !places) && resource.Xml["description"] is { } description) line += places && !view.Old ? $" ({description})" : " " + description;
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
            if (Naming.TryParseKey(entry["operation_key"] ?? entry.Id ?? "", out var of, out _, out _) && of == id) return view.Old ? ResultWords.Old((int)code) : ResultWords.Of((int)code);
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

    /// <summary>2.1.5 knows of nobody's maintenance but the nodes'.</summary>
    private bool IsInMaintenance(PolicyResource resource) => !view.Old && resource.Has(ResourceFlags.Maintenance);

    private string Flags(PolicyResource resource)
    {
        var flags = new List<string>();
        if (resource is Clone && resource.Has(ResourceFlags.Promotable)) flags.Add("promotable");
        if (resource is Clone or Bundle && resource.Unique) flags.Add("unique");
        var disabled = resource is not Bundle && IsDisabled(resource);
        if (disabled && !view.Old) flags.Add("disabled");
        if (IsInMaintenance(resource)) flags.Add("maintenance");
        else if (!resource.Managed) flags.Add("unmanaged");
        if (disabled && view.Old) flags.Add("disabled");
        return flags.Count == 0 ? "" : $" ({string.Join(", ", flags)})";
    }

    private bool AddGroup(Group group)
    {
        if (!view.Shows(group)) return false;
        var named = view.Names(group);
        var members = group.Children.FindAll(m => named || view.Shows(m, parents: false));
        // What does not run is counted instead.
        var someOnly = view.Old && !view.Inactive;
        if (someOnly && !view.Brief) members.RemoveAll(static m => !m.IsActive(all: true));
        if (members.Count == 0) return false;
        var flags = Flags(group);
        if (someOnly && group.IsActive(all: false) && !group.IsActive(all: true))
        {
            var idle = group.Children.FindAll(static m => !m.IsActive(all: true)).Count;
            if (idle > 0) flags = $" ({Texts.Text(idle)} member{(idle == 1 ? "" : "s")} inactive{(flags.Length > 0 ? ", " + flags[2..^1] : "")})";
        }
        text.Begin($"Resource Group: {group.Id}{flags}");
        if (view.Brief) AddCounts(members, atNode: !places, all: true);
        else
            foreach (var member in members) AddResource(member);
        text.End();
        return true;
    }

    private static bool Any(PolicyResource resource, Predicate<PolicyResource> is_)
    {
        if (is_(resource)) return true;
        foreach (var child in resource.Children) if (Any(child, is_)) return true;
        return false;
    }

    private bool AddClone(Clone clone)
    {
        if (!view.Shows(clone)) return false;
        var begun = false;
        void Open()
        {
            if (!begun) text.Begin($"Clone Set: {clone.Id} [{clone.ChildXml?.Id}]{Flags(clone)}");
            begun = true;
        }
        if (!view.Old) Open();
        // With its clone every instance is meant.
        var every = new StatusReport(model, view with { Resources = null }, text, places);
        var all = view.Names(clone);
        List<string> promoted = [], started = [];
        var active = 0;
        foreach (var child in clone.Children)
        {
            if (view.RunsElsewhere(child) || !all && !view.Shows(child, parents: false)) continue;
            var partly = child.IsActive(all: false);
            var full = view.Details;
            if (clone.Unique) full |= partly || !clone.IsRemoved;
            else if (view.Pending && child.PendingTask is not null) full = true;
            else if (!partly) { }
            else if (Any(child, static r => r.IsRemoved) || Any(child, static r => !r.Managed) || Any(child, static r => r.Has(ResourceFlags.Failed))) full = true;
            else if (child.IsActive(all: true) && OnlyPlace(child) is { } place)
            {
                active++;
                if (!place.Online && place.Unclean) full = true;
                else if (!full) (Instances.RoleOf(child, current: true) > Role.Unpromoted ? promoted : started).Add(place.Name);
            }
            else full = true;
            if (!full) continue;
            Open();
            every.AddResource(child);
        }
        void List(string title, List<string> names)
        {
            if (names.Count == 0) return;
            Open();
            MergeSort.By(names, NodeNames.Order.Compare);
            text.Item($"{title}: [ {string.Join(' ', names)} ]");
        }
        if (!view.Details)
        {
            promoted.RemoveAll(n => !StatusScope.Shows(view.Nodes, n));
            started.RemoveAll(n => !StatusScope.Shows(view.Nodes, n));
            List("Promoted", promoted);
            List(!clone.Has(ResourceFlags.Promotable) ? "Started"
                : ConfiguredRole(clone) == Role.Unpromoted ? "Unpromoted (target-role)" : "Unpromoted", started);
            if (view.Inactive)
            {
                if (!clone.Unique && clone.Max > (view.Old ? active : promoted.Count + started.Count)) AddStopped(clone, List);
            }
            if (active == 0 && view.Old) Open();
        }
        if (begun) text.End();
        return begun;
    }

    private void AddStopped(Clone clone, Action<string, List<string>> list)
    {
        var stopped = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var nodes = clone.Allowed.Count > 0 ? clone.Allowed.ByName().ConvertAll(static c => c.Node) : new List<PolicyNode>(clone.Known);
        MergeSort.By(nodes, static (a, b) => NodeNames.Order.Compare(a.Name, b.Name));
        foreach (var node in nodes)
        {
            if (!view.Shows(node) || Any(clone, r => r.Active.Contains(node))) continue;
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

    private bool AddBundle(Bundle bundle)
    {
        if (!view.Shows(bundle)) return false;
        var begun = false;
        var all = view.Names(bundle);
        foreach (var replica in bundle.Replicas)
        {
            if (replica.Container is { } machine && view.RunsElsewhere(machine)) continue;
            if (!all && !replica.Parts.Exists(p => view.Shows(p, parents: false))) continue;
            if (!begun) text.Begin($"Container bundle{(bundle.Max > 1 ? " set" : "")}: {bundle.Id} [{bundle.Image}]{(bundle.Unique ? " (unique)" : "")}{(IsInMaintenance(bundle) ? " (maintenance)" : bundle.Managed ? "" : " (unmanaged)")}");
            begun = true;
            // Where only parts are asked for, they are told apart.
            if (view.Details || !all)
            {
                var title = bundle.Replicas.Count > 1 ? $"Replica[{Texts.Text(replica.Offset)}]" : null;
                text.BeginPart(title);
                foreach (var part in new[] { replica.Ip, replica.Child, replica.Container, replica.Remote })
                    if (part is not null && (all || view.Shows(part, parents: false))) AddPrimitive(part, Name(part), Place(part));
                text.EndPart(title);
                continue;
            }
            var resource = replica.Child ?? replica.Container!;
            var name = Name(replica.Remote ?? replica.Container!);
            if (replica.IpAddress is not null) name += $" ({replica.IpAddress})";
            AddPrimitive(resource, name, replica.Container!.CurrentNode);
        }
        if (begun) text.End();
        return begun;
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
