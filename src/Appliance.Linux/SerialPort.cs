using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>An open serial line, ours alone: raw, 8N1, at any speed the driver can make. Never waits.</summary>
/// <remarks>
/// Settings as heartbeat 3.0.6's on a live line: CRTSCTS, CLOCAL, ISTRIP, IGNCR, INPCK, BRKINT, no echo. Numbers: asm-generic/termbits.h and ioctls.h
/// (x86 and ARM). The C library's termios knows only a list of speeds; termios2 with BOTHER takes a number.
/// </remarks>
public sealed unsafe partial class SerialPort : IDisposable
{
    private const uint TCGETS2 = 0x802C_542A, TCSETS2 = 0x402C_542B, TCFLSH = 0x540B, TIOCEXCL = 0x540C, TIOCMGET = 0x5415, TIOCMBIS = 0x5416, TIOCSBRK = 0x5427, TIOCCBRK = 0x5428;
    private const uint BRKINT = 0x2, INPCK = 0x10, ISTRIP = 0x20, IGNCR = 0x80;
    private const uint CBAUD = 0x100F, CIBAUD = 0x100F_0000, BOTHER = 0x1000, CS8 = 0x30, CREAD = 0x80, CLOCAL = 0x800, CRTSCTS = 0x8000_0000;
    private const int DTR = 0x002, RTS = 0x004, DCD = 0x040, DSR = 0x100;      // asm-generic/termios.h
    private const int UsbSerialMajor = 188;     // Documentation/admin-guide/devices.txt
    private const int TCIOFLUSH = 2, TCOFLUSH = 1, LOCK_EX = 2, LOCK_NB = 4, VTIME = 5, VMIN = 6;

    private readonly LineLock? _lock;

    private SerialPort(Descriptor descriptor, LineLock? line) => (Descriptor, _lock) = (descriptor, line);

    public Descriptor Descriptor { get; }

    /// <summary>Hardware flow control is on: the line has modem signals.</summary>
    public bool FlowControl { get; private set; }

    /// <summary>Reading its modem status never waits.</summary>
    private bool _tells;

    /// <summary>Whether the machine at the other end shows that it is there; null: the line does not tell. Allocates nothing, never waits.</summary>
    /// <remarks>
    /// A null-modem cable leads the other end's DTR to our DSR and DCD, and its RTS to our CTS. DTR is raised when a port is opened, stays when the program ends (HUPCL is off), and falls only with the power, at a reset, or when
    /// the cable is pulled: so DSR or DCD is the sign, whichever of them the cable has. CTS is none: flow control takes it away from a machine that is well and only busy.
    /// An adapter on USB may be asked over the bus for each reading, which takes up to five seconds when it is stuck, and many do not have these signals: none of them is believed.
    /// </remarks>
    public bool? Carrier
    {
        get
        {
            int lines;
            return _tells && Ioctl(Descriptor, TIOCMGET, (nint)(&lines)) >= 0 ? (lines & (DSR | DCD)) != 0 : null;
        }
    }

    /// <summary>Opens and sets up a line.</summary>
    /// <exception cref="LinuxException">No such device, not a terminal, in use by another program (EBUSY), or a speed it cannot make (EINVAL).</exception>
    public static SerialPort Open(string path, int baud)
    {
#pragma warning disable CA2000      // both go with the port, or below
        Descriptor? descriptor = null;
        var line = LineLock.Take(path);         // before it is opened, which the other end would see (DTR)
        try
        {
            descriptor = Descriptor.OpenDevice(path);
            var port = new SerialPort(descriptor, line);
            port.Claim(path);
            port.SetUp(path, baud);
            return port;
        }
        catch
        {
            descriptor?.Dispose();
            line?.Dispose();
            throw;
        }
#pragma warning restore CA2000
    }

    /// <summary>Begins a break: the other end sees that we are there anew. End it 250 ms or more later (tcsendbreak(3) would wait that long).</summary>
    /// <returns>False when the line cannot (a pseudo terminal).</returns>
    public bool StartBreak() => Ioctl(Descriptor, TIOCSBRK, 0) >= 0;

    public void StopBreak() => _ = Ioctl(Descriptor, TIOCCBRK, 0);      // a line that is gone reports that when it is read

    /// <summary>Throws away what the driver has not sent yet.</summary>
    public void DiscardOutput() => _ = Ioctl(Descriptor, TCFLSH, TCOFLUSH);     // likewise

    /// <summary>Closes at once: what is not sent is thrown away, as close(2) would wait up to 30 s for a line whose other end says "stop".</summary>
    public void Dispose()
    {
        if (!Descriptor.IsClosed) _ = Ioctl(Descriptor, TCFLSH, TCIOFLUSH);
        Descriptor.Dispose();
        _lock?.Dispose();
    }

    private void Claim(string path)
    {
        // TIOCEXCL does not keep root out; the lock does, among programs that ask for it.
        LinuxException.Check(Flock(Descriptor, LOCK_EX | LOCK_NB), "flock", path);
        LinuxException.Check(Ioctl(Descriptor, TIOCEXCL, 0), "ioctl(TIOCEXCL)", path);
    }

    private void SetUp(string path, int baud)
    {
        TermIos2 settings;
        LinuxException.Check(Ioctl(Descriptor, TCGETS2, (nint)(&settings)), "ioctl(TCGETS2)", path);
        int lines;
        FlowControl = Ioctl(Descriptor, TIOCMGET, (nint)(&lines)) >= 0;
        settings.Input = BRKINT | INPCK | ISTRIP | IGNCR;
        settings.Output = 0;
        settings.Local = 0;
        settings.Control = CS8 | CREAD | CLOCAL | BOTHER | (BOTHER << 16) | (FlowControl ? CRTSCTS : 0);
        settings.InputSpeed = settings.OutputSpeed = (uint)baud;
        settings.Characters[VMIN] = 1;
        settings.Characters[VTIME] = 1;
        LinuxException.Check(Ioctl(Descriptor, TCSETS2, (nint)(&settings)), "ioctl(TCSETS2)", path);

        TermIos2 now;
        LinuxException.Check(Ioctl(Descriptor, TCGETS2, (nint)(&now)), "ioctl(TCGETS2)", path);
        // 8N1 stands a difference of 5 % between both ends: half of it is left to the other one.
        if (Math.Abs((long)now.OutputSpeed - baud) > baud / 40) throw new LinuxException($"{path} runs at {now.OutputSpeed} baud, not", $"{baud}", Errno.EINVAL);
        // The driver has raised both when it opened the port; a port that was left at speed 0, or with its lines down, shows now that we are there.
        lines = DTR | RTS;
        if (FlowControl) _ = Ioctl(Descriptor, TIOCMBIS, (nint)(&lines));        // a port that cannot has them fixed
        _tells = FlowControl && FileStatus.CharacterMajor(path) is not UsbSerialMajor;
        _ = Ioctl(Descriptor, TCFLSH, TCIOFLUSH);       // noise from before; nothing is lost if it stays
    }

    /// <summary>struct termios2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TermIos2
    {
        public uint Input, Output, Control, Local;
        public byte Discipline;
        public fixed byte Characters[19];
        public uint InputSpeed, OutputSpeed;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(Descriptor fd, int operation);
}
