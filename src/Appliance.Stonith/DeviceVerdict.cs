using System.Collections.Immutable;

namespace Appliance.Stonith;

/// <summary>How an action on a device ended. Every way to fail that needs another remedy has a name of its own.</summary>
public enum VerdictKind
{
    /// <summary>Done, and where a state was asked for, read back in a later exchange.</summary>
    Proven,
    /// <summary>It took the command; nothing more can be known (power cycle, NMI). Never counts as fenced.</summary>
    Accepted,
    /// <summary>Nothing answered at this address.</summary>
    Unreachable,
    /// <summary>It answered and would not let us in: name, password, key, privilege, cipher, community. The sentence says which.</summary>
    Refused,
    /// <summary>It let us in and will not let us switch: read-only community, locked outlet, insufficient privilege.</summary>
    NotAllowed,
    /// <summary>It has no such outlet, port, node or disk.</summary>
    NoSuchPlug,
    /// <summary>It took the command, and the state is not what was asked for.</summary>
    StillOn,
    /// <summary>It answers, and not in the time there was.</summary>
    TimedOut,
    /// <summary>What it said makes no sense in its own protocol.</summary>
    Garbled,
    /// <summary>The device does not know this action.</summary>
    Unsupported,
    /// <summary>Its parameters are wrong; nothing was sent.</summary>
    Misconfigured,
}

/// <summary>An outlet as the device lists it.</summary>
/// <param name="Plug">What to name it by.</param>
/// <param name="Label">What the administrator called it on the device; empty when nothing.</param>
/// <param name="State"><c>null</c> when the device does not say while listing.</param>
public sealed record Outlet(string Plug, string Label, PowerState? State);

/// <summary>The end of one action on one device.</summary>
/// <param name="Sentence">For the operator: what happened, and after a failure what to look at. Never holds a secret.</param>
public sealed record DeviceVerdict(VerdictKind Kind, string Sentence)
{
    /// <summary>State of the outlet at the end; of several, on if any is on.</summary>
    public PowerState? State { get; init; }

    /// <summary>It was broken off for something more important: it says nothing of the device.</summary>
    public bool WasCancelled { get; init; }

    /// <summary>Nothing had to be switched.</summary>
    public bool WasAlready { get; init; }

    public ImmutableArray<Outlet> Outlets { get; init; } = [];

    /// <summary>The action is certainly done. For off and reboot: the device itself said off after it was switched.</summary>
    public bool IsProven => Kind == VerdictKind.Proven;

    /// <summary>The state was read; the answer to a status.</summary>
    public static DeviceVerdict Is(PowerState state, string sentence) => new(VerdictKind.Proven, sentence) { State = state };
}
