using System.Globalization;

namespace Appliance.Cib.Requests;

/// <summary>A ticket as a site has it: what a CIB's status says of it.</summary>
/// <param name="State">All that is said of it, by name, in the document's order.</param>
public sealed record TicketState(string Id, IReadOnlyList<KeyValuePair<string, string>> State)
{
    public bool Granted => Values.TryBoolean(this["granted"], out var granted) && granted;
    public bool Standby => Values.TryBoolean(this["standby"], out var standby) && standby;

    /// <summary>Seconds since 1970; null when it was never granted.</summary>
    public long? LastGranted => this["last-granted"] is { } text ? Values.TryInteger(text, out var at) ? at : 0 : null;

    /// <summary>The names of all that is said of it, in the document's order.</summary>
    public List<string> Names
    {
        get
        {
            var names = new List<string>(State.Count);
            foreach (var (name, _) in State) names.Add(name);
            return names;
        }
    }

    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in State)
                if (key == name) return value;
            return null;
        }
    }
}

/// <summary>Tickets in a CIB, and the requests that change them.</summary>
public static class Tickets
{
    /// <summary>All tickets: those that have a state, then those that only constraints name.</summary>
    public static List<TicketState> All(CibElement cib)
    {
        var all = new List<TicketState>();
        foreach (var element in cib.Element("status")?.Element("tickets")?.Elements("ticket_state") ?? [])
        {
            if (element.Id is not { Length: > 0 } id) continue;
            var state = new List<KeyValuePair<string, string>>();
            foreach (var attribute in element.Attributes)
                if (attribute.Name != "id") state.Add(new(attribute.Name, attribute.Value));
            all.Add(new(id, state));
        }
        foreach (var constraint in CibSections.Find(cib, "constraints")?.Elements("rsc_ticket") ?? [])
            if (constraint["ticket"] is { Length: > 0 } id && !all.Exists(t => t.Id == id)) all.Add(new(id, []));
        return all;
    }

    /// <summary>Finds the state of one ticket, or of all.</summary>
    public static CibRequest Query(string? id) => new(CibOperation.Query, "/cib/status/tickets" + (id is null ? "" : $"/ticket_state[@id=\"{id}\"]"), null, CibOptions.XPath);

    public static CibRequest QueryConstraints(string? id) => new(CibOperation.Query, "//cib/configuration/constraints/rsc_ticket" + (id is null ? "" : $"[@ticket=\"{id}\"]"), null, CibOptions.XPath);

    /// <summary>Changes a ticket's state.</summary>
    /// <param name="state">Its element, if there is one.</param>
    /// <param name="granted">Whether it is granted now: being granted is a date of its own.</param>
    /// <returns>Null where there is nothing to change.</returns>
    public static CibRequest? Change(string id, CibElement? state, bool granted, IReadOnlyList<KeyValuePair<string, string>> set, IReadOnlyList<string> delete, long now)
    {
        if (state is null && set.Count == 0) return null;
        var top = state ?? new CibElement("status");
        var element = state ?? top.Add("tickets").Add("ticket_state").Set("id", id);
        foreach (var name in delete) element.Set(name, null);
        foreach (var (name, value) in set)
        {
            element.Set(name, value);
            if (Values.Same(name, "granted") && !granted && Values.TryBoolean(value, out var grants) && grants) element.Set("last-granted", now.ToString(CultureInfo.InvariantCulture));
        }
        return state is not null && delete.Count > 0 ? new(CibOperation.Replace, "status", element) : new(CibOperation.Modify, "status", top);
    }

    public static CibRequest Delete(CibElement state) => new(CibOperation.Delete, "status", state);
}
