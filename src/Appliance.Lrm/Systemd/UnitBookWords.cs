using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Lrm.Systemd;

/// <summary>What <see cref="UnitBook"/> is told.</summary>
public abstract record UnitInput
{
    private UnitInput() { }

    /// <summary>Keep a unit's state at hand; nothing is changed on the machine.</summary>
    public sealed record Watch(string Unit) : UnitInput;

    public sealed record Request(long Id, UnitAction Action, string Unit, Instant Deadline) : UnitInput;

    /// <summary>systemd can be reached; nothing that was asked before will be answered.</summary>
    public sealed record Connected : UnitInput;

    public sealed record Lost(string Reason) : UnitInput;

    /// <summary>A call was answered, with what the answer said.</summary>
    public sealed record Answered(long Call, UnitFacts? Facts = null, string Job = "") : UnitInput;

    public sealed record Refused(long Call, string Error, string Text) : UnitInput;

    /// <summary>Signal PropertiesChanged.</summary>
    public sealed record Changed(string Path, UnitFacts Facts) : UnitInput;

    public sealed record JobRemoved(string Job, string Unit, string Result) : UnitInput;

    /// <summary>Signal Reloading(false): systemd has read all unit files again.</summary>
    public sealed record Reloaded : UnitInput;

    /// <summary>The file of <see cref="UnitEffect.WriteDropIn"/> or <see cref="UnitEffect.RemoveDropIn"/> is as it should be.</summary>
    /// <param name="Different">It was not so before: systemd must read it.</param>
    public sealed record DropInDone(string Unit, bool Different) : UnitInput;

    /// <summary>Time has passed.</summary>
    public sealed record Tick : UnitInput;
}

/// <summary>Methods of systemd that are called.</summary>
public enum SystemdMethod
{
    Subscribe, Reload, Ping,
    LoadUnit, RefUnit, UnrefUnit, ResetFailedUnit, StartUnit, StopUnit, RestartUnit, ReloadUnit,
    /// <summary>All properties of the unit.</summary>
    ReadUnit,
}

/// <summary>What <see cref="UnitBook"/> wants done, in this order.</summary>
public abstract record UnitEffect
{
    private UnitEffect() { }

    public sealed record Call(long Id, SystemdMethod Method, string Unit) : UnitEffect;

    /// <summary>Answered at once with <see cref="UnitInput.DropInDone"/>.</summary>
    public sealed record WriteDropIn(string Unit) : UnitEffect;

    /// <summary>Answered at once with <see cref="UnitInput.DropInDone"/>.</summary>
    public sealed record RemoveDropIn(string Unit) : UnitEffect;

    /// <summary>An operation has ended.</summary>
    public sealed record Finish(long Id, OperationResult Result) : UnitEffect;

    /// <summary>A unit did something by itself.</summary>
    public sealed record Report(UnitChange Change) : UnitEffect;

    /// <summary>What a monitor is answered from now on.</summary>
    /// <param name="Answer"><c>null</c>: not to be said now, the monitor has to wait.</param>
    public sealed record Publish(string Unit, UnitState State, OperationResult? Answer) : UnitEffect;

    /// <summary>The unit is not watched any more.</summary>
    public sealed record Forget(string Unit) : UnitEffect;

    public sealed record Warn(string Text) : UnitEffect;
}
