using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm.Controller;

/// <summary>How the life of a node stands in the CIB's status (<c>node_state</c>), in Pacemaker's words: the policy engine judges a node by it.</summary>
/// <param name="Present">Messaging hears the node (<c>in_ccm</c>).</param>
/// <param name="HasController">Its CRM is there (<c>crmd</c>).</param>
/// <param name="Join"><c>member</c>: it has told what runs there; <c>pending</c>; <c>down</c>.</param>
/// <param name="Expected"><c>member</c> or <c>down</c>. Who is expected to be a member and is not there is unclean.</param>
internal sealed record NodeLife(bool Present, bool HasController, string Join, string Expected)
{
    public static readonly NodeLife Member = new(true, true, "member", "member");

    /// <summary>Its CRM is there, and has not told yet what runs.</summary>
    public static readonly NodeLife Pending = new(true, true, "pending", "member");

    /// <summary>It is gone, and nobody knows what still runs there: without a proof that it is off it is unclean.</summary>
    public static readonly NodeLife Lost = new(false, false, "down", "member");

    /// <summary>The machine is there and beats, its CRM is not.</summary>
    public static readonly NodeLife Headless = new(true, false, "down", "member");

    /// <summary>It stopped, or was fenced: nothing runs there.</summary>
    public static readonly NodeLife Down = new(false, false, "down", "down");
}

/// <summary>Requests about nodes' states, and what stands of them in a document.</summary>
internal static class NodeStates
{
    private const string Origin = "crm-debug-origin";

    /// <param name="why">Who writes it, for people who read the status.</param>
    public static CibRequest Say(string id, string name, NodeLife life, string why) => Status(Element(id, name, life, why));

    /// <summary>A request that puts a node's state into the status.</summary>
    public static CibRequest Status(CibElement nodeState)
    {
        var status = new CibElement("status");
        status.Add(nodeState);
        return new(CibOperation.Modify, "status", status, CibOptions.CanCreate);
    }

    public static CibElement Element(string id, string name, NodeLife life, string why) =>
        new CibElement("node_state").Set("id", id).Set("uname", name).Set("in_ccm", life.Present ? "true" : "false").Set("crmd", life.HasController ? "online" : "offline")
            .Set(Origin, why).Set("join", life.Join).Set("expected", life.Expected);

    /// <summary>What a state says is removed, with all below.</summary>
    /// <param name="part"><c>lrm</c> or <c>transient_attributes</c>.</param>
    public static CibRequest Delete(string id, string part) =>
        new(CibOperation.Delete, $"/cib/status/node_state[@id={CibPath.Literal(id)}]/{part}", Options: CibOptions.XPath | CibOptions.Multiple);

    /// <summary>Several at once: all or none.</summary>
    public static CibRequest Together(params IReadOnlyList<CibRequest> steps) => new(CibOperation.Commit, "status") { Steps = steps };

    public static CibElement? Of(CibElement document, string id) => document.Element("status")?.Elements("node_state").FirstOrDefault(n => n.Id == id);

    /// <summary>States that are not under the id that the configuration has for their node.</summary>
    public static List<CibElement> Strays(CibElement document)
    {
        var strays = new List<CibElement>();
        foreach (var state in document.Element("status")?.Elements("node_state") ?? [])
        {
            if (state["remote_node"] == "true" || state.Id is not { } id) continue;
            var (owner, name) = (NameOf(document, id), state["uname"]);
            if (owner is null ? Configured(document, name ?? id) is not null : name is not null && name != owner) strays.Add(state);
        }
        return strays;
    }

    /// <summary>A state with all that is known of its node, under another id; but for attributes, which have tables of their own.</summary>
    public static CibElement Moved(CibElement state, string id)
    {
        var moved = state.Clone().Set("id", id);
        moved.RemoveAll(child => child.Name == "transient_attributes");
        moved.Element("lrm")?.Set("id", id);
        return moved;
    }

    /// <summary>Whether a state says just this.</summary>
    public static bool Says(CibElement? state, NodeLife life) =>
        state is not null && state["in_ccm"] == (life.Present ? "true" : "false") && state["crmd"] == (life.HasController ? "online" : "offline") && state["join"] == life.Join
        && state["expected"] == life.Expected;

    /// <summary>The id by which the configuration knows a node; its name where it does not.</summary>
    public static string IdOf(CibElement document, string name) => Configured(document, name) ?? name;

    /// <summary>The id by which the configuration knows a node; null where it does not.</summary>
    public static string? Configured(CibElement document, string name)
    {
        foreach (var node in document.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
            if (node["uname"] == name && node.Id is { Length: > 0 } id) return id;
        return null;
    }

    /// <summary>The name of the node with an id; null where the configuration knows none.</summary>
    public static string? NameOf(CibElement document, string id)
    {
        foreach (var node in document.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
            if (node.Id == id) return node["uname"];
        return null;
    }
}
