using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary>Nodes, by the names people give them.</summary>
internal static class NodeNames
{
    private const string Lower = ",'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')='";

    /// <summary>Finds a node's id: of a cluster or remote node, of a remote node's resource, of a guest, of one whose configuration is gone.</summary>
    public static bool Find(ICib cib, string name, out string? id, out bool remote)
    {
        (id, remote) = (null, false);
        name = name.ToLowerInvariant();
        var path = $"/cib/configuration/nodes/node[translate(@uname{Lower}{name}']"
            + $"|/cib/configuration/resources/primitive[@class='ocf'][@provider='pacemaker'][@type='remote'][translate(@id{Lower}{name}']"
            + $"|/cib/configuration/resources/primitive/meta_attributes/nvpair[@name='remote-node'][translate(@value{Lower}{name}']"
            + $"|/cib/status/node_state[@remote_node='true'][translate(@id{Lower}{name}']";
        if (cib.Perform(new(CibOperation.Query, path, null, CibOptions.XPath)).Answer is not { } found) return false;
        if (found.Name == "xpath-query") found = found.Children[0];
        (id, remote) = found.Name switch
        {
            "node" => Values.Same(found["type"], "remote") ? (found["uname"], true) : (found.Id, false),
            "primitive" => (found.Id, true),
            "nvpair" => (found["value"], true),
            _ => (found["uname"], true),
        };
        return id is not null;
    }

    /// <summary>This machine's name, as the kernel has it.</summary>
    public static string Local()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/hostname").Trim();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Environment.MachineName;
        }
    }

    /// <summary>Which node a resource agent means that asks for no other one; null where it says which, or does not run as one.</summary>
    public static string? Target(CrmWorld world, string? name)
    {
        if (name is not null && !Values.Same(name, "auto") && !Values.Same(name, "localhost")) return null;
        if (Values.Same(world.Variable("CRM_meta_container_attribute_target"), "host") && world.Variable("CRM_meta_physical_host") is { } host) return host;
        return world.Variable("OCF_RESKEY_CRM_meta_on_node") ?? name;
    }
}
