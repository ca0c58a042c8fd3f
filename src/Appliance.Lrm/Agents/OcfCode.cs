namespace Appliance.Lrm.Agents;

/// <summary>Exit codes of OCF resource agents (OCF resource agent API 1.1, section "Action outcomes").</summary>
public static class OcfCode
{
    public const int Success = 0;
    public const int Generic = 1;
    /// <summary>The action was called with wrong arguments.</summary>
    public const int Arguments = 2;
    public const int Unimplemented = 3;
    public const int Permission = 4;
    /// <summary>Something this machine lacks: a program, a device, kernel support.</summary>
    public const int Installed = 5;
    /// <summary>The parameters make no sense on any machine.</summary>
    public const int Configured = 6;
    public const int NotRunning = 7;
    /// <summary>It runs, in the promoted role.</summary>
    public const int RunningPromoted = 8;
    /// <summary>It is in the promoted role, and has failed there.</summary>
    public const int FailedPromoted = 9;
}

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
