namespace Appliance.Messaging;

/// <summary>What the messaging core wants done. Spans are valid only during the call.</summary>
public interface IMessagingEffects
{
    /// <summary>Put a message on every medium that carries messages. A medium that cannot take it now loses it: retransmission brings it back.</summary>
    /// <param name="datagram">For UDP media (netstring, or classic during a key rotation).</param>
    /// <param name="line">For serial media: classic text; empty when this message cannot go over a serial line.</param>
    void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line);

    /// <summary>Send an echo request with this data to the ping medium's host (or to every member of its group).</summary>
    void Ping(int medium, ReadOnlySpan<byte> data);

    /// <summary>Pass a message on, unchanged, to the serial media other than the one it came from: the next hop of a ring.</summary>
    void Forward(int fromMedium, ReadOnlySpan<byte> line);

    /// <summary>Tell control. Never blocks; what does not fit is counted and reported.</summary>
    void Tell(ClusterEvent happened);
}

/// <summary>Compresses and expands whole messages (directive <c>compression</c>); the libraries for it live in the shell.</summary>
public interface IMessageCompressor
{
    /// <summary><c>zlib</c> or <c>bz2</c>.</summary>
    string Algorithm { get; }

    /// <returns>Bytes written; -1 when the result does not fit.</returns>
    int Compress(ReadOnlySpan<byte> plain, Span<byte> packed);

    /// <returns>Bytes written; -1 when the input is damaged or the result does not fit.</returns>
    int Expand(ReadOnlySpan<byte> packed, Span<byte> plain);
}
