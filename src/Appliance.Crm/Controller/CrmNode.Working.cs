using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Attributes;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    /// <summary>After this a node stops whether it was allowed to or not (Pacemaker's <c>shutdown-escalation</c>).</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromMinutes(20);

    private readonly OperationQueue _queue;
    private readonly NodeHistory _history = new();
    private bool _stopping, _mayStop;
    private Instant _stopAt = Instant.Never;

    /// <summary>What the queue of operations wants becomes the node's effects.</summary>
    private sealed class Agents(CrmNode node) : IOperationEffects
    {
        public void Call(int callId, OperationOrder order) => node._effects.Add(new CrmEffect.CallAgent(callId, order));
        public void Report(OperationRecord record) => node.Reported(record);
    }

    /// <summary>Somebody's word to this node.</summary>
    private void Ordered(string from, CrmWord word)
    {
        switch (word)
        {
            // Of what only the DC may order: an order of one that decides no longer is of yesterday.
            case CrmWord.Do or CrmWord.Forget or CrmWord.MayStop when from != _followed:
                Log(LogPriority.Warn, $"{from} gives an order, but {_followed ?? "nobody"} decides: it is passed over");
                break;
            case CrmWord.Do order: Do(order.Action, from); break;
            case CrmWord.Forget forget:
                _queue.Forget(forget.Resource);
                _history.Forget(forget.Resource);
                DeleteHistory(forget.Resource, Internal.Before(() => Say(new CrmWord.Forgotten(forget.Key), from)));
                break;
            case CrmWord.MayStop: MayStop(); break;
            case CrmWord.Result result: Transit(new TransitionInput.Answered(result.Of)); break;
            case CrmWord.Forgotten forgotten: Transit(new TransitionInput.Deleted(forgotten.Key)); break;
            case CrmWord.Cleanup cleanup: CleanUp(cleanup); break;
            case CrmWord.Fail fail: FailByHand(fail.Resource); break;
            case CrmWord.Remove remove:
                Transit(new TransitionInput.Forgotten(remove.Node));
                if (_others.TryGetValue(remove.Node, out var other) && !other.IsAlive) other.LeftClean = true;
                break;
        }
    }

    /// <summary>One operation of a graph.</summary>
    private void Do(CibElement action, string from)
    {
        if (_history.Order(action) is not { } order)
        {
            Log(LogPriority.Error, $"The order {action["operation_key"]} of {from} makes no sense here");
            if (ResultOf(action, 1, ExecutionStatus.Invalid) is { } refusal) Say(new CrmWord.Result(refusal), from);
            return;
        }
        if (order.Action == "cancel")
        {
            // Without one there is no end of it that would tell.
            if (!_queue.Cancel(order.Resource, order.Cancelled!, order.Interval, _now) && ResultOf(action, order.Expected, ExecutionStatus.Done) is { } none) Say(new CrmWord.Result(none), from);
            return;
        }
        _queue.Submit(order, _now);
    }

    private OperationResult? ResultOf(CibElement action, int rc, ExecutionStatus status) =>
        action["transition-key"] is { } key ? new(action["operation_key"], IdOf(_me), _me, key, -1, rc, status) : null;

    /// <summary>An operation ended: the history says so to everybody, and where it does not, the DC is told.</summary>
    private void Reported(OperationRecord record)
    {
    }

    private void ShutdownRequested()
    {
        if (_stopping) return;
        _stopping = true;
        _stopAt = _now + StopWithin;
        Log(LogPriority.Notice, "This node is to stop: what it runs is moved first");
        if (_membership is null || _members.Count == 0)
        {
            MayStop();
            return;
        }
        SetAttribute("shutdown", _me, Seconds);
    }

    /// <summary>Nothing runs here any more.</summary>
    private void MayStop()
    {
        if (_left) return;
        Log(LogPriority.Notice, "Nothing of the cluster runs here any more: this node leaves");
        if (_membership is not null) Members(effects => _membership.Leave(effects));
        Depart();
    }

    private void Depart()
    {
        _left = true;
        _effects.Add(new CrmEffect.Left());
    }
}
