using System.Diagnostics;
using System.Runtime.InteropServices;
using Appliance.Core;
using Native = Appliance.Linux.SystemdBusLibrary;

namespace Appliance.Linux;

/// <summary>No connection to systemd, or none any more; the text says why.</summary>
public sealed class SystemdBusException(string message) : IOException(message);

/// <summary>A connection to systemd, by libsystemd's sd-bus: sends calls, hands out what arrives, and never waits.</summary>
/// <remarks>
/// For one thread, which polls <see cref="Descriptor"/> for <see cref="Events"/> until <see cref="Deadline"/> and then calls <see cref="Receive"/> until there is
/// nothing more. Answers are told apart by the cookie that <see cref="Call"/> returned, so nothing of ours is called back from native code.
/// </remarks>
public sealed unsafe class SystemdBus : IDisposable
{
    public const string Systemd = "org.freedesktop.systemd1";
    public const string Daemon = "org.freedesktop.DBus";

    /// <summary>systemd's own socket, for root: what systemctl uses. It is there when the bus daemon is not.</summary>
    public const string PrivateSocket = "/run/systemd/private";

    private nint _bus;
    private nint _message;

    private SystemdBus(nint bus, bool isDirect) => (_bus, IsDirect) = (bus, isDirect);

    /// <summary>Connected to systemd itself: messages have no sender, and every signal comes without being asked for.</summary>
    public bool IsDirect { get; }

    /// <exception cref="SystemdBusException">libsystemd is missing or too old.</exception>
    public static void RequireLibrary() => Native.Require();

    /// <summary>Begins a connection to the system bus (DBUS_SYSTEM_BUS_ADDRESS, or its well-known socket).</summary>
    /// <exception cref="SystemdBusException">The library is missing, or nobody listens at the socket.</exception>
    public static SystemdBus OpenSystem()
    {
        Native.Require();
        nint bus = 0;
        Check(Native.OpenSystem(&bus), "cannot connect to the system bus");
        return new(bus, isDirect: false);
    }

    /// <summary>Begins a connection to systemd itself.</summary>
    /// <exception cref="SystemdBusException">The library is missing, nobody listens at the socket, or we are not root.</exception>
    public static SystemdBus OpenPrivate()
    {
        Native.Require();
        nint bus = 0;
        Check(Native.New(&bus), "sd_bus_new");
        var direct = new SystemdBus(bus, isDirect: true);
        try
        {
            Check(Native.SetAddress(bus, "unix:path=" + PrivateSocket), "sd_bus_set_address");
            Check(Native.Start(bus), $"cannot connect to {PrivateSocket}");
            return direct;
        }
        catch (SystemdBusException)
        {
            direct.Dispose();
            throw;
        }
    }

    /// <summary>What to poll; valid until the connection is lost.</summary>
    public int Descriptor => Check(Native.GetDescriptor(_bus), "the bus is lost");

    /// <summary>What to poll for.</summary>
    public PollEvents Events => (PollEvents)Check(Native.GetEvents(_bus), "the bus is lost");

    /// <summary>When <see cref="Receive"/> is due even if nothing arrives.</summary>
    public Instant Deadline(Instant now)
    {
        ulong at;
        if (Native.GetTimeout(_bus, &at) < 0 || at == ulong.MaxValue) return Instant.Never;
        // The library counts on CLOCK_MONOTONIC, as Stopwatch does; the poll counts on the clock of Instant.
        var left = (long)Math.Min(at, long.MaxValue / 10) * 10 - (long)(Stopwatch.GetTimestamp() * (double)TimeSpan.TicksPerSecond / Stopwatch.Frequency);
        return left <= 0 ? now : now + new TimeSpan(left);
    }

    /// <summary>Sends a call whose arguments are all strings.</summary>
    /// <returns>The cookie that its answer bears.</returns>
    /// <exception cref="SystemdBusException">The connection is lost, or a name is none.</exception>
    public ulong Call(string destination, string path, string @interface, string member, params ReadOnlySpan<string> arguments)
    {
        nint call = 0;
        Check(Native.NewMethodCall(_bus, &call, destination, path, @interface, member), member);
        try
        {
            _ = Native.SetAutoStart(call, 0);       // a systemd that is away must not be "started" by the bus: it comes by itself
            foreach (var argument in arguments) Check(Native.AppendString(call, (byte)'s', argument), member);
            ulong cookie;
            Check(Native.Send(_bus, call, &cookie), member);
            return cookie;
        }
        finally
        {
            Native.UnreferenceMessage(call);
        }
    }

    /// <summary>Does what the connection needs, without waiting, and takes the next message.</summary>
    /// <param name="message">Valid until the next call; <c>null</c> when something was done but no message is there for us.</param>
    /// <returns><c>false</c>: nothing more to do now.</returns>
    /// <exception cref="SystemdBusException">The connection is lost.</exception>
    public bool Receive(out SystemdBusMessage message)
    {
        Forget();
        nint received = 0;
        var done = Check(Native.Process(_bus, &received), "the bus is lost");
        _message = received;
        message = new(received);
        return done > 0;
    }

    public void Dispose()
    {
        Forget();
        if (_bus == 0) return;
        Native.Close(_bus);
        Native.Unreference(_bus);
        _bus = 0;
    }

    private void Forget()
    {
        if (_message != 0) Native.UnreferenceMessage(_message);
        _message = 0;
    }

    internal static int Check(int result, string what) =>
        result >= 0 ? result : throw new SystemdBusException($"{what}: {Marshal.GetPInvokeErrorMessage(-result)}");
}
