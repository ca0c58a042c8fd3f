using Appliance.Cib;
using Appliance.Control;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_node</c>: what the cluster knows of its nodes.</summary>
internal static class CrmNode
{
    private const int Usage = 64, NoHost = 68, Refused = 111;

    public static int Run(CrmWorld world, string[] args) =>
        CrmTool.Run(world, "crm_node", args, "icluster-id llist nname ppartition qquorum Nname-for-id: Rremove: fforce Ccorosync Qquiet", "NR", HelpText, Work, forms: false);

    private static int Work(CrmTool tool)
    {
        var command = tool.Options.Options.FindLast(o => o.Name is "cluster-id" or "list" or "name" or "partition" or "quorum" or "name-for-id" or "remove").Name;
        if (command is null) return tool.World.Fail(Usage, HelpText[..^1]);
        // An agent is told which node it is on.
        if (command == "name" && NodeNames.Target(tool.World, null) is { } here)
        {
            tool.View.Line(here);
            return 0;
        }
        if (command == "remove" && !tool.Options.Has("force"))
            return tool.World.Fail(Usage, "The supplied command is considered dangerous.  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.");
        var reply = tool.World.Ask(new("state"));
        if (reply?.State is { } state) return Show(tool, command, state);
        var rc = reply is null ? Refused : PacemakerCodes.FromLegacy(reply.Error);
        return tool.World.Fail(PacemakerCodes.Exit(rc), $"error: Could not connect to controller: {PacemakerCodes.Text(rc)}");
    }

    private static int Show(CrmTool tool, string command, CrmStateView state)
    {
        var self = state.Nodes.Find(n => n.Name == state.Self);
        switch (command)
        {
            case "name": tool.View.Line(state.Self); break;
            case "cluster-id": tool.View.Line(self?.Id ?? state.Self); break;
            case "list":
                foreach (var node in state.Nodes) tool.View.Line($"{node.Id} {node.Name} {(node.State == "lost" ? "lost" : "member")}");
                break;
            case "partition": tool.View.Line(string.Concat(state.Nodes.FindAll(n => n.State != "lost").ConvertAll(n => n.Name + " "))); break;
            case "quorum": tool.View.Line(state.Quorate == true ? "1" : "0"); break;
            case "name-for-id":
                var id = tool.Options["name-for-id"]!;
                // To Pacemaker ids are numbers, and what is none is this node.
                var found = state.Nodes.Find(n => n.Id == id) ?? (Values.TryInteger(id, out var number) && number != 0 ? null : self);
                if (found is null) return tool.World.Fail(NoHost, "Node is not known to cluster");
                tool.View.Line(found.Name);
                break;
            case "remove": return Remove(tool, tool.Options["remove"]!);
        }
        return 0;
    }

    private static int Remove(CrmTool tool, string name)
    {
        var reply = tool.World.Ask(new("remove") { Name = name });
        var rc = reply is null ? Refused : PacemakerCodes.FromLegacy(reply.Error);
        return rc == 0 ? 0 : tool.World.Fail(PacemakerCodes.Exit(rc), $"Could not remove node {name}: {reply?.Problem ?? PacemakerCodes.Text(rc)}");
    }

    private const string HelpText = """
        Usage:
          crm_node [OPTION…]

        crm_node - what the cluster knows of its nodes

          -n, --name                This node's name
          -i, --cluster-id          This node's number
          -l, --list                All nodes that are known
          -p, --partition           Those that are in this partition
          -q, --quorum              1 if this partition has quorum, 0 if not
          -N, --name-for-id=ID      The name of the node with this number
          -R, --remove=NAME         Forget a node that was taken out (-f, --force)
          -Q, --quiet   -V, --verbose   -$, --version   -?, --help

        """;
}
