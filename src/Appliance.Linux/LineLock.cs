using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>The lock file of a serial line (UUCP's, FHS 5.9): <c>/var/lock/LCK..ttyS0</c> holds the owner's process number, so that pppd, minicom and heartbeat 3.0.6 leave the line alone.</summary>
/// <remarks>
/// Name and form are those that 3.0.6 was seen to write: the path without its first directory and without anything but letters and digits; ten digits and a newline;
/// made elsewhere and linked, so that nobody reads half of it. 3.0.6 takes its lock away as soon as the line is open; ours stays as long as the line is ours.
/// A file of a process that is no more, or that names none, is removed.
/// </remarks>
public sealed partial class LineLock : IDisposable
{
    /// <summary>Those of this life: a daemon that is replaced in place keeps its number, and finds the file of the one before it.</summary>
    private static readonly HashSet<string> Ours = new(StringComparer.Ordinal);

    private readonly string _path;

    private LineLock(string path)
    {
        _path = path;
        lock (Ours) Ours.Add(path);
    }

    /// <summary>Takes the lock; <c>null</c> when there is nothing to take: this process has it already, or there is no directory for it.</summary>
    /// <exception cref="LinuxException">EBUSY: a living process has the line.</exception>
    public static LineLock? Take(string device, string directory = "/var/lock")
    {
        if (!Directory.Exists(directory)) return null;
        var name = Name(device);
        var path = $"{directory}/LCK..{name}";
        var temporary = $"{directory}/tmp{Environment.ProcessId}-{name}";
        for (var attempt = 0; attempt < 3; attempt++)         // others may remove and make it at the same time
        {
            if (Owner(path) is { } owner)
            {
                if (owner == Environment.ProcessId)
                    lock (Ours)
                        if (Ours.Contains(path)) return null;
                if (owner > 1 && owner != Environment.ProcessId && Directory.Exists($"/proc/{owner}")) throw new LinuxException($"process {owner} has it ({path}):", device, Errno.EBUSY);
                File.Delete(path);
            }
            try
            {
                File.WriteAllText(temporary, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId,10}\n"));
                if (Link(temporary, path) == 0) return new(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;        // a full or read-only file system must not cost the line; flock and TIOCEXCL still guard it
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        return null;
    }

    /// <summary>As 3.0.6 makes it of <c>/dev/ttyS0</c> (ttyS0), <c>/dev/pts/0</c> (pts0).</summary>
    public static string Name(string device)
    {
        var second = device.IndexOf('/', Math.Min(1, device.Length));
        return new string(Array.FindAll(device[(second + 1)..].ToCharArray(), char.IsAsciiLetterOrDigit));
    }

    /// <summary>Gives the line back to others.</summary>
    public void Dispose()
    {
        lock (Ours)
            if (!Ours.Remove(_path)) return;
        if (Owner(_path) == Environment.ProcessId) File.Delete(_path);
    }

    /// <summary><c>null</c>: there is no such file; 0: it names nobody.</summary>
    private static int? Owner(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid) ? pid : 0;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
