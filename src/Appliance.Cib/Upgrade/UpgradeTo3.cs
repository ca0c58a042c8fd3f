namespace Appliance.Cib;

/// <summary>2.x to 3.0: options got their present names, and some moved to the defaults of operations and resources (upgrade-2.10-1.xsl).</summary>
internal static class UpgradeTo3
{
    private const string Prefix = "_2TO3_";
    private const string CopyPrefix = "_cibtr-2_";

    /// <summary>What becomes of one name.</summary>
    /// <param name="To">The new name; null drops it.</param>
    /// <param name="Where">The defaults it moves to; null leaves it where it is.</param>
    /// <param name="Only">Only with one of these values; others are as the next entry says.</param>
    /// <param name="Value">The new value, if another.</param>
    private sealed record Change(string From, string? To, string? Where = null, string[]? Only = null, string? Value = null, string Remedy = "", bool Warns = false);

    private const string UseThreshold = "set migration-threshold in rsc_defaults";

    private static readonly Change[] Properties =
    [
        new("cluster-infrastructure", null, Only: ["heartbeat", "openais", "classic openais", "classic openais (with plugin)", "cman"]),
        new("cluster_recheck_interval", "cluster-recheck-interval"),
        new("dc_deadtime", "dc-deadtime"),
        new("default-action-timeout", "timeout", "op_defaults"),
        new("default_action_timeout", "timeout", "op_defaults"),
        new("default-migration-threshold", null, Remedy: UseThreshold),
        new("default_migration_threshold", null, Remedy: UseThreshold),
        new("default-resource-stickiness", "resource-stickiness", "rsc_defaults"),
        new("default_resource_stickiness", "resource-stickiness", "rsc_defaults"),
        new("default-resource-failure-stickiness", "migration-threshold", "rsc_defaults", ["-INFINITY"], "1"),
        new("default-resource-failure-stickiness", null, Remedy: UseThreshold),
        new("default_resource_failure_stickiness", "migration-threshold", "rsc_defaults", ["-INFINITY"], "1"),
        new("default_resource_failure_stickiness", null, Remedy: UseThreshold),
        new("election_timeout", "election-timeout"),
        new("expected-quorum-votes", null),
        new("is-managed-default", "is-managed", "rsc_defaults"),
        new("is_managed_default", "is-managed", "rsc_defaults"),
        new("no_quorum_policy", "no-quorum-policy"),
        new("notification-agent", null, Remedy: "configure alerts"),
        new("notification-recipient", null, Remedy: "configure alerts"),
        new("remove_after_stop", "remove-after-stop"),
        new("shutdown_escalation", "shutdown-escalation"),
        new("startup_fencing", "startup-fencing"),
        new("stonith_action", "stonith-action"),
        new("stonith_enabled", "stonith-enabled"),
        new("stop_orphan_actions", "stop-orphan-actions"),
        new("stop_orphan_resources", "stop-orphan-resources"),
        new("symmetric_cluster", "symmetric-cluster"),
        new("transition_idle_timeout", "cluster-delay"),
    ];

    private static readonly Change[] Parameters =
    [
        new("pcmk_list_cmd", "pcmk_list_action"), new("pcmk_monitor_cmd", "pcmk_monitor_action"), new("pcmk_off_cmd", "pcmk_off_action"),
        new("pcmk_on_cmd", "pcmk_on_action"), new("pcmk_reboot_cmd", "pcmk_reboot_action"), new("pcmk_status_cmd", "pcmk_status_action"),
    ];

    private const string UseBundle = "the resource is disabled; use a bundle";

    private static readonly Change[] Meta =
    [
        new("isolation", "target-role", Value: "Stopped", Remedy: UseBundle, Warns: true),
        new("isolation-host", "target-role", Value: "Stopped", Remedy: UseBundle, Warns: true),
        new("isolation-instance", "target-role", Value: "Stopped", Remedy: UseBundle, Warns: true),
        new("isolation-wrapper", "target-role", Value: "Stopped", Remedy: UseBundle, Warns: true),
        new("resource-failure-stickiness", "migration-threshold", Only: ["-INFINITY"], Value: "1"),
        new("resource-failure-stickiness", null, Remedy: "set migration-threshold"),
        new("resource_failure_stickiness", "migration-threshold", Only: ["-INFINITY"], Value: "1"),
        new("resource_failure_stickiness", null, Remedy: "set migration-threshold"),
    ];

    public static void Apply(CibElement cib, UpgradeNotes notes)
    {
        cib.Set("validate-with", "pacemaker-3.0");
        if (cib.Element("configuration") is not { } configuration) return;
        var copies = Dereference(cib);

        foreach (var set in configuration.Descendants("cluster_property_set").ToArray()) Options(set, configuration, notes);
        foreach (var node in configuration.Descendants("node").Where(n => n["type"] == "normal"))
        {
            notes.Info(node, $"node {node["uname"]}: type normal is called member now");
            node.Set("type", "member");
        }
        foreach (var colocation in configuration.Descendants("rsc_colocation"))
            foreach (var name in (ReadOnlySpan<string>)["score-attribute", "score-attribute-mangle"])
                if (colocation[name] is not null)
                {
                    notes.Info(colocation, $"colocation {colocation.Id}: {name} is dropped; it never had an effect");
                    colocation.Set(name, null);
                }
        foreach (var resource in configuration.Descendants().Where(e => e.Name is "primitive" or "template").ToArray()) Resource(resource, notes);
        ReferAgain(cib, copies);
    }

    /// <summary>Puts a copy in the place of each reference to a set, because what becomes of a set depends on where it stands.</summary>
    private static List<(CibElement Copy, string Of)> Dereference(CibElement cib)
    {
        var copies = new List<(CibElement Copy, string Of)>();
        var ids = new IdIndex(cib);
        foreach (var reference in cib.Descendants().Where(e => e["id-ref"] is not null && e.Name is "cluster_property_set" or "instance_attributes" or "meta_attributes").ToArray())
        {
            if (reference["id-ref"] is not { } id || ids.Find(reference.Name, id) is not { } referenced || referenced.Parent is null) continue;
            var copy = referenced.Clone().Set("id", CopyPrefix + id);
            foreach (var element in copy.Descendants())
                if (element.Id is { } own && element.Name != "resource_ref") element.Set("id", $"_{CopyPrefix}{id}__{own}");
            reference.ReplaceWith(copy);
            copies.Add((copy, id));
        }
        return copies;
    }

    /// <summary>A copy that still says what its original says becomes a reference again; the others stay.</summary>
    private static void ReferAgain(CibElement cib, List<(CibElement Copy, string Of)> copies)
    {
        var ids = new IdIndex(cib);
        foreach (var (copy, of) in copies)
            if (copy.Root == cib && ids.Find(copy.Name, of) is { } original && SameButIds(copy, original)) copy.ReplaceWith(new CibElement(copy.Name, copy.Line, copy.Column).Set("id-ref", of));
    }

    private static bool SameButIds(CibElement a, CibElement b)
    {
        var (x, y) = (a.Clone(), b.Clone());
        foreach (var element in (CibElement[])[x, y, .. x.Descendants(), .. y.Descendants()]) element.Set("id", null);
        return x.SameAs(y);
    }

    /// <summary>One set of cluster options: renamed, dropped, or moved to the defaults; a set that is left without options goes.</summary>
    private static void Options(CibElement set, CibElement configuration, UpgradeNotes notes)
    {
        var before = set.Elements("nvpair").Count();
        foreach (var pair in set.Elements("nvpair").ToArray())
        {
            if (Find(Properties, pair) is not { } change) continue;
            Note(notes, pair, $"cluster option {change.From}", change);
            if (change.To is null) pair.Remove();
            else if (change.Where is { } where)
            {
                pair.Remove();
                MoveToDefaults(pair.Set("name", change.To).Set("value", change.Value ?? pair["value"]), set, configuration, where);
            }
            else pair.Set("name", change.To);
        }
        if (before > 0 && !set.Elements("nvpair").Any()) set.Remove();
    }

    private static void MoveToDefaults(CibElement pair, CibElement from, CibElement configuration, string where)
    {
        var defaults = configuration.Element(where);
        if (defaults is null)
        {
            // Of two new ones that of the operations comes first.
            defaults = new CibElement(where);
            if (where == "op_defaults" && configuration.Nodes is [.., { Name: "rsc_defaults", Line: 0 } last]) configuration.Insert(last.Position, defaults);
            else configuration.Add(defaults);
        }
        var rule = from.Element("rule");
        // An option under a rule stays under it, in a set of its own.
        var id = rule is null ? Prefix + "-" + where.Replace('_', '-') : Prefix + from.Id;
        var target = rule is null ? defaults.Elements("meta_attributes").FirstOrDefault(m => m.Element("rule") is null) : defaults.Elements("meta_attributes").FirstOrDefault(m => m.Id == id);
        if (target is null)
        {
            target = defaults.Add("meta_attributes").Set("id", id).Set("score", from["score"]);
            if (rule is not null)
            {
                var copy = target.Add(rule.Clone());
                foreach (var element in copy.Descendants().Prepend(copy))
                    if (element.Id is { } old) element.Set("id", Prefix + old);
            }
        }
        if (target.Elements("nvpair").Any(p => p["name"] == pair["name"])) return;
        target.Add(pair);
    }

    private static void Resource(CibElement resource, UpgradeNotes notes)
    {
        foreach (var set in resource.Elements("instance_attributes").ToArray())
        {
            foreach (var pair in set.Elements("nvpair").ToArray())
            {
                if (pair["name"] == "pcmk_arg_map")
                {
                    // One argument could be kept, and only that of one form.
                    if (pair["value"] is { } map && map.StartsWith("port:", StringComparison.Ordinal) && !map.Contains(','))
                    {
                        notes.Info(pair, $"resource {resource.Id}: pcmk_arg_map is called pcmk_host_argument now");
                        pair.Set("name", "pcmk_host_argument").Set("value", map["port:".Length..]);
                    }
                    else
                    {
                        notes.Info(pair, $"resource {resource.Id}: pcmk_arg_map is dropped", "set pcmk_host_argument");
                        pair.Remove();
                    }
                }
                else if (Find(Parameters, pair) is { } change) Rename(pair, change, $"resource {resource.Id}: {change.From}", notes);
            }
            DropIfEmptied(set);
        }
        foreach (var set in resource.Elements("meta_attributes").ToArray())
        {
            var renamed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var pair in set.Elements("nvpair").ToArray())
            {
                if (Find(Meta, pair) is not { } change) continue;
                Note(notes, pair, $"resource {resource.Id}: {change.From}", change);
                // Of several that come to the same name the first stays.
                if (change.To is null || !renamed.Add(change.To)) pair.Remove();
                else pair.Set("name", change.To).Set("value", change.Value ?? pair["value"]);
            }
            DropIfEmptied(set);
        }
        foreach (var operations in resource.Elements("operations"))
            foreach (var operation in operations.Elements("op")) Operation(operation, notes);
        Requires(resource, notes);
    }

    /// <summary>What an operation's parameters say about the operation itself are meta-attributes; the last of several counts.</summary>
    private static void Operation(CibElement operation, UpgradeNotes notes)
    {
        CibElement? moved = null;
        foreach (var set in operation.Elements("instance_attributes").ToArray())
        {
            foreach (var pair in set.Elements("nvpair").ToArray())
            {
                if (pair["name"] is not ("interval-origin" or "start-delay" or "enabled" or "on-fail" or "record-pending" or "role" or "timeout")) continue;
                var name = pair["name"]!;
                notes.Info(pair, $"operation {operation.Id}: {name} moves from its instance attributes to its meta-attributes");
                pair.Remove();
                if (operation[name] is not null || operation.Elements("meta_attributes").Any(m => m != moved && Has(m, name))) continue;
                moved ??= operation.Add(new CibElement("meta_attributes", set.Line, set.Column).Set("id", Prefix + operation.Id + "-meta"));
                moved.RemoveAll(p => p["name"] == name);
                moved.Add(pair);
            }
            DropIfEmptied(set);
        }
    }

    /// <summary>What a start or promotion requires is said of the resource; of other operations it never counted.</summary>
    /// <remarks>The operation's attribute comes before its meta-attributes, and these before its instance attributes; the last of several counts.</remarks>
    private static void Requires(CibElement resource, UpgradeNotes notes)
    {
        CibElement? attribute = null, fromMeta = null, fromParameters = null;
        foreach (var operation in resource.Elements("operations").SelectMany(o => o.Elements("op")).ToArray())
        {
            var counts = operation["name"] is "start" or "promote";
            if (operation["requires"] is { } value)
            {
                operation.Set("requires", null);
                Tell(operation, operation);
                if (counts) attribute = Pair(operation, Prefix + operation.Id + "-meta-requires", value, new CibElement("meta_attributes", operation.Line, operation.Column).Set("id", Prefix + resource.Id + "-meta"));
            }
            foreach (var set in operation.Children.Where(c => c.Name is "meta_attributes" or "instance_attributes").ToArray())
            {
                var pairs = set.Elements("nvpair").Where(p => p["name"] == "requires").ToArray();
                foreach (var pair in pairs)
                {
                    pair.Remove();
                    Tell(operation, pair);
                }
                if (pairs.Length > 0 && counts)
                {
                    var target = set.Clone().Rename("meta_attributes").Set("id", Prefix + set.Id);
                    target.RemoveAll(c => c.Name == "nvpair");
                    var kept = Pair(pairs[0], pairs[0].Id, pairs[0]["value"], target);
                    if (set.Name == "meta_attributes") fromMeta = kept;
                    else fromParameters = kept;
                }
                DropIfEmptied(set);
            }

            void Tell(CibElement op, CibElement about) => notes.Info(about, counts
                ? $"operation {op.Id}: requires moves to the meta-attributes of {resource.Id} unless they have it"
                : $"operation {op.Id}: requires is dropped; only start and promote have it");
        }
        if ((attribute ?? fromMeta ?? fromParameters) is { } counted && !resource.Elements("meta_attributes").Any(m => Has(m, "requires"))) resource.Add(counted.Parent!);

        static CibElement Pair(CibElement about, string? id, string? value, CibElement set) =>
            set.Add(new CibElement("nvpair", about.Line, about.Column)).Set("id", id).Set("name", "requires").Set("value", value);
    }

    /// <summary>Whether a set without a rule has that name.</summary>
    private static bool Has(CibElement set, string name) => set.Element("rule") is null && set.Elements("nvpair").Any(p => p["name"] == name);

    private static void Rename(CibElement pair, Change change, string what, UpgradeNotes notes)
    {
        Note(notes, pair, what, change);
        if (change.To is null) pair.Remove();
        else pair.Set("name", change.To).Set("value", change.Value ?? pair["value"]);
    }

    private static Change? Find(Change[] table, CibElement pair)
    {
        var (name, value) = (pair["name"], pair["value"]);
        return Array.Find(table, c => c.From == name && (c.Only is null || value is not null && c.Only.Contains(value)));
    }

    private static void Note(UpgradeNotes notes, CibElement pair, string what, Change change)
    {
        var message = change.To is null ? $"{what} is dropped"
            : $"{what} {(change.Where is null ? "is called" : $"moves to {change.Where} as")} {change.To}{(change.Value is null ? "" : "=" + change.Value)}{(change.Where is null ? " now" : " unless that has it")}";
        if (change.Warns) notes.Warn(pair, message, change.Remedy);
        else notes.Info(pair, message, change.Remedy);
    }

    private static void DropIfEmptied(CibElement set)
    {
        if (set["id-ref"] is null && !set.Elements("nvpair").Any()) set.Remove();
    }
}
