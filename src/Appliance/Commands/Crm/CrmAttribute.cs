using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary><c>crm_attribute</c>: asks for, sets and deletes cluster options, attributes of nodes, defaults and attributes of tickets.</summary>
internal static class CrmAttribute
{
    private const string Known = "iid: nname: Ppattern: ppromotion? sset-name: Ddelete Gquery vupdate: ddefault: llifetime: Nnode: ttype: zutilization !inhibit-policy-engine -attr-id: -attr-name: -attr-value: -delete-attr -get-value Unode-uname: qquiet Qquiet";

    private const int Invalid = 22;

    public static int Run(CrmWorld world, string[] args) => CrmTool.Run(world, "crm_attribute", args, Known, "NPUdilnpstv", HelpText, Work);

    /// <summary>What the line asks for.</summary>
    private sealed class Wanted
    {
        public char Command = 'G';
        public string? Value, Name, Id, Pattern, Set, SetType, Section, Node, Default;
        public bool Promotion;
    }

    private static int Work(CrmTool tool)
    {
        var wanted = Read(tool);
        if (wanted.Promotion && wanted.Name is null) return tool.Fail(64, "-p/--promotion must be called from an OCF resource agent or with a resource ID specified");
        var status = tool.Connect(out var cib);
        if (cib is null) return status;
        status = Work(tool, cib, wanted);
        var closed = cib.Close();
        return status == 0 ? PacemakerCodes.Exit(closed) : status;
    }

    private static Wanted Read(CrmTool tool)
    {
        var wanted = new Wanted();
        foreach (var (name, value) in tool.Options.Options)
            switch (name)
            {
                case "id" or "attr-id": wanted.Id = value; break;
                case "name" or "attr-name": wanted.Name = value; break;
                case "pattern": wanted.Pattern = value; break;
                case "promotion":
                    wanted.Promotion = true;
                    wanted.Name = (value ?? tool.World.Variable("OCF_RESOURCE_INSTANCE")) is { } resource ? "master-" + resource : null;
                    break;
                case "set-name": wanted.Set = value; break;
                case "delete" or "delete-attr": (wanted.Command, wanted.Value) = ('D', null); break;
                case "query" or "get-value": (wanted.Command, wanted.Value) = ('G', null); break;
                case "update" or "attr-value": (wanted.Command, wanted.Value) = ('u', value); break;
                case "default": wanted.Default = value; break;
                case "lifetime" or "type": wanted.Section = value; break;
                case "node" or "node-uname": wanted.Node = value; break;
                case "utilization": (wanted.Section, wanted.SetType) = ("nodes", "utilization"); break;
                case "quiet": tool.Quiet = true; break;
            }
        return wanted;
    }

    private static int Work(CrmTool tool, ICib cib, Wanted wanted)
    {
        var section = wanted.Section switch
        {
            null => wanted.Promotion ? "status" : wanted.Node is not null ? "nodes" : "crm_config",
            var s when Values.Same(s, "reboot") => "status",
            var s when Values.Same(s, "forever") => "nodes",
            var s => s,
        };
        string? node = null;
        var remote = false;
        if (!Values.Same(section, "crm_config") && !Values.Same(section, "tickets"))
        {
            wanted.Node = NodeNames.Target(tool.World, wanted.Node) ?? wanted.Node ?? (tool.World.Variable("CIB_file") is not null ? NodeNames.Local() : NodeAttributes.Here(tool.World));
            if (wanted.Node is null) return tool.Fail(102, "Could not connect to controller: Connection refused");
            if (!NodeNames.Find(cib, wanted.Node, out node, out remote)) return tool.Fail(105, $"Could not map name={wanted.Node} to a UUID");
        }
        if (wanted.Command == 'D' && wanted.Name is null && wanted.Pattern is null) return tool.Fail(64, "Error: must specify attribute name or pattern to delete");
        if (wanted.Pattern is not null)
        {
            if (wanted.Command != 'G' && !Values.Same(section, "status")) return tool.Fail(64, "Error: pattern can only be used with query, or with till-reboot update or delete");
            wanted.Name = wanted.Pattern;
        }
        var place = new AttributePlace(section, node, wanted.SetType, wanted.Set, wanted.Id, wanted.Name);
        var live = wanted.Command != 'G' && Values.Same(section, "status") && CibAccess.IsLive(tool.World);
        var rc = wanted.Command == 'G' ? Query(tool, cib, place, wanted) : live ? Change(tool.World, wanted) : Change(tool, cib, place, wanted, remote);
        return rc switch
        {
            0 => 0,
            PacemakerCodes.NotUnique => tool.Fail(PacemakerCodes.Exit(rc), "Please choose from one of the matches below and supply the 'id' with --attr-id"),
            // The words are those of the older code of that number.
            _ => tool.Fail(PacemakerCodes.Exit(rc), $"Error performing operation: {PacemakerCodes.Text(PacemakerCodes.FromLegacy(rc))}"),
        };
    }

    private static int Query(CrmTool tool, ICib cib, AttributePlace place, Wanted wanted)
    {
        var rc = Find(cib, wanted.Pattern is null ? place : place with { Id = null, Name = null }, out var found);
        if (rc == PacemakerCodes.NoSuchObject && wanted.Default is { } value)
        {
            Show(tool, place, wanted.Name, value, wanted.Node);
            return 0;
        }
        if (rc != 0) return rc;
        var shown = 0;
        foreach (var each in found)
        {
            if (wanted.Pattern is { } pattern && !Matches(each["name"], pattern)) continue;
            Show(tool, place, each["name"], each["value"], null);
            shown++;
        }
        // One that does not match is passed over without a word.
        return shown > 0 || found.Count == 1 ? 0 : PacemakerCodes.NoSuchObject;
    }

    private static void Show(CrmTool tool, AttributePlace place, string? name, string? value, string? host)
    {
        if (tool.View.Xml is { } xml)
        {
            xml.Empty("attribute", ("name", name), ("value", value ?? ""), ("scope", place.Section), ("id", Nonempty(place.Id)), ("host", Nonempty(host)));
            return;
        }
        if (!tool.Quiet) tool.View.Line($"scope={place.Section} {(place.Id is null ? "" : "id=")}{place.Id} {(name is null ? "" : "name=")}{name} value={value ?? "(null)"}");
        else if (value is not null) tool.View.Line(value);

        static string? Nonempty(string? text) => text is "" ? null : text;
    }

    private static int Change(CrmTool tool, ICib cib, AttributePlace place, Wanted wanted, bool remote)
    {
        if (wanted.Pattern is not { } pattern) return ChangeOne(tool, cib, place, wanted, remote);
        var rc = Find(cib, place with { Id = null, Name = null }, out var found);
        // A single attribute stands for itself in the answer, and has no children to go through.
        if (found.Count == 1) found.Clear();
        foreach (var each in found)
            if (rc == 0 && Matches(each["name"], pattern)) rc = ChangeOne(tool, cib, place with { Name = each["name"] }, wanted, remote);
        return wanted.Command == 'D' && rc == PacemakerCodes.NoSuchObject ? 0 : rc;
    }

    /// <summary>Transient attributes of a running cluster are its attribute manager's, and ids in the CIB are its own.</summary>
    private static int Change(CrmWorld world, Wanted wanted)
    {
        if (wanted.Name is null) return Invalid;
        List<string> names = [wanted.Name];
        if (wanted.Pattern is { } pattern)
        {
            if (NodeAttributes.Get(world, null, wanted.Node) is not { } known) return PacemakerCodes.NotConnected;
            names = known.ConvertAll(a => a.Name).FindAll(n => Matches(n, pattern));
        }
        return NodeAttributes.Set(world, names.ConvertAll(n => new AttributeView(n, wanted.Node!, wanted.Command == 'D' ? null : wanted.Value, wanted.Set)));
    }

    private static int ChangeOne(CrmTool tool, ICib cib, AttributePlace place, Wanted wanted, bool remote)
    {
        if (wanted.Command == 'u') return Update(tool, cib, place, wanted.Value!, remote);
        var rc = Delete(tool, cib, place, wanted.Value);
        return rc == PacemakerCodes.NoSuchObject ? 0 : rc;
    }

    private static int Update(CrmTool tool, ICib cib, AttributePlace place, string value, bool remote)
    {
        if (place.Name is null && place.Id is null) return Invalid;
        var rc = Find(cib, place, out var found);
        if (rc == 0 && Several(tool, found, place)) return PacemakerCodes.NotUnique;
        if (rc is not (0 or PacemakerCodes.NoSuchObject)) return rc;
        var set = place.Set;
        var request = rc == 0 ? AttributeRequests.Change(place with { Id = found[0].Id }, value) : AttributeRequests.Add(place, value, remote, out set);
        if (request is null) return Invalid;
        rc = (int)cib.Perform(request).Result;
        if (rc != 0) tool.View.Error($"Error setting {place.Name ?? place.Id}={value} (section={request.Section}, set={set ?? "<null>"}): {PacemakerCodes.Text(rc)}");
        return rc;
    }

    private static int Delete(CrmTool tool, ICib cib, AttributePlace place, string? value)
    {
        string? id = null;
        if (place.Id is null)
        {
            var rc = Find(cib, place, out var found);
            if (rc != 0 || Several(tool, found, place)) return rc;
            id = found[0].Id;
        }
        var result = (int)cib.Perform(AttributeRequests.Delete(place with { Id = place.Id ?? id }, value)).Result;
        if (result == 0)
            tool.Say($"Deleted {place.Section} {(place.Node is null ? "option" : "attribute")}: id={id ?? "(null)"}{(place.Set is null ? "" : " set=")}{place.Set}{(place.Name is null ? "" : " name=")}{place.Name}");
        return result;
    }

    private static int Find(ICib cib, AttributePlace place, out List<CibElement> found)
    {
        found = [];
        var (result, request) = AttributeRequests.Query(place);
        if (request is null) return result;
        var reply = cib.Perform(request);
        if (reply.Answer is { } answer) found.AddRange(answer.Name == "xpath-query" ? answer.Children : [answer]);
        return (int)reply.Result;
    }

    private static bool Several(CrmTool tool, List<CibElement> found, AttributePlace place)
    {
        if (found.Count < 2) return false;
        tool.Say($"Multiple attributes match name={place.Name ?? "(null)"}");
        foreach (var each in found) tool.Say($"  Value: {each["value"] ?? "(null)"} \t(id={each.Id ?? "(null)"})");
        return true;
    }

    private static bool Matches(string? name, string pattern) => name is not null && PosixPattern.Of(pattern)?.Match(name) is not null;

    private const string HelpText = """
        Usage:
          crm_attribute [OPTION…]

        crm_attribute - ask for, set and delete cluster options, node attributes and defaults

        Which:
          -n, --name=NAME           The attribute's or option's name
          -i, --id=ID               Its id in the CIB
          -s, --set-name=ID         The id of the set that it is in
          -P, --pattern=PATTERN     All whose name matches (with -G, or with -l reboot)
          -p, --promotion[=RESOURCE]
                                    The promotion score of a resource

        What to do:
          -G, --query               Print the value (what is done without another command)
          -v, --update=VALUE        Set it
          -D, --delete              Delete it

        Where:
          -N, --node=NODE           An attribute of this node
          -l, --lifetime=LIFETIME   reboot or forever
          -t, --type=SECTION        crm_config, rsc_defaults, op_defaults, tickets
          -z, --utilization         A utilization attribute of the node

        Output:
          -d, --default=VALUE       Print this where there is none
          -q, --quiet               Print the value only
          --output-as=text|xml|none   --output-to=FILE   -$, --version   -?, --help

        """;
}
