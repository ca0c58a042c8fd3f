using System.Globalization;

namespace Appliance.Lab.Harness;

/// <summary>Modem signals for the pseudo-terminals of a <see cref="SerialCable"/>, which have none: the daemon's ioctl(2) for them is answered from files.</summary>
/// <remarks>
/// A library that the daemon is started with (LD_PRELOAD) answers TIOCMGET and TIOCMBIS of a terminal for which there is a file, and passes everything else on. What the kernel's driver does with a UART is not shown by
/// this; what the two processes make of its answers is.
/// </remarks>
public sealed class ModemSignals
{
    private const int DTR = 0x002, RTS = 0x004, CTS = 0x020, DCD = 0x040, DSR = 0x100;      // asm-generic/termios.h

    private const string Library = """
        #include <fcntl.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>

        static int named(char *file, size_t room, int fd, const char *end)
        {
            char link[64], path[256];
            const char *folder = getenv("LAB_MODEM");
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t n = folder ? readlink(link, path, sizeof path - 1) : -1;
            if (n <= 0) return 0;
            path[n] = 0;
            if (strncmp(path, "/dev/pts/", 9)) return 0;
            snprintf(file, room, "%s/%s", folder, path + 9);
            if (access(file, R_OK)) return 0;
            strncat(file, end, room - strlen(file) - 1);
            return 1;
        }

        static int number(const char *file)
        {
            char text[16] = "";
            int fd = open(file, O_RDONLY | O_CLOEXEC);
            if (fd < 0) return 0;
            ssize_t n = read(fd, text, sizeof text - 1);
            close(fd);
            return n > 0 ? atoi(text) : 0;
        }

        int ioctl(int fd, unsigned long request, ...)
        {
            char file[512], text[16];
            va_list rest;
            va_start(rest, request);
            void *argument = va_arg(rest, void *);
            va_end(rest);
            if (request == 0x5415 && named(file, sizeof file, fd, "")) { *(int *)argument = number(file); return 0; }
            if (request == 0x5416 && named(file, sizeof file, fd, ".raised")) {
                int to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
                if (to >= 0) { int n = snprintf(text, sizeof text, "%d", *(int *)argument); if (write(to, text, n) != n) abort(); close(to); }
                return 0;
            }
            return syscall(SYS_ioctl, fd, request, argument);
        }
        """;

    private readonly Pair _pair;
    private readonly string _folder;

    /// <param name="pair">Whose daemons are not started yet.</param>
    public ModemSignals(Pair pair)
    {
        _pair = pair;
        _folder = Path.Combine(pair.Alpha.Work, "modem");
        Directory.CreateDirectory(_folder);
        var library = Path.Combine(_folder, "modem.so");
        Shell.Run($"cc -shared -fPIC -O1 -o {library} -xc -", Library);
        foreach (var host in pair.Hosts)
        {
            host.Environment = $"LD_PRELOAD={library} LAB_MODEM={_folder}";
            Carrier(host, true);
        }
    }

    /// <summary>Why this cannot be had here, or null.</summary>
    public static string? Missing() => Shell.Try("command -v cc").Status == 0 ? null : "cc is missing (Debian package gcc)";

    /// <summary>What a host's line shows of the other end. Written beside, and put in its place as a whole.</summary>
    public void Carrier(Host host, bool there)
    {
        var file = FileOf(host);
        File.WriteAllText(file + ".new", (there ? CTS | DCD | DSR : 0).ToString(CultureInfo.InvariantCulture));
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>DTR and RTS were raised by a host's daemon.</summary>
    public bool IsRaised(Host host) => File.Exists(FileOf(host) + ".raised") && int.Parse(File.ReadAllText(FileOf(host) + ".raised"), CultureInfo.InvariantCulture) == (DTR | RTS);

    private string FileOf(Host host) => Path.Combine(_folder, Path.GetFileName(_pair.Serial.Device(host == _pair.Alpha ? 0 : 1)));
}
