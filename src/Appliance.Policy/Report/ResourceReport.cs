using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Report;

/// <summary>What <c>crm_resource</c> tells of resources, as lines.</summary>
public static class ResourceReport
{
    /// <summary>All resources with their roles.</summary>
    public static List<string> List(Scheduling model) => StatusReport.Resources(model);

    /// <summary>One resource: a line, or for a collective that is active one for itself and each member.</summary>
    public static List<string> Of(Scheduling model, PolicyResource resource) => resource is Primitive ? [StatusReport.Line(model, resource, places: true)]
        : resource.IsActive(all: false) ? StatusReport.Resource(model, resource).ConvertAll(l => l.TrimStart()[2..]) : [];

    /// <summary>A primitive and its role, without the place.</summary>
    public static string Line(Scheduling model, PolicyResource resource) => StatusReport.Line(model, resource, places: false);

    public static string Name(PolicyResource resource) => StatusReport.Name(resource);

    public static bool IsDisabled(PolicyResource resource) => StatusReport.IsDisabled(resource);

    /// <summary>A resource's parameters, as they are on a node.</summary>
    public static IReadOnlyDictionary<string, string> ParametersOf(Scheduling model, PolicyResource resource, PolicyNode? node) => Parameters.Of(model, resource, node);

    /// <summary>Finds a resource by its id, or by the name that its instances have in common.</summary>
    /// <param name="any">Any instance may be meant, not only one of an anonymous clone.</param>
    public static PolicyResource? Find(Scheduling model, string id, bool any)
    {
        foreach (var top in model.Resources)
            if (Scheduling.Find(top, r => r.Id == id || r.HistoryName == id || (any || !r.Unique) && Naming.Base(r.Id) == id) is { } found) return found;
        return null;
    }

    /// <summary>Nodes on which it, or anything in it, is active: the last found first.</summary>
    public static List<PolicyNode> Places(PolicyResource resource)
    {
        var places = new List<PolicyNode>();
        Gather(resource);
        return places;

        void Gather(PolicyResource at)
        {
            foreach (var node in at.Active) places.Insert(0, node);
            foreach (var child in at.Children) Gather(child);
        }
    }

    /// <summary>What may keep a resource from running, in Pacemaker's order.</summary>
    public static List<(string Attribute, string Value, string Text)> Checks(Scheduling model, PolicyResource resource)
    {
        var checks = new List<(string, string, string)>();
        var name = resource.Top().Id;
        switch (Roles.Parse(resource.Meta.GetValueOrDefault("target-role")))
        {
            case Role.Stopped: checks.Add(("remain_stopped", "true", $"Configuration specifies '{name}' should remain stopped")); break;
            case Role.Unpromoted when resource.Top().Has(ResourceFlags.Promotable): checks.Add(("promotable", "false", $"Configuration specifies '{name}' should not be promoted")); break;
        }
        if (resource.Meta.GetValueOrDefault("is-managed") is { } managed && !Texts.IsTrue(managed))
            checks.Add(("unmanaged", "true", $"Configuration prevents cluster from stopping or starting unmanaged '{name}'"));
        if (resource.LockNode is { } locked) checks.Add(("locked-to", locked.Name, $"'{name}' is locked to node {locked.Name} due to shutdown"));
        return checks;
    }

    /// <summary>Where it may run, and with what: locations and colocations of a resource whose constraints were read.</summary>
    /// <param name="recursive">And those of what it is colocated with.</param>
    public static List<string> Constraints(PolicyResource resource, bool recursive)
    {
        var lines = new List<string>();
        Locations(lines, resource, 0);
        Colocated(lines, resource, 0, recursive, dependents: true, []);
        Colocated(lines, resource, 0, recursive, dependents: false, []);
        return lines;
    }

    private static void Locations(List<string> lines, PolicyResource resource, int depth)
    {
        var first = true;
        foreach (var location in resource.Locations)
            foreach (var candidate in location.Nodes)
            {
                if (first) lines.Add(Indented(depth, "Locations:"));
                first = false;
                lines.Add(Indented(depth + 1, $"Node {candidate.Node.Name} (score={Scores.Text(candidate.Score)}, id={location.Id}, rsc={resource.Id})"));
            }
    }

    private static void Colocated(List<string> lines, PolicyResource resource, int depth, bool recursive, bool dependents, HashSet<PolicyResource> seen)
    {
        if (!seen.Add(resource)) return;
        var first = true;
        foreach (var colocation in dependents ? resource.WithThis : resource.ThisWith)
        {
            if (first) lines.Add(Indented(depth, dependents ? $"Resources colocated with {resource.Id}:" : $"Resources {resource.Id} is colocated with:"));
            first = false;
            var other = dependents ? colocation.Dependent : colocation.Primary;
            if (seen.Contains(other))
            {
                lines.Add(Indented(depth + 1, $"{other.Id} (id={colocation.Id} - loop)"));
                continue;
            }
            var role = colocation.PrimaryRole > Role.Started ? $", {(dependents ? "needs" : "with")} role={colocation.PrimaryRole.Text()}" : "";
            lines.Add(Indented(depth + 1, $"{other.Id} (score={Scores.Text(colocation.Score)}{role}, id={colocation.Id})"));
            Locations(lines, other, depth + 2);
            if (recursive) Colocated(lines, other, depth + 2, recursive, dependents, seen);
        }
    }

    private static string Indented(int depth, string text) => depth == 0 ? text : new string(' ', depth * 2) + "* " + text;

    /// <summary>The digests of the operation that says most of a resource on a node: the last one that started, promoted or probed it, else a recurring one.</summary>
    /// <param name="overrides">Parameters in the place of those that are configured.</param>
    /// <returns>The operation, its interval (ms), and its digests: of which parameters, for people and in XML, and these, by name.</returns>
    public static (string Task, long Interval, List<(string Digest, string What, string Type, IEnumerable<KeyValuePair<string, string>> Parameters)> Digests) Digests(
        Scheduling model, PolicyResource resource, PolicyNode node, IReadOnlyList<KeyValuePair<string, string>> overrides)
    {
        CibElement? best = null;
        foreach (var state in model.Cib.Element("status")?.Elements("node_state") ?? [])
        {
            if (state["uname"] != node.Name) continue;
            foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
            {
                if (history.Id != resource.Id) continue;
                foreach (var entry in history.Elements("lrm_rsc_op"))
                    if (best is null || IsBetter(entry, best)) best = entry;
            }
        }
        var (task, interval, parts) = (best?["operation"] ?? "start", Texts.Integer(best?["interval"]) ?? 0, new DigestParts(overrides));
        var found = OperationDigests.Of(model, resource, task, interval, node, best, parts);
        var digests = new List<(string, string, string, IEnumerable<KeyValuePair<string, string>>)>
        {
            (found.All, "all parameters", "all", parts.All), (found.Secure ?? found.All, "non-private parameters", "nonprivate", parts.Visible ?? parts.All),
        };
        if (found.Restart is { } restart) digests.Add((restart, "non-reloadable parameters", "nonreloadable", parts.Restart!));
        return (task, interval, digests);

        // As they are written, one after the other: what last said how the resource is started counts most, and a stop least; of equal ones the newer.
        static bool IsBetter(CibElement entry, CibElement than) =>
            !IsFailure(entry) && (IsEffective(entry) || !IsEffective(than) && (IsRecurring(entry) || !IsRecurring(than))) && (entry.Id == than.Id || Newness(entry, than) >= 0);

        static bool IsFailure(CibElement entry) => entry.Id?.EndsWith("_last_failure_0", StringComparison.Ordinal) == true;
        static bool IsRecurring(CibElement entry) => Texts.Integer(entry["interval"]) is > 0;
        static bool IsEffective(CibElement entry) => !IsRecurring(entry) && entry["operation"] is "monitor" or "start" or "promote" or "migrate_from";
    }

    /// <summary>A resource's operations in the history, in the order in which they were done.</summary>
    /// <param name="active">Only those that make up what is now: from the last start on.</param>
    /// <param name="asWritten">Of equals (several that are not done yet) the first in the document is the first, as crm_mon has it; else the last is, as crm_resource has it.</param>
    public static List<CibElement> Operations(CibElement history, bool active, bool asWritten = false)
    {
        var all = history.Elements("lrm_rsc_op").ToList();
        if (!asWritten) all.Reverse();
        MergeSort.By(all, Newness);
        if (!active) return all;
        int start = -1, stop = -1, monitor = -1, promoted = -1;
        for (var i = 0; i < all.Count; i++)
            switch (all[i]["operation"])
            {
                case "stop" when all[i]["op-status"] == "0": stop = i; break;
                case "start" or "migrate_from": start = i; break;
                case "monitor" when monitor <= stop && all[i]["rc-code"] is "0" or "8": monitor = i; break;
                case "promote" or "demote": promoted = i; break;
            }
        if (start < 0) start = promoted >= 0 ? promoted : monitor;
        return start < stop ? [] : all[Math.Max(start, 0)..];
    }

    /// <summary>Above zero: the first one came later.</summary>
    private static int Newness(CibElement a, CibElement b)
    {
        return Call(a) != Call(b) ? Call(a).CompareTo(Call(b)) : Changed(a).CompareTo(Changed(b));

        // One that is not done yet has no number, and is the last.
        static long Call(CibElement entry) => Texts.Integer(entry["call-id"]) is >= 0 and var call ? call : long.MaxValue;
        static long Changed(CibElement entry) => Texts.Integer(entry["last-rc-change"]) ?? 0;
    }
}
