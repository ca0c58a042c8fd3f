using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>How often a resource failed on a node, from the node's attributes.</summary>
internal static class FailCounts
{
    private const string Count = "fail-count-", Last = "last-failure-";

    public static int Of(Scheduling model, PolicyNode node, PolicyResource resource, bool effective, bool launched, CibElement? entry, out long lastFailure)
    {
        lastFailure = 0;
        var name = resource.NameInHistory;
        var anonymous = !resource.Unique;
        if (anonymous) name = Naming.Base(name);
        var count = 0;
        node.Failures ??= Index(node.Attributes);
        if (node.Failures.TryGetValue(name, out var failures))
            foreach (var (attribute, value) in failures)
            {
                if (Matches(attribute, Count, name, anonymous)) count = Scores.Add(count, Scores.Parse(value) ?? 0);
                else if (Matches(attribute, Last, name, anonymous) && Texts.Integer(value) is { } at) lastFailure = Math.Max(lastFailure, at);
            }
        if (count > 0 && resource.FailureTimeoutMs > 0 && Blocks(model, node, resource, entry))
        {
            model.Remarks?.Add(new(false, "pe_get_failcount", $"Ignoring failure timeout {Texts.Text(resource.FailureTimeoutMs / 1000)} for {resource.Id} because it conflicts with on-fail=block"));
            resource.FailureTimeoutMs = 0;
        }
        if (effective && resource.FailureTimeoutMs > 0 && lastFailure > 0 && model.Now > lastFailure + resource.FailureTimeoutMs / 1000) count = 0;
        if (launched && resource.Launched.Count > 0 && !resource.IsInBundle)
            foreach (var inside in resource.Launched)
            {
                count = Scores.Add(count, Of(model, node, inside, effective, launched: true, entry, out var last));
                lastFailure = Math.Max(lastFailure, last);
            }
        if (count <= 0) lastFailure = 0;
        return count;
    }

    /// <summary>By each name that they can be read as speaking of: all before a "#", with an instance's number at the end of it or without.</summary>
    private static Dictionary<string, List<KeyValuePair<string, string>>> Index(Dictionary<string, string> attributes)
    {
        var index = new Dictionary<string, List<KeyValuePair<string, string>>>(StringComparer.OrdinalIgnoreCase);
        foreach (var attribute in attributes)
        {
            var name = attribute.Key;
            var prefix = name.StartsWith(Count, StringComparison.OrdinalIgnoreCase) ? Count : name.StartsWith(Last, StringComparison.OrdinalIgnoreCase) ? Last : null;
            if (prefix is null) continue;
            for (var end = name.IndexOf('#', prefix.Length); end >= 0; end = name.IndexOf('#', end + 1))
            {
                Add(name[prefix.Length..end], attribute);
                var digits = end;
                while (digits > prefix.Length && char.IsAsciiDigit(name[digits - 1])) digits--;
                if (digits < end && digits > prefix.Length && name[digits - 1] == ':') Add(name[prefix.Length..(digits - 1)], attribute);
            }
        }
        return index;

        void Add(string of, KeyValuePair<string, string> attribute)
        {
            if (!index.TryGetValue(of, out var list)) index[of] = list = [];
            list.Add(attribute);
        }
    }

    /// <summary>PREFIX NAME [:N] # OPERATION _ INTERVAL, the instance only for an anonymous one; letters without case.</summary>
    private static bool Matches(string attribute, string prefix, string name, bool anonymous)
    {
        if (!attribute.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = attribute.AsSpan(prefix.Length);
        if (!rest.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return false;
        rest = rest[name.Length..];
        if (anonymous && rest.Length > 1 && rest[0] == ':' && char.IsAsciiDigit(rest[1]))
        {
            rest = rest[1..];
            while (rest.Length > 0 && char.IsAsciiDigit(rest[0])) rest = rest[1..];
        }
        if (rest.Length < 4 || rest[0] != '#') return false;
        var bar = rest.LastIndexOf('_');
        return bar > 1 && bar < rest.Length - 1 && !rest[(bar + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Whether an operation that is configured to block on failure failed here: then nothing is forgotten by time.</summary>
    private static bool Blocks(Scheduling model, PolicyNode node, PolicyResource resource, CibElement? entry)
    {
        // What is configured and what is recorded of a clone's instance bears its number in neither place.
        var name = Naming.Base(resource.Id);
        foreach (var operation in resource.Operations)
        {
            if (operation["on-fail"] != "block") continue;
            if (entry is not null)
            {
                if (IsFailureOf(name, operation, entry)) return true;
                continue;
            }
            foreach (var recorded in Recorded(model, node.Name, name))
                if (IsFailureOf(name, operation, recorded)) return true;
        }
        return false;
    }

    private static bool IsFailureOf(string name, CibElement operation, CibElement entry)
    {
        var interval = Periods.Interval(operation["interval"]);
        if (operation["name"] != entry["operation"] || interval != Periods.Recorded(entry["interval"])) return false;
        if (entry.Id == Naming.Key(name, "last_failure", 0)) return true;
        return entry.Id == Naming.Key(name, operation["name"]!, interval) && Texts.Integer(entry["rc-code"]) != Age.ExpectedResult(entry);
    }

    /// <summary>The recorded operations of a resource on a node.</summary>
    public static IEnumerable<CibElement> Recorded(Scheduling model, string? node, string resource)
    {
        foreach (var state in model.Cib.Element("status")?.Elements("node_state") ?? [])
        {
            if (state["uname"] != node) continue;
            foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
            {
                if (history.Id != resource) continue;
                foreach (var operation in history.Elements("lrm_rsc_op")) yield return operation;
            }
        }
    }
}
