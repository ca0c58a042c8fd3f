using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;

namespace Appliance.Crm.Transition;

/// <summary>Carries out what the policy engine decided: gives every action to its node when its turn has come, judges what comes back, and says how it ended.</summary>
/// <remarks>
/// Pure. Parts: this file is the state and the dispatch; <c>.Actions</c> starts actions; <c>.Results</c> judges operations' results; <c>.Fencing</c> those of fencings;
/// <c>.Changes</c> finds in the CIB's changes what concerns the transition; <c>.Nodes</c> is about lost nodes. Semantics are those of Pacemaker 3.0.2 (daemons/controld/controld_te_*.c);
/// departures are said where they are.
/// <code>
/// inactive --TakeOver--> idle --Begin--> running --nothing under way--> idle    (Ended: Done, Wait, Restart, Shutdown)
///     ^                   |                 |
///     +-----StepDown------+-----StepDown----+                                   (Ended: Done)
/// </code>
/// An abort while running lets what is under way come to its end and starts nothing new; while idle it asks for another policy run.
/// </remarks>
public sealed partial class Transitioner : IGraphHands
{
    /// <summary>The priority of an abort after which only what must be made known in any case is still done.</summary>
    public const int Infinity = Synapse.Always;

    private readonly string _me;
    private readonly string _uuid;
    private readonly JobLimits _limits = new();
    private readonly List<InFlight> _inFlight = [];
    private List<TransitionEffect> _effects = [];
    private Instant _now;
    private bool _active, _running, _hasAsked;
    private int _question;
    private GraphRun? _run;             // stays after its end: what it took down is expected to go
    private string _source = "";
    private AfterTransition _next;
    private string _reason = "";

    /// <param name="localNode">Our own name.</param>
    /// <param name="uuid">Of this life of the node: an order of another life, or of another node, is told from ours by it.</param>
    public Transitioner(string localNode, string uuid) => (_me, _uuid) = (localNode, uuid);

    /// <summary>How far the present transition is, or how the last one ended; null before the first.</summary>
    public GraphProgress? Progress { get; private set; }

    /// <summary>The same as a line for people.</summary>
    public string ProgressLine => _run is null || Progress is null ? "" : Progress.Line(_run.Graph.Id, _source);

    public bool IsRunning => _running;

    /// <summary>The present or last transition's graph, with what has become of each action; for looking at only.</summary>
    public TransitionGraph? Graph => _run?.Graph;

    /// <summary>What has been ordered and not answered, in the order of the orders.</summary>
    public IEnumerable<GraphAction> Pending => _inFlight.ConvertAll(static f => f.Action);

    /// <summary>When a <see cref="TransitionInput.Tick"/> is due.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var waiting in _inFlight) next = Instant.Min(next, waiting.Deadline);
            return next;
        }
    }

    public void Step(TransitionInput input, Instant now, List<TransitionEffect> effects)
    {
        (_effects, _now, _hasAsked) = (effects, now, false);
        switch (input)
        {
            case TransitionInput.TakeOver: _active = true; break;
            case TransitionInput.StepDown: StepDown(); break;
            case TransitionInput.Begin begin: Begin(begin); break;
            case TransitionInput.Changed changed: Changed(changed.Changes); break;
            case TransitionInput.Answered answered: Judge(answered.Result, null); break;
            case TransitionInput.Deleted deleted: Deleted(deleted.Key); break;
            case TransitionInput.Fenced fenced: Fenced(fenced); break;
            case TransitionInput.FencingHeard heard: Heard(heard); break;
            case TransitionInput.FencerLost: FencerIsLost(); break;
            case TransitionInput.NodeFollows node: Follows(node.Node, node.NodeId); break;
            case TransitionInput.NodeLost lost: Lost(lost.Node, lost.NodeId); break;
            case TransitionInput.Forgotten forgotten: Forget(forgotten.Node); break;
            case TransitionInput.Aborted aborted: Abort(aborted.Priority, aborted.Next, aborted.Reason); break;
            case TransitionInput.Configured configured: (_attempts, _limits.NodeActions) = (Math.Max(1, configured.FencingAttempts), Math.Max(1, configured.NodeActions)); break;
            case TransitionInput.Load load: _limits.Heard(load.Node, load.Level, load.NodeActions); break;
            case TransitionInput.Members members: _limits.Members = members.Count; break;
        }
        GiveUpOverdue();
        GoOn();
    }

    private void Begin(TransitionInput.Begin begin)
    {
        if (!_active) return;
        if (_running)
        {
            Abort(Infinity, AfterTransition.Restart, "Transition active");
            return;
        }
        if (begin.Question != _question)
        {
            Log(LogPriority.Info, $"The policy engine's answer from {begin.Source} is passed over: it was asked again since");
            return;
        }
        if (GraphReader.Read(begin.Graph, out var problem) is not { } graph)
        {
            Log(LogPriority.Error, $"The policy engine's graph (from {begin.Source}) cannot be carried out: {problem}");
            _effects.Add(new TransitionEffect.Refused(problem));
            return;
        }
        (_run, _source, _running) = (new(graph, byPriority: true), begin.Source, true);
        (_next, _reason, Progress) = (AfterTransition.Done, "", null);
        _limits.Reset();
        ForgetOldLosses();
        Log(LogPriority.Info, $"Transition {graph.Id}: {graph.ActionCount} actions in {graph.Synapses.Count} synapses, from {begin.Source}");
    }

    /// <summary>What is under way is finished, nothing else is begun, and then comes <paramref name="next"/>.</summary>
    private void Abort(int priority, AfterTransition next, string reason, string by = "")
    {
        if (!_active) return;
        var what = by.Length == 0 ? reason : $"{reason} ({by})";
        if (!_running)
        {
            // Whoever says that nothing is to follow gets nothing.
            if (next >= AfterTransition.Restart) Ask(reason, what);
            return;
        }
        var changed = _run!.Abort(priority);
        if (changed) _reason = reason;
        if (next > _next)
        {
            (_next, changed) = (next, true);
            if (_reason.Length == 0) _reason = reason;
        }
        Log(changed ? LogPriority.Notice : LogPriority.Info, $"Transition {_run.Graph.Id} aborted: {what}");
    }

    /// <summary>Starts what can be started, until there is nothing more; says so when nothing is left to wait for.</summary>
    private void GoOn()
    {
        if (!_running) return;
        GraphProgress progress;
        do progress = _run!.Pass(this, _limits.Batch(_run.Graph.BatchLimit));
        while (progress.Fired > 0);
        Progress = progress;
        if (progress.Status == GraphStatus.InProgress) return;
        if (progress.Status == GraphStatus.Terminated) ExplainTermination();
        End(_next, _reason);
    }

    private void End(AfterTransition next, string reason)
    {
        Invariant.Require(_inFlight.Count == 0, "a transition ends when nothing is under way");
        _running = false;
        Log(Progress!.Priority, ProgressLine);
        _effects.Add(new TransitionEffect.Ended(_run!.Graph.Id, next, reason, Progress));
        if (next == AfterTransition.Restart) Ask(reason, reason);
    }

    /// <summary>Once a step is enough: all of it is in the CIB then.</summary>
    private void Ask(string reason, string what)
    {
        if (_hasAsked) return;
        _hasAsked = true;
        Log(LogPriority.Info, $"Policy run needed: {what}");
        _effects.Add(new TransitionEffect.PolicyNeeded(++_question, reason));
    }

    /// <summary>Another node decides: it hears the results, as results of a transition that is none of its own.</summary>
    private void StepDown()
    {
        if (!_active) return;
        if (_running)
        {
            foreach (var waiting in _inFlight.ToArray()) Ended(waiting.Action, ActionState.Abandoned);
            Progress = _run!.GiveUp();
            End(AfterTransition.Done, "stepping down");
        }
        (_active, _run) = (false, null);
        _question++;                // no answer is of use any more
    }

    /// <summary>A graph that cannot be finished though all went well is the engine's mistake, and somebody will want to know what was missing.</summary>
    private void ExplainTermination()
    {
        var said = 0;
        foreach (var synapse in _run!.Graph.Synapses)
        {
            if (synapse.State != SynapseState.Waiting || ++said > 10) continue;   // a few show the pattern
            var missing = new List<string>();
            foreach (var input in synapse.Inputs)
                if (_run.Graph.Find(input) is not { } action) missing.Add($"{input} (not in the graph)");
                else if (action.State != ActionState.Done) missing.Add(action.ToString());
            Log(LogPriority.Warn, $"Transition {_run.Graph.Id}: action {synapse.Actions[0]} waits for ever for {string.Join(", ", missing)}");
        }
    }

    /// <summary>An action has come to its end: nobody waits for it any more, and there is room for another.</summary>
    private void Ended(GraphAction action, ActionState end)
    {
        for (var i = 0; i < _inFlight.Count; i++)
        {
            if (_inFlight[i].Action != action) continue;
            _inFlight.RemoveAt(i);
            _limits.Ended(action);
            break;
        }
        _run!.End(action, end);
    }

    private void Log(LogPriority priority, string text) => _effects.Add(new TransitionEffect.Log(priority, text));

    /// <param name="Deadline">When it counts as lost.</param>
    private sealed record InFlight(GraphAction Action, Instant Deadline);
}
