using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Control;

/// <summary>Control's end of the socket to pulse: frames out, frames in, never waiting.</summary>
internal sealed class PulseSocket(SeqPacketSocket socket, ApplianceLog log) : IPulse, IDisposable
{
    /// <summary>Commands that wait for pulse. It reads every millisecond; so many only pile up when it is stopped, and then nothing helps.</summary>
    private const int MostWaiting = 4096;

    private readonly byte[] _out = new byte[BridgeCodec.MaxFrame];
    private readonly byte[] _in = new byte[BridgeCodec.MaxFrame];
    private readonly Queue<byte[]> _waiting = new();

    public Descriptor Descriptor => socket.Descriptor;

    /// <summary>Pulse is gone.</summary>
    public bool Closed { get; private set; }

    /// <summary>Wake us when it can be written.</summary>
    public bool WantsToWrite => _waiting.Count > 0;

    /// <inheritdoc/>
    public void Send(ClusterCommand command)
    {
        var size = BridgeCodec.Write(command, _out);
        if (size < 0)
        {
            log.Error($"a message of type {(command as ClusterCommand.Send)?.Message.Type ?? command.GetType().Name} is too large to be sent");
            return;
        }
        if (_waiting.Count > 0 || !TrySend(_out.AsSpan(0, size)))
        {
            if (command is ClusterCommand.Progress) return;                 // the next one says the same
            if (_waiting.Count >= MostWaiting) throw new IOException("pulse does not read its commands");
            _waiting.Enqueue(_out.AsSpan(0, size).ToArray());
        }
    }

    /// <summary>Sends what waited.</summary>
    public void Flush()
    {
        while (_waiting.TryPeek(out var frame) && TrySend(frame)) _waiting.Dequeue();
    }

    /// <summary>The next event; <c>false</c> when there is none now.</summary>
    public bool TryReceive(out ClusterEvent happened)
    {
        while (!Closed)
        {
            var n = socket.Receive(_in);
            if (n == -Errno.EAGAIN) break;
            if (n <= 0 && n != -Errno.EMSGSIZE)
            {
                Closed = true;
                break;
            }
            if (n > 0 && BridgeCodec.TryRead(_in.AsSpan(0, n), out ClusterEvent? read))
            {
                happened = read;
                return true;
            }
            log.Write(LogPriority.Error, "a frame from pulse could not be read and was dropped");
        }
        happened = null!;
        return false;
    }

    public void Dispose() => socket.Dispose();

    private bool TrySend(ReadOnlySpan<byte> frame)
    {
        var n = socket.Send(frame);
        if (n >= 0) return true;
        if (n is -Errno.EAGAIN or -Errno.ENOBUFS) return false;
        Closed = true;
        return true;        // nobody is there to hear it
    }
}
