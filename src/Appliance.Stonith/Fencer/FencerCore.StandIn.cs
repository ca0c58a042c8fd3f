using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Stonith.Fencer;

/// <remarks>
/// Who has itself fenced does not live to hear that it is done, and what it had under way is nobody's after it: the proof would be lost, and the node be fenced once more. So another node has it done (as Pacemaker's fencer passes an order
/// against its own node on).
/// </remarks>
public sealed partial class FencerCore
{
    /// <summary>Who does not say in this time that it has begun does not know the word (an older version), or is about to go.</summary>
    private static readonly TimeSpan TakenOverWithin = TimeSpan.FromSeconds(5);

    /// <summary>Orders against this node that another was asked to carry out, and that it has said nothing of yet.</summary>
    private readonly SortedDictionary<string, HandedOver> _handedOver = new(StringComparer.Ordinal);

    /// <summary>Orders that this node carries out for their targets.</summary>
    private readonly SortedDictionary<string, FencingOrder> _standsInFor = new(StringComparer.Ordinal);

    /// <summary>Once: what comes back undone this node does itself.</summary>
    private bool HandsOver(FencingOrder order, Instant now)
    {
        if (order.Target != _me || order.Action == FenceAction.On || _history.Knows(order.Id) || _members.FirstOrDefault(m => m != _me) is not { } other) return false;
        Log(LogPriority.Notice, $"fencing ({Verb(order.Action)}) of this node is asked for by {order.Client}: {other} is to have it done");
        _handedOver[order.Id] = new(order, now + TakenOverWithin);
        // As if it had begun: it ends with the end that the other node tells, or when that one goes.
        Note(new(order.Id, order.Target, order.Action, other, order.Client, null, FencingState.Query, null, ""));
        _attached[order.Id] = [order];
        Say(other, new FencerMessage.StandIn(order));
        return true;
    }

    private void StandInFor(FencingOrder order, Instant now)
    {
        if (_history.Knows(order.Id) || !_standsInFor.TryAdd(order.Id, order)) return;
        Ordered(order, now);
    }

    /// <summary>An order has come to its end. One of another node's that joined another fencing has no entry of its own yet, by which its node hears of that.</summary>
    private void Answer(FencingEnd end)
    {
        if (_standsInFor.Remove(end.OrderId, out var order) && !_history.Knows(end.OrderId))
        {
            var record = new FencingRecord(order.Id, order.Target, order.Action, _me, order.Client, end.Delegate, end.Outcome == FencingOutcome.Done ? FencingState.Done : FencingState.Failed, _wall, end.Sentence);
            Note(record);
            Say(null, new FencerMessage.Told(record));
        }
        Add(new FencerEffect.Ended(end));
    }

    private void TickHandedOver(Instant now)
    {
        var overdue = new List<FencingOrder>();
        foreach (var waiting in _handedOver.Values)
            if (waiting.Until <= now) overdue.Add(waiting.Order);
        foreach (var order in overdue)
        {
            _handedOver.Remove(order.Id);
            if (!_attached.Remove(order.Id)) continue;
            Log(LogPriority.Warn, "nobody took over the fencing of this node: it is done from here");
            Carry(order, now);
        }
    }

    private sealed record HandedOver(FencingOrder Order, Instant Until);
}
