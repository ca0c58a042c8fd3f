using System.Collections.Immutable;
using Appliance.Configuration;

namespace Appliance.Messaging;

/// <summary>All that the messaging core is told at its birth: configuration, identity, and what only a shell can know.</summary>
/// <param name="Generation">This start's generation, already stored durably.</param>
/// <param name="LocalUuid">16 bytes.</param>
/// <param name="Seed">For the choices that should differ between nodes (ack trigger, first retransmit delay).</param>
/// <param name="Compressors">All algorithms that can be expanded; the configured one is also used to send.</param>
/// <param name="KnownUuids">UUIDs learnt earlier (host cache), by node name.</param>
/// <param name="Extensions">0 makes us behave as 3.0.6 towards everybody: no extension is announced or used.</param>
public sealed record MessagingOptions(
    HaCf HaCf, AuthKeys Keys, long Generation, ImmutableArray<byte> LocalUuid, ulong Seed,
    ImmutableArray<IMessageCompressor> Compressors, ImmutableSortedDictionary<string, ImmutableArray<byte>> KnownUuids,
    int Extensions = 1)
{
    /// <summary>The move from one engine to the other that an earlier life of the daemon began: the first heartbeat says so already.</summary>
    public string? Move { get; init; }
}
