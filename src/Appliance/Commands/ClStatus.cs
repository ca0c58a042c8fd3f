using System.Globalization;
using Appliance.Control;

namespace Appliance.Commands;

/// <summary>What cl_status asks the daemon; a test answers from a table.</summary>
internal interface IStatusSource
{
    /// <exception cref="NotRunningException">There is no daemon, or it does not talk to us.</exception>
    ControlAnswer Ask(ControlRequest request, TimeSpan within);
}

/// <summary><c>cl_status</c>: sub-commands, outputs and exit statuses of 3.0.6, byte for byte; scripts of twenty years read them.</summary>
/// <remarks>
/// Verified against the real program beside a real pair, running, with a dead peer, with a ping node, and stopped. One departure: <c>--help</c> prints the
/// usage and succeeds, where 3.0.6 calls it an invalid sub-command.
/// </remarks>
internal sealed class ClStatus(IStatusSource source, TextWriter output, TextWriter errors, string logPrefix)
{
    private const int Ok = 0, No = 1, UsageOrUnknown = 11, TimeOut = 12, Other = 13;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);        // 3.0.6's own alarm

    private const string Usage = """
        Usage: cl_status <sub-command> [<options>] [<parameters>]

        Sub-commands:
        clientstatus <node-name> <client-id> [<timeout>]
        	Show the status of heartbeat clients.
        hblinkstatus <node-name> <link-name>
        	Show the status of a heartbeat link
        hbstatus
        	Indicate if heartbeat is running on the local system.
        	Options:
        		-v	verbose: also add "listnodes -v" output
        listnodes [<option>]
        	List the nodes in the cluster.
        	Options:
        		-p	list only 'ping' type nodes
        		-n	list only 'normal' type nodes
        		-v	verbose: also list type and status,
        			then add "listhblinks -v" output
        listhblinks <node-name>
        	List the network interfaces used as hearbeat links.
        	Options:
        		-v	verbose: list link status as well
        nodestatus <node-name>
        	List the node status.
        nodeweight <node-name>
        	List the node weight.
        nodesite <node-name>
        	List the node site.
        nodetype <node-name>
        	List the nodes of a given type.
        rscstatus
        	Show the status of cluster resources.
        hbparameter -p <parameter-name>
        	Retrieve the value of a cluster parameter.
        	As for the valid parameter names, please refer to the man page.

        """;

    private sealed class Daemon : IStatusSource
    {
        public ControlAnswer Ask(ControlRequest request, TimeSpan within) => ControlClient.Once(request, within);
    }

    /// <summary>The applet.</summary>
    public static int Applet(string[] args) => new ClStatus(
        new Daemon(), Console.Out, Console.Error,
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:MMM dd HH:mm:ss} {Environment.MachineName} cl_status: [{Environment.ProcessId}]: ERROR: ")).Run(args);

    public int Run(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || args[0] is "-h" or "--help")
        {
            output.Write(Usage.ReplaceLineEndings("\n"));
            return Ok;
        }
        Func<IReadOnlyList<string>, int>? run = args[0] switch
        {
            "hbstatus" => HbStatus,
            "listnodes" => ListNodes,
            "nodestatus" => a => OfNode("nodestatus", a, "Error. May be due to incorrect node name", "The cluster node {0} is {1}", n => n.Status,
                n => n.Status is "up" or "active" or "ping" ? Ok : No),
            "nodetype" => a => OfNode("nodetype", a, "Error. May be due to incorrect node name", "The node {0}'s type: {1}", Type, _ => Ok, "No enough parameter."),
            "nodeweight" => a => OfNode("nodeweight", a, "Error. Maybe due to incorrect node name.", "The weight of the cluster node {0} is {1}",
                n => n.Weight.ToString(CultureInfo.InvariantCulture), _ => Ok),
            "nodesite" => a => OfNode("nodesite", a, "Error. May be due to incorrect node name", "The site of the cluster node {0} is {1}", n => n.Site, _ => Ok),
            "listhblinks" => ListHbLinks,
            "hblinkstatus" => HbLinkStatus,
            "clientstatus" => ClientStatus,
            "rscstatus" => RscStatus,
            "hbparameter" => HbParameter,
            _ => null,
        };
        if (run is null)
        {
            Log($"{args[0]}: invalid sub-command.");
            return UsageOrUnknown;
        }
        try
        {
            return run([.. args.Skip(1)]);
        }
        catch (NotRunningException e)
        {
            Log("Cannot signon with heartbeat");
            Log($"REASON: hb_api_signon: {(e.Running ? e.Message : "Can't initiate connection to heartbeat")}");
            return e.Running && e.Message.Contains("in time", StringComparison.Ordinal) ? TimeOut : No;
        }
    }

    private int HbStatus(IReadOnlyList<string> args)
    {
        StatusView? status;
        try
        {
            status = Status();
        }
        catch (NotRunningException e)
        {
            output.Write(e.Running ? "Heartbeat is apparently running on this machine, but refuses my connection\n" : "Heartbeat is stopped on this machine.\n");
            if (new GetOpt("hbstatus", args, "mv", errors, tolerant: true).Has('v'))
                output.Write($"(hb_api_signon: {(e.Running ? e.Message : "Can't initiate connection to heartbeat")})\n");
            return No;
        }
        if (!new GetOpt("hbstatus", args, "mv", errors, tolerant: true).Has('v'))
        {
            output.Write("Heartbeat is running on this machine.\n");
            return Ok;
        }
        output.Write($"version:\t{StatusView.HeartbeatVersion(status.Version)}\nmanaged by:\t\"haresources\"\n");
        foreach (var node in InOrder(status)) Verbose(node, false);
        return Ok;
    }

    private int ListNodes(IReadOnlyList<string> args)
    {
        var status = Status();
        var opt = new GetOpt("listnodes", args, "mpnv", errors);
        if (opt.Has('?')) return BadOption(" code");
        var (ping, normal) = (opt.Has('p'), opt.Has('n'));
        if (opt.Has('m')) output.Write("The nodes are as follow:\n");
        foreach (var node in InOrder(status))
        {
            if ((ping || normal) && !(node.IsPing ? ping : normal)) continue;
            if (opt.Has('v')) Verbose(node, opt.Has('m'));
            else output.Write(node.Name + "\n");
        }
        return Ok;
    }

    private int OfNode(
        string name, IReadOnlyList<string> args, string unknown, string sentence, Func<NodeView, string> value, Func<NodeView, int> exit,
        string tooFew = "Not enough parameters.")
    {
        var status = Status();
        var opt = new GetOpt(name, args, "m", errors);
        if (opt.Has('?')) return BadOption("");
        if (opt.Operands.Count == 0) return Complain(tooFew);
        if (Find(status, opt.Operands[0]) is not { } node) return Complain(unknown);
        output.Write((opt.Has('m') ? string.Format(CultureInfo.InvariantCulture, sentence, opt.Operands[0], value(node)) : value(node)) + "\n");
        return exit(node);
    }

    private int ListHbLinks(IReadOnlyList<string> args)
    {
        var status = Status();
        var opt = new GetOpt("listhblinks", args, "mv", errors);
        if (opt.Has('?')) return BadOption(" code");
        if (opt.Operands.Count == 0) return Complain("No enough parameter.");
        if (Find(status, opt.Operands[0]) is not { } node)
        {
            Log("Cannot start heartbeat link interface walk.");
            Log("REASON: EINVAL");
            return Other;
        }
        Links(node, opt.Has('v'), opt.Has('m'));
        return Ok;
    }

    private int HbLinkStatus(IReadOnlyList<string> args)
    {
        var status = Status();
        var opt = new GetOpt("hblinkstatus", args, "m", errors);
        if (opt.Has('?')) return BadOption("");
        if (opt.Operands.Count < 2) return Complain("No enough parameter.");
        if (Find(status, opt.Operands[0])?.Links.FirstOrDefault(l => l.Link == opt.Operands[1]) is not { } link)
        {
            Log("Cannot get heartbeat link status");
            Log("REASON: ");
            return Other;
        }
        output.Write((opt.Has('m') ? $"The node {opt.Operands[0]}'s heartbeat link {link.Link} is {UpOrDead(link)}" : UpOrDead(link)) + "\n");
        return link.Up ? Ok : No;
    }

    private int ClientStatus(IReadOnlyList<string> args)
    {
        _ = Status();
        var opt = new GetOpt("clientstatus", args, "m", errors);
        if (opt.Has('?')) return BadOption("");
        if (opt.Operands.Count < 2) return Complain("No enough parameter.");
        // What is no number is 0 to 3.0.6, which then does not wait at all.
        var timeout = opt.Operands.Count <= 2 ? 1000 : int.TryParse(opt.Operands[2], NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms > 0 ? ms : 1;
        var answer = source.Ask(new("clientstatus", Name: opt.Operands[1], Node: opt.Operands[0], TimeoutMs: timeout), AnswerWithin + TimeSpan.FromMilliseconds(timeout));
        if (!answer.Ok || answer.Text is null)
        {
            Log($"Cannot get heartbeat client {opt.Operands[1]}'s status");
            Log($"REASON: {answer.Error}");
            return Other;
        }
        output.Write(answer.Text + "\n");
        return answer.Text switch { "online" => 0, "offline" => 1, "join" => 2, "leave" => 3, _ => Other };
    }

    private int RscStatus(IReadOnlyList<string> args)
    {
        var status = Status();
        var opt = new GetOpt("rscstatus", args, "m", errors);
        if (opt.Has('?')) return BadOption("");
        output.Write((opt.Has('m') ? $"This node is holding {status.RscStatus} resources." : status.RscStatus) + "\n");
        return Ok;
    }

    private int HbParameter(IReadOnlyList<string> args)
    {
        _ = Status();
        var opt = new GetOpt("hbparameter", args, "mp:", errors);
        if (opt.Has('?')) return BadOption(" code");
        if (opt.Options.FindLast(o => o.Option == 'p').Argument is not { } name)
        {
            Log("parameter name required");
            return UsageOrUnknown;
        }
        var answer = source.Ask(new("parameter", Name: name), AnswerWithin);
        if (!answer.Ok)
        {
            Log($"Cannot get parameter {name}'s value");
            Log("REASON: ");
            return No;
        }
        output.Write((opt.Has('m') ? $"Heartbeat parameter {name}'s value: {answer.Text}" : answer.Text) + "\n");
        return Ok;
    }

    /// <exception cref="NotRunningException">No daemon, or it refused us.</exception>
    private StatusView Status()
    {
        var answer = source.Ask(new("status"), AnswerWithin);
        return answer.Status ?? throw new NotRunningException(answer.Error ?? "no status", running: true);
    }

    /// <summary>3.0.6 walks its table backwards: the last node of ha.cf first, then ping nodes.</summary>
    private static IEnumerable<NodeView> InOrder(StatusView status) => status.Nodes.Reverse().OrderBy(n => n.IsPing);

    private static NodeView? Find(StatusView status, string name) => status.Nodes.FirstOrDefault(n => n.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Type(NodeView node) => node.IsPing ? "ping" : "normal";

    private static string UpOrDead(LinkView link) => link.Up ? "up" : "dead";

    private void Verbose(NodeView node, bool sentence)
    {
        output.Write($"\n{node.Name}\t{node.Status}\t(nodetype: {Type(node)})\n");
        Links(node, true, sentence);
    }

    private void Links(NodeView node, bool verbose, bool sentence)
    {
        if (sentence) output.Write("\tthis node has the following heartbeat links:\n");
        foreach (var link in node.Links.Reverse()) output.Write(verbose ? $"\t{link.Link}\t{UpOrDead(link)}\n" : $"\t{link.Link}\n");
    }

    private int BadOption(string code)
    {
        Log($"Error: getopt returnedcharacter{code} ?.");       // the missing blank is 3.0.6's
        return UsageOrUnknown;
    }

    private int Complain(string text)
    {
        errors.Write(text + "\n");
        return UsageOrUnknown;
    }

    private void Log(string text) => errors.Write(logPrefix + text + "\n");
}
