using System.Globalization;
using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Report;

/// <summary>What else can be told of a status: attributes of nodes, fail counts, and operations that failed.</summary>
internal static class StatusDetails
{
    /// <summary>One attribute; <paramref name="expected"/> is what a working network would give, where a resource measures that.</summary>
    public sealed class NodeAttribute(string name, string value, int? expected)
    {
        public string Name => name;
        public string Value => value;
        public int? Expected => expected;

        private bool IsLost => expected is not null && Reached <= 0;
        private bool IsLow => expected is { } normal && Reached > 0 && Reached < normal;
        private long Reached => Texts.Integer(value) ?? 0;

        public string Text => $"{name,-32}\t: {value,-10}{(IsLost ? "\t: Connectivity is lost" : IsLow ? $"\t: Connectivity is degraded (Expected={Texts.Text(expected!.Value)})" : "")}";

        /// <summary>As a page of 2.1.5 has it.</summary>
        public string? Complaint => IsLost ? "(connectivity is lost)" : IsLow ? $"(connectivity is degraded -- expected {Texts.Text(expected!.Value)}" : null;
    }

    /// <summary>Attributes that are not the cluster's own business, by name; none for a node that is away.</summary>
    public static List<NodeAttribute> AttributesOf(Scheduling model, PolicyNode node)
    {
        var found = new List<NodeAttribute>();
        if (!node.Online) return found;
        var names = new List<string>();
        foreach (var name in node.Attributes.Keys)
            if (!Hidden(name)) names.Add(name);
        names.Sort(string.CompareOrdinal);
        foreach (var name in names) found.Add(new(name, node.Attributes[name], Expected(model, node, node.Running, name)));
        return found;
    }

    private static bool Hidden(string name)
    {
        foreach (var prefix in new[] { "fail-count", "last-failure", "shutdown", "terminate", "standby", "#" })
            if (name.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>How many hosts a resource of this node pings that keeps its count in the attribute, times its multiplier.</summary>
    private static int? Expected(Scheduling model, PolicyNode node, List<PolicyResource> resources, string attribute)
    {
        foreach (var resource in resources)
        {
            if (resource.Children.Count > 0 && Expected(model, node, resource.Children, attribute) is { } inside) return inside;
            if (resource.Type.ToLowerInvariant() is not ("ping" or "pingd")) continue;
            var parameters = Parameters.Of(model, resource, node);
            if (!Texts.Same(parameters.GetValueOrDefault("name", "pingd"), attribute)) continue;
            var hosts = parameters.GetValueOrDefault("host_list") is { } list ? list.Split(' ').Length : 0;
            return hosts * (int)(Texts.Integer(parameters.GetValueOrDefault("multiplier")) ?? 1);
        }
        return null;
    }

    /// <summary>How often a resource failed.</summary>
    public sealed class Failures(string resource, int threshold, int count, long last)
    {
        public string Resource => resource;
        public int Threshold => threshold;
        public int Count => count;
        public long Last => last;

        public string Text => $"{resource}: migration-threshold={Texts.Text(threshold)} fail-count={Texts.Text(count)}{(last > 0 ? $" last-failure='{Moment(last)}'" : "")}";

        public CibElement Xml => new CibElement("resource_history").Set("id", resource).Set("orphan", "false").Set("migration-threshold", Texts.Text(threshold))
            .Set("fail-count", Texts.Text(count)).Set("last-failure", last > 0 ? Moment(last) : null);
    }

    /// <summary>The states of the nodes that are there.</summary>
    public static List<CibElement> StatesOfPresent(Scheduling model)
    {
        var states = new List<CibElement>();
        foreach (var state in model.Cib.Element("status")?.Elements("node_state") ?? [])
            if (model.FindNodeById(state.Id) is { Online: true }) states.Add(state);
        return states;
    }

    public static List<Failures> FailuresOn(Scheduling model, CibElement state, out PolicyNode node)
    {
        var found = new List<Failures>();
        node = model.FindNodeById(state.Id)!;
        foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
        {
            if (history.Id is not { } id || model.Find(id) is not { } resource) continue;
            var count = FailCounts.Of(model, node, resource, effective: false, launched: false, null, out var last);
            if (count > 0) found.Add(new(id, resource.MigrationThreshold, count, last));
        }
        return found;
    }

    /// <summary>A failed operation in every detail; null where it is not shown (a probe that cannot work there).</summary>
    public static string? FailedText(CibElement entry)
    {
        if (IsMasked(entry)) return null;
        var code = Code(entry);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Key(entry)} on {Node(entry) ?? "unknown node"} '{ResultWords.Of(code)}' ({code}): call={entry["call-id"] ?? "unknown"}, status='{Status(entry)}'");
        if (entry["exit-reason"] is { Length: > 0 } reason) text += $", exitreason='{reason}'";
        if (Texts.Integer(entry["last-rc-change"]) is { } at) text += $", last-rc-change='{Moment(at)}'";
        if (entry["queue-time"] is { Length: > 0 } queued) text += $", queued={queued}ms";
        if (entry["exec-time"] is { Length: > 0 } took) text += $", exec={took}ms";
        return text;
    }

    public static CibElement? FailedXml(CibElement entry, bool old = false)
    {
        if (IsMasked(entry)) return null;
        var code = Code(entry);
        var xml = new CibElement("failure").Set(entry["operation_key"] is null ? "id" : "op_key", Key(entry)).Set("node", Node(entry)).Set("exitstatus", old ? ResultWords.Old(code) : ResultWords.Of(code))
            .Set("exitreason", entry["exit-reason"] is { } reason ? old ? Escaped(reason) : reason : "none").Set("exitcode", Texts.Text(code)).Set("call", entry["call-id"]).Set("status", old ? ResultWords.OldExecution(State(entry)) : Status(entry));
        if (Texts.Integer(entry["last-rc-change"]) is { } at and > 0)
            xml.Set("last-rc-change", Utc(at)).Set("queued", entry["queue-time"]).Set("exec", entry["exec-time"])
                .Set("interval", Texts.Text(Texts.Integer(entry["interval"]) ?? 0)).Set("task", entry["operation"]);
        return xml;
    }

    /// <summary>2.1.5 writes special characters of a reason twice as entities.</summary>
    private static string Escaped(string reason) =>
        reason.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&apos;", StringComparison.Ordinal).Replace("\t", "    ", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>A failed operation as 2.1.5 tells people: what, where, what came of it, when, and how long it took.</summary>
    public static string FailedSentence(CibElement entry, string node, Func<long, string> date)
    {
        if (!Naming.TryParseKey(Key(entry), out var resource, out var task, out var interval)) (resource, task, interval) = (Key(entry), "", 0);
        var name = task == Operation.Monitor && interval == 0 ? "probe" : task;
        var reason = entry["exit-reason"] is { Length: > 0 } given ? given : null;
        var status = Texts.Integer(entry["op-status"]) ?? 0;
        var text = $"{resource} {(interval > 0 ? Span(interval) + "-interval " : "")}{name} on {node} ";
        text += status == 0 ? $"returned '{ResultWords.Old(Code(entry))}'{(reason is null ? "" : $" ({reason})")}"
            : $"could not be executed ({ResultWords.OldExecution((int)status)}{(reason is null ? "" : ": " + reason)})";
        if (Texts.Integer(entry["last-rc-change"]) is { } at and > 0) text += $" at {date(at)}";
        if (Texts.Integer(entry["exec-time"]) is { } took and > 0) text += $" after {Span(took)}";
        return text;
    }

    /// <summary>As 2.1.5 tells machines.</summary>
    public static string FailedRecord(CibElement entry, string node, Func<long, string> date)
    {
        var code = Code(entry);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Key(entry)} on {node} '{ResultWords.Old(code)}' ({code}): call={entry["call-id"] ?? "unknown"}, status='{ResultWords.OldExecution(State(entry))}'");
        if (entry["exit-reason"] is { Length: > 0 } reason) text += $", exitreason='{reason}'";
        if (Texts.Integer(entry["last-rc-change"]) is not ({ } at and > 0)) return text;
        text += $", last-rc-change='{date(at)}'";
        if (entry["queue-time"] is { Length: > 0 } queued) text += $", queued={queued}ms";
        if (entry["exec-time"] is { Length: > 0 } took) text += $", exec={took}ms";
        return text;
    }

    /// <summary>A time in milliseconds as people write it: 1h2m3.456s.</summary>
    public static string Span(long ms)
    {
        var text = "";
        void Part(long size, string unit)
        {
            // As there, an hour is sixty minutes, and a second a thousand milliseconds.
            if (ms <= size) return;
            text += Texts.Text(ms / size) + unit;
            ms %= size;
        }
        Part(86_400_000, "d");
        Part(3_600_000, "h");
        Part(60_000, "m");
        if (ms > 1000) text += Texts.Text(ms / 1000) + (ms % 1000 > 0 ? string.Create(CultureInfo.InvariantCulture, $".{ms % 1000:D3}s") : "s");
        else if (ms > 0) text += Texts.Text(ms) + "ms";
        else if (text.Length == 0) text = "0s";
        return text;
    }

    private static int State(CibElement entry) => (int)(Texts.Integer(entry["op-status"]) ?? 0);

    private static string Key(CibElement entry) => entry["operation_key"] is { Length: > 0 } key ? key : entry.Id ?? "unknown operation";

    private static int Code(CibElement entry) => (int)(Texts.Integer(entry["rc-code"]) ?? 0);

    private static string Status(CibElement entry) => ResultWords.OfExecution((int)(Texts.Integer(entry["op-status"]) ?? 0));

    /// <summary>A probe that finds its agent missing or unusable is no failure anyone looks for.</summary>
    public static bool IsMasked(CibElement entry)
    {
        if (entry["operation"] != Operation.Monitor || Texts.Integer(entry["interval"]) is > 0) return false;
        return Code(entry) is 2 or 5 || entry["op-status"] == "7";
    }

    public static string? Node(CibElement entry)
    {
        for (var at = entry.Parent; at is not null; at = at.Parent)
            if (at.Name == "node_state") return at["uname"];
        return null;
    }

    public static string Utc(long epoch) => Date(epoch).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Date(long epoch) => DateTimeOffset.FromUnixTimeSeconds(epoch);

    /// <summary>As ctime(3) writes it, in UTC.</summary>
    private static string Moment(long epoch)
    {
        var date = Date(epoch);
        return $"{date.ToString("ddd MMM", CultureInfo.InvariantCulture)} {date.ToString("%d", CultureInfo.InvariantCulture),2} {date.ToString("HH:mm:ss yyyy", CultureInfo.InvariantCulture)}";
    }
}
