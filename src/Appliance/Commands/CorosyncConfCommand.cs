using System.Globalization;
using System.Text;
using Appliance.Commands.Crm;
using Appliance.Control;

namespace Appliance.Commands;

/// <summary><c>appliance corosync-conf</c>: the cluster's nodes as pcs wants to read them. It takes their names from /etc/corosync/corosync.conf and from nowhere else (pcs 0.11: lib/node.py).</summary>
internal static class CorosyncConfCommand
{
    public static int Run()
    {
        var world = CrmWorld.Real();
        if (world.Ask(new("state")) is { State: { } state } && world.Ask(new("cib") { Operation = "query", Section = "crm_config" }) is { Output: { } options })
        {
            var name = "";
            foreach (var pair in options.Root.Descendants("nvpair"))
                if (pair["name"] == "cluster-name") name = pair["value"] ?? "";
            Console.Out.Write(Text(name, state.Nodes));
            return 0;
        }
        Console.Error.WriteLine("appliance corosync-conf: no CRM runs on this machine that answers you (crm yes in ha.cf)");
        return StatusCommand.NotRunning;
    }

    /// <remarks>Nodes have no addresses in it: a corosync that was given this file would not start.</remarks>
    public static string Text(string cluster, List<CrmNodeView> nodes)
    {
        var text = new StringBuilder("""
            # From "appliance corosync-conf", for pcs, which takes the names of nodes from here. Nothing else reads it:
            # no corosync runs in this cluster; over what its nodes hear each other is in ha.cf.

            """);
        text.Append("totem {\n    version: 2\n    cluster_name: ").Append(cluster.Length > 0 ? cluster : "appliance").Append("\n}\n\nnodelist {\n");
        foreach (var node in nodes)
        {
            text.Append("    node {\n        name: ").Append(node.Name).Append('\n');
            if (uint.TryParse(node.Id, NumberStyles.None, CultureInfo.InvariantCulture, out _)) text.Append("        nodeid: ").Append(node.Id).Append('\n');
            text.Append("    }\n");
        }
        return text.Append("}\n").ToString();
    }
}
