using System.Globalization;
using Appliance.Cib;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;
using Appliance.Policy.Model;
using AgentSpec = Appliance.Core.Resources.AgentSpec;

namespace Appliance.Crm.History;

/// <summary>What this node's operations did: from a transition's orders to the queue, and from the queue's results to the CIB's status.</summary>
/// <remarks>
/// <para>The rules are those of Pacemaker 3.0.2's controller. Where this departs from it: what is under way is told again at a join (Pacemaker forgets it then, and a new DC could start elsewhere what is being started here);
/// the last operation is the same before and after a join; a failed migration has its reason; a cancellation is answered besides being seen in the CIB; what is dropped by a deletion is answered at once as not attempted.</para>
/// <para>Orders for one resource keep their order, also while one of them waits for what the agent says of itself; a stop waits for nothing of the kind, unless one before it does.</para>
/// </remarks>
/// <param name="node">This node.</param>
/// <param name="nodeId">Its id in the CIB, as far as it is known.</param>
public sealed class HistoryCore(string node, string nodeId)
{
    /// <summary>Who orders a recurring operation that begins later than that is not kept waiting for it (Pacemaker: five minutes).</summary>
    private static readonly TimeSpan LongDelay = TimeSpan.FromMinutes(5);

    /// <summary>A wall clock that is slewed goes back by less between two results.</summary>
    private static readonly TimeSpan PutBack = TimeSpan.FromMilliseconds(100);

    private readonly SortedDictionary<string, ResourceHistory> _histories = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, GraphOrder> _given = new(StringComparer.Ordinal);             // by transition key: what was submitted and can still be told of
    private readonly HashSet<string> _unanswered = new(StringComparer.Ordinal);      // of these, by origin, whose first result has not come
    private readonly SortedDictionary<string, GraphOrder> _cancelling = new(StringComparer.Ordinal);        // by operation key: the order to cancel
    private readonly SortedDictionary<string, AgentDigests> _agents = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);                                // agents that are being described
    private readonly List<GraphOrder> _held = [];
    private readonly SortedDictionary<string, TimeSpan> _clocks = new(StringComparer.Ordinal);              // by resource: the wall clock by which its entries were written
    private readonly SortedDictionary<string, int> _lastCalls = new(StringComparer.Ordinal);
    private readonly List<HistoryEffect> _effects = [];

    /// <summary>This node's id in the CIB: that of the configuration's entry for it.</summary>
    public string NodeId { get; set; } = nodeId;

    /// <summary>This node is about to leave: nothing is started here any more.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The cluster's option <c>shutdown-lock</c>: what a node that was shut down ran waits for it.</summary>
    public bool ShutdownLock { get; set; }

    /// <summary>The cluster's option <c>shutdown-lock-limit</c>; zero: for ever.</summary>
    public TimeSpan ShutdownLockLimit { get; set; }

    /// <summary>What is remembered, by resource; for status output.</summary>
    public IReadOnlyDictionary<string, ResourceHistory> Histories => _histories;

    /// <summary>Single operations that have not ended: a node that leaves waits for them.</summary>
    public int Pending
    {
        get
        {
            var pending = _held.Count;
            foreach (var given in _given.Values)
                if (!given.Order.IsRecurring) pending++;
            return pending;
        }
    }

    /// <summary>An order of a transition for this node (<see cref="TransitionEffect.Execute.Action"/>).</summary>
    public void Order(CibElement action, HistoryMoment moment, List<HistoryEffect> effects)
    {
        var order = GraphOrder.Read(action, out var problem);
        if (order?.OtherName is { } other && _histories.ContainsKey(other) && !_histories.ContainsKey(order.Order.Resource)) order = order with { Order = order.Order with { Resource = other } };
        if (order is null) _effects.Add(new HistoryEffect.Log(LogPriority.Error, $"An order cannot be carried out: {problem}"));
        else if (order.Node.Length > 0 && !string.Equals(order.Node, node, StringComparison.OrdinalIgnoreCase))
        {
            _effects.Add(new HistoryEffect.Log(LogPriority.Error, $"{order.Order} is to be done on {order.Node}, to which this node has no connection"));
            Answer(order, OcfCode.Generic, OperationStatus.NotConnected);
        }
        else if (order.Task == "cancel") Cancel(order, action);
        else if (order.Task == "delete")
        {
            Delete(order.Order.Resource, moment);
            Answer(order, OcfCode.Success, OperationStatus.Done);
        }
        else if (IsStopping && order.Task == "start")
        {
            _effects.Add(new HistoryEffect.Log(LogPriority.Notice, $"{order.Order} is not attempted: this node is about to leave"));
            Answer(order, OcfCode.Generic, OperationStatus.Invalid);
        }
        else
        {
            var agent = order.Order.Agent.ToString();
            // At a start the agent may be another than the last time.
            if (AgentDigests.AreNeeded(order.Order) && (order.Task == "start" || !_agents.ContainsKey(agent)) && _asked.Add(agent)) _effects.Add(new HistoryEffect.Describe(order.Order.Agent));
            _held.Add(order);
            SubmitReady(moment);
        }
        Flush(effects);
    }

    /// <summary>What an agent says of itself.</summary>
    /// <param name="metadata">Null: it cannot be had.</param>
    public void Described(AgentSpec agent, string? metadata, HistoryMoment moment, List<HistoryEffect> effects)
    {
        _agents[agent.ToString()] = AgentDigests.Read(metadata);
        _asked.Remove(agent.ToString());
        SubmitReady(moment);
        Flush(effects);
    }

    /// <summary>The queue has a result (<see cref="IOperationEffects.Report"/>).</summary>
    public void Reported(OperationRecord record, HistoryMoment moment, List<HistoryEffect> effects)
    {
        // A state that the agent found is an answer, whatever else was wrong; whether it is a failure is judged elsewhere.
        if (record.End is { Status: OperationStatus.Error, Code: OcfCode.NotRunning or OcfCode.RunningPromoted or 190 or 191 }) record = record with { End = record.End with { Status = OperationStatus.Done } };
        if (_given.TryGetValue(record.Order.Origin, out var given))
        {
            _lastCalls[record.Order.Resource] = record.CallId;
            _unanswered.Remove(record.Order.Origin);
            if (record.End.Status == OperationStatus.Cancelled) Cancelled(record, given);
            else Ended(record, given, moment);
        }
        Flush(effects);
    }

    /// <summary>The queue knows of no operation that <see cref="HistoryEffect.Cancel"/> named: it is not running, which is what was wanted.</summary>
    public void NothingToCancel(string resource, string action, TimeSpan interval, List<HistoryEffect> effects)
    {
        CancellationDone(resource, action, interval);
        Flush(effects);
    }

    /// <summary>An operator cleans the resource up, or it is no longer configured: nothing is known of it here any more, until it is probed.</summary>
    public void Delete(string resource, HistoryMoment moment, List<HistoryEffect> effects)
    {
        Delete(resource, moment);
        Flush(effects);
    }

    /// <summary>The same of all resources (<c>crm_resource --refresh</c> without one).</summary>
    public void DeleteAll(HistoryMoment moment, List<HistoryEffect> effects)
    {
        var all = new SortedSet<string>(_histories.Keys, StringComparer.Ordinal);
        foreach (var given in _given.Values) all.Add(given.Order.Resource);
        foreach (var held in _held) all.Add(held.Order.Resource);
        foreach (var resource in all) Drop(resource);
        _effects.Add(new HistoryEffect.Write(HistoryRequests.DeleteAll(node)));
        SubmitReady(moment);
        Flush(effects);
    }

    /// <summary>A failure counts no longer: that of one operation, or whichever it is.</summary>
    /// <remarks>A departure: Pacemaker's executor, which tells changes alone, does not hear of it, so that what goes on failing is well as far as the cluster knows.</remarks>
    public void ForgetFailure(string resource, string? action, TimeSpan interval, List<HistoryEffect> effects)
    {
        _histories.GetValueOrDefault(resource)?.ForgetFailure(action, interval);
        _effects.Add(new HistoryEffect.Write(HistoryRequests.DeleteFailure(node, resource, action, interval)));
        _effects.Add(new HistoryEffect.TellNext(resource, action, interval));
        Flush(effects);
    }

    /// <summary>Whether a failure stands in the resource's history: that of one operation, or whichever it is.</summary>
    public bool HasFailed(string resource, string? action, TimeSpan interval) =>
        _histories.GetValueOrDefault(resource) is { } history
        && (history.LastFailure is { } failure && !IsFinding(failure) && (action is null || failure.Order.Action == action && failure.Order.Interval == interval) || action is null && history.Last is { IsFailure: true } last && !IsFinding(last));

    /// <summary>The state that a probe found is written where failures are, as Pacemaker's controller writes it, and is none: the policy engine takes it for done.</summary>
    private static bool IsFinding(OperationRecord record) =>
        record is { Order: { Action: "monitor", IsRecurring: false }, End: { Status: OperationStatus.Done, Code: OcfCode.Success or OcfCode.NotRunning or OcfCode.RunningPromoted } };

    /// <summary>Somebody wants the resource to be taken for failed (<c>crm_resource --fail</c>).</summary>
    public void Fail(string resource, AgentSpec agent, HistoryMoment moment, List<HistoryEffect> effects)
    {
        // A later number than the last, or the failure would seem to have been before it.
        var call = _lastCalls[resource] = _lastCalls.GetValueOrDefault(resource) + 1;
        var order = new OperationOrder(resource, agent, "asyncmon", TimeSpan.Zero, TimeSpan.Zero);
        Keep(new(call, order, new(OcfCode.Generic, OperationStatus.Done, "Simulated failure"), TimeSpan.Zero, TimeSpan.Zero, moment.Now, moment.Now), 0, moment);
        Flush(effects);
    }

    /// <summary>All of this node's part of the status, for a DC that this node follows from now on.</summary>
    public CibRequest Join(HistoryMoment moment)
    {
        var resources = new List<CibElement>();
        foreach (var (name, history) in _histories)
        {
            _clocks[name] = moment.Clock;
            CibElement? resource = null;
            foreach (var (place, record) in history.Entries)
            {
                resource ??= HistoryRequests.ResourceElement(record.Order);
                resource.Add(Entry(place, record, HistoryEntry.Again, moment, digests: place != ResourceHistory.LastFailurePlace || record.Order.IsRecurring));
            }
            if (resource is not null) resources.Add(resource);
        }
        var since = ShutdownLockLimit > TimeSpan.Zero ? moment.UnixMs / 1000 - (long)ShutdownLockLimit.TotalSeconds : 0;
        var old = ShutdownLock ? HistoryRequests.DeleteUnlocked(node, since) : HistoryRequests.DeleteAll(node);
        return new(CibOperation.Commit) { Steps = [old, HistoryRequests.Modify(node, NodeId, HistoryEntry.Again, resources)] };
    }

    /// <summary>Submits what waits for nothing, first come first.</summary>
    private void SubmitReady(HistoryMoment moment)
    {
        var behind = new HashSet<string>(StringComparer.Ordinal);
        foreach (var order in _held.ToArray())
        {
            if (behind.Contains(order.Order.Resource)) continue;
            if (AgentDigests.AreNeeded(order.Order) && _asked.Contains(order.Order.Agent.ToString())) behind.Add(order.Order.Resource);
            else
            {
                _held.Remove(order);
                Submit(order, moment);
            }
        }
    }

    private void Submit(GraphOrder graph, HistoryMoment moment)
    {
        var order = graph.Order with { Secret = Facts(graph.Order).Secret };
        if (order.Action is "reload" or "reload-agent") order = order with { Action = Facts(order).Reload == "reload" ? "reload" : "reload-agent" };
        if (order.Action == "stop" && _histories.GetValueOrDefault(order.Resource)?.StartedWith is { } started)
        {
            var parameters = started.ToBuilder();
            foreach (var name in started.Keys)
                if (ParameterNames.IsMeta(name)) parameters.Remove(name);
            foreach (var (name, value) in order.Parameters)
                if (ParameterNames.IsMeta(name)) parameters[name] = value;
            order = order with { Parameters = parameters.ToImmutable() };
        }
        graph = graph with { Order = order };
        if (order.IsRecurring) EndEarlier(order);
        _given[order.Origin] = graph;
        _unanswered.Add(order.Origin);
        var isWanted = order.Parameters.GetValueOrDefault("CRM_meta_record_pending") is not { } said || Texts.IsTrue(said);
        if (IsRecorded(order.Action) && isWanted)
            Keep(new(-1, order, new(0, OperationStatus.Pending), TimeSpan.Zero, TimeSpan.Zero, moment.Now, moment.Now), 0, moment);
        _effects.Add(new HistoryEffect.Submit(order));
        if (!order.IsRecurring || order.StartDelay <= LongDelay) return;
        _unanswered.Remove(order.Origin);
        Answer(graph, order.Expected, OperationStatus.Done);
    }

    /// <summary>A recurring operation that is given anew begins anew, at once: whoever ordered it waits for its result. The one before has another key, and no end that anybody asks for.</summary>
    private void EndEarlier(OperationOrder order)
    {
        string? earlier = null;
        foreach (var (origin, given) in _given)
            if (given.Order.Key == order.Key) earlier = origin;
        if (earlier is null) return;
        _given.Remove(earlier);
        _unanswered.Remove(earlier);
        _effects.Add(new HistoryEffect.Cancel(order.Resource, order.Action, order.Interval));
    }

    private void Ended(OperationRecord record, GraphOrder given, HistoryMoment moment)
    {
        if (!record.Order.IsRecurring) _given.Remove(record.Order.Origin);
        if (!IsRecorded(record.Order.Action))
        {
            // That a notification failed is of no consequence.
            if (record.Order.Action == "notify") record = record with { End = new(OcfCode.Success, OperationStatus.Done) };
            _effects.Add(new HistoryEffect.Answer(HistoryEntry.Result(record, node, NodeId)));
        }
        else if (!Keep(record, given.LockTime, moment)) _effects.Add(new HistoryEffect.Answer(HistoryEntry.Result(record, node, NodeId)));
    }

    /// <summary>What was cancelled by its own order is removed; what the queue cancelled before a change stays in the CIB, where the change makes it mean nothing.</summary>
    private void Cancelled(OperationRecord record, GraphOrder given)
    {
        _given.Remove(record.Order.Origin);
        if (_histories.GetValueOrDefault(record.Order.Resource) is { } history)
        {
            if (history.IsPending(record.Order)) NoLongerPending(record.Order);
            history.Add(record);
        }
        if (!record.Order.IsRecurring) Answer(given, record.End.Code, OperationStatus.Cancelled);
        else CancellationDone(record.Order.Resource, record.Order.Action, record.Order.Interval);
    }

    private void Cancel(GraphOrder order, CibElement action)
    {
        var attributes = action.Element("attributes");
        if (attributes?["CRM_meta_operation"] is not { Length: > 0 } operation || !Values.TryInteger(attributes["CRM_meta_interval"], out var interval) || interval < 0)
        {
            _effects.Add(new HistoryEffect.Log(LogPriority.Error, $"An order cannot be carried out: it does not say what of {order.Order.Resource} is to be cancelled"));
            Answer(order, OcfCode.Generic, OperationStatus.Invalid);
            return;
        }
        var span = TimeSpan.FromMilliseconds(interval);
        _cancelling[$"{order.Order.Resource}_{ResourceHistory.Place(operation, span)}"] = order;
        _effects.Add(new HistoryEffect.Cancel(order.Order.Resource, operation, span));
    }

    /// <remarks>The removal alone answers where the entry is in the CIB; the answer after it is for where it is not (its only result may have been a failure).</remarks>
    private void CancellationDone(string resource, string action, TimeSpan interval)
    {
        var place = ResourceHistory.Place(action, interval);
        if (!_cancelling.Remove($"{resource}_{place}", out var order)) return;
        _effects.Add(new HistoryEffect.Write(HistoryRequests.DeleteEntry(node, resource, place)));
        Answer(order, OcfCode.Success, OperationStatus.Done);
    }

    private void Delete(string resource, HistoryMoment moment)
    {
        Drop(resource);
        _effects.Add(new HistoryEffect.Write(HistoryRequests.Delete(node, resource)));
        SubmitReady(moment);
    }

    private void Drop(string resource)
    {
        _histories.Remove(resource);
        _clocks.Remove(resource);
        _effects.Add(new HistoryEffect.Forget(resource));
        foreach (var held in _held.FindAll(h => h.Order.Resource == resource)) Dropped(held);
        _held.RemoveAll(h => h.Order.Resource == resource);
        foreach (var (origin, given) in new List<KeyValuePair<string, GraphOrder>>(_given))
        {
            if (given.Order.Resource != resource) continue;
            _given.Remove(origin);
            // One that recurs, and has answered before, owes nobody an answer.
            if (_unanswered.Remove(origin)) Dropped(given);
        }
        foreach (var (key, order) in new List<KeyValuePair<string, GraphOrder>>(_cancelling))
        {
            if (order.Order.Resource != resource) continue;
            _cancelling.Remove(key);
            Answer(order, OcfCode.Success, OperationStatus.Done);
        }
    }

    /// <summary>Whoever waits for it need not; no failure is counted for that.</summary>
    private void Dropped(GraphOrder order) => Answer(order, OcfCode.Generic, OperationStatus.Invalid);

    /// <returns>Whether it is in the history; a later result of the resource may be there already.</returns>
    private bool Keep(OperationRecord record, long lockTime, HistoryMoment moment)
    {
        var name = record.Order.Resource;
        if (!_histories.TryGetValue(name, out var history)) _histories[name] = history = new(name);
        var wasPending = record.IsFailure && history.IsPending(record.Order);
        record = history.Distinguished(record);
        var places = history.Add(record);
        if (places.IsEmpty) return false;
        var resource = HistoryRequests.ResourceElement(record.Order);
        if (lockTime != 0) resource.Set("shutdown-lock", (KeepsLock(record) ? lockTime : 0).ToString(CultureInfo.InvariantCulture));
        foreach (var place in places) resource.Add(Entry(place, record, HistoryEntry.New, moment, digests: place == places[^1]));
        // Results are told apart by their times too: if the clock was put back, those before get the time that they have by it.
        if (_clocks.TryGetValue(name, out var clock) && moment.Clock < clock - PutBack)
            foreach (var (place, earlier) in history.Entries)
                if (!places.Contains(place)) resource.Add(Entry(place, earlier, HistoryEntry.Again, moment, digests: place != ResourceHistory.LastFailurePlace || earlier.Order.IsRecurring));
        _clocks[name] = moment.Clock;
        _effects.Add(new HistoryEffect.Write(HistoryRequests.Modify(node, NodeId, HistoryEntry.New, [resource])));
        if (wasPending) NoLongerPending(record.Order);
        return true;
    }

    /// <summary>What was told as pending and has no result that takes its place (it failed, or was taken away) is pending no longer; Pacemaker leaves it so.</summary>
    private void NoLongerPending(OperationOrder order) => _effects.Add(new HistoryEffect.Write(HistoryRequests.DeleteEntry(node, order.Resource, ResourceHistory.Place(order.Action, order.Interval))));

    /// <summary>A lock stays with what is stopped here, or was found stopped, and goes with anything else.</summary>
    private bool KeepsLock(OperationRecord record) => ShutdownLock && (record.Order.Action, record.End.Code) is ("stop", OcfCode.Success) or ("monitor", OcfCode.NotRunning);

    private CibElement Entry(string place, OperationRecord record, string origin, HistoryMoment moment, bool digests)
    {
        var entry = HistoryEntry.Of(place, record, node, origin, moment);
        if (digests && AgentDigests.AreNeeded(record.Order)) Facts(record.Order).AddTo(entry, record.Order);
        return entry;
    }

    private AgentDigests Facts(OperationOrder order) => _agents.GetValueOrDefault(order.Agent.ToString()) ?? AgentDigests.None;

    private static bool IsRecorded(string action) => action is not ("cancel" or "delete" or "notify" or "meta-data");

    private void Answer(GraphOrder order, int code, OperationStatus status) =>
        _effects.Add(new HistoryEffect.Answer(new(order.Order.Key, NodeId, node, order.Key.ToString(), -1, code, (ExecutionStatus)(int)status)));

    private void Flush(List<HistoryEffect> effects)
    {
        effects.AddRange(_effects);
        _effects.Clear();
    }
}
