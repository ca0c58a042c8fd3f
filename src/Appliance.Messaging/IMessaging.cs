using Appliance.Core;

namespace Appliance.Messaging;

/// <summary>The messaging core as pulse and the simulator see it: packets, commands and time in, effects out.</summary>
/// <remarks>
/// Pure: the same inputs at the same instants give the same effects, byte for byte. Receiving a heartbeat and sending one allocate nothing.
/// <c>wallSeconds</c> is the wall clock, used only for the wire's <c>ts</c>.
/// </remarks>
public interface IMessaging
{
    /// <summary>When to <see cref="Tick"/> if nothing else happens. Early or late ticks do no harm.</summary>
    Instant NextDeadline { get; }

    /// <summary>First statuses (<c>init</c>, <c>up</c>) go out.</summary>
    void Start(Instant now, long wallSeconds);

    /// <summary>A datagram (UDP, ICMP data) or one framed message of a serial line arrived.</summary>
    /// <param name="medium">Index into <c>HaCf.Media</c>.</param>
    void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds);

    void Tick(Instant now, long wallSeconds);

    void Execute(ClusterCommand command, Instant now, long wallSeconds);

    /// <summary>First line of /proc/loadavg, for the field <c>ld</c>.</summary>
    void SetLoad(ReadOnlySpan<byte> load);

    /// <summary>A medium stopped working (<paramref name="fault"/> says why) or works again (<c>null</c>).</summary>
    void MediumFault(int medium, string? fault, Instant now);

    /// <summary>The modem status of a serial medium was read; at about the heartbeat's rhythm, as it is told only then whether a reading is news.</summary>
    /// <param name="shown">It shows a carrier; <c>null</c>: the line has no such signals, or is not open.</param>
    void CarrierRead(int medium, bool? shown, Instant now);

    /// <summary>New authkeys were read and found good.</summary>
    void KeysChanged(Configuration.AuthKeys keys, Instant now);

    /// <summary>Control ended (<c>true</c>: say so in our heartbeats) or is back.</summary>
    void ControlAway(bool away, Instant now);
}
