using Appliance.Core;

namespace Appliance.Operations;

/// <summary>Decides which operation runs when: one at a time for each resource, a bounded number on the node, recurring ones at fixed times.</summary>
/// <remarks>
/// <para>Pure: no clock, no process. Operations of one resource run in the order in which they are due; an operation that changes a resource takes its recurring ones away, as Pacemaker's controller does.</para>
/// <para>A recurring operation keeps its phase: first due + n intervals, whatever a run takes; a slot that passed while it ran or waited is left out, and no two runs begin nearer than half an interval.
/// The same result as before is not told again (Pacemaker's executor: a notification on change).</para>
/// </remarks>
/// <param name="limit">Operations at once; Pacemaker's <c>node-action-limit</c>, by default twice the number of processors.</param>
public sealed class OperationQueue(int limit, IOperationEffects effects)
{
    private readonly SortedDictionary<int, Call> _calls = [];
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private int _lastCall;

    /// <summary>Agents called and not ended.</summary>
    public int Running => _busy.Count;

    /// <summary>Orders that have not ended, recurring ones included.</summary>
    public int Pending => _calls.Count;

    /// <summary>Orders that are due, and for which there was no room yet.</summary>
    public int Waiting(Instant now)
    {
        var waiting = 0;
        foreach (var call in _calls.Values)
            if (!call.IsRunning && call.Due <= now) waiting++;
        return waiting;
    }

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            if (Running >= limit) return next;
            foreach (var call in _calls.Values)
                if (!call.IsRunning && !_busy.Contains(call.Order.Resource)) next = Instant.Min(next, call.Due);
            return next;
        }
    }

    /// <returns>The order's number.</returns>
    public int Submit(OperationOrder order, Instant now)
    {
        var id = ++_lastCall;
        if (order.IsChange) CancelRecurring(order.Resource, now);
        if (order.IsRecurring && Find(order.Key) is { } present)
        {
            // The same again: its times stay, the next result is told whatever it is.
            _calls.Remove(present.Id);
            present.Id = id;
            if (!present.IsRunning) present.Order = order;
            else present.Next = order;
            present.Told = null;
            _calls.Add(id, present);
            return id;
        }
        var due = now + order.StartDelay;
        _calls.Add(id, new(id, order, due));
        Dispatch(now);
        return id;
    }

    /// <summary>Takes an order away; a recurring one that runs already runs to its end and is then told as cancelled. A single one that runs stays: what it made of the resource must be known.</summary>
    /// <returns>Whether there was one to take away.</returns>
    public bool Cancel(string resource, string action, TimeSpan interval, Instant now)
    {
        foreach (var call in _calls.Values)
        {
            if (call.IsCancelled || call.Order.Resource != resource || call.Order.Action != action || call.Order.Interval != interval || (call.IsRunning && !call.Order.IsRecurring)) continue;
            Cancel(call, now);
            return true;
        }
        return false;
    }

    /// <summary>Something happened to the resource: its recurring monitors run now and not at their time.</summary>
    public void Hurry(string resource, Instant now)
    {
        foreach (var call in _calls.Values)
            if (call.Order.IsRecurring && call.Order.Action == "monitor" && call.Order.Resource == resource && !call.IsRunning && call.Due > now) call.Due = now;
        Dispatch(now);
    }

    /// <summary>What was told of failures is forgotten: recurring operations that told one last tell their next result, whatever it is, as one that is new.</summary>
    /// <param name="action">Only this one, with its interval; null: all of the resource.</param>
    public void TellNext(string resource, string? action, TimeSpan interval)
    {
        foreach (var call in _calls.Values)
            if (call.Order.IsRecurring && call.Order.Resource == resource && (action is null || call.Order.Action == action && call.Order.Interval == interval) && call.Told is { } told && told.IsFailureOf(call.Order))
                (call.Last, call.Told) = (null, null);
    }

    /// <summary>Time has passed; harmless when called early or late.</summary>
    public void Tick(Instant now) => Dispatch(now);

    /// <summary>An agent ended.</summary>
    public void Ended(int callId, AgentEnd end, Instant now)
    {
        // A recurring order that was given anew while it ran has another number by now.
        if (!_calls.TryGetValue(callId, out var call)) call = Renumbered(callId);
        if (call is not { IsRunning: true }) return;
        _busy.Remove(call.Order.Resource);
        call.IsRunning = false;
        if (call.IsForgotten)
        {
            _calls.Remove(call.Id);
            Dispatch(now);
            return;
        }
        if (call.IsCancelled) end = end with { Status = OperationStatus.Cancelled };
        var same = call.Last is { } last && (last.Code, last.Status) == (end.Code, end.Status);
        if (!same) call.Changed = call.Called;
        call.Last = end;
        var record = new OperationRecord(call.Id, call.Next ?? call.Order, end, call.Called - call.WasDue, now - call.Called, call.Called, call.Changed);
        if (!call.Order.IsRecurring || call.IsCancelled) _calls.Remove(call.Id);
        else Again(call, now);
        if (!call.Order.IsRecurring || call.IsCancelled || call.Told is null || call.Told != (end with { Output = "" }))
        {
            call.Told = end with { Output = "" };
            effects.Report(record);
        }
        Dispatch(now);
    }

    /// <summary>Everything of a resource is forgotten, what runs included: its end is told to nobody.</summary>
    public void Forget(string resource)
    {
        var gone = new List<int>();
        foreach (var call in _calls.Values)
            if (call.Order.Resource == resource) gone.Add(call.Id);
        foreach (var id in gone)
        {
            // What runs keeps its place until it ends: two agents must never work on one resource.
            if (_calls[id].IsRunning) (_calls[id].IsForgotten, _calls[id].IsCancelled) = (true, true);
            else _calls.Remove(id);
        }
    }

    private static void Again(Call call, Instant now)
    {
        if (call.Next is { } next) (call.Order, call.Next) = (next, null);
        var interval = call.Order.Interval.Ticks;
        var notBefore = Math.Max(now.Ticks + 1, call.Called.Ticks + interval / 2);
        var slots = (notBefore - call.Phase.Ticks + interval - 1) / interval;
        call.Due = new(call.Phase.Ticks + Math.Max(1, slots) * interval);
    }

    private void Dispatch(Instant now)
    {
        while (Running < limit)
        {
            Call? first = null;
            foreach (var call in _calls.Values)
                if (!call.IsRunning && call.Due <= now && !_busy.Contains(call.Order.Resource) && (first is null || call.Due < first.Due)) first = call;
            if (first is null) return;
            (first.IsRunning, first.Called, first.WasDue, first.StartedAs) = (true, now, first.Due, first.Id);
            _busy.Add(first.Order.Resource);
            effects.Call(first.Id, first.Order);
        }
    }

    private void CancelRecurring(string resource, Instant now)
    {
        var recurring = new List<Call>();
        foreach (var call in _calls.Values)
            if (call.Order.IsRecurring && call.Order.Resource == resource && !call.IsCancelled) recurring.Add(call);
        foreach (var call in recurring) Cancel(call, now);
    }

    private void Cancel(Call call, Instant now)
    {
        call.IsCancelled = true;
        if (call.IsRunning) return;
        _calls.Remove(call.Id);
        effects.Report(new(call.Id, call.Order, (call.Last ?? new(OcfCode.Success, OperationStatus.Cancelled)) with { Status = OperationStatus.Cancelled }, TimeSpan.Zero, TimeSpan.Zero, now, now));
    }

    private Call? Find(string key)
    {
        foreach (var call in _calls.Values)
            if (call.Order.IsRecurring && !call.IsCancelled && call.Order.Key == key) return call;
        return null;
    }

    private Call? Renumbered(int startedAs)
    {
        foreach (var call in _calls.Values)
            if (call.IsRunning && call.StartedAs == startedAs) return call;
        return null;
    }

    /// <summary>One order and where it stands.</summary>
    private sealed class Call(int id, OperationOrder order, Instant due)
    {
        public int Id { get; set; } = id;
        public OperationOrder Order { get; set; } = order;

        /// <summary>Takes the place of <see cref="Order"/> after the run under way.</summary>
        public OperationOrder? Next { get; set; }

        /// <summary>First due, from which all times of a recurring order are counted.</summary>
        public Instant Phase { get; } = due;
        public Instant Due { get; set; } = due;
        public Instant WasDue { get; set; }
        public Instant Called { get; set; }
        public Instant Changed { get; set; }
        public int StartedAs { get; set; }
        public bool IsRunning { get; set; }
        public bool IsCancelled { get; set; }
        public bool IsForgotten { get; set; }
        public AgentEnd? Last { get; set; }

        /// <summary>The result that was told last, without its output.</summary>
        public AgentEnd? Told { get; set; }
    }
}
