using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.History;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;

namespace Appliance.Crm.Tests.History;

/// <summary>A node's history with the queue it belongs to, in virtual time. Agents answer when the test says so; the CIB is changed by the requests as the DC would do it.</summary>
internal sealed class NodeRig(string node, string nodeId, Func<CibElement> cib, Action<CibElement> changed) : IOperationEffects
{
    /// <summary>The wall clock at instant 0.</summary>
    public const long Epoch = 1_700_000_000_000;

    private readonly List<(int Call, OperationOrder Order)> _running = [];
    private OperationQueue? _queue;

    public HistoryCore History { get; } = new(node, nodeId);
    public OperationQueue Queue => _queue ??= new(4, this);
    public IReadOnlyList<(int Call, OperationOrder Order)> Running => _running;
    public List<OperationResult> Answers { get; } = [];
    public List<string> Described { get; } = [];
    public Instant Now { get; set; } = new(0);
    public Func<string, string?> Metadata { get; set; } = _ => null;
    public Action<OperationResult> Answered { get; set; } = _ => { };

    /// <summary>Meta-data comes when <see cref="Describe"/> is called, and not at once.</summary>
    public bool IsSlow { get; set; }

    /// <summary>By how many milliseconds somebody has put it on.</summary>
    public long WallClock { get; set; }

    public HistoryMoment Moment => new(Now, Epoch + WallClock + Now.Ticks / TimeSpan.TicksPerMillisecond);

    public void Order(CibElement action) => Do(e => History.Order(action, Moment, e));

    public void Order(string resource, string task, string key, long interval = 0, string more = "", string type = "Dummy", string @class = "ocf\" provider=\"pacemaker") => Order(CibElement.Parse(
        $"""
        <rsc_op id="1" operation="{task}" operation_key="{resource}_{task}_{interval}" on_node="{node}" on_node_uuid="{nodeId}" transition-key="{key}">
          <primitive id="{resource}" class="{@class}" type="{type}"/>
          <attributes CRM_meta_interval="{interval}" CRM_meta_timeout="20000" CRM_meta_op_target_rc="7" CRM_meta_on_node="{node}" crm_feature_set="3.20.5" {more}/>
        </rsc_op>
        """, "order"));

    public void Tick(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        Queue.Tick(Now);
    }

    /// <summary>The agent that was called first answers.</summary>
    public void End(int code, OperationStatus status = OperationStatus.Done, string reason = "", double after = 0.25)
    {
        var (call, _) = _running[0];
        _running.RemoveAt(0);
        Now += TimeSpan.FromSeconds(after);
        Queue.Ended(call, new(code, status, reason), Now);
    }

    public void Describe(string agent, string? text) => Do(e => History.Described(Core.Resources.AgentSpec.Parse(agent)!, text, Moment, e));

    public void Do(Action<List<HistoryEffect>> step)
    {
        var effects = new List<HistoryEffect>();
        step(effects);
        foreach (var effect in effects)
            switch (effect)
            {
                case HistoryEffect.Write write: Perform(write.Request); break;
                case HistoryEffect.Answer answer:
                    Answers.Add(answer.Result);
                    Answered(answer.Result);
                    break;
                case HistoryEffect.Submit submit: Queue.Submit(submit.Order, Now); break;
                case HistoryEffect.Cancel cancel:
                    if (!Queue.Cancel(cancel.Resource, cancel.Action, cancel.Interval, Now)) Do(e => History.NothingToCancel(cancel.Resource, cancel.Action, cancel.Interval, e));
                    break;
                case HistoryEffect.TellNext next: Queue.TellNext(next.Resource, next.Action, next.Interval); break;
                case HistoryEffect.Forget forget: Queue.Forget(forget.Resource); break;
                case HistoryEffect.Describe describe:
                    Described.Add(describe.Agent.ToString());
                    if (!IsSlow) Describe(describe.Agent.ToString(), Metadata(describe.Agent.ToString()));
                    break;
            }
    }

    public void Join() => Perform(History.Join(Moment));

    public void Perform(CibRequest request)
    {
        var outcome = CibRequests.Perform(cib(), request, new(CibTime.FromEpoch(Moment.UnixMs / 1000), ""));
        Assert.That(outcome.Error, Is.EqualTo(CibError.None), () => $"{request.Operation} {request.Section}: {outcome.Problem}");
        changed(outcome.Document);
    }

    void IOperationEffects.Call(int callId, OperationOrder order) => _running.Add((callId, order));

    void IOperationEffects.Report(OperationRecord record) => Do(e => History.Reported(record, Moment, e));
}
