namespace Appliance.Lrm.Agents;

/// <summary>How an action of a built-in agent ended.</summary>
/// <param name="Code">One of <see cref="OcfCode"/>.</param>
/// <param name="Reason">One line; empty when there is nothing to explain.</param>
public sealed record AgentResult(int Code, string Reason)
{
    public static AgentResult Success { get; } = new(OcfCode.Success, "");

    public static AgentResult NotRunning { get; } = new(OcfCode.NotRunning, "");

    public static AgentResult RunningPromoted { get; } = new(OcfCode.RunningPromoted, "");

    /// <summary>The code says a state, and not that something went wrong.</summary>
    public bool IsState => Code is OcfCode.Success or OcfCode.NotRunning or OcfCode.RunningPromoted;
}

/// <summary>Ends an action of a built-in agent with a code and a reason; never leaves <see cref="AgentRunner"/>.</summary>
public sealed class AgentException(int code, string reason) : Exception(reason)
{
    public int Code { get; } = code;
}
