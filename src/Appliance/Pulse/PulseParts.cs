using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Messaging;

namespace Appliance.Pulse;

/// <summary>What the pulse process is put together from; tests put other things in.</summary>
/// <param name="Core">Makes the messaging core.</param>
/// <param name="ReadKeys">Reads authkeys again; the text says what is wrong with them.</param>
/// <param name="StartControl">Starts control with its end of the socket pair; with a reason, and no socket, the emergency release instead.</param>
/// <param name="ControlLimits">How long control may take for what.</param>
internal sealed record PulseParts(
    Func<Instant, IMessagingEffects, IMessaging> Core,
    Func<(AuthKeys? Keys, string Problem)> ReadKeys,
    Func<SeqPacketSocket?, string?, ChildProcess> StartControl,
    ControlLimits ControlLimits)
{
    /// <summary>Called when control has been ready for a while: what only a start needs can go.</summary>
    public Action? Settled { get; init; }

    public SlotLease Lease { get; init; } = SlotLease.Unneeded();
}

/// <summary>Why the loop ended.</summary>
internal enum PulseEnd { Stopped, RestartInPlace }
