using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary>crm_standby, crm_master and crm_failcount: scripts in Pacemaker that ask <c>crm_attribute</c>.</summary>
internal static class NodeAttributeTools
{
    // Letters that nobody can type stand for options that have a long name only.
    private const string Deprecated = " Uuname: Qquiet-too Gget-value Ddelete-attr vattr-value: iattr-id:";

    public static int Standby(CrmWorld world, string[] args)
    {
        var line = new LongOptions("crm_standby", args, "\u0001help \u0002version Vverbose qquiet Gquery vupdate: Ddelete Nnode: llifetime: iid:" + Deprecated, world.Errors);
        var (words, command, target, lifetime) = (new List<string>(), '\0', (string?)null, false);
        foreach (var (letter, value, _) in line.Options)
            switch (letter)
            {
                case '\0': return Usage(world, 1, StandbyHelp);
                case '\u0001': return Usage(world, 0, StandbyHelp);
                case '\u0002': return Version(world);
                case 'q' or 'Q': words.Add("-q"); break;
                case 'N' or 'U': target = value; break;
                case 'G' or 'v' or 'D':
                    command = letter;
                    words.Add("-" + letter);
                    if (value is not null) words.Add(value);
                    break;
                case 'l' or 'i':
                    lifetime |= letter == 'l';
                    words.AddRange(["-" + letter, value!]);
                    break;
            }
        if (string.IsNullOrEmpty(target) && (target = NodeAttributes.Here(world)) is null) return NoNode(world);
        List<string> options = ["-N", target, "-n", "standby", .. words];
        if (command == '\0')
        {
            options.Add("-G");
            command = 'G';
        }
        if (lifetime) return CrmAttribute.Run(world, [.. options]);
        switch (command)
        {
            case 'G':
                // What lasts counts before what is until the next start.
                var silent = world with { Output = TextWriter.Null, Errors = TextWriter.Null };
                return CrmAttribute.Run(world, CrmAttribute.Run(silent, [.. options, "-l", "forever"]) == 0 ? [.. options, "-l", "forever"] : [.. options, "-l", "reboot", "-d", "off"]);
            case 'D':
                CrmAttribute.Run(world, [.. options, "-l", "forever"]);
                CrmAttribute.Run(world, [.. options, "-l", "reboot"]);
                return 0;
            default: return CrmAttribute.Run(world, [.. options, "-l", "forever"]);
        }
    }

    public static int Master(CrmWorld world, string[] args)
    {
        var line = new LongOptions("crm_master", args, "\u0001help \u0002version Vverbose qquiet Gquery vupdate: Ddelete Nnode: llifetime: iid: rresource:" + Deprecated, world.Errors);
        var resource = world.Variable("OCF_RESOURCE_INSTANCE");
        List<string> options = ["--lifetime", "forever"];
        foreach (var (letter, value, _) in line.Options)
            switch (letter)
            {
                case '\0': return Usage(world, 1, MasterHelp);
                case '\u0001': return Usage(world, 0, MasterHelp);
                case '\u0002': return Version(world);
                case 'r': resource = value; break;
                default:
                    options.Add("-" + letter);
                    if (value is not null) options.Add(value);
                    break;
            }
        return string.IsNullOrEmpty(resource) ? Usage(world, 1, MasterHelp, "No resource specified") : CrmAttribute.Run(world, ["-n", "master-" + resource, .. options]);
    }

    public static int FailCount(CrmWorld world, string[] args)
    {
        var line = new LongOptions("crm_failcount", args, "\u0001help \u0002version Vverbose qquiet Gquery Ddelete rresource: Nnode: noperation: Iinterval: Ddelete-attr Gget-value rresource-id: Uuname: llifetime: vattr-value: iattr-id: Qquiet-too", world.Errors);
        var (command, resource, operation, interval, target, quiet) = ('\0', (string?)null, "", "0", (string?)null, false);
        foreach (var (letter, value, _) in line.Options)
            switch (letter)
            {
                case '\0': return Usage(world, 64, FailCountHelp);
                case '\u0001': return Usage(world, 0, FailCountHelp);
                case '\u0002': return Version(world);
                case 'q' or 'Q': quiet = true; break;
                case 'G' or 'D': command = letter; break;
                case 'r': resource = value; break;
                case 'n': operation = value!; break;
                case 'I': interval = value!; break;
                case 'N' or 'U': target = value; break;
                case 'v' when value == "0": command = 'D'; break;
                case 'v': world.Errors.Write("warning: ignoring deprecated option '-v' with nonzero value\n"); break;
                case 'l' or 'i': world.Errors.Write($"warning: ignoring deprecated option '-{letter}'\n"); break;
            }
        if (command == '\0') return Usage(world, 64, FailCountHelp, "must specify a command");
        if (string.IsNullOrEmpty(resource)) return Usage(world, 64, FailCountHelp, "resource name required");
        if (string.IsNullOrEmpty(target) && (target = NodeAttributes.Here(world)) is null) return Usage(world, 64, FailCountHelp, "node name required");
        if (!Values.TryMilliseconds(interval.Trim(), out var span))
        {
            world.Errors.Write("warning: Unrecognized interval, using 0\n");
            span = 0;
        }
        if (command == 'D') return Clear(world, resource, target, operation, span, quiet);

        var name = "fail-count-" + resource;
        string count;
        if (operation.Length > 0)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{name}#{operation}_{span}");
            count = One(world, target, name);
        }
        else if (Sum(world, target, name + "#", out count) is var status && status != 0) return status;
        if (count == "0")
        {
            // Before 1.1.17 there was one count for all operations.
            count = One(world, target, "fail-count-" + resource);
            if (count != "0") name = "fail-count-" + resource;
        }
        world.Output.Write(quiet ? $"{count}\n" : $"scope=status  name={name} value={count}\n");
        return 0;
    }

    private static int Clear(CrmWorld world, string resource, string node, string operation, long interval, bool quiet)
    {
        List<string> words = ["--cleanup", "-N", node, "-r", resource];
        if (quiet) words.Insert(0, "--quiet");
        if (operation.Length > 0) words.AddRange(["-n", operation, "-I", interval.ToString(CultureInfo.InvariantCulture) + "ms"]);
        return ResourceTools.CrmResource.Run(world, [.. words]);
    }

    private static string One(CrmWorld world, string node, string name)
    {
        var output = new StringWriter();
        CrmAttribute.Run(world with { Output = output }, ["--quiet", "--query", "-t", "status", "-d", "0", "-N", node, "-n", name]);
        return output.ToString().TrimEnd('\n');
    }

    /// <summary>All operations' failures together.</summary>
    private static int Sum(CrmWorld world, string node, string prefix, out string count)
    {
        count = "0";
        var rc = CibAccess.Open(world, out var cib);
        if (cib is null) return world.Fail(PacemakerCodes.Exit(rc), "error: could not query CIB for fail counts");
        var path = $"/cib/status/node_state[@uname={CibPath.Literal(node)}]/transient_attributes/instance_attributes/nvpair[starts-with(@name,{CibPath.Literal(prefix)})]";
        var reply = cib.Perform(new(CibOperation.Query, path, null, CibOptions.XPath));
        cib.Close();
        long sum = 0;
        foreach (var pair in reply.Answer is not { } answer ? [] : answer.Name == "xpath-query" ? answer.Children : [answer])
        {
            if (pair["value"] == "INFINITY") sum = Values.Infinity;
            else if (long.TryParse(pair["value"], NumberStyles.None, CultureInfo.InvariantCulture, out var each)) sum += each;
        }
        count = sum >= Values.Infinity ? "INFINITY" : sum.ToString(CultureInfo.InvariantCulture);
        return 0;
    }

    /// <summary>Which node this is, only a cluster knows, and none answers.</summary>
    private static int NoNode(CrmWorld world) => world.Fail(102, "error: Could not connect to controller: Connection refused\ncrm_attribute: Could not connect to the CIB: Transport endpoint is not connected");

    private static int Version(CrmWorld world)
    {
        world.Output.Write(CrmText.Version("crm_attribute"));
        return 0;
    }

    private static int Usage(CrmWorld world, int status, string text, string? error = null)
    {
        if (error is not null) world.Errors.Write($"error: {error}\n");
        world.Output.Write(text);
        return status;
    }

    private const string Commands = """
          -G, --query            Print the value
          -D, --delete           Delete it
          -N, --node=NODE        Of this node
          -q, --quiet            Print the value only
          --version   --help

        """;

    private static readonly string StandbyHelp = "crm_standby - whether a node may run resources\nUsage: crm_standby COMMAND [OPTIONS]\n\n" + Commands
        + "  -v, --update=on|off    Set it\n  -l, --lifetime=reboot|forever\n  -i, --id=ID            The attribute's id\n";
    private static readonly string MasterHelp = "crm_master - a resource's promotion score (older than crm_attribute --promotion)\nUsage: crm_master COMMAND [OPTIONS]\n\n" + Commands
        + "  -v, --update=SCORE     Set it\n  -l, --lifetime=reboot|forever\n  -i, --id=ID            The attribute's id\n  -r, --resource=RESOURCE\n";
    private static readonly string FailCountHelp = "crm_failcount - how often a resource failed\nUsage: crm_failcount COMMAND [OPTIONS]\n\n" + Commands + "  -r, --resource=RESOURCE\n  -n, --operation=NAME   Of one operation...\n  -I, --interval=TIME    ...with this interval\n";
}
