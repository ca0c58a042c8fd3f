using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>The resources of the configuration, with all their instances.</summary>
internal static class ResourcesReader
{
    public static void Read(Scheduling model)
    {
        var resources = model.Configuration.Element("resources");
        if (resources is null) return;
        foreach (var template in resources.Elements("template"))
            if (template.Id is { } id) model.Templates[id] = template;
        var definitions = new List<CibElement>(resources.Children);
        RemoteNodes.Name(model, definitions);
        foreach (var definition in definitions)
        {
            if (definition.Name == "template") continue;
            if (Unpack(model, definition, null) is { } resource) model.Resources.Add(resource);
        }
        foreach (var resource in model.Resources) LinkLauncher(model, resource);
        foreach (var resource in model.Resources) RemoteNodes.Link(model, resource);
        MergeSort.By(model.Resources, static (a, b) => b.Priority.CompareTo(a.Priority));
        model.IndexNames();
    }

    /// <summary>Makes a resource of its definition; null when that is none.</summary>
    public static PolicyResource? Unpack(Scheduling model, CibElement definition, PolicyResource? parent, int? instance = null)
    {
        if (definition.Id is not { Length: > 0 } id || WithTemplate(model, definition) is not { } xml) return null;
        if (instance is { } number) xml = xml.Clone().Set("clone", Texts.Text(number));
        if (xml["clone"] is { } clone) id = $"{id}:{clone}";
        PolicyResource resource;
        switch (xml.Name)
        {
            case "primitive": resource = new Primitive(id, xml, parent); break;
            case "group": resource = new Group(id, xml, parent); break;
            case "clone" or "master": resource = new Clone(id, xml, parent); break;
            case "bundle": resource = new Bundle(id, xml, parent); break;
            default: return null;
        }
        foreach (var element in xml.Elements("operations"))
            foreach (var operation in model.Resolve(element).Elements("op"))
                resource.Operations.Add(model.Resolve(operation));
        ReadMeta(model, resource);
        ReadFlags(model, resource);
        switch (resource)
        {
            case Group group:
                UnpackMembers(model, group);
                if (group.Children.Count == 0) return null;
                break;
            case Clone collective: if (!UnpackInstances(model, collective)) return null; break;
            case Bundle bundle: if (!BundleReader.Unpack(model, bundle)) return null; break;
            default:
                MakeAnonymous(model, resource);
                // Only OCF agents know promoted roles. A clone of another standard that should have them is no resource at all, and neither is anything else around it.
                if (resource.Top().Has(ResourceFlags.Promotable) && !Texts.Same(resource.Class, "ocf")) return null;
                break;
        }
        if (model.Options.SymmetricCluster) AllowEverywhere(model, resource, byDefault: true);
        // A guest is where its machine is.
        else if (resource.IsRemoteConnection && resource.Meta.ContainsKey("container")) AllowEverywhere(model, resource, byDefault: false);
        AttributeSets.Read(xml, "utilization", model.RuleInput(), resource.Utilization, model);
        return resource;
    }

    private static CibElement? WithTemplate(Scheduling model, CibElement definition)
    {
        if (definition["template"] is not { } name) return definition;
        if (ResourceTemplates.Expand(definition, model.Ids, out _) is not { } whole) return null;
        if (!model.TemplateUsers.TryGetValue(name, out var users)) model.TemplateUsers[name] = users = [];
        if (!users.Contains(definition.Id!)) users.Add(definition.Id!);
        if (definition["clone"] is { } clone) whole.Set("clone", clone);
        return whole;
    }

    private static void ReadMeta(Scheduling model, PolicyResource resource)
    {
        var meta = resource.Meta;
        foreach (var attribute in resource.Xml.Attributes) meta.TryAdd(attribute.Name, attribute.Value);
        var input = AttributeSets.For(model, resource);
        AttributeSets.Read(resource.Xml, "meta_attributes", input, meta, model);
        for (var up = resource.Parent; up is not null; up = up.Parent) AttributeSets.Read(up.Xml, "meta_attributes", input, meta, model);
        AttributeSets.Read(model.ResourceDefaults, "meta_attributes", input, meta, model);
        if (resource.Parent is not null)
            foreach (var (name, value) in resource.Parent.Meta) meta.TryAdd(name, value);
    }

    private static void ReadFlags(Scheduling model, PolicyResource resource)
    {
        var meta = resource.Meta;
        bool? Flag(string name) => Texts.Boolean(meta.GetValueOrDefault(name));

        var isConnection = resource is Primitive && RemoteNodes.IsConnection(resource.Xml);
        if (isConnection) resource.Set(ResourceFlags.RemoteConnection);
        resource.Priority = Scores.Parse(meta.GetValueOrDefault("priority"), model.Options.Health) ?? 0;
        if (!meta.TryGetValue("critical", out var critical) || Texts.IsTrue(critical)) resource.Set(ResourceFlags.Critical);
        if (Flag("notify") == true) resource.Set(ResourceFlags.Notify);
        if (meta.TryGetValue("allow-migrate", out var migrate) ? Texts.IsTrue(migrate) : isConnection && !meta.ContainsKey("container")) resource.Set(ResourceFlags.Migratable);
        if (meta.TryGetValue("is-managed", out var managed) && managed != "default" && !Texts.IsTrue(managed)) resource.Clear(ResourceFlags.Managed);
        if (Flag("maintenance") == true) { resource.Clear(ResourceFlags.Managed); resource.Set(ResourceFlags.Maintenance); }
        if (model.Options.MaintenanceMode) { resource.Clear(ResourceFlags.Managed); resource.Set(ResourceFlags.Maintenance); }
        if (resource is Clone && (Flag("promotable") == true || resource.Xml.Name == "master")) resource.Set(ResourceFlags.Promotable);
        var top = resource.Top();
        if (top is not Clone || IsConfiguredUnique(resource)) resource.Set(ResourceFlags.Unique);
        resource.MultipleActive = meta.GetValueOrDefault("multiple-active")?.ToUpperInvariant() switch
        {
            "STOP_ONLY" => MultipleActive.StopOnly,
            "BLOCK" => MultipleActive.Block,
            "STOP_UNEXPECTED" => MultipleActive.StopUnexpected,
            _ => MultipleActive.StopStart,
        };
        if (meta.TryGetValue("resource-stickiness", out var stickiness) && stickiness != "default") resource.Stickiness = Scores.Parse(stickiness, model.Options.Health) ?? 0;
        if (meta.TryGetValue("migration-threshold", out var threshold) && threshold != "default")
            resource.MigrationThreshold = Scores.Parse(threshold) is { } n and >= 0 ? n : Scores.Infinity;
        if (resource is Primitive && resource.Xml["class"] == "stonith") { resource.Set(ResourceFlags.FenceDevice); model.HaveFencing = true; }
        ReadNeeds(model, resource);
        resource.FailureTimeoutMs = Periods.Interval(meta.GetValueOrDefault("failure-timeout"));
        if (isConnection && !meta.ContainsKey("container") && Parameters.Of(model, resource, null).TryGetValue("reconnect_interval", out var reconnect))
            resource.FailureTimeoutMs = resource.ReconnectMs = Periods.Interval(reconnect);
        resource.NextRole = TargetRole(resource) ?? Role.Unknown;
    }

    private static bool IsConfiguredUnique(PolicyResource resource) => resource.Meta.TryGetValue("globally-unique", out var unique)
        ? Texts.IsTrue(unique)
        : Texts.Integer(resource.Meta.GetValueOrDefault("clone-node-max")) > 1;

    /// <summary>The role the configuration holds a resource down to; null when it holds it down to nothing.</summary>
    public static Role? TargetRole(PolicyResource resource)
    {
        var text = resource.Meta.GetValueOrDefault("target-role");
        if (text is null || text == "default") return null;
        var role = Roles.Parse(text);
        if (role is Role.Unknown or Role.Started) return null;
        if (role > Role.Started && (!resource.Top().Has(ResourceFlags.Promotable) || role > Role.Unpromoted)) return null;
        return role;
    }

    private static void ReadNeeds(Scheduling model, PolicyResource resource)
    {
        var options = model.Options;
        switch (resource.Meta.GetValueOrDefault("requires")?.ToUpperInvariant())
        {
            case "NOTHING": break;
            case "QUORUM": resource.Set(ResourceFlags.NeedsQuorum); break;
            case "UNFENCING":
                if (resource.IsFenceDevice || !options.FencingEnabled) resource.Set(ResourceFlags.NeedsQuorum);
                else resource.Set(ResourceFlags.NeedsFencing | ResourceFlags.NeedsUnfencing);
                break;
            case "FENCING": resource.Set(ResourceFlags.NeedsFencing); break;
            default:
                if (resource.IsFenceDevice || resource.IsRemoteConnection) resource.Set(ResourceFlags.NeedsQuorum);
                else if (options.UnfencingInUse) goto case "UNFENCING";
                else if (options.FencingEnabled) resource.Set(ResourceFlags.NeedsFencing);
                else if (options.NoQuorumPolicy != NoQuorumPolicy.Ignore) resource.Set(ResourceFlags.NeedsQuorum);
                break;
        }
    }

    private static void UnpackMembers(Scheduling model, Group group)
    {
        group.Ordered = Texts.Boolean(group.Meta.GetValueOrDefault("ordered")) ?? true;
        group.Colocated = Texts.Boolean(group.Meta.GetValueOrDefault("collocated")) ?? true;
        var instance = group.Xml["clone"] is { } clone ? (int?)Texts.Integer(clone) : null;
        foreach (var member in group.Xml.Elements("primitive"))
            if (Unpack(model, model.Resolve(member), group, instance) is { } resource) group.Children.Add(resource);
    }

    private static bool UnpackInstances(Scheduling model, Clone clone)
    {
        // What is no number counts as 0, and only what is absent as the default.
        int Number(string name, string? old, int otherwise) =>
            (clone.Meta.GetValueOrDefault(name) ?? (old is null ? null : clone.Meta.GetValueOrDefault(old))) is { } text
                ? (int)Math.Clamp(Texts.Integer(text) ?? 0, 0, int.MaxValue) : otherwise;

        foreach (var element in clone.Xml.Children)
            if (element.Name is "primitive" or "group") { clone.ChildXml = model.Resolve(element); break; }
        if (clone.Has(ResourceFlags.Promotable))
        {
            clone.PromotedMax = Math.Max(0, Number("promoted-max", "master-max", 1));
            clone.PromotedNodeMax = Math.Max(0, Number("promoted-node-max", "master-node-max", 1));
        }
        clone.Max = Possible(model, Math.Max(0, Number("clone-max", null, Math.Max(1, model.Nodes.Count))), nodes: false);
        clone.NodeMax = clone.Unique ? Math.Max(0, Number("clone-node-max", null, 1)) : Math.Min(1, Math.Max(0, Number("clone-node-max", null, 1)));
        clone.Ordered = Texts.IsTrue(clone.Meta.GetValueOrDefault("ordered"));
        clone.Interleave = Texts.IsTrue(clone.Meta.GetValueOrDefault("interleave"));
        if (clone.ChildXml is null) return false;
        // Slightly sticky, so that instances are not shuffled for nothing.
        clone.Meta.TryAdd("resource-stickiness", "1");
        clone.Meta["globally-unique"] = clone.Unique ? "true" : "false";
        if (clone.Max <= 0) return AddInstance(model, clone, removed: true) is not null;
        for (var i = 0; i < clone.Max; i++)
            if (AddInstance(model, clone, removed: false) is null) return false;
        return true;
    }

    /// <summary>
    /// How many instances a collective is given of those that are asked for. The original makes any number, and two thousand million of them need all memory; more than this are a slip of the
    /// finger, as there are not so many nodes. A bundle's are a node each, which every resource has a score for.
    /// </summary>
    public static int Possible(Scheduling model, int asked, bool nodes) => Math.Min(asked, Math.Max(nodes ? 250 : 1000, model.Nodes.Count));

    /// <summary>
    /// An agent of a standard without a notion of instances makes its clone anonymous: one instance a node. What the clone has by then becomes so with it. An instance
    /// that is still being read is not among that, and what its configuration says is read again: a cloned group's last instance keeps its other members unique.
    /// </summary>
    private static void MakeAnonymous(Scheduling model, PolicyResource primitive)
    {
        if (!primitive.Unique || primitive.Top() is not Clone clone || Texts.Same(primitive.Class, "ocf") || primitive.IsFenceDevice) return;
        clone.NodeMax = 1;
        clone.Max = Math.Min(clone.Max, model.Nodes.Count);
        ClearUnique(clone);
        ClearUnique(primitive);
    }

    private static void ClearUnique(PolicyResource resource)
    {
        resource.Clear(ResourceFlags.Unique);
        resource.Meta["globally-unique"] = "false";
        foreach (var child in resource.Children) ClearUnique(child);
    }

    /// <summary>One more instance, at the end; a removed one was only found in the status.</summary>
    public static PolicyResource? AddInstance(Scheduling model, Clone clone, bool removed)
    {
        var max = Texts.Text(clone.Max);
        if (Unpack(model, clone.ChildXml!, clone, clone.Made) is not { } instance) return null;
        clone.Made++;
        clone.Children.Add(instance);
        model.NameAll(instance);
        instance.Meta["clone-max"] = max;
        if (removed) instance.SetWithChildren(ResourceFlags.Removed);
        return instance;
    }

    private static void AllowEverywhere(Scheduling model, PolicyResource resource, bool byDefault)
    {
        foreach (var node in model.Nodes) AddScore(resource, node, 0, byDefault);
    }

    /// <summary>Adds to a resource's score for a node, and to its children's; by default not where discovery is exclusive or forbidden.</summary>
    public static void AddScore(PolicyResource resource, PolicyNode node, int score, bool byDefault = false)
    {
        if (byDefault && (resource.Has(ResourceFlags.ExclusiveDiscovery) || node.Discovery == Discovery.Never)) return;
        foreach (var child in resource.Children) AddScore(child, node, score, byDefault);
        var candidate = resource.Allowed[node];
        if (candidate is null) resource.Allowed.Add(candidate = new Candidate(node, node.Score, node.Discovery));
        candidate.Score = Scores.Add(candidate.Score, score);
    }

    /// <summary>Adds a score on all nodes known to the cluster, also on those it was not told of yet.</summary>
    public static void AddScoreEverywhere(Scheduling model, PolicyResource resource, int score)
    {
        foreach (var node in model.Nodes) AddScore(resource, node, score);
    }

    /// <summary>Forgets a resource's scores and bans it, but not its children, from every node.</summary>
    public static void BanEverywhere(Scheduling model, PolicyResource resource)
    {
        resource.Allowed = new();
        foreach (var node in model.Nodes) resource.Allowed.Add(new Candidate(node, -Scores.Infinity, node.Discovery));
    }

    private static void LinkLauncher(Scheduling model, PolicyResource resource)
    {
        foreach (var child in resource.Children) LinkLauncher(model, child);
        if (resource.Meta.GetValueOrDefault("container") is not { } name || name == resource.Id) return;
        if (model.Find(name) is not { } launcher) return;
        resource.Launcher = launcher;
        launcher.Launched.Add(resource);
    }
}
