using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The control lines of a serial port, for things that are wired to them (a relay, a power-good signal).</summary>
/// <remarks>
/// The port stays open as long as this object lives, and is left so that closing it does not drop the lines (HUPCL off): a relay keeps its position when the daemon ends.
/// Opening a port raises DTR and RTS for a moment (the driver does it); a relay that must not twitch is wired to a GPIO line. Errors: <see cref="LinuxException"/>.
/// </remarks>
public sealed unsafe partial class ModemLines : IDisposable
{
    private const uint TIOCMGET = 0x5415, TIOCMBIS = 0x5416, TIOCMBIC = 0x5417, TCGETS = 0x5401, TCSETS = 0x5402;      // asm-generic/ioctls.h
    private const int DTR = 0x002, RTS = 0x004, CTS = 0x020, DCD = 0x040, RI = 0x080, DSR = 0x100;
    private const uint HUPCL = 0x400, CLOCAL = 0x800;
    private readonly Descriptor _port;
    private readonly string _path;

    public ModemLines(string path)
    {
        _path = path;
        _port = Descriptor.OpenDevice(path);
        var termios = stackalloc byte[64];      // struct termios of the kernel: four flags words first
        if (Ioctl(_port, TCGETS, termios) < 0) return;
        var control = (uint*)(termios + 8);
        *control = (*control & ~HUPCL) | CLOCAL;
        _ = Ioctl(_port, TCSETS, termios);
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

    public void Dispose() => _port.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, byte* argument);
}
