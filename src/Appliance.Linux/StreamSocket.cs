using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>A connected unix socket that carries bytes (AF_UNIX, SOCK_STREAM), by system calls alone.</summary>
/// <remarks>The framework's socket starts a thread with the first one of a process and waits until that runs; what it does beside the caller goes by way of the thread pool, whose threads yield the processor
/// between two pieces of work. On a busy machine each of these is tens of milliseconds of a command that takes five.</remarks>
public sealed unsafe partial class StreamSocket : IDisposable
{
    internal const int SOCK_CLOEXEC = 0x80000;
    private const int AF_UNIX = 1, SOCK_STREAM = 1;
    private const int SOL_SOCKET = 1, SO_RCVTIMEO = 20, SO_SNDTIMEO = 21;
    internal const int AddressBytes = 110;      // struct sockaddr_un
    private const int PathAt = 2;

    private StreamSocket(Descriptor descriptor) => Descriptor = descriptor;

    public Descriptor Descriptor { get; }

    /// <summary>Connects to who listens at a path.</summary>
    /// <returns>0, or the error number: <c>ENOENT</c> and <c>ECONNREFUSED</c> when nobody does.</returns>
    public static int Connect(string path, out StreamSocket? socket)
    {
        socket = null;
        var descriptor = Make();
        fixed (byte* address = Address(path))
            if (ConnectRaw(descriptor, address, AddressBytes) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                descriptor.Dispose();
                return errno;
            }
        socket = new(descriptor);
        return 0;
    }

    /// <summary>One end of a connection that was accepted.</summary>
    internal static StreamSocket Accepted(Descriptor descriptor) => new(descriptor);

    internal static Descriptor Make() => Descriptor.Opened(SocketRaw(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

    internal static byte[] Address(string path)
    {
        var address = new byte[AddressBytes];
        address[0] = AF_UNIX;
        if (Encoding.UTF8.GetByteCount(path) >= AddressBytes - PathAt) throw new IOException($"{path}: too long for a socket");
        Encoding.UTF8.GetBytes(path, address.AsSpan(PathAt));
        return address;
    }

    /// <summary>How long a call of <see cref="Send"/> or <see cref="Receive"/> waits at most, where the socket is not one that never waits.</summary>
    public void WaitAtMost(TimeSpan time)
    {
        var value = new TimeValue { Seconds = (nint)(time.Ticks / TimeSpan.TicksPerSecond), Microseconds = (nint)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond) };
        if (value is { Seconds: 0, Microseconds: 0 }) value.Microseconds = 1;     // 0 would be for ever
        LinuxException.Check(SetSocketOption(Descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, (uint)sizeof(TimeValue)), "setsockopt", "SO_RCVTIMEO");
        LinuxException.Check(SetSocketOption(Descriptor, SOL_SOCKET, SO_SNDTIMEO, &value, (uint)sizeof(TimeValue)), "setsockopt", "SO_SNDTIMEO");
    }

    /// <returns>Bytes sent, possibly fewer than given, or minus errno: <c>-EAGAIN</c> when the other end does not read, <c>-EPIPE</c> when it is gone.</returns>
    /// <remarks>Every process of ours ignores SIGPIPE.</remarks>
    public int Send(ReadOnlySpan<byte> bytes) => Descriptor.Write(bytes);

    /// <returns>Bytes received, 0 when the other end closed, or minus errno: <c>-EAGAIN</c> when nothing came in time.</returns>
    public int Receive(Span<byte> into) => Descriptor.Read(into);

    public void Dispose() => Descriptor.Dispose();

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeValue
    {
        public nint Seconds, Microseconds;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketRaw(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectRaw(Descriptor fd, byte* address, uint size);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(Descriptor fd, int level, int option, void* value, uint size);
}

/// <summary>A unix socket at a path to which others connect. Several threads may wait in <see cref="Accept"/>: the kernel wakes one of them.</summary>
public sealed unsafe partial class StreamListener : IDisposable
{
    private const int SOCK_NONBLOCK = 0x800, SHUT_RDWR = 2;

    private readonly Descriptor _descriptor = StreamSocket.Make();

    /// <summary>Makes the socket file, which must not be there, and listens.</summary>
    /// <exception cref="LinuxException">It cannot be made.</exception>
    public StreamListener(string path, int mode, int backlog)
    {
        fixed (byte* address = StreamSocket.Address(path))
            LinuxException.Check(BindRaw(_descriptor, address, StreamSocket.AddressBytes), "bind", path);
        LinuxException.Check(ChangeMode(path, (uint)mode), "chmod", path);
        LinuxException.Check(ListenRaw(_descriptor, backlog), "listen", path);
    }

    /// <summary>Waits for the next who connects.</summary>
    /// <param name="error">Where there is none: <c>EINVAL</c> after <see cref="End"/>.</param>
    /// <returns>A socket that never waits.</returns>
    public StreamSocket? Accept(out int error)
    {
        int n;
        do n = AcceptRaw(_descriptor, null, null, StreamSocket.SOCK_CLOEXEC | SOCK_NONBLOCK);
        while (n < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        error = n < 0 ? Marshal.GetLastPInvokeError() : 0;
        return n < 0 ? null : StreamSocket.Accepted(new(n));
    }

    /// <summary>Nobody is accepted any more, and whoever waits for that comes back.</summary>
    public void End() => _ = ShutdownRaw(_descriptor, SHUT_RDWR);

    public void Dispose()
    {
        End();
        _descriptor.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindRaw(Descriptor fd, byte* address, uint size);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int ListenRaw(Descriptor fd, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int AcceptRaw(Descriptor fd, void* address, void* size, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int ShutdownRaw(Descriptor fd, int how);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);
}
