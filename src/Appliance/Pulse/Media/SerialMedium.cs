using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Messaging.Wire;

namespace Appliance.Pulse.Media;

/// <summary>A serial crossover: lines out at the pace of the wire, framed messages in. Unplugged and back without restart.</summary>
/// <remarks>
/// Paced, because the driver's buffer of 4 KiB would otherwise hold seconds of stale heartbeats at 9600 baud. The path is opened anew each time:
/// after a return the node is another one, and a link to it (udev) may lead elsewhere.
/// </remarks>
internal sealed class SerialMedium(int index, MediumSpec.Serial spec, IMediumSink sink, byte[] buffer) : Medium(index, spec, sink)
{
    private const int BitsPerByte = 10;         // 8N1 with start bit
    private const int PieceBytes = 512;         // as 3.0.6 (reference 5.3)
    private const int BytesPerRound = 4096;     // the driver's buffer
    private static readonly TimeSpan BreakLength = TimeSpan.FromMilliseconds(250);      // tcsendbreak(3): 0.25 to 0.5 s
    private static readonly TimeSpan WriteLimit = TimeSpan.FromMilliseconds(500);       // as 3.0.6
    private static readonly TimeSpan WarnAgainAfter = TimeSpan.FromHours(1);            // as 3.0.6

    private readonly SerialFramer _framer = new();
    private readonly LineQueue _queue = new();
    private SerialPort? _port;
    private Instant _lineFreeAt, _blockedSince = Instant.Never, _nextWarning;
    private bool _inBreak, _cutShort;

    public override (int Descriptor, PollEvents Events) Slot(int which) =>
        (which == 0 && _port is not null ? _port.Descriptor.Number : -1, IsBlocked ? PollEvents.Readable | PollEvents.Writable : PollEvents.Readable);

    /// <summary>What the line shows of the other end now; null: nothing, or it is not open.</summary>
    public bool? Carrier => _port?.Carrier;

    private bool IsBlocked => _blockedSince != Instant.Never;

    public override Instant NextDeadline =>
        !IsOpen ? base.NextDeadline : IsBlocked ? _blockedSince + WriteLimit : _queue.IsEmpty && !_inBreak ? Instant.Never : _lineFreeAt;

    public override void Send(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line, Instant now)
    {
        if (line.IsEmpty || _port is null) return;
        Overruns += _queue.Add(line);
        Pump(now);
    }

    public override void Ready(int which, PollEvents events, Instant now, bool all)
    {
        if ((events & PollEvents.Writable) != 0)
        {
            _blockedSince = Instant.Never;
            Pump(now);
        }
        if (_port is null || (events & ~PollEvents.Writable) == 0) return;
        var n = _port.Descriptor.Read(buffer.AsSpan(0, BytesPerRound));
        if (n == -Errno.EAGAIN) n = (events & (PollEvents.HangUp | PollEvents.Error)) == 0 ? -Errno.EAGAIN : -Errno.EIO;
        if (n == -Errno.EAGAIN) return;
        if (n <= 0)
        {
            Close($"{spec.Device}: {(n == 0 ? "unplugged" : Errno.Text(-n))}", now);
            return;
        }
        ReadOnlySpan<byte> rest = buffer.AsSpan(0, n);
        while (_framer.Next(rest, out var consumed, out var message))
        {
            rest = rest[consumed..];
            Sink.Packet(Index, message);
        }
    }

    public override void Tick(Instant now)
    {
        base.Tick(now);
        if (_inBreak && now >= _lineFreeAt)
        {
            _port?.StopBreak();
            _inBreak = false;
        }
        if (IsBlocked && now >= _blockedSince + WriteLimit) GiveUpWrite(now);
        Pump(now);
    }

    protected override void OpenFiles(Instant now)
    {
        _port = SerialPort.Open(spec.Device, spec.Baud);
        _framer.Reset();
        _queue.Clear();
        _blockedSince = Instant.Never;
        _inBreak = _port.StartBreak();
        _lineFreeAt = _inBreak ? now + BreakLength : now;
        _cutShort = true;       // whatever the other end has half of, ends here
    }

    protected override void CloseFiles()
    {
        _port?.Dispose();
        _port = null;
        _queue.Clear();
    }

    private void Pump(Instant now)
    {
        if (_port is null || IsBlocked || _inBreak || now < _lineFreeAt || _queue.IsEmpty) return;
        if (_cutShort && _port.Descriptor.Write("\n"u8) == 1) _cutShort = false;        // the next message begins on a line of its own
        var piece = _queue.Next;
        if (piece.Length > PieceBytes) piece = piece[..PieceBytes];
        var n = _port.Descriptor.Write(piece);
        if (n == -Errno.EAGAIN) _blockedSince = now;
        else if (n < 0) Close($"{spec.Device}: {Errno.Text(-n)}", now);
        else
        {
            _queue.Sent(n);
            _lineFreeAt = now + TimeSpan.FromTicks(n * BitsPerByte * TimeSpan.TicksPerSecond / spec.Baud);
        }
    }

    private void GiveUpWrite(Instant now)
    {
        _port?.DiscardOutput();
        if (!_queue.IsEmpty) _queue.DropNext();
        Overruns++;
        _blockedSince = Instant.Never;
        _cutShort = true;
        if (now < _nextWarning) return;
        _nextWarning = now + WarnAgainAfter;
        Sink.Log(LogPriority.Warn, $"TTY write timeout on [{spec.Device}] (no connection or bad cable? [see documentation])");
    }
}
