using System.Net.Sockets;
using System.Text;

namespace Appliance.Linux;

/// <summary>Says to systemd how we are: sd_notify(3) without its library. Does nothing where nobody listens.</summary>
public sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;
    private static readonly byte[] Watchdog = "WATCHDOG=1"u8.ToArray();

    /// <param name="socketPath">Value of NOTIFY_SOCKET: a path, or <c>@name</c> in the abstract namespace; <c>null</c> when not started by systemd.</param>
    /// <param name="watchdogMicroseconds">Value of WATCHDOG_USEC; <c>null</c> when not asked for.</param>
    public ServiceManager(string? socketPath, string? watchdogMicroseconds)
    {
        if (string.IsNullOrEmpty(socketPath) || socketPath[0] is not ('/' or '@')) return;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath));
        }
        catch (SocketException)
        {
            _socket.Dispose();      // nobody listens there (any more): the same as not being started by systemd
            _socket = null;
            return;
        }
        if (long.TryParse(watchdogMicroseconds, out var limit) && limit > 0) WatchdogPeriod = TimeSpan.FromMicroseconds(limit / 2.0);
    }

    /// <summary>How often <see cref="Pet"/> is due: half of what systemd asks for, as sd_watchdog_enabled(3) advises; <c>null</c> when it is not asked for.</summary>
    public TimeSpan? WatchdogPeriod { get; }

    public void Ready(string status) => Say($"READY=1\nSTATUS={status}\nMAINPID={Environment.ProcessId}");
    public void Status(string status) => Say($"STATUS={status}");
    public void Reloading() => Say("RELOADING=1");
    public void Stopping(string status) => Say($"STOPPING=1\nSTATUS={status}");

    /// <summary>Allocates nothing.</summary>
    public void Pet() => Send(Watchdog);

    public void Dispose() => _socket?.Dispose();

    private void Say(string text) => Send(Encoding.UTF8.GetBytes(text));

    private void Send(byte[] message)
    {
        // A manager that does not read loses our message; it is told again, and we never wait for it.
        _socket?.Send(message, SocketFlags.None, out _);
    }
}
