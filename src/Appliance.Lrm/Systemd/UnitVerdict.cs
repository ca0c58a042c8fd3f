using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Systemd;

/// <summary>What a unit's state means for a resource, in OCF's codes.</summary>
/// <remarks>Pacemaker 2.1.5 takes "reloading" for running at once; here it is waited for, so that a reload that ends in a failure is not reported as health before.</remarks>
public static class UnitVerdict
{
    public static readonly OperationResult Ok = new(OperationOutcome.Ok, OcfCode.Success, "");

    /// <summary>The answer of a monitor; <c>null</c> as long as the unit is on its way.</summary>
    public static OperationResult? Monitor(string unit, UnitState state) => state switch
    {
        { Active: "active" } => Ok,      // also when its file was removed or masked meanwhile: what runs, runs
        { IsBetween: true } => null,
        { IsStopped: true, IsUnusable: true } => Unusable(unit, state),
        { Active: "inactive" } => new(OperationOutcome.NotRunning, OcfCode.NotRunning, $"{unit} is {state}"),
        { Active: "failed" } => new(OperationOutcome.NotRunning, OcfCode.NotRunning, $"{unit} has failed: {state}"),
        _ => Failed($"{unit} is {state}"),
    };

    /// <summary>A unit that cannot be started here.</summary>
    public static OperationResult Unusable(string unit, UnitState state) => new(OperationOutcome.NotFound, OcfCode.Installed, state.Load switch
    {
        "masked" => $"{unit} is masked: systemctl unmask {unit}",
        "not-found" => $"{unit} does not exist: systemd finds no unit file of that name",
        _ => $"{unit} cannot be loaded ({state.Load}): systemctl status {unit} says why",
    });

    public static OperationResult Failed(string reason, int code = OcfCode.Generic) => new(OperationOutcome.Failed, code, reason);

    public static OperationResult TimedOut(string reason) => new(OperationOutcome.TimedOut, -1, reason);

    /// <summary>What systemd refused, by its name of the error (org.freedesktop.systemd1(5) and sd-bus-errors(3)).</summary>
    public static OperationResult Refused(string unit, UnitAction action, string error, string text)
    {
        var reason = $"systemd refuses to {action.Word()} {unit}: {text}";
        switch (error)
        {
            case "org.freedesktop.systemd1.NoSuchUnit" or "org.freedesktop.systemd1.LoadFailed" or "org.freedesktop.systemd1.UnitMasked"
                or "org.freedesktop.systemd1.BadUnitSetting":
                // What does not exist does not run: a stop has reached its end.
                return action == UnitAction.Stop ? Ok : new(OperationOutcome.NotFound, OcfCode.Installed, reason);
            case "org.freedesktop.systemd1.JobTypeNotApplicable":
                return Failed(reason, OcfCode.Unimplemented);
            case "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
                return Failed(reason, OcfCode.Permission);
            case "org.freedesktop.DBus.Error.InvalidArgs" or "org.freedesktop.systemd1.InvalidName":
                return Failed(reason, OcfCode.Configured);
            default:
                return Failed($"{reason} ({error})");
        }
    }

    /// <summary>Errors that say nothing of the unit: systemd or the bus was away when the call came.</summary>
    public static bool IsAbsence(string error) => error is
        "org.freedesktop.DBus.Error.NoReply" or "org.freedesktop.DBus.Error.Disconnected" or "org.freedesktop.DBus.Error.ServiceUnknown"
        or "org.freedesktop.DBus.Error.NameHasNoOwner" or "org.freedesktop.DBus.Error.Timeout" or "org.freedesktop.DBus.Error.TimedOut"
        || error.StartsWith("org.freedesktop.DBus.Error.Spawn.", StringComparison.Ordinal);
}

/// <summary>What is asked of a unit.</summary>
public enum UnitAction
{
    Monitor, Start, Stop, Restart, Reload,
    /// <summary>The cluster decides about the unit from now on: it gets its drop-in ahead of the first start, which then need not wait for it.</summary>
    Manage,
    /// <summary>The cluster does not decide about it any more: the drop-in goes.</summary>
    Release,
}

internal static class UnitActions
{
    public static string Word(this UnitAction action) => action switch
    {
        UnitAction.Start => "start",
        UnitAction.Stop => "stop",
        UnitAction.Restart => "restart",
        UnitAction.Reload => "reload",
        UnitAction.Manage => "manage",
        UnitAction.Release => "release",
        _ => "monitor",
    };
}
