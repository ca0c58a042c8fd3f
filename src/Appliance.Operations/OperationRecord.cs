using Appliance.Core;

namespace Appliance.Operations;

/// <summary>How one run of an agent ended.</summary>
/// <param name="Code">The agent's answer in OCF's codes (see <see cref="OcfCode"/>).</param>
/// <param name="Reason">One line: why it is not as it should be; empty when it is.</param>
/// <param name="Output">What the agent printed, bounded; for metadata and for whoever called it by hand.</param>
public sealed record AgentEnd(int Code, OperationStatus Status, string Reason = "", string Output = "")
{
    /// <summary>It is not what was expected of this order. Cancelled is no failure.</summary>
    public bool IsFailureOf(OperationOrder order) => Status switch
    {
        OperationStatus.Cancelled or OperationStatus.Pending => false,
        OperationStatus.Done => Code != order.Expected && !(order.IsProbe && Code is OcfCode.Success or OcfCode.NotRunning or OcfCode.RunningPromoted),
        _ => true,
    };
}

/// <summary>A result as it goes into the history.</summary>
/// <param name="CallId">Number of the order on this node, ascending.</param>
/// <param name="QueueTime">From when it was due until its agent was called.</param>
/// <param name="ExecTime">How long the agent took.</param>
/// <param name="Ran">When the agent was called.</param>
/// <param name="Changed">When the result became what it is: the first of the same results in a row.</param>
public sealed record OperationRecord(int CallId, OperationOrder Order, AgentEnd End, TimeSpan QueueTime, TimeSpan ExecTime, Instant Ran, Instant Changed)
{
    /// <summary>It was ordered and has not ended: no number, no result.</summary>
    public bool IsPending => End.Status == OperationStatus.Pending;

    /// <summary>It is not what was expected. Cancelled is no failure.</summary>
    public bool IsFailure => End.IsFailureOf(Order);
}

/// <summary>What the queue of operations wants done.</summary>
public interface IOperationEffects
{
    /// <summary>Call the agent, beside this thread; its end comes back by <see cref="OperationQueue.Ended"/>, always.</summary>
    void Call(int callId, OperationOrder order);

    /// <summary>A result that is to be told: every result of a single operation, and of a recurring one the first and each change.</summary>
    void Report(OperationRecord record);
}
