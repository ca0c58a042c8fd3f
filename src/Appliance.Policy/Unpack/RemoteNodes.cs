using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Nodes that exist because a resource gives them: remote nodes by their connection, guests by the machine they run in.</summary>
internal static class RemoteNodes
{
    public static bool IsConnection(CibElement primitive) =>
        primitive["class"] == "ocf" && Texts.Same(primitive["provider"], "pacemaker") && Texts.Same(primitive["type"], "remote");

    /// <summary>Makes the nodes that resources name, and appends the implicit connections of guests to the definitions.</summary>
    public static void Name(Scheduling model, List<CibElement> definitions)
    {
        var implied = new List<CibElement>();
        foreach (var definition in definitions)
        {
            if (definition.Name == "primitive" && IsConnection(definition))
            {
                if (definition.Id is { Length: > 0 } name) Ensure(model, name);
            }
            else if (definition.Name == "primitive") Guest(model, definition, definition, implied);
            else if (definition.Name == "group")
                foreach (var member in definition.Elements("primitive")) Guest(model, member, definition, implied);
        }
        definitions.AddRange(implied);
    }

    private static void Ensure(Scheduling model, string name)
    {
        if (model.FindNode(name) is null) NodesReader.Create(model, name, name, NodeKind.Remote, 0);
    }

    private static void Guest(Scheduling model, CibElement primitive, CibElement owner, List<CibElement> implied)
    {
        _ = owner;
        string? name = null, address = null, port = null, timeout = null, migrate = null, managed = null, container = null;
        foreach (var block in primitive.Elements("meta_attributes"))
            foreach (var pair in model.Resolve(block).Elements("nvpair"))
                switch (pair["name"])
                {
                    case "remote-node": name = pair["value"]; break;
                    case "remote-addr": address = pair["value"]; break;
                    case "remote-port": port = pair["value"]; break;
                    case "remote-connect-timeout": timeout = pair["value"]; break;
                    case "remote-allow-migrate": migrate = pair["value"]; break;
                    case "is-managed": managed = pair["value"]; break;
                    case "container": container = pair["value"]; break;
                }
        if (name is null or "" || container is not null || primitive.Id is not { Length: > 0 } machine) return;
        foreach (var any in model.Configuration.Element("resources")!.Descendants("primitive"))
            if (any.Id == name) return;
        implied.Add(ConnectionXml(name, machine, migrate, managed, timeout ?? "60s", address, port));
        Ensure(model, name);
    }

    /// <summary>The definition of a guest's connection.</summary>
    public static CibElement ConnectionXml(string name, string launcher, string? migrate, string? managed, string? timeout, string? address, string? port)
    {
        var xml = new CibElement("primitive").Set("id", name).Set("class", "ocf").Set("provider", "pacemaker").Set("type", "remote");
        var meta = xml.Add("meta_attributes").Set("id", $"{name}-meta_attributes");
        void Pair(CibElement set, string key, string value) => set.Add("nvpair").Set("id", $"{set.Id}-{key}").Set("name", key).Set("value", value);
        Pair(meta, "internal_rsc", "true");
        Pair(meta, "container", launcher);
        if (migrate is not null) Pair(meta, "allow-migrate", migrate);
        if (managed is not null) Pair(meta, "is-managed", managed);
        if (address is not null || port is not null)
        {
            var parameters = xml.Add("instance_attributes").Set("id", $"{name}-instance_attributes");
            if (address is not null) Pair(parameters, "addr", address);
            if (port is not null) Pair(parameters, "port", port);
        }
        var operations = xml.Add("operations").Set("id", $"{name}-operations");
        operations.Add("op").Set("id", $"{name}-monitor-interval-30s").Set("name", "monitor").Set("interval", "30s").Set("timeout", "30s");
        if (timeout is not null) operations.Add("op").Set("id", $"{name}-start-interval-0").Set("name", "start").Set("interval", "0s").Set("timeout", timeout);
        return xml;
    }

    /// <summary>Joins a connection resource and the node it gives.</summary>
    public static void Link(Scheduling model, PolicyResource resource)
    {
        foreach (var child in resource.Children) Link(model, child);
        if (!resource.IsRemoteConnection || model.FindNode(resource.Id) is not { } node) return;
        node.Connection = resource;
        resource.RemoteNode = node;
        if (resource.Launcher is null) NodesReader.AwaitState(model, node);
        else node.Attributes["#kind"] = "container";
    }
}
