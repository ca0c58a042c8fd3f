using Appliance.Core;

namespace Appliance.Stonith.Conversations;

/// <summary>A dialogue with one device, as an iterator: it asks for one step after the other and ends with a verdict.</summary>
/// <remarks>
/// Pure: it sees no clock and no socket. Before each step it is told the time (<see cref="Now"/>); the same answers at the same instants give the same steps.
/// A real runner does the steps on a worker thread; the tests' runner plays them against scripted, lossy and hostile devices in virtual time.
/// </remarks>
public abstract class Conversation
{
    /// <summary>Set by the runner before every step.</summary>
    public Instant Now { get; set; }

    /// <summary>When there must be a verdict; the runner ends the conversation then, with <see cref="VerdictKind.TimedOut"/> and <see cref="Doing"/>.</summary>
    public Instant Deadline { get; set; } = Instant.Never;

    /// <summary>What it is about, for the verdict of a conversation that is cut off: "waiting for outlet 3 to go off".</summary>
    public string Doing { get; protected set; } = "";

    /// <summary>Where datagrams go and dialogues are held; <c>null</c> for a conversation that has none.</summary>
    public Endpoint? Endpoint { get; init; }

    /// <summary>The end; set when the last step was asked for.</summary>
    public DeviceVerdict? Verdict { get; protected set; }

    /// <summary>The steps, each done before the next is asked for.</summary>
    public abstract IEnumerable<Step> Steps();

    /// <summary>What to say to the device when the conversation is cut off, or after its last step (closing a session). Sent, never waited for.</summary>
    public virtual ReadOnlyMemory<byte> Farewell => default;
}

/// <summary>Which addresses of a name are used.</summary>
public enum IpVersion { Any, V4, V6 }

/// <summary>The other end of a conversation.</summary>
public abstract record Endpoint
{
    private Endpoint() { }

    /// <summary>A UDP port.</summary>
    /// <param name="Hosts">Names or addresses of the same device; all are tried at once, and the first that answers is kept.</param>
    public sealed record Udp(System.Collections.Immutable.ImmutableArray<string> Hosts, int Port) : Endpoint
    {
        public IpVersion Version { get; init; }
    }

    /// <summary>The system's ssh, with a terminal.</summary>
    /// <param name="Password">Given through SSH_ASKPASS, never as an argument; <c>null</c>: keys only.</param>
    public sealed record Ssh(string Host, int Port, string User, Secret? Password, string? IdentityFile) : Endpoint
    {
        public IpVersion Version { get; init; }
    }

    /// <summary>A TCP port without encryption (telnet).</summary>
    public sealed record Telnet(string Host, int Port) : Endpoint
    {
        public IpVersion Version { get; init; }
    }
}
