namespace Appliance.Cib.Requests;

/// <summary>Requests about resources and where they may run, with the ids that Pacemaker's tools make up: by these they find again what they made.</summary>
public static class ResourceRequests
{
    /// <summary>Finds a name-value pair of a resource, or several.</summary>
    /// <param name="kind">instance_attributes, meta_attributes or utilization; null: any.</param>
    public static CibRequest QueryParameter(string resource, string? kind, string? set, string? id, string? name)
    {
        var path = $"//cib/configuration/resources//*[@id=\"{resource}\"]" + (kind is null ? "" : "/" + kind + (set is null ? "" : $"[@id=\"{set}\"]"));
        var both = id is not null && name is not null ? " and " : "";
        return new(CibOperation.Query, $"{path}//nvpair[{(id is null ? "" : $"@id=\"{id}\"")}{both}{(name is null ? "" : $"@name=\"{name}\"")}]", null, CibOptions.XPath);
    }

    /// <summary>Gives a pair that is there a value.</summary>
    public static CibRequest ChangeParameter(string id, string name, string value) => Modify("resources", Pair(id, name, value));

    /// <summary>Adds a pair to a resource.</summary>
    /// <param name="element">What the resource is: primitive, group...</param>
    public static CibRequest AddParameter(string element, string resource, string kind, string set, string id, string name, string value)
    {
        var top = new CibElement(element).Set("id", resource);
        top.Add(kind).Set("id", set).Add(Pair(id, name, value));
        return Modify("resources", top);
    }

    public static CibRequest DeleteParameter(string? id, string name) => new(CibOperation.Delete, "resources", Pair(id, name, null));

    /// <summary>Gives a resource's own element an attribute.</summary>
    public static CibRequest SetProperty(string element, string resource, string name, string value) => Modify("resources", new CibElement(element).Set("id", resource).Set(name, value));

    public static CibRequest Delete(string element, string resource) => new(CibOperation.Delete, "resources", new CibElement(element).Set("id", resource));

    /// <summary>Keeps a resource away from a node.</summary>
    /// <param name="end">Until when, as text; null: until the constraint is removed.</param>
    public static CibRequest Ban(string resource, string node, bool promoted, string? end)
    {
        var id = $"cli-ban-{resource}-on-{node}";
        return Place(new("rsc_location"), id, resource, node, promoted, end, "-INFINITY", $"{id}-rule", $"{id}-expr", $"{id}-lifetime");
    }

    /// <summary>Has a resource run on a node if it can.</summary>
    public static CibRequest Prefer(string resource, string node, bool promoted, string? end) => Place(new("rsc_location"), $"cli-prefer-{resource}", resource, node, promoted, end, "INFINITY",
        $"cli-prefer-rule-{resource}", $"cli-prefer-expr-{resource}", $"cli-prefer-lifetime-end-{resource}");

    /// <summary>Takes away what was said of a resource and a node: first where a rule names the node, then where the constraint does.</summary>
    /// <param name="bans">Bans too, not only preferences.</param>
    /// <param name="anyNode">Preferences for other nodes too.</param>
    public static CibRequest[] Clear(string resource, string node, bool bans, bool anyNode)
    {
        var path = $"//rsc_location[@id='cli-prefer-{resource}'][rule[@id='cli-prefer-rule-{resource}']/expression[@attribute='#uname' and @value='{node}']]";
        var constraints = new CibElement("constraints");
        if (bans) constraints.Add("rsc_location").Set("id", $"cli-ban-{resource}-on-{node}");
        constraints.Add("rsc_location").Set("id", $"cli-prefer-{resource}").Set("node", anyNode ? null : node);
        return [new(CibOperation.Delete, path, null, CibOptions.XPath), new(CibOperation.Delete, "constraints", constraints)];
    }

    /// <summary>Takes one constraint of a tool's away.</summary>
    public static CibRequest ClearOne(string id)
    {
        var constraints = new CibElement("constraints");
        constraints.Add("rsc_location").Set("id", id);
        return new(CibOperation.Delete, "constraints", constraints);
    }

    /// <summary>The constraints of tools whose time is over.</summary>
    /// <param name="resource">Only of this resource.</param>
    /// <param name="node">Only about this node.</param>
    /// <param name="promoted">Only those that are about the promoted role.</param>
    public static List<string> Expired(CibElement cib, CibTime now, string? resource, string? node, bool promoted)
    {
        var expired = new List<string>();
        foreach (var constraint in CibSections.Find(cib, "constraints")?.Descendants("rsc_location") ?? [])
        {
            if (constraint.Id is not { } id || !id.StartsWith("cli-ban-", StringComparison.Ordinal) && !id.StartsWith("cli-prefer-", StringComparison.Ordinal)) continue;
            if (resource is not null && constraint["rsc"] != resource || promoted && constraint["role"] is not ("Promoted" or "Master")) continue;
            var lifetime = id.StartsWith("cli-ban-", StringComparison.Ordinal) ? id + "-lifetime" : "cli-prefer-lifetime-end-" + constraint["rsc"];
            if (constraint.Descendants("date_expression").FirstOrDefault(d => d.Id == lifetime) is not { } date) continue;
            if (node is not null && constraint["node"] != node && !(date.Parent?.Elements("expression").Any(e => e["attribute"] == "#uname" && e["value"] == node) ?? false)) continue;
            if (date["end"] is { } end && Iso8601.TryDate(end, now, out var at, out _) && now > at) expired.Add(id);
        }
        return expired;
    }

    private static CibRequest Place(CibElement location, string id, string resource, string node, bool promoted, string? end, string score, string ruleId, string expressionId, string dateId)
    {
        var constraints = new CibElement("constraints");
        constraints.Add(location).Set("id", id).Set("rsc", resource).Set("role", promoted ? "Promoted" : "Started");
        if (end is null) location.Set("node", node).Set("score", score);
        else
        {
            var rule = location.Add("rule").Set("id", ruleId).Set("score", score).Set("boolean-op", "and");
            rule.Add("expression").Set("id", expressionId).Set("attribute", "#uname").Set("operation", "eq").Set("value", node).Set("type", "string");
            rule.Add("date_expression").Set("id", dateId).Set("operation", "lt").Set("end", end);
        }
        return Modify("constraints", constraints);
    }

    private static CibRequest Modify(string section, CibElement data) => new(CibOperation.Modify, section, data);

    private static CibElement Pair(string? id, string name, string? value) => new CibElement("nvpair").Set("id", id).Set("name", name).Set("value", value);
}
