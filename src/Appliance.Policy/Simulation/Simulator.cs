using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Graph;
using Appliance.Policy.Model;

namespace Appliance.Policy.Simulation;

/// <summary>A graph carried out in thought: every action succeeds at once, and its result is written into a copy of the CIB.</summary>
public sealed class Simulator : IGraphHands
{
    private readonly CibElement _cib;
    private readonly long _now;
    private readonly List<string> _lines = [];

    private readonly CibElement _before;
    private GraphRun? _run;

    private Simulator(CibElement cib, long now) => (_before, _cib, _now) = (cib, cib.Clone(), now);

    /// <summary>What was done, a line each; the CIB after it; and whether everything in the graph could be done.</summary>
    public static (List<string> Lines, CibElement Cib, bool Complete) Run(CibElement cib, CibElement graph, long now)
    {
        var simulator = new Simulator(cib, now);
        var complete = simulator.Execute(graph);
        return (simulator._lines, simulator._cib, complete);
    }

    private bool Execute(CibElement graph)
    {
        _run = new(GraphReader.Read(graph, out var problem) ?? throw new InvariantViolation("the graph is carried out: " + problem));
        GraphProgress progress;
        do progress = _run.Pass(this);
        while (progress.Fired > 0);
        return progress.Status == GraphStatus.Complete;
    }

    bool IGraphHands.HasRoom(GraphAction action) => true;

    void IGraphHands.Start(GraphAction action)
    {
        Do(action.Element);
        _run!.End(action, ActionState.Done);
    }

    private void Do(CibElement action)
    {
        var node = action["on_node"];
        switch (action.Name)
        {
            case "pseudo_event":
                _lines.Add($"  * Pseudo action:   {action["operation_key"]}{(node is null ? "" : $" on {node}")}");
                break;
            case "crm_event" when action["operation"] == Operation.Fence:
            {
                var operation = action.Element("attributes")?["CRM_meta_stonith_action"];
                _lines.Add($"  * Fencing {node} ({operation})");
                if (operation != Operation.On && StateOf(node!) is { } state)
                {
                    state.Set("in_ccm", "false").Set("crmd", "offline").Set("join", "down").Set("expected", "down");
                    state.RemoveAll(static e => e.Name is "lrm" or "transient_attributes");
                }
                break;
            }
            case "crm_event":
            {
                var resource = action.Element("primitive")?.Id;
                _lines.Add($"  * Cluster action:  {action["operation"]}{(resource is null ? "" : $" for {resource}")} on {node}");
                break;
            }
            default:
                Operate(action, node!);
                break;
        }
    }

    private void Operate(CibElement action, string node)
    {
        var task = action["operation"]!;
        var primitive = action.Element("primitive")!;
        var id = primitive.Id!;
        var name = id;
        // Instances go by their numbers, unless the plain name was known before.
        if (primitive["long-id"] is { } numbered && !IsKnown(id)) name = numbered;
        var attributes = action.Element("attributes");
        var interval = Texts.Integer(attributes?["CRM_meta_interval"]) ?? 0;
        _lines.Add($"  * Resource action: {name,-15} {task}{(interval > 0 ? $"={interval}" : "")} on {node}");
        if (task is Operation.Delete or Operation.Cancel) return;
        if (StateOf(node) is not { } state) return;
        var lrm = state.Element("lrm") ?? state.Add("lrm").Set("id", state.Id);
        var list = lrm.Element("lrm_resources") ?? lrm.Add("lrm_resources");
        var history = HistoryOf(list, name, id, primitive);
        // After a reload a resource is as after a start.
        if (task == Operation.Reload) task = Operation.Start;
        var (key, entryId) = (Naming.Key(history.Id!, task, interval), Naming.Key(history.Id!, "last", 0));
        if (interval > 0 || task is Operation.MigrateTo or Operation.MigrateFrom or Operation.Notify) entryId = key;
        if (task == Operation.Notify) entryId = action["operation_key"]!;
        CibElement? entry = null;
        var calls = 0L;
        foreach (var recorded in history.Elements("lrm_rsc_op"))
        {
            calls = Math.Max(calls, Texts.Integer(recorded["call-id"]) ?? 0);
            if (recorded.Id == entryId) entry = recorded;
        }
        entry ??= history.Add("lrm_rsc_op").Set("id", entryId);
        var rc = attributes?["CRM_meta_op_target_rc"] ?? "0";
        var transition = $"{action.Id}:-1:{rc}:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
        entry.Set("operation_key", key).Set("operation", task).Set("transition-key", transition).Set("transition-magic", $"0:{rc};{transition}")
            .Set("call-id", Texts.Text(calls + 1)).Set("rc-code", rc).Set("op-status", "0").Set("interval", Texts.Text(interval))
            .Set("last-rc-change", Texts.Text(_now)).Set("on_node", node).Set("op-digest", null).Set("op-restart-digest", null);
        if (attributes?["CRM_meta_migrate_source"] is { } source) entry.Set("migrate_source", source);
        if (attributes?["CRM_meta_migrate_target"] is { } target) entry.Set("migrate_target", target);
        MergeTwins(list, history);
    }

    private CibElement? StateOf(string node)
    {
        var status = _cib.Element("status");
        if (status is null) return null;
        string? id = null;
        foreach (var known in _cib.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
            if (Texts.Same(known["uname"], node)) id = known.Id;
        foreach (var state in status.Elements("node_state"))
            if (Texts.Same(state["uname"], node) || id is not null && state.Id == id) return state;
        // A remote node that came up gets its state now.
        return status.Add("node_state").Set("id", id ?? node).Set("uname", node);
    }

    private bool IsKnown(string name)
    {
        foreach (var state in _before.Element("status")?.Elements("node_state") ?? [])
            foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
                if (history.Id == name) return true;
        return false;
    }

    /// <summary>
    /// Where an action's result is written: under the name known there, if just one history has it. Otherwise under the plain name in a new one, even if that makes
    /// twins; <see cref="MergeTwins"/> is what the status then becomes.
    /// </summary>
    private static CibElement HistoryOf(CibElement list, string name, string id, CibElement primitive)
    {
        foreach (var wanted in new[] { name, id })
        {
            CibElement? only = null;
            var count = 0;
            foreach (var known in list.Elements("lrm_resource"))
                if (known.Id == wanted)
                {
                    only = known;
                    count++;
                }
            if (count == 1) return only!;
        }
        return list.Add("lrm_resource").Set("id", id).Set("class", primitive["class"]).Set("provider", primitive["provider"]).Set("type", primitive["type"]);
    }

    /// <summary>An update of a status goes to the first element with an id: the first of several histories under one name gets what stands in the others.</summary>
    private static void MergeTwins(CibElement list, CibElement written)
    {
        var first = new Dictionary<string, CibElement>(StringComparer.Ordinal);
        foreach (var history in list.Elements("lrm_resource"))
        {
            if (history.Id is not { } id || first.TryAdd(id, history)) continue;
            foreach (var entry in history.Elements("lrm_rsc_op")) Put(first[id], entry);
        }
        if (first[written.Id!] != written) list.RemoveAll(e => e == written);
    }

    private static void Put(CibElement history, CibElement entry)
    {
        CibElement? same = null;
        foreach (var known in history.Elements("lrm_rsc_op"))
            if (known.Id == entry.Id)
            {
                same = known;
                break;
            }
        same ??= history.Add("lrm_rsc_op");
        foreach (var attribute in entry.Attributes) same.Set(attribute.Name, attribute.Value);
    }
}
