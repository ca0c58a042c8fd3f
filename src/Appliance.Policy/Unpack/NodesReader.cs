using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>The nodes of the configuration.</summary>
internal static class NodesReader
{
    public static void Read(Scheduling model)
    {
        foreach (var element in model.Configuration.Element("nodes")?.Elements("node") ?? [])
        {
            if (element.Id is not { Length: > 0 } id) continue;
            var kind = element["type"] switch { null or "member" or "normal" => NodeKind.Cluster, "remote" => NodeKind.Remote, _ => (NodeKind?)null };
            if (kind is null) break;
            var node = Create(model, id, element["uname"] is { Length: > 0 } name ? name : id, kind.Value, Scores.Parse(element["score"]) ?? 0);
            AwaitState(model, node);
            AddAttributes(model, node, element, overwrite: false);
        }
    }

    public static PolicyNode Create(Scheduling model, string id, string name, NodeKind kind, int score)
    {
        var node = new PolicyNode(id, name, kind, score);
        node.Attributes["#kind"] = kind == NodeKind.Remote ? "remote" : "cluster";
        if (kind == NodeKind.Remote) model.HaveRemoteNodes = true;
        MergeSort.Insert(model.Nodes, node, static (a, b) => NodeNames.Order.Compare(a.Name, b.Name));
        return node;
    }

    /// <summary>Until its state is seen, a node is unclean where nodes are fenced at startup.</summary>
    public static void AwaitState(Scheduling model, PolicyNode node)
    {
        // A remote node's entry may have been left when its connection resource was removed.
        if (node.IsRemoteKind && node.Connection is null) { node.Unseen = false; return; }
        node.Unclean = model.Options.FencingEnabled && model.Options.StartupFencing;
        node.Unseen = true;
    }

    /// <summary>What every node has, and what an element says, if there is one.</summary>
    public static void AddAttributes(Scheduling model, PolicyNode node, CibElement? element, bool overwrite)
    {
        node.Failures = null;
        node.Attributes["#uname"] = node.Name;
        node.Attributes["#id"] = node.Id;
        node.IsDc = model.Cib["dc-uuid"] is { } dc && Texts.Same(dc, node.Id);
        if (node.IsDc) model.Dc = node;
        node.Attributes["#is_dc"] = node.IsDc ? "true" : "false";
        if (model.Options.ClusterName is { } cluster) node.Attributes["#cluster-name"] = cluster;
        var input = model.RuleInput();
        AttributeSets.Read(element, "instance_attributes", input, node.Attributes, model, overwrite: overwrite);
        AttributeSets.Read(element, "utilization", input, node.Utilization, model);
        if (!node.Attributes.ContainsKey("#site-name"))
        {
            if (node.Attribute("site-name") is { } site) node.Attributes["#site-name"] = site;
            else if (model.Options.ClusterName is { } name) node.Attributes["#site-name"] = name;
        }
    }
}
