using System.Collections.Immutable;

namespace Appliance.Lrm.Agents;

/// <summary>Exit codes of the OCF resource agent API, version 1.</summary>
public static class OcfCode
{
    public const int Success = 0, Generic = 1, Arguments = 2, Unimplemented = 3, Permission = 4, Installed = 5, Configured = 6, NotRunning = 7;
}

/// <summary>How an action of an agent ended.</summary>
/// <param name="Reason">One line: why it failed, or what it found.</param>
public sealed record AgentResult(int Code, string Reason = "")
{
    public static AgentResult Ok(string reason = "") => new(OcfCode.Success, reason);
    public static AgentResult NotRunning(string reason = "") => new(OcfCode.NotRunning, reason);
    public static AgentResult Failed(string reason) => new(OcfCode.Generic, reason);
}

/// <summary>One parameter of an agent: declared once, used for checking, meta-data and help.</summary>
/// <param name="Type">OCF's: <c>string integer boolean</c>.</param>
/// <param name="Default">Empty when it has none.</param>
public sealed record AgentParameter(string Name, string Type, bool Required, string Default, string Meaning);

/// <summary>What an agent is, for people and for meta-data.</summary>
/// <param name="Arguments">Its positional arguments in haresources, as in <c>ADDRESS[/BITS[/NIC]]</c>.</param>
public sealed record AgentDescription(string Name, string Short, string Arguments, ImmutableArray<AgentParameter> Parameters);

/// <summary>A resource agent that runs inside the process: no shell, no program to start.</summary>
public abstract class BuiltInAgent
{
    public abstract AgentDescription Description { get; }

    /// <summary>It may wait in the kernel (a mount) and gets a thread of its own.</summary>
    public virtual bool MayBlock => false;

    /// <summary>haresources' positional arguments as OCF parameters.</summary>
    public abstract ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments);

    /// <summary>What is wrong with the parameters beyond types and presence; <c>null</c> when nothing is.</summary>
    public virtual string? Check(AgentCall call) => null;

    public abstract AgentResult Start(AgentCall call);
    public abstract AgentResult Stop(AgentCall call);
    public abstract AgentResult Monitor(AgentCall call);
}
