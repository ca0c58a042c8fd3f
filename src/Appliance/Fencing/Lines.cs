using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>The way to a device.</summary>
internal interface ILine : IDisposable
{
    /// <summary>Sends, and does not wait; what cannot be sent is lost.</summary>
    void Send(ReadOnlySpan<byte> datagram);

    void Exchange(Exchange exchange, Instant deadline, CancellationToken cancel);

    void Say(Say say, Instant deadline, CancellationToken cancel);
}

/// <summary>Opens the way that an endpoint asks for.</summary>
internal static class Lines
{
    public static ILine To(Endpoint? endpoint) => endpoint switch
    {
        Endpoint.Udp udp => new UdpLine(udp),
        Endpoint.Ssh ssh => new SshLine(ssh),
        Endpoint.Telnet telnet => new TelnetLine(telnet),
        null => new NoLine(),
        _ => throw new InvariantViolation($"nobody speaks over {endpoint.GetType().Name}"),
    };

    /// <summary>For conversations that only run programs, or only touch disks.</summary>
    private sealed class NoLine : ILine
    {
        public void Send(ReadOnlySpan<byte> datagram) { }
        public void Exchange(Exchange exchange, Instant deadline, CancellationToken cancel) => exchange.Unreachable = "this device has no address";
        public void Say(Say say, Instant deadline, CancellationToken cancel) => say.Closed = "this device has no address";
        public void Dispose() { }
    }
}
