using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

#pragma warning disable CA2000     // the descriptor made here is owned by what is returned

namespace Appliance.Linux;

/// <summary>The kernel refused a change of addresses, links or routes.</summary>
public sealed class NetlinkException(string what, int errno) : IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}")
{
    public int Errno { get; } = errno;
}

/// <summary>A conversation with the kernel about addresses, links and routes of this thread's network namespace. No process, no shell.</summary>
/// <remarks>Not thread-safe. One request costs some tens of microseconds. Errors: <see cref="NetlinkException"/>, naming the change and errno.</remarks>
public sealed unsafe partial class Netlink : IDisposable
{
    internal const ushort NLM_F_REQUEST = 1, NLM_F_ACK = 4, NLM_F_REPLACE = 0x100, NLM_F_EXCL = 0x200, NLM_F_CREATE = 0x400, NLM_F_DUMP = 0x300;
    internal const int EEXIST = 17, EADDRNOTAVAIL = 99, ESRCH = 3, ENODEV = 19;
    private const ushort NLMSG_ERROR = 2, NLMSG_DONE = 3;
    private const int AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, NETLINK_ROUTE = 0, SOL_SOCKET = 1, SO_RCVTIMEO = 20;
    private const int AnswerSeconds = 5;      // the kernel answers within the call; this only bounds a bug

    private readonly SafeFileHandle _socket;
    private readonly byte[] _request = new byte[1024];
    private byte[]? _answer;
    private uint _sequence;

    private Netlink(SafeFileHandle socket) => _socket = socket;

    public static Netlink Open()
    {
        var fd = SocketRaw(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0) throw new NetlinkException("socket(AF_NETLINK)", Marshal.GetLastPInvokeError());
        var timeout = stackalloc long[2];
        (timeout[0], timeout[1]) = (AnswerSeconds, 0);
        _ = SetSockOpt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, 16);
        return new(new SafeFileHandle(fd, ownsHandle: true));
    }

    internal NetlinkWriter Request(ushort type, ushort flags) => new(_request, type, (ushort)(NLM_F_REQUEST | flags), ++_sequence);

    /// <summary>Sends a change and reads its acknowledgement.</summary>
    /// <returns>0, or the kernel's errno.</returns>
    internal int Change(ReadOnlySpan<byte> request, string what)
    {
        Send(request, what);
        var answer = _answer ??= new byte[32768];
        while (true)
        {
            var reader = new NetlinkReader(Receive(answer, what));
            while (reader.Next())
                if (reader.Sequence == _sequence && reader.Type == NLMSG_ERROR && reader.Payload.Length >= 4)
                    return -MemoryMarshal.Read<int>(reader.Payload);
        }
    }

    internal delegate void Take(ushort type, ReadOnlySpan<byte> payload);

    /// <summary>Sends a dump request and hands every message of the answer on.</summary>
    internal void Dump(ReadOnlySpan<byte> request, string what, Take take)
    {
        Send(request, what);
        var answer = _answer ??= new byte[32768];
        while (true)
        {
            var reader = new NetlinkReader(Receive(answer, what));
            while (reader.Next())
            {
                if (reader.Sequence != _sequence) continue;
                if (reader.Type == NLMSG_DONE) return;
                if (reader.Type == NLMSG_ERROR)
                {
                    var errno = reader.Payload.Length >= 4 ? -MemoryMarshal.Read<int>(reader.Payload) : 5;
                    throw new NetlinkException(what, errno);
                }
                take(reader.Type, reader.Payload);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(ReadOnlySpan<byte> request, string what)
    {
        fixed (byte* p = request)
            if (SendRaw(_socket, p, (nuint)request.Length, 0) < 0) throw new NetlinkException(what, Marshal.GetLastPInvokeError());
    }

    private ReadOnlySpan<byte> Receive(byte[] into, string what)
    {
        fixed (byte* p = into)
        {
            nint n;
            do n = ReceiveRaw(_socket, p, (nuint)into.Length, 0);
            while (n < 0 && Marshal.GetLastPInvokeError() == 4);     // EINTR
            if (n <= 0) throw new NetlinkException(what, n == 0 ? 5 : Marshal.GetLastPInvokeError());
            return into.AsSpan(0, (int)n);
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketRaw(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSockOpt(int fd, int level, int name, void* value, uint size);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendRaw(SafeFileHandle fd, byte* bytes, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveRaw(SafeFileHandle fd, byte* bytes, nuint size, int flags);
}
