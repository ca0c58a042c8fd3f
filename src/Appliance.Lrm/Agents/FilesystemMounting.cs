using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>Mounts by system call; by mount(8) only what the kernel alone cannot mount.</summary>
internal static class FilesystemMounting
{
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    public static AgentResult Mount(FilesystemSource source, string place, AgentCall call)
    {
        var options = MountOptions.Parse(source.Options);
        if (options.NeedsHelper || HasHelper(source.Type) || IsRemote(source)) return ByProgram(source, place, call);
        if ((options.Flags & MountOptions.Bind) != 0) return Result(Linux.Mount.Attach(source.Path, place, "none", options), source, place, "bind");
        if (source.Type.Length > 0 && source.Type != "none") return Result(Attach(source, place, source.Type, options), source, place, source.Type);

        var types = FilesystemSource.Recognize(source.Path) is { } recognized ? [recognized] : DiskTypes();
        var errno = 0;
        foreach (var type in types)
        {
            errno = Attach(source, place, type, options);
            if (errno == 0) call.Log(LogPriority.Info, $"{source.Path} is {type}");
            if (errno is 0 or Linux.Mount.Busy) return Result(errno, source, place, type);
        }
        return new(OcfCode.Generic, $"{source.Path} cannot be mounted at {place}: none of {string.Join(' ', types)} fits; name the type ({Linux.Mount.Text(errno)})");
    }

    /// <summary>Runs a program of the system, its output in the log.</summary>
    /// <returns>Its exit status, 128 + signal, -1 for a time-out; <c>null</c> when it is not installed.</returns>
    public static int? Run(string program, string[] arguments, AgentCall call)
    {
        if (Directories.Select(d => $"{d}/{program}").FirstOrDefault(File.Exists) is not { } path) return null;
        var lines = new OutputLines(line => call.Log(LogPriority.Info, line));
        var environment = new Dictionary<string, string> { ["PATH"] = string.Join(':', Directories), ["LC_ALL"] = "C" };
        var end = ProcessRunner.Run(new(path, arguments, environment), new(call.Timeout, TimeSpan.FromSeconds(2)), (_, bytes) => lines.Read(bytes), call.Cancel);
        lines.Finish();
        return end.Kind switch { ProcessEndKind.Exited => end.Code, ProcessEndKind.Signaled => 128 + end.Code, _ => -1 };
    }

    private static int Attach(FilesystemSource source, string place, string type, MountOptions options)
    {
        var errno = Linux.Mount.Attach(source.Path, place, type, options);
        if (errno != 19 || !Path.Exists("/proc/filesystems")) return errno;      // ENODEV: the kernel does not know the type, or not yet
        // The kernel asks for the module itself in mount(2); where that is switched off, modprobe may still have it.
        return Directories.Select(d => $"{d}/modprobe").FirstOrDefault(File.Exists) is { } modprobe && Load(modprobe, type) ? Linux.Mount.Attach(source.Path, place, type, options) : errno;
    }

    private static bool Load(string modprobe, string type) => ProcessRunner.Run(
        new(modprobe, ["--", type], new Dictionary<string, string> { ["PATH"] = string.Join(':', Directories) }), new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)),
        (_, _) => { }, CancellationToken.None) is { Kind: ProcessEndKind.Exited, Code: 0 };

    private static AgentResult ByProgram(FilesystemSource source, string place, AgentCall call)
    {
        List<string> arguments = [];
        if (source.Type is not ("" or "none")) arguments.AddRange(["-t", source.Type]);
        if (source.Options.Length > 0) arguments.AddRange(["-o", source.Options]);
        arguments.AddRange([source.Path, place]);
        return Run("mount", [.. arguments], call) switch
        {
            0 => AgentResult.Success,
            null => new(OcfCode.Installed, "mount(8) is not installed"),
            { } code => new(OcfCode.Generic, $"mount of {source.Path}{(source.Type.Length > 0 ? $" ({source.Type})" : "")} at {place} ended with {code}"),     // no options: a password may be among them
        };
    }

    private static AgentResult Result(int errno, FilesystemSource source, string place, string type) => errno == 0
        ? AgentResult.Success
        : new(errno == 19 ? OcfCode.Installed : errno is 1 or 13 ? OcfCode.Permission : OcfCode.Generic, $"{source.Path} ({type}) cannot be mounted at {place}: {Linux.Mount.Text(errno)}");

    private static bool HasHelper(string type) => type.Length > 0 && !type.Contains('/', StringComparison.Ordinal) && Directories.Any(d => File.Exists($"{d}/mount.{type}"));

    private static bool IsRemote(FilesystemSource source) =>
        source.Type.StartsWith("nfs", StringComparison.Ordinal) || source.Type is "cifs" or "smb3" or "smbfs" or "efs" || source.Type.StartsWith("fuse", StringComparison.Ordinal)
        || source.Path.StartsWith("//", StringComparison.Ordinal) || (source.Path.Length > 0 && source.Path[0] != '/' && source.Path.Contains(":/", StringComparison.Ordinal));

    /// <summary>Types with a disk that the kernel knows now, the most capable ext first: as ext2 it would also mount an ext3 without its journal.</summary>
    private static List<string> DiskTypes() =>
        [.. File.ReadLines("/proc/filesystems").Where(l => l.StartsWith('\t')).Select(l => l.Trim()).OrderByDescending(t => t == "ext4").ThenByDescending(t => t == "ext3")];
}
