namespace Appliance.Cib.Requests;

/// <summary>Which attribute is meant.</summary>
/// <param name="Section">Where: crm_config, nodes, status, rsc_defaults, op_defaults, tickets, or another section.</param>
/// <param name="Node">The node's id; only of attributes of nodes.</param>
/// <param name="SetType">The element that holds it, where it is not the usual one (utilization).</param>
/// <param name="Set">The id of that element.</param>
/// <param name="Id">The attribute's own id.</param>
public sealed record AttributePlace(string Section, string? Node, string? SetType, string? Set, string? Id, string? Name);

/// <summary>Attributes and options as name-value pairs of a CIB: the requests that find, set and delete them, with the ids that Pacemaker makes up.</summary>
public static class AttributeRequests
{
    /// <summary>Finds it, or all that the place may mean.</summary>
    /// <returns>A return code of Pacemaker's, and no request, where there is no such place.</returns>
    public static (int Rc, CibRequest? Request) Query(AttributePlace place)
    {
        var (section, node, kind) = (place.Section, place.Node, place.SetType ?? "instance_attributes");
        var holder = "";
        if (Values.Same(section, "crm_config")) (node, kind) = (null, "cluster_property_set");
        else if (Values.Same(section, "op_defaults") || Values.Same(section, "rsc_defaults")) (node, kind) = (null, "meta_attributes");
        else if (Values.Same(section, "tickets")) (section, node, holder) = ("status", null, "//tickets");
        else if (node is null) return ((int)CibResult.Invalid, null);

        const int noMessage = 42;       // ENOMSG, as Pacemaker says it
        if (CibSections.PathOf(section) is not { } path) return (noMessage, null);
        if (node is not null)
        {
            if (Values.Same(section, "status")) (holder, kind) = ($"//node_state[@id='{node}']", "transient_attributes");
            else holder = $"//node[@id='{node}']";
        }
        var which = (place.Id, place.Name) switch
        {
            ({ } id, { } name) => $"[@id='{id}' and @name='{name}']",
            ({ } id, null) => $"[@id='{id}']",
            (null, { } name) => $"[@name='{name}']",
            _ => "",
        };
        var set = place.Set is null ? "" : $"[@id='{place.Set}']";
        return (0, new(CibOperation.Query, $"{path}{holder}//{kind}{set}//nvpair{which}", null, CibOptions.XPath));
    }

    /// <summary>Gives one that is there another value.</summary>
    public static CibRequest Change(AttributePlace place, string value) => new(CibOperation.Modify, place.Section, Pair(place.Id, place.Name, value));

    /// <summary>Adds one, with everything around it that may be missing.</summary>
    /// <param name="set">The id of the set that it gets into.</param>
    /// <returns>Null where it belongs to a node and none is named.</returns>
    public static CibRequest? Add(AttributePlace place, string value, bool remote, out string? set)
    {
        var (section, node, tickets) = (place.Section, place.Node, false);
        set = place.Set;
        CibElement top, at;
        if (Values.Same(section, "tickets"))
        {
            (section, node, tickets) = ("status", null, true);
            top = new CibElement("status");
            at = top.Add("tickets");
        }
        else if (Values.Same(section, "nodes"))
        {
            if (node is null) return null;
            top = remote ? new CibElement("nodes") : new CibElement("node").Set("id", node);
            at = remote ? top.Add("node").Set("type", "remote").Set("id", node).Set("uname", node) : top;
        }
        else if (Values.Same(section, "status"))
        {
            if (node is null) return null;
            top = new CibElement("node_state").Set("id", node);
            at = top.Add("transient_attributes").Set("id", node);
        }
        else
        {
            node = null;
            top = at = new CibElement(section);
        }
        set ??= Values.Same(section, "crm_config") ? "cib-bootstrap-options" : tickets ? $"{section}-tickets"
            : node is null ? $"{section}-options" : place.SetType is null ? $"{section}-{node}" : $"{section}-{node}-{place.SetType}";
        var kind = node is null && !tickets ? Values.Same(section, "crm_config") ? "cluster_property_set" : "meta_attributes" : place.SetType ?? "instance_attributes";
        // An id has neither, though names may.
        var id = place.Id ?? $"{set}-{place.Name}".Replace(':', '.').Replace('#', '.');
        at.Add(kind).Set("id", set).Add(Pair(id, place.Name ?? place.Id, value));
        return new(CibOperation.Modify, section, top);
    }

    public static CibRequest Delete(AttributePlace place, string? value) => new(CibOperation.Delete, place.Section, Pair(place.Id, place.Name, value));

    private static CibElement Pair(string? id, string? name, string? value) => new CibElement("nvpair").Set("id", id).Set("name", name).Set("value", value);
}
