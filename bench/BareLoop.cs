using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Bench;

/// <summary>What a heartbeat costs before anybody has looked into it: send, wait, receive, and nothing else; run as a process of its own (<c>--beat</c>).</summary>
/// <remarks>The price of the system calls, of the bridge and of waking the other host, all on one machine and in the sender's time.</remarks>
internal static class BareLoop
{
    private const int Port = 6940, Bytes = 318;         // a status of ours, signed with sha1

    public static int Run(TimeSpan every)
    {
        Kernel.RunFirst();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, Port));
        var to = new IPEndPoint(IPAddress.Parse(Stage.Broadcast), Port).Serialize();
        var buffer = GC.AllocateArray<byte>(2048, pinned: true);
        var descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        var period = (long)(every.TotalSeconds * Stopwatch.Frequency);
        for (var next = Stopwatch.GetTimestamp(); ;)
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= next)
            {
                socket.SendTo(buffer.AsSpan(0, Bytes), SocketFlags.None, to);
                next += period;
            }
            if (Kernel.Readable(descriptor, Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next))) socket.Receive(buffer);
        }
    }
}
