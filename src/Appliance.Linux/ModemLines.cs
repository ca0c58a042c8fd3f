using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The control lines of a serial port, for things that are wired to them (a relay, a power-good signal).</summary>
/// <remarks>
/// The port is left so that neither closing it (HUPCL off) nor opening it again (speed 0: the kernel raises DTR and RTS only for ports with a speed) moves a line: a relay keeps its
/// position when the daemon ends, and when somebody looks. Only the first opening after the machine's own start raises both for some microseconds, which no relay follows.
/// The lock file of the port keeps others away from it while this object lives. Errors: <see cref="LinuxException"/>.
/// </remarks>
public sealed unsafe partial class ModemLines : IDisposable
{
    private const uint TIOCMGET = 0x5415, TIOCMBIS = 0x5416, TIOCMBIC = 0x5417, TCGETS = 0x5401, TCSETS = 0x5402;      // asm-generic/ioctls.h
    private const int DTR = 0x002, RTS = 0x004, CTS = 0x020, DCD = 0x040, RI = 0x080, DSR = 0x100;
    private const uint HUPCL = 0x400, CLOCAL = 0x800, Speed = 0x100F;       // CBAUD
    private readonly LineLock? _lock;
    private readonly Descriptor _port;
    private readonly string _path;

    /// <param name="rest">A line and its position, for a port that is opened the first time since the machine's start.</param>
    public ModemLines(string path, (string Line, bool Active)? rest)
    {
        _path = path;
        _lock = LineLock.Take(path);
        try
        {
            _port = Descriptor.OpenDevice(path);
            var termios = stackalloc byte[64];      // struct termios of the kernel: four flags words first
            LinuxException.Check(Ioctl(_port, TCGETS, termios), "ioctl(TCGETS)", path);
            var control = (uint*)(termios + 8);
            if ((*control & Speed) == 0 && (*control & HUPCL) == 0) return;
            *control = (*control & ~(HUPCL | Speed)) | CLOCAL;
            LinuxException.Check(Ioctl(_port, TCSETS, termios), "ioctl(TCSETS)", path);      // to speed 0: both lines fall
            if (rest is { } line) Set(line.Line, line.Active);
        }
        catch
        {
            _port?.Dispose();
            _lock?.Dispose();
            throw;
        }
    }

    public void Set(string line, bool active)
    {
        var bit = Bit(line);
        LinuxException.Check(Ioctl(_port, active ? TIOCMBIS : TIOCMBIC, (byte*)&bit), "ioctl(TIOCMBIS)", _path);
    }

    public bool Get(string line)
    {
        var bits = 0;
        LinuxException.Check(Ioctl(_port, TIOCMGET, (byte*)&bits), "ioctl(TIOCMGET)", _path);
        return (bits & Bit(line)) != 0;
    }

    private static int Bit(string line) => line switch { "dtr" => DTR, "rts" => RTS, "cts" => CTS, "dcd" => DCD, "ri" => RI, "dsr" => DSR, _ => throw new IOException($"a serial port has no line {line}") };

    public void Dispose()
    {
        _port.Dispose();
        _lock?.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, byte* argument);
}
