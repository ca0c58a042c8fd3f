using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A process that keeps a file system from being unmounted.</summary>
/// <param name="Why">What of it lies there: cwd, root, exe, a descriptor, a mapping.</param>
public sealed record MountUser(int Pid, string Command, string Why);

/// <summary>Finds and signals the processes that use a mount.</summary>
/// <remarks>
/// By reading the links and maps of /proc, never by touching the files behind them: that would wait for ever on a dead server. A process in another mount
/// namespace does not hold our mount, whatever the same path means there, and is left alone; so are process 1 and this process itself.
/// </remarks>
public static partial class MountUsers
{
    private const int LongestMaps = 4 << 20;        // characters of maps looked through per process

    public static List<MountUser> Find(string target)
    {
        var users = new List<MountUser>();
        var ours = Link("/proc/thread-self/ns/mnt") ?? Link("/proc/self/ns/mnt");
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            if (pid == 1 || pid == Environment.ProcessId || Link(directory + "/ns/mnt") != ours) continue;
            if (Use(directory, target) is { } why) users.Add(new(pid, Command(directory), why));
        }
        return users;
    }

    /// <summary>Sends a signal to one of them; harmless when it has ended.</summary>
    public static void Signal(MountUser user, int signal) => _ = Kill(user.Pid, signal);

    private static string? Use(string process, string target)
    {
        foreach (var name in (ReadOnlySpan<string>)["cwd", "root", "exe"])
            if (Lies(Link($"{process}/{name}"), target)) return name;
        try
        {
            foreach (var descriptor in Directory.EnumerateFileSystemEntries(process + "/fd"))
                if (Lies(Link(descriptor), target)) return "descriptor " + Path.GetFileName(descriptor);
            using var maps = new StreamReader(process + "/maps");
            for (var read = 0; read < LongestMaps && maps.ReadLine() is { } line; read += line.Length)
            {
                var path = line.IndexOf('/', StringComparison.Ordinal);
                if (path > 0 && Lies(line[path..], target)) return "mapping";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while it was looked at: then it uses nothing.
        }
        return null;
    }

    private static bool Lies(string? path, string target) =>      // a blank follows in "PATH (deleted)"
        path is not null && path.StartsWith(target, StringComparison.Ordinal) && (path.Length == target.Length || path[target.Length] is '/' or ' ');

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;        // a kernel thread, or gone
        }
    }

    private static string Command(string process)
    {
        try
        {
            return File.ReadAllText(process + "/comm").Trim();
        }
        catch (IOException)
        {
            return "?";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
