using System.Globalization;

namespace Appliance.Crm.Transition;

/// <summary>Which action of which transition an operation belongs to: <c>ACTION:TRANSITION:TARGET_RC:UUID</c>. It goes with the order, and comes back with the result.</summary>
/// <param name="Transition">-1: nobody's transition, somebody made the result up (<c>crm_resource --fail</c>).</param>
/// <param name="TargetRc">The exit code that was wanted.</param>
/// <param name="Uuid">Of the transitioner that gave the order.</param>
public sealed record TransitionKey(int Action, int Transition, int TargetRc, string Uuid)
{
    public static TransitionKey? Parse(string? text)
    {
        var parts = text?.Split(':', 4) ?? [];
        if (parts.Length < 4 || parts[3].Length == 0) return null;
        return Number(parts[0], out var action) && Number(parts[1], out var transition) && Number(parts[2], out var rc) ? new(action, transition, rc, parts[3]) : null;
    }

    /// <summary>The key with a result before it (<c>transition-magic</c>): <c>STATUS:RC;KEY</c>.</summary>
    public string Magic(ExecutionStatus status, int rc) => string.Create(CultureInfo.InvariantCulture, $"{(int)status}:{rc};{this}");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Action}:{Transition}:{TargetRc}:{Uuid}");

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}

/// <summary>What became of the attempt to execute an operation (<c>op-status</c>).</summary>
public enum ExecutionStatus
{
    Unknown = -2, Pending = -1, Done = 0, Cancelled = 1, TimedOut = 2, NotSupported = 3, Error = 4, HardError = 5, FatalError = 6, NotInstalled = 7, NotConnected = 8,
    /// <summary>It could not even be attempted.</summary>
    Invalid = 9,
    NoFenceDevice = 10, NoSecrets = 11,
}
