using System.Globalization;
using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Commands.ResourceTools;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>What <c>crm_resource</c> does with a CIB: the questions. What it changes: <see cref="ResourceChanges"/>.</summary>
internal static class ResourcesOnCib
{
    private const int InvalidParameter = 2, Unimplemented = 3, Usage = 64, NotConnected = 102, NoSuch = 105;

    /// <summary>Commands that are about all resources where none is named.</summary>
    private static bool MayBeAboutAll(string command) => command is "list" or "list-raw" or "list-cts" or "list-operations" or "list-all-operations" or "why" or "cleanup" or "refresh" or "wait";

    /// <param name="call">Calls the agent of a resource.</param>
    public static int Run(CrmWorld world, CrmResourceOptions options, PacemakerOutput view, Func<Question, PacemakerOutput, int> call)
    {
        var command = options.Command ?? "list";
        if (options.Has("expired") && command != "clear") return view.End(Usage, "crm_resource: --expired requires --clear or -U");
        if (!MayBeAboutAll(command) && options.Resource is null && !options.Has("expired")) return view.End(Usage, "crm_resource: Must supply a resource id with -r");
        if (command is "fail" or "digests" && options["node"] is null) return view.End(Usage, "crm_resource: Must supply a node name with -N");
        var rc = CibAccess.Open(world, out var cib);
        if (cib is null) return Fail(view, PacemakerCodes.Exit(rc), $"Could not connect to the CIB: {PacemakerCodes.Text(rc)}");

        var live = CibAccess.IsLive(world) && options["xml-file"] is null;
        var reply = options["xml-file"] is { } file ? new CibReply(CibResult.Ok, FileCib.Read(file, world)) : cib.Perform(new(CibOperation.Query));
        if (reply.Answer is not { } document) return Fail(view, PacemakerCodes.Exit(reply.Result == CibResult.Ok ? -1007 : (int)reply.Result), null);
        var run = PolicyRun.ReadStatus(document, world.Now());
        PolicyResource? resource = null;
        var any = command is "query-xml" or "query-xml-raw" or "get-parameter" or "get-property" or "set-parameter" or "delete-parameter" or "set-property" or "delete";
        if (options.Resource is { } id && command is not ("list" or "list-raw" or "list-cts" or "list-operations" or "list-all-operations" or "fail" or "wait"))
        {
            resource = ResourceReport.Find(run.Model, id, any);
            if (resource is null) return Fail(view, NoSuch, $"Resource '{id}' not found");
            if (id.Contains(':', StringComparison.Ordinal) && resource.Parent is Clone && command is "ban" or "clear" or "move" or "restart") return Fail(view, InvalidParameter, $"Cannot operate on clone resource instance '{id}'");
        }
        PolicyNode? node = null;
        if (options["node"] is { } name && command is not "wait")
        {
            node = run.Model.Nodes.Find(n => Values.Same(n.Name, name));
            if (node is null) return Fail(view, NoSuch, $"Node '{name}' not found");
        }
        var asked = new Question(world, options, view, cib, document, run, resource, node);
        var status = command switch
        {
            "list" => List(asked),
            "list-raw" => ListInstances(asked),
            "list-cts" => ListForAudits(asked),
            "list-operations" or "list-all-operations" => Operations(asked, command == "list-operations"),
            "query-xml" or "query-xml-raw" => QueryXml(asked, expanded: command == "query-xml"),
            "get-parameter" => GetParameter(asked),
            "get-property" => GetProperty(asked),
            "locate" => Locate(asked),
            "why" => Why(asked),
            "constraints" or "stack" => Constraints(asked, command == "stack"),
            "digests" => OperationDigests(asked),
            _ when options.CallsAgent => call(asked, view),
            "cleanup" or "refresh" => live ? ResourceOrders.Forget(asked, command == "refresh") : DryRun(asked, command),
            "fail" when live => ResourceOrders.Fail(asked),
            "restart" when live => ResourceRestart.Restart(asked),
            "wait" when live => ResourceRestart.Wait(world, cib, view, options.Timeout),
            "fail" => Fail(view, NotConnected, "Error connecting to the controller: Connection refused"),
            "set-parameter" or "delete-parameter" or "set-property" or "delete" or "move" or "ban" or "clear" => ResourceChanges.Run(asked, command),
            _ => Fail(view, Unimplemented, $"--{command} is not implemented"),
        };
        var closed = cib.Close();
        return status == 0 && closed != 0 ? PacemakerCodes.Exit(closed) : status;
    }

    /// <param name="Document">The CIB as it was read.</param>
    internal sealed record Question(CrmWorld World, CrmResourceOptions Options, PacemakerOutput View, ICib Cib, CibElement Document, PolicyRun Run, PolicyResource? Resource, PolicyNode? Node)
    {
        public Scheduling Model => Run.Model;

        /// <summary>A line for people: not with --quiet, not in XML.</summary>
        public void Say(string text)
        {
            if (View.Xml is null && !Options.Has("quiet")) View.Line(text);
        }
    }

    /// <summary>An error that ends the tool, in the two lines it has.</summary>
    internal static int Fail(PacemakerOutput view, int status, string? error)
    {
        var end = $"Error performing operation: {PacemakerCodes.ExitText(status)}";
        return view.End(status, error is null ? $"crm_resource: {end}" : $"crm_resource: {error}\n{end}");
    }

    /// <summary>As <see cref="Fail"/>, with what a return code means.</summary>
    /// <param name="bare">In one line.</param>
    internal static int End(PacemakerOutput view, int rc, bool bare = false) =>
        rc == 0 ? view.End(0) : bare ? view.End(PacemakerCodes.Exit(rc), $"crm_resource: Error performing operation: {PacemakerCodes.ExitText(PacemakerCodes.Exit(rc))}") : Fail(view, PacemakerCodes.Exit(rc), null);

    private static int List(Question asked)
    {
        if (asked.View.Xml is { } xml)
        {
            if (asked.Model.Resources.Count == 0) return Fail(asked.View, NoSuch, null);
            xml.Open("resources");
            foreach (var resource in asked.Model.Resources)
                if (!resource.IsRemoved || resource.IsActive(all: true)) ListXml(xml, resource);
            xml.Close();
        }
        else
            foreach (var line in ResourceReport.List(asked.Model)) asked.View.Line(line);
        return asked.View.End(0);
    }

    private static string Bool(bool value) => value ? "true" : "false";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void ListXml(FencingTools.XmlText xml, PolicyResource resource)
    {
        var (disabled, managed) = (Bool(ResourceReport.IsDisabled(resource)), Bool(resource.Managed));
        switch (resource)
        {
            case Group: xml.Open("group", ("id", resource.Id), ("number_resources", Number(resource.Children.Count)), ("managed", managed), ("disabled", disabled)); break;
            case Clone:
                xml.Open("clone", ("id", resource.Id), ("multi_state", Bool(resource.Has(ResourceFlags.Promotable))), ("unique", Bool(resource.Unique)), ("managed", managed), ("disabled", disabled),
                    ("failed", Bool(resource.Has(ResourceFlags.Failed))), ("failure_ignored", Bool(resource.Has(ResourceFlags.FailureIgnored))));
                break;
            default:
                PrimitiveXml(xml, resource);
                return;
        }
        foreach (var child in resource.Children) ListXml(xml, child);
        xml.Close();
    }

    private static void PrimitiveXml(FencingTools.XmlText xml, PolicyResource resource)
    {
        var role = resource.Role == Role.Started && resource.Top().Has(ResourceFlags.Promotable) ? Role.Unpromoted : resource.Role;
        (string, string?)[] attributes =
        [
            ("id", ResourceReport.Name(resource)), ("resource_agent", Agent(resource)), ("role", role.Text()), ("target_role", resource.Meta.GetValueOrDefault("target-role")), ("active", Bool(resource.IsActive(all: true))),
            ("orphaned", Bool(resource.IsRemoved)), ("blocked", Bool(resource.Has(ResourceFlags.Blocked))), ("managed", Bool(resource.Managed)), ("failed", Bool(resource.Has(ResourceFlags.Failed))),
            ("failure_ignored", Bool(resource.Has(ResourceFlags.FailureIgnored))), ("nodes_running_on", Number(resource.Active.Count)),
        ];
        if (resource.Active.Count == 0)
        {
            xml.Empty("resource", attributes);
            return;
        }
        xml.Open("resource", attributes);
        foreach (var node in resource.Active) xml.Empty("node", ("name", node.Name), ("id", node.Id), ("cached", Bool(node.Online)));
        xml.Close();
    }

    private static string Agent(PolicyResource resource) => $"{resource.Class}{(resource.Provider is { } provider ? ":" + provider : "")}:{resource.Type}";

    private static int ListInstances(Question asked)
    {
        var names = new List<string>();
        foreach (var top in asked.Model.Resources) Gather(top);
        if (asked.Model.Resources.Count == 0)
        {
            asked.View.Error("NO resources configured\n");
            return Fail(asked.View, NoSuch, null);
        }
        if (asked.View.Xml is null) asked.View.Lines("Resource Names", names);
        else Named(asked.View, "resource names", names.ConvertAll(n => ("resource", n)));
        return asked.View.End(0);

        void Gather(PolicyResource resource)
        {
            if (resource.Children.Count == 0) names.Add(resource.Id);
            foreach (var child in resource.Children) Gather(child);
        }
    }

    private static int ListForAudits(Question asked)
    {
        foreach (var line in CtsReport.Lines(asked.Model)) asked.Say(line);
        return asked.View.End(0);
    }

    private static void Named(PacemakerOutput view, string list, List<(string Name, string Value)> items)
    {
        var xml = view.Xml!;
        xml.Open("list", ("name", list), ("count", Number(items.Count)));
        foreach (var (name, value) in items) xml.Text("item", value, ("name", name));
        xml.Close();
    }

    private static int Operations(Question asked, bool active)
    {
        var (view, wanted) = (asked.View, asked.Options.Resource);
        var open = false;
        foreach (var state in asked.Document.Element("status")?.Elements("node_state") ?? [])
        {
            if (asked.Model.FindNode(state["uname"]) is not { } node || asked.Node is not null && asked.Node != node) continue;
            if (!node.Online && !asked.Model.Options.FencingEnabled) continue;
            foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
            {
                if (wanted is not null && !Values.Same(wanted, history.Id ?? "")) continue;
                foreach (var operation in ResourceReport.Operations(history, active))
                {
                    if (!open) view.Xml?.Open("operations");
                    open = true;
                    Operation(asked, node, history.Id!, operation);
                }
            }
        }
        if (open) view.Xml?.Close();
        return view.End(0);
    }

    private static void Operation(Question asked, PolicyNode node, string id, CibElement operation)
    {
        var resource = ResourceReport.Find(asked.Model, id, any: false);
        var key = operation["operation_key"] ?? operation.Id;
        var status = operation["op-status"] switch
        {
            "-1" => "pending", "0" => "complete", "1" => "Cancelled", "2" => "Timed Out", "3" => "NOT SUPPORTED", "4" or "5" => "Error", "6" => "NOT CONNECTED", "7" => "Not installed", "8" => "Internal communication failure",
            "9" => "Cannot execute now", "10" => "No fence device", _ => "UNKNOWN!",
        };
        var changed = Values.TryInteger(operation["last-rc-change"], out var epoch) ? CrmText.Date(epoch) : null;
        if (asked.View.Xml is { } xml)
            xml.Empty("operation", ("op", key), ("node", node.Name), ("call", operation["call-id"]), ("rc", operation["rc-code"]), ("status", status), ("rsc", resource is null ? null : ResourceReport.Name(resource)),
                ("agent", resource is null ? null : $"{resource.Class}:{resource.Provider}:{resource.Type}"), ("last-rc-change", changed), ("exec-time", changed is null ? null : operation["exec-time"]));
        else
            asked.View.Line($"{(resource is null ? $"Unknown resource {id}" : ResourceReport.Line(asked.Model, resource))}: {key} (node={node.Name}, call={operation["call-id"] ?? "(null)"}, rc={operation["rc-code"] ?? "(null)"}"
                + $"{(changed is null ? "" : $", last-rc-change='{changed}', exec={operation["exec-time"] ?? "(null)"}ms")}): {status}");
    }

    private static int QueryXml(Question asked, bool expanded)
    {
        var resource = asked.Resource!;
        var name = resource.Parent is Clone { Unique: false } ? ResourceReport.Name(resource) : Naming.Base(resource.Id);
        var element = (CibSections.Find(asked.Document, "resources")?.Descendants().FirstOrDefault(e => e.Id == name) ?? resource.Xml).Clone();
        if (expanded && ResourceTemplates.Expand(element, new IdIndex(asked.Document), out _) is { } whole) element = whole;
        // An instance has its number.
        if (resource.Parent is Clone && resource.Id.LastIndexOf(':') is >= 0 and var colon) element.Set("clone", resource.Id[(colon + 1)..]);
        if (asked.View.Xml is { } xml)
        {
            xml.Open("resource_config");
            ListXml(xml, resource);
            xml.Data("xml", FileCib.Text(element));
            xml.Close();
        }
        else
        {
            foreach (var line in ResourceReport.Of(asked.Model, resource)) asked.View.Line(line);
            asked.View.Line("Resource XML:\n" + FileCib.Text(element)[..^1]);
        }
        return asked.View.End(0);
    }

    private static int GetParameter(Question asked)
    {
        var (resource, name) = (asked.Resource!, asked.Options.Subject!);
        var node = resource.ActiveNode(out var all, out _);
        if (all > 1)
        {
            asked.View.Error($"{resource.Id} is active on more than one node, returning the default value for {name}");
            node = null;
        }
        var values = asked.Options.Kind switch
        {
            "meta_attributes" => resource.Meta,
            "utilization" => resource.Utilization,
            _ => ResourceReport.ParametersOf(asked.Model, resource, node),
        };
        if (!values.TryGetValue(name, out var value)) asked.View.Error($"Attribute '{name}' not found for '{resource.Id}'");
        else if (asked.View.Xml is null) asked.View.Line(value);
        else Named(asked.View, "attributes", [(name, value)]);
        return asked.View.End(0);
    }

    private static int GetProperty(Question asked)
    {
        var name = asked.Options.Subject!;
        if (asked.Resource!.Xml[name] is not { } value) return asked.View.End(0);
        if (asked.View.Xml is null) asked.View.Line(value);
        else Named(asked.View, "properties", [(name, value)]);
        return asked.View.End(0);
    }

    private static int Locate(Question asked)
    {
        var (name, resource) = (asked.Options.Resource!, asked.Resource!);
        // Of a clone, or what its instances have in common, all instances are meant.
        if (resource.Top() is Clone clone && resource != clone && !resource.Unique && resource.Id != name) resource = clone;
        var places = new List<(string Node, bool Promoted)>();
        foreach (var at in resource is Clone ? resource.Children : [resource])
            foreach (var node in at.Active) places.Insert(0, (node.Name, at.CurrentRole == Role.Promoted));
        if (asked.View.Xml is { } xml)
        {
            if (places.Count == 0)
            {
                xml.Empty("nodes", ("resource", name));
                return asked.View.End(0);
            }
            xml.Open("nodes", ("resource", name));
            foreach (var (node, promoted) in places) xml.Text("node", node, ("state", promoted ? "promoted" : null));
            xml.Close();
            return asked.View.End(0);
        }
        if (places.Count == 0 && !asked.Options.Has("quiet")) asked.View.Error($"resource {name} is NOT running");
        foreach (var (node, promoted) in places) asked.View.Line(asked.Options.Has("quiet") ? node : $"resource {name} is running on: {node}{(promoted ? " Promoted" : "")}");
        return asked.View.End(0);
    }

    private static int Why(Question asked)
    {
        var (xml, resource, node) = (asked.View.Xml, asked.Resource, asked.Node);
        if (resource is not null)
        {
            var here = node is not null && ResourceReport.Places(resource).Contains(node);
            var running = ResourceReport.Places(resource).Count > 0;
            if (node is not null) xml?.Open("reason", ("running_on", here ? node.Name : null));
            else xml?.Open("reason", ("running", Bool(running)));
            Reason(asked, node is null ? $"Resource {resource.Id} is {(running ? "" : "not ")}running" : $"Resource {resource.Id} is {(here ? "" : "not ")}running on host {node.Name}", resource);
            xml?.Close();
            return asked.View.End(0);
        }
        xml?.Open("reason");
        xml?.Open("resources");
        foreach (var each in node?.Running ?? asked.Model.Resources)
        {
            var running = node is not null || ResourceReport.Places(each).Count > 0;
            xml?.Open("resource", ("id", each.Id), ("running", Bool(running)), ("host", node?.Name));
            Reason(asked, node is null ? $"Resource {each.Id} is {(running ? "" : "not ")}running" : $"Resource {each.Id} is running on host {node.Name}", each);
            xml?.Close();
        }
        xml?.Close();
        xml?.Close();
        return asked.View.End(0);
    }

    private static void Reason(Question asked, string text, PolicyResource resource)
    {
        var checks = ResourceReport.Checks(asked.Model, resource);
        if (asked.View.Xml is { } xml)
        {
            var attributes = new (string, string?)[checks.Count + 1];
            attributes[0] = ("id", resource.Top().Id);
            for (var i = 0; i < checks.Count; i++) attributes[i + 1] = (checks[i].Attribute, checks[i].Value);
            xml.Empty("check", attributes);
            return;
        }
        asked.View.Line(text);
        foreach (var check in checks) asked.View.Line(check.Text);
    }

    private static int Constraints(Question asked, bool recursive)
    {
        asked.Run.ReadConstraints(PosixPattern.Of);
        var resource = asked.Options.Has("force") ? asked.Resource! : asked.Resource!.Top();
        recursive |= asked.Options.Has("recursive");
        if (asked.View.Xml is not { } xml)
        {
            foreach (var line in ResourceReport.Constraints(resource, recursive)) asked.View.Line(line);
            return asked.View.End(0);
        }
        if (resource.Locations.Count == 0 && resource.WithThis.Count == 0 && resource.ThisWith.Count == 0)
        {
            xml.Empty("constraints");
            return asked.View.End(0);
        }
        xml.Open("constraints");
        LocationsXml(xml, resource);
        ColocatedXml(xml, resource, recursive, dependents: true, []);
        ColocatedXml(xml, resource, recursive, dependents: false, []);
        xml.Close();
        return asked.View.End(0);
    }

    private static void LocationsXml(FencingTools.XmlText xml, PolicyResource resource)
    {
        foreach (var location in resource.Locations)
            foreach (var candidate in location.Nodes)
                xml.Empty("rsc_location", ("node", candidate.Node.Name), ("rsc", resource.Id), ("id", location.Id), ("score", Scores.Text(candidate.Score)));
    }

    private static void ColocatedXml(FencingTools.XmlText xml, PolicyResource resource, bool recursive, bool dependents, HashSet<PolicyResource> seen)
    {
        if (!seen.Add(resource)) return;
        foreach (var colocation in dependents ? resource.WithThis : resource.ThisWith)
        {
            var other = dependents ? colocation.Dependent : colocation.Primary;
            xml.Empty("rsc_colocation", ("id", colocation.Id), ("rsc", colocation.Dependent.Id), ("with-rsc", colocation.Primary.Id), ("score", Scores.Text(colocation.Score)),
                ("node-attribute", colocation.NodeAttribute == "#uname" ? null : colocation.NodeAttribute),
                ("rsc-role", colocation.DependentRole == Role.Unknown ? null : colocation.DependentRole.Text()), ("with-rsc-role", colocation.PrimaryRole == Role.Unknown ? null : colocation.PrimaryRole.Text()));
            if (seen.Contains(other)) continue;
            LocationsXml(xml, other);
            if (recursive) ColocatedXml(xml, other, recursive, dependents, seen);
        }
    }

    /// <summary>What tells whether an operation's parameters have changed since it was done.</summary>
    private static int OperationDigests(Question asked)
    {
        if (asked.Resource is not Primitive) return Fail(asked.View, Unimplemented, null);
        var (task, interval, digests) = ResourceReport.Digests(asked.Model, asked.Resource, asked.Node!, asked.Options.Overrides);
        asked.View.Xml?.Open("digests", ("resource", asked.Resource.Id), ("node", asked.Node!.Name), ("task", task), ("interval", string.Create(CultureInfo.InvariantCulture, $"{interval}ms")));
        foreach (var (digest, what, type, parameters) in digests)
        {
            if (asked.View.Xml is not { } xml)
            {
                asked.View.Line($"{digest} ({what})");
                continue;
            }
            xml.Open("digest", ("type", type), ("hash", digest));
            var values = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var (name, value) in parameters) values[name] = value;
            var overridden = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, _) in asked.Options.Overrides)
                if (values.ContainsKey(name)) overridden.Add(name);
            var shown = new List<(string, string?)>();
            foreach (var name in GlibOrder.Of(overridden).Concat(GlibOrder.Of(values.Keys.Except(overridden)))) shown.Add((name, values[name]));
            xml.Empty("parameters", [.. shown]);
            xml.Close();
        }
        asked.View.Xml?.Close();
        return asked.View.End(0);
    }

    /// <summary>Nothing is cleaned up where no daemon runs; that is said.</summary>
    private static int DryRun(Question asked, string command)
    {
        if (asked.Resource is null)
        {
            asked.Say($"Dry run: skipping clean-up of {asked.Node?.Name ?? "all nodes"} due to CIB_file");
            return asked.View.End(0);
        }
        Skip(asked.Options.Has("force") ? asked.Resource : asked.Resource.Top());
        return asked.View.End(0);

        void Skip(PolicyResource resource)
        {
            foreach (var child in resource.Children) Skip(child);
            if (resource.Children.Count > 0) return;
            foreach (var node in asked.Node is not null ? [asked.Node] : resource.Known.Count > 0 ? resource.Known : asked.Model.Nodes)
                if (asked.Node is not null || node.Online) asked.View.Error($"Dry run: skipping clean-up of {resource.Id} on {node.Name} due to CIB_file");
        }
    }
}
