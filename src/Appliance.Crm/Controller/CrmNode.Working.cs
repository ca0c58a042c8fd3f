using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Attributes;
using Appliance.Crm.History;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    private readonly OperationQueue _queue;
    private readonly HistoryCore _history;

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
            case CrmWord.Do order: History(effects => _history.Order(order.Action, HistoryNow, effects)); break;
            case CrmWord.Forget forget:
                History(effects => _history.Delete(forget.Resource, HistoryNow, effects), () => Say(new CrmWord.Forgotten(forget.Key), from));
                break;
            case CrmWord.MayStop: MayStop(); break;
            case CrmWord.Result result: Transit(new TransitionInput.Answered(result.Of)); break;
            case CrmWord.Forgotten forgotten: Transit(new TransitionInput.Deleted(forgotten.Key)); break;
            case CrmWord.Cleanup cleanup: CleanUp(cleanup); break;
            case CrmWord.Expired expired: Expired(expired.Resource); break;
            case CrmWord.Fail fail: FailByHand(fail.Resource); break;
            case CrmWord.AskState ask: Say(new CrmWord.StateIs(ask.Client, ControllerState), from); break;
            case CrmWord.StateIs heard: StateHeard(from, heard); break;
            case CrmWord.IsOff off: IsOff(from, off); break;
            case CrmWord.Remove remove:
                _removed.Add(remove.Node);
                Transit(new TransitionInput.Forgotten(remove.Node));
                if (_others.TryGetValue(remove.Node, out var other) && !other.IsAlive) other.LeftClean = true;
                break;
        }
    }

    private HistoryMoment HistoryNow => new(_now, _wall.ToUnixTimeMilliseconds());

    /// <param name="then">What follows when the CIB has what came of it.</param>
    private void History(Action<List<HistoryEffect>> step, Action? then = null)
    {
        var effects = new List<HistoryEffect>();
        _history.NodeId = IdOf(_me);
        step(effects);
        // The CIB is to have what was written before the DC hears the answer, which would else be news to it.
        var last = effects.FindLastIndex(e => e is HistoryEffect.Write);
        var answers = effects.FindAll(e => e is HistoryEffect.Answer).ConvertAll(e => ((HistoryEffect.Answer)e).Result);
        for (var i = 0; i < effects.Count; i++)
            switch (effects[i])
            {
                case HistoryEffect.Write write: Request(write.Request, i == last ? Internal.Before(Told) : Internal.Nothing); break;
                case HistoryEffect.Submit submit: _queue.Submit(submit.Order, _now); break;
                case HistoryEffect.Cancel cancel when !_queue.Cancel(cancel.Resource, cancel.Action, cancel.Interval, _now):
                    History(more => _history.NothingToCancel(cancel.Resource, cancel.Action, cancel.Interval, more));
                    break;
                case HistoryEffect.TellNext next: _queue.TellNext(next.Resource, next.Action, next.Interval); break;
                case HistoryEffect.Forget forget: _queue.Forget(forget.Resource); break;
                case HistoryEffect.Describe describe: _effects.Add(new CrmEffect.Describe(describe.Agent)); break;
                case HistoryEffect.Log line: Log(line.Priority, line.Text); break;
            }
        if (last < 0) Told();

        void Told()
        {
            foreach (var result in answers)
                if (_followed is { } dc) Say(new CrmWord.Result(result), dc);
            then?.Invoke();
        }
    }

    /// <summary>An operation ended, or its result is another than before.</summary>
    private void Reported(OperationRecord record)
    {
        History(effects => _history.Reported(record, HistoryNow, effects));
        if (record.Order.Action != "meta-data" && record.End.Status != OperationStatus.Cancelled) OperationAlert(record);
    }

    private void CleanUp(CrmWord.Cleanup cleanup)
    {
        if (cleanup.Everything)
            History(effects =>
            {
                if (cleanup.Resource is { } resource) _history.Delete(resource, HistoryNow, effects);
                else _history.DeleteAll(HistoryNow, effects);
            });
        else
            foreach (var resource in _history.Histories.Keys.ToArray())
                if ((cleanup.Resource is null || resource == cleanup.Resource) && _history.HasFailed(resource, cleanup.Operation, TimeSpan.FromMilliseconds(cleanup.IntervalMs ?? 0)))
                    History(effects => _history.Delete(resource, HistoryNow, effects));
    }

    private void Expired(string? expired)
    {
        foreach (var resource in _history.Histories.Keys.ToArray())
            if (expired is null || resource == expired) History(effects => _history.ForgetFailure(resource, null, TimeSpan.Zero, effects));
    }

    private void FailByHand(string resource)
    {
        if (_history.Histories.GetValueOrDefault(resource)?.Last?.Order.Agent is { } agent) History(effects => _history.Fail(resource, agent, HistoryNow, effects));
        else Log(LogPriority.Warn, $"{resource} is to be taken for failed, but nothing was done with it here");
    }
}
