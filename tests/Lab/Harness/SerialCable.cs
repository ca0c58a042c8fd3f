using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Appliance.Lab.Harness;

/// <summary>A null-modem cable between two pseudo-terminals that can be cut, be slow, or lose bytes, each way on its own.</summary>
/// <remarks>One thread moves the bytes. A byte at a limited rate costs ten bits (8N1), and a direction holds at most what a UART's
/// driver buffers; then the writer blocks, as on a real line.</remarks>
public sealed class SerialCable : IDisposable
{
    private const int DriverBuffer = 4096;
    private readonly Pty[] _ends = [new(), new()];
    private readonly Direction[] _directions;
    private readonly Thread _mover;
    private volatile bool _closing;

    public SerialCable(int seed = 1)
    {
        _directions = [new Direction(_ends[0], _ends[1], seed), new Direction(_ends[1], _ends[0], seed + 1)];
        _mover = new Thread(Move, 256 * 1024) { IsBackground = true, Name = "serial cable" };
        _mover.Start();
    }

    /// <summary>The terminal that host 0 or 1 opens.</summary>
    public string Device(int end) => _ends[end].Path;

    /// <summary>From end 0 to 1, and from 1 to 0.</summary>
    public Direction From(int end) => _directions[end];

    /// <summary>Sets both directions.</summary>
    public void Both(Action<Direction> change)
    {
        foreach (var direction in _directions) change(direction);
    }

    /// <summary>Noise: bytes that nobody sent arrive at an end.</summary>
    public void Inject(int end, ReadOnlySpan<byte> bytes) => _ends[end].Write(bytes);

    public void Dispose()
    {
        _closing = true;
        _mover.Join();
        foreach (var end in _ends) end.Dispose();
    }

    private void Move()
    {
        while (!_closing)
        {
            var wait = 50;
            foreach (var direction in _directions) wait = Math.Min(wait, direction.Carry());
            Pty.Wait(_ends[0], _directions[0].HasRoom, _ends[1], _directions[1].HasRoom, wait);
        }
    }

    /// <summary>One way of the cable. Settings may be changed at any time from any thread.</summary>
    public sealed class Direction
    {
        private readonly Pty _source, _sink;
        private readonly Random _fate;
        private readonly Queue<(long Due, byte Value)> _line = new();
        private readonly byte[] _buffer = new byte[512];
        private long _busyUntil;
        private long _carried;

        internal Direction(Pty source, Pty sink, int seed) => (_source, _sink, _fate) = (source, sink, new Random(seed));

        /// <summary>Nothing passes.</summary>
        public bool Cut { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

        /// <summary>Bits per second; 0: no limit.</summary>
        public int Baud { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

        /// <summary>How long a byte travels.</summary>
        public int DelayMs { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

        /// <summary>Chance of a byte to vanish.</summary>
        public double Loss { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

        /// <summary>Bytes that arrived.</summary>
        public long Carried => Interlocked.Read(ref _carried);

        internal bool HasRoom => _line.Count < DriverBuffer;

        /// <summary>Takes what was written, delivers what is due; says in how many milliseconds to come again at the latest.</summary>
        internal int Carry()
        {
            var now = Stopwatch.GetTimestamp();
            while (HasRoom && _source.Read(_buffer) is > 0 and var count)
                foreach (var value in _buffer.AsSpan(0, count))
                {
                    if (Baud > 0) _busyUntil = Math.Max(now, _busyUntil) + Stopwatch.Frequency * 10 / Baud;
                    if (Cut || (Loss > 0 && _fate.NextDouble() < Loss)) continue;
                    _line.Enqueue(((Baud > 0 ? _busyUntil : now) + DelayMs * Stopwatch.Frequency / 1000, value));
                }
            var due = 0;
            while (due < _buffer.Length && _line.TryPeek(out var next) && next.Due <= now) _buffer[due++] = _line.Dequeue().Value;
            if (due > 0 && !Cut) Interlocked.Add(ref _carried, _sink.Write(_buffer.AsSpan(0, due)));   // what does not fit is lost: an overrun
            return _line.TryPeek(out var waiting) ? (int)Math.Clamp((waiting.Due - now) * 1000 / Stopwatch.Frequency, 1, 50) : 50;
        }
    }
}

/// <summary>A pseudo-terminal in raw mode; the slave stays open so that a daemon's restart does not hang it up.</summary>
internal sealed unsafe partial class Pty : IDisposable
{
    private const int O_RDWR = 2, O_NOCTTY = 0x100, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, TCSANOW = 0;
    private const short POLLIN = 1;
    private readonly int _master, _slave;

    public string Path { get; }

    public Pty()
    {
        _master = PosixOpenPt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (_master < 0 || Grant(_master) != 0 || Unlock(_master) != 0) throw new IOException($"pseudo-terminal: errno {Marshal.GetLastPInvokeError()}");
        Span<byte> name = stackalloc byte[64];
        fixed (byte* start = name)
        {
            if (Name(_master, start, (nuint)name.Length) != 0) throw new IOException("ptsname_r");
            Path = Marshal.PtrToStringUTF8((nint)start)!;
        }
        _slave = Open(Path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        var termios = stackalloc byte[128];   // struct termios: 60 bytes with glibc
        if (_slave < 0 || Get(_slave, termios) != 0) throw new IOException($"{Path}: errno {Marshal.GetLastPInvokeError()}");
        MakeRaw(termios);
        _ = Set(_slave, TCSANOW, termios);
    }

    /// <summary>Bytes read; 0 or less: nothing there.</summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer) return (int)Read(_master, start, (nuint)buffer.Length);
    }

    /// <summary>Bytes taken.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return Math.Max(0, (int)Write(_master, start, (nuint)bytes.Length));
    }

    /// <summary>Until one of the two can be read (and is asked), or the time is over.</summary>
    public static void Wait(Pty first, bool askFirst, Pty second, bool askSecond, int milliseconds)
    {
        var polls = stackalloc PollFd[2];
        polls[0] = new PollFd { Descriptor = askFirst ? first._master : -1, Events = POLLIN };
        polls[1] = new PollFd { Descriptor = askSecond ? second._master : -1, Events = POLLIN };
        _ = Poll(polls, 2, milliseconds);
    }

    public void Dispose()
    {
        _ = Close(_slave);
        _ = Close(_master);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Descriptor;
        public short Events, Returned;
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)] private static partial int PosixOpenPt(int flags);
    [LibraryImport("libc", EntryPoint = "grantpt")] private static partial int Grant(int fd);
    [LibraryImport("libc", EntryPoint = "unlockpt")] private static partial int Unlock(int fd);
    [LibraryImport("libc", EntryPoint = "ptsname_r")] private static partial int Name(int fd, byte* name, nuint length);
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int Open(string path, int flags);
    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)] private static partial int Get(int fd, byte* termios);
    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)] private static partial int Set(int fd, int when, byte* termios);
    [LibraryImport("libc", EntryPoint = "cfmakeraw")] private static partial void MakeRaw(byte* termios);
    [LibraryImport("libc", EntryPoint = "read")] private static partial nint Read(int fd, byte* buffer, nuint count);
    [LibraryImport("libc", EntryPoint = "write")] private static partial nint Write(int fd, byte* buffer, nuint count);
    [LibraryImport("libc", EntryPoint = "poll")] private static partial int Poll(PollFd* polls, nuint count, int timeout);
    [LibraryImport("libc", EntryPoint = "close")] private static partial int Close(int fd);
}
