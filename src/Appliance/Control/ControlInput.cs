using Appliance.Core.Resources;
using Appliance.Haresources;

namespace Appliance.Control;

/// <summary>What other threads tell the control thread.</summary>
internal abstract record ControlInput
{
    private ControlInput() { }

    /// <summary>An agent's end, by its number in the queue of operations.</summary>
    public sealed record OperationEnded(int CallId, OperationResult Result) : ControlInput;

    /// <summary>A question of the monitor ended.</summary>
    public sealed record Answered(int OperationId, OperationResult Result) : ControlInput;

    /// <summary>A fencing device's run ended.</summary>
    public sealed record DeviceEnded(int Run, Stonith.DeviceVerdict Verdict) : ControlInput;

    /// <summary>Whoever watches an agent's resource found it gone, or going.</summary>
    public sealed record ResourceLost(AgentSpec Agent, string Reason) : ControlInput;

    /// <summary>What another thread found out is to be taken in, here.</summary>
    public sealed record Found(Action Take) : ControlInput;

    /// <summary>A command-line tool asks. The answer goes to <paramref name="Answer"/>, once.</summary>
    public sealed record Asked(ControlRequest Request, Action<ControlAnswer> Answer) : ControlInput
    {
        /// <summary>On whose behalf the CRM is asked.</summary>
        public CrmUser User { get; init; } = CrmUser.Nobody;
    }

    /// <summary>Nobody waits for this answer any more.</summary>
    public sealed record Hung(Action<ControlAnswer> Answer) : ControlInput;

    /// <summary>A client that ha.cf calls <c>failfast</c> died.</summary>
    public sealed record FailFastDied(string Command) : ControlInput;

    /// <summary>End the process without touching any resource (SIGTERM to control itself).</summary>
    public sealed record Leave : ControlInput;
}
