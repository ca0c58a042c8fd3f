using Appliance.Cib;
using Appliance.Control;

namespace Appliance.Commands.Crm;

/// <summary><c>attrd_updater</c>: sets and shows transient node attributes. Agents call it.</summary>
internal static class AttrdUpdater
{
    private const string Known = "nname: Uupdate: vattr-value: Bupdate-both: Yupdate-delay Qquery Ddelete Rrefresh ddelay: sset: Nnode: Aall llifetime: Slifetime: pprivate qquiet -help-required -help-command -help-additional";

    private const int Usage = 64, Refused = 111, NoAttribute = 78;

    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "attrd_updater", args, Known, "dnsvBNUS", HelpText, Work);

    private static int Work(CrmTool tool)
    {
        var (command, value) = ("query", (string?)null);
        foreach (var (name, given) in tool.Options.Options)
            switch (name)
            {
                case "update" or "attr-value": (command, value) = ("update", given); break;
                case "update-both": (command, value) = ("both", given); break;
                case "update-delay" or "query" or "delete" or "refresh": (command, value) = (name, null); break;
                case "lifetime" when given is not ("reboot" or "forever" or "status" or "nodes"): return tool.Fail(Usage, $"Unknown value for --lifetime: {given}");
            }
        var attribute = tool.Options["name"];
        if (command != "refresh" && attribute is null) return tool.Fail(Usage, "Command requires --name argument");
        if (command is "both" or "update-delay" && tool.Options["delay"] is null && tool.View.Xml is null) tool.View.Line($"Warning: '{(command == "both" ? 'B' : 'Y')}' command given without required --delay");
        var node = NodeNames.Target(tool.World, tool.Options["node"]) ?? tool.Options["node"];
        return command == "query" ? Query(tool, attribute!, node) : Update(tool, command, attribute, value, node);
    }

    private static int Query(CrmTool tool, string attribute, string? node)
    {
        var reply = tool.World.Ask(new("get") { Name = attribute });
        if (reply?.Attributes is not { } values)
        {
            var rc = reply is null ? Refused : PacemakerCodes.FromLegacy(reply.Error);
            return tool.Fail(PacemakerCodes.Exit(rc), $"Could not connect to attrd: {PacemakerCodes.Text(rc)}");
        }
        if (values.Count == 0) return tool.Fail(NoAttribute, $"Could not query value of {attribute}: attribute does not exist");
        var shown = node is null || tool.Options.Has("all") ? values : values.FindAll(v => v.Host == node);
        // Known on other nodes only: there it is empty.
        if (shown.Count == 0) shown.Add(new(attribute, node!, ""));
        foreach (var each in shown)
            if (tool.View.Xml is { } xml) xml.Empty("attribute", ("name", each.Name), ("value", each.Value ?? ""), ("host", each.Host));
            else tool.View.Line($"name=\"{each.Name}\" host=\"{each.Host}\" value=\"{each.Value}\"");
        return 0;
    }

    private static int Update(CrmTool tool, string command, string? attribute, string? value, string? node)
    {
        // Nothing is to be sent again here: what the CIB says is what the nodes know.
        var changes = new List<AttributeView>();
        if (command != "refresh")
            changes.Add(new(attribute!, node ?? "", value, tool.Options["set"], Dampening(tool, command, attribute!), tool.Options.Has("private"), command == "update-delay"));
        var rc = NodeAttributes.Set(tool.World, changes);
        return rc == 0 ? 0 : tool.Fail(PacemakerCodes.Exit(rc), $"Could not update {attribute ?? "(null)"}={value ?? "(null)"}: {PacemakerCodes.Text(rc)} ({rc})");
    }

    /// <summary>How long changes are to be gathered; null: as it is. Who sets a value says it for a new attribute only (as 3.0.2's; 2.1.5's says nothing then).</summary>
    private static long? Dampening(CrmTool tool, string command, string attribute)
    {
        if (tool.Options["delay"] is not { } delay || !Values.TryMilliseconds(delay, out var ms)) return command is "both" or "update-delay" ? 0 : null;
        return command != "update" || tool.World.Ask(new("get") { Name = attribute }) is { Attributes.Count: 0 } ? ms : null;
    }

    private const string HelpText = """
        Usage:
          attrd_updater [OPTION…]

        attrd_updater - transient attributes of nodes: they last until the node's cluster software ends

          -n, --name=NAME           The attribute's name

          -Q, --query               Show it (what is done without another command)
          -U, --update=VALUE        Set it (also -v)
          -B, --update-both=VALUE   Set it, and how long changes are gathered (with -d)
          -Y, --update-delay        Set only that (with -d)
          -D, --delete              Take it away
          -R, --refresh             Does nothing: the CIB has all values

          -d, --delay=TIME          How long changes are gathered before the CIB gets them
          -N, --node=NODE           Of this node, and not of the one where the tool runs
          -A, --all                 With --query: of all nodes
          -s, --set=ID              The set that a new attribute is put into
          -p, --private             A new attribute is never written into the CIB
          -l, --lifetime=WORD       Does nothing
          --output-as=text|xml|none   --output-to=FILE   -V, --verbose   -$, --version   -?, --help

        """;
}
