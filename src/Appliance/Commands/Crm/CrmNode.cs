namespace Appliance.Commands.Crm;

/// <summary><c>crm_node</c>: what the cluster's messaging knows of nodes. All of it comes from a running cluster, which is not asked yet.</summary>
internal static class CrmNode
{
    private const int Usage = 64, NotConnected = 102;

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
        return tool.World.Fail(NotConnected, "error: Could not connect to controller: Connection refused");
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
