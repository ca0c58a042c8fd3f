using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Bench;

/// <summary>A reply to the client's echo requests.</summary>
/// <param name="At">Stopwatch ticks.</param>
/// <param name="TimeToLive">Who answered: see <see cref="Host.TimeToLive"/>.</param>
internal readonly record struct Reply(long At, int TimeToLive);

/// <summary>The third host: asks the served address for an echo every millisecond and notes who answers when.</summary>
internal sealed class Client : IDisposable
{
    private readonly List<Reply> _replies = [];
    private readonly Thread _asker, _listener;
    private readonly ManualResetEventSlim _ready = new();
    private Socket? _socket;
    private volatile bool _stopped;

    public Client(string networkNamespace)
    {
        _listener = new Thread(() => Listen(networkNamespace)) { IsBackground = true };
        _asker = new Thread(Ask) { IsBackground = true };
        _listener.Start();
        _ready.Wait();
        _asker.Start();
    }

    /// <summary>All replies since an instant, in order.</summary>
    public Reply[] Since(long at)
    {
        lock (_replies) return [.. _replies.SkipWhile(r => r.At < at)];
    }

    public void Forget()
    {
        lock (_replies) _replies.Clear();
    }

    private void Listen(string networkNamespace)
    {
        Kernel.Enter(networkNamespace);
        Kernel.RunFirst();
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
        _socket.ReceiveTimeout = 200;
        _ready.Set();
        Span<byte> packet = stackalloc byte[256];
        var wanted = IPAddress.Parse(Stage.Address);
        while (!_stopped)
        {
            var length = 0;
            try { length = _socket.Receive(packet); }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock) { continue; }
            var at = Stopwatch.GetTimestamp();
            var header = (packet[0] & 15) * 4;
            if (length < header + 8 || packet[header] != 0 || !new IPAddress(packet.Slice(12, 4)).Equals(wanted)) continue;
            lock (_replies) _replies.Add(new(at, packet[8]));
        }
    }

    private void Ask()
    {
        Kernel.RunFirst();
        Span<byte> request = stackalloc byte[16];
        var to = new IPEndPoint(IPAddress.Parse(Stage.Address), 0).Serialize();
        for (ushort n = 0; !_stopped; n++)
        {
            request.Clear();
            request[0] = 8;
            BinaryPrimitives.WriteUInt16BigEndian(request[6..], n);
            BinaryPrimitives.WriteUInt16BigEndian(request[2..], Checksum(request));
            try { _socket!.SendTo(request, SocketFlags.None, to); }
            catch (SocketException) { /* nobody answers the address request: that is the outage being measured */ }
            Thread.Sleep(1);
        }
    }

    private static ushort Checksum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (var i = 0; i < data.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(data[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    public void Dispose()
    {
        _stopped = true;
        _asker.Join();
        _listener.Join();
        _socket?.Dispose();
        _ready.Dispose();
    }
}

/// <summary>Notes when the kernel of one host is given the served address.</summary>
internal sealed class AddressWatch
{
    private long _at;

    public AddressWatch(string networkNamespace)
    {
        using var ready = new ManualResetEventSlim();
        new Thread(() =>
        {
            Kernel.Enter(networkNamespace);
            Kernel.RunFirst();
            var socket = Kernel.AddressSocket();
            ready.Set();
            Span<byte> buffer = stackalloc byte[8192];
            var wanted = IPAddress.Parse(Stage.Address);
            while (true)
                if (Kernel.HeardOf(socket, wanted, buffer)) Interlocked.CompareExchange(ref _at, Stopwatch.GetTimestamp(), 0);
        }) { IsBackground = true }.Start();
        ready.Wait();
    }

    public void Arm() => Interlocked.Exchange(ref _at, 0);

    /// <summary>Stopwatch ticks of the first addition since <see cref="Arm"/>; 0 if there was none.</summary>
    public long At => Interlocked.Read(ref _at);
}
