using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>One end of a pair of connected sockets that keep message borders (AF_UNIX, SOCK_SEQPACKET). Never waits.</summary>
/// <param name="number">An open descriptor, for example an inherited one; taken over.</param>
public sealed unsafe partial class SeqPacketSocket(int number) : IDisposable
{
    private const int AF_UNIX = 1, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    private const int MSG_DONTWAIT = 0x40, MSG_TRUNC = 0x20, MSG_NOSIGNAL = 0x4000;
    private const int SOL_SOCKET = 1, SO_SNDBUF = 7, SO_SNDBUFFORCE = 32;

    public Descriptor Descriptor { get; } = new(number);

    /// <summary>Two ends; what one sends the other receives, in order, whole.</summary>
    /// <param name="bufferBytes">Room on the way in each direction; a frame must fit into it.</param>
    public static (SeqPacketSocket Ours, SeqPacketSocket Theirs) Pair(int bufferBytes)
    {
        var ends = stackalloc int[2];
        LinuxException.Check(SocketPair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), "socketpair");
        var pair = (new SeqPacketSocket(ends[0]), new SeqPacketSocket(ends[1]));
        pair.Item1.Grow(bufferBytes);
        pair.Item2.Grow(bufferBytes);
        return pair;
    }

    /// <returns>Bytes sent, or minus errno: <c>-EAGAIN</c> when the other end is behind, <c>-EPIPE</c> when it is gone. Allocates nothing.</returns>
    public int Send(ReadOnlySpan<byte> frame)
    {
        fixed (byte* p = frame)
        {
            var n = SendRaw(Descriptor, p, (nuint)frame.Length, MSG_DONTWAIT | MSG_NOSIGNAL);
            return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
        }
    }

    /// <returns>
    /// The frame's size; 0 when the other end closed; <c>-EAGAIN</c> when nothing is there; <c>-EMSGSIZE</c> when the frame was larger than
    /// <paramref name="into"/> (it is lost); or another negative errno.
    /// </returns>
    public int Receive(Span<byte> into)
    {
        fixed (byte* p = into)
        {
            var n = ReceiveRaw(Descriptor, p, (nuint)into.Length, MSG_DONTWAIT | MSG_TRUNC);
            if (n < 0) return -Marshal.GetLastPInvokeError();
            return n > into.Length ? -Errno.EMSGSIZE : (int)n;
        }
    }

    public void Dispose() => Descriptor.Dispose();

    private void Grow(int bytes)
    {
        // FORCE goes beyond net.core.wmem_max and needs root; without it the kernel gives what it allows.
        if (SetSocketOption(Descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(int)) < 0)
            LinuxException.Check(SetSocketOption(Descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(int)), "setsockopt", "SO_SNDBUF");
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int family, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendRaw(Descriptor fd, byte* from, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveRaw(Descriptor fd, byte* into, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(Descriptor fd, int level, int option, void* value, uint size);
}
