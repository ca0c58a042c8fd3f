using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Transition;
using Appliance.Policy.Graph;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Transition;

/// <summary>A transitioner on a stage: orders come out as short lines, answers go in by the action's number.</summary>
internal sealed class Stage
{
    public const string Uuid = "11111111-2222-3333-4444-555555555555";

    private readonly Dictionary<int, TransitionEffect> _orders = [];
    private int _calls;

    public Stage(string me = "alpha", bool active = true)
    {
        Core = new(me, Uuid);
        Step(new TransitionInput.Configured(10, 20));
        if (active) Step(new TransitionInput.TakeOver());
    }

    public Transitioner Core { get; }
    public Instant Now { get; set; } = new(0);
    public int Transition { get; private set; }
    public int Question { get; private set; }
    public List<string> Logs { get; } = [];
    public List<TransitionEffect> All { get; } = [];

    /// <summary>What came of an input, a line each: <c>execute db_start_0 on alpha</c>.</summary>
    public string[] Step(TransitionInput input)
    {
        var effects = new List<TransitionEffect>();
        Core.Step(input, Now, effects);
        All.AddRange(effects);
        var lines = new List<string>();
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case TransitionEffect.Log log: Logs.Add($"{log.Priority}: {log.Text}"); continue;
                case TransitionEffect.PolicyNeeded needed: Question = needed.Question; break;
                case TransitionEffect.Execute order: _orders[order.Key.Action] = order; break;
                case TransitionEffect.Fence order: _orders[order.Key.Action] = order; break;
                case TransitionEffect.DeleteHistory order: _orders[order.Key.Action] = order; break;
            }
            lines.Add(Line(effect));
        }
        return [.. lines];
    }

    public string[] Begin(int transition, params string[] synapses) => Begin(Graph(transition, "", synapses));

    public string[] Begin(CibElement graph)
    {
        if (int.TryParse(graph["transition_id"], out var id)) Transition = id;
        return Step(new TransitionInput.Begin(Question, graph, "pe-input-7.bz2"));
    }

    public string[] Answer(int action, int? rc = null, ExecutionStatus status = ExecutionStatus.Done) => Step(new TransitionInput.Answered(Result(action, rc, status)));

    public OperationResult Result(int action, int? rc = null, ExecutionStatus status = ExecutionStatus.Done)
    {
        var order = (TransitionEffect.Execute)_orders[action];
        return new(order.OperationKey, order.NodeId, order.Node, order.Key.ToString(), ++_calls, rc ?? order.Key.TargetRc, status);
    }

    public string[] Fenced(int action, FencingOutcome outcome = FencingOutcome.Done) => Step(new TransitionInput.Fenced(((TransitionEffect.Fence)_orders[action]).Key, outcome, "the device says so"));

    public string[] Deleted(int action) => Step(new TransitionInput.Deleted(((TransitionEffect.DeleteHistory)_orders[action]).Key));

    public string[] Lose(string node) => Step(new TransitionInput.NodeLost(node, "id-" + node));

    public string[] Abort(string reason, int priority = Transitioner.Infinity, AfterTransition next = AfterTransition.Restart) => Step(new TransitionInput.Aborted(priority, next, reason));

    public string[] Wait(TimeSpan time)
    {
        Now += time;
        return Step(new TransitionInput.Tick());
    }

    private static string Line(TransitionEffect effect) => effect switch
    {
        TransitionEffect.Execute e => $"execute {(e.Task == "cancel" ? "cancel of " : "")}{e.OperationKey} on {e.Node}{(e.Router == e.Node ? "" : " by " + e.Router)}",
        TransitionEffect.Fence f => $"fence {f.Target} {f.Action}",
        TransitionEffect.NodeIsDown d => $"down {d.Node}",
        TransitionEffect.NodeIsUnfenced u => $"unfenced {u.Node}",
        TransitionEffect.ShutDown s => $"shut down {s.Node}",
        TransitionEffect.ClearFailures c => $"clear failures of {c.Resource} on {c.Node}",
        TransitionEffect.DeleteHistory d => $"delete history of {d.Resource} on {d.Node}",
        TransitionEffect.Maintenance m => $"maintenance {m.NodeId} {m.InMaintenance}",
        TransitionEffect.Failure f => $"{f.FailCountName} {f.Count} on {f.Node ?? f.NodeId}",
        TransitionEffect.RecordLost l => $"record loss of {l.Key.Action} on {l.Node}",
        TransitionEffect.Ended e => $"ended {e.Next}{(e.Reason.Length > 0 ? $" ({e.Reason})" : "")}",
        TransitionEffect.PolicyNeeded p => $"policy {p.Question} ({p.Reason})",
        TransitionEffect.Refused r => $"refused: {r.Problem}",
        _ => effect.ToString(),
    };

    /// <summary>
    /// A graph from lines: <c>NUMBER OPERATION_KEY@NODE/ROUTER &lt;- INPUTS | META=VALUE ...</c>. A key with <c>#</c> before it is a pseudo-event's, with <c>!</c> a cluster action's;
    /// <c>p=</c> is the synapse's priority, <c>down=</c> the node it takes down, <c>task=</c> another operation than the key says.
    /// </summary>
    public static CibElement Graph(int transition, string header, params string[] synapses)
    {
        var graph = new CibElement("transition_graph").Set("cluster-delay", "60s").Set("fencing-timeout", "90s").Set("failed-stop-offset", "INFINITY").Set("failed-start-offset", "INFINITY")
            .Set("batch-limit", "0").Set("transition_id", transition.ToString(CultureInfo.InvariantCulture));
        foreach (var setting in header.Split(' ', StringSplitOptions.RemoveEmptyEntries)) graph.Set(setting.Split('=')[0], setting.Split('=')[1]);
        for (var i = 0; i < synapses.Length; i++)
        {
            var (body, metas) = Halves(synapses[i], '|');
            var (head, inputs) = Halves(body.Replace("<-", "<", StringComparison.Ordinal), '<');
            var words = head.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var (name, place) = Halves(words[1].TrimStart('#', '!'), '@');
            var (node, router) = Halves(place, '/');
            var synapse = graph.Add("synapse").Set("id", i.ToString(CultureInfo.InvariantCulture));
            var action = synapse.Add("action_set").Add(words[1][0] switch { '#' => "pseudo_event", '!' => "crm_event", _ => "rsc_op" }).Set("id", words[0]);
            var parts = name.Split('_');
            action.Set("operation", words[1][0] == '!' ? parts[^1] switch { "shutdown" => "do_shutdown", "delete" => "lrm_delete", "failcount" => "clear_failcount", _ => "stonith" }
                : parts.Length > 2 ? string.Join('_', parts[1..^1]) : name).Set("operation_key", name);
            if (node.Length > 0) action.Set("on_node", node).Set("on_node_uuid", "id-" + node).Set("router_node", router.Length > 0 ? router : null);
            if (words[1][0] != '#' && action["operation"] is not ("stonith" or "do_shutdown")) action.Add("primitive").Set("id", parts[0]).Set("class", "ocf").Set("provider", "heartbeat").Set("type", "Dummy");
            var attributes = action.Add("attributes").Set("crm_feature_set", "3.20.5");
            foreach (var meta in metas.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var (key, value) = Halves(meta, '=');
                if (key == "p") synapse.Set("priority", value);
                else if (key == "down") action.Add("downed").Add("node").Set("id", value);
                else if (key == "task") action.Set("operation", value);
                else if (key.StartsWith(':')) attributes.Set(key[1..], value);
                else attributes.Set("CRM_meta_" + key, value);
            }
            if (parts.Length > 2 && words[1][0] is not ('#' or '!') && attributes["CRM_meta_interval"] is null) attributes.Set("CRM_meta_interval", parts[^1]);
            var list = synapse.Add("inputs");
            foreach (var input in inputs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) list.Add("trigger").Add("pseudo_event").Set("id", input);
        }
        return graph;
    }

    private static (string, string) Halves(string text, char at)
    {
        var place = text.IndexOf(at);
        return place < 0 ? (text.Trim(), "") : (text[..place].Trim(), text[(place + 1)..].Trim());
    }
}
