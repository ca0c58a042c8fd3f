using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The kernel refused: names the call, what it was about, and errno.</summary>
public sealed class LinuxException(string call, string subject, int errno)
    : IOException($"{call}{(subject.Length == 0 ? "" : $" {subject}")}: {Marshal.GetPInvokeErrorMessage(errno)}")
{
    /// <summary>The C library's error number, see <see cref="Linux.Errno"/>.</summary>
    public int Errno { get; } = errno;

    /// <summary>Throws when a C library call returned a negative number; otherwise hands its result on.</summary>
    internal static int Check(int result, string call, string subject = "") =>
        result >= 0 ? result : throw new LinuxException(call, subject, Marshal.GetLastPInvokeError());
}

/// <summary>Error numbers of Linux (asm-generic/errno.h, the same on every architecture we build for).</summary>
public static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int EPIPE = 32;
    public const int EMSGSIZE = 90;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;

    /// <summary>The C library's words for an error number.</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
