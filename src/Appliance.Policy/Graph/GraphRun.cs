using System.Globalization;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Policy.Model;

namespace Appliance.Policy.Graph;

/// <summary>Who does what a graph asks for.</summary>
public interface IGraphHands
{
    /// <summary>Whether there is room for this action now; not asked for pseudo-events.</summary>
    bool HasRoom(GraphAction action);

    /// <summary>Does it. What needs no answer is told to <see cref="GraphRun.End"/> at once.</summary>
    void Start(GraphAction action);
}

/// <summary>How far a graph is, in synapses. The words are those by which logs are searched.</summary>
/// <param name="Complete">Answered.</param>
/// <param name="Pending">Under way.</param>
/// <param name="Fired">Started in the last pass.</param>
/// <param name="Skipped">Not to be started any more.</param>
/// <param name="Incomplete">Not started (what was skipped for its priority is counted here as well).</param>
public sealed record GraphProgress(int Complete, int Pending, int Fired, int Skipped, int Incomplete, GraphStatus Status)
{
    public string Line(int transition, string source) => string.Create(CultureInfo.InvariantCulture,
        $"Transition {transition} (Complete={Complete}, Pending={Pending}, Fired={Fired}, Skipped={Skipped}, Incomplete={Incomplete}, Source={source}): {Word}");

    public LogPriority Priority => Status switch { GraphStatus.InProgress => LogPriority.Debug, GraphStatus.Terminated => LogPriority.Warn, _ => LogPriority.Notice };

    private string Word => Status == GraphStatus.InProgress ? "In progress" : Status.ToString();
}

public enum GraphStatus
{
    InProgress,
    /// <summary>What was under way is answered, and nothing was held back. After an abort there may be what never became ready.</summary>
    Complete,
    /// <summary>What was under way is answered, and something was ready and held back because of an abort, or belonged to a lost node.</summary>
    Stopped,
    /// <summary>Something waits for what will never be, though nobody aborted: an input failed, or the graph is wrong.</summary>
    Terminated,
}

/// <summary>A graph while it is carried out: which synapses are ready, and what has become of each action.</summary>
/// <remarks>
/// A synapse is ready when each of its inputs has been done. One that failed counts as done only for synapses of infinite priority (what must be made known in any case), and when it
/// was allowed to fail. After an abort only what has at least the abort's priority is started; pseudo-events are no deeds and happen always (Pacemaker 3.0.2, pcmk_graph_consumer.c).
/// </remarks>
public sealed class GraphRun
{
    private readonly Dictionary<int, List<Synapse>> _waiting = [];
    private readonly List<Synapse> _order;
    private readonly Dictionary<int, Synapse> _home = [];

    /// <param name="byPriority">When not everything that is ready may start: the higher priority first. Otherwise all goes in the graph's order, as Pacemaker has it.</param>
    public GraphRun(TransitionGraph graph, bool byPriority = false)
    {
        Graph = graph;
        _order = [.. graph.Synapses];
        if (byPriority) MergeSort.By(_order, static (a, b) => b.Priority.CompareTo(a.Priority));
        foreach (var synapse in graph.Synapses)
        {
            foreach (var action in synapse.Actions) _home[action.Id] = synapse;
            foreach (var input in synapse.Inputs)
            {
                if (!_waiting.TryGetValue(input, out var list)) _waiting[input] = list = [];
                list.Add(synapse);
            }
        }
    }

    public TransitionGraph Graph { get; }

    public int AbortPriority { get; private set; }

    public Synapse SynapseOf(GraphAction action) => _home[action.Id];

    /// <summary>From now on only what has at least this priority is started.</summary>
    /// <returns>False when the run was aborted with as much before.</returns>
    public bool Abort(int priority)
    {
        if (priority <= AbortPriority) return false;
        AbortPriority = priority;
        return true;
    }

    /// <summary>Starts what is ready and may be started, in one pass. What that makes ready in turn may need another: until nothing was fired.</summary>
    /// <param name="batchLimit">How many synapses may be under way; not above 0: any number.</param>
    public GraphProgress Pass(IGraphHands hands, int batchLimit = 0)
    {
        int complete = 0, pending = 0, fired = 0, skipped = 0, incomplete = 0;
        foreach (var synapse in _order)
        {
            if (synapse.State == SynapseState.Complete) complete++;
            else if (synapse.State == SynapseState.InFlight) pending++;
        }
        foreach (var synapse in _order)
        {
            if (batchLimit > 0 && pending >= batchLimit) break;
            if (synapse.State == SynapseState.Failed) skipped++;
            if (synapse.State != SynapseState.Waiting) continue;
            if (!MayFire(synapse, hands, ref skipped))
            {
                incomplete++;
                continue;
            }
            fired++;
            Fire(synapse, hands);
            if (synapse.State == SynapseState.InFlight) pending++;
        }
        var status = pending > 0 || fired > 0 ? GraphStatus.InProgress
            : incomplete > 0 && AbortPriority <= 0 ? GraphStatus.Terminated
            : skipped > 0 ? GraphStatus.Stopped : GraphStatus.Complete;
        return new(complete, pending, fired, skipped, incomplete, status);
    }

    /// <summary>An action has come to its end; what waits for it may be ready now.</summary>
    public void End(GraphAction action, ActionState end)
    {
        Invariant.Require(!action.HasEnded && end > ActionState.InFlight, "an action ends once");
        action.State = end;
        var home = _home[action.Id];
        if (home.State == SynapseState.InFlight) Settle(home);
        else if (end == ActionState.NodeGone) home.State = SynapseState.Failed;
        if (!_waiting.TryGetValue(action.Id, out var waiting)) return;
        var done = end == ActionState.Done || Texts.IsTrue(action.Meta("can_fail"));
        foreach (var synapse in waiting)
            if (synapse.State == SynapseState.Waiting && (done || synapse.Priority >= Synapse.Always)) synapse.Missing--;
    }

    /// <summary>Nothing is started any more, whatever its priority; nothing may be under way.</summary>
    public GraphProgress GiveUp()
    {
        int complete = 0, incomplete = 0;
        foreach (var synapse in _order)
        {
            Invariant.Require(synapse.State != SynapseState.InFlight, "what is given up is not under way");
            if (synapse.State == SynapseState.Complete) complete++;
            else incomplete++;
        }
        AbortPriority = int.MaxValue;
        return new(complete, 0, 0, incomplete, incomplete, incomplete > 0 ? GraphStatus.Stopped : GraphStatus.Complete);
    }

    private bool MayFire(Synapse synapse, IGraphHands hands, ref int skipped)
    {
        if (synapse.Missing > 0) return false;
        foreach (var action in synapse.Actions)
        {
            if (action.Kind == GraphActionKind.Pseudo) continue;
            if (synapse.Priority < AbortPriority)
            {
                skipped++;
                return false;
            }
            if (!hands.HasRoom(action)) return false;
        }
        return true;
    }

    private static void Fire(Synapse synapse, IGraphHands hands)
    {
        synapse.State = SynapseState.InFlight;
        foreach (var action in synapse.Actions)
        {
            action.State = ActionState.InFlight;
            hands.Start(action);
        }
    }

    /// <summary>A synapse under way is so until its last action has ended.</summary>
    private static void Settle(Synapse synapse)
    {
        var gone = false;
        foreach (var action in synapse.Actions)
        {
            if (!action.HasEnded) return;
            gone |= action.State == ActionState.NodeGone;
        }
        synapse.State = gone ? SynapseState.Failed : SynapseState.Complete;
    }
}
