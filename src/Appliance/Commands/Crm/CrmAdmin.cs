using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Control;
using Appliance.Policy;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary><c>crmadmin</c>: who decides for the cluster, in what state a node's controller is, and which nodes there are.</summary>
internal static class CrmAdmin
{
    private const string Known = "Sstatus: Ppacemakerd Ddc_lookup Nnodes? ttimeout: Bbash-export iipc-name: qquiet -help-command";

    private const int Usage = 64, NoInput = 66, TimedOut = 110, Refused = 111;

    /// <summary>How long an answer is waited for that does not come (Pacemaker's).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "crmadmin", args, Known, "itNS", HelpText, Work);

    private static int Work(CrmTool tool)
    {
        var options = tool.Options;
        tool.Quiet = options.Has("quiet");
        var within = Patience;
        if (options["timeout"] is { } time)
        {
            if (!Values.TryMilliseconds(time, out var ms)) return tool.Fail(Usage, "Error parsing option -t");
            within = TimeSpan.FromMilliseconds(ms);
        }
        switch (options.Options.FindLast(o => o.Name is "status" or "pacemakerd" or "dc_lookup" or "nodes"))
        {
            case ("status", var node): return Status(tool, node!, within);
            case ("pacemakerd", _): return Launcher(tool);
            case ("dc_lookup", _): return Dc(tool);
            case ("nodes", var types): return Nodes(tool, types);
            default:
                tool.View.Error("error: Must specify a command option\n" + HelpText[..^1]);
                return Usage;
        }
    }

    /// <summary>As the older tools tell an error, with what it is that could not be done.</summary>
    private static int Fail(CrmTool tool, int rc, string? error)
    {
        if (error is not null) tool.View.Error("error: " + error);
        tool.View.Error("error: Command failed: " + PacemakerCodes.Text(rc));
        return PacemakerCodes.Exit(rc);
    }

    private static CrmStateView? State(CrmTool tool, string whom, out int status)
    {
        var reply = tool.World.Ask(new("state"));
        status = 0;
        if (reply?.State is { } state) return state;
        var rc = reply is null ? Refused : PacemakerCodes.FromLegacy(reply.Error);
        status = Fail(tool, rc, $"Could not connect to {whom}: {PacemakerCodes.Text(rc)}");
        return null;
    }

    private static int Status(CrmTool tool, string node, TimeSpan within)
    {
        if (State(tool, "controller", out var status) is not { } state) return status;
        var word = node == state.Self ? state.Controller : state.Nodes.Find(n => n.Name == node) switch
        {
            null or { State: "lost" } => null,
            _ => tool.World.Ask(new("state") { Host = node, WithinMs = (long)within.TotalMilliseconds })?.Controller,
        };
        if (word is null)
        {
            // Nobody says anything for a node that is not there.
            if (!state.Nodes.Exists(n => n.Name == node && n.State != "lost") && within > TimeSpan.Zero) Thread.Sleep(within);
            return Fail(tool, TimedOut, string.Create(CultureInfo.InvariantCulture, $"No reply received from controller before timeout ({(long)within.TotalMilliseconds}ms)"));
        }
        if (tool.View.Xml is { } xml) xml.Empty("crmd", ("node_name", node), ("state", word), ("result", "ok"));
        else tool.View.Line(tool.Quiet ? word : $"Controller on {node} in state {word}: ok");
        return 0;
    }

    /// <summary>The daemon that is asked is the one that Pacemaker's launcher would watch.</summary>
    private static int Launcher(CrmTool tool)
    {
        if (State(tool, "launcher", out var status) is null) return status;
        var now = CrmText.Moment(tool.World.Now());
        if (tool.View.Xml is { } xml) xml.Empty("pacemakerd", ("sys_from", "pacemakerd"), ("state", "running"), ("last_updated", now));
        else tool.View.Line(tool.Quiet ? "running" : MonitorReport.DaemonLine(now));
        return 0;
    }

    private static int Dc(CrmTool tool)
    {
        if (State(tool, "controller", out var status) is not { } state) return status;
        if (tool.View.Xml is { } xml) xml.Empty("dc", ("node_name", state.Dc ?? ""));
        else if (!tool.Quiet) tool.View.Line($"Designated Controller is: {state.Dc ?? "not yet elected"}");
        else if (state.Dc is not null) tool.View.Line(state.Dc);
        return 0;
    }

    private static int Nodes(CrmTool tool, string? types)
    {
        if (CibAccess.Document(tool.World) is not { } document) return Fail(tool, -1027, null);
        var wanted = types is null or "" or "all" ? ["cluster", "guest", "remote"] : types.Split(',');
        var found = new List<(string Type, string Name, string Id)>();
        foreach (var node in PolicyRun.ReadStatus(document, tool.World.Now()).Model.Nodes)
        {
            var type = node.IsGuest ? "guest" : node.IsRemote ? "remote" : "cluster";
            if (wanted.Contains(type)) found.Add((type, node.Name, node.Id));
        }
        found.Sort(static (a, b) => a.Type != b.Type ? string.CompareOrdinal(a.Type, b.Type) : 0);
        if (tool.View.Xml is { } xml)
        {
            if (found.Count == 0) xml.Empty("nodes");
            else
            {
                xml.Open("nodes");
                foreach (var (type, name, id) in found) xml.Empty("node", ("type", type), ("name", name), ("id", id));
                xml.Close();
            }
            return 0;
        }
        if (found.Count == 0 && !tool.Quiet) tool.View.Line("No nodes configured");
        if (found.Count > 0 && tool.Options.Has("text-fancy")) tool.View.Line("nodes:");
        foreach (var (type, name, id) in found) tool.View.Line(tool.Options.Has("bash-export") ? $"export {name}={id}" : tool.Quiet ? name : $"{type} node: {name} ({id})");
        return 0;
    }

    private const string HelpText = """
        Usage:
          crmadmin [OPTION…]

        crmadmin - who decides for the cluster, and in what state a node's controller is

          -D, --dc_lookup           The node that decides (DC)
          -S, --status=NODE         The state of a node's controller (S_IDLE: it decides, and there is nothing to do)
          -N, --nodes[=TYPES]       All nodes, or those of these types: cluster,guest,remote
          -P, --pacemakerd          Whether the daemon runs

          -B, --bash-export         With --nodes: lines "export NAME=ID"
          -t, --timeout=TIME        How long an answer is waited for
          -i, --ipc-name=NAME       Does nothing
          -q, --quiet               Print the value only
          --output-as=text|xml|none   --output-to=FILE   --text-fancy   -V, --verbose   -$, --version   -?, --help

        """;
}
