namespace Appliance.Stonith.Fencer;

public sealed partial class FencerCore
{
    private readonly FencingHistory _history = new();

    private void Record(Operation operation, FencingState state, DateTimeOffset? completed, string reason)
    {
        var record = new FencingRecord(operation.Order.Id, operation.Order.Target, operation.Order.Action, _me, operation.Order.Client, operation.Delegate, state, completed, reason);
        Note(record);
        Say(null, new FencerMessage.Told(record));
    }

    /// <param name="isPast">It comes with a history: its end is news only if it was seen under way here. Whose clock says when it ended, and how that stands to ours, tells nothing.</param>
    private void Note(FencingRecord record, bool isPast = false)
    {
        var ends = record.Completed is not null && (_history.Find(record.Id) is { } known ? known.Completed is null : !isPast);
        if (_history.Note(record)) Add(new FencerEffect.Remember(record, ends));
    }

    /// <summary>Another node tells what it does, or did.</summary>
    private void Told(FencingRecord record, bool isPast)
    {
        if (record.Origin == _me && _operations.ContainsKey(record.Id)) return;     // ours: we know better
        if (record.Origin == _me && record.Completed is null)
        {
            // Ours, of a life that ended in the middle of it: nobody carries it on, and nobody else can say so.
            if (_history.Knows(record.Id)) return;
            record = record with { State = FencingState.Failed, Completed = _wall, Reason = $"{_me} was restarted" };
            Say(null, new FencerMessage.Told(record));
        }
        _handedOver.Remove(record.Id);
        Note(record, isPast);
        if (record.Completed is null) return;
        var done = record.State == FencingState.Done;
        if (_attached.Remove(record.Id, out var waiting))
            foreach (var order in waiting) Answer(new(order.Id, done ? FencingOutcome.Done : FencingOutcome.Failed, record.Reason, record.Delegate));
    }

    /// <summary>
    /// A node's whole history. What it has under way is in it: its own that we hold for pending and that it does not name ended with an earlier life of its fencer, which we did not see go.
    /// </summary>
    private void KnownBy(string from, System.Collections.Immutable.ImmutableArray<FencingRecord> records, Core.Instant now)
    {
        foreach (var record in records) Told(record, isPast: true);
        var named = new SortedSet<string>(records.Select(r => r.Id), StringComparer.Ordinal);
        Abandon(from, named, $"{from} was restarted", now);
    }

    /// <summary>What a node had under way is nobody's any more; whoever waited for its end goes on alone.</summary>
    /// <param name="except">Ids of what it still has under way.</param>
    private void Abandon(string origin, SortedSet<string> except, string why, Core.Instant now)
    {
        foreach (var record in _history.Records.Where(r => r.Completed is null && r.Origin == origin && !except.Contains(r.Id)))
        {
            Note(record with { State = FencingState.Failed, Completed = _wall, Reason = why });
            if (!_attached.Remove(record.Id, out var waiting)) continue;
            foreach (var order in waiting) Ordered(order, now);
        }
    }

    /// <summary>A person's word ends every order for that node that off satisfies, here and on every node that hears of it now.</summary>
    private void Confirm(string target, string client)
    {
        var record = new FencingRecord($"confirm-{target}-{_wall.UtcTicks}", target, FenceAction.Off, _me, client, FencingRecord.Human, FencingState.Done, _wall, "");
        Log(Core.Diagnostics.LogPriority.Warn, $"{client} confirms that {target} is off; nobody checked it");
        Add(new FencerEffect.Switching(record.Id, target));
        Note(record);
        Say(null, new FencerMessage.Told(record));
        EndBy(target);
    }

    /// <summary>Also what waits for another node's order: that one may go on for long, and may fail.</summary>
    private void EndBy(string target)
    {
        const string why = "confirmed by a person";
        foreach (var operation in _operations.Values.Where(o => o.Order.Target == target && o.Order.Action != FenceAction.On).ToList())
        {
            operation.Delegate = FencingRecord.Human;
            _operations.Remove(operation.Order.Id);
            Record(operation, FencingState.Done, _wall, why);
            foreach (var id in operation.Duplicates.Prepend(operation.Order.Id)) Answer(new(id, FencingOutcome.Done, why, FencingRecord.Human));
        }
        foreach (var theirs in _attached.Keys.ToList())
        {
            var waiting = _attached[theirs];
            if (waiting[0].Target != target || waiting[0].Action == FenceAction.On) continue;        // all that wait for one order want the same
            _attached.Remove(theirs);
            foreach (var order in waiting) Answer(new(order.Id, FencingOutcome.Done, why, FencingRecord.Human));
        }
    }

    private void Clean(string? target, bool tell)
    {
        if (_history.Clean(target)) Add(new FencerEffect.Forgot());
        if (tell) Say(null, new FencerMessage.Cleaned(target));
    }
}
