using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>A copy of a CIB in which a simulation notes what happens: states of nodes, results of operations, fail counts, tickets.</summary>
internal sealed class SimulatedCib
{
    /// <summary>Stands in every result: the age of an entry says how it is read.</summary>
    private const string FeatureSet = Graph.GraphBuilder.FeatureSet;
    private const string Origin = "crm_simulate", Nobody = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    private readonly long _now;
    private readonly bool _configureNodes;
    private readonly Dictionary<CibElement, Histories> _histories = [];

    /// <param name="configureNodes">Nodes that are spoken of and not configured get an entry in the configuration.</param>
    public SimulatedCib(CibElement cib, long now, bool configureNodes)
    {
        (Root, _now, _configureNodes) = (cib.Clone(), now, configureNodes);
        Status = Root.Element("status") ?? Root.Add("status");
        // What happens now is newer than all that is recorded, whatever instant the document is looked at from.
        foreach (var recorded in Status.Descendants("lrm_rsc_op"))
            if (Texts.Integer(recorded["last-rc-change"]) is { } then and < int.MaxValue && then >= _now) _now = then + 1;
    }

    public CibElement Root { get; }
    public CibElement Status { get; }

    // ---- versions ----

    /// <summary>The status was changed.</summary>
    public void StatusChanged() => Root.Set("num_updates", Texts.Text((Texts.Integer(Root["num_updates"]) ?? 0) + 1));

    /// <summary>The configuration was changed.</summary>
    public void ConfigurationChanged() => Root.Set("epoch", Texts.Text((Texts.Integer(Root["epoch"]) ?? 0) + 1)).Set("num_updates", "0");

    // ---- nodes ----

    /// <summary>The state of a node, made if there is none; null when nobody knows the node.</summary>
    public CibElement? StateOf(string node, string? id = null)
    {
        if (_configureNodes) Configure(node);
        foreach (var state in Status.Elements("node_state"))
            if (state["uname"] == node) return state;
        id ??= IdOf(node);
        if (id is null) return null;
        foreach (var state in Status.Elements("node_state"))
            if (state.Id == id)
            {
                StatusChanged();
                return state.Set("uname", node);
            }
        StatusChanged();
        return Status.Add("node_state").Set("id", id).Set("uname", node);
    }

    private CibElement? Nodes => Root.Element("configuration")?.Element("nodes");

    private void Configure(string node)
    {
        if (Nodes is not { } nodes) return;
        foreach (var known in nodes.Elements("node"))
            if (known["uname"] == node) return;
        nodes.Add("node").Set("id", node).Set("uname", node);
        ConfigurationChanged();
    }

    private string? IdOf(string node)
    {
        foreach (var known in Nodes?.Elements("node") ?? [])
            if (Texts.Same(known["uname"], node)) return known.Id;
        // Remote nodes and guests are resources: their connection's name, or what the machine's resource says.
        foreach (var element in Root.Element("configuration")?.Element("resources")?.Descendants() ?? [])
            if (element.Name == "primitive" ? element["type"] == "remote" && element["provider"] == "pacemaker" && element.Id == node
                : element.Name == "nvpair" && element["name"] == "remote-node" && element["value"] == node) return node;
        return null;
    }

    /// <summary>A node is a member, or it has left as it should.</summary>
    public CibElement? SetState(string node, bool up) => StateOf(node) is { } state ? SetState(state, up) : null;

    public static CibElement SetState(CibElement state, bool up)
    {
        var (expected, join) = up ? ("member", "member") : ("down", "down");
        return state.Set("in_ccm", up ? "true" : "false").Set("crmd", up ? "online" : "offline").Set("join", join).Set("expected", expected).Set("crm-debug-origin", Origin);
    }

    /// <summary>A node that is gone has no history and no attributes.</summary>
    public void Forget(string node)
    {
        foreach (var state in Status.Elements("node_state"))
        {
            if (state["uname"] != node) continue;
            if (state.Element("lrm") is { } lrm)
            {
                state.Remove(lrm);
                StatusChanged();
            }
            if (state.Element("transient_attributes") is not { } attributes) continue;
            state.Remove(attributes);
            StatusChanged();
        }
    }

    // ---- attributes and tickets ----

    private const int Infinity = Scores.Infinity;

    /// <summary>Counts a failure; a probe that finds nothing running is none.</summary>
    /// <param name="fatal">One is as bad as any number.</param>
    public void CountFailure(CibElement state, string resource, string task, long interval, int code, bool fatal, List<Step> steps)
    {
        if (code == 0 || code == 7 && interval == 0) return;
        var tail = $"{resource}#{task}_{Texts.Text(interval)}";
        var before = 0;
        foreach (var pair in state.Element("transient_attributes")?.Descendants("nvpair") ?? [])
            if (pair["name"] == "fail-count-" + tail) before = Scores.Parse(pair["value"]) ?? 0;
        SetTransient(state, "fail-count-" + tail, fatal ? "INFINITY" : before >= Infinity ? "INFINITY" : Texts.Text(before + 1L), steps);
        SetTransient(state, "last-failure-" + tail, Texts.Text(_now), steps);
    }

    private static void SetTransient(CibElement state, string name, string value, List<Step> steps)
    {
        steps.Add(new Step.AttributeSet(name, value, state.Id ?? ""));
        var attributes = state.Element("transient_attributes") ?? state.Add("transient_attributes").Set("id", state.Id);
        var set = attributes.Element("instance_attributes") ?? attributes.Add("instance_attributes").Set("id", state.Id);
        var id = $"{set.Id}-{name}".Replace(':', '.').Replace('#', '.');
        foreach (var pair in set.Elements("nvpair"))
            if (pair.Id == id)
            {
                pair.Set("name", name).Set("value", value);
                return;
            }
        set.Add("nvpair").Set("id", id).Set("name", name).Set("value", value);
    }

    public void SetTicket(string id, string attribute, bool value)
    {
        var tickets = Status.Element("tickets") ?? Status.Add("tickets");
        CibElement? state = null;
        foreach (var known in tickets.Elements("ticket_state"))
            if (known.Id == id) state = known;
        state ??= tickets.Add("ticket_state").Set("id", id);
        var text = value ? "true" : "false";
        if (state[attribute] == text) return;
        state.Set(attribute, text);
        StatusChanged();
    }

    /// <summary>Says whether there is a watchdog: where the option stands already, or in the set of that name.</summary>
    public void SetWatchdog(string value)
    {
        var options = Root.Element("configuration")?.Element("crm_config");
        if (options is null) return;
        foreach (var pair in options.Descendants("nvpair"))
            if (pair["name"] == "have-watchdog")
            {
                if (pair["value"] == value) return;
                pair.Set("value", value);
                ConfigurationChanged();
                return;
            }
        const string Bootstrap = "cib-bootstrap-options";
        CibElement? set = null;
        foreach (var known in options.Elements("cluster_property_set"))
            if (known.Id == Bootstrap) set = known;
        set ??= options.Add("cluster_property_set").Set("id", Bootstrap);
        set.Add("nvpair").Set("id", $"{set.Id}-have-watchdog").Set("name", "have-watchdog").Set("value", value);
        ConfigurationChanged();
    }

    // ---- history ----

    /// <summary>
    /// Where a result is written: the history under the name known there, if just one has it. Otherwise under the plain name in a new one, even if that makes twins;
    /// <see cref="MergeTwins"/> is what the status then becomes. Null, and why, when the resource cannot have a history.
    /// </summary>
    public CibElement? HistoryOf(CibElement state, string name, string id, CibElement primitive, out string? problem)
    {
        problem = null;
        if (state.Element("lrm")?.Element("lrm_resources") is { } known)
        {
            var there = IndexOf(known);
            if (there.Only(name) is { } own) return own;
            if (name != id && there.Only(id) is { } plain) return plain;
        }
        var (kind, type, provider) = (primitive["class"], primitive["type"], primitive["provider"]);
        if (kind is null || type is null) problem = $"Resource {name} not found in the status section of {state.Id} (supply class and type to continue)";
        else if (kind.ToLowerInvariant() is not ("ocf" or "stonith" or "service" or "systemd" or "lsb")) problem = $"Invalid class for {name}: {kind}";
        else if (Texts.Same(kind, "ocf") && provider is null) problem = $"Please specify the provider for resource {name}";
        if (problem is not null) return null;
        var lrm = state.Element("lrm") ?? state.Add("lrm").Set("id", state.Id);
        var list = lrm.Element("lrm_resources") ?? lrm.Add("lrm_resources");
        var histories = IndexOf(list);
        var history = list.Add("lrm_resource").Set("id", id).Set("class", kind).Set("provider", provider).Set("type", type);
        histories.Add(history);
        return history;
    }

    private Histories IndexOf(CibElement list) => _histories.TryGetValue(list, out var index) ? index : _histories[list] = new(list);

    /// <summary>The histories of one node by their names: looking through thousands of them for each action would take longer than all else.</summary>
    private sealed class Histories
    {
        private readonly Dictionary<string, CibElement?> _only = new(StringComparer.Ordinal);

        public Histories(CibElement list)
        {
            foreach (var history in list.Elements("lrm_resource")) Add(history);
        }

        public bool HasTwins { get; private set; }

        /// <summary>The one that has the name; null where none has, or several have.</summary>
        public CibElement? Only(string name) => _only.GetValueOrDefault(name);

        public void Add(CibElement history)
        {
            if (history.Id is not { } id || _only.TryAdd(id, history)) return;
            _only[id] = null;
            HasTwins = true;
        }
    }

    /// <summary>One result of an operation.</summary>
    internal sealed class Result(string resource, string task, long intervalMs, int code, int expected, string reason, string node)
    {
        public string Resource => resource;
        public string Task => task;
        public long IntervalMs => intervalMs;
        public int Code => code;
        public int Expected => expected;
        public string Reason => reason;
        public string Node => node;
    }

    /// <summary>Notes a result, with what the operation was given (null: nothing is known of that).</summary>
    /// <remarks>Source for names and order: Pacemaker_Administration, and what crm_simulate of 2.1.5 and 3.0.2 write.</remarks>
    public void Record(CibElement history, Result result, CibElement? given)
    {
        var calls = 0L;
        foreach (var recorded in history.Elements("lrm_rsc_op")) calls = Math.Max(calls, Texts.Integer(recorded["call-id"]) ?? 0);
        var call = Texts.Text(calls + 1);
        // After a reload a resource is as after a start.
        var task = result.Task is "reload" or Operation.Reload ? Operation.Start : result.Task;
        var code = result.Code;
        var key = Naming.Key(result.Resource, task, result.IntervalMs);
        string id;
        string? also = null;
        var reason = "";
        if (task == Operation.Notify)
        {
            id = Naming.NotifyKey(result.Resource, given?["CRM_meta_notify_type"] ?? "", given?["CRM_meta_notify_operation"] ?? "");
            code = 0;
        }
        else if (task is Operation.MigrateTo or Operation.MigrateFrom) id = key;
        else if (code != result.Expected)
        {
            id = Naming.Key(result.Resource, "last_failure", 0);
            if (result.IntervalMs == 0) also = Naming.Key(result.Resource, "last", 0);
            reason = result.Reason;
        }
        else id = result.IntervalMs > 0 ? key : Naming.Key(result.Resource, "last", 0);
        var transition = $"{call}:-1:{Texts.Text(result.Expected)}:{Nobody}";
        string? digest = null;
        if (given is not null)
        {
            var parameters = new CibElement("parameters");
            foreach (var attribute in given.Attributes) parameters.Set(attribute.Name, attribute.Value);
            Digests.FilterOperation(parameters);
            digest = Digests.OfOperation(parameters, old: true);
        }
        foreach (var wanted in also is null ? [id] : new[] { id, also })
        {
            var entry = Entry(history, wanted);
            entry.Set("operation_key", key).Set("operation", task).Set("crm-debug-origin", Origin).Set("crm_feature_set", FeatureSet)
                .Set("transition-key", transition).Set("transition-magic", $"0:{Texts.Text(code)};{transition}").Set("exit-reason", reason).Set("on_node", result.Node)
                .Set("call-id", call).Set("rc-code", Texts.Text(code)).Set("op-status", "0").Set("interval", Texts.Text(result.IntervalMs))
                .Set("last-rc-change", Texts.Text(_now)).Set("exec-time", "0").Set("queue-time", "0");
            if (task is Operation.MigrateTo or Operation.MigrateFrom)
            {
                if (given?["CRM_meta_migrate_source"] is { } source) entry.Set("migrate_source", source);
                if (given?["CRM_meta_migrate_target"] is { } target) entry.Set("migrate_target", target);
            }
            if (digest is not null) entry.Set("op-digest", digest);
        }
        MergeTwins(history);
        StatusChanged();
    }

    private static CibElement Entry(CibElement history, string id)
    {
        foreach (var known in history.Elements("lrm_rsc_op"))
            if (known.Id == id) return known;
        return history.Add("lrm_rsc_op").Set("id", id);
    }

    /// <summary>An update of a status goes to the first element with an id: the first of several histories under one name gets what stands in the others.</summary>
    private void MergeTwins(CibElement written)
    {
        var list = written.Parent!;
        if (!IndexOf(list).HasTwins) return;
        var first = new Dictionary<string, CibElement>(StringComparer.Ordinal);
        foreach (var history in list.Elements("lrm_resource"))
        {
            if (history.Id is not { } id || first.TryAdd(id, history)) continue;
            foreach (var entry in history.Elements("lrm_rsc_op"))
            {
                var same = Entry(first[id], entry.Id ?? "");
                foreach (var attribute in entry.Attributes) same.Set(attribute.Name, attribute.Value);
            }
        }
        if (first[written.Id!] != written) list.Remove(written);
        _histories.Remove(list);
    }
}
