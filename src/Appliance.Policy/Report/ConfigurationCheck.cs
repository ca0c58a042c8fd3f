using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Report;

/// <summary>
/// What a schema cannot say about a configuration: values that are not understood, constraints about nothing, fencing that is asked for and not there. The words are those of
/// Pacemaker 2.1.5's crm_verify, which administrators and tools look for. Only the document and the model are read.
/// </summary>
public static class ConfigurationCheck
{
    /// <summary>All complaints, each once, in the order of Pacemaker's stages.</summary>
    /// <param name="cib">The document as it is written (3.x), or brought to the latest schema.</param>
    /// <param name="now">The instant, seconds of the epoch.</param>
    /// <param name="patterns">As <see cref="PolicyRun.Schedule"/> takes them.</param>
    /// <param name="offset">Seconds by which local time is ahead of UTC then.</param>
    public static List<Complaint> Of(CibElement cib, long now, Func<string, ExtendedPattern?> patterns, int offset = 0)
    {
        var found = new Found();
        // Without a status section there is nothing to schedule: the configuration alone is looked at.
        var withStatus = cib.Element("status") is not null;
        var model = withStatus ? PolicyRun.Schedule(cib, now, patterns, offset: offset, remarked: true, noted: false).Model : PolicyRun.ReadStatus(cib, now, offset: offset, remarked: true).Model;
        OptionComplaints.Check(model, found);
        Nodes(model, found);
        // What was refused is no resource of the model.
        foreach (var group in cib.Element("configuration")?.Element("resources")?.Descendants("group") ?? [])
            if (group.Element("primitive") is null) found.Warning("group_unpack", $"Group {group.Id} will be ignored because it does not have any members");
        foreach (var resource in model.Resources) ResourceComplaints.Check(model, resource, found);
        if (model.Options.FencingEnabled && !model.HaveFencing)
        {
            found.Error("unpack_resources", "Resource start-up disabled since no STONITH resources have been defined");
            found.Error("unpack_resources", "Either configure some or disable STONITH with the stonith-enabled option");
            found.Error("unpack_resources", "NOTE: Clusters with shared data need STONITH to ensure data integrity");
        }
        if (withStatus) Status(model, found);
        ConstraintComplaints.Check(model, found);
        if (withStatus)
        {
            foreach (var resource in model.Resources) OperationComplaints.Check(model, resource, found);
            Fencing(model, found);
        }
        foreach (var remark in model.Remarks ?? []) found.Add(remark);
        foreach (var complaint in model.Complaints) found.Add(complaint);
        return found.List;
    }

    private static void Nodes(Scheduling model, Found found)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in model.Configuration.Element("nodes")?.Elements("node") ?? [])
        {
            if (node["uname"] is { } name && !names.Add(name)) found.Warning("pe_create_node", $"More than one node entry has name '{name}'");
            if (node["type"] == "ping") found.Warning("pe_create_node", $"Support for nodes of type 'ping' (such as {node["uname"]}) is deprecated and will be removed in a future release");
        }
    }

    private static void Status(Scheduling model, Found found)
    {
        foreach (var resource in model.Resources) Removed(model, resource, found);
    }

    private static void Removed(Scheduling model, PolicyResource resource, Found found)
    {
        foreach (var child in resource.Children) Removed(model, child, found);
        if (resource is not Primitive || !resource.IsRemoved) return;
        foreach (var node in resource.Active)
            found.Warning("process_rsc_state", model.Options is { StopRemoved: true, MaintenanceMode: false }
                ? $"Detected active orphan {resource.Id} running on {node.Name}"
                : $"Resource '{resource.Id}' must be stopped manually on {node.Name} because cluster is configured not to stop active orphans");
    }

    /// <summary>A cluster that would have to fence its nodes is not well, and crm_verify says so.</summary>
    private static void Fencing(Scheduling model, Found found)
    {
        var lost = false;
        foreach (var node in model.Nodes)
        {
            if (!node.Unclean || node.IsGuest) continue;
            if (FencingActions.CanFence(model, node)) found.Warning("schedule_fencing", $"Scheduling node {node.Name} for fencing");
            else
            {
                found.Warning("schedule_fencing_and_shutdowns", $"Node {node.Name} is unclean but cannot be fenced");
                lost = true;
            }
        }
        if (lost && !model.Options.FencingEnabled)
            found.Warning("schedule_fencing_and_shutdowns", "Resource functionality and data integrity cannot be guaranteed (configure, enable, and test fencing to correct this)");
    }
}

/// <summary>What has been found so far, each sentence once.</summary>
internal sealed class Found
{
    private readonly HashSet<Complaint> _seen = [];

    public List<Complaint> List { get; } = [];

    public void Error(string where, string text) => Add(new(true, where, text));
    public void Warning(string where, string text) => Add(new(false, where, text));
    public void Remark(string where, string text, bool isError = false) => Add(new(isError, where, text, Counts: false));

    public void Add(Complaint complaint)
    {
        if (_seen.Add(complaint)) List.Add(complaint);
    }
}

/// <summary>Options of the cluster that have no such value.</summary>
internal static class OptionComplaints
{
    private const string Where = "cluster_option_value";

    /// <summary>Names of 2.1.5, and what 3.0.2 calls them.</summary>
    private static readonly string[] Booleans =
    [
        "symmetric-cluster", "maintenance-mode", "start-failure-is-fatal", "enable-startup-probes", "shutdown-lock", "stonith-enabled", "have-watchdog", "concurrent-fencing",
        "startup-fencing", "stop-all-resources", "fencing-enabled", "stop-removed-resources", "cancel-removed-actions", "fence-remote-without-quorum", "stop-orphan-resources", "stop-orphan-actions", "remove-after-stop",
    ];

    private static readonly string[] Times = ["shutdown-lock-limit", "stonith-timeout", "fencing-timeout", "node-pending-timeout", "priority-fencing-delay", "cluster-delay"];

    private static readonly string[] Numbers =
    [
        "batch-limit", "migration-limit", "pe-error-series-max", "pe-warn-series-max", "pe-input-series-max", "node-health-base", "node-health-green", "node-health-yellow", "node-health-red",
    ];

    public static void Check(Scheduling model, Found found)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        AttributeSets.Read(model.Configuration.Element("crm_config"), "cluster_property_set", model.RuleInput(), values, model, "cib-bootstrap-options");
        foreach (var name in Booleans) Judge(name, static v => Texts.Boolean(v) is not null);
        foreach (var name in Times) Judge(name, static v => Periods.Milliseconds(v) is not null);
        foreach (var name in Numbers) Judge(name, IsNumber);
        Judge("no-quorum-policy", static v => v.ToUpperInvariant() is "STOP" or "FREEZE" or "IGNORE" or "DEMOTE" or "SUICIDE" or "FENCE");
        Judge("stonith-action", static v => v is "reboot" or "off" or "poweroff");
        Judge("fencing-action", static v => v is "reboot" or "off" or "poweroff");
        Judge("node-health-strategy", static v => v.ToUpperInvariant() is "NONE" or "MIGRATE-ON-RED" or "ONLY-GREEN" or "PROGRESSIVE" or "CUSTOM");
        Judge("placement-strategy", static v => v.ToUpperInvariant() is "DEFAULT" or "UTILIZATION" or "MINIMAL" or "BALANCED");
        if (!model.Options.FencingEnabled && Texts.Same(values.GetValueOrDefault("no-quorum-policy"), "suicide"))
            found.Error("unpack_config", "Resetting no-quorum-policy to 'stop' because fencing is disabled");
        if (values.GetValueOrDefault("stonith-action") == "poweroff")
            found.Warning("unpack_config", "Support for stonith-action of 'poweroff' is deprecated and will be removed in a future release (use 'off' instead)");
        if (Texts.IsTrue(values.GetValueOrDefault("remove-after-stop")))
            found.Warning("unpack_config", "Support for the remove-after-stop cluster property is deprecated and will be removed in a future release");
        if (!model.Options.FencingEnabled || !model.Options.StartupFencing) found.Remark("unpack_config", "Blind faith: not fencing unseen nodes");

        void Judge(string name, Predicate<string> valid)
        {
            if (values.GetValueOrDefault(name) is { } value && !valid(value)) found.Error(Where, $"Using default value for cluster option '{name}' because '{value}' is invalid");
        }
    }

    /// <summary>Infinity, or a number that something may follow.</summary>
    private static bool IsNumber(string text) =>
        text.Trim().TrimStart('+', '-').Equals("INFINITY", StringComparison.OrdinalIgnoreCase) || Texts.Integer(text) is not null;
}

/// <summary>Meta-attributes that cannot be followed.</summary>
internal static class ResourceComplaints
{
    private const string Requires = "unpack_requires";

    public static void Check(Scheduling model, PolicyResource resource, Found found)
    {
        if (resource.IsRemoved) return;
        Required(model, resource, found);
        TargetRole(resource, found);
        Outdated(resource, found);
        if (resource is Clone clone && !IsUnique(model, clone) && Texts.Integer(clone.Meta.GetValueOrDefault("clone-node-max")) > 1)
            found.Error("clone_unpack", $"Ignoring promoted-max for {clone.Id} because anonymous clones support only one instance per node");
        if (resource is Clone asked && IsUnique(model, asked)) Anonymous(asked, asked, found);
        foreach (var child in resource.Children) Check(model, child, found);
    }

    /// <summary>As configured: 2.1.5 takes a clone for anonymous unless it is told otherwise.</summary>
    private static bool IsUnique(Scheduling model, Clone clone)
    {
        var meta = new Dictionary<string, string>(StringComparer.Ordinal);
        AttributeSets.Read(clone.Xml, "meta_attributes", model.RuleInput(), meta, model);
        AttributeSets.Read(model.ResourceDefaults, "meta_attributes", model.RuleInput(), meta, model);
        return Texts.IsTrue(meta.GetValueOrDefault("globally-unique"));
    }

    /// <summary>Services that know no instances cannot be told apart.</summary>
    private static void Anonymous(Clone clone, PolicyResource resource, Found found)
    {
        foreach (var child in resource.Children) Anonymous(clone, child, found);
        if (resource is Primitive && !resource.IsRemoved && !Texts.Same(resource.Class, "ocf") && !resource.IsFenceDevice)
            found.Warning("pe__force_anon", $"Ignoring globally-unique for {clone.Id} because {resource.Class} resources such as {resource.Id} can be used only as anonymous clones");
    }

    private static void Outdated(PolicyResource resource, Found found)
    {
        if (resource is Group)
            foreach (var name in (string[])["ordered", "collocated"])
                if (resource.Meta.GetValueOrDefault(name) is { } value && !Texts.IsTrue(value)) found.Warning("set_group_flag", $"Support for the '{name}' group meta-attribute is deprecated and will be removed in a future release (use a resource set instead)");
        if (Texts.Same(resource.Meta.GetValueOrDefault("restart-type"), "restart")) found.Warning("unpack_resource", "Support for restart-type is deprecated and will be removed in a future release");
    }

    private static void Required(Scheduling model, PolicyResource resource, Found found)
    {
        if (resource.Meta.GetValueOrDefault("requires") is not { } value) return;
        var fencing = model.Options.FencingEnabled;
        switch (value.ToUpperInvariant())
        {
            case "NOTHING" or "QUORUM": break;
            case "FENCING":
                if (!fencing) found.Warning(Requires, $"{resource.Id} requires fencing but fencing is disabled");
                break;
            case "UNFENCING":
                if (resource.IsFenceDevice) found.Warning(Requires, $"Resetting \"requires\" for {resource.Id} to \"quorum\" because fencing devices cannot require unfencing");
                else if (!fencing) found.Warning(Requires, $"Resetting \"requires\" for {resource.Id} to \"quorum\" because fencing is disabled");
                break;
            default:
                var instead = resource.IsFenceDevice || resource.IsRemoteConnection ? "quorum"
                    : model.Options.UnfencingInUse ? "unfencing"
                    : fencing ? "fencing"
                    : model.Options.NoQuorumPolicy == NoQuorumPolicy.Ignore ? "nothing" : "quorum";
                found.Error(Requires, $"Resetting 'requires' for {resource.Id} to '{instead}' because '{value}' is not valid");
                break;
        }
    }

    private static void TargetRole(PolicyResource resource, Found found)
    {
        if (resource.Meta.GetValueOrDefault("target-role") is not { } value || Texts.Same(value, "default")) return;
        var role = Roles.Parse(value);
        if (role == Role.Unknown) found.Remark("text2role", $"Unknown role: {value}", isError: true);
        if (role == Role.Unknown) found.Error("get_target_role", $"Ignoring 'target-role' for {resource.Id} because '{value}' is not valid");
        else if (role > Role.Started && !resource.Top().Has(ResourceFlags.Promotable))
            found.Error("get_target_role", $"Ignoring 'target-role' for {resource.Id} because '{value}' only makes sense for promotable clones");
    }
}

/// <summary>Constraints about what does not exist, or that say something impossible.</summary>
internal static class ConstraintComplaints
{
    public static void Check(Scheduling model, Found found)
    {
        foreach (var constraint in model.Configuration.Element("constraints")?.Children ?? [])
        {
            if (constraint.Id is not { } id) continue;
            if (constraint.Element("lifetime") is not null)
                found.Warning("pcmk__unpack_constraints", $"Support for 'lifetime' attribute (in {id}) is deprecated (the rules it contains should instead be direct descendents of the constraint object)");
            Sets(model, constraint, id, found);
            switch (constraint.Name)
            {
                case "rsc_location":
                    Known(model, constraint, id, "rsc", "unpack_location_tags", found);
                    break;
                case "rsc_colocation":
                    if (constraint["influence"] is { } influence && Texts.Boolean(influence) is null)
                        found.Error("unpack_influence", $"Constraint '{id}' has invalid value for influence (using default)");
                    if (Known(model, constraint, id, "rsc", "unpack_colocation_tags", found) && Known(model, constraint, id, "with-rsc", "unpack_colocation_tags", found)
                        && ConstraintsReader.Tagged(model, constraint["rsc"]) is not null && ConstraintsReader.Tagged(model, constraint["with-rsc"]) is not null)
                        found.Error("unpack_colocation_tags", $"Ignoring constraint '{id}' because two templates or tags cannot be colocated");
                    break;
                case "rsc_order":
                    if (Known(model, constraint, id, "first", "unpack_order_tags", found)) Known(model, constraint, id, "then", "unpack_order_tags", found);
                    if (constraint["require-all"] is not null && ConstraintsReader.Resource(model, constraint["first"]) is Clone first && !first.Meta.ContainsKey("clone-min"))
                        found.Warning("get_minimum_first_instances", "Support for require-all in ordering constraints is deprecated and will be removed in a future release (use clone-min clone meta-attribute instead)");
                    if (constraint["score"] is not null && constraint["kind"] is null)
                        found.Warning("get_ordering_type", "Support for 'score' in rsc_order is deprecated and will be removed in a future release (use 'kind' instead)");
                    if (constraint["kind"] is { } kind && kind.ToUpperInvariant() is not ("MANDATORY" or "OPTIONAL" or "SERIALIZE"))
                        found.Error("get_ordering_type", $"Resetting 'kind' for constraint {id} to 'Mandatory' because '{kind}' is not valid");
                    Symmetry(constraint, id, null, found);
                    foreach (var set in constraint.Elements("resource_set"))
                        if (model.Resolve(set) is { Id: { } setId } resolved) Symmetry(resolved, setId, constraint, found);
                    break;
                case "rsc_ticket":
                    Known(model, constraint, id, "rsc", "unpack_rsc_ticket_tags", found);
                    if (Texts.Same(constraint["loss-policy"], "fence") && !model.Options.FencingEnabled && constraint["ticket"] is { } ticket)
                        found.Error("rsc_ticket_new", $"Resetting 'loss-policy' for ticket '{ticket}' to 'stop' because fencing is not configured");
                    break;
            }
        }
    }

    /// <summary>A set has the kind and the symmetry of its constraint where it says nothing.</summary>
    private static void Symmetry(CibElement order, string id, CibElement? parent, Found found)
    {
        if (Texts.Same(order["kind"] ?? parent?["kind"], "Serialize") && Texts.IsTrue(order["symmetrical"] ?? parent?["symmetrical"]))
            found.Warning("get_ordering_symmetry", $"Ignoring symmetrical for '{id}' because not valid with kind of 'Serialize'");
    }

    private static bool Known(Scheduling model, CibElement constraint, string id, string attribute, string where, Found found)
    {
        if (constraint[attribute] is not { } name || IsKnown(model, name)) return true;
        found.Remark("find_constraint_tag", $"No template or tag named '{name}'");
        found.Error(where, $"Ignoring constraint '{id}' because '{name}' is not a valid resource or tag");
        return false;
    }

    private static void Sets(Scheduling model, CibElement constraint, string id, Found found)
    {
        foreach (var set in constraint.Elements("resource_set"))
            foreach (var member in model.Resolve(set).Elements("resource_ref"))
                if (member.Id is { } name && !IsKnown(model, name))
                {
                    found.Remark("find_constraint_tag", $"No template or tag named '{name}'");
                    found.Error("pcmk__expand_tags_in_sets", $"Ignoring resource sets for constraint '{id}' because '{name}' is not a valid resource or tag");
                    var stage = constraint.Name switch { "rsc_order" => "unpack_order_set", "rsc_colocation" => "unpack_colocation_set", "rsc_location" => "unpack_location_set", _ => "unpack_rsc_ticket_set" };
                    found.Error(stage, $"{model.Resolve(set).Id}: No resource found for {name}");
                    return;
                }
    }

    private static bool IsKnown(Scheduling model, string name) => ConstraintsReader.Resource(model, name) is not null || ConstraintsReader.Tagged(model, name) is not null;
}

/// <summary>Operations that cannot be scheduled as they are written; they are looked at only for what is scheduled.</summary>
internal static class OperationComplaints
{
    private const string Recurring = "is_recurring_history", OnFail = "unpack_operation_on_fail";

    public static void Check(Scheduling model, PolicyResource resource, Found found)
    {
        foreach (var child in resource.Children) Check(model, child, found);
        if (resource is not Primitive || resource.IsRemoved) return;
        Actions(model, resource, found);
        if (resource.Has(ResourceFlags.Blocked) || resource.Has(ResourceFlags.Maintenance)) return;
        foreach (var operation in resource.Operations) Recurs(resource, operation, found);
    }

    private static void Recurs(PolicyResource resource, CibElement operation, Found found)
    {
        var interval = Periods.Interval(operation["interval"]);
        if (interval == 0 || operation.Id is not { } id) return;
        var name = operation["name"];
        if (name is Operation.Stop or Operation.Start or Operation.Demote or Operation.Promote or "reload-agent" or "migrate_to" or "migrate_from")
        {
            found.Error(Recurring, $"Ignoring {id} because {name} action cannot be recurring");
            return;
        }
        CibElement? first = null;
        foreach (var other in resource.Operations)
        {
            if (other["name"] != name || Periods.Interval(other["interval"]) != interval || other.Id is null) continue;
            if (first is null) first = other;
            else
            {
                found.Error("is_op_dup", $"Operation {other.Id} is duplicate of {first.Id} (do not use same name and interval combination more than once per resource)");
                return;
            }
        }
    }

    private static void Actions(Scheduling model, PolicyResource resource, Found found)
    {
        foreach (var action in resource.Actions)
        {
            if (action.Definition is not { } definition || definition["on-fail"] is not { } value) continue;
            if (action.Task == Operation.Stop && value.ToUpperInvariant() is "STANDBY" or "DEMOTE" or "STOP")
                found.Error(OnFail, $"Resetting 'on-fail' for {resource.Id} stop action to default value because '{value}' is not allowed for stop");
            else if (Texts.Same(value, "demote") && definition["name"] != Operation.Promote
                && (definition["name"] != "monitor" || Roles.Parse(definition["role"]) != Role.Promoted || Periods.Interval(definition["interval"]) == 0))
                found.Error(OnFail, $"Resetting 'on-fail' for {resource.Id} {definition["name"]} action to default value because 'demote' is not allowed for it");
            else if (Texts.Same(value, "fence") && !model.Options.FencingEnabled)
                found.Error("unpack_operation", $"Resetting 'on-fail' for operation '{action.Key}' to 'stop' because 'fence' is not valid when fencing is disabled");
        }
    }
}
