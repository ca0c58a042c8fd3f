using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The controlling terminal, read key by key and without echo; as it was, when disposed.</summary>
/// <remarks>The keys that send signals do not (Ctrl-C is a key like others), so that nobody leaves without putting the terminal back.
/// Numbers: asm-generic/termbits.h and ioctls.h (x86 and ARM).</remarks>
public sealed unsafe partial class KeyTerminal : IDisposable
{
    private const nuint TCGETS = 0x5401, TCSETSW = 0x5403, TIOCGWINSZ = 0x5413;
    private const uint ISIG = 1, ICANON = 2, ECHO = 8;
    private const int VTIME = 5, VMIN = 6;

    private readonly TermIos _before;

    private KeyTerminal(Descriptor descriptor, TermIos before) => (Descriptor, _before) = (descriptor, before);

    /// <summary>Readable when a key was pressed.</summary>
    public Descriptor Descriptor { get; }

    /// <summary><c>null</c>: there is no terminal.</summary>
    public static KeyTerminal? Open()
    {
#pragma warning disable CA2000      // the terminal owns it, or it is closed below
        if (Try() is not { } descriptor) return null;
#pragma warning restore CA2000
        TermIos now;
        if (Ioctl(descriptor, TCGETS, (nint)(&now)) < 0)
        {
            descriptor.Dispose();
            return null;
        }
        var keys = now;
        keys.Local &= ~(ISIG | ICANON | ECHO);
        keys.Characters[VMIN] = 1;
        keys.Characters[VTIME] = 0;
        _ = Ioctl(descriptor, TCSETSW, (nint)(&keys));
        return new(descriptor, now);
    }

    private static Descriptor? Try()
    {
        try
        {
            return Descriptor.OpenDevice("/dev/tty");
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <summary>How many lines of how many characters it shows; 24 of 80 where it does not say.</summary>
    public (int Lines, int Columns) Size
    {
        get
        {
            var size = stackalloc ushort[4];        // struct winsize: rows, columns, and pixels
            return Ioctl(Descriptor, TIOCGWINSZ, (nint)size) >= 0 && size[0] > 0 && size[1] > 0 ? (size[0], size[1]) : (24, 80);
        }
    }

    public void Dispose()
    {
        var before = _before;
        _ = Ioctl(Descriptor, TCSETSW, (nint)(&before));
        Descriptor.Dispose();
    }

    /// <summary>struct termios of the kernel.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TermIos
    {
        public uint Input, Output, Control, Local;
        public byte Line;
        public fixed byte Characters[19];
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, nint argument);
}
