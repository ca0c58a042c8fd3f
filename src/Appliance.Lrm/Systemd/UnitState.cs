namespace Appliance.Lrm.Systemd;

/// <summary>What systemd says of a unit (properties of org.freedesktop.systemd1.Unit and .Service), in its own words.</summary>
/// <param name="Load">loaded, not-found, masked, bad-setting, error.</param>
/// <param name="Active">active, reloading, refreshing, inactive, failed, activating, deactivating, maintenance.</param>
/// <param name="Sub">The finer state of the unit's kind: running, exited, start-pre, stop-sigterm, auto-restart ...</param>
/// <param name="Job">The queued or running job's object; empty for none.</param>
/// <param name="Result">How the service ended last: success, exit-code, signal, timeout, start-limit-hit ...; empty where it was not told.</param>
/// <param name="File">Whether something starts it at boot: enabled, disabled, static, masked ...; empty without a file.</param>
/// <param name="ConditionsHold">The last start was not skipped because of a Condition...= of the unit.</param>
/// <param name="HasDropIn">The drop-in of a managed unit is in force.</param>
/// <param name="TriggeredBy">Units that start this one by themselves: sockets, timers, paths.</param>
public sealed record UnitState(
    string Load = "", string Active = "inactive", string Sub = "dead", string Job = "", string Result = "", string File = "", string Description = "",
    bool ConditionsHold = true, bool HasDropIn = false, string TriggeredBy = "")
{
    /// <summary>The service is there: also while it reads its configuration again.</summary>
    public bool IsRunning => Active is "active" or "reloading" or "refreshing";

    /// <summary>Nothing of it runs.</summary>
    public bool IsStopped => Active is "inactive" or "failed";

    /// <summary>On its way from one to the other: what it will be is not known yet.</summary>
    public bool IsBetween => Active is "activating" or "deactivating" or "reloading" or "refreshing";

    /// <summary>It has no usable unit file.</summary>
    public bool IsUnusable => Load is "not-found" or "masked" or "bad-setting" or "error";

    public UnitState With(UnitFacts facts) => this with
    {
        Load = facts.Load ?? Load,
        Active = facts.Active ?? Active,
        Sub = facts.Sub ?? Sub,
        Job = facts.Job ?? Job,
        Result = facts.Result ?? Result,
        File = facts.File ?? File,
        Description = facts.Description ?? Description,
        ConditionsHold = facts.ConditionsHold ?? ConditionsHold,
        HasDropIn = facts.HasDropIn ?? HasDropIn,
        TriggeredBy = facts.TriggeredBy ?? TriggeredBy,
    };

    /// <summary>For people: <c>failed (failed, exit-code)</c>.</summary>
    public override string ToString() => Result is "" or "success" ? $"{Active} ({Sub})" : $"{Active} ({Sub}, {Result})";
}

/// <summary>What one message told of a unit; <c>null</c> is what it did not mention.</summary>
public sealed record UnitFacts
{
    public string? Load { get; set; }
    public string? Active { get; set; }
    public string? Sub { get; set; }
    public string? Job { get; set; }
    public string? Result { get; set; }
    public string? File { get; set; }
    public string? Description { get; set; }
    public bool? ConditionsHold { get; set; }
    public bool? HasDropIn { get; set; }
    public string? TriggeredBy { get; set; }
}

/// <summary>What a unit did that nobody here asked for.</summary>
public enum UnitEvent
{
    /// <summary>It is being stopped, or stops because its main process ended: it does not serve any more.</summary>
    Stopping,
    Stopped,
    Started,
}

/// <summary>A unit changed by itself, or by another hand.</summary>
public sealed record UnitChange(string Unit, UnitEvent Event, UnitState State);
