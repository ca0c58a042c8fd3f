using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Operations;
using AgentSpec = Appliance.Core.Resources.AgentSpec;

namespace Appliance.Crm.History;

/// <summary>The instant of an input, and the same by the wall clock, which the history's times are in.</summary>
/// <param name="UnixMs">Milliseconds of the epoch.</param>
public sealed record HistoryMoment(Instant Now, long UnixMs)
{
    /// <summary>The wall clock at instant 0: another, after somebody has put it.</summary>
    public TimeSpan Clock => TimeSpan.FromMilliseconds(UnixMs) - (Now - new Instant(0));

    /// <summary>Seconds of the epoch at an earlier instant.</summary>
    public long SecondsAt(Instant at) => (UnixMs - (long)(Now - at).TotalMilliseconds) / 1000;
}

/// <summary>What follows, in this order.</summary>
public abstract record HistoryEffect
{
    private HistoryEffect() { }

    /// <summary>The CIB must say this: a request to whoever decides. Lost with that one; the next join tells everything again.</summary>
    public sealed record Write(CibRequest Request) : HistoryEffect;

    /// <summary>To be told directly to whoever decides (<see cref="TransitionInput.Answered"/>), after the requests before it.</summary>
    public sealed record Answer(OperationResult Result) : HistoryEffect;

    /// <summary>Into this node's queue (<see cref="OperationQueue.Submit"/>). Each report of it comes back by <see cref="HistoryCore.Reported"/>.</summary>
    public sealed record Submit(OperationOrder Order) : HistoryEffect;

    /// <summary>A recurring operation is to end (<see cref="OperationQueue.Cancel"/>). What the queue has under way is reported; if it says that there is nothing to cancel, <see cref="HistoryCore.NothingToCancel"/> is told.</summary>
    public sealed record Cancel(string Resource, string Action, TimeSpan Interval) : HistoryEffect;

    /// <summary>Everything that waits or recurs for this resource is to be dropped (<see cref="OperationQueue.Forget"/>).</summary>
    public sealed record Forget(string Resource) : HistoryEffect;

    /// <summary>Recurring operations whose failure is forgotten are to tell their next result, whatever it is (<see cref="OperationQueue.TellNext"/>).</summary>
    /// <param name="Action">Only this one, with its interval; null: all of the resource.</param>
    public sealed record TellNext(string Resource, string? Action, TimeSpan Interval) : HistoryEffect;

    /// <summary>What the agent says of itself is needed before its operation; answered by <see cref="HistoryCore.Described"/>, always.</summary>
    public sealed record Describe(AgentSpec Agent) : HistoryEffect;

    public sealed record Log(LogPriority Priority, string Text) : HistoryEffect;
}
