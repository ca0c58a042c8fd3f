namespace Appliance.Cib;

/// <summary>What a table cannot say: attributes that need or exclude each other.</summary>
internal static class ElementRules
{
    public static void Check(CibElement element, ValidationRun check)
    {
        if (element["id-ref"] is not null) return;
        switch (element.Name)
        {
            case "cluster_property_set" or "instance_attributes" or "meta_attributes" or "utilization":
                if (element.Id is null) check.Error(element, $"<{element.Name}> has neither id nor id-ref");
                break;
            case "primitive": Primitive(element, check); break;
            case "template": Provider(element, check); break;
            case "clone":
                if (element.Element("primitive") is null == element.Element("group") is null) check.Error(element, $"clone {element.Id} has not exactly one resource", "one primitive or one group");
                break;
            case "bundle":
                if (element.Element("docker") is null == element.Element("podman") is null) check.Error(element, $"bundle {element.Id} has not exactly one container technology", "docker or podman");
                break;
            case "port-mapping": OneOf(element, check, "port", "range"); break;
            case "storage-mapping": OneOf(element, check, "source-dir", "source-dir-root"); break;
            case "rule": Condition(element, check); break;
            case "expression": Expression(element, check); break;
            case "date_expression": Date(element, check); break;
            case "rsc_location": Location(element, check); break;
            case "rsc_colocation": Pair(element, check, "rsc", "with-rsc"); break;
            case "rsc_order": Pair(element, check, "first", "then"); break;
            case "rsc_ticket": Pair(element, check, "rsc", "rsc"); break;
            case "fencing-level": Level(element, check); break;
            case "acl_permission": OneOf(element, check, "xpath", "reference", "object-type"); break;
            case "op":
                Time(element, "interval", check);
                Time(element, "timeout", check);
                break;
        }
        if (element.Name is "rsc_order" or "resource_set" && element["score"] is not null && element["kind"] is not null)
            check.Error(element, $"{ValidationRun.Name(element)} has both score and kind", "kind is the newer one");
    }

    private static void Primitive(CibElement primitive, ValidationRun check)
    {
        if (primitive["template"] is null)
        {
            if (primitive["class"] is null) check.Error(primitive, $"primitive {primitive.Id} has no class", "class and type, or a template");
            else if (primitive["type"] is null) check.Error(primitive, $"primitive {primitive.Id} has no type", "the resource agent's name");
        }
        else if (primitive["class"] is not null || primitive["type"] is not null || primitive["provider"] is not null)
            check.Error(primitive, $"primitive {primitive.Id} has both a template and a class", "the template says what it is");
        Provider(primitive, check);
    }

    private static void Provider(CibElement resource, ValidationRun check)
    {
        if (resource["class"] is not { } kind) return;
        if (kind == "ocf" && resource["provider"] is null) check.Error(resource, $"{ValidationRun.Name(resource)} has no provider", "agents of the class ocf have one: heartbeat, pacemaker...");
        if (kind != "ocf" && resource["provider"] is not null) check.Error(resource, $"{ValidationRun.Name(resource)} has a provider", $"only agents of the class ocf have one, not {kind}");
    }

    private static void Condition(CibElement rule, ValidationRun check)
    {
        if (rule.Children.Count == 0) check.Error(rule, $"rule {rule.Id} has no conditions");
        if (rule["score"] is not null && rule["score-attribute"] is not null) check.Error(rule, $"rule {rule.Id} has both score and score-attribute");
    }

    private static void Expression(CibElement expression, ValidationRun check)
    {
        var unary = expression["operation"] is "defined" or "not_defined";
        if (unary && expression["value"] is not null) check.Warning(expression, $"expression {expression.Id} never passes: {expression["operation"]} takes no value");
        if (!unary && expression["operation"] is not null && expression["value"] is null) check.Warning(expression, $"expression {expression.Id} never passes: {expression["operation"]} needs a value");
    }

    private static void Date(CibElement date, ValidationRun check)
    {
        var problem = date["operation"] switch
        {
            "gt" when date["start"] is null => "gt needs a start",
            "gt" when date["end"] is not null => "gt takes no end",
            "lt" when date["end"] is null => "lt needs an end",
            "lt" when date["start"] is not null => "lt takes no start",
            "date_spec" when date.Element("date_spec") is null => "date_spec needs an element <date_spec>",
            "in_range" when date["start"] is null && date["end"] is null => "in_range needs a start or an end",
            _ => null,
        };
        if (problem is not null) check.Error(date, $"date_expression {date.Id}: {problem}");
        foreach (var attribute in (ReadOnlySpan<string>)["start", "end"])
            if (date[attribute] is { } text && !Iso8601.TryDate(text, CibTime.FromEpoch(0), out _, out var why)) check.Warning(date, $"date_expression {date.Id} never passes: {why}");
    }

    private static void Location(CibElement location, ValidationRun check)
    {
        var sets = location.Element("resource_set") is not null ? 1 : 0;
        var named = (location["rsc"] is not null ? 1 : 0) + (location["rsc-pattern"] is not null ? 1 : 0);
        if (sets + named != 1) check.Error(location, $"location constraint {location.Id} must say in one way which resources it is for", "rsc, rsc-pattern, or resource sets");
        var rule = location.Element("rule") is not null;
        if (!rule && location["node"] is null) check.Error(location, $"location constraint {location.Id} names no node", "node and score, or a rule");
        else if (!rule && location["score"] is null) check.Error(location, $"location constraint {location.Id} has no score");
        else if (rule && (location["node"] is not null || location["score"] is not null)) check.Error(location, $"location constraint {location.Id} has both a rule and a node or score", "the rule has the score");
    }

    /// <summary>A constraint between two resources, or of resource sets.</summary>
    private static void Pair(CibElement constraint, ValidationRun check, string one, string other)
    {
        var sets = constraint.Element("resource_set") is not null;
        if (sets && (constraint[one] is not null || constraint[other] is not null)) check.Error(constraint, $"{constraint.Name} {constraint.Id} has both {one} and resource sets");
        if (sets) return;
        if (constraint[one] is null) check.Error(constraint, $"{constraint.Name} {constraint.Id} has no {one}", one == other ? $"{one}, or resource sets" : $"{one} and {other}, or resource sets");
        else if (constraint[other] is null) check.Error(constraint, $"{constraint.Name} {constraint.Id} has no {other}");
    }

    private static void Level(CibElement level, ValidationRun check)
    {
        var byAttribute = level["target-attribute"] is not null || level["target-value"] is not null;
        var ways = (level["target"] is not null ? 1 : 0) + (level["target-pattern"] is not null ? 1 : 0) + (byAttribute ? 1 : 0);
        if (ways != 1) check.Error(level, $"fencing-level {level.Id} must say in one way which nodes it is for", "target, target-pattern, or target-attribute and target-value");
        else if (byAttribute && (level["target-attribute"] is null || level["target-value"] is null)) check.Error(level, $"fencing-level {level.Id} needs target-attribute and target-value together");
    }

    private static void OneOf(CibElement element, ValidationRun check, params string[] names)
    {
        var given = Array.FindAll(names, n => element[n] is not null);
        if (given.Length == 0) check.Error(element, $"{ValidationRun.Name(element)} has none of {string.Join(", ", names)}");
        else if (given.Length > 1) check.Error(element, $"{ValidationRun.Name(element)} has both {given[0]} and {given[1]}");
    }

    private static void Time(CibElement element, string attribute, ValidationRun check)
    {
        if (!Values.TryMilliseconds(element[attribute], out _)) check.Warning(element, $"{ValidationRun.Name(element)}: {attribute}=\"{element[attribute]}\" is not a time and counts as the default", "a number with ms, s, min or h");
    }
}
