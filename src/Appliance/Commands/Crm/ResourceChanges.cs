using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Linux;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>What <c>crm_resource</c> changes in a CIB: parameters, and where resources may run.</summary>
internal static class ResourceChanges
{
    private const int Invalid = 22, Multiple = -1006, Already = -1004, Usage = 64;

    public static int Run(ResourcesOnCib.Question asked, string command) => command switch
    {
        "set-parameter" => SetParameter(asked),
        "delete-parameter" => ResourcesOnCib.End(asked.View, DeleteParameter(asked)),
        "set-property" => SetProperty(asked),
        "delete" => asked.Options["resource-type"] is { } type ? Perform(asked, ResourceRequests.Delete(type, asked.Options.Resource!))
            : ResourcesOnCib.Fail(asked.View, PacemakerCodes.Exit(PacemakerCodes.NoSuchObject), "You need to specify a resource type with -t"),
        "clear" => Clear(asked),
        _ => Place(asked, command == "move"),
    };

    private static int Perform(ResourcesOnCib.Question asked, CibRequest request) => ResourcesOnCib.End(asked.View, (int)asked.Cib.Perform(request).Result);

    private static int SetProperty(ResourcesOnCib.Question asked)
    {
        if (asked.Options["resource-type"] is not { Length: > 0 } type) return ResourcesOnCib.Fail(asked.View, 105, "Must specify -t with resource type");
        if (asked.Options["parameter-value"] is not { Length: > 0 } value) return ResourcesOnCib.Fail(asked.View, 105, "Must supply -v with new value");
        return Perform(asked, ResourceRequests.SetProperty(type, asked.Options.Resource!, asked.Options.Subject!, value));
    }

    // ---- parameters ----

    /// <summary>A name-value pair, or several; nothing is said of several but by <see cref="Find"/>.</summary>
    private static int Find(ResourcesOnCib.Question asked, string resource, string? kind, string? set, string? id, string? name, out string? found)
    {
        found = null;
        var reply = asked.Cib.Perform(ResourceRequests.QueryParameter(resource, kind, set, id, name));
        if (reply.Answer is not { } answer) return (int)reply.Result;
        if (answer.Name == "xpath-query")
        {
            asked.Say($"Multiple attributes match name={name}");
            foreach (var each in answer.Children) asked.Say($"  Value: {each["value"]} \t(id={each.Id})");
            asked.Say("");
            return PacemakerCodes.NotUnique;
        }
        found = answer.Id;
        return 0;
    }

    /// <summary>Whose parameter it is: a clone's for its instances, and of a group that of each member that has it.</summary>
    private static List<PolicyResource> Owners(ResourcesOnCib.Question asked, string verb)
    {
        var (resource, options) = (asked.Resource!, asked.Options);
        var (kind, set, id, name, requested) = (options.Kind, options["set-name"], options["nvpair"], options.Subject!, options.Resource!);
        if (options.Has("force")) return [resource];
        if (resource.Parent is Clone clone)
        {
            if (Find(asked, requested, kind, set, id, name, out _) == 0) return [resource];
            asked.Say($"Performing {verb} of '{name}' on '{clone.Id}', the parent of '{requested}'");
            return [clone];
        }
        if (resource is Clone { Parent: null } && resource.Children.Count > 0)
        {
            var child = resource.Children[0];
            if (child is not Primitive || Find(asked, Naming.Base(child.Id), kind, set, id, name, out _) != 0) return [resource];
            asked.Say($"A value for '{name}' already exists in child '{Naming.Base(child.Id)}', performing {verb} on that instead of '{requested}'");
            return [child];
        }
        var owners = new List<PolicyResource>();
        Gather(resource, 0);
        return owners;

        void Gather(PolicyResource at, int depth)
        {
            foreach (var child in at.Children)
            {
                Gather(child, depth + 1);
                if (at is Clone) break;
            }
            if (Find(asked, Naming.Base(at.Id), kind, set, id, name, out _) == 0 || depth == 0) owners.Add(at);
        }
    }

    private static int SetParameter(ResourcesOnCib.Question asked)
    {
        var options = asked.Options;
        if (options["parameter-value"] is not { Length: > 0 } value) return asked.View.End(Usage, "crm_resource: You need to supply a value with the -v option");
        if (options.Has("recursive") && options.Kind == "meta_attributes") asked.Run.ReadConstraints(PosixPattern.Of);
        return ResourcesOnCib.End(asked.View, SetParameter(asked, value, []));
    }

    internal static int SetParameter(ResourcesOnCib.Question asked, string value, HashSet<PolicyResource> done)
    {
        var (resource, options) = (asked.Resource!, asked.Options);
        var (kind, set, id, name) = (options.Kind, options["set-name"], options["nvpair"], options.Subject!);
        var top = resource.Top(includeBundle: true).Id;
        if (id is null && !options.Has("force")) Find(asked, top, null, null, null, name, out _);
        List<PolicyResource> owners;
        if (kind != "instance_attributes") owners = Owners(asked, "update");
        else
        {
            if (!options.Has("force") && Find(asked, top, "meta_attributes", set, id, name, out var meta) == 0)
            {
                if (!options.Has("quiet"))
                {
                    asked.View.Error($"WARNING: There is already a meta attribute for '{top}' called '{name}' (id={meta})");
                    asked.View.Error($"         Delete '{meta}' first or use the force option to override");
                }
                return PacemakerCodes.NotUnique;
            }
            owners = [resource];
        }
        // Who names a set or a pair means one resource.
        if (set is not null || id is not null) owners = [owners[^1]];
        var rc = 0;
        foreach (var owner in owners)
        {
            var ownerId = Naming.Base(owner.Id);
            rc = Find(asked, ownerId, kind, set, id, name, out var found);
            if (rc is not (0 or PacemakerCodes.NoSuchObject)) return rc;
            CibRequest request;
            var said = set;
            if (rc == 0) request = ResourceRequests.ChangeParameter(found!, name, value);
            else
            {
                said = set ?? $"{ownerId}-{kind}";
                found = id is null ? $"{said}-{name}" : null;
                request = ResourceRequests.AddParameter(owner.Xml.Name, ownerId, kind, said, found ?? id!, name, value);
            }
            rc = (int)asked.Cib.Perform(request).Result;
            if (rc == 0) asked.Say($"Set '{ownerId}' option: id={found ?? "(null)"}{(said is null ? "" : " set=")}{said} name={name} value={value}");
            if (!options.Has("recursive") || kind != "meta_attributes") continue;
            done.Add(owner);
            foreach (var colocation in owner.WithThis)
                if (colocation.Score > 0 && !done.Contains(colocation.Dependent))
                    SetParameter(asked with { Resource = colocation.Dependent, Options = options with { Resource = colocation.Dependent.Id, Others = options.Without("set-name", "nvpair") } }, value, done);
        }
        return rc;
    }

    internal static int DeleteParameter(ResourcesOnCib.Question asked)
    {
        var (resource, options) = (asked.Resource!, asked.Options);
        var (kind, set, id, name) = (options.Kind, options["set-name"], options["nvpair"], options.Subject!);
        if (id is null && !options.Has("force")) Find(asked, resource.Top(includeBundle: true).Id, null, null, null, name, out _);
        var rc = 0;
        foreach (var owner in kind == "meta_attributes" ? Owners(asked, "delete") : [resource])
        {
            var ownerId = Naming.Base(owner.Id);
            rc = Find(asked, ownerId, kind, set, id, name, out var found);
            if (rc == PacemakerCodes.NoSuchObject)
            {
                rc = 0;
                continue;
            }
            if (rc != 0) return rc;
            id ??= found;
            rc = (int)asked.Cib.Perform(ResourceRequests.DeleteParameter(id, name)).Result;
            if (rc == 0) asked.Say($"Deleted '{ownerId}' option: id={found}{(set is null ? "" : " set=")}{set} name={name}");
        }
        return rc;
    }

    // ---- places ----

    private static int Place(ResourcesOnCib.Question asked, bool move)
    {
        var rc = asked.Node is null ? Away(asked, out var error) : move ? Move(asked, asked.Node, out error) : Ban(asked, asked.Options.Resource!, asked.Node.Name, asked.Options.Promoted, out error);
        return error is not null ? asked.View.End(Usage, $"crm_resource: {error}") : rc == Invalid ? asked.View.End(Usage) : ResourcesOnCib.End(asked.View, rc);
    }

    /// <summary>Away from where it is.</summary>
    private static int Away(ResourcesOnCib.Question asked, out string? error)
    {
        var (resource, id) = (asked.Resource!, asked.Options.Resource!);
        var current = Current(resource, out var count);
        if (count == 1) return Ban(asked, id, current!.Name, asked.Options.Promoted, out error);
        if (!Promotable(resource))
        {
            error = $"Resource '{id}' not moved: active in {count} locations.\nTo prevent '{id}' from running on a specific location, specify a node.";
            return Invalid;
        }
        var promoted = resource.Children.FindAll(c => c.CurrentRole == Role.Promoted);
        if (promoted is [{ CurrentNode: { } node }]) return Ban(asked, id, node.Name, asked.Options.Promoted, out error);
        error = $"Resource '{id}' not moved: active in {count} locations (promoted in {promoted.Count}).\nTo prevent '{id}' from running on a specific location, specify a node."
            + $"To prevent '{id}' from being promoted at a specific location, specify a node and the --promoted option.";
        return Invalid;
    }

    /// <summary>A promotable clone, or an instance of one.</summary>
    private static bool Promotable(PolicyResource resource) => (resource.Parent as Clone ?? resource).Has(ResourceFlags.Promotable);

    /// <summary>Where it is; a node that is gone counts only where it would have to be fenced.</summary>
    private static PolicyNode? Current(PolicyResource resource, out int count)
    {
        var node = resource.ActiveNode(out var all, out var clean);
        count = resource.Has(ResourceFlags.NeedsFencing) ? all : clean;
        return node;
    }

    private static int Move(ResourcesOnCib.Question asked, PolicyNode target, out string? error)
    {
        error = null;
        var (resource, id, promoted, force) = (asked.Resource!, asked.Options.Resource!, asked.Options.Promoted, asked.Options.Has("force"));
        if (promoted && !Promotable(resource))
        {
            var top = resource.Top(includeBundle: true);
            if (top.Has(ResourceFlags.Promotable))
            {
                asked.Say($"Using parent '{resource.Id}' for move instead of '{id}'.");
                (id, resource) = (top.Id, top);
            }
            else
            {
                asked.Say($"Ignoring --promoted option: {id} is not promotable");
                promoted = false;
            }
        }
        var current = Current(resource, out var count);
        if (Promotable(resource))
        {
            var instances = resource.Children.FindAll(c => c.CurrentRole == Role.Promoted);
            if (promoted || instances.Count > 0) (count, current) = (instances.Count, instances.Count > 0 ? instances[^1].CurrentNode : null);
            if (instances.Count > 0) resource = instances[^1];
        }
        if (count > 1)
        {
            if (resource is not Clone) return Multiple;
            current = null;
        }
        if (current == target && !force) return Already;

        ClearAll(asked, id, asked.Model.Nodes, bans: false);
        ClearAll(asked, id, [target], bans: true);
        if (!Until(asked, out var end)) return Invalid;
        var rc = (int)asked.Cib.Perform(ResourceRequests.Prefer(id, target.Name, promoted, end)).Result;
        if (!force || current == target) return rc;
        if (current is not null) Ban(asked, id, current.Name, promoted, out _);
        else if (count > 1)
        {
            asked.Say($"Resource '{id}' is currently {(promoted ? "promoted" : "active")} in {count} locations. One may now move to {target.Name}");
            asked.Say($"To prevent '{id}' from being {(promoted ? "promoted" : "active")} at a specific location, specify a node.");
        }
        return rc;
    }

    private static int Ban(ResourcesOnCib.Question asked, string id, string node, bool promoted, out string? error)
    {
        error = null;
        if (!Until(asked, out var end)) return Invalid;
        asked.Say($"WARNING: Creating rsc_location constraint 'cli-ban-{id}-on-{node}' with a score of -INFINITY for resource {id} on {node}.\n\tThis will prevent {id} from {(promoted ? "being promoted" : "running")} on {node} "
            + $"until the constraint is removed using the clear option or by editing the CIB with an appropriate tool\n\tThis will be the case even if {node} is the last node in the cluster");
        return (int)asked.Cib.Perform(ResourceRequests.Ban(id, node, promoted, end)).Result;
    }

    /// <summary>The end of --lifetime, if there is one.</summary>
    private static bool Until(ResourcesOnCib.Question asked, out string? end)
    {
        end = null;
        if (asked.Options["lifetime"] is not { } lifetime) return true;
        if (!Iso8601.TryDuration(lifetime, out var duration, out _))
        {
            asked.View.Error($"Invalid duration specified: {lifetime}\nPlease refer to https://en.wikipedia.org/wiki/ISO_8601#Durations for examples of valid durations");
            return false;
        }
        end = (CrmText.Local(asked.World) + duration).ToString(CibTimeForm.Calendar, local: true);
        asked.Say($"Migration will take effect until: {end}");
        return true;
    }

    private static int ClearAll(ResourcesOnCib.Question asked, string id, List<PolicyNode> nodes, bool bans)
    {
        foreach (var node in nodes)
            foreach (var request in ResourceRequests.Clear(id, node.Name, bans, asked.Options.Has("force")))
                if (asked.Cib.Perform(request).Result is var result && result is not (CibResult.Ok or CibResult.NoSuchObject)) return (int)result;
        return 0;
    }

    private static int Clear(ResourcesOnCib.Question asked)
    {
        var options = asked.Options;
        var rc = 0;
        if (options.Has("expired"))
            foreach (var id in ResourceRequests.Expired(asked.Document, CrmText.Local(asked.World), options.Resource, options["node"], options.Promoted))
            {
                rc = (int)asked.Cib.Perform(ResourceRequests.ClearOne(id)).Result;
                if (rc != 0) break;
            }
        else rc = ClearAll(asked, options.Resource!, asked.Node is null ? asked.Model.Nodes : [asked.Node], bans: true);
        if (options.Has("quiet")) return ResourcesOnCib.End(asked.View, rc);
        var after = asked.Cib.Perform(new(CibOperation.Query)).Answer!;
        var left = Ids(after);
        foreach (var id in Ids(asked.Document))
            if (!left.Contains(id)) asked.Say($"Removing constraint: {id}");
        return ResourcesOnCib.End(asked.View, rc);

        static List<string> Ids(CibElement cib)
        {
            var ids = (CibSections.Find(cib, "constraints")?.Descendants("rsc_location") ?? []).Select(e => e.Id!).ToList();
            ids.Sort(StringComparer.Ordinal);
            return ids;
        }
    }
}
