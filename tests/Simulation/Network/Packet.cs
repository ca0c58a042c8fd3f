using Appliance.Configuration;
using Appliance.Core;

namespace Appliance.Simulation.Network;

/// <summary>Where a packet's bytes come from. Only <see cref="Genuine"/> ones may change anything at their receiver.</summary>
internal enum Origin
{
    /// <summary>As a member sent it.</summary>
    Genuine,
    /// <summary>A member's, with bits flipped on the way.</summary>
    Damaged,
    /// <summary>Made by somebody without the key.</summary>
    Forged,
    /// <summary>A member's, recorded and sent again much later.</summary>
    Replayed,
}

/// <summary>One packet as it left a machine, with what the rules want to know about it. The bytes are shared and never written.</summary>
/// <param name="From">Index of the machine that sent it.</param>
/// <param name="IsNewStatus">A status that is not a retransmission: what a receiver's dead time counts from.</param>
/// <param name="SignedWith">The key the sender signed with at that moment.</param>
internal sealed record Packet(int From, byte[] Bytes, Instant SentAt, bool IsNewStatus, AuthKey SignedWith, Origin Origin)
{
    public Packet Damage(byte[] bytes) => this with { Bytes = bytes, Origin = Origin.Damaged };
}
