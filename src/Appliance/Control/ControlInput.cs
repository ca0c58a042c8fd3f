using Appliance.Core.Resources;
using Appliance.Haresources;

namespace Appliance.Control;

/// <summary>What other threads tell the control thread.</summary>
internal abstract record ControlInput
{
    private ControlInput() { }

    public sealed record OperationEnded(int OperationId, OperationResult Result) : ControlInput;

    /// <summary>A question of the monitor ended.</summary>
    public sealed record Answered(int OperationId, OperationResult Result) : ControlInput;

    /// <summary>Who watches a resource found it gone. The resource is named as in haresources.</summary>
    public sealed record ResourceLost(string GroupKey, string Resource, string Reason) : ControlInput;

    public sealed record FencingEnded(int FencingId, FencingResult Result, string Reason) : ControlInput;

    /// <summary>A fencing device's run ended.</summary>
    public sealed record DeviceEnded(int Run, Stonith.DeviceVerdict Verdict) : ControlInput;

    /// <summary>What another thread found out is to be taken in, here.</summary>
    public sealed record Found(Action Take) : ControlInput;

    /// <summary>A command-line tool asks. The answer goes to <paramref name="Answer"/>, once.</summary>
    public sealed record Asked(ControlRequest Request, Action<ControlAnswer> Answer) : ControlInput;

    /// <summary>A client that ha.cf calls <c>failfast</c> died.</summary>
    public sealed record FailFastDied(string Command) : ControlInput;

    /// <summary>End the process without touching any resource (SIGTERM to control itself).</summary>
    public sealed record Leave : ControlInput;
}
